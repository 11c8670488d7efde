// Package engine moves runs: bursts on River, waits, retries, crash recovery.
//
// The truth is in the run and run_step tables. A job on the queue is only the nudge that makes somebody look:
// one job is one burst, which carries out steps until the run ends or must wait. Before a call its step is
// stored as started, after it as done, so that a crash leaves at most one step of a run in doubt; such a step
// is repeated if that is harmless, else looked up, else asked about. docs/runs.md draws it.
package engine

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivertype"

	"caracal/db"
	"caracal/form"
	"caracal/org"
	"caracal/workflow"
)

// Config is what New needs.
type Config struct {
	DB       *db.DB
	Executor workflow.Executor
	// Spec tells how repeating an action is safe and which of its outputs are secret: Registry.Get.
	Spec   func(actionID string) (workflow.ActionSpec, bool)
	Clock  func() time.Time // DB.Clock when nil
	Logger *slog.Logger     // discards when nil

	// CheckBatch looks at the rows of an uploaded batch; nil where none are uploaded. A fault of the kind Busy lets it
	// be called again later, and any other error soon.
	CheckBatch func(ctx context.Context, batchID string) error

	Workers   int           // bursts at once, and as many again of runs that are one of many; 20 when 0
	Reconcile time.Duration // how often to look for stranded runs; a minute when 0
	Settle    time.Duration // how long after an uncertain call "it is not there" is believed; 10 s when 0

	Idle    bool          // runs are accepted here and moved by other nodes
	Lease   time.Duration // how long another node may be silent before its runs are taken up; 15 s when 0
	Node    string        // what to call this node on the page of nodes; the host's name when ""
	Version string
	Mode    string // what the node does, for that page: all, web or worker
	// OrgLog reads the logs of orgs for the triggers that listen to them, and Resolve turns what a form's pickers hold into
	// ids of the application's org, as connect.ResolvePickers does. Without them no log is read and no input looked up.
	OrgLog  OrgLog
	Resolve func(ctx context.Context, applicationID string, f *form.Form) error
	// Room says how many calls of an urgency a rate limit of an application's org takes now, and, if none, when it
	// takes the next ones, zero when that is not known. Runs that wait for one rest until there is room. nil is a limit
	// that is open again as soon as the time is over that the runs were told.
	Room func(ctx context.Context, applicationID, bucket string, u org.Urgency) (calls int, opens time.Time)
	// OnRelease is called after another node was found to be gone.
	OnRelease func(context.Context)

	// Plans holds runs to the plan that they were started from.
	Plans PlanChecks

	// Nudge makes an engine without a queue, for a rehearsal: it is told which run to look at and when, and whoever
	// made the engine calls Advance. Start is not called. Lookup finds the workflows that steps call; nil is DB.
	Nudge  func(runID string, due time.Time)
	Lookup Lookup
	Chance io.Reader // what random values are made of; the system's when nil
}

// Lookup finds workflows and their versions, as db.DB does.
type Lookup interface {
	Workflow(ctx context.Context, id string) (workflow.Workflow, error)
	WorkflowVersion(ctx context.Context, id string, number int) (workflow.Version, error)
}

// Engine moves runs. Safe for concurrent use.
type Engine struct {
	db        *db.DB
	execute   workflow.Executor
	spec      func(string) (workflow.ActionSpec, bool)
	clock     func() time.Time
	log       *slog.Logger
	queue     *river.Client[*sql.Tx]
	every     time.Duration
	settle    time.Duration
	stopping  atomic.Bool
	halt      context.CancelFunc
	done      sync.WaitGroup
	running   keyedLock // one burst of a run at a time, whatever the queue says
	published definitions
	frames    frames
	changed   broadcast
	events    broadcast // there is something to be started because of an event

	orgLog    OrgLog
	logPage   int
	hooks     hookTries
	resolve   func(ctx context.Context, applicationID string, f *form.Form) error
	idle      bool
	here      *presence
	bursts    atomic.Int64 // under way
	onRelease func(context.Context)
	room      func(ctx context.Context, applicationID, bucket string, u org.Urgency) (int, time.Time)
	limits    limits
	nudge     func(runID string, due time.Time)
	lookup    Lookup
	chance    io.Reader
	plans     PlanChecks
}

// New makes an engine that accepts runs and does not move them before Start.
func New(c Config) (*Engine, error) {
	if c.DB == nil || c.Executor.Do == nil || c.Executor.Find == nil || c.Spec == nil {
		return nil, errors.New("make engine: DB, Executor.Do, Executor.Find and Spec are needed")
	}
	e := &Engine{db: c.DB, execute: c.Executor, spec: c.Spec, clock: c.Clock, log: c.Logger, every: c.Reconcile, settle: c.Settle,
		idle: c.Idle, onRelease: c.OnRelease, room: c.Room, nudge: c.Nudge, lookup: c.Lookup, chance: c.Chance,
		orgLog: c.OrgLog, logPage: logPageSize, resolve: c.Resolve, plans: c.Plans}
	if e.clock == nil {
		e.clock = c.DB.Clock
	}
	if e.log == nil {
		e.log = slog.New(slog.DiscardHandler)
	}
	if e.lookup == nil {
		e.lookup = c.DB
	}
	if e.every <= 0 {
		e.every = time.Minute
	}
	if e.settle <= 0 {
		e.settle = 10 * time.Second
	}
	if c.Workers <= 0 {
		c.Workers = 20
	}
	e.here = newPresence(c)
	if e.nudge != nil {
		return e, nil
	}
	workers := river.NewWorkers()
	if err := river.AddWorkerSafely(workers, &burstWorker{engine: e}); err != nil {
		return nil, fmt.Errorf("make engine: %w", err)
	}
	if c.CheckBatch != nil {
		if err := river.AddWorkerSafely(workers, &checkWorker{engine: e, check: c.CheckBatch}); err != nil {
			return nil, fmt.Errorf("make engine: %w", err)
		}
	}
	var err error
	e.queue, err = river.NewClient(driverOf(c.DB), &river.Config{
		ID: c.DB.NodeID(),
		// Two lines, each with its own places, so that neither of a run and the items of a long list waits for the other.
		Queues:  map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: c.Workers}, bulkQueue: {MaxWorkers: c.Workers}},
		Workers: workers,
		Logger:  slog.New(atLeast{e.log.Handler(), slog.LevelWarn}),
		// The default cooldown would cap the rate at Workers every 100 ms.
		FetchCooldown: 10 * time.Millisecond,
		// A burst ends by itself: each call has its own time limit. A second one started by a clock would run
		// beside the first; a dead process's bursts are released at boot instead.
		JobTimeout:           -1,
		RescueStuckJobsAfter: 365 * 24 * time.Hour,
		MaxAttempts:          10_000, // of a burst that the database refused; steps count their own
		RetryPolicy:          retryPolicy{c.DB.QueueNow},
		// Meant for tests. The node that has the lead looks by it which jobs are due, and its clock may be wrong.
		Test: river.TestConfig{Time: queueClock{c.DB.QueueNow}},
	})
	if err != nil {
		return nil, fmt.Errorf("make engine: %w", err)
	}
	c.DB.OnChange(e.changed.tell)
	return e, nil
}

// driverOf returns the queue's driver for a database. On PostgreSQL a burst is heard of when it is queued; on SQLite
// the queue looks by itself.
func driverOf(d *db.DB) riverdriver.Driver[*sql.Tx] {
	if d.Shared() {
		return riverdatabasesql.NewWithPgxListener(d.Writer(), d.Listener())
	}
	return riversqlite.New(d.Writer())
}

// Start puts right what processes left behind that are gone, and begins to move runs until Stop. ctx bounds only the
// putting right.
func (e *Engine) Start(ctx context.Context) error {
	if err := e.beat(ctx); err != nil {
		return fmt.Errorf("join the nodes: %w", err)
	}
	run, halt := context.WithCancel(context.WithoutCancel(ctx))
	e.halt = halt
	e.done.Go(func() { e.beatForever(run) })
	if e.idle {
		return nil
	}
	released, err := e.db.ReleaseJobs(ctx)
	if err != nil {
		return fmt.Errorf("release jobs: %w", err)
	}
	stranded, err := e.reconcile(ctx, true)
	if err != nil {
		return fmt.Errorf("reconcile: %w", err)
	}
	if released > 0 || stranded > 0 {
		e.log.InfoContext(ctx, "took up runs that the last process left", "released", released, "stranded", stranded)
	}
	if !e.db.Shared() { // whoever had taken up a look at a log is gone
		if err := e.db.ResetLooks(ctx); err != nil {
			return fmt.Errorf("take up the reading of logs: %w", err)
		}
	}
	if err := e.queue.Start(run); err != nil {
		return fmt.Errorf("start queue: %w", err)
	}
	e.done.Go(func() { e.reconcileForever(run) })
	e.done.Go(func() { e.tickForever(run) })
	e.done.Go(func() { e.eventsForever(run) })
	e.done.Go(func() { e.pollForever(run) })
	e.done.Go(func() { e.wakeForever(run) })
	e.done.Go(func() { e.linkForever(run) })
	return nil
}

// Stop lets every step in flight finish and be recorded, then returns; no step begins after it was called. If
// ctx ends first, the calls in flight are abandoned, which the next start treats like a crash.
func (e *Engine) Stop(ctx context.Context) error {
	if e.halt == nil {
		return nil // never started
	}
	e.stopping.Store(true)
	var err error
	if !e.idle {
		err = e.queue.Stop(ctx)
	}
	e.halt()
	e.done.Wait()
	if err != nil {
		return fmt.Errorf("stop queue: %w", err)
	}
	return e.db.LeaveNode(ctx)
}

func (e *Engine) now() time.Time { return e.clock().UTC().Truncate(time.Microsecond) }

// burst is the job: a nudge to look at one run.
type burst struct {
	Run string `json:"run"`
}

// Kind names the job in the queue's table; never rename it.
func (burst) Kind() string { return "run_burst" }

// enqueue puts a burst on the queue in a transaction, due at a time by the engine's clock; the zero time is
// now.
func (e *Engine) enqueue(ctx context.Context, tx *sql.Tx, runID string, due time.Time) (int64, error) {
	if e.nudge != nil {
		e.nudge(runID, due)
		return 1, nil // any number but 0, which is a run that has not begun
	}
	urgency, err := e.db.Urgency(ctx, tx, runID)
	if err != nil {
		return 0, fmt.Errorf("queue run %q: %w", runID, err)
	}
	opts := lineOf(urgency)
	if wait := due.Sub(e.now()); !due.IsZero() && wait > 0 {
		opts.ScheduledAt = e.db.QueueNow().Add(wait) // the queue has no clock but the real one
	}
	job, err := e.queue.InsertTx(ctx, tx, burst{Run: runID}, opts)
	if err != nil {
		return 0, fmt.Errorf("queue run %q: %w", runID, err)
	}
	return job.Job.ID, nil
}

// queueClock is what the queue's own reckoning goes by; what it stores is timed by the database.
type queueClock struct{ now func() time.Time }

// Now returns the time.
func (c queueClock) Now() time.Time { return c.now() }

// NowOrNil returns nil: the database's own time is taken.
func (queueClock) NowOrNil() *time.Time { return nil }

// retryPolicy spaces the attempts of a burst that failed for a reason of our own, such as a full disk: 1, 2,
// 4, … seconds, at most a minute.
type retryPolicy struct{ now func() time.Time }

// NextRetry returns when to try again.
func (p retryPolicy) NextRetry(job *rivertype.JobRow) time.Time {
	return p.now().Add(min(time.Minute, time.Second<<min(len(job.Errors), 6)))
}

// atLeast drops log records below a level: the queue's own news is noise to ours.
type atLeast struct {
	slog.Handler
	level slog.Level
}

// Enabled reports whether the record is important enough.
func (h atLeast) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= h.level && h.Handler.Enabled(ctx, level)
}
