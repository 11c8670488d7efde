package db

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"caracal/auth"
	"caracal/fault"
	"caracal/workflow"
)

var starter = auth.User{ID: "u_ada", Name: "Ada"}

// noQueue stands for a queue that takes everything; job ids start at 1.
func noQueue(*sql.Tx, string) (int64, error) { return 1, nil }

func testRun(token string) workflow.Run {
	return workflow.Run{WorkflowID: "wf_1", Version: 2, ApplicationID: "app_1", Name: "New hire", StartedBy: starter.ID, OnceToken: token,
		Input: map[string]string{"email": "Grace@example.com"},
		Steps: []workflow.RunStep{
			{StepID: "create", Title: "Create", Action: "user.create", Fields: map[string]string{"login": "{{ inputs.email }}"}},
			{StepID: "add", Title: "Add", Action: "group.add_member"},
		}}
}

func create(t *testing.T, d *DB, r workflow.Run) string {
	t.Helper()
	id, created, err := d.CreateRun(t.Context(), r, starter, noQueue)
	if err != nil || !created {
		t.Fatal(created, err)
	}
	return id
}

func TestCreateRunOnce(t *testing.T) {
	t.Parallel()
	d := open(t, Options{})
	first := create(t, d, testRun("tok"))
	second, created, err := d.CreateRun(t.Context(), testRun("tok"), starter, noQueue)
	if err != nil || created || second != first {
		t.Fatalf("double click: %q %v %v, want %q", second, created, err, first)
	}
	other := testRun("tok")
	other.WorkflowID = "wf_2"
	if _, _, err := d.CreateRun(t.Context(), other, starter, noQueue); !fault.Is(err, fault.Conflict) {
		t.Errorf("another workflow with the token: %v", err)
	}
	if _, _, err := d.CreateRun(t.Context(), testRun("tok"), auth.User{ID: "u_eve"}, noQueue); !fault.Is(err, fault.Conflict) {
		t.Errorf("another person with the token: %v", err)
	}
	if third := create(t, d, testRun("")); third == create(t, d, testRun("")) {
		t.Error("runs without a token are one")
	}
	if _, _, err := d.CreateRun(t.Context(), testRun("new"), starter, func(*sql.Tx, string) (int64, error) { return 0, errors.New("queue") }); err == nil {
		t.Error("the queue's refusal is lost")
	}
	r, err := d.Run(t.Context(), first)
	if err != nil {
		t.Fatal(err)
	}
	if r.State != workflow.RunQueued || len(r.Steps) != 2 || r.Steps[0].Fields["login"] != "{{ inputs.email }}" ||
		r.Steps[1].State != workflow.StepPending || r.Input["email"] != "Grace@example.com" || !r.CreatedAt.Equal(testTime) || r.Revision != 1 {
		t.Errorf("read back: %+v", r)
	}
	if list, _, err := d.RunList(t.Context(), RunFilter{}); err != nil || len(list) != 3 {
		t.Errorf("%d runs (%v), want 3", len(list), err)
	}
	if _, err := d.Run(t.Context(), "run_none"); !errors.Is(err, ErrNotFound) {
		t.Errorf("no run: %v", err)
	}
}

func TestSaveProgress(t *testing.T) {
	t.Parallel()
	d := open(t, Options{})
	id := create(t, d, testRun(""))
	r, err := d.Run(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	first, second := r.Steps[0], r.Steps[1]
	first.State, first.Output, first.Attempts, first.StartedAt = workflow.StepDone, workflow.Output{"id": "00u1"}, 1, testTime
	second.State, second.Input = workflow.StepStarted, map[string]string{"user": "00u1"}
	now, err := d.SaveProgress(t.Context(), Progress{RunID: id, Past: []workflow.RunStep{first}, Next: &second, State: workflow.RunRunning}, nil)
	if err != nil || now != workflow.RunRunning {
		t.Fatal(now, err)
	}
	if r, err = d.Run(t.Context(), id); err != nil || r.Steps[0].Output["id"] != "00u1" || r.Steps[1].State != workflow.StepStarted ||
		r.Steps[1].Input["user"] != "00u1" || r.Steps[1].Output != nil || r.StartedAt.IsZero() || r.Revision != 2 {
		t.Fatalf("%+v %v", r, err)
	}
	if _, err := d.SaveProgress(t.Context(), Progress{RunID: id, State: workflow.RunSucceeded}, func(*sql.Tx, workflow.RunState) (int64, error) {
		return 0, errors.New("queue")
	}); err == nil {
		t.Fatal("the queue's refusal is lost")
	}
	if err := d.CancelRun(t.Context(), id, starter, func(*sql.Tx, int64) error { return nil }, nil); err != nil {
		t.Fatal(err)
	}
	second.State = workflow.StepDone
	now, err = d.SaveProgress(t.Context(), Progress{RunID: id, Past: []workflow.RunStep{second}, State: workflow.RunSucceeded}, nil)
	if err != nil || now != workflow.RunCancelled {
		t.Fatalf("after cancel: %s %v", now, err)
	}
	if r, err = d.Run(t.Context(), id); err != nil || r.State != workflow.RunCancelled || r.Steps[1].State != workflow.StepDone {
		t.Errorf("what was done is not recorded: %+v %v", r, err)
	}
	if err := d.CancelRun(t.Context(), id, starter, func(*sql.Tx, int64) error { return errors.New("called") }, nil); err != nil {
		t.Errorf("cancel twice: %v", err)
	}
	if _, _, err := d.AuditVerify(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestRunList(t *testing.T) {
	t.Parallel()
	now := testTime
	d := open(t, Options{Clock: func() time.Time { return now }})
	var ids []string
	for i := range 25 {
		now = now.Add(time.Minute)
		r := testRun("")
		r.WorkflowID, r.ApplicationID = fmt.Sprintf("wf_%d", i%2), fmt.Sprintf("app_%d", i%3)
		r.StartedBy = []string{"u_ada", "u_bob"}[i%2]
		r.Input = map[string]string{"n": fmt.Sprintf("Case-%02d", i)}
		ids = append(ids, create(t, d, r))
	}
	if err := d.CancelRun(t.Context(), ids[4], starter, func(*sql.Tx, int64) error { return nil }, nil); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		filter RunFilter
		want   int
	}{
		"all":              {RunFilter{}, 25},
		"workflow":         {RunFilter{WorkflowID: "wf_0"}, 13},
		"application":      {RunFilter{ApplicationID: "app_1"}, 8},
		"state":            {RunFilter{State: workflow.RunCancelled}, 1},
		"under way":        {RunFilter{UnderWay: true}, 24},
		"person":           {RunFilter{StartedBy: "u_bob"}, 12},
		"from":             {RunFilter{From: testTime.Add(20 * time.Minute)}, 6},
		"to":               {RunFilter{To: testTime.Add(20 * time.Minute)}, 19},
		"text":             {RunFilter{Query: "case-07"}, 1},
		"two words":        {RunFilter{Query: "HIRE case-1"}, 10},
		"id":               {RunFilter{Query: ids[3]}, 1},
		"wildcards":        {RunFilter{Query: "case-%"}, 0},
		"workflow + state": {RunFilter{WorkflowID: "wf_0", State: workflow.RunQueued}, 12},
	} {
		got, pages := 0, 0
		f := c.filter
		f.Limit = 5
		last := "zzz"
		for {
			list, next, err := d.RunList(t.Context(), f)
			if err != nil {
				t.Fatal(name, err)
			}
			for _, r := range list {
				if r.ID >= last {
					t.Fatalf("%s: %s does not come after %s", name, r.ID, last)
				}
				last = r.ID
			}
			got += len(list)
			pages++
			if f.After = next; next == "" {
				break
			}
		}
		if got != c.want {
			t.Errorf("%s: %d runs in %d pages, want %d", name, got, pages, c.want)
		}
	}
	counts, err := d.RunCounts(t.Context(), RunFilter{})
	if err != nil || counts[workflow.RunQueued] != 24 || counts[workflow.RunCancelled] != 1 {
		t.Errorf("counts: %v %v", counts, err)
	}
	people, err := d.RunPeople(t.Context())
	if err != nil || len(people) != 2 {
		t.Errorf("people: %v %v", people, err)
	}
	waiting, err := d.RunsWaitingOn(t.Context(), "app_1")
	if err != nil || len(waiting) != 7 {
		t.Errorf("waiting on app_1: %d %v, want 7", len(waiting), err)
	}
}

// TestRunListUsesIndexes holds the plans, not the times: a list must never sort or read the whole table.
func TestRunListUsesIndexes(t *testing.T) {
	t.Parallel()
	d := openFile(t, Options{})
	for _, f := range []RunFilter{{}, {WorkflowID: "w"}, {ApplicationID: "a"}, {State: workflow.RunFailed}, {StartedBy: "u"}, {Query: "x"}, {From: testTime}} {
		w := f.where()
		var plan string
		err := rows(t.Context(), d.read, func(r *sql.Rows) error {
			var id, parent, unused int
			var detail string
			err := r.Scan(&id, &parent, &unused, &detail)
			plan += detail + "; "
			return err
		}, "EXPLAIN QUERY PLAN SELECT id FROM run"+w.String()+" ORDER BY id DESC LIMIT 50", w.args...)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(plan, "TEMP B-TREE") {
			t.Errorf("%+v: %s", f, plan)
		}
		if !strings.Contains(plan, "COVERING INDEX") {
			t.Errorf("%+v reads whole rows: %s", f, plan)
		}
	}
}
