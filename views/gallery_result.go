package views

import (
	"time"

	"caracal/auth"
	"caracal/form"
	"caracal/views/ui"
	"caracal/workflow"
)

// employeeShell is that of somebody who may run and no more.
func employeeShell() Shell {
	s := galleryShell("forms")
	s.User = auth.User{ID: "usr_emil", Name: "Emil Employee", Roles: []auth.Role{auth.Employee}}
	return s
}

func resultStates() []State {
	shell := employeeShell()
	names := map[string]string{"00gteam000000000001": "Engineering", "00uzoe0000000000001": "zoe@acme.example"}
	rows := []ResultRow{{"run_3", "Onboard a colleague", workflow.RunRunning, ago(time.Minute)}, {"run_2", "Lend a licence <b>for a week</b>", workflow.RunWaiting, ago(5 * time.Hour)},
		{"run_1", "Onboard a colleague", workflow.RunSucceeded, ago(3 * day)}}
	forms := FormsProps{Shell: shell, Now: galleryNow, Runs: rows, Forms: []FormCard{
		{"wf_1", "Onboard a colleague", "Creates the account, adds it to the groups of the team, and tells reception.", 4},
		{"wf_2", "Lend a licence", "", 0},
		{"wf_3", "A workflow with a name that is a good deal longer than the card it stands on is wide", "It does what its name says, and its purpose goes on for longer than anybody would like to read on a card, because whoever wrote it wanted to leave nothing out, and so it is cut after a few lines, wherever that happens to be, and the rest of it stands on the page of the form.", 1}}}
	found, nothing, none := forms, forms, forms
	found.Query, found.Paging = "lend", ui.Paging{Next: "/run?after=wf_2"}
	nothing.Query, nothing.Forms, nothing.Runs = "licence plate", nil, nil
	none.Forms, none.Runs = nil, nil

	version := workflow.Version{WorkflowID: "wf_onboard", Number: 3, Definition: galleryDefinition()}
	plain := RunNewProps{Shell: shell, Version: version, Registry: galleryRegistry(), Form: form.New(version.Definition.RunFields()), Once: "once", Application: "Acme", Plain: true}
	troubled := plain
	troubled.Problems = []workflow.Problem{{Message: "Acme is paused; runs will wait until it is resumed.", Field: "application_id", Advice: true}}
	troubled.Form = form.DecodeFrom(version.Definition.RunFields(), func(name string) string { return map[string]string{"email": "not mail <b>"}[name] })

	out := []State{
		{"form-list/many", FormsPage(forms)}, {"form-list/found", FormsPage(found)}, {"form-list/nothing-found", FormsPage(nothing)}, {"form-list/none", FormsPage(none)},
		{"run-new/plain", RunNewPage(plain)}, {"run-new/plain-refused", RunNewPage(troubled)},
		{"result-list/none", ResultsPage(ResultsProps{Shell: shell, Now: galleryNow})},
		{"result-list/many", ResultsPage(ResultsProps{Shell: shell, Now: galleryNow, Rows: rows, Paging: ui.Paging{Next: "/results?after=run_1"}})},
	}
	for _, s := range workflow.RunStates {
		p := ResultProps{Run: galleryRunIn(s), Now: galleryNow, Definition: galleryDefinition(), Names: names, MayRepeat: s.Ended()}
		if s == workflow.RunSucceeded {
			p.Run.Steps = append(p.Run.Steps,
				workflow.RunStep{Title: "Tell reception", Action: workflow.FlowNote, State: workflow.StepDone, Input: map[string]string{"text": "Prepare a desk for zoe@acme.example.\nShe comes on Monday."}},
				workflow.RunStep{Title: "What was made", Action: workflow.FlowGive, State: workflow.StepDone, Output: workflow.Output{"value": []any{map[string]any{"name": "Zoë Zimmer", "login": "zoe@acme.example"}, "one more"}}})
			p.By, p.MayRead = "Ada Lovelace", true
		}
		out = append(out, State{"result/" + string(s), ResultPage(shell, p)})
	}
	return out
}
