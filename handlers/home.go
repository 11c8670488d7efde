package handlers

import (
	"net/http"
	"strings"

	"caracal/auth"
	"caracal/db"
	"caracal/org"
	"caracal/views"
	"caracal/views/ui"
	"caracal/workflow"
)

// How many lines each list of the first page has.
const homeLines = 5

// Home shows what to do next, what needs a person and what ran.
func (h *Handlers) Home(w http.ResponseWriter, r *http.Request) error {
	p := views.HomeProps{Shell: h.shell(r, "home"), Now: h.Clock()}
	for _, fill := range []func(*http.Request, auth.User, *views.HomeProps) error{
		h.homeApplications, h.homeNotices, h.homeAsking, h.homeApprovals, h.homeRuns, h.homeWorkflows, h.homeSteps,
	} {
		if err := fill(r, user(r), &p); err != nil {
			return err
		}
	}
	return h.render(w, r, http.StatusOK, views.HomePage(p))
}

// homeApplications adds the applications whose last health check failed.
func (h *Handlers) homeApplications(r *http.Request, me auth.User, p *views.HomeProps) error {
	if !me.May(auth.ApplicationRead) {
		return nil
	}
	apps, err := h.DB.Applications(r.Context())
	if err != nil {
		return err
	}
	checks, err := h.DB.LastCheckRuns(r.Context())
	if err != nil {
		return err
	}
	for _, app := range apps {
		red := redChecks(checks[app.ID])
		if app.Status != org.Active || red == 0 {
			continue
		}
		p.Attention = append(p.Attention, views.HomeAttention{
			Tone: ui.Bad, Title: app.Name + " is not healthy",
			Text: ui.Count(red, "scope") + " failed the last health check.", Href: "/applications/" + app.ID,
		})
	}
	return nil
}

// homeNotices adds what was told of applications and nobody has seen yet.
func (h *Handlers) homeNotices(r *http.Request, me auth.User, p *views.HomeProps) error {
	if !me.May(auth.ApplicationRead) {
		return nil
	}
	list, err := h.DB.UnseenNotices(r.Context(), homeLines)
	for _, n := range list {
		tone := ui.Warn
		switch n.Verdict {
		case org.Pass:
			tone = ui.Good
		case org.Fail:
			tone = ui.Bad
		}
		p.Attention = append(p.Attention, views.HomeAttention{Tone: tone, Title: n.Title, Text: firstLine(n.Detail), Href: "/applications/" + n.ApplicationID + "/health#notices"})
	}
	return err
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// redChecks counts what failed in a run of checks; a run that got no token at all counts as one.
func redChecks(run org.CheckRun) int {
	red := 0
	if run.Error != "" {
		red++
	}
	for _, c := range run.Checks {
		if c.Verdict.Bad() {
			red++
		}
	}
	return red
}

// homeAsking adds the runs that wait for a person's decision.
func (h *Handlers) homeAsking(r *http.Request, me auth.User, p *views.HomeProps) error {
	if !me.May(auth.RunManage) {
		return nil
	}
	runs, _, err := h.DB.RunList(r.Context(), db.RunFilter{State: workflow.RunAsking, Limit: homeLines})
	for _, run := range runs {
		p.Attention = append(p.Attention, views.HomeAttention{
			Tone: ui.Warn, Title: run.Name + " needs a decision",
			Text: run.WaitReason, Href: "/runs/" + run.ID,
		})
	}
	return err
}

// homeRuns adds the newest runs.
func (h *Handlers) homeRuns(r *http.Request, me auth.User, p *views.HomeProps) error {
	filter := db.RunFilter{Limit: homeLines}
	if !me.May(auth.RunRead) {
		filter.StartedBy = me.ID
	}
	runs, _, err := h.DB.RunList(r.Context(), filter)
	if err != nil {
		return err
	}
	names := map[string]string{}
	if me.May(auth.RunRead) {
		names, err = h.DB.UserNames(r.Context(), startersOf(runs)...)
	}
	for _, run := range runs {
		row := views.HomeRun{Href: "/runs/" + run.ID, Name: run.Name, By: names[run.StartedBy], State: run.State, At: run.CreatedAt}
		if !me.May(auth.RunRead) {
			row.Href = "/results/" + run.ID
		}
		p.Runs = append(p.Runs, row)
	}
	return err
}

func startersOf(runs []workflow.Run) (ids []string) {
	for _, run := range runs {
		ids = append(ids, run.StartedBy)
	}
	return ids
}

// homeWorkflows adds what this person may run.
func (h *Handlers) homeWorkflows(r *http.Request, me auth.User, p *views.HomeProps) error {
	if !me.May(auth.WorkflowRun) {
		return nil
	}
	filter := db.WorkflowFilter{State: db.WorkflowPublished, Limit: homeLines}
	if !me.May(auth.WorkflowEdit) { // builders run everything, others what is marked for their role
		filter.Runners = me.Roles
	}
	list, _, err := h.DB.WorkflowList(r.Context(), filter)
	for _, flow := range list {
		shown := views.HomeWorkflow{Name: flow.Draft.Name, Purpose: flow.Draft.Purpose, Href: "/workflows/" + flow.ID}
		if !me.May(auth.WorkflowEdit) { // as published, and straight to its form
			v, err := h.DB.WorkflowVersion(r.Context(), flow.ID, flow.Published)
			if err != nil {
				return err
			}
			shown.Name, shown.Purpose, shown.Href = v.Definition.Name, v.Definition.Purpose, "/workflows/"+flow.ID+"/run"
		}
		p.Workflows = append(p.Workflows, shown)
	}
	return err
}

// homeSteps adds the way from nothing to a first run, for those who can go it, until it is gone.
func (h *Handlers) homeSteps(r *http.Request, me auth.User, p *views.HomeProps) error {
	if !me.May(auth.ApplicationManage) {
		return nil
	}
	apps, err := h.DB.Applications(r.Context())
	if err != nil {
		return err
	}
	checks, err := h.DB.LastCheckRuns(r.Context())
	if err != nil {
		return err
	}
	flows, _, err := h.DB.WorkflowList(r.Context(), db.WorkflowFilter{Limit: 1})
	if err != nil {
		return err
	}
	steps := []views.HomeStep{
		{Title: "Connect an Okta org", Text: "With a catalog integration or a custom app; both guides stand beside the form.",
			Action: "Connect", Href: "/applications/connect", Done: len(apps) > 0},
		{Title: "Prove the connection", Text: "Scope by scope, with the exact click in Okta that mends what is missing.",
			Action: "Check", Href: "/applications", Done: len(checks) > 0},
		{Title: "Build a workflow", Text: "From forms: inputs, steps, and what fills each field.",
			Action: "Build", Href: "/workflows", Done: len(flows) > 0},
		{Title: "Run it", Text: "And watch each step.", Action: "Run", Href: "/workflows", Done: len(p.Runs) > 0},
	}
	for _, s := range steps {
		if !s.Done {
			p.Steps = steps
		}
	}
	return nil
}
