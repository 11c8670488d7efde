package views

import (
	"maps"
	"slices"
	"strings"
	"time"

	"caracal/auth"
	"caracal/form"
	"caracal/org"
	"caracal/views/ui"
	"caracal/workflow"
)

func galleryRegistry() *workflow.Registry {
	user := form.Field{Name: "user", Label: "User", Kind: form.User, Required: true}
	group := form.Field{Name: "group", Label: "Group", Kind: form.Group, Required: true}
	return workflow.NewRegistry([]workflow.ActionSpec{
		{ID: "user.create", Title: "Create a user", Object: "Users", Help: "Makes an account for a person.", Summary: "creates the user {email}",
			Fields: []form.Field{{Name: "email", Label: "E-mail", Kind: form.Email, Required: true}, {Name: "login", Label: "Login", Help: "Usually the e-mail address.", Kind: form.Text},
				{Name: "when", Label: "Activation", Kind: form.Choice, Required: true, Options: []form.Option{{Value: "now", Label: "Activate now"}, {Value: "later", Label: "Only prepare"}}}},
			Outputs: []workflow.OutputField{{Name: "id", Label: "User", Kind: form.User}, {Name: "link", Label: "Activation link", Secret: true}},
			Scopes:  []org.Scope{"okta.users.manage"}, Effect: workflow.Changes, Repeat: workflow.Never},
		{ID: "group.add_member", Title: "Add a user to a group", Object: "Groups", Help: "Adds one person.", Summary: "adds {user} to {group}",
			Fields: []form.Field{user, group}, Scopes: []org.Scope{"okta.groups.manage"}, Effect: workflow.Changes, Repeat: workflow.Harmless},
		{ID: "user.find", Title: "Find a user", Object: "Users", Help: "Looks a person up.", Summary: "finds {login}",
			Fields:  []form.Field{{Name: "login", Label: "Login", Kind: form.Text, Required: true}},
			Outputs: []workflow.OutputField{{Name: "id", Label: "User", Kind: form.User}}, Scopes: []org.Scope{"okta.users.read"}, Effect: workflow.Reads},
		{ID: "user.delete", Title: "Delete a user", Object: "Users", Help: "Deletes an account for good.", Summary: "deletes {user}",
			Fields: []form.Field{user}, Scopes: []org.Scope{"okta.users.manage"}, Effect: workflow.Destroys},
	})
}

func galleryDefinition() workflow.Definition {
	return workflow.Definition{Name: "Onboard a colleague", Purpose: "Gives a new colleague an account and the groups to begin with.", ApplicationID: "app_acme",
		Runners: []auth.Role{auth.Operator},
		Inputs: []workflow.Input{
			{Name: "email", Label: "E-mail", Help: "Becomes the login too.", Kind: form.Email, Required: true},
			{Name: "team", Label: "Team", Kind: form.Group, Required: true},
			{Name: "contract", Label: "Contract", Kind: form.Choice, Required: true, Options: []form.Option{{Value: "Permanent", Label: "Permanent"}, {Value: "Fixed term", Label: "Fixed term"}}},
		},
		Steps: []workflow.Step{
			{ID: "create", Title: "Create the account", Action: "user.create", Fields: map[string]string{"email": "{{ inputs.email }}", "login": "{{ lower(inputs.email) }}", "when": "now"}},
			{ID: "team", Title: "Add to the team", Action: "group.add_member", Fields: map[string]string{"user": "{{ steps.create.output.id }}", "group": "{{ inputs.team }}"}},
			{ID: "all", Title: "Add to everybody at work", Action: "group.add_member", Fields: map[string]string{"user": "{{ steps.create.output.id }}", "group": "00gstaff00000000001"},
				Names: map[string]string{"00gstaff00000000001": "Staff"}},
		}}
}

func galleryWorkflow(published int, dirty bool) workflow.Workflow {
	return workflow.Workflow{ID: "wf_onboard", Draft: galleryDefinition(), Revision: 12, Published: published, Dirty: dirty,
		CreatedAt: ago(20 * day), CreatedBy: "usr_ada", UpdatedAt: ago(5 * time.Minute), UpdatedBy: "usr_ada"}
}

var galleryApps = []ui.Link{{Label: "Acme", Href: "app_acme"}, {Label: "Acme preview", Href: "app_preview"}}

func galleryBuilder(shell Shell, d workflow.Definition, app *org.Application) BuilderProps {
	w := galleryWorkflow(1, true)
	w.Draft = d
	return BuilderProps{Shell: shell, Workflow: w, Registry: galleryRegistry(), Applications: galleryApps, Editor: "page", SavedAt: w.UpdatedAt,
		Problems: workflow.Check(d, galleryRegistry(), app), Add: ""}
}

func builderStates() []State {
	shell := galleryShell("workflows")
	app := galleryApp(org.Active)
	app.Granted = app.Scopes
	broken := galleryDefinition()
	broken.Name = ""
	broken.Inputs[1].Label = "E-mail"
	broken.Inputs[2].Options = nil
	broken.Steps = broken.Steps[1:]
	broken.Steps[1].Fields["group"] = "{{ inputs.email }}"
	lacking := app
	lacking.Granted = []org.Scope{"okta.users.read", "okta.users.manage"}
	empty := galleryBuilder(shell, workflow.Definition{Name: "New workflow"}, nil)
	empty.Workflow.Published = 0
	ready, wrong, scopes := galleryBuilder(shell, galleryDefinition(), &app), galleryBuilder(shell, broken, &app), galleryBuilder(shell, galleryDefinition(), &lacking)
	adding, menu, undone, conflict, ran := ready, ready, ready, ready, ready
	run := galleryRunIn(workflow.RunSucceeded)
	fields, loops := ran.draft().Previews(galleryRegistry(), run, nil, nil)
	ran.Previews = Previews{Run: run, Fields: fields, Loops: loops}
	adding.Add = "1"
	menu.Menu = "team.user"
	undone.Notice, undone.Undo, undone.SavedBy = "Removed the step “Tell the manager”.", 11, "Grace Hopper"
	theirs := galleryDefinition()
	theirs.Purpose = "Everything a new colleague needs."
	conflict.Conflict = &BuilderConflict{By: "Grace Hopper", At: ago(time.Minute), Revision: 14, Changes: workflow.Diff(theirs, galleryDefinition(), galleryRegistry())}
	return []State{
		{"builder/empty", BuilderPage(empty)}, {"builder/ready", BuilderPage(ready)}, {"builder/previews", BuilderPage(ran)}, {"builder/problems", BuilderPage(wrong)},
		{"builder/missing-scopes", BuilderPage(scopes)}, {"builder/choosing-an-action", BuilderPage(adding)}, {"builder/choosing-a-value", BuilderPage(menu)},
		{"builder/removed", BuilderPage(undone)}, {"builder/conflict", BuilderPage(conflict)},
	}
}

func workflowStates() []State {
	shell, registry := galleryShell("workflows"), galleryRegistry()
	operator := shell
	operator.User = galleryUser(auth.Operator)
	run := galleryRunIn(workflow.RunSucceeded)
	list := WorkflowsProps{Shell: shell, Now: galleryNow, MayEdit: true, Applications: galleryApps, Rows: []WorkflowRow{
		{ID: "wf_onboard", Name: "Onboard a colleague", Summary: workflow.Summary(galleryDefinition(), registry), Application: "Acme", Published: 3, MayRun: true, Last: &run, UpdatedAt: ago(day), UpdatedBy: "Grace Hopper"},
		{ID: "wf_b", Name: "Offboard <b>quickly</b> 😀", Summary: "Does nothing yet.", UpdatedAt: ago(time.Hour), UpdatedBy: "Ada Lovelace"},
		{ID: "wf_c", Name: "Suspend", Summary: "Suspends “Person”.", Application: "Acme preview", Published: 1, Dirty: true, MayRun: true, UpdatedAt: ago(3 * day), UpdatedBy: "Ada Lovelace"},
	}, Paging: ui.Paging{Next: "/workflows?after=wf_c"}}
	none, nothing, theirs := list, list, list
	none.Rows, none.Paging = nil, ui.Paging{}
	nothing.Rows, nothing.Query = nil, "moon"
	theirs.Shell, theirs.MayEdit, theirs.Rows = operator, false, nil
	fresh := form.New([]form.Field{{Name: "name", Label: "Name", Kind: form.Text}, {Name: "application_id", Label: "Application", Kind: form.Choice, Options: []form.Option{{Value: "app_acme", Label: "Acme"}}}})
	show := WorkflowShowProps{Shell: shell, Now: galleryNow, Workflow: galleryWorkflow(3, true), Definition: galleryDefinition(), Registry: registry,
		Application: ui.Link{Label: "Acme", Href: "/applications/app_acme"}, MayRun: true, Runs: galleryRunRows()}
	draft, forOperator, archived := show, show, show
	draft.Workflow, draft.MayRun, draft.Runs = galleryWorkflow(0, true), false, nil
	forOperator.Shell, forOperator.Application.Href = operator, ""
	archived.Workflow.Archived, archived.MayRun = true, false
	changed := galleryDefinition()
	changed.Steps = changed.Steps[:2]
	changed.Name = "Onboard"
	changes := workflow.Diff(changed, galleryDefinition(), registry)
	publish := PublishProps{Shell: shell, Workflow: galleryWorkflow(3, true), Registry: registry, Changes: changes}
	refused, nothingNew, outrun, unasked := publish, publish, publish, publish
	unasked.Unasked = "acme.okta.com did not answer in time; try again in a minute."
	refused.Workflow.Draft.Steps = nil
	refused.Problems = workflow.Check(refused.Workflow.Draft, registry, nil)
	nothingNew.Workflow.Dirty = false
	outrun.Error = "Grace Hopper changed this draft since you looked at it; nothing was published."
	versions := []workflow.Version{{WorkflowID: "wf_onboard", Number: 2, Definition: galleryDefinition(), Note: "Adds everybody to Staff.", CreatedAt: ago(2 * day), CreatedBy: "usr_grace"},
		{WorkflowID: "wf_onboard", Number: 1, Definition: changed, CreatedAt: ago(20 * day), CreatedBy: "usr_ada"}}
	names := map[string]string{"usr_ada": "Ada Lovelace", "usr_grace": "Grace Hopper"}
	history := HistoryProps{Shell: shell, Now: galleryNow, Workflow: galleryWorkflow(2, true), Versions: versions, Names: names, Registry: registry}
	unpublished := history
	unpublished.Workflow, unpublished.Versions = galleryWorkflow(0, true), nil
	version := VersionProps{Shell: shell, Now: galleryNow, Workflow: galleryWorkflow(2, true), Version: versions[0], Against: 1, Others: versions[1:], Changes: changes, By: "Grace Hopper", Registry: registry,
		YAML: workflow.DiffText("version: 1\nname: Onboard\nsteps:\n- id: a\n", "version: 1\nname: Onboard a <b>colleague</b>\nsteps:\n- id: a\n")}
	return []State{
		{"workflow-list/none", WorkflowsPage(none)}, {"workflow-list/none-for-operator", WorkflowsPage(theirs)}, {"workflow-list/nothing-found", WorkflowsPage(nothing)}, {"workflow-list/many", WorkflowsPage(list)},
		{"workflow-new/blank", WorkflowNewPage(WorkflowNewProps{Shell: shell, Form: fresh, Starters: workflow.Starters(), Registry: registry, Applications: galleryApps})},
		{"workflow-new/import-refused", WorkflowNewPage(WorkflowNewProps{Shell: shell, Form: fresh, Starters: workflow.Starters()[:2], Registry: registry, Applications: galleryApps,
			Import: ImportProps{Text: "version: 1\nname: <b>\nstepps: []\n", Mistakes: workflow.Mistakes{{Line: 3, Message: `"stepps" is not a key that is known here; the keys are application, inputs, name, purpose, runners, steps.`}, {Message: "The file is empty."}}}})},
		{"workflow-new/no-application", WorkflowNewPage(WorkflowNewProps{Shell: shell, Form: fresh, Starters: workflow.Starters(), Registry: registry})},
		{"workflow-show/published", WorkflowShowPage(show)}, {"workflow-show/draft", WorkflowShowPage(draft)}, {"workflow-show/operator", WorkflowShowPage(forOperator)}, {"workflow-show/archived", WorkflowShowPage(archived)},
		{"publish/ready", PublishPage(publish)}, {"publish/refused", PublishPage(refused)}, {"publish/nothing", PublishPage(nothingNew)}, {"publish/outrun", PublishPage(outrun)}, {"publish/unasked", PublishPage(unasked)},
		{"history/many", HistoryPage(history)}, {"history/none", HistoryPage(unpublished)}, {"version/changes", VersionPage(version)},
		{"archive/asking", ArchivePage(ArchiveProps{Shell: shell, Workflow: galleryWorkflow(2, false), UnderWay: 2, Error: "This is not the workflow's name; type it as it stands above."})},
	}
}

// galleryRun is a run of the definition in a state, with steps that fit it.
func galleryRunIn(state workflow.RunState) workflow.Run {
	r := workflow.Run{ID: "run_1", WorkflowID: "wf_onboard", Version: 3, ApplicationID: "app_acme", Name: "Onboard a colleague", State: state,
		Input:     map[string]string{"email": "zoe@acme.example", "team": "00gteam000000000001", "contract": "Permanent"},
		StartedBy: "usr_ada", CreatedAt: ago(time.Minute), StartedAt: ago(59 * time.Second), Revision: 7}
	for i, s := range galleryDefinition().Steps {
		r.Steps = append(r.Steps, workflow.RunStep{RunID: r.ID, Index: i, StepID: s.ID, Title: s.Title, Action: s.Action, State: workflow.StepPending})
	}
	done := func(i int, input map[string]string, out workflow.Output) {
		s := &r.Steps[i]
		s.State, s.Input, s.Output, s.Attempts, s.Request = workflow.StepDone, input, out, 1, "reqX1y2Z3"
		s.StartedAt, s.EndedAt = ago(58*time.Second), ago(58*time.Second).Add(412*time.Millisecond)
	}
	member := map[string]string{"user": "00uzoe0000000000001", "group": "00gteam000000000001"}
	if state != workflow.RunQueued {
		done(0, map[string]string{"email": "zoe@acme.example", "login": "zoe@acme.example", "when": "now"}, workflow.Output{"id": "00uzoe0000000000001", "note": strings.Repeat("long ", 60)})
	}
	switch state {
	case workflow.RunRunning:
		r.Steps[1].State, r.Steps[1].Attempts, r.Steps[1].StartedAt, r.Steps[1].Input = workflow.StepStarted, 1, ago(time.Second), member
	case workflow.RunWaiting:
		r.WaitReason, r.WaitUntil = "Okta's limit for this kind of call is used up.", galleryNow.Add(40*time.Second)
	case workflow.RunAsking:
		s := &r.Steps[1]
		s.State, s.Attempts, s.StartedAt, s.Input = workflow.StepUncertain, 1, ago(50*time.Second), member
		s.Finding = "Zoë is not a member of Engineering, and the System Log can't be read to tell why."
		r.WaitReason = "It is not known whether “Add to the team” was done."
	case workflow.RunFailed:
		s := &r.Steps[1]
		s.State, s.Attempts, s.StartedAt, s.EndedAt, s.Input, s.Request = workflow.StepFailed, 3, ago(50*time.Second), ago(48*time.Second), member, "reqA9b8C7"
		s.Error, s.ErrorCode = "Okta refused the scope okta.groups.manage. Grant it to the app under Okta API Scopes, then run again.", "E0000022"
		r.Steps[2].State = workflow.StepSkipped
		r.Error = "Step 2, Add to the team: " + s.Error
	case workflow.RunCancelled:
		r.Error, r.Steps[1].State, r.Steps[2].State = "Cancelled by Ada Lovelace.", workflow.StepSkipped, workflow.StepSkipped
	case workflow.RunSucceeded:
		done(1, member, nil)
		done(2, map[string]string{"user": "00uzoe0000000000001", "group": "00gstaff00000000001"}, nil)
		r.Steps[1].Finding = "Looked it up: the membership was there."
	}
	if state.Ended() {
		r.EndedAt = ago(40 * time.Second)
	}
	return r
}

func galleryRunRows() []RunRow {
	var out []RunRow
	for i, s := range workflow.RunStates {
		r := galleryRunIn(s)
		row := RunRow{ID: r.ID, Name: r.Name, WorkflowID: r.WorkflowID, Version: 3, State: s, By: "Ada Lovelace", At: ago(time.Duration(i) * time.Hour), Note: r.Error}
		if s.Ended() {
			row.Took = r.EndedAt.Sub(r.StartedAt)
		} else if r.WaitReason != "" {
			row.Note = r.WaitReason
		}
		out = append(out, row)
	}
	return out
}

func runStates() []State {
	shell, registry := galleryShell("runs"), galleryRegistry()
	names := map[string]string{"00gteam000000000001": "Engineering", "00gstaff00000000001": "Staff", "00uzoe0000000000001": "zoe@acme.example"}
	var out []State
	for _, s := range workflow.RunStates {
		live := RunLiveProps{Run: galleryRunIn(s), Now: galleryNow, Registry: registry, Definition: galleryDefinition(), By: "Ada Lovelace", Application: "Acme", Names: names, MayManage: true, MayRepeat: true}
		out = append(out, State{"run/" + string(s), RunPage(RunProps{Shell: shell, Live: live})})
		if s == workflow.RunAsking {
			live.MayManage = false
			out = append(out, State{"run/asking-others", RunPage(RunProps{Shell: shell, Live: live})})
		}
	}
	out = append(out, evidenceStates()...)
	logs := galleryLogs()
	for _, name := range slices.Sorted(maps.Keys(logs)) {
		log := logs[name]
		live := RunLiveProps{Run: galleryRunIn(workflow.RunSucceeded), Now: galleryNow, Registry: registry, Definition: galleryDefinition(), By: "Ada Lovelace", Application: "Acme", Names: names, MayManage: true, MayMend: true, Log: log}
		out = append(out, State{"run/log-" + name, RunPage(RunProps{Shell: shell, Live: live})})
	}
	version := workflow.Version{WorkflowID: "wf_onboard", Number: 3, Definition: galleryDefinition()}
	start := RunNewProps{Shell: shell, Version: version, Registry: registry, Form: form.New(version.Definition.RunFields()), Once: "once", Application: "Acme"}
	refused, confirm := start, start
	refused.Form = form.DecodeFrom(version.Definition.RunFields(), func(name string) string { return map[string]string{"email": "not mail <b>"}[name] })
	refused.Problems = []workflow.Problem{{Message: "Acme is paused; runs will wait until it is resumed.", Field: "application_id", Advice: true}}
	destroying := version
	destroying.Definition.Steps = append(destroying.Definition.Steps, workflow.Step{ID: "delete", Title: "Delete", Action: "user.delete", Fields: map[string]string{"user": "{{ steps.create.output.id }}"}})
	confirm.Version, confirm.Confirm, confirm.Names, confirm.ConfirmBad = destroying, true, names, "This is not the workflow's name; type it as it stands above."
	confirm.Form = form.DecodeFrom(version.Definition.RunFields(), func(name string) string { return galleryRunIn(workflow.RunQueued).Input[name] })
	advised, fixed, unread, late, noted := start, confirm, start, start, galleryRunIn(workflow.RunSucceeded)
	advised.Rules, fixed.Rules = galleryRules(), galleryRules()
	unread.Rules = RuleAdviceProps{Path: "/workflows/wf_onboard/run/advice", Asked: true, Unread: "Acme is paused; resume it under Applications › Acme › Settings."}
	late.Rules = RuleAdviceProps{Path: unread.Rules.Path, Asked: true, Late: true, Unread: "Okta has not answered yet; try again in a moment."}
	noted.Steps[1].Output = workflow.Output{"group": "00gteam000000000001", ruleNoteOutput: "zoe@acme.example is on the exception list of the group rule “Engineering rule” now; it will not give the membership back."}
	out = append(out, State{"run-new/rules", RunNewPage(advised)}, State{"run-new/rules-confirm", RunNewPage(fixed)}, State{"run-new/rules-unread", RunNewPage(unread)}, State{"run-new/rules-late", RunNewPage(late)},
		State{"run/rule-note", RunPage(RunProps{Shell: shell, Live: RunLiveProps{Run: noted, Now: galleryNow, Registry: registry, Definition: galleryDefinition(), By: "Ada Lovelace", Application: "Acme", Names: names}})})
	list := RunsProps{Shell: shell, Now: galleryNow, Rows: galleryRunRows(), Workflows: []ui.Link{{Label: "Onboard a colleague", Href: "wf_onboard"}},
		People: []ui.Link{{Label: "Ada Lovelace", Href: "usr_ada"}}, Counts: []RunCount{{Count: 7, Href: "/runs", Active: true}, {State: workflow.RunFailed, Count: 1, Href: "/runs?state=failed"}},
		Paging: ui.Paging{Next: "/runs?after=run_1"}}
	none, nothing := list, list
	none.Rows = nil
	nothing.Rows, nothing.From, nothing.Problem = nil, "soon", "A day is written like 2026-03-31."
	return append(out,
		State{"run-new/empty", RunNewPage(start)}, State{"run-new/refused", RunNewPage(refused)}, State{"run-new/confirm", RunNewPage(confirm)},
		State{"run-list/none", RunsPage(none)}, State{"run-list/many", RunsPage(list)}, State{"run-list/nothing-found", RunsPage(nothing)},
		State{"run-cancel/asking", RunCancelPage(shell, galleryRunIn(workflow.RunRunning), 1)},
	)
}
