package handlers

import (
	"net/http"
	"slices"
	"strings"

	"caracal/catalog"
	"caracal/fault"
	"caracal/org"
	"caracal/views"
	"caracal/views/ui"
)

// ScopeList says of every scope what it allows.
func (h *Handlers) ScopeList(w http.ResponseWriter, r *http.Request) error {
	c := h.Catalog.Now()
	p := views.ScopeListProps{Shell: h.shell(r, "operations"), Query: strings.TrimSpace(r.URL.Query().Get("q")), Total: len(c.Scopes())}
	for _, s := range c.Scopes() {
		if !hasWords(s.Name+" "+s.Words+" "+s.Object, p.Query) {
			continue
		}
		if n := len(p.Groups); n == 0 || p.Groups[n-1].Object != s.Object {
			p.Groups = append(p.Groups, views.ScopeGroup{Object: s.Object})
		}
		last := &p.Groups[len(p.Groups)-1]
		last.Scopes = append(last.Scopes, s)
		p.Found++
	}
	return h.render(w, r, http.StatusOK, views.ScopeListPage(p))
}

func hasWords(text, words string) bool {
	text = strings.ToLower(text)
	return !slices.ContainsFunc(strings.Fields(strings.ToLower(words)), func(word string) bool { return !strings.Contains(text, word) })
}

// ScopeShow says what one scope allows: the operations behind it, the actions that take it, and which
// applications have it.
func (h *Handlers) ScopeShow(w http.ResponseWriter, r *http.Request) error {
	c := h.Catalog.Now()
	s, ok := c.Scope(r.PathValue("scope"))
	if !ok {
		return fault.New(fault.NotFound, "Okta's API has no scope of this name; look under Operations › Scopes.")
	}
	p := views.ScopeShowProps{Shell: h.shell(r, "operations"), Scope: s}
	for _, op := range s.Operations {
		if op.Reads() {
			p.Reads = append(p.Reads, op)
		} else {
			p.Changes = append(p.Changes, op)
		}
	}
	name := org.Scope(s.Name)
	if read, ok := c.Scope(string(name.Read())); ok && s.Manages {
		p.Read = read.Name
		for _, op := range read.Operations {
			if !slices.ContainsFunc(s.Operations, func(o catalog.Operation) bool { return o.ID == op.ID }) {
				p.ByRead = append(p.ByRead, op)
			}
		}
	}
	for _, spec := range h.Registry.All() {
		if slices.Contains(spec.Scopes, name) {
			p.Actions = append(p.Actions, spec)
		}
	}
	apps, err := h.DB.Applications(r.Context())
	if err != nil {
		return err
	}
	for _, app := range apps {
		link := ui.Link{Label: app.Name, Href: "/applications/" + app.ID}
		switch {
		case app.Status == org.Disconnected:
		case holds(&app, name):
			p.Granted = append(p.Granted, link)
		default:
			p.Lacking = append(p.Lacking, link)
		}
	}
	return h.render(w, r, http.StatusOK, views.ScopeShowPage(p))
}
