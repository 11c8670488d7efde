package handlers

import (
	"net/http"
	"slices"

	"caracal/auth"
	"caracal/db"
	"caracal/org"
	"caracal/views"
)

// healthHistory is how many earlier checks the page lists.
const healthHistory = 10

// HealthShow is the API Integration tab. HTMX asks it again for its body while the checks go on.
func (h *Handlers) HealthShow(w http.ResponseWriter, r *http.Request) error {
	app, err := h.DB.Application(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	runs, err := h.DB.CheckRuns(r.Context(), app.ID, healthHistory)
	if err != nil {
		return err
	}
	names, err := h.DB.UserNames(r.Context(), checkers(runs)...)
	if err != nil {
		return err
	}
	shown, err := h.shownRun(r, app, runs)
	if err != nil {
		return err
	}
	if shown != nil {
		shown.By, shown.Earlier = byWhom(names, shown.Run), ended(runs)
	}
	p := views.HealthProps{App: app, Run: shown, MayCheck: user(r).May(auth.HealthRun), MayManage: user(r).May(auth.ApplicationManage), Now: h.Clock()}
	for _, run := range ended(runs) {
		p.History = append(p.History, views.HealthPast{ID: run.ID, At: run.StartedAt, By: byWhom(names, run), Deep: run.Deep, Verdict: run.Verdict(),
			Failed: redChecks(run), Scopes: len(run.Checks), Shown: shown != nil && shown.Run.ID == run.ID})
	}
	if p.Notices, err = h.notices(r, app); err != nil {
		return err
	}
	if p.Watch, err = h.DB.Watch(r.Context(), app.ID); err != nil {
		return err
	}
	if p.To, err = h.DB.Notify(r.Context(), app.ID); err != nil {
		return err
	}
	w.Header().Add("Vary", hxRequestType)
	if wantsPart(r) { // without a shell, which would take the messages kept for the next page
		return h.render(w, r, http.StatusOK, views.HealthBody(p))
	}
	p.Shell = h.shell(r, "applications")
	return h.render(w, r, http.StatusOK, views.HealthPage(p))
}

// notices lists what was told of an application.
func (h *Handlers) notices(r *http.Request, app org.Application) (out []views.NoticeRow, err error) {
	list, err := h.DB.Notices(r.Context(), app.ID, healthHistory)
	if err != nil {
		return nil, err
	}
	var who []string
	for _, n := range list {
		who = append(who, n.SeenBy)
	}
	names, err := h.DB.UserNames(r.Context(), who...)
	if err != nil {
		return nil, err
	}
	sent, err := h.DB.Deliveries(r.Context(), list)
	for _, n := range list {
		out = append(out, views.NoticeRow{Notice: n, SeenBy: names[n.SeenBy], Deliveries: sent[n.ID]})
	}
	return out, err
}

// byWhom names who asked for a check.
func byWhom(names map[string]string, run org.CheckRun) string {
	if run.By == "" {
		return "the schedule"
	}
	return names[run.By]
}

// ended leaves out the runs that are still under way.
func ended(runs []org.CheckRun) []org.CheckRun {
	return slices.DeleteFunc(slices.Clone(runs), func(run org.CheckRun) bool { return run.EndedAt.IsZero() })
}

// shownRun picks the run to show: the one asked for, else the one under way, else the newest.
func (h *Handlers) shownRun(r *http.Request, app org.Application, runs []org.CheckRun) (*views.HealthRunProps, error) {
	p := &views.HealthRunProps{ApplicationID: app.ID, Now: h.Clock()}
	if id := r.FormValue("run"); id != "" {
		run, err := h.DB.CheckRun(r.Context(), id)
		if err != nil || run.ApplicationID != app.ID {
			return nil, db.ErrNotFound
		}
		p.Run, p.Past = run, len(runs) > 0 && runs[0].ID != run.ID
		return p, nil
	}
	if live, ok := h.Health.Live(app.ID); ok {
		p.Run, p.Live = live, true
		for _, s := range app.Scopes {
			if !slices.ContainsFunc(live.Checks, func(c org.Check) bool { return c.Scope == s }) {
				p.Pending = append(p.Pending, s)
			}
		}
		return p, nil
	}
	if past := ended(runs); len(past) > 0 {
		p.Run = past[0]
		return p, nil
	}
	return nil, nil
}

func checkers(runs []org.CheckRun) []string {
	ids := make([]string, len(runs))
	for i, run := range runs {
		ids[i] = run.By
	}
	return ids
}

// HealthRun starts the checks of every scope.
func (h *Handlers) HealthRun(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	if err := r.ParseForm(); err != nil {
		return unreadable(err)
	}
	if _, err := h.Health.Begin(r.Context(), id, user(r).ID, r.PostFormValue("deep") == "true"); err != nil {
		return err
	}
	return h.redirect(w, r, "/applications/"+id+"/health")
}
