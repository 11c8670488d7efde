package handlers

import (
	"net/http"
	"time"

	"caracal/auth"
	"caracal/health"
	"caracal/views"
)

// PrivilegeShow compares what an application is granted with what runs and workflows really use, and says what is
// the least that would do. It changes nothing.
func (h *Handlers) PrivilegeShow(w http.ResponseWriter, r *http.Request) error {
	app, err := h.DB.Application(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	p := views.PrivilegeProps{Shell: h.shell(r, "applications"), App: app, Now: h.Clock(), Days: 90, MayCheck: user(r).May(auth.HealthRun)}
	if r.URL.Query().Get("days") == "30" {
		p.Days = 30
	}
	needs, err := h.Connect.Needs(r.Context(), h.actions(r.Context()), app.ID, p.Now.Add(-time.Duration(p.Days)*24*time.Hour))
	if err != nil {
		return err
	}
	runs, err := h.DB.CheckRuns(r.Context(), app.ID, 1)
	if err != nil {
		return err
	}
	if len(runs) > 0 {
		p.CheckedAt = runs[0].StartedAt
	}
	a := health.Advise(app, needs)
	p.Needs, p.Roles, p.Single, p.RolePath = a.Needs, a.Roles, a.Single, a.RolePath
	p.Permissions, p.Resources, p.AlsoRoles = a.Custom.Permissions, a.Custom.Resources, a.Custom.AlsoRoles
	p.Kept, p.Unneeded, p.Helpful, p.Missing = privilegeScopes(a.Kept), privilegeScopes(a.Unneeded), privilegeScopes(a.Helpful), privilegeScopes(a.Missing)
	return h.render(w, r, http.StatusOK, views.PrivilegePage(p))
}

func privilegeScopes(list []health.ScopeAdvice) []views.PrivilegeScope {
	out := make([]views.PrivilegeScope, len(list))
	for i, s := range list {
		out[i] = views.PrivilegeScope(s)
	}
	return out
}
