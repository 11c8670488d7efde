package engine

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"caracal/auth"
	"caracal/batch"
	"caracal/db"
	"caracal/fault"
	"caracal/form"
	"caracal/trigger"
	"caracal/workflow"
)

// file stores a batch of so many rows as it is after its check; edit changes rows before.
func (r *rig) file(v workflow.Version, count int, edit func(*batch.Row)) batch.Batch {
	r.t.Helper()
	ctx := context.Background()
	id, _, err := r.db.CreateBatch(ctx, batch.Batch{WorkflowID: v.WorkflowID, Version: v.Number, Name: "people.csv", Columns: []string{"name"}, Rows: count},
		[]byte("name\n"), ada, db.StartKey{}, func(*sql.Tx, string) error { return nil })
	if err != nil {
		r.t.Fatal(err)
	}
	_, no, ok, err := r.db.BeginCheck(ctx, id)
	if err != nil || !ok {
		r.t.Fatal(ok, err)
	}
	var list []batch.Row
	for i := range count {
		name := fmt.Sprintf("p%05d", i+1)
		row := batch.Row{No: i + 1, Line: i + 2, Cells: []string{name}, Label: name, Input: map[string]string{"name": name}}
		if edit != nil {
			edit(&row)
		}
		list = append(list, row)
	}
	if _, err = r.db.KeepRows(ctx, id, no, list); err == nil {
		_, err = r.db.EndCheck(ctx, id, no, count)
	}
	if err != nil {
		r.t.Fatal(err)
	}
	return r.batch(id)
}

func (r *rig) batch(id string) batch.Batch {
	r.t.Helper()
	b, err := r.db.Batch(context.Background(), id)
	if err != nil {
		r.t.Fatal(err)
	}
	return b
}

func (r *rig) startBatch(b batch.Batch, v workflow.Version, edit func(*BatchStart)) (runID string) {
	r.t.Helper()
	s := BatchStart{Batch: b, Version: v, AtOnce: 3, By: ada}
	if edit != nil {
		edit(&s)
	}
	runID, err := r.StartBatch(context.Background(), s)
	if err != nil {
		r.t.Fatal(err)
	}
	return runID
}

func named(steps ...workflow.Step) workflow.Definition {
	return workflow.Definition{Inputs: []workflow.Input{{Name: "name", Label: "Name", Kind: form.Text}}, Steps: steps}
}

// states counts the runs of a batch's rows by their states.
func (r *rig) states(runID string) map[workflow.RunState]int {
	r.t.Helper()
	counts, err := r.db.ChildCounts(context.Background(), runID, 0)
	if err != nil {
		r.t.Fatal(err)
	}
	return counts
}

func (r *rig) underWay(runID string) (n int) {
	r.t.Helper()
	for _, row := range r.items(runID, 0) {
		if !row.State.Ended() && len(r.live(row.ID)) > 0 {
			n++
		}
	}
	return n
}

// TestNoRowsAreKept: a check stores its rows so many at a time, and where none are left at the end, none are stored.
func TestNoRowsAreKept(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	v := r.publish("wf_none", named(id("make", step("make", "{{ inputs.name }}"))))
	ctx := context.Background()
	batchID, _, err := r.db.CreateBatch(ctx, batch.Batch{WorkflowID: v.WorkflowID, Version: v.Number, Name: "people.csv", Columns: []string{"name"}, Rows: 1},
		[]byte("name\n"), ada, db.StartKey{}, func(*sql.Tx, string) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	_, no, _, err := r.db.BeginCheck(ctx, batchID)
	if err != nil {
		t.Fatal(err)
	}
	if overtaken, err := r.db.KeepRows(ctx, batchID, no, nil); overtaken || err != nil {
		t.Fatal(overtaken, err)
	}
	if rows, _, err := r.db.BatchRows(ctx, r.batch(batchID), db.RowFilter{}); err != nil || len(rows) > 0 {
		t.Errorf("stored: %v (%v)", rows, err)
	}
}

// TestRows runs each row of a file once, as a run of its own with its own input, so many at once.
func TestRows(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	v := r.publish("wf_rows", named(id("make", step("make", "{{ inputs.name }}")), id("set", step("set", "{{ steps.make.output.id }}"))))
	b := r.file(v, 10, func(row *batch.Row) {
		switch row.No {
		case 2:
			row.Problems = []batch.Problem{{Input: "name", Text: "Bad."}}
		case 3:
			row.DoubleOf = 1
		case 4:
			row.Unsafe = "It was done."
		}
	})
	if b.State != batch.Checked || b.Bad != 1 || b.Doubles != 1 || b.Unsafe != 1 {
		t.Fatalf("checked: %+v", b)
	}
	run := r.startBatch(b, v, nil)
	if again := r.startBatch(b, v, nil); again != run {
		t.Errorf("started twice: %s and %s", run, again)
	}
	r.burst(run)
	if got := r.underWay(run); got != 3 {
		t.Errorf("%d rows under way, want 3", got)
	}
	r.settleAll()
	r.expect(r.run(run), workflow.RunSucceeded, done)
	var want []string
	for _, no := range []int{1, 5, 6, 7, 8, 9, 10} {
		want = append(want, fmt.Sprintf("p%05d", no), fmt.Sprintf("00p%05d", no))
	}
	slices.Sort(want)
	if got := slices.Sorted(slices.Values(r.names())); !slices.Equal(got, want) {
		t.Errorf("the org was asked for %v, want %v", got, want)
	}
	for _, row := range r.items(run, 0) {
		if row.BatchID != b.ID || !row.IsRow() || row.IsItem() || row.Item != row.Input["name"] || row.StartedBy != ada.ID {
			t.Errorf("row %+v", row)
		}
	}
	b = r.batch(b.ID)
	if b.State != batch.Started || b.RunID != run || b.Chosen != 7 || b.StartedBy != ada.ID {
		t.Errorf("the batch is %+v", b)
	}
	if raw, err := r.db.BatchRaw(t.Context(), b.ID); err != nil || raw != nil {
		t.Errorf("the file is still there: %q, %v", raw, err)
	}
}

// TestRowsCutOff dies after every so many rows were made, and at every burst: each row has one run all the same.
func TestRowsCutOff(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	v := r.publish("wf_rows", named(id("make", step("make", "{{ inputs.name }}"))))
	b := r.file(v, 25, nil)
	run := r.startBatch(b, v, nil)
	for range 3 { // died after two of these each
		if made, err := r.db.MakeRows(t.Context(), run, v.Definition.RunSteps(""), 7); err != nil || made != 7 {
			t.Fatal(made, err)
		}
	}
	if err := r.db.Close(); err != nil {
		t.Fatal(err)
	}
	r.open()
	if _, err := r.reconcile(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	r.settleAll()
	r.expect(r.run(run), workflow.RunSucceeded, done)
	seen := map[string]int{}
	for _, name := range r.names() {
		seen[name]++
	}
	for i := range 25 {
		if name := fmt.Sprintf("p%05d", i+1); seen[name] != 1 {
			t.Errorf("%s was made %d times", name, seen[name])
		}
	}
}

// TestRowsFail goes on with the others, and stops where a person said so.
func TestRowsFail(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	v := r.publish("wf_rows", named(id("make", step("make", "{{ inputs.name }}"))))
	r.ledger.on(func(c workflow.Call) (workflow.Result, error) {
		if strings.HasSuffix(c.Input["name"], "3") || strings.HasSuffix(c.Input["name"], "4") {
			return workflow.Result{}, fault.New(fault.Invalid, "Not this one.")
		}
		return workflow.Result{}, nil
	})
	whole := r.startBatch(r.file(v, 8, nil), v, nil)
	r.settleAll()
	run := r.run(whole)
	r.expect(run, workflow.RunFailed, failed)
	if run.Error != "Of 8 rows 6 succeeded, 2 failed." || run.Steps[0].Output[workflow.FailedOutput] != 2.0 {
		t.Errorf("%q, %v", run.Error, run.Steps[0].Output)
	}
	b := r.file(v, 20, nil)
	stopped := r.startBatch(b, v, func(s *BatchStart) { s.AtOnce, s.StopAfter = 1, 2 })
	r.settleAll()
	if got := r.states(stopped); got[workflow.RunFailed] != 2 || got[workflow.RunSucceeded] != 2 || got[workflow.RunQueued] != 16 {
		t.Fatalf("after two failures: %v", got)
	}
	b = r.batch(b.ID)
	if run := r.run(stopped); !b.Paused || b.PausedBy != "" || run.State != workflow.RunWaiting || run.WaitReason != b.Why || !strings.Contains(b.Why, "2 rows failed") {
		t.Fatalf("paused %v by %q, %s: %q and %q", b.Paused, b.PausedBy, run.State, run.WaitReason, b.Why)
	}
	if err := r.ResumeBatch(t.Context(), b.ID, ada); err != nil {
		t.Fatal(err)
	}
	r.settleAll()
	if got := r.states(stopped); got[workflow.RunFailed] != 4 || got[workflow.RunSucceeded] != 16 {
		t.Errorf("after going on: %v", got)
	}
	if err := r.PauseBatch(t.Context(), b.ID, ada); !fault.Is(err, fault.Conflict) {
		t.Errorf("pausing what has ended: %v", err)
	}
}

// TestPauseResumeAndCancelTheRest steers a batch while it runs.
func TestPauseResumeAndCancelTheRest(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	v := r.publish("wf_rows", named(id("make", step("make", "{{ inputs.name }}"))))
	b := r.file(v, 10, nil)
	run := r.startBatch(b, v, nil)
	r.burst(run)
	if err := r.PauseBatch(t.Context(), b.ID, ada); err != nil {
		t.Fatal(err)
	}
	r.settleAll()
	if got := r.states(run); got[workflow.RunSucceeded] != 3 || got[workflow.RunQueued] != 7 {
		t.Fatalf("paused with three under way: %v", got)
	}
	if got := r.run(run); got.WaitReason != ada.Label()+" paused it." || !got.WaitUntil.IsZero() {
		t.Errorf("paused: %q until %s", got.WaitReason, got.WaitUntil)
	}
	if err := r.ResumeBatch(t.Context(), b.ID, ada); err != nil {
		t.Fatal(err)
	}
	r.burst(run)
	if got := r.underWay(run); got != 3 {
		t.Fatalf("%d rows under way after going on, want 3", got)
	}
	if n, err := r.CancelRest(t.Context(), b.ID, ada); err != nil || n != 4 {
		t.Fatalf("cancelled %d, %v", n, err)
	}
	r.settleAll()
	got := r.run(run)
	if s := r.states(run); s[workflow.RunSucceeded] != 6 || s[workflow.RunCancelled] != 4 || got.State != workflow.RunCancelled || got.Error != "Of 10 rows 6 succeeded, 4 were cancelled." {
		t.Errorf("cancelled: %v, %s %q", s, got.State, got.Error)
	}
	for _, row := range r.items(run, 0) {
		if row.State == workflow.RunCancelled && row.Error != ada.Label()+" cancelled the rest." {
			t.Errorf("a row was cancelled because %q", row.Error)
		}
	}
	early := r.file(v, 5, nil)
	unmade := r.startBatch(early, v, nil)
	if _, err := r.db.MakeRows(t.Context(), unmade, v.Definition.RunSteps(""), 2); err != nil {
		t.Fatal(err)
	}
	if n, err := r.CancelRest(t.Context(), early.ID, ada); err != nil || n != 5 {
		t.Fatalf("cancelled %d, %v", n, err)
	}
	r.settleAll()
	if s := r.states(unmade); s[workflow.RunCancelled] != 2 || len(s) != 1 || r.run(unmade).State != workflow.RunCancelled {
		t.Errorf("cancelled before they were made: %v, %s", s, r.run(unmade).State)
	}
	hard := r.file(v, 5, nil)
	whole := r.startBatch(hard, v, nil)
	r.burst(whole)
	if err := r.Cancel(t.Context(), whole, ada); err != nil {
		t.Fatal(err)
	}
	r.settleAll()
	if s := r.states(whole); s[workflow.RunCancelled] != 5 {
		t.Errorf("the run of a batch was cancelled: %v", s)
	}
}

// TestRowsThatWait give their place to others while they wait for a time or for people, and not while they wait for the
// org.
func TestRowsThatWait(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	v := r.publish("wf_rows", named(id("wait", flow(workflow.FlowWait, "amount", "2", "unit", "days")), id("make", step("make", "{{ inputs.name }}"))))
	run := r.startBatch(r.file(v, 9, nil), v, nil)
	r.settleAll()
	if s := r.states(run); s[workflow.RunWaiting] != 9 {
		t.Fatalf("nine rows that rest two days: %v", s)
	}
	r.now = r.now.Add(49 * time.Hour)
	for _, row := range r.items(run, 0) {
		r.burst(row.ID)
	}
	r.settleAll()
	r.expect(r.run(run), workflow.RunSucceeded, done)
	if n := len(r.names()); n != 9 {
		t.Errorf("%d calls, want 9", n)
	}

	busy := r.publish("wf_busy", named(id("make", step("make", "{{ inputs.name }}"))))
	r.ledger.on(func(workflow.Call) (workflow.Result, error) {
		f := fault.New(fault.Busy, "The limit is used up.")
		f.RetryAt = r.now.Add(time.Minute)
		return workflow.Result{}, f
	})
	held := r.startBatch(r.file(busy, 9, nil), busy, nil)
	r.settleAll()
	if s := r.states(held); s[workflow.RunWaiting] != 3 || s[workflow.RunQueued] != 6 {
		t.Errorf("rows that wait for the org: %v", s)
	}
}

// TestRowsKeepToGuardRails lets so many begin in an hour, and none in a blackout window, and says so.
func TestRowsKeepToGuardRails(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	v := r.publish("wf_rows", named(id("make", step("make", "{{ inputs.name }}"))))
	guard := func(g trigger.Guards) {
		t.Helper()
		old, err := r.db.BuiltIn(t.Context(), v.WorkflowID, trigger.CSV)
		if err == nil {
			seen := db.SeenTrigger(old)
			old.Guards = g
			_, err = r.db.SaveTrigger(t.Context(), old, seen, ada)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	guard(trigger.Guards{PerHour: 4, MaxChanges: 9})
	b := r.file(v, 10, nil)
	run := r.startBatch(b, v, nil)
	r.settleAll()
	got := r.run(run)
	if s := r.states(run); s[workflow.RunSucceeded] != 4 || s[workflow.RunQueued] != 6 {
		t.Fatalf("four an hour: %v", s)
	}
	if !got.WaitUntil.Equal(r.now.Add(time.Hour)) || !strings.Contains(got.WaitReason, "lets 4 rows begin in an hour") {
		t.Errorf("waits until %s because %q", got.WaitUntil, got.WaitReason)
	}
	r.now = r.now.Add(time.Hour + time.Second)
	r.burst(run)
	r.settleAll()
	if s := r.states(run); s[workflow.RunSucceeded] != 8 {
		t.Fatalf("the next four: %v", s)
	}
	window := trigger.Guards{Zone: "UTC", MaxChanges: 9, Blackouts: []trigger.Blackout{{Days: []time.Weekday{r.now.Weekday()}, From: 0, To: 1380}}}
	guard(window)
	r.burst(run)
	got = r.run(run)
	if !strings.Contains(got.WaitReason, "blackout window") || got.WaitUntil.Hour() != 23 {
		t.Errorf("in a window it waits until %s because %q", got.WaitUntil, got.WaitReason)
	}
	guard(trigger.Guards{MaxChanges: 9})
	r.burst(run)
	r.settleAll()
	got = r.run(run)
	if s := r.states(run); s[workflow.RunSucceeded] != 9 || s[workflow.RunFailed] != 1 || got.Changed != 9 {
		t.Errorf("nine objects may be changed: %v, %d changed", s, got.Changed)
	}
	for _, row := range r.items(run, 0) {
		if row.State == workflow.RunFailed && !strings.Contains(row.Error, "The rows of this file may change 9 objects and have changed 9") {
			t.Errorf("the row that may not is told: %s", row.Error)
		}
	}
	window.Skip = true
	guard(window)
	refused := r.file(v, 1, nil)
	if _, err := r.StartBatch(t.Context(), BatchStart{Batch: refused, Version: v, AtOnce: 1, By: ada}); !fault.Is(err, fault.Busy) {
		t.Errorf("left out in a window: %v", err)
	}
	if again := r.batch(refused.ID); again.State != batch.Checked {
		t.Errorf("a refused batch is %s", again.State)
	}
}

// TestBatchStates refuses what a batch is not open to.
func TestBatchStates(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ctx := t.Context()
	v := r.publish("wf_rows", named(id("make", step("make", "{{ inputs.name }}"))))
	none := r.file(v, 1, func(row *batch.Row) { row.Problems = []batch.Problem{{Text: "Bad."}} })
	if _, err := r.StartBatch(ctx, BatchStart{Batch: none, Version: v, By: ada}); !fault.Is(err, fault.Conflict) {
		t.Errorf("no row is right: %v", err)
	}
	b := r.file(v, 1, nil)
	old := b
	old.Revision--
	if _, err := r.StartBatch(ctx, BatchStart{Batch: old, Version: v, By: ada}); !fault.Is(err, fault.Conflict) {
		t.Errorf("an older state was started: %v", err)
	}
	if err := r.db.DiscardBatch(ctx, b.ID, ada); err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{
		"discard": r.db.DiscardBatch(ctx, b.ID, ada), "pause": r.PauseBatch(ctx, b.ID, ada), "resume": r.ResumeBatch(ctx, b.ID, ada),
		"map":   r.db.MapBatch(ctx, b, ada, func(*sql.Tx, string) error { return nil }),
		"remap": r.db.RemapBatch(ctx, b),
	} {
		if !fault.Is(err, fault.Conflict) {
			t.Errorf("%s of a discarded batch: %v", what, err)
		}
	}
	if _, _, ok, err := r.db.BeginCheck(ctx, b.ID); ok || err != nil {
		t.Errorf("a discarded batch is checked: %v", err)
	}
	if _, err := r.db.BatchOfRun(ctx, "run_none"); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("no batch: %v", err)
	}
	overtaken := r.file(v, 1, nil)
	if err := r.db.RemapBatch(ctx, overtaken); err != nil {
		t.Fatal(err)
	}
	if gone, err := r.db.KeepRows(ctx, overtaken.ID, 1, []batch.Row{{No: 2}}); !gone || err != nil {
		t.Errorf("a check that was overtaken stored rows: %v", err)
	}
}

// TestWhoMadeTheRowsDoesNotDecide: whoever uploaded a file stands behind its runs, also when somebody else starts it.
func TestWhoMadeTheRowsDoesNotDecide(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	v := r.publish("wf_b", named(id("ask", flow(workflow.FlowApproval, "message", "May it?", "who", workflow.WhoAnyone)), id("a", step("set", "{{ inputs.name }}"))))
	run := r.startBatch(r.file(v, 1, nil), v, func(s *BatchStart) { s.By = bob })
	r.burst(run)
	row := r.items(run, 0)[0]
	r.burst(row.ID)
	uploader := auth.User{ID: ada.ID, Name: "Ada", Roles: []auth.Role{auth.Admin}}
	for _, who := range []auth.User{uploader, bob} {
		if err := r.Approve(t.Context(), row.ID, Answer{Yes: true}, who); !fault.Is(err, fault.Forbidden) {
			t.Errorf("%s decides: %v", who.Name, err)
		}
	}
	if err := r.Approve(t.Context(), row.ID, Answer{Yes: true}, grace); err != nil {
		t.Error(err)
	}
}

// TestUploadsAreBounded: nobody fills the disk with files that are never started; those of others, and what was started or
// discarded, do not count.
func TestUploadsAreBounded(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	v := r.publish("wf_b", named(id("a", step("set", "{{ inputs.name }}"))))
	upload := func(by auth.User) (string, error) {
		id, _, err := r.db.CreateBatch(context.Background(), batch.Batch{WorkflowID: v.WorkflowID, Version: 1, Name: "x.csv"}, []byte("name\n"), by, db.StartKey{}, nil)
		return id, err
	}
	r.startBatch(r.file(v, 1, nil), v, nil)
	first := ""
	for n := 0; ; n++ {
		id, err := upload(ada)
		if fault.Is(err, fault.Conflict) && n > 0 {
			break
		}
		if err != nil || n > 1000 {
			t.Fatalf("%d files, %v", n, err)
		}
		first = id
	}
	if _, err := upload(bob); err != nil {
		t.Errorf("somebody else can't upload: %v", err)
	}
	if err := r.db.DiscardBatch(t.Context(), first, ada); err != nil {
		t.Fatal(err)
	}
	if _, err := upload(ada); err != nil {
		t.Errorf("after one was discarded: %v", err)
	}
}
