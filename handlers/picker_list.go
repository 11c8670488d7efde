package handlers

import (
	"errors"
	"net/http"
	"strings"
	"unicode"

	"caracal/auth"
	"caracal/connect"
	"caracal/db"
	"caracal/fault"
	"caracal/form"
	"caracal/views/ui"
)

// PickerList answers the type-ahead of a picker: the objects of an org whose name begins with what was typed.
// What went wrong is a line of the list, since that is where the person looks.
func (h *Handlers) PickerList(w http.ResponseWriter, r *http.Request) error {
	kind := form.Kind(r.PathValue("kind"))
	if kind == form.EventTypes {
		return h.eventTypeRows(w, r)
	}
	if may, err := h.mayPick(r, r.FormValue("application"), kind); err != nil {
		return err
	} else if !may {
		return h.render(w, r, http.StatusForbidden, ui.PickerRows(kind, nil, "No workflow that is open to you asks for this; reload the page.", false))
	}
	return h.pickerRows(w, r, kind, false)
}

// OperationPick is PickerList for the page of an operation, where whoever sees the page may read all that its list
// would read, and any id may stand.
func (h *Handlers) OperationPick(w http.ResponseWriter, r *http.Request) error {
	return h.pickerRows(w, r, form.Kind(r.PathValue("kind")), true)
}

func (h *Handlers) pickerRows(w http.ResponseWriter, r *http.Request, kind form.Kind, anyID bool) error {
	rows, message, err := h.pick(r, kind)
	if fault.Is(err, fault.Internal) || errors.Is(err, db.ErrNotFound) {
		return err
	}
	h.asked(r.Context(), r.FormValue("application"), err)
	typed := strings.TrimSpace(r.FormValue("q"))
	switch {
	case err != nil:
		message = pickFailure(err)
	case len(rows) == 0 && message == "" && typed == "":
		message = "There is nothing to choose from."
	case len(rows) == 0 && message == "":
		message = "Nothing begins with this."
	}
	if mayStand(kind, typed, anyID, err) && !hasRow(rows, typed) {
		rows = append(rows, ui.PickerRow{ID: typed, Label: typed, Detail: "Use what is typed as the id"})
	}
	return h.render(w, r, http.StatusOK, ui.PickerRows(kind, rows, message, noAnswer(err)))
}

// pickFailure says why a list is not there, with the request id that the sentence speaks of.
func pickFailure(err error) string {
	message := fault.Message(err)
	if f := fault.As(err); f != nil && f.Request != "" && strings.Contains(message, "request id") && !strings.Contains(message, f.Request) {
		message += " It is " + f.Request + "."
	}
	return message
}

// mayStand reports whether what was typed is offered in the place of an entry of a list: any id where the field takes any,
// and while the list can't be read also an id or a login of what would be on it.
func mayStand(kind form.Kind, typed string, anyID bool, err error) bool {
	if !mayBeID(typed) {
		return false
	}
	if _, list := kind.List(); list || anyID {
		return true
	}
	return noAnswer(err) && connect.MayName(kind, typed)
}

// pick asks the org for what a picker shows.
func (h *Handlers) pick(r *http.Request, kind form.Kind) (rows []ui.PickerRow, note string, err error) {
	application, typed := r.FormValue("application"), r.FormValue("q")
	add := func(id, label, detail string) {
		rows = append(rows, ui.PickerRow{ID: id, Label: label, Detail: detail})
	}
	list, isList := kind.List()
	if !isList {
		choices, err := h.Connect.Pick(r.Context(), application, kind, typed)
		for _, c := range choices {
			add(c.ID, c.Label, c.Detail)
		}
		return rows, "", err
	}
	places := map[string]string{}
	for _, pair := range r.Form["of"] { // the place of the list's path, and the field of the form that fills it
		if place, field, ok := strings.Cut(pair, ":"); ok {
			places[place] = r.FormValue(field)
		}
	}
	picked, err := h.Connect.PickFrom(r.Context(), application, list, places, typed)
	for _, c := range picked.Choices {
		add(c.ID, c.Label, c.Detail)
	}
	return rows, picked.Note, err
}

// mayBeID reports whether a text that was typed can be meant as an id.
func mayBeID(typed string) bool {
	return typed != "" && len(typed) <= form.DefaultMax && !strings.ContainsFunc(typed, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
}

func hasRow(rows []ui.PickerRow, id string) bool {
	for _, r := range rows {
		if r.ID == id {
			return true
		}
	}
	return false
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
