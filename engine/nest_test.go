package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"caracal/db"
	"caracal/fault"
	"caracal/form"
	"caracal/workflow"
)

// publish stores a version as it is after its workflow was published, and returns it.
func (r *rig) publish(id string, d workflow.Definition) workflow.Version {
	r.t.Helper()
	for i := range d.Steps {
		if d.Steps[i].Title == "" {
			d.Steps[i].Title = "Step " + d.Steps[i].ID
		}
	}
	if d.Name == "" {
		d.Name = id
	}
	d.ApplicationID = "app_1"
	raw, err := json.Marshal(d)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, q := range []string{
		`INSERT INTO workflow (id, name, application_id, draft, revision, published, created_at, created_by, updated_at, updated_by, search)
			VALUES ($1, $1, 'app_1', $2, 1, 1, '', '', '', '', '')`,
		`INSERT INTO workflow_version (workflow_id, number, definition, note, created_at, created_by) VALUES ($1, 1, $2, '', '', '')`,
	} {
		if _, err := r.db.Writer().Exec(q, id, string(raw)); err != nil {
			r.t.Fatal(err)
		}
	}
	return workflow.Version{WorkflowID: id, Number: 1, Definition: d}
}

// settleAll carries out every burst there is, due or not, until none is left that moves anything.
func (r *rig) settleAll() {
	r.t.Helper()
	for range 1_000 {
		list, err := r.queue.JobList(context.Background(), river.NewJobListParams().First(100).OrderBy(river.JobListOrderByID, river.SortOrderAsc).
			States(rivertype.JobStateAvailable, rivertype.JobStateRetryable, rivertype.JobStateRunning))
		if err != nil {
			r.t.Fatal(err)
		}
		for _, job := range list.Jobs {
			var b burst
			if err := json.Unmarshal(job.EncodedArgs, &b); err != nil {
				r.t.Fatal(err)
			}
			r.work(b.Run, job.ID)
		}
		if len(list.Jobs) == 0 {
			return
		}
	}
	r.t.Fatal("the runs never come to rest")
}

// items returns the runs that a step waits for.
func (r *rig) items(runID string, step int) []workflow.Run {
	r.t.Helper()
	list, _, err := r.db.Children(context.Background(), db.ChildFilter{ParentID: runID, Step: step, Limit: 20_000})
	if err != nil {
		r.t.Fatal(err)
	}
	return list
}

func in(holder string, s workflow.Step) workflow.Step {
	s.In = holder
	return s
}

func id(id string, s workflow.Step) workflow.Step {
	s.ID = id
	return s
}

func each(list string, more ...string) workflow.Step {
	return flow(workflow.FlowForEach, append([]string{"list", list}, more...)...)
}

// names returns what the ledger was asked to name, in order.
func (r *rig) names() (out []string) {
	for _, c := range r.ledger.calls {
		out = append(out, c.Input["name"])
	}
	return out
}

func people() []workflow.Input {
	return []workflow.Input{{Name: "people", Label: "People", Kind: form.Lines}, {Name: "team", Label: "Team", Kind: form.Text}}
}

func TestForEach(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	v := r.publish("wf_loop", workflow.Definition{Inputs: people(), Steps: []workflow.Step{
		id("first", step("make", "x")),
		id("all", each("{{ inputs.people }}", "gather", "{{ steps.make.output.id }}")),
		in("all", id("make", step("make", "{{ item }}-{{ inputs.team }}-{{ steps.all.output.number }}-{{ steps.first.output.id }}"))),
		in("all", id("set", step("set", "{{ steps.make.output.id }}"))),
		id("last", step("set", `{{ join(steps.all.output.gathered, "+") }} {{ steps.all.output.count }} {{ steps.all.output.done }} {{ steps.all.output.failed }}`)),
	}})
	run := r.startWith(v, map[string]string{"people": "ada\nbob\n\ncyd", "team": "T"})
	r.expect(r.burst(run), workflow.RunWaiting, done, workflow.StepWaiting, pending)
	items := r.items(run, 1)
	if len(items) != 3 || items[1].Item != "bob" || items[1].ItemNo != 2 {
		t.Fatalf("items: %+v", items)
	}
	if len(r.live(items[0].ID)) != 1 || len(r.live(items[1].ID)) != 0 {
		t.Error("one at a time, and another number began")
	}
	r.settleAll()
	r.expect(r.run(run), workflow.RunSucceeded, done, done, done)
	want := []string{"x", "ada-T-1-00x", "00ada-T-1-00x", "bob-T-2-00x", "00bob-T-2-00x", "cyd-T-3-00x", "00cyd-T-3-00x", "00ada-T-1-00x+00bob-T-2-00x+00cyd-T-3-00x 3 3 0"}
	if got := r.names(); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if list, _, err := r.db.RunList(t.Context(), db.RunFilter{}); err != nil || len(list) != 1 {
		t.Errorf("the list shows %d runs: %v", len(list), err)
	}
	if _, _, err := r.db.AuditVerify(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestForEachEmpty(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	v := r.publish("wf_loop", workflow.Definition{Inputs: people(), Steps: []workflow.Step{
		id("all", each("{{ inputs.people }}")), in("all", id("make", step("make", "{{ item }}"))), id("last", step("set", "{{ steps.all.output.count }}"))}})
	r.expect(r.burst(r.startWith(v, map[string]string{"people": ""})), workflow.RunSucceeded, done, done)
	if got := r.names(); !slices.Equal(got, []string{"0"}) {
		t.Errorf("%q", got)
	}
}

// TestForEachOfWhat refuses what is no list, and more than a loop goes over.
func TestForEachOfWhat(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for i, c := range []struct{ list, says string }{
		{"{{ inputs.team }}", "is the text “Sales” and no list"}, {"Sales", "one expression"},
		{"{{ inputs.people }}", "has 100000 entries"}, {"{{ steps.first.output.password }}", "can't go over secret values"},
	} {
		v := r.publish(fmt.Sprint("wf_", i), workflow.Definition{Inputs: people(), Steps: []workflow.Step{
			id("first", step("make", "x")), id("all", each(c.list)), in("all", id("make", step("make", "{{ item }}")))}})
		run := r.burst(r.startWith(v, map[string]string{"team": "Sales", "people": strings.Repeat("x\n", 100_000)}))
		r.expect(run, workflow.RunFailed, done, failed)
		if !strings.Contains(run.Error, c.says) {
			t.Errorf("%s: %q does not say %q", c.list, run.Error, c.says)
		}
	}
}

func (r *rig) refuse(names ...string) {
	r.ledger.on(func(c workflow.Call) (workflow.Result, error) {
		if slices.Contains(names, c.Input["name"]) {
			return workflow.Result{}, fault.New(fault.Forbidden, "No.")
		}
		return workflow.Result{}, nil
	})
}

func TestForEachFails(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		onFailed string
		state    workflow.RunState
		names    []string
		says     string
	}{
		{workflow.LoopStops, workflow.RunFailed, []string{"a", "b"}, "Step 1, Step all: Item 2 (b): Step 1, Step make: No. 1 of 4 succeeded."},
		{workflow.LoopGoesOn, workflow.RunSucceeded, []string{"a", "b", "c", "d", "2 of 4 failed: b,d"}, ""},
	} {
		r := newRig(t)
		r.refuse("b", "d")
		v := r.publish("wf_loop", workflow.Definition{Inputs: people(), Steps: []workflow.Step{
			id("all", each("{{ inputs.people }}", "on_failed", c.onFailed)), in("all", id("make", step("set", "{{ item }}"))),
			id("last", step("set", `{{ steps.all.output.failed }} of {{ steps.all.output.count }} failed: {{ steps.all.output.failed_items }}`))}})
		run := r.startWith(v, map[string]string{"people": "a\nb\nc\nd"})
		r.settleAll()
		got := r.run(run)
		if got.State != c.state || got.Error != c.says || !slices.Equal(r.names(), c.names) {
			t.Errorf("%s: %s %q %q", c.onFailed, got.State, got.Error, r.names())
		}
		for _, item := range r.items(run, 0) {
			if !item.State.Ended() {
				t.Errorf("item %d is %s", item.ItemNo, item.State)
			}
		}
	}
}

func TestForEachAtOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	v := r.publish("wf_loop", workflow.Definition{Inputs: people(), Steps: []workflow.Step{
		id("all", each("{{ inputs.people }}", "at_once", "3")), in("all", id("make", step("set", "{{ item }}")))}})
	run := r.startWith(v, map[string]string{"people": "a\nb\nc\nd\ne"})
	r.burst(run)
	begun := func() (n int) {
		for _, item := range r.items(run, 0) {
			if !item.State.Ended() && len(r.live(item.ID)) > 0 {
				n++
			}
		}
		return n
	}
	items := r.items(run, 0)
	for i, want := range []int{3, 3, 3, 2, 1} {
		if got := begun(); got != want {
			t.Errorf("after %d items %d are under way, want %d", i, got, want)
		}
		r.burst(items[i].ID)
	}
	r.expect(r.burst(run), workflow.RunSucceeded, done)
}

// TestForEachWithin goes over a list for each entry of another.
func TestForEachWithin(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	v := r.publish("wf_loop", workflow.Definition{Inputs: people(), Steps: []workflow.Step{
		id("outer", each("{{ inputs.people }}", "gather", `{{ join(steps.inner.output.gathered, "") }}`)),
		in("outer", id("get", step("make", "{{ item }}"))),
		in("outer", id("inner", each(`{{ split(inputs.team, ",") }}`, "gather", "{{ steps.outer.output.item }}{{ item }}"))),
		in("inner", id("leaf", step("set", "{{ steps.get.output.id }}/{{ item }}/{{ steps.outer.output.item }}"))),
		id("last", step("set", `{{ join(steps.outer.output.gathered, ";") }}`))}})
	run := r.startWith(v, map[string]string{"people": "a\nb", "team": "1,2"})
	r.settleAll()
	r.expect(r.run(run), workflow.RunSucceeded, done, done)
	want := []string{"a", "00a/1/a", "00a/2/a", "b", "00b/1/b", "00b/2/b", "a1a2;b1b2"}
	if got := r.names(); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// TestWaitsWithin lets an item wait for a person, and another need a decision, while the run above waits.
func TestWaitsWithin(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.ledger.find = func(workflow.Call) (workflow.Finding, error) { return workflow.Finding{Words: "Who knows?"}, nil }
	r.ledger.on(func(c workflow.Call) (workflow.Result, error) {
		if c.Input["name"] == "b" {
			return workflow.Result{}, fault.New(fault.Uncertain, "The connection broke.")
		}
		return workflow.Result{}, nil
	})
	v := r.publish("wf_loop", workflow.Definition{Inputs: people(), Steps: []workflow.Step{
		id("all", each("{{ inputs.people }}", "at_once", "2")),
		in("all", id("ask", with(flow(workflow.FlowApproval, "message", "{{ item }}?", "who", "anyone"), workflow.Control{OnlyIf: `{{ item == "a" }}`}))),
		in("all", id("make", step("make", "{{ item }}")))}})
	run := r.startWith(v, map[string]string{"people": "a\nb"})
	r.settleAll()
	items := r.items(run, 0)
	if items[0].State != workflow.RunWaiting || items[1].State != workflow.RunAsking || r.run(run).State != workflow.RunWaiting {
		t.Fatalf("%s %s", items[0].State, items[1].State)
	}
	if n, err := r.db.ChildrenAsked(t.Context(), run, 0); err != nil || n != 1 {
		t.Errorf("%d ask: %v", n, err)
	}
	if _, err := r.db.QueueStranded(t.Context(), true, r.enqueueNow(t.Context())); err != nil {
		t.Fatal(err)
	}
	r.settleAll() // woken too early: everything goes back to wait
	if err := r.Decide(t.Context(), items[1].ID, 1, Done, ada); err != nil {
		t.Fatal(err)
	}
	r.settleAll()
	if r.run(run).State != workflow.RunWaiting {
		t.Fatal("the run went on while an item waits")
	}
	if err := r.Approve(t.Context(), items[0].ID, Answer{Step: 0, Yes: true}, grace); err != nil {
		t.Fatal(err)
	}
	r.settleAll()
	r.expect(r.run(run), workflow.RunSucceeded, done)
}

func TestCancelWithin(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	v := r.publish("wf_loop", workflow.Definition{Inputs: people(), Steps: []workflow.Step{
		id("all", each("{{ inputs.people }}", "at_once", "2")),
		in("all", id("inner", each(`{{ split("x,y", ",") }}`))),
		in("inner", id("make", step("set", "{{ item }}")))}})
	run := r.startWith(v, map[string]string{"people": "a\nb\nc"})
	r.burst(run)
	items := r.items(run, 0)
	r.burst(items[0].ID)
	if err := r.Cancel(t.Context(), run, ada); err != nil {
		t.Fatal(err)
	}
	for _, item := range append(r.items(run, 0), r.items(items[0].ID, 0)...) {
		if item.State != workflow.RunCancelled || len(r.live(item.ID)) > 0 {
			t.Errorf("item %d is %s with %v", item.ItemNo, item.State, r.live(item.ID))
		}
	}
	r.settleAll()
	if got := r.names(); len(got) > 0 {
		t.Errorf("done after the cancel: %v", got)
	}
	// One item alone counts as failed.
	run = r.startWith(v, map[string]string{"people": "a\nb\nc"})
	r.burst(run)
	if err := r.Cancel(t.Context(), r.items(run, 0)[1].ID, ada); err != nil {
		t.Fatal(err)
	}
	r.settleAll()
	if got := r.run(run); got.State != workflow.RunFailed || !strings.Contains(got.Error, "Item 2 (b): It was cancelled. 1 of 3 succeeded.") {
		t.Errorf("%s %q", got.State, got.Error)
	}
}

func TestFailureBranch(t *testing.T) {
	t.Parallel()
	failing := func(holder string, s workflow.Step) workflow.Step {
		s.In, s.When = holder, workflow.WhenFailed
		return s
	}
	branch := workflow.Control{OnError: workflow.Branch}
	for _, c := range []struct {
		refuse []string
		state  workflow.RunState
		steps  []workflow.StepState
		names  []string
	}{
		{nil, workflow.RunSucceeded, []workflow.StepState{done, skipped, skipped, done}, []string{"a", "d"}},
		{[]string{"a"}, workflow.RunSucceeded, []workflow.StepState{failed, done, skipped, done}, []string{"a", "b", "d"}},
		{[]string{"a", "b"}, workflow.RunSucceeded, []workflow.StepState{failed, failed, done, done}, []string{"a", "b", "c", "d"}},
		{[]string{"a", "b", "c"}, workflow.RunFailed, []workflow.StepState{failed, failed, failed, skipped}, []string{"a", "b", "c"}},
	} {
		r := newRig(t)
		r.refuse(c.refuse...)
		v := r.publish("wf_branch", workflow.Definition{Steps: []workflow.Step{id("a", with(step("set", "a"), branch)),
			failing("a", id("b", with(step("set", "b"), branch))), failing("b", id("c", step("set", "c"))), id("d", step("set", "d"))}})
		run := r.start(v)
		r.expect(r.burst(run), c.state, c.steps...)
		if got := r.names(); !slices.Equal(got, c.names) {
			t.Errorf("%v: %q", c.refuse, got)
		}
	}
}

func TestCallWorkflow(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.publish("wf_low", workflow.Definition{Name: "Low", Inputs: []workflow.Input{{Name: "who", Label: "Who", Kind: form.Text, Required: true}, {Name: "all", Label: "All", Kind: form.Lines}},
		Steps: []workflow.Step{id("make", step("make", "{{ inputs.who }}")), id("give", flow(workflow.FlowGive, "value", `{{ split(steps.make.output.id, "-") }}`)),
			id("each", each("{{ inputs.all }}")), in("each", id("leaf", step("set", "{{ item }}")))}})
	call := func(who string) workflow.Step {
		return workflow.Step{Action: workflow.CallAction("wf_low"), Fields: map[string]string{"who": who, "all": `{{ split("x,y", ",") }}`}}
	}
	v := r.publish("wf_high", workflow.Definition{Inputs: people(), Steps: []workflow.Step{id("call", call("{{ inputs.team }}")),
		id("after", step("set", `{{ join(steps.call.output.result, "/") }} {{ steps.call.output.state }}`))}})
	run := r.startWith(v, map[string]string{"team": "a-b"})
	r.expect(r.burst(run), workflow.RunWaiting, workflow.StepWaiting, pending)
	r.settleAll()
	r.expect(r.run(run), workflow.RunSucceeded, done, done)
	if got := r.names(); !slices.Equal(got, []string{"a-b", "x", "y", "00a/b succeeded"}) {
		t.Errorf("%q", got)
	}
	if child := r.items(run, 0); len(child) != 1 || child[0].WorkflowID != "wf_low" || child[0].ID != r.run(run).Steps[0].Output["run"] {
		t.Errorf("%+v", child)
	}
	r.refuse("bad")
	for team, says := range map[string]string{"": "can't be run like this: Enter who.", "bad": "“Low” failed. Step 1, Step make: No."} {
		run := r.startWith(v, map[string]string{"team": team})
		r.settleAll()
		if got := r.run(run); got.State != workflow.RunFailed || !strings.Contains(got.Error, says) {
			t.Errorf("%q: %s %q", team, got.State, got.Error)
		}
	}
}

// TestCallWithoutEnd stops a workflow that came to call itself.
func TestCallWithoutEnd(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	v := r.publish("wf_self", workflow.Definition{Steps: []workflow.Step{id("again", workflow.Step{Action: workflow.CallAction("wf_self"), Fields: map[string]string{}})}})
	run := r.start(v)
	r.settleAll()
	if got := r.run(run); got.State != workflow.RunFailed || !strings.Contains(got.Error, "5 deep") {
		t.Errorf("%s %q", got.State, got.Error)
	}
	gone := r.publish("wf_gone", workflow.Definition{Steps: []workflow.Step{id("again", workflow.Step{Action: workflow.CallAction("wf_none"), Fields: map[string]string{}})}})
	if got := r.burst(r.start(gone)); got.State != workflow.RunFailed || !strings.Contains(got.Error, "does not exist any more") {
		t.Errorf("%s %q", got.State, got.Error)
	}
}

// TestSecretsStayWithin hands no secret from one run to another.
func TestSecretsStayWithin(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.publish("wf_low", workflow.Definition{Name: "Low", Inputs: []workflow.Input{{Name: "who", Label: "Who", Kind: form.Text}}, Steps: []workflow.Step{id("make", step("make", "{{ inputs.who }}"))}})
	secret := "{{ steps.make.output.password }}"
	for name, c := range map[string]struct {
		steps []workflow.Step
		says  string
	}{
		"input":  {[]workflow.Step{id("call", workflow.Step{Action: workflow.CallAction("wf_low"), Fields: map[string]string{"who": secret}})}, "secrets are not handed"},
		"result": {[]workflow.Step{id("give", flow(workflow.FlowGive, "value", secret))}, "can't be given back"},
		"body":   {[]workflow.Step{id("all", each(`{{ split("x", ",") }}`)), in("all", id("leaf", step("set", secret)))}, "kept only in memory"},
		"kept": {[]workflow.Step{id("all", each(`{{ split("x", ",") }}`, "gather", "{{ steps.leaf.output.password }}")), in("all", id("leaf", step("make", "x"))),
			id("use", step("set", "{{ steps.all.output.gathered }}"))}, "kept only in memory"},
	} {
		v := r.publish("wf_"+name, workflow.Definition{Steps: append([]workflow.Step{id("make", step("make", "x"))}, c.steps...)})
		run := r.start(v)
		r.settleAll()
		if got := r.run(run); got.State != workflow.RunFailed || !strings.Contains(got.Error, c.says) {
			t.Errorf("%s: %s %q", name, got.State, got.Error)
		}
	}
	rows, err := r.db.Writer().Query("SELECT item || kept || input || error FROM run UNION ALL SELECT input || output || error FROM run_step")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var stored string
		if err := rows.Scan(&stored); err != nil || strings.Contains(stored, "s3cret") {
			t.Errorf("%v: stored %q", err, stored)
		}
	}
}

// TestApproveByAll asks each of the people named.
func TestApproveByAll(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ask := flow(workflow.FlowApproval, "message", "May it?", "who", workflow.WhoNamed, "people", "u_grace,u_linus,u_ada", "answers", workflow.AnswersAll)
	run := r.start(version(ask, step("set", "{{ steps.s1.output.by }}: {{ steps.s1.output.comment }}")))
	r.expect(r.burst(run), workflow.RunWaiting, workflow.StepWaiting, pending)
	if err := r.Approve(t.Context(), run, Answer{Yes: true, Comment: "fine"}, grace); err != nil {
		t.Fatal(err)
	}
	got := r.run(run)
	r.expect(got, workflow.RunWaiting, workflow.StepWaiting, pending)
	if left := got.Steps[0].StillAsked(ada.ID); !slices.Equal(left, []string{"u_linus"}) || got.Steps[0].Answers()[0].Comment != "fine" {
		t.Errorf("%v of %+v", left, got.Steps[0])
	}
	if err := r.Approve(t.Context(), run, Answer{Yes: true}, grace); !fault.Is(err, fault.Forbidden) {
		t.Errorf("one person answered twice: %v", err)
	}
	if err := r.Approve(t.Context(), run, Answer{Yes: true}, linus); err != nil {
		t.Fatal(err)
	}
	r.expect(r.burst(run), workflow.RunSucceeded, done, done)
	if got := r.names(); !slices.Equal(got, []string{"Grace, Linus: Grace: fine"}) {
		t.Errorf("%q", got)
	}
	run = r.start(version(ask))
	r.burst(run)
	if err := r.Approve(t.Context(), run, Answer{Yes: true}, grace); err != nil {
		t.Fatal(err)
	}
	if err := r.Approve(t.Context(), run, Answer{Comment: "never"}, linus); err != nil {
		t.Fatal(err)
	}
	if got := r.run(run); got.State != workflow.RunFailed || got.Steps[0].Error != "Linus said no: never" {
		t.Errorf("%+v", got)
	}
	alone := flow(workflow.FlowApproval, "message", "?", "who", workflow.WhoNamed, "people", "u_ada", "answers", workflow.AnswersAll)
	if got := r.burst(r.start(version(alone))); got.State != workflow.RunFailed || !strings.Contains(got.Error, "the only one who is asked") {
		t.Errorf("%s %q", got.State, got.Error)
	}
}
