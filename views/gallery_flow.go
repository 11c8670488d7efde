package views

import (
	"maps"
	"time"

	"caracal/form"
	"caracal/org"
	"caracal/views/ui"
	"caracal/workflow"
)

func galleryFlowRegistry() *workflow.Registry {
	return workflow.NewRegistry(append(workflow.FlowSpecs(), galleryRegistry().All()...))
}

// galleryFlow is a workflow with one of each step of the flow, a condition, and tries.
func galleryFlow() workflow.Definition {
	d := galleryDefinition()
	d.Inputs = append(d.Inputs, workflow.Input{Name: "last_day", Label: "Last day", Kind: form.Date})
	d.Steps[2].Control = workflow.Control{OnlyIf: `{{ inputs.contract == "Permanent" }}`, OnError: workflow.GoOn, Retries: 3, Pause: 300}
	step := func(id, title, action string, fields map[string]string) workflow.Step {
		for _, s := range workflow.FlowSpecs() {
			for _, f := range s.Fields {
				if _, set := fields[f.Name]; s.ID == action && !set {
					fields[f.Name] = f.Default
				}
			}
		}
		return workflow.Step{ID: id, Title: title, Action: action, Fields: fields}
	}
	approval := step("ask", "Ask the team's lead", workflow.FlowApproval, map[string]string{"message": "May {{ inputs.email }} join?", "who": workflow.WhoNamed, "people": "usr_grace,usr_gone", "amount": "2"})
	approval.Names = map[string]string{"usr_grace": "Grace Hopper", "usr_gone": "Edsger Dijkstra"}
	d.Steps = append([]workflow.Step{approval}, d.Steps...)
	d.Steps = append(d.Steps,
		step("note", "Tell reception", workflow.FlowNote, map[string]string{"text": "Prepare a desk for {{ inputs.email }}."}),
		step("wait", "Wait for the last day", workflow.FlowWait, map[string]string{"until": "{{ inputs.last_day }}"}),
		step("check", "Only temporary people", workflow.FlowStopUnless, map[string]string{"condition": `{{ inputs.contract == "Fixed term" }}`, "message": "Permanent people stay."}))
	return d
}

func flowStates() []State {
	registry := galleryFlowRegistry()
	app := galleryApp(org.Active)
	app.Granted = app.Scopes
	builder := func(d workflow.Definition) BuilderProps {
		p := galleryBuilder(galleryShell("workflows"), d, &app)
		p.Registry, p.Problems = registry, workflow.Check(d, registry, &app)
		p.Approvers = []ui.Link{{Label: "Ada Lovelace", Href: "usr_ada"}, {Label: "Grace Hopper", Href: "usr_grace"}}
		return p
	}
	broken := galleryFlow()
	broken.Steps[0].Fields["people"], broken.Steps[3].OnlyIf = "", "{{ inputs.contract }}"
	broken.Steps[5].Fields["amount"] = "many"
	menu := builder(galleryFlow())
	menu.Menu = "team.only_if"

	run := func(edit func(*workflow.Run)) RunLiveProps {
		r := galleryRunIn(workflow.RunQueued)
		r.State, r.Steps = workflow.RunWaiting, nil
		for i, s := range galleryFlow().Steps {
			r.Steps = append(r.Steps, workflow.RunStep{RunID: r.ID, Index: i, StepID: s.ID, Title: s.Title, Action: s.Action, Control: s.Control, State: workflow.StepPending})
		}
		ask := &r.Steps[0]
		ask.State, ask.Attempts, ask.StartedAt, ask.DueAt = workflow.StepWaiting, 1, ago(time.Hour), galleryNow.Add(47*time.Hour)
		ask.Input = maps.Clone(galleryFlow().Steps[0].Fields)
		ask.Input["message"] = "May zoe@acme.example join?\n<b>Team</b>: Engineering"
		edit(&r)
		return RunLiveProps{Run: r, Now: galleryNow, Registry: registry, Definition: galleryFlow(), By: "Ada Lovelace", Application: "Acme", MayManage: true, Deciders: "Grace Hopper"}
	}
	asked := run(func(*workflow.Run) {})
	own := asked
	own.NotMine = "You started this run, so somebody else has to decide."
	later := run(func(r *workflow.Run) {
		r.Steps[0].State, r.Steps[0].DueAt, r.Steps[0].EndedAt, r.Steps[0].Finding = workflow.StepDone, time.Time{}, ago(time.Minute), "Grace Hopper approved: fine"
		r.Steps[1].State = workflow.StepDone
		r.Steps[2].State, r.Steps[2].Finding = workflow.StepSkipped, `Skipped, since this is not so: inputs.contract == "Permanent"`
		r.Steps[3].State, r.Steps[3].Attempts, r.Steps[3].Error, r.Steps[3].ErrorCode, r.Steps[3].DueAt = workflow.StepWaiting, 2, "Okta does not know this user yet.", "E0000007", galleryNow.Add(4*time.Minute)
		r.WaitReason, r.WaitUntil = "Step 4, Add to everybody at work: Okta does not know this user yet. It is tried again, for the 2nd of 3 times.", galleryNow.Add(4*time.Minute)
	})
	resting := run(func(r *workflow.Run) {
		for i := range r.Steps[:5] {
			r.Steps[i].State, r.Steps[i].DueAt = workflow.StepDone, time.Time{}
		}
		r.Steps[3].State, r.Steps[3].Error, r.Steps[3].Finding = workflow.StepFailed, "Okta refused.", "The workflow says to go on without this step."
		r.Steps[4].Input = map[string]string{"text": "Prepare a desk for zoe@acme.example."}
		r.Steps[5].State, r.Steps[5].DueAt = workflow.StepWaiting, galleryNow.Add(30*day)
		r.WaitReason, r.WaitUntil = "Step 6, Wait for the last day: The workflow waits here.", r.Steps[5].DueAt
	})
	shell := galleryShell("runs")
	page := func(p RunLiveProps) RunProps { return RunProps{Shell: shell, Live: p} }
	question := asked.question(asked.Run.Steps[0])
	other := question
	other.Run.ID, other.NotMine, other.Step.DueAt = "run_2", "This question is put to other people than you.", time.Time{}
	approvals := ApprovalsProps{Shell: galleryShell("approvals"), Now: galleryNow}
	many := approvals
	question.Plan = RunPlanProps{RehearsalID: "reh_1", Hash: galleryPlan().Hash, Summary: galleryPlan().Summary(), Now: galleryNow}
	many.Mine, many.Others = []Question{question}, []Question{other}
	return []State{
		{"builder/flow", BuilderPage(builder(galleryFlow()))}, {"builder/flow-problems", BuilderPage(builder(broken))}, {"builder/flow-menu", BuilderPage(menu)},
		{"run/asked", RunPage(page(asked))}, {"run/asked-own", RunPage(page(own))}, {"run/trying-again", RunPage(page(later))}, {"run/resting", RunPage(page(resting))},
		{"approvals/none", ApprovalsPage(approvals)}, {"approvals/many", ApprovalsPage(many)},
	}
}
