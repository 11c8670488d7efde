package handlers

import (
	"net/http"

	"caracal/views"
)

// FunctionList is the page of what can be written between {{ and }}.
func (h *Handlers) FunctionList(w http.ResponseWriter, r *http.Request) error {
	groups, err := views.FunctionGroups(h.Clock())
	if err != nil {
		return err
	}
	return h.render(w, r, http.StatusOK, views.FunctionsPage(views.FunctionsProps{Shell: h.shell(r, "workflows"), Groups: groups}))
}
