package handlers

import (
	"net/http"

	"caracal/auth"
	"caracal/org"
	"caracal/views"
)

// ApplicationList shows the connected orgs.
func (h *Handlers) ApplicationList(w http.ResponseWriter, r *http.Request) error {
	apps, err := h.DB.Applications(r.Context())
	if err != nil {
		return err
	}
	checks, err := h.DB.LastCheckRuns(r.Context())
	if err != nil {
		return err
	}
	p := views.ApplicationsProps{Shell: h.shell(r, "applications"), MayManage: user(r).May(auth.ApplicationManage), Now: h.Clock()}
	for _, app := range apps {
		row := views.ApplicationRow{App: app}
		if run, ok := checks[app.ID]; ok && app.Status != org.Disconnected {
			row.Health, row.HealthAt = run.Verdict(), run.EndedAt
			for _, c := range run.Checks {
				if c.Verdict.Bad() {
					row.Failed++
				}
			}
		}
		p.Rows = append(p.Rows, row)
	}
	return h.render(w, r, http.StatusOK, views.ApplicationsPage(p))
}
