package handlers

import (
	"net/http"
	"slices"
	"strings"

	"caracal/form"
	"caracal/trigger"
	"caracal/views/ui"
)

// shownTypes is how many types of event the type-ahead lists.
const shownTypes = 40

// eventTypeRows answers the type-ahead of a picker of event types: those that are known, and what was typed when it
// looks like one. They are the same in every org, and no secret.
func (h *Handlers) eventTypeRows(w http.ResponseWriter, r *http.Request) error {
	typed := strings.TrimSpace(r.FormValue("q"))
	var rows []ui.PickerRow
	found := trigger.FindTypes(typed)
	for _, t := range found[:min(len(found), shownTypes)] {
		detail := t.Words
		if t.Reach == trigger.ReachLog {
			detail += " · only in the log, hooks do not deliver it"
		}
		rows = append(rows, ui.PickerRow{ID: t.ID, Label: t.ID, Detail: detail})
	}
	if trigger.IsEventType(typed) && !slices.ContainsFunc(rows, func(row ui.PickerRow) bool { return row.ID == typed }) {
		rows = append(rows, ui.PickerRow{ID: typed, Label: typed, Detail: "Use what is typed"})
	}
	message := ""
	if len(rows) == 0 {
		message = "No known type fits. Type one as Okta writes it, like user.lifecycle.create."
	}
	return h.render(w, r, http.StatusOK, ui.PickerRows(form.EventTypes, rows, message, false))
}
