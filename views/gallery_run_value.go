package views

import (
	"fmt"
	"time"

	"caracal/form"
	"caracal/workflow"
)

// runValueStates are runs whose steps gave lists and objects, and runs that go through items.
func runValueStates() []State {
	shell, registry := galleryShell("runs"), galleryFlowRegistry().With(
		workflow.ActionSpec{ID: "user.list", Title: "List users", Object: "Users", Effect: workflow.Reads, Summary: "lists users", Outputs: []workflow.OutputField{
			{Name: "users", Label: "Users", List: true, Fields: []workflow.OutputField{{Name: "id", Label: "User", Kind: form.User}, {Name: "name", Label: "Name"}, {Name: "login", Label: "Login"}, {Name: "status", Label: "Status"}, {Name: "mfa", Label: "Has MFA", Kind: form.YesNo}}},
			{Name: "ids", Label: "Their ids", Kind: form.Users, List: true}, {Name: "count", Label: "Number of users", Kind: form.Number}}},
		workflow.ActionSpec{ID: "operation.get_user", Title: "Retrieve a user", Object: "Okta API", Effect: workflow.Reads, Summary: "calls getUser", Outputs: []workflow.OutputField{{Name: "answer", Label: "Answer"}}})
	d := galleryDefinition()
	d.Name, d.Inputs = "Review of stale accounts", nil
	d.Steps = []workflow.Step{{ID: "users", Title: "Find who has not signed in", Action: "user.list"}, {ID: "one", Title: "Look at the first", Action: "operation.get_user"}, {ID: "none", Title: "Find guests", Action: "user.list"},
		{ID: "each", Title: "Suspend each of them", Action: workflow.FlowForEach, Fields: map[string]string{"list": "{{ steps.users.output.users }}", "at_once": "5", "on_failed": workflow.LoopGoesOn}}}
	var users, ids []any
	for i := range 61 {
		ids = append(ids, fmt.Sprintf("00u%017d", i+1))
		users = append(users, map[string]any{"id": ids[i], "name": fmt.Sprintf("Colleague %d", i+1), "login": fmt.Sprintf("colleague.%d@acme.example", i+1), "status": "ACTIVE", "mfa": i%2 == 0,
			"manager": nil, "groups": []any{"Everyone", "Staff"}, "city": "Reykjavík"})
	}
	run := func(state workflow.RunState, upTo int) RunLiveProps {
		r := workflow.Run{ID: "run_06h0h7de2afy7x9wmb2qqmx4", WorkflowID: "wf_stale", Version: 2, Name: d.Name, State: state, CreatedAt: ago(5 * time.Minute), StartedAt: ago(5 * time.Minute), StartedBy: "usr_ada"}
		for i, s := range d.Steps {
			step := workflow.RunStep{Index: i, StepID: s.ID, Title: s.Title, Action: s.Action, Fields: s.Fields, State: workflow.StepPending}
			if i < upTo {
				step.State, step.Attempts, step.StartedAt, step.EndedAt, step.Request = workflow.StepDone, 1, ago(4*time.Minute), ago(4*time.Minute-900*time.Millisecond), "Zx1aQ9c3TgGJ4q2w"
			}
			r.Steps = append(r.Steps, step)
		}
		r.Steps[0].Output = workflow.Output{"users": users, "ids": ids[:3], "count": float64(len(users))}
		r.Steps[1].Output = workflow.Output{"answer": map[string]any{"id": ids[0], "status": "ACTIVE", "profile": map[string]any{"login": "colleague.1@acme.example", "displayName": nil, "emails": []any{map[string]any{"value": "colleague.1@acme.example", "primary": true}}}}}
		r.Steps[2].Output = workflow.Output{"users": []any{}, "count": float64(0)}
		if state.Ended() {
			r.EndedAt = ago(time.Minute)
		}
		return RunLiveProps{Run: r, Now: galleryNow, Registry: registry, Definition: d, By: "Ada Lovelace", Application: "Acme", Names: map[string]string{ids[0].(string): "Colleague 1"}, MayManage: true, MayRepeat: true}
	}
	item := func(n int, state workflow.RunState, says string) workflow.Run {
		return workflow.Run{ID: fmt.Sprintf("run_item%d", n), ParentID: "run_06h0h7de2afy7x9wmb2qqmx4", ItemNo: n, Item: users[n-1], State: state, Error: says, Name: d.Name}
	}
	lists := run(workflow.RunSucceeded, 4)
	lists.Run.Steps[3].Output = workflow.Output{"count": float64(61), "done": float64(61), "failed": float64(0), "gathered": []any{"Colleague 1", "Colleague 2"}, "failed_items": []any{}}
	lists.Items = map[int]RunItems{3: {Counts: map[workflow.RunState]int{workflow.RunSucceeded: 61}, Rows: []workflow.Run{item(1, workflow.RunSucceeded, ""), item(2, workflow.RunSucceeded, "")}, Next: 26}}
	running := run(workflow.RunRunning, 3)
	running.Run.Steps[3].State, running.Run.Steps[3].StartedAt = workflow.StepWaiting, ago(time.Minute)
	running.Items = map[int]RunItems{3: {Counts: map[workflow.RunState]int{workflow.RunSucceeded: 12, workflow.RunRunning: 5, workflow.RunQueued: 41, workflow.RunFailed: 3},
		Rows: []workflow.Run{item(1, workflow.RunSucceeded, ""), item(2, workflow.RunFailed, "Step 1, Suspend: Okta refused: the user colleague.2@acme.example is a super administrator, whom only another super administrator may suspend."),
			item(3, workflow.RunRunning, ""), item(4, workflow.RunQueued, "")}, Next: 26}}
	failures := run(workflow.RunFailed, 3)
	failures.Run.Error = "Step 4, Suspend each of them: 3 of 61 items failed."
	failures.Run.Steps[3].State, failures.Run.Steps[3].Error, failures.Run.Steps[3].StartedAt, failures.Run.Steps[3].EndedAt = workflow.StepFailed, "3 of 61 items failed.", ago(4*time.Minute), ago(time.Minute)
	failures.Items = map[int]RunItems{3: {State: workflow.RunFailed, Counts: map[workflow.RunState]int{workflow.RunSucceeded: 58, workflow.RunFailed: 3},
		Rows: []workflow.Run{item(2, workflow.RunFailed, "Step 1, Suspend: Okta refused: the user is a super administrator."), item(17, workflow.RunFailed, "Step 1, Suspend: Okta found nothing there; the user may have been deleted."), item(40, workflow.RunFailed, "Cancelled by Ada Lovelace.")}}}
	none := failures
	none.Items = map[int]RunItems{3: {State: workflow.RunAsking, Counts: map[workflow.RunState]int{workflow.RunSucceeded: 58, workflow.RunFailed: 3}}}
	var out []State
	for _, s := range []struct {
		name string
		live RunLiveProps
	}{{"run/lists", lists}, {"run/items-running", running}, {"run/items-failed", failures}, {"run/items-none", none}} {
		out = append(out, State{s.name, RunPage(RunProps{Shell: shell, Live: s.live})})
	}
	return out
}
