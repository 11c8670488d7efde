package handlers

import (
	"cmp"
	"context"
	"errors"
	"net/http"
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

// shownTimes is how many of the next times a page shows.
const shownTimes = 5

// TriggerNew is the form of a new trigger, or the choice of its kind.
func (h *Handlers) TriggerNew(w http.ResponseWriter, r *http.Request) error {
	flow, err := h.editable(r)
	if err != nil {
		return err
	}
	kind := trigger.Kind(r.URL.Query().Get("kind"))
	if !made(kind) {
		return h.redirect(w, r, "/workflows/"+flow.ID+"/triggers")
	}
	d, err := h.runDefinition(r.Context(), flow)
	if err != nil {
		return err
	}
	if kind == trigger.OrgEvents && d.ApplicationID == "" {
		return fault.New(fault.Conflict, "The workflow acts on no application yet, so there is no org to listen to; choose one in the builder first.")
	}
	return h.triggerPage(w, r, http.StatusOK, views.TriggerProps{Workflow: flow, Definition: d, Trigger: trigger.Trigger{WorkflowID: flow.ID, Kind: kind},
		Form: form.New(triggerFields(kind, d))})
}

// made reports whether triggers of the kind are made by people.
func made(kind trigger.Kind) bool {
	return kind == trigger.Schedule || kind == trigger.Webhook || kind == trigger.OrgEvents
}

// TriggerCreate stores a new trigger.
func (h *Handlers) TriggerCreate(w http.ResponseWriter, r *http.Request) error {
	flow, err := h.editable(r)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return unreadable(err)
	}
	kind := trigger.Kind(r.PostForm.Get("kind"))
	if !made(kind) {
		return fault.New(fault.Invalid, "Choose a schedule, a webhook or an Okta event under Triggers; nothing was saved.")
	}
	t := trigger.Trigger{WorkflowID: flow.ID, Kind: kind}
	p, err := h.postedTrigger(r, flow, &t)
	if err != nil {
		return err
	}
	if !p.Form.OK() {
		return h.triggerPage(w, r, http.StatusUnprocessableEntity, p)
	}
	if kind == trigger.Webhook {
		t.Address = trigger.NewAddress()
	}
	if t, err = h.DB.CreateTrigger(r.Context(), t, user(r)); err != nil {
		return err
	}
	h.flash(w, r, ui.Good, t.Label()+" is saved.")
	if err := h.syncEvents(w, r, t.ApplicationID); err != nil {
		return err
	}
	return h.redirect(w, r, triggerPath(t))
}

func triggerPath(t trigger.Trigger) string { return views.TriggerPath(t) }

// postedTrigger reads the form of a trigger into t, with its pickers resolved and its next time set.
func (h *Handlers) postedTrigger(r *http.Request, flow workflow.Workflow, t *trigger.Trigger) (views.TriggerProps, error) {
	p := views.TriggerProps{Workflow: flow}
	var err error
	if p.Definition, err = h.runDefinition(r.Context(), flow); err != nil {
		return p, err
	}
	if p.Form, err = decode(triggerFields(t.Kind, p.Definition), r); err != nil {
		return p, err
	}
	err = h.takeTrigger(r.Context(), p.Form, t, p.Definition)
	p.Trigger = *t
	return p, err
}

// takeTrigger takes what a form holds over into a trigger, with its pickers resolved and its next time set. What is wrong is
// in the form.
func (h *Handlers) takeTrigger(ctx context.Context, f *form.Form, t *trigger.Trigger, d workflow.Definition) error {
	before := *t
	readTrigger(f, t, d)
	if t.Kind == trigger.OrgEvents {
		if t.ApplicationID = d.ApplicationID; t.ApplicationID == "" {
			f.Error = "The workflow acts on no application, so there is no org to listen to; choose one in the builder first."
		}
		if t.ApplicationID != before.ApplicationID {
			before.Event = trigger.Listener{} // what it heard of another org is no beginning here
		}
		t.Event = t.Event.Listen(before.Event, h.orgNow(ctx, t.ApplicationID))
	}
	if t.Kind != trigger.Schedule {
		return nil
	}
	part := inputForm(f, d)
	if h.Connect != nil {
		if err := h.resolvePickers(ctx, d.ApplicationID, part); err != nil && !f.Blame(err) {
			return err
		}
	}
	takeInputs(f, part)
	if !f.OK() {
		return nil
	}
	for name := range t.Inputs {
		t.Inputs[name] = part.Values[name]
	}
	t.Names = h.namesOf(ctx, workflow.Definition{ApplicationID: d.ApplicationID, Inputs: d.Inputs}, t.Inputs)
	times, err := t.Schedule.Parse()
	if err != nil {
		return err
	}
	t.DueAt = times.Next(h.now()) // which counts for nothing while it is paused
	return nil
}

func (h *Handlers) now() time.Time { return h.Clock().UTC().Truncate(time.Microsecond) }

// TriggerShow is the page of one trigger: its settings, its next times and what came of the last ones.
func (h *Handlers) TriggerShow(w http.ResponseWriter, r *http.Request) error {
	flow, err := h.triggered(r)
	if err != nil {
		return err
	}
	t, err := h.triggerFor(r, flow)
	if err != nil {
		return err
	}
	return h.showTrigger(w, r, flow, t, "")
}

// showTrigger draws a trigger's page as it is stored; secret is what was just made, to be shown this once.
func (h *Handlers) showTrigger(w http.ResponseWriter, r *http.Request, flow workflow.Workflow, t trigger.Trigger, secret string) error {
	d, err := h.runDefinition(r.Context(), flow)
	if err != nil {
		return err
	}
	p := views.TriggerProps{Workflow: flow, Definition: d, Trigger: t, Form: triggerStored(t, d), Secret: secret}
	if id := r.URL.Query().Get("sample"); id != "" && (t.Kind == trigger.Webhook || t.Kind == trigger.OrgEvents) {
		e, err := h.DB.TriggerEvent(r.Context(), t.ID, id)
		if err != nil && !errors.Is(err, db.ErrNotFound) {
			return err
		}
		if err == nil && e.Body != "" {
			p.Form.Values["sample"], p.SampleTaken = sampleOf(e), true
		}
	}
	return h.triggerPage(w, r, http.StatusOK, p)
}

// triggerStored is the form of a trigger as it is stored.
func triggerStored(t trigger.Trigger, d workflow.Definition) *form.Form {
	f := stored(triggerFields(t.Kind, d), nil, db.SeenTrigger(t))
	if t.ID != "" {
		fillTrigger(f, t)
	}
	return f
}

// triggerPage draws the page of a trigger, with what its form holds.
func (h *Handlers) triggerPage(w http.ResponseWriter, r *http.Request, status int, p views.TriggerProps) error {
	ctx := r.Context()
	p.SecretSeen = string(db.SeenSecret(p.Trigger.SecretAt, p.Trigger.OldAt))
	p.Now, p.MayEdit = h.Clock(), user(r).May(auth.WorkflowEdit) && !p.Workflow.Archived
	switch p.Trigger.Kind {
	case trigger.Form:
		p.URL = h.PublicURL + "/workflows/" + p.Workflow.ID + "/run"
	case trigger.Schedule:
		p.Times = h.timesOf(p.Form)
		p.Names = p.Trigger.Names
	case trigger.Webhook:
		if p.Trigger.Address != "" {
			p.URL = h.PublicURL + "/hooks/" + p.Trigger.Address
		}
		p.Preview = h.mappedPreview(p.Form, p.Definition)
	case trigger.OrgEvents:
		p.Preview = h.eventPreview(p.Form, p.Definition)
		if err := h.fillSource(r, &p); err != nil {
			return err
		}
	}
	if p.Trigger.ID != "" {
		events, err := h.DB.TriggerEvents(ctx, p.Trigger.ID)
		if err != nil {
			return err
		}
		p.Events = events
		names, err := h.DB.UserNames(ctx, p.Trigger.CreatedBy, p.Trigger.UpdatedBy)
		if err != nil {
			return err
		}
		p.Maker = cmp.Or(names[p.Trigger.CreatedBy], p.Trigger.CreatedBy)
		p.By = cmp.Or(names[p.Trigger.UpdatedBy], p.Trigger.UpdatedBy)
	}
	p.Shell = h.shell(r, "workflows")
	return h.render(w, r, status, views.TriggerPage(p))
}

// TriggerSave stores what a person changed.
func (h *Handlers) TriggerSave(w http.ResponseWriter, r *http.Request) error {
	flow, err := h.editable(r)
	if err != nil {
		return err
	}
	t, err := h.triggerFor(r, flow)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return unreadable(err)
	}
	read := t
	p, err := h.postedTrigger(r, flow, &t)
	if err != nil {
		return err
	}
	if p.Form.OK() && r.PostForm.Get("do") == "preview" {
		p.Trigger = read
		return h.triggerPage(w, r, http.StatusOK, p)
	}
	if p.Form.OK() {
		t, err = h.DB.SaveTrigger(r.Context(), t, db.Seen(p.Form.Seen), user(r))
		if err = stale(p.Form, err); err != nil {
			return err
		}
	}
	if !p.Form.OK() {
		if p.Trigger, err = h.triggerFor(r, flow); err != nil {
			return err
		}
		if err := h.shown(r, &p.Form, triggerStored(p.Trigger, p.Definition), p.Trigger.ID, "trigger.created", "trigger.changed"); err != nil {
			return err
		}
		return h.triggerPage(w, r, refused(p.Form), p)
	}
	text := t.Label() + " is saved."
	if read.Kind == trigger.Webhook && read.Webhook.Proof != t.Webhook.Proof && !read.SecretAt.IsZero() {
		text += " Make a new secret: the old one was for the other kind of proof."
	}
	h.flash(w, r, ui.Good, text)
	if err := h.syncEvents(w, r, t.ApplicationID, read.ApplicationID); err != nil {
		return err
	}
	return h.redirect(w, r, triggerPath(t))
}

// TriggerTimes is the part of the form that shows the next times, for what it holds now.
func (h *Handlers) TriggerTimes(w http.ResponseWriter, r *http.Request) error {
	if _, err := h.editable(r); err != nil {
		return err
	}
	f, err := decode(scheduleFields(), r)
	if err != nil {
		return err
	}
	return h.render(w, r, http.StatusOK, views.TriggerTimes(h.timesOf(f)))
}

// timesOf returns the next times of what a schedule's form holds, or what is wrong with it.
func (h *Handlers) timesOf(f *form.Form) views.TimesProps {
	copied := &form.Form{Fields: f.Fields, Values: f.Values, Errors: map[string]string{}}
	table := readTimetable(copied)
	times, err := table.Parse()
	for _, name := range []string{"mode", "weekday", "day", "at", "minute"} {
		if bad := copied.Errors[name]; bad != "" {
			return views.TimesProps{Problem: bad}
		}
	}
	if err != nil {
		return views.TimesProps{Problem: fault.Message(err)}
	}
	return views.TimesProps{Words: table.Words(), Times: times.NextN(h.now(), shownTimes), Now: h.Clock()}
}

// TriggerPause stops a trigger.
func (h *Handlers) TriggerPause(w http.ResponseWriter, r *http.Request) error {
	return h.pauseTrigger(w, r, true)
}

// TriggerResume lets a paused trigger go on; times that passed meanwhile are not caught up.
func (h *Handlers) TriggerResume(w http.ResponseWriter, r *http.Request) error {
	return h.pauseTrigger(w, r, false)
}

func (h *Handlers) pauseTrigger(w http.ResponseWriter, r *http.Request, paused bool) error {
	flow, err := h.editable(r)
	if err != nil {
		return err
	}
	t, err := h.triggerFor(r, flow)
	if err != nil {
		return err
	}
	if t, err = h.setPaused(r, t, paused); err != nil {
		return err
	}
	text := t.Label() + " goes on."
	if paused {
		text = t.Label() + " is paused."
	}
	h.flash(w, r, ui.Good, text)
	if err := h.syncEvents(w, r, t.ApplicationID); err != nil {
		return err
	}
	return h.redirect(w, r, "/workflows/"+flow.ID+"/triggers")
}

// setPaused stores that a trigger is paused, or goes on, and returns it.
func (h *Handlers) setPaused(r *http.Request, t trigger.Trigger, paused bool) (_ trigger.Trigger, err error) {
	if t.ID == "" { // a built-in one of which nothing is stored yet
		if t, err = h.DB.CreateTrigger(r.Context(), t, user(r)); err != nil {
			return t, err
		}
	}
	var due time.Time
	if !paused && t.Kind == trigger.Schedule {
		times, err := t.Schedule.Parse()
		if err != nil {
			return t, err
		}
		due = times.Next(h.now())
	}
	if !paused && t.Kind == trigger.OrgEvents {
		due = h.orgNow(r.Context(), t.ApplicationID)
	}
	return t, h.DB.PauseTrigger(r.Context(), t, paused, due, user(r))
}

// TriggerDeleteAsk asks before a trigger is taken away.
func (h *Handlers) TriggerDeleteAsk(w http.ResponseWriter, r *http.Request) error {
	flow, t, err := h.deletable(r)
	if err != nil {
		return err
	}
	return h.render(w, r, http.StatusOK, views.TriggerDeletePage(h.shell(r, "workflows"), flow, t))
}

// TriggerDelete takes a trigger away.
func (h *Handlers) TriggerDelete(w http.ResponseWriter, r *http.Request) error {
	flow, t, err := h.deletable(r)
	if err != nil {
		return err
	}
	if err := h.DB.DeleteTrigger(r.Context(), t, user(r)); err != nil {
		return err
	}
	h.flash(w, r, ui.Good, t.Label()+" is deleted.")
	if err := h.syncEvents(w, r, t.ApplicationID); err != nil {
		return err
	}
	return h.redirect(w, r, "/workflows/"+flow.ID+"/triggers")
}

var errBuiltIn = fault.New(fault.Invalid, "Every workflow can be started this way; pause it instead.")

func (h *Handlers) deletable(r *http.Request) (workflow.Workflow, trigger.Trigger, error) {
	flow, err := h.editable(r)
	if err != nil {
		return flow, trigger.Trigger{}, err
	}
	t, err := h.triggerFor(r, flow)
	if err == nil && t.Kind.BuiltIn() {
		err = errBuiltIn
	}
	return flow, t, err
}

// mappedPreview says what the mapping in a form makes of its sample.
func (h *Handlers) mappedPreview(f *form.Form, d workflow.Definition) views.PreviewProps {
	sample := f.Values["sample"]
	if sample == "" {
		return views.PreviewProps{}
	}
	body, err := trigger.ReadBody("application/json", []byte(sample))
	if err != nil {
		return views.PreviewProps{Problem: fault.Message(err)}
	}
	hook := trigger.Receiver{Map: map[string]string{}}
	for _, in := range d.Inputs {
		hook.Map[in.Name] = f.Values[trigger.MapField(in.Name)]
	}
	return views.PreviewProps{Asked: true, Rows: previewRows(hook.Mapped(d.RunFields(), body, h.now()))}
}

func previewRows(mapped *form.Form) (rows []views.PreviewRow) {
	for _, field := range mapped.Fields {
		rows = append(rows, views.PreviewRow{Label: field.Label, Value: mapped.Values[field.Name], Problem: mapped.Errors[field.Name]})
	}
	return rows
}

// TriggerPreview is the part of a form that shows what its mapping makes of its sample.
func (h *Handlers) TriggerPreview(w http.ResponseWriter, r *http.Request) error {
	flow, err := h.editable(r)
	if err != nil {
		return err
	}
	d, err := h.runDefinition(r.Context(), flow)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return unreadable(err)
	}
	if kind := trigger.Kind(r.PostForm.Get("kind")); kind == trigger.OrgEvents {
		return h.render(w, r, http.StatusOK, views.TriggerPreview(h.eventPreview(form.Decode(triggerFields(kind, d), r), d)))
	}
	f, err := decode(triggerFields(trigger.Webhook, d), r)
	if err != nil {
		return err
	}
	return h.render(w, r, http.StatusOK, views.TriggerPreview(h.mappedPreview(f, d)))
}
