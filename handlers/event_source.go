package handlers

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"

	"caracal/auth"
	"caracal/connect"
	"caracal/db"
	"caracal/fault"
	"caracal/form"
	"caracal/org"
	"caracal/trigger"
	"caracal/views"
	"caracal/views/ui"
)

// EventSourceShow is how the events of an application come: its event hook, and the reading of its log.
func (h *Handlers) EventSourceShow(w http.ResponseWriter, r *http.Request) error {
	app, err := h.DB.Application(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	return h.eventPage(w, r, http.StatusOK, app, eventAnswer{})
}

// eventAnswer is what the page says of what was just asked for.
type eventAnswer struct {
	secret string       // just made, to be shown this once
	failed *fault.Error // what could not be done in the org
	typed  *form.Form   // how the log is read, as it was typed; nil shows what is stored
}

// eventPage draws the page, with an answer.
func (h *Handlers) eventPage(w http.ResponseWriter, r *http.Request, status int, app org.Application, answer eventAnswer) error {
	ctx := r.Context()
	src, err := h.DB.EventSource(ctx, app.ID)
	if err != nil {
		return err
	}
	listeners, err := h.DB.EventTriggers(ctx, app.ID)
	if err != nil {
		return err
	}
	wanted := trigger.WantedBy(listeners)
	p := views.EventsProps{Shell: h.shell(r, "applications"), App: app, Now: h.Clock(), Source: src, Secret: answer.secret, SecretSeen: string(db.SeenSecret(src.SecretAt, src.OldAt)), Listeners: listeners,
		Types: wanted.Types, Hookable: trigger.Hookable(wanted.Types), MayManage: user(r).May(auth.ApplicationManage), URL: h.Connect.EventURL(src),
		MayRegister: app.Has(connect.HookScope), Scope: string(connect.HookScope), Form: answer.typed}
	values := form.Values{"polls": strconv.FormatBool(src.Polls), "every": strconv.Itoa(src.Every), "catch_up": strconv.Itoa(src.CatchUp)}
	if err := h.shown(r, &p.Form, stored(pollFields(), values, db.SeenPolling(src)), app.ID, "events.polling_set"); err != nil {
		return err
	}
	if answer.failed != nil {
		p.Problem = answer.failed.Message
	}
	if p.Names, err = h.workflowNames(r, listeners); err != nil {
		return err
	}
	return h.render(w, r, status, views.EventsPage(p))
}

// workflowNames returns what the workflows of triggers are called, by id.
func (h *Handlers) workflowNames(r *http.Request, list []trigger.Trigger) (map[string]string, error) {
	names := map[string]string{}
	for _, t := range list {
		if names[t.WorkflowID] != "" {
			continue
		}
		flow, err := h.DB.Workflow(r.Context(), t.WorkflowID)
		if err != nil {
			return nil, err
		}
		names[t.WorkflowID] = flow.Draft.Name
	}
	return names, nil
}

// pollFields say whether and how the log is read.
func pollFields() []form.Field {
	every := form.Field{Name: "every", Label: "Look every", Kind: form.Choice, Required: true}
	for _, s := range trigger.Everys {
		words := strconv.Itoa(s) + " seconds"
		if s >= 60 {
			words = ui.Count(s/60, "minute")
		}
		every.Options = append(every.Options, form.Option{Value: strconv.Itoa(s), Label: words})
	}
	catchUp := form.Field{Name: "catch_up", Label: "After a pause, catch up at most", Help: "What happened before that is left out, and said so. Okta's log goes back 90 days.", Kind: form.Choice, Required: true}
	for _, hours := range trigger.CatchUps {
		catchUp.Options = append(catchUp.Options, form.Option{Value: strconv.Itoa(hours), Label: trigger.CatchUpWords(hours)})
	}
	return []form.Field{{Name: "polls", Label: "Read the System Log", Help: "It finds what a hook missed, and everything where there is no hook. It takes the scope okta.logs.read.", Kind: form.YesNo}, every, catchUp}
}

// EventSourceSave stores whether and how the log is read.
func (h *Handlers) EventSourceSave(w http.ResponseWriter, r *http.Request) error {
	app, err := h.DB.Application(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	f, err := decode(pollFields(), r)
	if err != nil {
		return err
	}
	if !f.OK() { // choices that no form offers
		return fault.New(fault.Invalid, "Choose from the lists how often to look and how much to catch up; nothing was changed.")
	}
	src, err := h.DB.EventSource(r.Context(), app.ID)
	if err != nil {
		return err
	}
	src.Polls = f.Values["polls"] == "true"
	src.Every, src.CatchUp = chosen(f, "every", trigger.Everys), chosen(f, "catch_up", trigger.CatchUps)
	if err := stale(f, h.DB.SetPolling(r.Context(), src, db.Seen(f.Seen), user(r))); err != nil {
		return err
	}
	if !f.OK() {
		return h.eventPage(w, r, refused(f), app, eventAnswer{typed: f})
	}
	h.flash(w, r, ui.Good, "Saved.")
	return h.redirect(w, r, "/applications/"+app.ID+"/events")
}

// chosen returns the number of a choice, which was checked already.
func chosen(f *form.Form, name string, among []int) int {
	n, err := strconv.Atoi(f.Values[name])
	if err != nil || !slices.Contains(among, n) {
		return among[0]
	}
	return n
}

// EventSourceLook lets the log be looked at now.
func (h *Handlers) EventSourceLook(w http.ResponseWriter, r *http.Request) error {
	app, err := h.DB.Application(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	if err := h.DB.LookSoon(r.Context(), app.ID); err != nil {
		return err
	}
	h.flash(w, r, ui.Good, "The log is looked at within seconds.")
	return h.redirect(w, r, "/applications/"+app.ID+"/events")
}

// EventSecret makes the secret of an application's event hook, or a new one in its place, and shows it this once.
func (h *Handlers) EventSecret(w http.ResponseWriter, r *http.Request) error {
	app, err := h.DB.Application(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	overlap, err := overlapOf(r)
	if err != nil {
		return err
	}
	text, err := h.Connect.MakeEventSecret(r.Context(), app.ID, overlap, seen(r), user(r))
	if errors.Is(err, db.ErrStale) {
		h.flash(w, r, ui.Bad, secretStale)
		return h.redirect(w, r, "/applications/"+app.ID+"/events")
	}
	f := fault.As(err)
	if err != nil && (f == nil || f.Kind == fault.Internal || text == "") {
		return err
	}
	return h.eventPage(w, r, http.StatusOK, app, eventAnswer{secret: text, failed: f})
}

// EventSecretEnd ends the replaced secret of an application's event hook before its time.
func (h *Handlers) EventSecretEnd(w http.ResponseWriter, r *http.Request) error {
	app, err := h.DB.Application(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	if err := h.DB.EndOldEventSecret(r.Context(), app.ID, user(r)); err != nil {
		return err
	}
	h.flash(w, r, ui.Good, "The old secret is refused from now on.")
	return h.redirect(w, r, "/applications/"+app.ID+"/events")
}

// EventHookRegister registers the event hook in the org, or brings it up to date and has it verified once more.
func (h *Handlers) EventHookRegister(w http.ResponseWriter, r *http.Request) error {
	return h.hookDone(w, r, "The event hook is registered and verified. Okta may take a minute until it delivers.", h.Connect.RegisterHook)
}

// EventHookUnregister takes the event hook away that Caracal registered.
func (h *Handlers) EventHookUnregister(w http.ResponseWriter, r *http.Request) error {
	return h.hookDone(w, r, "The event hook is gone from Okta.", h.Connect.UnregisterHook)
}

// hookDone does something to the hook in the org and says how it went: a refusal on the page, beside the hook.
func (h *Handlers) hookDone(w http.ResponseWriter, r *http.Request, words string, do func(ctx context.Context, applicationID string, by auth.User) error) error {
	app, err := h.DB.Application(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	err = do(r.Context(), app.ID, user(r))
	if f := fault.As(err); f != nil && f.Kind != fault.Internal {
		if app, err = h.DB.Application(r.Context(), app.ID); err != nil { // what is granted may have changed
			return err
		}
		return h.eventPage(w, r, http.StatusUnprocessableEntity, app, eventAnswer{failed: f})
	}
	if err != nil {
		return err
	}
	h.flash(w, r, ui.Good, words)
	return h.redirect(w, r, "/applications/"+app.ID+"/events")
}
