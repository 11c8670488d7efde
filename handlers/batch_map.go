package handlers

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"caracal/batch"
	"caracal/fault"
	"caracal/form"
	"caracal/views"
	"caracal/workflow"
)

// mapPage draws the page on which the columns of a batch are mapped, from what is stored or, after a failed attempt,
// from what was sent.
func (h *Handlers) mapPage(w http.ResponseWriter, r *http.Request, status int, b batch.Batch, survey batch.Survey, f *form.Form) error {
	v, may, err := h.newest(r, b)
	if err != nil {
		return err
	}
	if !may {
		return errNoRows
	}
	if f == nil {
		if survey, err = h.survey(r.Context(), b, b.Dialect); err != nil {
			return err
		}
		f = form.New(views.MapFields(v.Definition, survey.Columns))
		fillDialect(f, b.Dialect)
		for name, s := range b.Mapping {
			if s.Column > 0 {
				f.Values[views.MapPrefix+name] = strconv.Itoa(s.Column)
			} else {
				f.Values[views.MapPrefix+name], f.Values[views.FixedPrefix+name] = views.MapFixed, s.Fixed
			}
		}
	}
	fixed := map[string]string{}
	for _, in := range v.Definition.Inputs {
		fixed[in.Name] = f.Values[views.FixedPrefix+in.Name]
	}
	return h.render(w, r, status, views.BatchMapPage(views.BatchMapProps{Shell: h.batchShell(r), Batch: b, Version: v, Survey: survey, Form: f,
		Names: h.namesOf(r.Context(), workflow.Definition{ApplicationID: v.Definition.ApplicationID, Inputs: v.Definition.Inputs}, fixed), Newer: v.Number != b.Version}))
}

// survey looks at the stored file of a batch.
func (h *Handlers) survey(ctx context.Context, b batch.Batch, d batch.Dialect) (batch.Survey, error) {
	raw, err := h.DB.BatchRaw(ctx, b.ID)
	if err != nil {
		return batch.Survey{}, err
	}
	return batch.Look(raw, d)
}

// BatchMap takes what fills the inputs, and lets every row be checked. Asked to, it reads the file anew, in another way,
// and guesses again.
func (h *Handlers) BatchMap(w http.ResponseWriter, r *http.Request) error {
	b, err := h.usable(r)
	if err != nil {
		return err
	}
	if b.State != batch.Mapping && b.State != batch.Checked {
		return h.redirect(w, r, views.BatchPath(b.ID))
	}
	v, _, err := h.newest(r, b)
	if err != nil {
		return err
	}
	f, err := decode(views.MapFields(v.Definition, b.Columns), r)
	if err != nil {
		return err
	}
	seen, err := strconv.ParseInt(r.PostForm.Get("revision"), 10, 64)
	if err != nil || seen != b.Revision {
		return fault.New(fault.Conflict, "This batch has gone on since you opened the page; look at it as it is now.")
	}
	d := dialectOf(f)
	survey, err := h.survey(r.Context(), b, d)
	if f.Blame(err) { // the file is shown as it was read before
		if survey, err = h.survey(r.Context(), b, b.Dialect); err != nil {
			return err
		}
		return h.mapPage(w, r, http.StatusUnprocessableEntity, b, survey, f)
	}
	if err != nil {
		return err
	}
	if r.PostForm.Get("do") == "read" || strings.Join(survey.Columns, "\n") != strings.Join(b.Columns, "\n") {
		b.Dialect, b.Columns, b.Rows = survey.Dialect, survey.Columns, survey.Rows
		b.Mapping = batch.Guess(b.Columns, v.Definition.RunFields())
		if err := h.DB.RemapBatch(r.Context(), b); err != nil {
			return err
		}
		return h.redirect(w, r, views.BatchPath(b.ID)+"?map=1")
	}
	if r.PostForm.Get("version") != strconv.Itoa(v.Number) {
		f.Error = "Version " + strconv.Itoa(v.Number) + " was published after you opened this page; look it over and check the rows again."
	}
	if b.Mapping, err = h.readMap(r.Context(), f, v.Definition); err != nil {
		return err
	}
	if !f.OK() {
		return h.mapPage(w, r, http.StatusUnprocessableEntity, b, survey, f)
	}
	b.Version, b.Dialect, b.Columns, b.Rows = v.Number, survey.Dialect, survey.Columns, survey.Rows
	if err := h.DB.MapBatch(r.Context(), b, user(r), h.Engine.EnqueueCheck(r.Context())); err != nil {
		return err
	}
	return h.redirect(w, r, views.BatchPath(b.ID))
}

// readMap takes what a person chose over into a mapping. What is wrong is in the form; err is a failure to ask the org.
func (h *Handlers) readMap(ctx context.Context, f *form.Form, d workflow.Definition) (batch.Map, error) {
	m := batch.Map{}
	fixed := &form.Form{Values: form.Values{}, Errors: map[string]string{}}
	for _, field := range d.RunFields() {
		from, own := f.Values[views.MapPrefix+field.Name], views.FixedPrefix+field.Name
		if from != views.MapFixed {
			delete(f.Errors, own) // is not used
		}
		switch n, err := strconv.Atoi(from); {
		case from == views.MapFixed:
			if f.Errors[own] == "" {
				value, problem := field.Check(f.Values[own])
				if problem != "" {
					f.Reject(own, "%s", problem)
				}
				fixed.Fields = append(fixed.Fields, field)
				fixed.Values[field.Name] = value
				m[field.Name] = batch.Source{Fixed: value}
			}
		case from != "" && err == nil:
			m[field.Name] = batch.Source{Column: n}
		case field.Required && field.Kind != form.YesNo && f.Errors[views.MapPrefix+field.Name] == "":
			f.Reject(views.MapPrefix+field.Name, "%s has to be filled; choose a column, or the same value for every row.", field.Label)
		}
	}
	if h.Connect != nil && f.OK() {
		if err := h.resolvePickers(ctx, d.ApplicationID, fixed); err != nil && !f.Blame(err) {
			return nil, err
		}
		for _, field := range fixed.Fields {
			if bad := fixed.Errors[field.Name]; bad != "" {
				f.Reject(views.FixedPrefix+field.Name, "%s", bad)
			}
			f.Values[views.FixedPrefix+field.Name] = fixed.Values[field.Name]
			m[field.Name] = batch.Source{Fixed: fixed.Values[field.Name]}
		}
	}
	return m, nil
}

// BatchDiscard throws a batch away that was not started.
func (h *Handlers) BatchDiscard(w http.ResponseWriter, r *http.Request) error {
	b, err := h.usable(r)
	if err != nil {
		return err
	}
	if b.State == batch.Started {
		return h.redirect(w, r, views.BatchPath(b.ID))
	}
	if b.State != batch.Discarded {
		if err := h.DB.DiscardBatch(r.Context(), b.ID, user(r)); err != nil {
			return err
		}
	}
	return h.redirect(w, r, "/workflows/"+b.WorkflowID+"/csv")
}
