package handlers

import (
	"crypto/rand"
	"errors"
	"maps"
	"net/http"
	"strconv"

	"caracal/catalog"
	"caracal/connect"
	"caracal/db"
	"caracal/fault"
	"caracal/form"
	"caracal/views"
	"caracal/views/ui"
	"caracal/workflow"
)

// stepWorkflows is how many workflows the page of an operation lists.
const stepWorkflows = 200

// stepProps says into which workflows the operation can go.
func (h *Handlers) stepProps(r *http.Request, op catalog.Operation) (*views.OperationStep, error) {
	p := &views.OperationStep{Why: op.Stepless()}
	if p.Why != "" {
		return p, nil
	}
	list, next, err := h.DB.WorkflowList(r.Context(), db.WorkflowFilter{Limit: stepWorkflows})
	for _, w := range list {
		p.Workflows = append(p.Workflows, ui.Link{Label: w.Draft.Name, Href: w.ID})
	}
	p.More = next != ""
	return p, err
}

// OperationStep adds the operation, with what is filled in, to a workflow's draft or to a new workflow, and leads
// to the builder.
func (h *Handlers) OperationStep(w http.ResponseWriter, r *http.Request) error {
	op, values, err := h.operationValues(w, r)
	if err != nil {
		return err
	}
	p, err := h.operationProps(r, op, values)
	if err != nil {
		return err
	}
	if len(p.Form.Variants) > 0 && p.Form.Variant == "" {
		p.Errors[catalog.KeyVariant] = "Choose which kind it is; the step has its fields."
		return h.operationPage(w, r, http.StatusUnprocessableEntity, p)
	}
	if !h.stepValues(&p) {
		return h.operationPage(w, r, http.StatusUnprocessableEntity, p)
	}
	spec, ok := h.actions(r.Context()).Get(catalog.StepID(op.ID, p.Form.Variant))
	if !ok {
		return fault.New(fault.Invalid, "This operation can't be a step of a workflow: %s.", op.Stepless())
	}
	flow := workflow.Workflow{Draft: workflow.Definition{Name: op.Summary, ApplicationID: p.App.ID}}
	if id := values["workflow"]; id != "" {
		flow, err = h.DB.Workflow(r.Context(), id)
		if errors.Is(err, db.ErrNotFound) || err == nil && flow.Archived {
			p.Errors["workflow"] = "This workflow is gone or archived; choose another."
			return h.operationPage(w, r, http.StatusUnprocessableEntity, p)
		}
		if err != nil {
			return err
		}
	}
	draft, step, err := flow.Draft.AddStep(spec, workflow.Place{At: len(flow.Draft.Steps)})
	if err != nil {
		p.Errors["workflow"] = fault.Message(err)
		return h.operationPage(w, r, http.StatusUnprocessableEntity, p)
	}
	fillStep(&draft.Steps[draft.StepIndex(step)], spec, p.Form, p.Values)
	if draft.ApplicationID == p.App.ID { // ids of another org have no names in this one
		draft = h.nameObjects(r.Context(), draft)
	}
	id := flow.ID
	if id == "" {
		made, err := h.DB.CreateWorkflow(r.Context(), draft, user(r))
		if err != nil {
			return err
		}
		id = made.ID
	} else if _, err := h.DB.SaveDraft(r.Context(), id, draft, flow.Revision, rand.Text(), user(r)); err != nil {
		return err
	}
	return h.redirect(w, r, "/workflows/"+id+"/edit#step-"+step)
}

// stepValues makes of what is filled in what a step has fields for: a body that was written as JSON goes into the
// fields. Where a property that only this org's profiles have is named or made as no step's field can be, all such
// properties go along as JSON. It reports false when something in the way is to be mended first.
func (h *Handlers) stepValues(p *views.OperationProps) bool {
	if p.Values[catalog.KeyMode] == catalog.ModeRaw && p.Form.Raw == "" {
		if h.rawToFields(p); len(p.Errors) > 0 {
			return false
		}
	}
	odd := false // something is filled in that no step has a field for
	p.Form.All(func(in catalog.Input) {
		filled := p.Values[in.Key] != "" || p.Values[catalog.BlankKey+in.Key] != ""
		odd = odd || in.Live && filled && !ownName(p.Form, in)
	})
	if !odd {
		return true
	}
	get := func(key string) string { return p.Values[key] }
	_, problems := p.Form.Request(get)
	maps.DeleteFunc(problems, func(key, _ string) bool { return p.Values[key] == "" }) // a step may be completed later
	everywhere := h.Catalog.Now().Form(p.Op, catalog.Choose{Variant: p.Form.Variant})
	filled, err := everywhere.Fill(p.Form.Draft(get))
	if len(problems) > 0 || err != nil {
		p.Errors = problems
		return false
	}
	clearBody(p.Values)
	maps.Copy(p.Values, filled)
	p.Form = everywhere
	return true
}

// fillStep puts what the operation's form holds into the fields of its step.
func fillStep(s *workflow.Step, spec workflow.ActionSpec, f catalog.Form, values map[string]string) {
	put := func(name, value string) {
		if field, ok := spec.Field(name); ok && value != "" {
			s.Fill(field, value)
		}
	}
	f.StepFields(func(name string, in catalog.Input) {
		if in.Live && fillOwn(s, spec, name, in, values) {
			return
		}
		put(name, values[in.Key])
		put(form.WhenEmptyPrefix+name, values[catalog.BlankKey+in.Key])
	})
	if f.Raw != "" {
		put(catalog.StepBody, values[catalog.KeyRaw])
	}
	if n, ok := entries(values["max"]); ok {
		put(catalog.StepLimit, strconv.Itoa(n))
	}
}

// operationRules says what the org's group rules make of a call that changes memberships, as of the step that it would
// be.
func (h *Handlers) operationRules(r *http.Request, p views.OperationProps) (views.RuleAdviceProps, error) {
	spec, ok := h.actions(r.Context()).Get(catalog.StepID(p.Op.ID, p.Form.Variant))
	d := workflow.Definition{ApplicationID: p.App.ID, Steps: []workflow.Step{{ID: "call", Action: spec.ID, Fields: map[string]string{}}}}
	if !ok || !connect.ChangesMembers(d) {
		return views.RuleAdviceProps{}, nil
	}
	p.Values = maps.Clone(p.Values)
	if !h.stepValues(&p) { // a body that is no object of fields names nobody
		return views.RuleAdviceProps{}, nil
	}
	fillStep(&d.Steps[0], spec, p.Form, p.Values)
	return h.ruleAdvice(r, workflow.Version{Definition: d}, nil), nil
}
