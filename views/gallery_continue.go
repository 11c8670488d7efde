package views

import (
	"time"

	"caracal/form"
	"caracal/workflow"
)

// continueStates are the page on which a run is continued, and the runs before and after.
func continueStates() []State {
	shell, registry := galleryShell("runs"), galleryRegistry()
	names := map[string]string{"00gteam000000000001": "Engineering", "00gstaff00000000001": "Staff", "00uzoe0000000000001": "zoe@acme.example"}
	d := galleryDefinition()
	was := galleryRunIn(workflow.RunFailed)
	version := workflow.Version{WorkflowID: "wf_onboard", Number: 3, Definition: d}
	given := form.DecodeFrom(d.RunFields(), func(name string) string { return was.Input[name] })
	step := func(i int) workflow.RunStep {
		return workflow.RunStep{Index: i, StepID: d.Steps[i].ID, Title: d.Steps[i].Title, Action: d.Steps[i].Action}
	}
	row := func(i int, was workflow.StepState, what workflow.Takeover, why string) workflow.ResumedStep {
		return workflow.ResumedStep{Key: d.Steps[i].ID, Step: step(i), Was: was, What: what, Why: why}
	}
	plain := RunContinueProps{Shell: shell, Run: was, Version: version, Newest: 3, Registry: registry, Form: given, Names: names, Application: "Acme", Plan: "b5d0"}
	plain.Rows = []workflow.ResumedStep{row(0, workflow.StepDone, workflow.TakeOver, ""), row(1, workflow.StepFailed, workflow.DoAgain, "It failed: "+was.Steps[1].Error), row(2, workflow.StepSkipped, workflow.DoFirst, "")}

	ticks := plain
	ticks.Newest, ticks.Tried, ticks.Confirm, ticks.Typed = 4, true, d.Name, "Onboard"
	ticks.Gone = []workflow.RunStep{{Title: "Tell the desk <b>"}, {Title: "Order a laptop"}}
	kept := row(0, workflow.StepDone, workflow.TakeOver, "It uses “E-mail”, which was changed. What it did is kept.")
	kept.Open, kept.Unsafe = true, true
	doubt := row(1, workflow.StepUncertain, workflow.DoAgain, "It may have been done already. Look in Okta first: done again, it may do the same a second time.")
	doubt.Unsafe = true
	again := row(2, workflow.StepDone, workflow.DoAgain, "It uses what “Add to the team” gives, which is done again.")
	again.Open = true
	ticks.Rows, ticks.Again = []workflow.ResumedStep{kept, doubt, again}, []string{again.Key}

	loop := plain
	loop.Run = galleryRunIn(workflow.RunCancelled)
	each := row(1, workflow.StepFailed, workflow.DoAgain, "Only the items that did not succeed are carried out.")
	each.Step.Action, each.Step.Resume = workflow.FlowForEach, &workflow.Resume{Run: "run_1", Step: 1}
	inner := func(title string, what workflow.Takeover, was workflow.StepState, runs int, unsafe bool, why string) workflow.ResumedStep {
		return workflow.ResumedStep{Key: title, Step: workflow.RunStep{Title: title, Action: "user.create"}, Was: was, What: what, Runs: runs, Unsafe: unsafe, Why: why}
	}
	each.Within = []workflow.ResumedStep{
		inner("Find the person", workflow.TakeOver, workflow.StepDone, 3, false, ""),
		inner("Create an account", workflow.DoAgain, workflow.StepFailed, 1, true, "It may have been done already. Look in Okta first: done again, it may do the same a second time."),
		inner("Create an account", workflow.DoAgain, workflow.StepFailed, 2, false, "It failed: Okta refused the scope okta.users.manage."),
		inner("Add to everything", workflow.DoFirst, workflow.StepSkipped, 3, false, "")}
	loop.Rows = []workflow.ResumedStep{row(0, workflow.StepDone, workflow.TakeOver, ""), each, row(2, workflow.StepSkipped, workflow.DoFirst, "")}

	refused, changed := plain, plain
	refused.Rows, refused.Refused = nil, "Version 4 acts on another org than this run did, so nothing can be taken over; run it anew."
	changed.Anew = true

	held, freed := plain, ticks
	held.Held = galleryHeld(false)
	stopped := held
	stopped.Held = galleryHeld(true)
	freed.Held, freed.Freed = galleryHeld(false), "The plan that this run was held to is one of version 3. The plan that this run was held to was made for other inputs."

	first := RunLiveProps{Run: was, Now: galleryNow, Registry: registry, Definition: d, By: "Ada Lovelace", Application: "Acme", Names: names, MayManage: true, MayRepeat: true, MayContinue: true}
	before := first
	before.MayContinue, before.ContinuedBy = false, "run_2"
	second := first
	second.Run, second.MayContinue = galleryRunIn(workflow.RunSucceeded), false
	second.Run.ID, second.Run.Continues, second.Run.CreatedAt = "run_2", "run_1", ago(30*time.Second)
	second.Run.Steps[0].TakenFrom = "run_1"
	return []State{
		{"run-continue/plain", RunContinuePage(plain)}, {"run-continue/ticks", RunContinuePage(ticks)}, {"run-continue/loop", RunContinuePage(loop)},
		{"run-continue/refused", RunContinuePage(refused)}, {"run-continue/changed", RunContinuePage(changed)},
		{"run-continue/held", RunContinuePage(held)}, {"run-continue/stopped", RunContinuePage(stopped)}, {"run-continue/freed", RunContinuePage(freed)},
		{"run/may-continue", RunPage(RunProps{Shell: shell, Live: first})}, {"run/continued", RunPage(RunProps{Shell: shell, Live: before})}, {"run/continues", RunPage(RunProps{Shell: shell, Live: second})},
	}
}
