package handlers

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"caracal/batch"
	"caracal/db"
	"caracal/engine"
	"caracal/fault"
	"caracal/form"
	"caracal/plan"
	"caracal/rehearse"
	"caracal/trigger"
	"caracal/views"
	"caracal/views/ui"
	"caracal/workflow"
)

// BatchStart starts the rows of a checked batch that are right. A second press of the button leads to the first one's
// run.
func (h *Handlers) BatchStart(w http.ResponseWriter, r *http.Request) error {
	b, err := h.usable(r)
	if err != nil {
		return err
	}
	if b.State != batch.Checked {
		return h.redirect(w, r, views.BatchPath(b.ID))
	}
	f, err := decode(views.StartFields(), r)
	if err != nil {
		return err
	}
	if r.PostForm.Get("revision") != strconv.FormatInt(b.Revision, 10) {
		f.Error = "This batch has gone on since you opened the page; look it over and start it again."
	}
	s, err := h.readStart(r, b, f)
	if err != nil {
		return err
	}
	bad := ""
	if f.OK() && workflow.Worst(s.Version.Definition, h.actions(r.Context())) == workflow.Destroys &&
		strings.TrimSpace(r.PostForm.Get("confirm")) != strings.TrimSpace(s.Version.Definition.Name) {
		bad = "This is not the workflow's name; type it as it stands above."
	}
	if !f.OK() || bad != "" {
		return h.checkPage(w, r, http.StatusUnprocessableEntity, b, f, bad)
	}
	if _, err = h.Engine.StartBatch(r.Context(), s); f.Blame(err) {
		return h.checkPage(w, r, http.StatusConflict, b, f, "")
	}
	if err != nil {
		return err
	}
	return h.redirect(w, r, views.BatchPath(b.ID))
}

// readStart reads how a batch is to be started; what is wrong is in the form.
func (h *Handlers) readStart(r *http.Request, b batch.Batch, f *form.Form) (s engine.BatchStart, err error) {
	s = engine.BatchStart{Batch: b, By: user(r), Doubles: f.Values["doubles"] == "true", Unsafe: f.Values["unsafe"] == "true"}
	var may bool
	if s.Version, may, err = h.newest(r, b); err != nil {
		return s, err
	}
	if !may {
		return s, errNoRows
	}
	if s.Version.Number != b.Version {
		f.Error = "Version " + strconv.Itoa(s.Version.Number) + " was published after the rows were checked; let them be checked again."
	}
	t, err := h.rowsTrigger(r.Context(), b.WorkflowID)
	if err != nil {
		return s, err
	}
	most := atOnceMost(t)
	if s.AtOnce = whole(f, "at_once", "Enter how many rows, from 1 to "+strconv.Itoa(most)+"."); s.AtOnce > most {
		f.Reject("at_once", "Enter how many rows, from 1 to %d.", most)
	}
	s.StopAfter = whole(f, "stop_after", "Enter how many rows may fail, or leave it empty.")
	if id := f.Values["plan"]; id != "" && f.Values["held"] == "true" && f.OK() {
		if s.Plan, err = h.rowsPlan(r.Context(), b, id, s.Doubles, s.Unsafe); fault.Is(err, fault.Conflict) {
			f.Reject("held", "%s", fault.Message(err))
			err = nil
		}
	}
	return s, err
}

// rowsPlan returns the plan that a batch's rows are to be held to, by the id of a rehearsal of exactly these rows. A fault of
// the kind Conflict says that it is one of others.
func (h *Handlers) rowsPlan(ctx context.Context, b batch.Batch, id string, doubles, unsafe bool) (p db.RunPlan, err error) {
	found, err := h.DB.Rehearsal(ctx, id)
	if errors.Is(err, db.ErrNotFound) || err == nil && found.Subject.Origin != views.BatchPath(b.ID) {
		return p, fault.New(fault.Conflict, "There is no such rehearsal of these rows; rehearse them again.")
	}
	if err != nil {
		return p, err
	}
	if found.State != plan.Ready {
		return p, fault.New(fault.Conflict, "This rehearsal has no plan that the rows could be held to; wait until it is ready, or rehearse them again.")
	}
	numbers, rows, err := h.DB.Startable(ctx, b.ID, doubles, unsafe, rehearse.MaxRows+1)
	if err != nil {
		return p, err
	}
	if found.Subject.Version != b.Version || !slices.Equal(numbers, found.Subject.Numbers) || (plan.Subject{Rows: rows}).InputHash() != found.Subject.InputHash() {
		return p, fault.New(fault.Conflict, "The plan was made for other rows than those that would be started; rehearse these, or start them without it.")
	}
	return planOf(found), nil
}

// atOnceMost is how many rows of a workflow may be carried out at once.
func atOnceMost(t trigger.Trigger) int {
	if t.Rows.AtOnce > 0 {
		return min(t.Rows.AtOnce, batch.MostAtOnce)
	}
	return batch.MostAtOnce
}

// BatchPause lets no further row begin.
func (h *Handlers) BatchPause(w http.ResponseWriter, r *http.Request) error {
	b, err := h.steered(r)
	if err != nil {
		return err
	}
	return h.afterSteering(w, r, b, h.Engine.PauseBatch(r.Context(), b.ID, user(r)), "It is paused; the rows under way are carried out to their end.")
}

// BatchResume lets the rows go on.
func (h *Handlers) BatchResume(w http.ResponseWriter, r *http.Request) error {
	b, err := h.steered(r)
	if err != nil {
		return err
	}
	return h.afterSteering(w, r, b, h.Engine.ResumeBatch(r.Context(), b.ID, user(r)), "It goes on.")
}

// BatchCancelAsk asks before the rest is cancelled.
func (h *Handlers) BatchCancelAsk(w http.ResponseWriter, r *http.Request) error {
	b, err := h.steered(r)
	if err != nil {
		return err
	}
	if b.State != batch.Started {
		return h.redirect(w, r, views.BatchPath(b.ID))
	}
	p, err := h.batchProps(r, b)
	if err != nil {
		return err
	}
	p.Shell = h.batchShell(r)
	return h.render(w, r, http.StatusOK, views.BatchCancelPage(p))
}

// BatchCancel cancels the rows that have not begun.
func (h *Handlers) BatchCancel(w http.ResponseWriter, r *http.Request) error {
	b, err := h.steered(r)
	if err != nil {
		return err
	}
	n, err := h.Engine.CancelRest(r.Context(), b.ID, user(r))
	return h.afterSteering(w, r, b, err, ui.Count(int(n), "row")+" cancelled; those under way are carried out to their end.")
}

// afterSteering leads back to the batch. That somebody else was first is said there.
func (h *Handlers) afterSteering(w http.ResponseWriter, r *http.Request, b batch.Batch, err error, done string) error {
	tone, text := ui.Good, done
	if fault.Is(err, fault.Conflict) {
		tone, text = ui.Info, fault.Message(err)
	} else if err != nil {
		return err
	}
	h.flash(w, r, tone, text)
	return h.redirect(w, r, views.BatchPath(b.ID))
}

// BatchAgain makes a new batch of the rows that failed or were cancelled.
func (h *Handlers) BatchAgain(w http.ResponseWriter, r *http.Request) error {
	b, err := h.usable(r)
	if err != nil {
		return err
	}
	id, err := h.Rows.Again(r.Context(), b, user(r), db.StartKey{}, h.Engine.EnqueueCheck(r.Context()))
	if fault.Is(err, fault.Conflict) {
		h.flash(w, r, ui.Info, fault.Message(err))
		return h.redirect(w, r, views.BatchPath(b.ID))
	}
	if err != nil {
		return err
	}
	return h.redirect(w, r, views.BatchPath(id))
}
