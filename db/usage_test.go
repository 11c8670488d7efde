package db

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"caracal/workflow"
)

// manyRuns stores n ended runs of app_1 and a few of another, past the queue and the engine.
func manyRuns(t *testing.T, d *DB, n int) {
	t.Helper()
	err := d.Write(t.Context(), func(tx *sql.Tx) error {
		for i := range n {
			at := testTime.Add(-time.Duration(i) * time.Minute)
			app := "app_1"
			if i%10 == 9 {
				app = "app_2"
			}
			id := NewID("run", at)
			if _, err := exec(t.Context(), tx, `INSERT INTO run (id, workflow_id, version, application_id, name, state, input, started_by, once_token, created_at, job_id, search)
				VALUES ($1, 'wf_1', 1, $2, 'Hire', 'succeeded', '{}', 'u_ada', '', $3, 1, '')`, id, app, stamp(at)); err != nil {
				return err
			}
			for j, action := range []string{"user.create", "group.add_member", "group.add_member"} {
				attempts := 1
				if j == 2 && i%2 == 1 {
					attempts = 0 // skipped
				}
				if _, err := exec(t.Context(), tx, `INSERT INTO run_step (run_id, idx, step_id, title, action, fields, state, attempts, started_at)
					VALUES ($1, $2, $3, 't', $4, '{}', 'done', $5, $6)`, id, j, fmt.Sprint("s", j), action, attempts, stamp(at)); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestActionsUsed counts over 10,000 runs in one aggregate that goes by indexes.
func TestActionsUsed(t *testing.T) {
	t.Parallel()
	d := open(t, Options{})
	manyRuns(t, d, 10_000)
	uses, err := d.ActionsUsed(t.Context(), "app_1", testTime.Add(-365*24*time.Hour))
	want := []Use{{"group.add_member", 9000 + 5000, testTime}, {"user.create", 9000, testTime}}
	if err != nil || !slices.EqualFunc(uses, want, func(a, b Use) bool { return a.What == b.What && a.Times == b.Times && a.Last.Equal(b.Last) }) {
		t.Errorf("a year: %+v %v, want %+v", uses, err, want)
	}
	uses, err = d.ActionsUsed(t.Context(), "app_1", testTime.Add(-9*time.Minute))
	if err != nil || len(uses) != 2 || uses[1].Times != 9 {
		t.Errorf("ten minutes: %+v %v", uses, err)
	}
	if uses, err := d.ActionsUsed(t.Context(), "app_none", time.Time{}.AddDate(2000, 0, 0)); err != nil || len(uses) != 0 {
		t.Errorf("another org: %+v %v", uses, err)
	}
}

// TestUsageGoesByIndexes holds the plans: no run, step or entry of the record is looked at that is not counted.
func TestUsageGoesByIndexes(t *testing.T) {
	t.Parallel()
	d := openFile(t, Options{})
	for query, want := range map[string][]string{
		actionsUsed:     {"SEARCH r USING COVERING INDEX run_by_application (application_id=? AND id>?)", "SEARCH s USING PRIMARY KEY (run_id=?)"},
		operationsTried: {"SEARCH audit USING INDEX audit_by_subject (subject=?)"},
		publishedFor:    {"SEARCH w USING INDEX workflow_by_name (archived=?)", "SEARCH v USING PRIMARY KEY (workflow_id=? AND number=?)"},
	} {
		var plan string
		args := []any{"app_1", "x"}[:strings.Count(query, "$")-strings.Count(query, "'$.")]
		err := rows(t.Context(), d.read, func(r *sql.Rows) error {
			var id, parent, unused int
			var detail string
			err := r.Scan(&id, &parent, &unused, &detail)
			plan += detail + "; "
			return err
		}, "EXPLAIN QUERY PLAN "+query, args...)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range want {
			if !strings.Contains(plan, part) {
				t.Errorf("the plan is %s; want %s", plan, part)
			}
		}
		if strings.Contains(plan, "SCAN") {
			t.Errorf("a whole table is read: %s", plan)
		}
	}
}

func TestOperationsTriedAndPublishedFor(t *testing.T) {
	t.Parallel()
	d := open(t, Options{})
	for _, action := range []string{"operation.sent", "operation.answered", "operation.read", "operation.read"} {
		operation := map[string]string{"operation.sent": "createUser", "operation.answered": "createUser", "operation.read": "listUsers"}[action]
		if err := d.Record(t.Context(), starter, action, "app_1", map[string]any{"operation": operation}); err != nil {
			t.Fatal(err)
		}
	}
	uses, err := d.OperationsTried(t.Context(), "app_1", testTime.Add(-time.Hour))
	if err != nil || len(uses) != 2 || uses[0].What != "createUser" || uses[0].Times != 1 || uses[1].Times != 2 {
		t.Errorf("tried: %+v %v", uses, err)
	}
	if uses, err := d.OperationsTried(t.Context(), "app_1", testTime.Add(time.Hour)); err != nil || len(uses) != 0 {
		t.Errorf("tried later: %+v %v", uses, err)
	}
	for name, app := range map[string]string{"B": "app_1", "A": "app_1", "C": "app_2"} {
		w, err := d.CreateWorkflow(t.Context(), workflow.Definition{Name: name, ApplicationID: app}, starter)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.Publish(t.Context(), w.ID, w.Revision, "", starter); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := d.CreateWorkflow(t.Context(), workflow.Definition{Name: "Draft", ApplicationID: "app_1"}, starter); err != nil {
		t.Fatal(err)
	}
	list, err := d.PublishedFor(t.Context(), "app_1")
	if err != nil || len(list) != 2 || list[0].Definition.Name != "A" || list[1].Definition.Name != "B" {
		t.Errorf("published: %+v %v", list, err)
	}
}
