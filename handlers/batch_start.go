package handlers

import (
	"net/http"
	"strconv"
	"strings"

	"caracal/batch"
	"caracal/db"
	"caracal/engine"
	"caracal/fault"
	"caracal/form"
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
	return s, nil
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
