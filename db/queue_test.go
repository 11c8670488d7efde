package db

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestQueueState counts jobs by hand: those that are due, with the oldest's wait, those under way and those for later.
func TestQueueState(t *testing.T) {
	t.Parallel()
	d := open(t, Options{})
	if q, err := d.QueueState(t.Context()); err != nil || q != (QueueState{}) {
		t.Fatalf("%+v %v", q, err)
	}
	for _, job := range []struct {
		state string
		in    time.Duration
	}{{"available", -time.Minute}, {"scheduled", -time.Hour}, {"retryable", -time.Second}, {"running", -time.Hour}, {"scheduled", time.Hour}, {"retryable", 2 * time.Hour}, {"completed", -24 * time.Hour}} {
		at, ended := fmt.Sprintf("datetime('now', 'subsec', '%+d seconds')", int(job.in/time.Second)), "NULL"
		if onPostgres {
			at = fmt.Sprintf("now() + interval '%d seconds'", int(job.in/time.Second))
		}
		if job.state == "completed" {
			ended = at
		}
		if _, err := d.Writer().Exec(fmt.Sprintf("INSERT INTO river_job (args, kind, max_attempts, priority, queue, state, scheduled_at, finalized_at) VALUES ('{}', 'run_burst', 9, 1, 'default', '%s', %s, %s)", job.state, at, ended)); err != nil {
			t.Fatal(err)
		}
	}
	q, err := d.QueueState(t.Context())
	near := func(got, want time.Duration) bool { return got > want-time.Minute && got < want+time.Minute }
	if err != nil || q.Due != 3 || q.Running != 1 || q.Later != 2 || !near(q.Lag, time.Hour) || !near(q.Next, time.Hour) {
		t.Errorf("%+v %v", q, err)
	}
	product, err := d.Product(t.Context())
	if want := map[bool]string{false: "SQLite 3.", true: "PostgreSQL 1"}[onPostgres]; err != nil || !strings.HasPrefix(product, want) {
		t.Errorf("%q %v", product, err)
	}
}

func TestInnerRunCounts(t *testing.T) {
	t.Parallel()
	d := open(t, Options{})
	for i, r := range []struct{ state, parent string }{{"queued", "r0"}, {"running", "r0"}, {"running", "r0"}, {"succeeded", "r0"}, {"running", ""}} {
		if _, err := d.Writer().Exec(`INSERT INTO run (id, workflow_id, version, application_id, name, state, input, started_by, once_token, created_at, job_id, search, parent_id)
			VALUES ($1, 'w', 1, 'a', 'n', $2, '{}', 'u', '', '', 0, '', $3)`, fmt.Sprint("r", i), r.state, r.parent); err != nil {
			t.Fatal(err)
		}
	}
	counts, err := d.InnerRunCounts(t.Context())
	if err != nil || counts["queued"] != 1 || counts["running"] != 2 || len(counts) != 2 {
		t.Errorf("%v %v", counts, err)
	}
}
