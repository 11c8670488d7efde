package handlers

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"caracal/auth"
	"caracal/db"
	"caracal/engine"
	"caracal/form"
	"caracal/views"
	"caracal/workflow"
)

// RunNew is the form that starts a run: its own page, for those who may only run.
func (h *Handlers) RunNew(w http.ResponseWriter, r *http.Request) error {
	v, err := h.runnable(r)
	if err != nil {
		return err
	}
	f := form.New(v.Definition.RunFields())
	if from := r.URL.Query().Get("from"); from != "" {
		earlier, err := h.DB.Run(r.Context(), from)
		switch {
		case errors.Is(err, db.ErrNotFound):
		case err != nil:
			return err
		case earlier.WorkflowID == v.WorkflowID && h.maySeeRun(r, earlier):
			for _, field := range f.Fields {
				if value, ok := earlier.Input[field.Name]; ok {
					f.Values[field.Name] = value
				}
			}
		}
	}
	return h.runPage(w, r, http.StatusOK, views.RunNewProps{Version: v, Form: f, Once: rand.Text()})
}

// runPage draws the form, or the last question before a run that destroys something.
func (h *Handlers) runPage(w http.ResponseWriter, r *http.Request, status int, p views.RunNewProps) error {
	app, err := h.applicationOf(r.Context(), p.Version.Definition)
	if err != nil {
		return err
	}
	me := user(r)
	p.Plain, p.Builds = !me.May(auth.WorkflowRead), me.May(auth.WorkflowEdit)
	p.Application = "an application that is gone"
	if app != nil {
		p.Application = app.Name
	}
	p.Registry = h.actions(r.Context())
	for _, q := range workflow.Check(p.Version.Definition, p.Registry, app) {
		if q.Scope != "" || q.Field == "application_id" {
			p.Problems = append(p.Problems, q)
		}
	}
	p.Names = h.namesOf(r.Context(), p.Version.Definition, p.Form.Values)
	rows, err := h.rowsTrigger(r.Context(), p.Version.WorkflowID)
	if err != nil {
		return err
	}
	p.CSV = mayUpload(me, p.Version.Definition, rows)
	p.Shell = h.shell(r, "forms")
	if p.Builds {
		p.Shell.Active = "workflows"
	}
	if !p.Plain {
		p.Rules = h.ruleAdvice(r, p.Version, p.Form.Values)
	}
	return h.render(w, r, status, views.RunNewPage(p))
}

// pickedObject is an object of an org that a form or a run names by its id.
type pickedObject struct {
	kind form.Kind
	id   string
}

// nameThem adds what objects are called: what is known of it at once, and of the rest what the org says briefly.
func (h *Handlers) nameThem(ctx context.Context, applicationID string, objects []pickedObject, names map[string]string) {
	objects = slices.DeleteFunc(objects, func(o pickedObject) bool { return h.knows(applicationID, o, names) })
	if len(objects) == 0 {
		return
	}
	_, err := briefly(ctx, h, applicationID, func(ctx context.Context) (struct{}, error) {
		for _, o := range objects {
			if _, err := h.Connect.Named(ctx, applicationID, o.kind, o.id); noAnswer(err) {
				return struct{}{}, err
			}
		}
		return struct{}{}, nil
	})
	if err != nil {
		h.Log.DebugContext(ctx, "objects are shown by id", "application", applicationID, "err", err)
	}
	for _, o := range objects {
		h.knows(applicationID, o, names)
	}
}

// knows adds what an object is called if that was read a short while ago.
func (h *Handlers) knows(applicationID string, o pickedObject, names map[string]string) bool {
	c, ok := h.Connect.Known(applicationID, o.kind, o.id)
	if ok {
		names[o.id] = c.Label
	}
	return ok
}

// namesOf asks the org what the objects picked in a run's inputs are called. Those it does not answer in time
// are shown by id.
func (h *Handlers) namesOf(ctx context.Context, d workflow.Definition, values map[string]string) map[string]string {
	names := map[string]string{}
	for _, s := range d.Steps {
		for id, name := range s.Names {
			names[id] = name
		}
	}
	if h.Connect == nil {
		return names
	}
	var asked []pickedObject
	for _, in := range d.Inputs {
		for _, id := range form.SplitList(values[in.Name]) {
			if in.Kind.Object() {
				asked = append(asked, pickedObject{in.Kind, id})
			}
		}
	}
	h.nameThem(ctx, d.ApplicationID, asked, names)
	return names
}

// RunCreate starts a run of the version that the form was drawn from. A second press of the button, with the
// same hidden token, leads to the first one's run.
func (h *Handlers) RunCreate(w http.ResponseWriter, r *http.Request) error {
	v, err := h.runnable(r)
	if err != nil {
		return err
	}
	f, err := decode(v.Definition.RunFields(), r)
	if err != nil {
		return err
	}
	p := views.RunNewProps{Version: v, Form: f, Once: r.PostForm.Get("once")}
	if len(p.Once) < 16 || len(p.Once) > 64 {
		p.Once = rand.Text()
		f.Error = "This page was not complete; look it over and run it again."
	}
	if name := addedField(f, r.PostForm); name != "" {
		f.Error = fmt.Sprintf("This page does not ask for %q, so nothing was run; look it over and run it again.", name)
	}
	if r.PostForm.Get("version") != strconv.Itoa(v.Number) {
		f.Error = "Version " + strconv.Itoa(v.Number) + " was published after you opened this page; look it over and run it again."
	}
	if f.OK() && h.Connect != nil {
		if err := h.resolvePickers(r.Context(), v.Definition.ApplicationID, f); err != nil && !f.Blame(err) {
			return err
		}
	}
	if !f.OK() {
		return h.runPage(w, r, http.StatusUnprocessableEntity, p)
	}
	if do := r.PostForm.Get("do"); do == "change" || do == "check" {
		return h.runPage(w, r, http.StatusOK, p)
	}
	if workflow.Worst(v.Definition, h.actions(r.Context())) == workflow.Destroys {
		typed, asked := r.PostForm.Get("confirm"), r.PostForm.Has("confirm")
		if p.Confirm = strings.TrimSpace(typed) != strings.TrimSpace(v.Definition.Name); p.Confirm {
			if !asked {
				return h.runPage(w, r, http.StatusOK, p)
			}
			p.ConfirmBad = "This is not the workflow's name; type it as it stands above."
			return h.runPage(w, r, http.StatusUnprocessableEntity, p)
		}
	}
	id, err := h.Engine.StartRun(r.Context(), engine.StartRequest{Version: v, Input: f.Values, By: user(r), OnceToken: p.Once})
	if f.Blame(err) {
		p.Once = rand.Text()
		return h.runPage(w, r, http.StatusConflict, p)
	}
	if err != nil {
		return err
	}
	return h.redirect(w, r, runPath(user(r), id))
}

// ownFields are what the run form holds besides the workflow's inputs; q is the search of a picker.
var ownFields = []string{"once", "version", "revision", "do", "confirm", "q"}

// addedField returns the name of a field that was sent and that the form does not have, or "".
func addedField(f *form.Form, sent url.Values) string {
	for _, name := range slices.Sorted(maps.Keys(sent)) {
		isInput := slices.ContainsFunc(f.Fields, func(field form.Field) bool { return field.Name == name })
		if !isInput && !slices.Contains(ownFields, name) {
			return name
		}
	}
	return ""
}
