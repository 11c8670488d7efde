package handlers

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"caracal/db"
	"caracal/fault"
	"caracal/form"
	"caracal/org"
	"caracal/views"
	"caracal/views/ui"
	"caracal/workflow"
)

// builderAnswer is what a button of the builder did, besides changing the draft.
type builderAnswer struct {
	focus  string // id of the element that takes the focus
	notice string
	undo   int64
	menu   string
	add    string // place of the open list of actions
	remove string // step whose removal, with all it holds, is asked about
	move   string // step whose new place is asked for
	yaml   string // step that is shown as a file has it
	paste  views.PasteProps
	trail  views.Trail    // what can be undone and done again
	open   []string       // steps whose fields are shown
	items  map[string]int // entries of loops that values are shown with
	whole  bool           // the form must be drawn again, not only what stands around its fields
	drawn  bool           // the page shows the draft as it was stored before
}

// mostOpen bounds how many steps an address says to be open.
const mostOpen = 20

// query writes the answer into the address of the page, for browsers without a script.
func (a builderAnswer) query() string {
	q := url.Values{}
	if a.undo > 0 {
		q.Set("undo", strconv.FormatInt(a.undo, 10))
	}
	if a.menu != "" {
		q.Set("menu", a.menu)
	}
	if a.add != "" {
		q.Set("add", a.add)
	}
	if a.remove != "" {
		q.Set("remove", a.remove)
	}
	if a.move != "" {
		q.Set("move", a.move)
	}
	if a.yaml != "" {
		q.Set("yaml", a.yaml)
	}
	if back, forth := a.trail.Words(); back+forth != "" {
		q.Set("back", back)
		q.Set("forth", forth)
	}
	if step, ok := strings.CutPrefix(a.focus, "step-"); ok {
		a.open = append(a.open, step)
	}
	if len(a.open) > 0 {
		q["open"] = a.open[max(0, len(a.open)-mostOpen):]
	}
	for loop, n := range a.items {
		if n > 0 {
			q.Set("preview."+loop, strconv.Itoa(n))
		}
	}
	s := ""
	if len(q) > 0 {
		s = "?" + q.Encode()
	}
	if a.focus != "" {
		s += "#" + a.focus
	}
	return s
}

// WorkflowEdit is the builder page.
func (h *Handlers) WorkflowEdit(w http.ResponseWriter, r *http.Request) error {
	flow, err := h.editable(r)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	a := builderAnswer{menu: q.Get("menu"), remove: q.Get("remove"), move: q.Get("move"), yaml: q.Get("yaml"), open: q["open"], items: chosenItems(q), trail: readTrail(q)}
	if at, ok := workflow.ParsePlace(q.Get("add")); ok {
		a.add = at.String()
	}
	if undo, err := strconv.ParseInt(q.Get("undo"), 10, 64); err == nil && undo > 0 && undo < flow.Revision {
		a.undo, a.notice = undo, "The last change can be taken back."
	}
	p, err := h.builderProps(r, flow, rand.Text(), a)
	if err != nil {
		return err
	}
	p.Query = q.Get("q")
	p.Shell = h.shell(r, "workflows")
	return h.render(w, r, http.StatusOK, views.BuilderPage(p))
}

// builderProps draws flow.Draft, whatever is stored.
func (h *Handlers) builderProps(r *http.Request, flow workflow.Workflow, editor string, a builderAnswer) (views.BuilderProps, error) {
	ctx := r.Context()
	app, err := h.applicationOf(ctx, flow.Draft)
	if err != nil {
		return views.BuilderProps{}, err
	}
	apps, err := h.applicationChoices(ctx)
	if err != nil {
		return views.BuilderProps{}, err
	}
	if app != nil && app.Status == org.Disconnected { // else the menu would choose another org in its place
		apps = append(apps, ui.Link{Label: app.Name + " (disconnected)", Href: app.ID})
	}
	registry := h.actions(ctx)
	p := views.BuilderProps{Workflow: flow, Registry: registry, Applications: apps, Editor: editor, SavedAt: flow.UpdatedAt,
		Notice: a.notice, Undo: a.undo, Focus: a.focus, Menu: a.menu, Add: a.add, Remove: a.remove, Move: a.move, Paste: a.paste, Open: a.open, Trail: a.trail}
	p.Problems, _ = h.check(ctx, flow, registry, app)
	p.Own = h.ownFields(ctx, flow.Draft, registry, app)
	if p.YAML, err = workflow.WriteStepYAML(flow.Draft, a.yaml, registry); err != nil {
		return p, err
	}
	p.AsYAML = a.yaml
	if p.Previews, err = h.previews(ctx, user(r), flow, a.items); err != nil {
		return p, err
	}
	if asksPeople(flow.Draft, registry) {
		if p.Approvers, err = h.approvers(ctx); err != nil {
			return p, err
		}
	}
	if flow.UpdatedBy != user(r).ID {
		names, err := h.DB.UserNames(ctx, flow.UpdatedBy)
		if err != nil {
			return p, err
		}
		p.SavedBy = names[flow.UpdatedBy]
	}
	return p, nil
}

// WorkflowSave takes the whole form, does what the pressed button says, and saves the draft. Without a button
// it is a pause in typing, and only what stands around the fields is drawn again.
func (h *Handlers) WorkflowSave(w http.ResponseWriter, r *http.Request) error {
	flow, err := h.editable(r)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return unreadable(err)
	}
	do, arg, _ := strings.Cut(r.PostForm.Get("do"), ":")
	editor := r.PostForm.Get("editor")
	revision, err := strconv.ParseInt(r.PostForm.Get("revision"), 10, 64)
	if err != nil || len(editor) > 64 {
		return fault.New(fault.Invalid, "This page is not complete; reload it, and what was saved is still there.")
	}
	shown := revision
	base, err := h.drawnFrom(r.Context(), flow, revision, editor)
	if err != nil {
		return err
	}
	next, err := h.namePeople(r.Context(), h.nameObjects(r.Context(), applyForm(base, r.PostForm, h.actions(r.Context()))))
	if err != nil {
		return err
	}
	trail := readTrail(r.PostForm)
	var answer builderAnswer
	if do == "back" || do == "forth" {
		flow, next, answer, err = h.along(r.Context(), flow, next, do, revision, editor, user(r), trail)
		var conflict *db.DraftConflict
		if errors.As(err, &conflict) {
			return h.builderConflict(w, r, conflict.Theirs, next, revision, editor)
		}
		if err != nil {
			return err
		}
		revision = flow.Revision
	} else {
		next, answer = h.press(r.Context(), flow, next, do, arg)
		switch do {
		case "move-to":
			next = moveTo(next, arg, r.PostForm.Get("move_to"), &answer)
		case "paste":
			next = h.pasteSteps(r.Context(), flow, next, arg, r.PostForm.Get(views.PasteName(arg)), &answer)
		}
	}
	next = settleOwn(next, r.PostForm, h.actions(r.Context()))
	answer.open, answer.items = r.PostForm["open"], chosenItems(r.PostForm)
	answer.drawn = shown == flow.Revision
	next = withoutStray(flow, next, &answer)
	if do == "overwrite" || do == "take" {
		if theirs, err := strconv.ParseInt(r.PostForm.Get("theirs"), 10, 64); err == nil && theirs <= flow.Revision {
			revision, answer.undo, answer.notice = theirs, theirs, "Yours is saved in the place of theirs."
		}
	}
	saved, err := h.DB.SaveDraft(r.Context(), flow.ID, next, revision, editor, user(r))
	var conflict *db.DraftConflict
	if errors.As(err, &conflict) {
		return h.builderConflict(w, r, conflict.Theirs, next, revision, editor)
	}
	if err != nil {
		return err
	}
	if do == "take" { // theirs on top of mine: both are kept, and undo goes back to mine
		if _, err := h.DB.SaveDraft(r.Context(), flow.ID, flow.Draft, saved, editor, user(r)); err != nil {
			return err
		}
		return h.redirect(w, r, "/workflows/"+flow.ID+"/edit"+builderAnswer{undo: saved}.query())
	}
	if do == "publish" {
		return h.redirect(w, r, "/workflows/"+flow.ID+"/publish")
	}
	if do == "rehearse" {
		return h.redirect(w, r, "/workflows/"+flow.ID+"/rehearse")
	}
	before := flow
	if do != "back" && do != "forth" {
		answer.trail = trail
		if saved != flow.Revision && differ(flow.Draft, next) {
			answer.trail = changed(trail, flow.Revision)
		}
	}
	if saved != flow.Revision {
		flow.Revision, flow.Draft, flow.Dirty, flow.UpdatedAt, flow.UpdatedBy = saved, next, true, h.Clock(), user(r).ID
	}
	return h.builderSaved(w, r, before, flow, editor, answer)
}

// drawnFrom returns the definition that the posted form was drawn from: the draft as it is, unless somebody
// else saved it since.
func (h *Handlers) drawnFrom(ctx context.Context, flow workflow.Workflow, revision int64, editor string) (workflow.Definition, error) {
	foreign, err := h.DB.EditedByOthers(ctx, flow.ID, revision, editor)
	if err != nil || !foreign {
		return flow.Draft, err
	}
	old, err := h.DB.DraftAt(ctx, flow.ID, revision)
	if errors.Is(err, db.ErrNotFound) {
		return flow.Draft, nil // too long ago to be kept: what the draft has now is the best there is
	}
	return old, err
}

// press does what a button of the builder says to a definition.
func (h *Handlers) press(ctx context.Context, flow workflow.Workflow, d workflow.Definition, do, arg string) (workflow.Definition, builderAnswer) {
	a := builderAnswer{whole: do != "" && do != "save"}
	var err error
	var id string
	switch do {
	case "add":
		action, at, _ := strings.Cut(arg, ":")
		spec, known := h.actions(ctx).Get(action)
		if !known {
			a.notice = "There is no such action; choose one from the list."
			return d, a
		}
		place, ok := workflow.ParsePlace(at)
		if !ok {
			place = workflow.Place{At: len(d.Steps)}
		}
		d, id, err = d.AddStep(spec, place)
		a.focus = "step-" + id
	case "copy-step":
		d, id, err = d.DuplicateStep(arg)
		a.focus = "step-" + id
	case "remove-step", "remove-block", "unwrap-step":
		d = removeStep(d, do, arg, &a)
	case "into-step":
		step, at, _ := strings.Cut(arg, ":")
		if place, ok := workflow.ParsePlace(at); ok {
			d, err = d.MoveStepTo(step, place)
		}
		a.focus = "step-" + step
	case "out-step":
		if place, ok := d.OutOf(arg); ok {
			d, err = d.MoveStepTo(arg, place)
		}
		a.focus = "step-" + arg
	case "remove-input":
		if i := d.InputByID(arg); i >= 0 {
			a.notice, a.undo = "Removed the input “"+d.Inputs[i].Label+"”.", -1
			d, a.focus = d.RemoveInput(arg), "undo"
		}
	case "up-step":
		d, a.focus = d.MoveStep(arg, -1), "up-step-"+arg
	case "down-step":
		d, a.focus = d.MoveStep(arg, 1), "down-step-"+arg
	case "up-input":
		d, a.focus = d.MoveInput(arg, -1), "up-input-"+arg
	case "down-input":
		d, a.focus = d.MoveInput(arg, 1), "down-input-"+arg
	case "add-input":
		d, id, err = d.AddInput(form.Kind(arg))
		a.focus = "i-" + id + "-label"
	case "insert":
		d, a.focus = insertValue(d, h.actions(ctx), arg)
	case "clear":
		step, field, _ := strings.Cut(arg, ":")
		d, a.focus = setField(d, h.actions(ctx), step, field, "")
	case "menu":
		step, field, _ := strings.Cut(arg, ":")
		a.menu, a.focus = step+"."+field, "m-s-"+step+"-"+field
	case "yaml-step":
		a.yaml, a.focus = arg, "yaml-"+arg
	case "open-move":
		a.move, a.focus = arg, "move-"+arg
	case "open-add":
		if at, ok := workflow.ParsePlace(arg); ok {
			a.add, a.focus = at.String(), "adder-"+at.String()
		}
	case "undo":
		d, a.notice = h.undo(ctx, flow, d, arg)
	}
	if a.undo < 0 {
		a.undo = flow.Revision
	}
	if err != nil {
		a.notice, a.focus = fault.Message(err), ""
	}
	return d, a
}

// undo returns the draft of an earlier revision, when it is still kept.
func (h *Handlers) undo(ctx context.Context, flow workflow.Workflow, d workflow.Definition, arg string) (workflow.Definition, string) {
	revision, err := strconv.ParseInt(arg, 10, 64)
	if err != nil {
		return d, "There is nothing to undo."
	}
	old, err := h.DB.DraftAt(ctx, flow.ID, revision)
	if err != nil {
		return d, "That state of the draft is no longer kept; look under History for published versions."
	}
	return old, "Brought back."
}

// insertValue puts a reference into a field: at the end of text, in the place of everything else.
func insertValue(d workflow.Definition, registry *workflow.Registry, arg string) (workflow.Definition, string) {
	parts := strings.SplitN(arg, ":", 3)
	if len(parts) != 3 {
		return d, ""
	}
	i := d.StepIndex(parts[0])
	if i < 0 {
		return d, ""
	}
	for _, v := range d.Values(registry, parts[0], parts[1]) {
		if v.Reference.String() != parts[2] {
			continue
		}
		value := v.Reference.Placeholder()
		switch f, _ := registry.FieldOf(d.Steps[i], parts[1]); f.Kind {
		case form.Text, form.LongText, form.Lines:
			value = d.Steps[i].Fields[parts[1]] + value
		case form.List:
			value = v.Reference.String()
		case form.Condition:
			value = workflow.BareCondition(d.Steps[i].Filled(parts[1])) + " " + v.Reference.String()
		}
		return setField(d, registry, parts[0], parts[1], value)
	}
	return d, ""
}

func setField(d workflow.Definition, registry *workflow.Registry, step, field, value string) (workflow.Definition, string) {
	i := d.StepIndex(step)
	if i < 0 {
		return d, ""
	}
	f, ok := registry.FieldOf(d.Steps[i], field)
	if !ok {
		return d, ""
	}
	d = d.Clone()
	d.Steps[i].Fill(f, value)
	return d, "s-" + step + "-" + field
}

// builderSaved answers a save: with the page's address when there is no script, with the form when a button
// changed it, and otherwise with what stands around the fields.
func (h *Handlers) builderSaved(w http.ResponseWriter, r *http.Request, before, flow workflow.Workflow, editor string, a builderAnswer) error {
	if r.Header.Get(hxRequest) != "true" && len(a.paste.Mistakes) > 0 { // what was pasted fits no address
		p, err := h.builderProps(r, flow, editor, a)
		if err != nil {
			return err
		}
		p.Shell = h.shell(r, "workflows")
		return h.render(w, r, http.StatusUnprocessableEntity, views.BuilderPage(p))
	}
	if r.Header.Get(hxRequest) != "true" {
		if a.notice != "" && a.undo == 0 {
			h.flash(w, r, ui.Info, a.notice)
			a.notice = ""
		}
		return h.redirect(w, r, "/workflows/"+flow.ID+"/edit"+a.query())
	}
	p, err := h.builderProps(r, flow, editor, a)
	if err != nil {
		return err
	}
	app, err := h.applicationOf(r.Context(), before.Draft)
	if err != nil {
		return err
	}
	ownBefore := h.ownFields(r.Context(), before.Draft, p.Registry, app)
	whole := a.whole || a.notice != "" || !sameOwn(ownBefore, p.Own) || before.Draft.ApplicationID != flow.Draft.ApplicationID || !sameOrder(before.Draft, flow.Draft)
	if whole && !a.drawn {
		return h.render(w, r, http.StatusOK, views.BuilderAgain(p, before.Draft))
	}
	problems, _ := h.check(r.Context(), before, p.Registry, app)
	if whole {
		was := p
		was.Workflow, was.Problems, was.Own = before, problems, ownBefore
		if p.Previews.Run.ID != "" {
			if was.Previews, err = h.previewsOf(r.Context(), before.Draft, p.Registry, p.Previews.Run, a.items); err != nil {
				return err
			}
		}
		p.Kept = views.KeptBodies(p, was)
		return h.render(w, r, http.StatusOK, views.BuilderAgain(p, before.Draft))
	}
	p.Previews.Was = wasShown(before.Draft, p.Registry, p.Previews.Run)
	return h.render(w, r, http.StatusOK, views.BuilderSaved(p, views.ProblemPlaces(p, problems), before.Draft))
}

// sameOrder reports whether two definitions have the same parts, blocks included, in the same places.
func sameOrder(a, b workflow.Definition) bool {
	if len(a.Steps) != len(b.Steps) || len(a.Inputs) != len(b.Inputs) {
		return false
	}
	for i := range a.Steps {
		if a.Steps[i].ID != b.Steps[i].ID || a.Steps[i].Block() != b.Steps[i].Block() || a.Steps[i].CanHold(workflow.WhenFailed) != b.Steps[i].CanHold(workflow.WhenFailed) {
			return false
		}
	}
	for i := range a.Inputs {
		if a.Inputs[i].ID() != b.Inputs[i].ID() {
			return false
		}
	}
	return true
}

// builderConflict tells the second of two editors, with their own version still in the form.
func (h *Handlers) builderConflict(w http.ResponseWriter, r *http.Request, theirs workflow.Workflow, mine workflow.Definition, revision int64, editor string) error {
	names, err := h.DB.UserNames(r.Context(), theirs.UpdatedBy)
	if err != nil {
		return err
	}
	shown := theirs
	shown.Draft, shown.Revision = mine, revision
	p, err := h.builderProps(r, shown, editor, builderAnswer{focus: "conflict", open: r.PostForm["open"], items: chosenItems(r.PostForm)})
	if err != nil {
		return err
	}
	by := names[theirs.UpdatedBy]
	if theirs.UpdatedBy == user(r).ID {
		by = "You, in another window,"
	}
	p.Conflict = &views.BuilderConflict{By: by, At: theirs.UpdatedAt, Revision: theirs.Revision,
		Changes: workflow.Diff(theirs.Draft, mine, h.actions(r.Context()))}
	if r.Header.Get(hxRequest) == "true" {
		if r.PostForm.Get("do") == "" {
			return h.render(w, r, http.StatusConflict, views.BuilderSaved(p, views.ProblemPlaces(p, nil), mine))
		}
		return h.render(w, r, http.StatusConflict, views.Builder(p))
	}
	p.Shell = h.shell(r, "workflows")
	return h.render(w, r, http.StatusConflict, views.BuilderPage(p))
}
