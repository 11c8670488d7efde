package handlers

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"caracal/static"
	"caracal/views"
)

// LicenceList shows the notices of what is built into the pages.
func (h *Handlers) LicenceList(w http.ResponseWriter, r *http.Request) error {
	notices, err := static.Licences()
	if err != nil {
		return err
	}
	p := views.LicencesProps{Shell: h.shellIfSignedIn(r)}
	for _, file := range slices.Sorted(maps.Keys(notices)) {
		p.Notices = append(p.Notices, views.LicenceNotice{Name: strings.TrimSuffix(file, ".txt"), Text: notices[file]})
	}
	return h.render(w, r, http.StatusOK, views.LicencesPage(p))
}
