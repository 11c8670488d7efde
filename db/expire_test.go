package db

import (
	"database/sql"
	"errors"
	"testing"
	"time"

	"caracal/batch"
	"caracal/plan"
	"caracal/trigger"
	"caracal/workflow"
)

// TestExpire: what ended before the time goes with everything that hangs on it; what is under way, newer, or gone by in a
// later run stays, and so does the record.
func TestExpire(t *testing.T) {
	t.Parallel()
	now := testTime
	d := open(t, Options{Clock: func() time.Time { return now }})
	flow, err := d.CreateWorkflow(t.Context(), workflow.Definition{Name: "Greet"}, ada)
	if err != nil {
		t.Fatal(err)
	}
	set := func(query string, args ...any) {
		t.Helper()
		if err := d.Write(t.Context(), func(tx *sql.Tx) error { return change(t.Context(), tx, query, args...) }); err != nil {
			t.Fatal(err)
		}
	}
	make := func(token string, ended bool) string {
		t.Helper()
		id := create(t, d, testRun(token))
		if ended {
			set("UPDATE run SET state = 'succeeded', ended_at = $2 WHERE id = $1", id, stamp(now))
		}
		return id
	}
	file := func(run string) string {
		t.Helper()
		id, _, err := d.CreateBatch(t.Context(), batch.Batch{WorkflowID: flow.ID, Version: 1, Name: "hires.csv", Columns: []string{"email"}, Rows: 1}, []byte("email\ngrace@example.com\n"), ada, StartKey{},
			func(*sql.Tx, string) error { return nil })
		if err != nil {
			t.Fatal(err)
		}
		if run != "" {
			set("UPDATE batch SET state = 'started', run_id = $2 WHERE id = $1", id, run)
		}
		return id
	}
	tr, err := d.CreateTrigger(t.Context(), trigger.Trigger{WorkflowID: flow.ID, Kind: trigger.Webhook, Name: "Desk", Address: trigger.NewAddress()}, ada)
	if err != nil {
		t.Fatal(err)
	}
	set("INSERT INTO trigger_event (id, trigger_id, at, outcome, body) VALUES ('evt_1', $1, $2, 'started', '{\"mail\": \"grace@example.com\"}')", tr.ID, stamp(now))
	plain, open, continued, whole := make("a", true), make("b", false), make("c", true), make("d", true)
	child, grandchild := make("e", true), make("f", true)
	set("UPDATE run SET parent_id = $2 WHERE id = $1", child, whole)
	set("UPDATE run SET parent_id = $2 WHERE id = $1", grandchild, child)
	around, row := make("j", true), make("k", true) // of which a row alone is taken back later
	set("UPDATE run SET parent_id = $2 WHERE id = $1", row, around)
	ran, waiting := file(whole), file("")
	rehearsal, err := d.CreateRehearsal(t.Context(), plan.Subject{Kind: plan.Draft, WorkflowID: flow.ID}, ada)
	if err != nil {
		t.Fatal(err)
	}
	set("UPDATE rehearsal SET state = 'ready' WHERE id = $1", rehearsal.ID)

	now = now.Add(100 * 24 * time.Hour)
	later, young := make("g", true), make("h", true)
	set("UPDATE run SET continues = $2 WHERE id = $1", later, continued)
	undo := make("l", false)
	set("UPDATE run SET undoes = $2 WHERE id = $1", undo, row)
	fresh := file("") // an upload takes the person's older ones that were never started along
	done, err := d.Expire(t.Context(), now.Add(-90*24*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if want := (Expired{Runs: 4, Batches: 1, Rehearsals: 1, Events: 1}); done != want {
		t.Errorf("deleted %+v, want %+v", done, want)
	}
	for id, want := range map[string]bool{plain: false, whole: false, child: false, grandchild: false, open: true, continued: true, later: true, young: true, around: true, row: true, undo: true} {
		if _, err := d.Run(t.Context(), id); errors.Is(err, ErrNotFound) == want {
			t.Errorf("run %s: %v, want it there %v", id, err, want)
		}
	}
	for id, want := range map[string]bool{ran: false, waiting: false, fresh: true} {
		if _, err := d.Batch(t.Context(), id); errors.Is(err, ErrNotFound) == want {
			t.Errorf("file %s: %v, want it there %v", id, err, want)
		}
	}
	left := 0
	if err := d.read.QueryRowContext(t.Context(), "SELECT (SELECT count(*) FROM run_step WHERE run_id NOT IN (SELECT id FROM run)) + (SELECT count(*) FROM batch_row WHERE batch_id NOT IN (SELECT id FROM batch))").Scan(&left); err != nil || left != 0 {
		t.Errorf("%d rows are left of what was deleted, %v", left, err)
	}
	if list, _, err := d.AuditList(t.Context(), AuditFilter{Subject: plain}); err != nil || len(list) == 0 {
		t.Errorf("%d audit lines about a deleted run, %v", len(list), err)
	}
	if _, _, err := d.AuditVerify(t.Context()); err != nil {
		t.Error(err)
	}
	now = now.Add(100 * 24 * time.Hour)
	if done, err = d.Expire(t.Context(), now.Add(-90*24*time.Hour)); err != nil || done.Runs != 3 { // the later run, then what it went by
		if more, err2 := d.Expire(t.Context(), now.Add(-90*24*time.Hour)); err2 != nil || done.Runs+more.Runs != 3 {
			t.Errorf("then %+v and %+v, %v, %v", done, more, err, err2)
		}
	}
	if again, err := d.Expire(t.Context(), now.Add(-90*24*time.Hour)); err != nil || again.Any() {
		t.Errorf("a second time %+v, %v", again, err)
	}
	// A process that ended in between left what stands within a run that is gone.
	orphan := make("i", true)
	set("UPDATE run SET parent_id = 'run_gone' WHERE id = $1", orphan)
	if done, err := d.Expire(t.Context(), now.Add(-90*24*time.Hour)); err != nil || done.Runs != 1 {
		t.Errorf("left behind: %+v, %v", done, err)
	}
}
