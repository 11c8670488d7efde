package handlers

import (
	"errors"
	"net/http"

	"caracal/db"
	"caracal/fault"
	"caracal/form"
	"caracal/views/ui"
)

// PickerList answers the type-ahead of a picker: the objects of an org whose name begins with what was typed.
// What went wrong is a line of the list, since that is where the person looks.
func (h *Handlers) PickerList(w http.ResponseWriter, r *http.Request) error {
	kind := form.Kind(r.PathValue("kind"))
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
