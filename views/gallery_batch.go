package views

import (
	"time"

	"caracal/batch"
	"caracal/form"
	"caracal/plan"
	"caracal/trigger"
	"caracal/views/ui"
	"caracal/workflow"
)

func galleryBatch(state batch.State) batch.Batch {
	return batch.Batch{ID: "batch_1", WorkflowID: "wf_onboard", Version: 3, Name: "new hires.csv", State: state, Rows: 4213, AtOnce: 10, Revision: 3, CreatedAt: ago(time.Hour),
		Dialect: batch.Dialect{Delimiter: ";", Encoding: batch.Windows1252}, Columns: []string{"Mail", "Team", "Contract", "Remark"}, RunID: "run_1", StartedAt: ago(20 * time.Minute), StartedBy: "usr_ada",
		Mapping: batch.Map{"email": {Column: 1}, "team": {Column: 2}, "contract": {Column: 3}}}
}

func galleryBatchRow(no int, mail, team, contract string) batch.Row {
	return batch.Row{No: no, Line: no + 1, Cells: []string{mail, team, contract, "<b>"}, Label: mail, Chosen: true}
}

func batchStates() []State {
	shell, version := galleryShell("workflows"), workflow.Version{WorkflowID: "wf_onboard", Number: 3, Definition: galleryDefinition()}
	fresh := BatchNewProps{Shell: shell, Now: galleryNow, Version: version, Form: form.New(BatchFields())}
	many, refused, nothing := fresh, fresh, fresh
	many.Shell = employeeShell()
	for i, s := range []batch.State{batch.Mapping, batch.Checking, batch.Checked, batch.Started} {
		b := galleryBatch(s)
		many.Batches = append(many.Batches, BatchRow{ID: b.ID, Name: b.Name, By: "Ada Lovelace", Look: BatchLook(b, workflow.Run{State: workflow.RunFailed}), Rows: b.Rows, At: ago(time.Duration(i) * day)})
	}
	many.Batches[3].Note, many.Paging = "Of 4,213 rows 4,200 succeeded, 13 failed.", ui.Paging{Next: "/workflows/wf_onboard/csv?after=batch_1"}
	refused.Form = form.DecodeFrom(BatchFields(), func(name string) string {
		return map[string]string{"csv": "Mail;Team\n\"ada;x", "delimiter": ";"}[name]
	})
	refused.Form.Reject("csv", "The quote that opens a cell in line 2 is never closed, so the rest can't be read; close it, or take it away.")
	nothing.Version.Definition.Inputs = nil

	fields := MapFields(version.Definition, galleryBatch(batch.Mapping).Columns)
	mapping := BatchMapProps{Shell: shell, Batch: galleryBatch(batch.Mapping), Version: version, Form: form.New(fields),
		Survey: batch.Survey{Columns: galleryBatch(batch.Mapping).Columns, Rows: 4213, Sample: [][]string{{"zoe@acme.example", "Engineering", "Permanent", "starts <b>soon</b>"}, {"max@acme.example", "Sales", "Fixed term", "a remark that goes on and on, for longer than anybody would read, and is cut somewhere"}}}}
	mapping.Form.Values["map_email"], mapping.Form.Values["map_team"], mapping.Form.Values["map_contract"] = "1", "2", MapFixed
	wrong := mapping
	wrong.Form = form.New(fields)
	wrong.Form.Values["map_team"], wrong.Form.Values["input_team"] = MapFixed, "00gteam000000000001"
	wrong.Form.Reject("map_email", "E-mail has to be filled; choose a column, or the same value for every row.")
	wrong.Form.Reject("input_team", "Acme has nothing with the id 00gteam000000000001; choose it again from the list.")
	wrong.Newer, wrong.Names, wrong.Batch.Problem = true, map[string]string{"00gteam000000000001": "Engineering"}, "Acme is disconnected; connect it again under Applications › Acme › Settings."

	check := func(s batch.State, edit func(*BatchCheckProps)) State {
		p := BatchCheckProps{Shell: shell, Now: galleryNow, Batch: galleryBatch(s), Version: version, Application: "Acme", MayStart: true, Rehearse: 10_000, Form: form.New(StartFields())}
		p.Rows = []batch.Row{galleryBatchRow(1, "zoe@acme.example", "Engineering", "Permanent"), galleryBatchRow(2, "max@acme.example", "Sales", "Fixed term")}
		name := string(s)
		if edit != nil {
			edit(&p)
			name += "-" + p.Kind
			p.Kind = map[string]string{"problems": "bad"}[p.Kind]
		}
		return State{"batch-check/" + name, BatchCheckPage(p)}
	}
	bad := galleryBatchRow(3, "not mail", "No such team", "Permanent")
	bad.Problems = []batch.Problem{{Input: "email", Text: "\"not mail\" is not an e-mail address; write it like ada@example.com."}, {Input: "team", Text: "Acme has no group with the name or id “No such team”."}}
	ragged, double, unsafe := galleryBatchRow(17, "ida@acme.example", "", ""), galleryBatchRow(18, "zoe@acme.example", "Engineering", "Permanent"), galleryBatchRow(4213, "kim@acme.example", "Sales", "Permanent")
	ragged.Problems = []batch.Problem{{Text: "The row has 6 cells, and there are 4 columns; put quotes around a cell that holds a semicolon."}}
	double.DoubleOf, unsafe.Unsafe = 1, "“Create the user” was carried out in the earlier run, and would be again."

	run := func(name string, state workflow.RunState, edit func(*BatchProps)) State {
		p := BatchProps{Shell: shell, Now: galleryNow, Batch: galleryBatch(batch.Started), Run: workflow.Run{ID: "run_1", State: state, StartedAt: ago(20 * time.Minute)}, Version: version,
			Application: "Acme", By: "Ada Lovelace", MayManage: true, MayRead: true, MayAgain: true, MayUndo: state.Ended(), Left: 13,
			Counts: map[workflow.RunState]int{workflow.RunSucceeded: 1480, workflow.RunFailed: 2, workflow.RunRunning: 10, workflow.RunQueued: 2708}}
		p.Batch.Chosen = 4200
		if state.Ended() {
			p.Run.EndedAt, p.Counts = ago(2*time.Minute), map[workflow.RunState]int{workflow.RunSucceeded: 4200}
		}
		p.Rows = []BatchRunRow{{galleryBatchRow(1, "zoe@acme.example", "Engineering", "Permanent"), workflow.Run{ID: "run_11", State: workflow.RunSucceeded}},
			{galleryBatchRow(2, "max@acme.example", "Sales", "Fixed term"), workflow.Run{ID: "run_12", State: workflow.RunFailed, Error: "Step 1, Create the user: Okta did not accept the values: login: An object with this field already exists in the current organization."}},
			{bad, workflow.Run{}}, {double, workflow.Run{}},
			{galleryBatchRow(19, "ned@acme.example", "Sales", "Permanent"), workflow.Run{ID: "run_13", State: workflow.RunRunning}},
			{galleryBatchRow(20, "a-login-that-is-a-good-deal-longer-than-most-and-has-no-place-to-break@acme-subsidiary-holding.example", "Sales", "Permanent"), workflow.Run{ID: "run_14", State: workflow.RunQueued}}}
		p.Rows[2].Chosen, p.Rows[3].Chosen, p.Next = false, false, 26
		if edit != nil {
			edit(&p)
		}
		return State{"batch/" + name, BatchPage(p)}
	}
	made := galleryRehearsal().Rehearsal
	failed := made
	failed.State = plan.Failed
	rehearsed := PastRehearsals{List: []plan.Rehearsal{made, failed}, People: map[string]string{"usr_ada": "Ada Lovelace"}}
	csv := trigger.Trigger{WorkflowID: "wf_1", Kind: trigger.CSV, Config: trigger.Config{Rows: trigger.Rows{Runners: true, AtOnce: 5}, Guards: trigger.Guards{PerHour: 500}}}
	page := TriggerProps{Shell: shell, Now: galleryNow, Workflow: workflow.Workflow{ID: "wf_1", Draft: galleryDefinition(), Published: 3}, Definition: galleryDefinition(), Trigger: csv, MayEdit: true,
		Form: form.New(append([]form.Field{{Name: "runners", Label: "Whoever may run it by the form may also upload a CSV", Help: "Builders and admins always may.", Kind: form.YesNo}, {Name: "rows_at_once", Label: "Most rows at once", Kind: form.Number}}, galleryTriggerFields(galleryGuardFields...)...))}
	shared := page
	shared.Trigger, shared.URL = trigger.Trigger{WorkflowID: "wf_1", Kind: trigger.Form}, "https://caracal.example.com/workflows/wf_1/run"
	return []State{
		{"batch-new/empty", BatchNewPage(fresh)}, {"batch-new/many", BatchNewPage(many)}, {"batch-new/refused", BatchNewPage(refused)}, {"batch-new/asks-nothing", BatchNewPage(nothing)},
		{"batch-map/guessed", BatchMapPage(mapping)}, {"batch-map/refused", BatchMapPage(wrong)},
		check(batch.Checking, func(p *BatchCheckProps) { p.Kind, p.Batch.Refs, p.Batch.Found = "looking-up", 812, 240 }),
		check(batch.Checking, func(p *BatchCheckProps) {
			p.Kind, p.Batch.Wait = "waiting", "Okta's limit for this kind of call is used up."
		}),
		check(batch.Checked, func(p *BatchCheckProps) { p.Kind, p.PerHour, p.Past, p.Plan = "clean", 500, rehearsed, made }),
		check(batch.Checked, func(p *BatchCheckProps) {
			p.Kind, p.Batch.Bad, p.Batch.Doubles, p.Batch.Unsafe, p.Batch.AgainOf = "problems", 13, 1, 1, "batch_0"
			p.Rows, p.Next, p.From = append(p.Rows, bad, ragged, double, unsafe), 51, 26
			p.Guards, p.Destroys, p.ConfirmBad = []string{"none in mon-fri 08:00-18:00 (Europe/Berlin)"}, true, "This is not the workflow's name; type it as it stands above."
			p.Form.Values["at_once"] = "500"
			p.Form.Reject("at_once", "Enter how many rows, from 1 to 50.")
		}),
		check(batch.Checked, func(p *BatchCheckProps) {
			p.Kind, p.Batch.Rows, p.Batch.Bad, p.Rows = "nothing-right", 2, 2, []batch.Row{bad, ragged}
		}),
		check(batch.Checked, func(p *BatchCheckProps) { p.Kind, p.Batch.Rows = "large", 48_112 }),
		check(batch.Checked, func(p *BatchCheckProps) { p.Kind, p.Stale, p.Rows, p.Query = "stale", true, nil, "nobody" }),
		check(batch.Discarded, nil),
		run("running", workflow.RunWaiting, nil),
		run("waits-for-limit", workflow.RunWaiting, func(p *BatchProps) {
			p.Counts[workflow.RunWaiting] = 10
			p.Limit = &RunLimit{Bucket: "/api/v1/users", Until: galleryNow.Add(41 * time.Second), Within: 10, Rows: true, Limit: 600, May: 300}
		}),
		run("held", workflow.RunWaiting, func(p *BatchProps) {
			p.Run.WaitReason, p.Run.WaitUntil = "Its trigger lets 500 rows begin in an hour, and they have; the next begin on 24 November 2026, 14:30 UTC.", galleryNow.Add(time.Hour)
			p.Run.MaxChanges, p.Run.Changed = 10_000, 2964
		}),
		run("paused", workflow.RunWaiting, func(p *BatchProps) {
			p.Batch.Paused, p.Batch.Why = true, "It paused, since 20 rows failed; look at why before the rest goes on."
		}),
		run("done", workflow.RunSucceeded, func(p *BatchProps) {
			p.Shell, p.MayManage, p.MayRead, p.State, p.Rows = employeeShell(), false, false, "failed", nil
		}),
		run("failures", workflow.RunFailed, func(p *BatchProps) {
			p.Run.Error, p.AgainOf, p.Past = "Of 4200 rows 4187 succeeded, 13 failed.", "batch_0", rehearsed
			p.Counts = map[workflow.RunState]int{workflow.RunSucceeded: 4187, workflow.RunFailed: 13}
			p.Plan = RunPlanProps{RehearsalID: made.ID, Hash: made.Summary.Hash, Summary: made.Summary, Now: galleryNow}
		}),
		run("cancelled", workflow.RunCancelled, func(p *BatchProps) {
			p.Run.Error = "Of 4200 rows 1480 succeeded, 2720 were cancelled."
			p.Counts = map[workflow.RunState]int{workflow.RunSucceeded: 1480, workflow.RunCancelled: 2720}
		}),
		{"batch-cancel/asking", BatchCancelPage(BatchProps{Shell: shell, Now: galleryNow, Batch: galleryBatch(batch.Started), Version: version, Counts: map[workflow.RunState]int{workflow.RunSucceeded: 1480, workflow.RunQueued: 2720}})},
		{"trigger/csv", TriggerPage(page)}, {"trigger/form-address", TriggerPage(shared)},
	}
}
