package views

import (
	"caracal/form"
	"caracal/org"
	"caracal/workflow"
)

// galleryBlocks is a workflow with a loop in a loop, and with what is done when a step fails.
func galleryBlocks() workflow.Definition {
	d := galleryDefinition()
	d.Name, d.Purpose = "Welcome a class", "Gives each new colleague an account and each of their groups."
	d.Inputs = []workflow.Input{
		{Name: "mails", Label: "Colleagues", Help: "An e-mail address on each line.", Kind: form.Lines, Required: true},
		{Name: "teams", Label: "Teams", Kind: form.Groups, Required: true},
	}
	in := func(s workflow.Step, holder string, when workflow.When) workflow.Step {
		s.In, s.When = holder, when
		return s
	}
	loop := func(id, title, list string) workflow.Step {
		return workflow.Step{ID: id, Title: title, Action: workflow.FlowForEach, Fields: map[string]string{"list": list, "at_once": "1", "on_failed": workflow.LoopGoesOn, "gather": ""}}
	}
	note := func(id, title, text string) workflow.Step {
		return workflow.Step{ID: id, Title: title, Action: workflow.FlowNote, Fields: map[string]string{"text": text}}
	}
	create := workflow.Step{ID: "create", Title: "Create the account", Action: "user.create", Fields: map[string]string{"email": "{{ steps.each.output.item }}", "login": "{{ lower(steps.each.output.item) }}", "when": "now"}}
	create.OnError = workflow.Branch
	add := workflow.Step{ID: "add", Title: "Add to the team", Action: "group.add_member", Fields: map[string]string{"user": "{{ steps.create.output.id }}", "group": "{{ steps.teams.output.item }}"}}
	add.OnlyIf = "{{ not empty(steps.create.output.id) }}"
	d.Steps = []workflow.Step{
		note("hello", "Say who is coming", "A class begins today."),
		loop("each", "Each colleague", "{{ inputs.mails }}"),
		in(create, "each", workflow.WhenEach),
		in(note("tell", "Tell the help desk", "No account for {{ steps.each.output.item }}."), "create", workflow.WhenFailed),
		in(loop("teams", "Each team", "{{ inputs.teams }}"), "each", workflow.WhenEach),
		in(add, "teams", workflow.WhenEach),
		note("bye", "Say how it went", "{{ steps.each.output.done }} accounts, {{ steps.each.output.failed }} failed."),
	}
	return d
}

// blockStates are the pages on which blocks are drawn.
func blockStates() []State {
	registry := galleryFlowRegistry()
	app := galleryApp(org.Active)
	app.Granted = app.Scopes
	builder := func(d workflow.Definition) BuilderProps {
		p := galleryBuilder(galleryShell("workflows"), d, &app)
		p.Registry, p.Problems = registry, workflow.Check(d, registry, &app)
		return p
	}
	full, asking, ran := builder(galleryBlocks()), builder(galleryBlocks()), builder(galleryBlocks())
	run := workflow.Run{ID: "run_class", Version: 1, CreatedAt: ago(day), Input: map[string]string{"mails": "zoe@acme.example\nbo@acme.example", "teams": "00gteam000000000001,00gstaff00000000001"},
		Steps: []workflow.RunStep{{RunID: "run_class", Index: 1, StepID: "each", Action: workflow.FlowForEach, State: workflow.StepDone}}}
	fields, loops := ran.draft().Previews(registry, run, map[string]int{"each": 1}, func(string, int, int) (workflow.Run, bool) {
		return workflow.Run{Item: "bo@acme.example", Steps: []workflow.RunStep{{StepID: "create", Action: "user.create", State: workflow.StepDone, Output: workflow.Output{"id": "00ubo00000000000001"}}}}, true
	})
	ran.Previews, ran.Open = Previews{Run: run, Fields: fields, Loops: loops}, []string{"create"}
	asking.Remove, asking.Add = "each", "create-failed-1"
	broken := galleryBlocks()
	broken.Steps = broken.Steps[:3]
	broken.Steps[1].Fields = map[string]string{}
	broken.Steps[2].Fields["email"] = ""
	broken = broken.RemoveStep("hello")
	broken.Steps[1].Title = broken.Steps[0].Title
	pasting, shown := builder(galleryBlocks()), builder(galleryBlocks())
	pasting.Add, pasting.Query = "each-1", "note"
	pasting.Paste = PasteProps{Text: "- id: hello\n  action: flow.note\n  fields:\n    txet: Hello <b>\n", Mistakes: workflow.Mistakes{{Line: 4, Message: `The action flow.note has no field "txet"; its fields are text.`}}}
	text, err := workflow.WriteStepYAML(galleryBlocks(), "each", registry)
	if err != nil {
		panic(err) // the gallery is its own and only caller
	}
	shown.AsYAML, shown.YAML = "each", text
	moved, err := galleryBlocks().MoveStepTo("add", workflow.Place{})
	if err != nil {
		panic(err) // the gallery is its own and only caller
	}
	moved.Steps[1].Title = "Say who comes"
	flow := galleryWorkflow(3, true)
	flow.Draft = galleryBlocks()
	return []State{
		{"builder/nested", BuilderPage(full)}, {"builder/nested-previews", BuilderPage(ran)}, {"builder/nested-asking", BuilderPage(asking)}, {"builder/nested-pasting", BuilderPage(pasting)}, {"builder/step-as-yaml", BuilderPage(shown)}, {"builder/nested-problems", BuilderPage(builder(broken))},
		{"publish/nested", PublishPage(PublishProps{Shell: galleryShell("workflows"), Workflow: flow, Registry: registry, Changes: workflow.Diff(moved, galleryBlocks(), registry)})},
	}
}
