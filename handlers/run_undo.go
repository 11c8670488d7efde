package handlers

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"slices"
	"strings"

	"caracal/auth"
	"caracal/db"
	"caracal/fault"
	"caracal/form"
	"caracal/plan"
	"caracal/undo"
	"caracal/views"
	"caracal/workflow"
)

// mayUndo reports whether a person may take a run back: builders and admins any, others those of workflows that they
// may run themselves, as the workflow is now. That they once started it is not enough.
func (h *Handlers) mayUndo(r *http.Request, run workflow.Run) (bool, error) {
	me := user(r)
	if !me.May(auth.RunManage) {
		return false, nil
	}
	if me.May(auth.WorkflowEdit) {
		return true, nil
	}
	flow, err := h.DB.Workflow(r.Context(), run.WorkflowID)
	if errors.Is(err, db.ErrNotFound) || err == nil && flow.Published == 0 {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	v, err := h.DB.WorkflowVersion(r.Context(), flow.ID, flow.Published)
	if errors.Is(err, db.ErrNotFound) {
		return false, nil
	}
	return err == nil && mayRun(me, v.Definition), err
}

// undoable is runFor for those who are about to take the run back.
func (h *Handlers) undoable(r *http.Request) (workflow.Run, error) {
	run, err := h.runFor(r)
	if err != nil {
		return run, err
	}
	may, err := h.mayUndo(r, run)
	if err == nil && !may {
		err = fault.New(fault.Forbidden, "You can look at this run; taking it back is for those who may run its workflow.")
	}
	return run, err
}

// undoLinks fills what a run's page says about undos.
func (h *Handlers) undoLinks(r *http.Request, run workflow.Run, p *views.RunLiveProps) (err error) {
	if p.Undos, err = h.DB.UndosOf(r.Context(), run.ID); err != nil {
		return err
	}
	if run.IsUndo() {
		p.Definition = run.OwnDefinition()
		if p.Undone, err = h.DB.Run(r.Context(), run.Undoes); err != nil && !errors.Is(err, db.ErrNotFound) {
			return err
		}
	}
	if !run.State.Ended() || !h.changedSomething(p.Registry, run) {
		return nil
	}
	p.MayUndo, err = h.mayUndo(r, run)
	return err
}

// changedSomething reports whether a run may have changed anything in the org.
func (h *Handlers) changedSomething(registry *workflow.Registry, run workflow.Run) bool {
	return slices.ContainsFunc(run.Steps, func(s workflow.RunStep) bool {
		spec, _ := registry.Get(s.Action)
		_, calls := workflow.IsCall(s.Action)
		within := calls || s.Action == workflow.FlowForEach || s.Action == workflow.FlowRows || s.Action == workflow.FlowUndo
		return s.Attempts > 0 && (within || spec.Effect == workflow.Changes || spec.Effect == workflow.Destroys)
	})
}

// RunUndoPlan shows what taking a run back would do.
func (h *Handlers) RunUndoPlan(w http.ResponseWriter, r *http.Request) error {
	run, err := h.undoable(r)
	if err != nil {
		return err
	}
	planned, err := h.Undo.Plan(r.Context(), run.ID, nil)
	if err != nil {
		return h.undoRefused(w, r, run, err)
	}
	return h.undoPage(w, r, http.StatusOK, planned, "")
}

// undoRefused leads back to the run where it can't be taken back now.
func (h *Handlers) undoRefused(w http.ResponseWriter, r *http.Request, run workflow.Run, err error) error {
	if fault.Is(err, fault.Conflict) || fault.Is(err, fault.Invalid) {
		return h.afterChange(w, r, run, fault.New(fault.Conflict, "%s", fault.Message(err)), "")
	}
	return err
}

func (h *Handlers) undoPage(w http.ResponseWriter, r *http.Request, status int, planned undo.Plan, problem string) error {
	p, err := h.undoProps(r, planned)
	if err != nil {
		return err
	}
	p.Error = problem
	return h.render(w, r, status, views.UndoPage(p))
}

// RunUndoAsk shows what was ticked, as it is now, and asks once more.
func (h *Handlers) RunUndoAsk(w http.ResponseWriter, r *http.Request) error {
	run, chosen, err := h.undoChosen(r)
	if err != nil {
		return err
	}
	planned, err := h.Undo.Plan(r.Context(), run.ID, chosen)
	if err != nil {
		return h.undoRefused(w, r, run, err)
	}
	if len(planned.Ticked()) == 0 {
		return h.undoPage(w, r, http.StatusUnprocessableEntity, planned, "Tick at least one change to take back.")
	}
	return h.undoAsk(w, r, http.StatusOK, planned, "", "")
}

func (h *Handlers) undoAsk(w http.ResponseWriter, r *http.Request, status int, planned undo.Plan, problem, confirmBad string) error {
	p, err := h.undoProps(r, planned)
	if err != nil {
		return err
	}
	p.Error, p.ConfirmBad, p.Once, p.Hash = problem, confirmBad, rand.Text(), planned.Hash
	return h.render(w, r, status, views.UndoAskPage(p))
}

// undoChosen reads what was ticked.
func (h *Handlers) undoChosen(r *http.Request) (workflow.Run, *undo.Selection, error) {
	run, err := h.undoable(r)
	if err != nil {
		return run, nil, err
	}
	if err := r.ParseForm(); err != nil {
		return run, nil, unreadable(err)
	}
	chosen := &undo.Selection{IDs: map[string]bool{}, Rest: r.PostForm.Get("rest") == "1"}
	for _, id := range r.PostForm["do"] {
		chosen.IDs[id] = true
	}
	return run, chosen, nil
}

// RunUndo starts the run that takes back what was ticked, if the plan is still the one that was looked over.
func (h *Handlers) RunUndo(w http.ResponseWriter, r *http.Request) error {
	run, chosen, err := h.undoChosen(r)
	if err != nil {
		return err
	}
	once := r.PostForm.Get("once")
	if len(once) < 16 || len(once) > 64 {
		return fault.New(fault.Invalid, "This page was not complete, so nothing was started; open the undo again.")
	}
	if id, err := h.DB.RunOnce(r.Context(), once, user(r).ID); err == nil { // the button was pressed twice
		return h.redirect(w, r, "/runs/"+id)
	} else if !errors.Is(err, db.ErrNotFound) {
		return err
	}
	planned, err := h.Undo.Plan(r.Context(), run.ID, chosen)
	if err != nil {
		return h.undoRefused(w, r, run, err)
	}
	switch {
	case len(planned.Ticked()) == 0:
		return h.undoPage(w, r, http.StatusConflict, planned, "What you ticked can't be taken back any more; this is the plan as it is now.")
	case planned.Hash != r.PostForm.Get("hash"):
		return h.undoAsk(w, r, http.StatusConflict, planned, "Something was changed since you looked it over; this is how it is now. Nothing was started.", "")
	case planned.Removes() && strings.TrimSpace(r.PostForm.Get("confirm")) != strings.TrimSpace(run.Name):
		return h.undoAsk(w, r, http.StatusUnprocessableEntity, planned, "", "This is not the run's name; type it as it stands above.")
	}
	started, err := h.Undo.Start(r.Context(), undo.Request{Plan: planned, By: user(r), Once: once})
	if err != nil {
		return h.undoRefused(w, r, run, err)
	}
	return h.redirect(w, r, "/runs/"+started.ID)
}

// RunUndoRehearse rehearses what was ticked.
func (h *Handlers) RunUndoRehearse(w http.ResponseWriter, r *http.Request) error {
	run, chosen, err := h.undoChosen(r)
	if err != nil {
		return err
	}
	planned, err := h.Undo.Plan(r.Context(), run.ID, chosen)
	if err != nil {
		return h.undoRefused(w, r, run, err)
	}
	made, err := h.rehearseUndo(r, run, planned)
	if fault.Is(err, fault.Invalid) {
		return h.undoPage(w, r, http.StatusConflict, planned, fault.Message(err))
	}
	if err != nil {
		return h.undoRefused(w, r, run, err)
	}
	return h.redirect(w, r, "/rehearsals/"+made.ID)
}

// rehearseUndo rehearses what is ticked of a plan.
func (h *Handlers) rehearseUndo(r *http.Request, run workflow.Run, planned undo.Plan) (made plan.Rehearsal, err error) {
	if !user(r).May(auth.WorkflowRead) {
		return made, errMayNotRehearse
	}
	d, err := planned.Definition()
	if err != nil {
		return made, err
	}
	return h.Rehearse.Begin(r.Context(), plan.Subject{Kind: plan.Steps, About: run.WorkflowID, Definition: d, Rows: []map[string]string{{}},
		Origin: "/runs/" + run.ID + "/undo", OriginName: workflow.UndoName(run.Name)}, user(r))
}

// undoProps shapes a plan for the eye.
func (h *Handlers) undoProps(r *http.Request, planned undo.Plan) (views.UndoProps, error) {
	ctx, run := r.Context(), planned.Top.Run
	p := views.UndoProps{Shell: h.shell(r, "runs"), Run: run, Now: h.Clock(), Application: "an application that is gone",
		Unlisted: planned.Unlisted(), TickedAll: len(planned.Ticked()), Removes: planned.Removes()}
	if h.Rehearse != nil && user(r).May(auth.WorkflowRead) && p.TickedAll > 0 {
		_, err := planned.Definition()
		p.Rehearse = err == nil
		if err != nil {
			p.NoRehearsal = fault.Message(err)
		}
	}
	app, err := h.DB.Application(ctx, run.ApplicationID)
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		return p, err
	}
	p.Application = cmp.Or(app.Name, p.Application)
	registry := h.actions(ctx)
	names := h.undoNames(ctx, planned, registry)
	places := map[string]string{}
	planned.Top.Each(func(r workflow.Run) { places[r.ID] = placeOf(r, run.ID, names) })
	for _, e := range planned.Entries {
		v := undoEntry(e, registry, names)
		v.Place, v.RunID = places[e.Step.RunID], e.Step.RunID
		switch {
		case e.State == undo.Never:
			p.Never = append(p.Never, v)
		case e.State == undo.Taken:
			p.Taken = append(p.Taken, v)
		case !e.Offered():
			p.Quiet = append(p.Quiet, v)
		case e.Listed:
			p.Offered = append(p.Offered, v)
			if e.Ticked {
				p.Ticked = append(p.Ticked, v)
			}
		default:
			p.RestTicked = p.RestTicked || e.Ticked
		}
	}
	const most = undo.MaxListed
	p.Never, p.Taken, p.Quiet = p.Never[:min(most, len(p.Never))], p.Taken[:min(most, len(p.Taken))], p.Quiet[:min(most, len(p.Quiet))]
	return p, nil
}

// placeOf is where a run stands within the one that is taken back.
func placeOf(r workflow.Run, top string, names map[string]string) string {
	switch {
	case r.ID == top:
		return ""
	case r.IsItem():
		label := workflow.ItemLabel(r.Item)
		return cmp.Or(names[label], label)
	}
	return r.Name
}

func undoEntry(e *undo.Entry, registry *workflow.Registry, names map[string]string) views.UndoEntry {
	out := views.UndoEntry{ID: e.ID, Title: e.Step.Title, State: string(e.State), Why: byName(e.Why, names), Lost: e.Lost, Removes: e.Removes, Ticked: e.Ticked, By: e.By}
	fields := map[string]string{}
	for name, value := range e.Step.Input {
		fields[name] = workflow.Literal(value)
	}
	d := workflow.Definition{Steps: []workflow.Step{{ID: e.Step.StepID, Title: e.Step.Title, Action: e.Step.Action, Fields: fields}}}
	out.Words = workflow.Sentence(workflow.Describe(d, registry, 0, workflow.Known{Names: names}))
	for _, v := range e.Rows {
		text := func(value any) string {
			if value == nil && (v.Before == true || v.Left == true || v.Now == true) {
				return "no"
			}
			return byName(workflow.FactText(value), names)
		}
		out.Values = append(out.Values, views.UndoValue{Label: byName(v.Label, names), Before: text(v.Before), Left: text(v.Left), Now: text(v.Now), Known: v.Known, Differs: v.Differs})
	}
	return out
}

// byName writes the names of objects in place of their ids.
func byName(text string, names map[string]string) string {
	if len(text) < 20 || !strings.Contains(text, "0") {
		return text
	}
	for id, name := range names {
		if name != "" && len(id) >= 20 {
			text = strings.ReplaceAll(text, id, name)
		}
	}
	return text
}

// mostAsked is how many names a plan asks the org for.
const mostAsked = 30

// undoNames is what the objects of a plan are called: as the run's steps say, and as the org does.
func (h *Handlers) undoNames(ctx context.Context, planned undo.Plan, registry *workflow.Registry) map[string]string {
	names := map[string]string{}
	if v, err := h.DB.WorkflowVersion(ctx, planned.Top.Run.WorkflowID, planned.Top.Run.Version); err == nil {
		for _, s := range v.Definition.Steps {
			for id, name := range s.Names {
				names[id] = name
			}
		}
	}
	planned.Top.Each(func(r workflow.Run) {
		for _, s := range r.Steps {
			nameOutput(names, s.Output)
		}
		if item, ok := r.Item.(map[string]any); ok {
			nameOutput(names, item)
		}
	})
	if h.Connect == nil {
		return names
	}
	var asked []pickedObject
	for _, e := range planned.Entries {
		spec, _ := registry.Get(e.Step.Action)
		for _, f := range spec.Fields {
			if !f.Kind.Object() {
				continue
			}
			for _, id := range form.SplitList(e.Step.Input[f.Name]) {
				if names[id] == "" && len(asked) < mostAsked {
					asked = append(asked, pickedObject{f.Kind, id})
				}
			}
		}
	}
	h.nameThem(ctx, planned.Top.Run.ApplicationID, asked, names)
	return names
}
