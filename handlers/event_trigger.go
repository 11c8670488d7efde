package handlers

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"caracal/auth"
	"caracal/db"
	"caracal/fault"
	"caracal/form"
	"caracal/trigger"
	"caracal/views"
	"caracal/views/ui"
	"caracal/workflow"
)

// orgNow is the present by the clock of an application's org, as far as it is known: its events are dated by it.
func (h *Handlers) orgNow(ctx context.Context, applicationID string) time.Time {
	now := h.now()
	if h.Connect == nil || applicationID == "" {
		return now
	}
	if at, err := h.Connect.OrgTime(ctx, applicationID, now); err == nil {
		return at.UTC().Truncate(time.Microsecond)
	}
	return now
}

// syncEvents brings the event hooks that Caracal registered up to date after a trigger was changed. What Okta refuses is
// said to the person, and stays on the application's page; it is tried again by itself.
func (h *Handlers) syncEvents(w http.ResponseWriter, r *http.Request, applicationIDs ...string) error {
	warnings, err := h.syncHooks(r.Context(), applicationIDs...)
	for _, words := range warnings {
		h.flash(w, r, ui.Warn, words)
	}
	return err
}

// syncHooks is syncEvents for whoever says the warnings in another way.
func (h *Handlers) syncHooks(ctx context.Context, applicationIDs ...string) (warnings []string, err error) {
	slices.Sort(applicationIDs)
	for _, id := range slices.Compact(applicationIDs) {
		if id == "" || h.Connect == nil {
			continue
		}
		err := h.Connect.SyncHook(ctx, id)
		if f := fault.As(err); f != nil && f.Kind != fault.Internal {
			warnings = append(warnings, "The event hook in Okta could not be brought up to date: "+f.Message)
			continue
		}
		if err != nil {
			return warnings, err
		}
	}
	return warnings, nil
}

// eventPreview says what a listener in a form makes of its sample: whether it fits, and the inputs of the run.
func (h *Handlers) eventPreview(f *form.Form, d workflow.Definition) views.PreviewProps {
	if f.Values["sample"] == "" {
		return views.PreviewProps{}
	}
	event, err := trigger.ReadSample(f.Values["sample"])
	if err != nil {
		return views.PreviewProps{Problem: fault.Message(err)}
	}
	copied := &form.Form{Fields: f.Fields, Values: f.Values, Errors: map[string]string{}}
	l := readListener(copied, d)
	p := views.PreviewProps{Asked: true, Rows: previewRows(l.Mapped(d.RunFields(), event.Value, h.now())), Verdict: "This event starts a run."}
	fits, why := l.Fits(event)
	switch {
	case len(l.Types) > 0 && !slices.Contains(l.Types, event.Type):
		p.Verdict, p.Unfit = "This event starts no run: it is of the type "+event.Type+".", true
	case !fits:
		p.Verdict, p.Unfit = "This event starts no run. "+why, true
	}
	return p
}

// fillSource puts how events reach the trigger into its page.
func (h *Handlers) fillSource(r *http.Request, p *views.TriggerProps) error {
	id := p.Trigger.ApplicationID
	if id == "" {
		id = p.Definition.ApplicationID
	}
	src, err := h.DB.EventSource(r.Context(), id)
	if err != nil {
		return err
	}
	p.Source = src
	app, err := h.DB.Application(r.Context(), id)
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		return err
	}
	p.Application, p.MayManage = app, user(r).May(auth.ApplicationManage)
	if p.Trigger.ID != "" {
		p.Waiting, err = h.DB.WaitingEvents(r.Context(), p.Trigger.ID)
	}
	return err
}
