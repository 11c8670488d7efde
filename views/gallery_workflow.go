package views

import (
	"time"

	"caracal/auth"
	"caracal/form"
	"caracal/org"
	"caracal/views/ui"
	"caracal/workflow"
)

// galleryRegistry holds two actions that look like real ones; views may not import the real ones.
func galleryRegistry() *workflow.Registry {
	return workflow.NewRegistry([]workflow.ActionSpec{
		{ID: "user.create", Title: "Create a user", Object: "Users", Help: "Makes an account.", Summary: "creates the user {email}",
			Fields: []form.Field{{Name: "email", Label: "E-mail", Kind: form.Email, Required: true}, {Name: "activate", Label: "Activation", Kind: form.Choice, Required: true,
				Options: []form.Option{{Value: "now", Label: "Activate now"}, {Value: "later", Label: "Leave it staged"}}}},
			Outputs: []workflow.OutputField{{Name: "id", Label: "User"}, {Name: "link", Label: "Activation link", Secret: true}},
			Scopes:  []org.Scope{"okta.users.manage"}, Role: "Group Administrator", Effect: workflow.Changes, Repeat: workflow.Never},
		{ID: "group.add_member", Title: "Add a user to a group", Object: "Groups", Help: "Makes a user a member.", Summary: "adds {user} to {group}",
			Fields: []form.Field{{Name: "user", Label: "User", Kind: form.User, Required: true}, {Name: "group", Label: "Group", Kind: form.Group, Required: true}},
			Scopes: []org.Scope{"okta.groups.manage"}, Role: "Group Administrator", Effect: workflow.Changes, Repeat: workflow.Harmless},
	})
}

func galleryDefinition() workflow.Definition {
	return workflow.Definition{Name: "New hire", Purpose: "Gives a new colleague an account and a group to begin with.", ApplicationID: "app_acme", Runners: []auth.Role{auth.Operator},
		Inputs: []workflow.Input{{Name: "email", Label: "E-mail", Kind: form.Email, Required: true, Help: "Becomes the login too."}, {Name: "team", Label: "Team", Kind: form.Group}},
		Steps: []workflow.Step{
			{ID: "create", Title: "Create the user", Action: "user.create", Fields: map[string]string{"email": "{{ inputs.email }}", "activate": "now"}},
			{ID: "join", Title: "Add to the team", Action: "group.add_member", Fields: map[string]string{"user": "{{ steps.create.output.id }}", "group": "{{ inputs.team }}"}}}}
}

func galleryWorkflow(published int, dirty bool) workflow.Workflow {
	return workflow.Workflow{ID: "wf_1", Draft: galleryDefinition(), Revision: 7, Published: published, Dirty: dirty,
		CreatedAt: ago(20 * day), CreatedBy: "usr_ada", UpdatedAt: ago(2 * time.Hour), UpdatedBy: "usr_ada"}
}

func workflowStates() []State {
	shell, registry := galleryShell("workflows"), galleryRegistry()
	apps := []ui.Link{{Label: "Acme", Href: "app_acme"}, {Label: "Acme preview", Href: "app_preview"}}
	list := WorkflowsProps{Shell: shell, Now: galleryNow, MayEdit: true, Applications: apps}
	none, many := list, list
	none.Query = "payroll"
	failed := galleryRunOf(workflow.RunFailed).Run
	many.Rows = []WorkflowRow{
		{ID: "wf_1", Name: "New hire", Purpose: "Gives a new colleague an account.", Summary: "creates the user", Application: "Acme", Published: 3, MayRun: true, Last: &failed, UpdatedAt: ago(2 * time.Hour), UpdatedBy: "Ada Lovelace"},
		{ID: "wf_2", Name: "Create a group", Application: "Acme", UpdatedAt: ago(9 * day), UpdatedBy: "Grace Hopper"},
		{ID: "wf_3", Name: "Suspend a leaver", Application: "Acme preview", Published: 1, Dirty: true, MayRun: true, UpdatedAt: ago(30 * day), UpdatedBy: "Grace Hopper"}}
	blank := workflow.Workflow{ID: "wf_9", Draft: workflow.Definition{Name: "Untitled"}, Revision: 1}
	problems := []workflow.Problem{{Step: "join", Field: "group", Message: "Choose a group."}, {Step: "create", Scope: "okta.users.manage", Advice: true, Message: "Acme was not granted okta.users.manage; grant it in Okta under Okta API Scopes."}}
	builder := BuilderProps{Shell: shell, Workflow: galleryWorkflow(3, true), Registry: registry, Applications: apps, Editor: "e1", SavedAt: ago(time.Minute), Add: -1}
	empty, wrong, conflict := builder, builder, builder
	empty.Workflow = blank
	wrong.Problems = problems
	changes := []workflow.Change{{Kind: workflow.Changed, Where: "Step 1 “Create the user”", What: "Activation", Before: "now", After: "later"}, {Kind: workflow.Added, Where: "Input “Team”"}}
	conflict.Conflict = &BuilderConflict{By: "Grace Hopper", At: ago(time.Minute), Revision: 8, Changes: changes}
	versions := []workflow.Version{
		{WorkflowID: "wf_1", Number: 2, Definition: galleryDefinition(), Note: "Adds the team.", CreatedAt: ago(3 * day), CreatedBy: "usr_ada"},
		{WorkflowID: "wf_1", Number: 1, Definition: galleryDefinition(), CreatedAt: ago(9 * day), CreatedBy: "usr_ada"}}
	show := WorkflowShowProps{Shell: shell, Now: galleryNow, Workflow: galleryWorkflow(3, false), Definition: galleryDefinition(), Registry: registry,
		Application: ui.Link{Label: "Acme", Href: "/applications/app_acme"}, MayRun: true,
		Runs: []RunRow{{ID: "run_1", Name: "New hire", WorkflowID: "wf_1", Version: 3, State: workflow.RunFailed, By: "Ada Lovelace", At: ago(time.Hour), Took: 3 * time.Second, Note: "A user with this login exists already."}}}
	draft := show
	draft.Workflow, draft.Runs, draft.MayRun = galleryWorkflow(0, true), nil, false
	return []State{
		{"workflow-list/empty", WorkflowsPage(list)},
		{"workflow-list/none", WorkflowsPage(none)},
		{"workflow-list/many", WorkflowsPage(many)},
		{"workflow/published", WorkflowShowPage(show)},
		{"workflow/draft", WorkflowShowPage(draft)},
		{"workflow-edit/empty", BuilderPage(empty)},
		{"workflow-edit/many", BuilderPage(builder)},
		{"workflow-edit/problems", BuilderPage(wrong)},
		{"workflow-edit/conflict", BuilderPage(conflict)},
		{"workflow-publish/ready", PublishPage(PublishProps{Shell: shell, Workflow: galleryWorkflow(2, true), Registry: registry, Changes: changes})},
		{"workflow-publish/refused", PublishPage(PublishProps{Shell: shell, Workflow: galleryWorkflow(0, true), Registry: registry, Problems: problems})},
		{"workflow-history/many", HistoryPage(HistoryProps{Shell: shell, Now: galleryNow, Workflow: galleryWorkflow(2, true), Versions: versions, Names: map[string]string{"usr_ada": "Ada Lovelace"}, Registry: registry})},
		{"workflow-version/compared", VersionPage(VersionProps{Shell: shell, Now: galleryNow, Workflow: galleryWorkflow(2, true), Version: versions[0], Against: 1, Others: versions[1:], Changes: changes, By: "Ada Lovelace", Registry: registry})},
		{"workflow-archive/busy", ArchivePage(ArchiveProps{Shell: shell, Workflow: galleryWorkflow(2, false), UnderWay: 2})},
	}
}

// galleryRunOf is a run of two steps in a state, with its steps as far as such a run has come.
func galleryRunOf(state workflow.RunState) RunLiveProps {
	run := workflow.Run{ID: "run_1", WorkflowID: "wf_1", Version: 3, ApplicationID: "app_acme", Name: "New hire", State: state, StartedBy: "usr_ada",
		Input: map[string]string{"email": "lin@acme.example", "team": "00g1"}, CreatedAt: ago(time.Minute)}
	first := workflow.RunStep{RunID: run.ID, StepID: "create", Title: "Create the user", Action: "user.create", State: workflow.StepDone, Input: map[string]string{"email": "lin@acme.example", "activate": "now"},
		Output: workflow.Output{"id": "00u1lin", "link": "[hidden]"}, Attempts: 1, Request: "Zx1aQ9c3TgGJ4q2w", StartedAt: ago(50 * time.Second), EndedAt: ago(49 * time.Second)}
	second := workflow.RunStep{RunID: run.ID, Index: 1, StepID: "join", Title: "Add to the team", Action: "group.add_member", State: workflow.StepPending}
	if state != workflow.RunQueued {
		run.StartedAt = ago(51 * time.Second)
	}
	switch state {
	case workflow.RunQueued:
		first = workflow.RunStep{RunID: run.ID, StepID: "create", Title: "Create the user", Action: "user.create", State: workflow.StepPending}
	case workflow.RunRunning:
		second.State, second.StartedAt, second.Attempts = workflow.StepStarted, ago(2*time.Second), 1
	case workflow.RunWaiting:
		run.WaitReason, run.WaitUntil = "Okta's rate limit for groups is used up; the run goes on by itself.", galleryNow.Add(40*time.Second)
	case workflow.RunAsking:
		first.State, first.Output, first.Finding = workflow.StepUncertain, nil, "The connection broke after the request was sent, and no user with this login was found."
		run.WaitReason = "It is not known whether the user was created."
	case workflow.RunSucceeded:
		second.State, second.StartedAt, second.EndedAt, second.Attempts = workflow.StepDone, ago(48*time.Second), ago(47*time.Second), 2
		run.EndedAt = ago(47 * time.Second)
	case workflow.RunFailed:
		second.State, second.Error, second.ErrorCode, second.Attempts = workflow.StepFailed, "The group is gone; choose another and run it again.", "E0000007", 1
		second.StartedAt, second.EndedAt, run.EndedAt, run.Error = ago(48*time.Second), ago(47*time.Second), ago(47*time.Second), second.Error
	case workflow.RunCancelled:
		second.State, run.EndedAt = workflow.StepSkipped, ago(30*time.Second)
	}
	run.Steps = []workflow.RunStep{first, second}
	return RunLiveProps{Run: run, Now: galleryNow, Registry: galleryRegistry(), Definition: galleryDefinition(), By: "Ada Lovelace", Application: "Acme",
		Names: map[string]string{"00g1": "Engineering", "00u1lin": "Lin Chen"}, MayManage: true, MayRepeat: true}
}

func runStates() []State {
	shell := galleryShell("runs")
	states := []workflow.RunState{workflow.RunQueued, workflow.RunRunning, workflow.RunWaiting, workflow.RunAsking, workflow.RunSucceeded, workflow.RunFailed, workflow.RunCancelled}
	list := RunsProps{Shell: shell, Now: galleryNow, Workflows: []ui.Link{{Label: "New hire", Href: "wf_1"}}, People: []ui.Link{{Label: "Ada Lovelace", Href: "usr_ada"}}}
	many, none := list, list
	none.Query = "payroll"
	many.Paging = ui.Paging{Next: "/runs?after=run_1"}
	many.Counts = []RunCount{{Count: 7, Href: "/runs", Active: true}, {State: workflow.RunFailed, Count: 1, Href: "/runs?state=failed"}}
	var out []State
	for _, s := range states {
		many.Rows = append(many.Rows, RunRow{ID: "run_" + string(s), Name: "New hire", WorkflowID: "wf_1", Version: 3, State: s, By: "Ada Lovelace", At: ago(time.Hour), Took: 3 * time.Second})
		out = append(out, State{"run/" + string(s), RunPage(RunProps{Shell: shell, Live: galleryRunOf(s)})})
	}
	version := workflow.Version{WorkflowID: "wf_1", Number: 3, Definition: galleryDefinition(), CreatedAt: ago(day), CreatedBy: "usr_ada"}
	start := RunNewProps{Shell: shell, Version: version, Registry: galleryRegistry(), Form: form.New(version.Definition.RunFields()), Once: "once", Application: "Acme"}
	refused := start
	refused.Form = form.DecodeFrom(version.Definition.RunFields(), func(name string) string { return map[string]string{"email": "lin", "team": "00g1"}[name] })
	refused.Names = map[string]string{"00g1": "Engineering"}
	refused.Problems = []workflow.Problem{{Scope: "okta.users.manage", Advice: true, Message: "Acme was not granted okta.users.manage; grant it in Okta under Okta API Scopes."}}
	return append(out,
		State{"run-list/empty", RunsPage(list)}, State{"run-list/none", RunsPage(none)}, State{"run-list/many", RunsPage(many)},
		State{"run-new/first", RunNewPage(start)}, State{"run-new/refused", RunNewPage(refused)},
		State{"run-cancel/ask", RunCancelPage(shell, galleryRunOf(workflow.RunRunning).Run, 1)})
}
