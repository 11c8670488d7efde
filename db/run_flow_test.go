package db

import (
	"database/sql"
	"io/fs"
	"path/filepath"
	"testing"
	"time"

	"github.com/pressly/goose/v3"

	"caracal/workflow"
)

// TestStepsBeforeFlow takes up a file from before steps could wait: its runs are as they were, and can go on.
func TestStepsBeforeFlow(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "caracal.db")
	pool, err := sql.Open("sqlite", path+"?_pragma=foreign_keys(1)")
	if err != nil {
		t.Fatal(err)
	}
	files, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		t.Fatal(err)
	}
	old, err := goose.NewProvider(goose.DialectSQLite3, pool, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := old.UpTo(t.Context(), 4); err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{
		`INSERT INTO run (id, workflow_id, version, application_id, name, state, input, started_by, once_token, created_at, job_id, search)
			VALUES ('run_old', 'wf_1', 1, 'app_1', 'Old', 'waiting', '{"a":"b"}', 'u_ada', '', '2026-03-31T09:30:00.000000Z', 7, 'old')`,
		`INSERT INTO run_step (run_id, idx, step_id, title, action, fields, state, input, output, attempts, started_at, ended_at)
			VALUES ('run_old', 0, 'one', 'One', 'group.create', '{"name":"x"}', 'done', '{"name":"x"}', '{"id":"00g1"}', 1, '2026-03-31T09:30:00.000000Z', '2026-03-31T09:30:01.000000Z')`,
		`INSERT INTO run_step (run_id, idx, step_id, title, action, fields, state) VALUES ('run_old', 1, 'two', 'Two', 'group.delete', '{}', 'pending')`,
	} {
		if _, err := pool.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
	if err := pool.Close(); err != nil {
		t.Fatal(err)
	}
	d := openAt(t, path, Options{})
	r, err := d.Run(t.Context(), "run_old")
	if err != nil || len(r.Steps) != 2 {
		t.Fatalf("%+v %v", r, err)
	}
	one, two := r.Steps[0], r.Steps[1]
	if one.State != workflow.StepDone || one.Output["id"] != "00g1" || one.Attempts != 1 || one.EndedAt.IsZero() || two.State != workflow.StepPending || two.Output != nil ||
		one.Control != (workflow.Control{}) || !one.DueAt.IsZero() {
		t.Errorf("%+v", r.Steps)
	}
	two.State, two.DueAt = workflow.StepWaiting, testTime.Add(time.Hour)
	if _, err := d.SaveProgress(t.Context(), Progress{RunID: r.ID, Past: []workflow.RunStep{two}, State: workflow.RunWaiting, WaitUntil: two.DueAt}, nil); err != nil {
		t.Fatal(err)
	}
	if r, err = d.Run(t.Context(), r.ID); err != nil || r.Steps[1].State != workflow.StepWaiting || !r.Steps[1].DueAt.Equal(two.DueAt) {
		t.Errorf("%+v %v", r.Steps, err)
	}
	if _, err := d.write.Exec("DELETE FROM run WHERE id = 'run_old'"); err != nil {
		t.Fatal(err)
	}
	var left int
	if err := d.read.QueryRow("SELECT count(*) FROM run_step").Scan(&left); err != nil || left != 0 {
		t.Errorf("%d steps of a run that is gone, %v", left, err)
	}
}
