package views

import (
	"fmt"
	"time"

	"caracal/form"
	"caracal/plan"
	"caracal/workflow"
)

// galleryPlan is a plan with a change of each kind.
func galleryPlan() plan.Plan {
	p := plan.Plan{Hash: "8f3a91c07be2d4416a0f5b9c3d7e1f20a4c6e8b01d3f5a7c9e0b2d4f6a8c1e35", Writes: 9, Reads: 41,
		Notes: []string{
			"Okta will send one e-mail with which an account is activated; a rehearsal sends none.",
			"One approval is taken as given.",
			"The condition of the group rule “Contractors <all>” is one that the rehearsal can't work out; whom it puts into groups was left as it is.",
			"Whether the connection's admin role in Okta allows each change is only known when it is made.",
		},
		Changes: []plan.Change{
			{Kind: plan.Person, Verb: plan.Created, Subject: "zoe@acme.example", By: []int{2}, Fields: []plan.Field{{Name: "department", After: "Engineering"}, {Name: "email", After: "zoe@acme.example"}, {Name: "status", After: "STAGED"}}},
			{Kind: plan.Person, Verb: plan.Changed, Subject: "grace.hopper.with.a.rather.long.name@contractors.acme.example", SubjectID: "00u1", By: []int{4}, Fields: []plan.Field{
				{Name: "managerId", Before: "00u9ken", After: "the new person zoe@acme.example"}, {Name: "status", Before: "ACTIVE", After: "SUSPENDED"}, {Name: "title", After: "Lead <of> all"}}},
			{Kind: plan.Session, Verb: plan.Ended, Subject: "grace.hopper.with.a.rather.long.name@contractors.acme.example", SubjectID: "00u1", By: []int{4}},
			{Kind: plan.Factor, Verb: plan.Removed, Subject: "ken@acme.example", SubjectID: "00u9ken", Object: "token:software:totp", By: []int{5}},
			{Kind: plan.Role, Verb: plan.Added, Subject: "ken@acme.example", SubjectID: "00u9ken", Object: "Help Desk Administrator", By: []int{5}},
			{Kind: plan.Group, Verb: plan.Created, Subject: "Apollo", Fields: []plan.Field{{Name: "name", After: "Apollo"}}, By: []int{6}},
			{Kind: plan.Membership, Verb: plan.Added, Subject: "zoe@acme.example", Object: "Engineering", ObjectID: "00g1", Follows: true, By: []int{2}},
			{Kind: plan.Membership, Verb: plan.Removed, Subject: "ken@acme.example", SubjectID: "00u9ken", Object: "Sales", ObjectID: "00g2", By: []int{6}},
			{Kind: plan.Rule, Verb: plan.Changed, Subject: "Sellers by department", SubjectID: "0pr1", Fields: []plan.Field{{Name: "exceptions", After: "ken@acme.example"}}, By: []int{6}},
			{Kind: plan.Assignment, Verb: plan.Added, Subject: "zoe@acme.example", Object: "Wiki", ObjectID: "0oa1", Follows: true, Fields: []plan.Field{{Name: "how", After: "through a group"}}, By: []int{2}},
		},
		Steps: []plan.Step{
			{Row: 1, Title: "Onboard a colleague", State: "succeeded"},
			{Row: 1, At: "ask", Title: "Ask the team's lead", Action: workflow.FlowApproval, State: workflow.StepDone, Words: "Taken as approved."},
			{Row: 1, At: "create", Title: "Create the account", Action: "user.create", State: workflow.StepDone, Changes: 3},
			{Row: 1, At: "each", Title: "For each colleague", Action: workflow.FlowForEach, State: workflow.StepDone},
			{Row: 1, At: "each/hold", Title: "Suspend", Item: "grace.hopper.with.a.rather.long.name@contractors.acme.example", Action: "user.suspend", State: workflow.StepDone, Changes: 2},
			{Row: 1, At: "each/hold", Title: "Suspend", Item: "ken@acme.example", Action: "user.suspend", State: workflow.StepSkipped, Words: `Skipped, since this is not so: item.status == "ACTIVE"`},
			{Row: 1, At: "group", Title: "Make the group", Action: "group.create", State: workflow.StepDone, Changes: 2},
			{Row: 1, At: "note", Title: "Tell reception", Action: workflow.FlowNote, State: workflow.StepDone, Words: "Prepare a desk for zoe@acme.example."},
		}}
	return p
}

func galleryRehearsal() RehearsalProps {
	p := galleryPlan()
	for i := range p.Steps {
		p.Steps[i].Index = i
	}
	s := p.Summary()
	s.Share, s.Took = 0.5, 2300*time.Millisecond
	s.Buckets = []plan.Bucket{{Name: "/api/v1/groups/{id}/users/{id}", Calls: 640, Limit: 200, Known: true, Takes: 6 * time.Minute}, {Name: "/api/v1/users", Calls: 12, Limit: 20}}
	makers := map[int]plan.Step{}
	for _, step := range p.Steps {
		makers[step.Index] = step
	}
	return RehearsalProps{Shell: galleryShell("workflows"), Now: galleryNow, By: "Ada Lovelace", Application: "Acme", Names: map[string]string{"00gteam000000000001": "Engineering"},
		Rehearsal: plan.Rehearsal{ID: "reh_1", State: plan.Ready, By: "usr_ada", CreatedAt: ago(3 * time.Minute), EndedAt: ago(2 * time.Minute), Summary: s,
			Subject: plan.Subject{Kind: plan.Version, WorkflowID: "wf_onboard", Version: 3, Definition: galleryDefinition(),
				Rows: []map[string]string{{"email": "zoe@acme.example", "team": "00gteam000000000001", "contract": "Permanent"}}}},
		Changes: p.Changes, Makers: makers, Steps: p.Steps, Start: RehearsalStart{May: true, Once: "once", Again: true}}
}

func rehearsalStates() []State {
	ready := galleryRehearsal()
	live, dead, nothing, draft, destroys, rows := ready, ready, ready, ready, ready, ready
	live.Rehearsal.State, live.Start = plan.UnderWay, RehearsalStart{}
	dead.Rehearsal.State, dead.Rehearsal.Error, dead.Start = plan.Failed, "Caracal was stopped during this rehearsal; rehearse again.", RehearsalStart{Again: true}
	nothing.Changes, nothing.Rehearsal.Summary.Counts, nothing.Rehearsal.Summary.Notes, nothing.Rehearsal.Summary.Buckets = nil, nil, nil, nil
	draft.Rehearsal.Subject.Kind, draft.Start = plan.Draft, RehearsalStart{Again: true, Why: "This is a draft: publish it, and rehearse the version to start a run from its plan."}
	destroys.Start.Confirm, destroys.Start.Bad = "Onboard a colleague", "This is not the workflow's name; type it as it stands above."
	rows.Rehearsal.Subject.Many, rows.Rehearsal.Subject.Origin, rows.Rehearsal.Subject.OriginName = true, "/batches/batch_1", "new hires.csv"
	rows.Rehearsal.Subject.Rows = make([]map[string]string, 1240)
	rows.Rehearsal.Subject.Numbers = []int{1, 2, 4} // the third had a problem
	rows.Start = RehearsalStart{}
	rows.Rehearsal.Summary.Failing, rows.Rehearsal.Summary.Failure = 2, "Step 1, Create the account: login: An object with this field already exists in the current organization."
	rows.Rehearsal.Summary.Counts = []plan.Count{{Kind: plan.Person, Verb: plan.Created, N: 1238}, {Kind: plan.Membership, Verb: plan.Added, N: 2476}}
	rows.Next, rows.More = 100, 100
	rows.Steps = nil
	for i := range 3 {
		rows.Steps = append(rows.Steps, plan.Step{Row: i + 1, State: map[bool]workflow.StepState{true: "failed", false: "succeeded"}[i == 1], Title: "Onboard a colleague"},
			plan.Step{Row: i + 1, At: "create", Title: "Create the account", Changes: 1 - i%2, State: map[bool]workflow.StepState{true: workflow.StepFailed, false: workflow.StepDone}[i == 1],
				Words: map[bool]string{true: "login: An object with this field already exists in the current organization."}[i == 1]})
	}
	liveRows := rows
	liveRows.Rehearsal.State, liveRows.Rehearsal.Done = plan.UnderWay, 412
	found := ready
	found.Seen, found.Changes = RehearsalSeen{Query: "nobody"}, nil

	flow := workflow.Workflow{ID: "wf_onboard", Draft: galleryDefinition(), Revision: 12, Published: 3, Dirty: true}
	form1 := RehearseNewProps{Shell: galleryShell("workflows"), Workflow: flow, Form: form.New(flow.Draft.RunFields()), Now: galleryNow, People: map[string]string{"usr_ada": "Ada Lovelace"}}
	past := form1
	past.Past = []plan.Rehearsal{rows.Rehearsal, ready.Rehearsal, dead.Rehearsal}
	past.Problems = []workflow.Problem{{Message: "The step “Suspend” has no user; choose one."}}

	planned := galleryHeld(false)
	differs := planned
	differs.Difference = &plan.Difference{Lost: galleryPlan().Changes[1:3], New: galleryPlan().Changes[6:8], More: 12}
	step := planned
	step.Difference = &plan.Difference{Step: "Suspend", Words: "“Suspend” would not do now what was planned. It would change nothing.", Lost: galleryPlan().Changes[1:2]}
	run := func(state workflow.RunState, p RunPlanProps) RunProps {
		live := RunLiveProps{Run: galleryRunIn(state), Now: galleryNow, Registry: galleryRegistry(), Definition: galleryDefinition(), By: "Ada Lovelace", Application: "Acme", MayManage: true, Plan: p}
		if p.Difference != nil {
			live.Run.Error = fmt.Sprintf("Step 2, %s: Okta has changed since the plan was made, so this step was not carried out. The run's page shows the difference; rehearse again, and start a new run.", live.Run.Steps[1].Title)
		}
		return RunProps{Shell: galleryShell("runs"), Live: live}
	}
	return []State{
		{"rehearsal/ready", RehearsalPage(ready)},
		{"rehearsal/under-way", RehearsalPage(live)},
		{"rehearsal/could-not-be-made", RehearsalPage(dead)},
		{"rehearsal/nothing", RehearsalPage(nothing)},
		{"rehearsal/draft", RehearsalPage(draft)},
		{"rehearsal/destroys", RehearsalPage(destroys)},
		{"rehearsal/rows", RehearsalPage(rows)},
		{"rehearsal/rows-under-way", RehearsalPage(liveRows)},
		{"rehearsal/no-match", RehearsalPage(found)},
		{"rehearse/first", RehearseNewPage(form1)},
		{"rehearse/again", RehearseNewPage(past)},
		{"run/planned", RunPage(run(workflow.RunSucceeded, planned))},
		{"run/plan-differs", RunPage(run(workflow.RunFailed, differs))},
		{"run/plan-differs-at-step", RunPage(run(workflow.RunFailed, step))},
	}
}

// galleryHeld is the plan that a run was started from.
func galleryHeld(otherwise bool) RunPlanProps {
	p := galleryPlan().Summary()
	held := RunPlanProps{RehearsalID: "reh_1", Hash: p.Hash, Summary: p, CheckedAt: ago(20 * time.Second), Now: galleryNow}
	if otherwise {
		held.Difference = &plan.Difference{Lost: galleryPlan().Changes[1:3]}
	}
	return held
}
