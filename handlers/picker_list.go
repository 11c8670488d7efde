package handlers

import (
	"errors"
	"net/http"

	"caracal/auth"
	"caracal/db"
	"caracal/fault"
	"caracal/form"
	"caracal/views/ui"
)

// PickerList answers the type-ahead of a picker: the objects of an org whose name begins with what was typed.
// What went wrong is a line of the list, since that is where the person looks.
func (h *Handlers) PickerList(w http.ResponseWriter, r *http.Request) error {
	kind := form.Kind(r.PathValue("kind"))
	if may, err := h.mayPick(r, r.FormValue("application"), kind); err != nil {
		return err
	} else if !may {
		return h.render(w, r, http.StatusForbidden, ui.PickerRows(kind, nil, "No workflow that is open to you asks for this; reload the page."))
	}
	choices, err := h.Connect.Pick(r.Context(), r.FormValue("application"), kind, r.FormValue("q"))
	if fault.Is(err, fault.Internal) || errors.Is(err, db.ErrNotFound) {
		return err
	}
	message := ""
	switch {
	case err != nil:
		message = fault.Message(err)
	case len(choices) == 0:
		message = "Nothing begins with this."
	}
	rows := make([]ui.PickerRow, len(choices))
	for i, c := range choices {
		rows[i] = ui.PickerRow{ID: c.ID, Label: c.Label, Detail: c.Detail}
	}
	return h.render(w, r, http.StatusOK, ui.PickerRows(kind, rows, message))
}

// mayPick reports whether a person may look through the objects of an org: builders and admins any, others what
// the form of a workflow that they may run asks for.
func (h *Handlers) mayPick(r *http.Request, applicationID string, kind form.Kind) (bool, error) {
	me := user(r)
	if me.May(auth.WorkflowEdit) {
		return true, nil
	}
	return h.DB.WorkflowAsks(r.Context(), applicationID, string(kind), me.Roles)
}
