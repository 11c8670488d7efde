package handlers

import (
	"net/http"
	"strings"

	"caracal/auth"
	"caracal/catalog"
	"caracal/views"
)

// operationsShown is how many operations a search shows at first.
const operationsShown = 40

// OperationList finds operations by words or by group. HTMX asks for the same page as one types.
func (h *Handlers) OperationList(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	c := h.Catalog.Now()
	p := views.OperationListProps{Query: strings.TrimSpace(q.Get("q")), Tags: c.Tags(), MayTake: user(r).May(auth.ApplicationManage),
		Total: len(c.Operations()), Version: c.APIVersion}
	switch {
	case p.Query != "":
		p.Rows = c.Search(p.Query)
	case q.Get("tag") != "":
		p.Tag = q.Get("tag")
		p.Rows = c.Tagged(p.Tag)
	}
	p.Found = len(p.Rows)
	if p.Tag == "" && q.Get("all") == "" {
		p.Rows = p.Rows[:min(len(p.Rows), operationsShown)]
	}
	p.Shell = h.shell(r, "operations")
	return h.render(w, r, http.StatusOK, views.OperationListPage(p))
}

// scopesOf says in words what an operation takes.
func (h *Handlers) scopesOf(op catalog.Operation) []catalog.Scope {
	var out []catalog.Scope
	for _, name := range op.Scopes {
		if s, ok := h.Catalog.Now().Scope(name); ok {
			out = append(out, s)
		}
	}
	return out
}
