package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"caracal/db"
	"caracal/form"
	"caracal/internal/testpg"
	"caracal/workflow"
)

// ledger is an executor that keeps what was done to the org, and fails as it is told.
type ledger struct {
	mu    sync.Mutex
	calls []workflow.Call
	done  map[string]int // effects by step, not calls
	do    func(workflow.Call) (workflow.Result, error)
	find  func(workflow.Call) (workflow.Finding, error)
}

func (l *ledger) executor() workflow.Executor {
	return workflow.Executor{
		Do: func(_ context.Context, c workflow.Call) (workflow.Result, error) {
			l.mu.Lock()
			l.calls = append(l.calls, c)
			do := l.do
			l.mu.Unlock()
			if do != nil {
				if r, err := do(c); err != nil || r.Output != nil {
					return r, err
				}
			}
			l.effect(c)
			return workflow.Result{Output: workflow.Output{"id": "00" + c.Input["name"], "password": "s3cret"}, Request: "req-1"}, nil
		},
		Find: func(_ context.Context, c workflow.Call) (workflow.Finding, error) {
			l.mu.Lock()
			find := l.find
			l.mu.Unlock()
			if find == nil {
				return workflow.Finding{}, errors.New("find was not expected")
			}
			return find(c)
		},
	}
}

func (l *ledger) effect(c workflow.Call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.done == nil {
		l.done = map[string]int{}
	}
	l.done[fmt.Sprintf("%s/%d", c.RunID, c.StepIndex)]++
}

func (l *ledger) actions() (names []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.calls {
		names = append(names, c.Action)
	}
	return names
}

func (l *ledger) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls, l.done = nil, nil
}

func (l *ledger) on(do func(workflow.Call) (workflow.Result, error)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.do = do
}

// specs: "make" creates and must not be repeated, "set" may be.
func specs(id string) (workflow.ActionSpec, bool) {
	s, ok := map[string]workflow.ActionSpec{
		"make": {ID: "make", Repeat: workflow.Never, Effect: workflow.Changes,
			Fields:  []form.Field{{Name: "name"}, {Name: "hush", Kind: form.Hidden}},
			Outputs: []workflow.OutputField{{Name: "id"}, {Name: "password", Secret: true}}},
		"set": {ID: "set", Repeat: workflow.Harmless, Effect: workflow.Changes, Fields: []form.Field{{Name: "name"}}},
	}[id]
	return s, ok
}

func version(steps ...workflow.Step) workflow.Version {
	for i := range steps {
		steps[i].ID = fmt.Sprintf("s%d", i+1)
		steps[i].Title = "Step " + steps[i].ID
	}
	return workflow.Version{WorkflowID: "wf_1", Number: 1, Definition: workflow.Definition{Name: "Test", ApplicationID: "app_1", Steps: steps}}
}

func step(action, name string) workflow.Step {
	return workflow.Step{Action: action, Fields: map[string]string{"name": name}}
}

// onPostgres says that this round of the tests is on PostgreSQL.
var onPostgres bool

// newDatabase returns the place of a new database of this round.
func newDatabase(t testing.TB) string {
	t.Helper()
	if !onPostgres {
		return filepath.Join(t.TempDir(), "caracal.db")
	}
	url, err := testpg.Shared(t).Like("migrated", func(url string) error {
		d, err := db.Open(context.Background(), url, db.Options{})
		if err != nil {
			return err
		}
		return d.Close()
	})
	if err != nil {
		t.Fatal(err)
	}
	return url
}

// rig is an engine on a real file whose bursts the test carries out one by one, in place of the queue.
type rig struct {
	*Engine
	t      testing.TB
	path   string
	ledger *ledger
	now    time.Time
	orgLog OrgLog
}

func newRig(t testing.TB) *rig {
	t.Helper()
	return newRigAt(t, newDatabase(t))
}

// newRigAt makes a rig on a database that is there, or on the path of a file.
func newRigAt(t testing.TB, path string) *rig {
	t.Helper()
	r := &rig{t: t, path: path, ledger: &ledger{}, now: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}
	r.open()
	t.Cleanup(func() {
		if err := r.db.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func (r *rig) open() {
	clock := func() time.Time { return r.now }
	d, err := db.Open(context.Background(), r.path, db.Options{Clock: clock})
	if err != nil {
		r.t.Fatal(err)
	}
	if _, err := d.Writer().Exec("DELETE FROM node"); err != nil { // on PostgreSQL the lease finds out that the former node is gone
		r.t.Fatal(err)
	}
	if r.Engine, err = New(Config{DB: d, Executor: r.ledger.executor(), Spec: specs, Clock: clock, OrgLog: r.orgLog}); err != nil {
		r.t.Fatal(err)
	}
	r.settle = 0 // the clock of most tests stands still
}

func (r *rig) start(v workflow.Version) string {
	r.t.Helper()
	id, err := r.StartRun(context.Background(), StartRequest{Version: v, By: ada})
	if err != nil {
		r.t.Fatal(err)
	}
	return id
}

// live returns the run's live jobs: id and when it is due.
func (r *rig) live(runID string) map[int64]time.Time {
	r.t.Helper()
	list, err := r.queue.JobList(context.Background(), river.NewJobListParams().First(1000).States(rivertype.JobStateAvailable,
		rivertype.JobStateScheduled, rivertype.JobStateRetryable, rivertype.JobStateRunning))
	if err != nil {
		r.t.Fatal(err)
	}
	jobs := map[int64]time.Time{}
	for _, job := range list.Jobs {
		var args burst
		if err := json.Unmarshal(job.EncodedArgs, &args); err != nil {
			r.t.Fatal(err)
		}
		if args.Run == runID {
			jobs[job.ID] = job.ScheduledAt.UTC()
		}
	}
	return jobs
}

// burst carries out the run's live bursts, due or not, and returns the run.
func (r *rig) burst(runID string) workflow.Run {
	r.t.Helper()
	for _, id := range slices.Sorted(maps.Keys(r.live(runID))) {
		r.work(runID, id)
	}
	return r.run(runID)
}

func (r *rig) work(runID string, jobID int64) {
	r.t.Helper()
	if err := r.advance(context.Background(), runID, nil); err != nil {
		r.t.Fatal(err)
	}
	// As the queue does when a burst returns.
	if _, err := r.db.Writer().Exec("UPDATE river_job SET state = 'completed', finalized_at = CURRENT_TIMESTAMP WHERE id = $1", jobID); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) run(id string) workflow.Run {
	r.t.Helper()
	run, err := r.db.Run(context.Background(), id)
	if err != nil {
		r.t.Fatal(err)
	}
	return run
}

// expect fails unless the run is in the state and its steps are in these.
func (r *rig) expect(run workflow.Run, state workflow.RunState, steps ...workflow.StepState) {
	r.t.Helper()
	var got []workflow.StepState
	for _, s := range run.Steps {
		got = append(got, s.State)
	}
	if run.State != state || !slices.Equal(got, steps) {
		r.t.Fatalf("the run is %s %v (error %q, wait %q), want %s %v", run.State, got, run.Error, run.WaitReason, state, steps)
	}
}

const (
	pending   = workflow.StepPending
	done      = workflow.StepDone
	failed    = workflow.StepFailed
	uncertain = workflow.StepUncertain
	skipped   = workflow.StepSkipped
)
