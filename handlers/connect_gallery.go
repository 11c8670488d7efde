package handlers

import (
	"net/http"
	"strings"

	"caracal/org"
	"caracal/views"
)

// connectable is what can be connected.
var connectable = []views.GalleryEntry{{
	Name: "Okta", Maker: "Workforce identity", Href: "/applications/connect/okta",
	Text: "Manage users, groups, apps and access, and search the System Log. Anything defined in the Okta API can be reached.",
	Tags: []string{"Okta Integration Network", "Custom app", "identity", "directory", "sign-on"},
}}

// ConnectGallery shows what can be connected, by what was searched for.
func (h *Handlers) ConnectGallery(w http.ResponseWriter, r *http.Request) error {
	p := views.GalleryProps{Shell: h.shell(r, "applications"), Query: r.FormValue("q")}
	words := strings.Fields(strings.ToLower(p.Query))
	for _, e := range connectable {
		text := strings.ToLower(strings.Join(append([]string{e.Name, e.Maker, e.Text}, e.Tags...), " "))
		if matchesAll(text, words) {
			p.Entries = append(p.Entries, e)
		}
	}
	apps, err := h.DB.Applications(r.Context())
	if err != nil {
		return err
	}
	for _, app := range apps {
		if app.Status != org.Disconnected {
			p.Connected++
		}
	}
	return h.render(w, r, http.StatusOK, views.GalleryPage(p))
}

func matchesAll(text string, words []string) bool {
	for _, word := range words {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}
