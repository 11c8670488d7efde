package handlers

import (
	"context"
	"errors"
	"net/http"

	"caracal/db"
	"caracal/fault"
	"caracal/form"
	"caracal/trigger"
	"caracal/workflow"
)

// TriggerFileJSON is a trigger as a file, with the mark of what was read: whoever saves it again sends it along.
type TriggerFileJSON struct {
	ID   string `json:"id"`
	File string `json:"file"` // YAML
	Seen string `json:"seen"`
}

// triggerBody is a trigger's file as a program sends it.
type triggerBody struct {
	File string `json:"file"`
	Seen string `json:"seen"`
}

const triggerLike = `{"file": "the text of a trigger's file"}`

// TriggerSchema serves the JSON Schema of triggers' files, for editors. It is public as that of workflows is.
func (h *Handlers) TriggerSchema(w http.ResponseWriter, _ *http.Request) error {
	schema, err := trigger.FileSchema()
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/schema+json")
	_, err = w.Write(schema)
	return err
}

// APITriggerFile is one trigger as a file.
func (h *Handlers) APITriggerFile(w http.ResponseWriter, r *http.Request) error {
	flow, err := h.apiTriggered(r)
	var t trigger.Trigger
	if err == nil {
		t, err = h.triggerFor(r, flow)
	}
	if err != nil {
		return h.problem(w, r, err, nil)
	}
	d, err := h.runDefinition(r.Context(), flow)
	if err != nil {
		return err
	}
	raw, err := trigger.WriteFile(t, d.Name, h.PublicURL+trigger.SchemaPath)
	if err != nil {
		return err
	}
	return answerJSON(w, http.StatusOK, TriggerFileJSON{ID: triggerID(t), File: string(raw), Seen: string(db.SeenTrigger(t))})
}

// triggerID is what an address names a trigger by.
func triggerID(t trigger.Trigger) string {
	if t.Kind.BuiltIn() {
		return string(t.Kind)
	}
	return t.ID
}

// APITriggerCreate makes a trigger of a file. One of the same kind, name and settings that is there already is the answer.
func (h *Handlers) APITriggerCreate(w http.ResponseWriter, r *http.Request) error {
	flow, err := h.apiEditable(r)
	var body triggerBody
	if err == nil {
		err = readBody(r, &body, triggerLike)
	}
	if err != nil {
		return h.problem(w, r, err, nil)
	}
	t, fields, err := h.filedTrigger(r, flow, body.File, trigger.Trigger{WorkflowID: flow.ID})
	if err == nil && t.Kind.BuiltIn() {
		err = fault.New(fault.Invalid, "Every workflow can be started this way, so there is nothing to make; update its trigger %s.", t.Kind)
	}
	if err != nil {
		return h.problem(w, r, err, fields)
	}
	if t.Kind == trigger.Webhook {
		t.Address = trigger.NewAddress()
	}
	t, created, err := h.DB.CreateTriggerOnce(r.Context(), t, user(r))
	if err != nil {
		return h.problem(w, r, err, nil)
	}
	status, outcome := http.StatusOK, "unchanged"
	if created {
		status, outcome = http.StatusCreated, "created"
		w.Header().Set("Location", "/api/v1/workflows/"+flow.ID+"/triggers/"+t.ID)
	}
	return h.answerChanged(w, r, status, outcome, t, t.ApplicationID)
}

// APITriggerUpdate stores a file in the place of a trigger's settings as they were read.
func (h *Handlers) APITriggerUpdate(w http.ResponseWriter, r *http.Request) error {
	flow, err := h.apiEditable(r)
	var body triggerBody
	var read trigger.Trigger
	if err == nil {
		read, err = h.triggerFor(r, flow)
	}
	if err == nil {
		err = readBody(r, &body, `{"file": "the text of a trigger's file", "seen": "the mark that came with it"}`)
	}
	if err != nil {
		return h.problem(w, r, err, nil)
	}
	t, fields, err := h.filedTrigger(r, flow, body.File, read)
	if err == nil && db.SeenTrigger(t) == db.SeenTrigger(read) {
		return h.answerChanged(w, r, http.StatusOK, "unchanged", read)
	}
	if err == nil {
		t, err = h.DB.SaveTrigger(r.Context(), t, db.Seen(body.Seen), user(r))
	}
	if errors.Is(err, db.ErrStale) {
		err = h.staleTrigger(r.Context(), read)
	}
	if err != nil {
		return h.problem(w, r, err, fields)
	}
	return h.answerChanged(w, r, http.StatusOK, "updated", t, t.ApplicationID, read.ApplicationID)
}

// staleTrigger says who saved the trigger since it was read.
func (h *Handlers) staleTrigger(ctx context.Context, t trigger.Trigger) error {
	who := "Somebody else"
	by, _, err := h.DB.LastChange(ctx, t.ID, "trigger.created", "trigger.changed")
	if err != nil {
		return err
	}
	names, err := h.DB.UserNames(ctx, by)
	if err != nil {
		return err
	}
	if names[by] != "" {
		who = names[by]
	}
	return coded(fault.Conflict, codeStale, `%s saved other settings of this trigger since they were read, so nothing was changed; read its file again, and send what you want with the new "seen".`, who)
}

// filedTrigger reads a trigger's file as the form on its page is read, over the trigger as it is. fields are what is wrong
// with its lines.
func (h *Handlers) filedTrigger(r *http.Request, flow workflow.Workflow, text string, t trigger.Trigger) (_ trigger.Trigger, fields map[string]string, err error) {
	if text == "" {
		return t, nil, badBody("Send %s.", triggerLike)
	}
	bad := coded(fault.Invalid, codeFile, "The file is wrong as a trigger, so nothing was saved.")
	file, err := trigger.ReadFile([]byte(text))
	if list, ok := trigger.Mistakes(err); ok {
		return t, mistakeFields(list), bad
	}
	if err != nil {
		return t, nil, err
	}
	d, err := h.runDefinition(r.Context(), flow)
	if err != nil {
		return t, nil, err
	}
	if file.Workflow != "" && file.Workflow != flow.ID && compareFold(file.Workflow, d.Name) != 0 {
		return t, nil, coded(fault.Invalid, codeFile, "The file is of the workflow “%s” and the address of “%s”, so nothing was saved; send it to its own.", file.Workflow, d.Name)
	}
	if t.Kind != "" && t.Kind != file.Trigger.Kind {
		return t, nil, coded(fault.Invalid, codeFile, "The file is of the kind %s and the trigger of the kind %s, which stays; make a new one, or mend the file.", file.Trigger.Kind, t.Kind)
	}
	t.Kind = file.Trigger.Kind
	filled := triggerStored(file.Trigger, d)
	fillTrigger(filled, file.Trigger)
	f := form.DecodeFrom(filled.Fields, func(name string) string { return filled.Values[name] })
	if err := h.takeTrigger(r.Context(), f, &t, d); err != nil {
		return t, nil, err
	}
	names := make([]string, 0, len(d.Inputs))
	for _, in := range d.Inputs {
		names = append(names, in.Name)
	}
	if list, ok := trigger.Mistakes(file.Fit(names, f.Errors)); ok {
		return t, mistakeFields(list), bad
	}
	if f.Error != "" {
		return t, nil, coded(fault.Invalid, codeFile, "%s", f.Error)
	}
	return t, nil, nil
}

// APITriggerDelete takes a trigger away. Its runs stay.
func (h *Handlers) APITriggerDelete(w http.ResponseWriter, r *http.Request) error {
	flow, err := h.apiEditable(r)
	var t trigger.Trigger
	if err == nil {
		t, err = h.triggerFor(r, flow)
	}
	if err == nil && t.Kind.BuiltIn() {
		err = errBuiltIn
	}
	if err == nil {
		err = h.DB.DeleteTrigger(r.Context(), t, user(r))
	}
	if err != nil {
		return h.problem(w, r, err, nil)
	}
	warnings, err := h.syncHooks(r.Context(), t.ApplicationID)
	if err != nil {
		return err
	}
	out := h.triggerJSON(t)
	out.Outcome, out.Warnings = "deleted", warnings
	return answerJSON(w, http.StatusOK, out)
}

// secretBody is how a program asks for a webhook's secret.
type secretBody struct {
	Seen    string `json:"seen"`
	Overlap *int   `json:"overlap_hours"`
}

// APITriggerSecret makes a webhook's secret, or a new one in its place, and answers with it this once.
func (h *Handlers) APITriggerSecret(w http.ResponseWriter, r *http.Request) error {
	_, t, err := h.webhookOf(r, h.apiEditable)
	var body secretBody
	if err == nil {
		err = readBody(r, &body, `{"seen": "secret_seen of the trigger", "overlap_hours": 24}`)
	}
	overlap := trigger.DefaultOverlap
	if err == nil && body.Overlap != nil {
		overlap, err = overlapIn(*body.Overlap)
	}
	var text string
	if err == nil {
		text, err = h.newTriggerSecret(r, t, overlap, db.Seen(body.Seen))
	}
	if errors.Is(err, db.ErrStale) {
		err = coded(fault.Conflict, codeStale, `The trigger has another secret than "seen" says, so none was made; read the trigger again, and ask with its new "secret_seen" if you mean it.`)
	}
	if err != nil {
		return h.problem(w, r, err, nil)
	}
	if t, err = h.DB.Trigger(r.Context(), t.ID); err != nil {
		return err
	}
	out := h.triggerJSON(t)
	out.Secret = text
	return answerJSON(w, http.StatusCreated, out)
}

// apiEditable returns the workflow that the address names, for a token that covers it, unless it is archived.
func (h *Handlers) apiEditable(r *http.Request) (workflow.Workflow, error) {
	if _, err := h.apiTriggered(r); err != nil {
		return workflow.Workflow{}, err
	}
	return h.editable(r)
}

// answerChanged answers with a trigger as it is now, once the event hooks follow it.
func (h *Handlers) answerChanged(w http.ResponseWriter, r *http.Request, status int, outcome string, t trigger.Trigger, applicationIDs ...string) error {
	warnings, err := h.syncHooks(r.Context(), applicationIDs...)
	if err != nil {
		return err
	}
	out := h.triggerJSON(t)
	out.Outcome, out.Warnings = outcome, warnings
	return answerJSON(w, status, out)
}
