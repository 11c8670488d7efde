package db

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"caracal/auth"
	"caracal/fault"
	"caracal/trigger"
	"caracal/workflow"
)

// Start is a run to be stored, with what goes into the same transaction.
type Start struct {
	Run   workflow.Run
	By    auth.User     // of the audit line
	Key   StartKey      // zero for none
	Proof StartKey      // the same for what proved the request, which Key may be outside of
	Event trigger.Event // without a TriggerID there is none; its outcome and run are filled in
	Seen  int64         // of a run that continues another: TreeRevision of that, when this was planned
	Again []string      // of a run that continues another: the steps that a person allowed to be done again, for the audit line
	Plan  RunPlan       // that the run is started from; one without an id is none
	Freed string        // of a run that continues another: hash of the plan that it is not held to any more, for the audit line
}

// StartKey makes a request one that starts a run once.
type StartKey struct {
	Scope  string // whose key it is
	Key    string
	Body   string // hash of what was sent; the same key with another body is a conflict
	Life   time.Duration
	Replay bool // coming again is refused, and does not lead to the first one's run
}

// StartedRun is what StartRun gives.
type StartedRun struct {
	ID       string
	Created  bool      // false: it is the run of an earlier request
	BeginsAt time.Time // zero is at once
}

// EnqueueRun puts a run's first burst on the queue, due at a time; the zero time is now.
type EnqueueRun func(tx *sql.Tx, runID string, due time.Time) (jobID int64, err error)

// StartRun stores a run with its steps, its first burst, its audit line, its key and its event: all or none. The guard
// rails of its trigger say when it may begin, or refuse it with a fault. r.ID and the times are given here.
func (d *DB) StartRun(ctx context.Context, s Start, enqueue EnqueueRun) (out StartedRun, err error) {
	err = d.Write(ctx, func(tx *sql.Tx) error {
		out, err = d.startRun(ctx, tx, s, enqueue)
		return err
	})
	if err != nil {
		return StartedRun{}, err
	}
	return out, nil
}

func (d *DB) startRun(ctx context.Context, tx *sql.Tx, s Start, enqueue EnqueueRun) (out StartedRun, err error) {
	if out.ID, err = d.usedKey(ctx, tx, s.Key); err != nil || out.ID != "" {
		if err == nil && s.Event.TriggerID != "" {
			s.Event.Outcome, s.Event.RunID, s.Event.Words = trigger.Repeated, out.ID, "This request was sent before; it is answered with the run that it started then."
			if s.Event.Status != 0 {
				s.Event.Status = 200
			}
			err = d.addEvent(ctx, tx, s.Event)
		}
		return out, err
	}
	if _, err := d.usedKey(ctx, tx, s.Proof); err != nil {
		return out, err
	}
	r := s.Run
	r.CreatedAt = d.Now()
	r.ID = NewID("run", r.CreatedAt)
	if r.OnceToken != "" {
		if out.ID, err = usedOnceToken(ctx, tx, r, s.By); err != nil || out.ID != "" {
			return out, err
		}
	}
	if r.Continues != "" {
		if out.ID, err = continuation(ctx, tx, &r, s.Seen); err != nil || out.ID != "" {
			return out, err
		}
	}
	if err := d.placeRun(ctx, tx, &r); err != nil {
		return out, err
	}
	if err := insertRun(ctx, tx, r, 0); err != nil {
		return out, err
	}
	jobID, err := enqueue(tx, r.ID, r.BeginsAt)
	if err != nil {
		return out, err
	}
	if err := change(ctx, tx, "UPDATE run SET job_id = $1 WHERE id = $2", jobID, r.ID); err != nil {
		return out, err
	}
	if err := insertRunPlan(ctx, tx, r.ID, s.Plan); err != nil {
		return out, err
	}
	for _, k := range []StartKey{s.Key, s.Proof} {
		if k.Key == "" {
			continue
		}
		if err := addKey(ctx, tx, k, r); err != nil {
			return out, err
		}
	}
	if s.Event.TriggerID != "" {
		s.Event.Outcome, s.Event.RunID = trigger.Started, r.ID
		if !r.BeginsAt.IsZero() {
			s.Event.Outcome, s.Event.Words = trigger.Waits, strings.TrimSpace(s.Event.Words+" "+r.WaitReason)
		}
		if err := d.addEvent(ctx, tx, s.Event); err != nil {
			return out, err
		}
	}
	detail := map[string]any{"workflow": r.WorkflowID, "version": r.Version, "application": r.ApplicationID}
	if r.Via != "" {
		detail["via"], detail["for"] = r.Via, r.StartedBy
	}
	if r.TriggerID != "" {
		detail["trigger"] = r.TriggerID
	}
	if r.Continues != "" {
		detail["continues"] = r.Continues
		how := map[string]any{"run": r.ID, "version": r.Version, "again": s.Again}
		if s.Freed != "" {
			how["without_plan"] = s.Freed
		}
		if err := d.appendAudit(ctx, tx, s.By, "run.continued", r.Continues, how); err != nil {
			return out, err
		}
	}
	if s.Plan.RehearsalID != "" {
		detail["rehearsal"], detail["plan"] = s.Plan.RehearsalID, s.Plan.Hash
	}
	return StartedRun{ID: r.ID, Created: true, BeginsAt: r.BeginsAt}, d.appendAudit(ctx, tx, s.By, "run.started", r.ID, detail)
}

func addKey(ctx context.Context, tx *sql.Tx, k StartKey, r workflow.Run) error {
	_, err := exec(ctx, tx, "INSERT INTO start_key (scope, key, body, run_id, ends_at) VALUES ($1, $2, $3, $4, $5)",
		k.Scope, k.Key, k.Body, r.ID, stamp(r.CreatedAt.Add(k.Life)))
	return err
}

// usedKey returns the run that a key started, "" when it is new. Keys that have ended are forgotten here.
func (d *DB) usedKey(ctx context.Context, tx *sql.Tx, k StartKey) (runID string, err error) {
	if k.Key == "" {
		return "", nil
	}
	if _, err := exec(ctx, tx, "DELETE FROM start_key WHERE ends_at <= $1", stamp(d.Now())); err != nil {
		return "", err
	}
	var body string
	err = tx.QueryRowContext(ctx, "SELECT run_id, body FROM start_key WHERE scope = $1 AND key = $2", k.Scope, k.Key).Scan(&runID, &body)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return "", nil
	case err != nil:
		return "", err
	case k.Replay:
		f := fault.New(fault.Conflict, "This signed delivery was received before, so it was not carried out again; sign each delivery anew.")
		f.Code = trigger.CodeReplay
		return "", f
	case body != k.Body:
		f := fault.New(fault.Conflict, "This idempotency key was used for another request in the last 24 hours; use a new key for each request.")
		f.Code = "idempotency_key"
		return "", f
	}
	return runID, nil
}

func usedOnceToken(ctx context.Context, tx *sql.Tx, r workflow.Run, by auth.User) (id string, err error) {
	var workflowID, startedBy string
	err = tx.QueryRowContext(ctx, "SELECT id, workflow_id, started_by FROM run WHERE once_token = $1", r.OnceToken).Scan(&id, &workflowID, &startedBy)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err == nil && (workflowID != r.WorkflowID || startedBy != by.ID) {
		err = fault.New(fault.Conflict, "This form was already used to start another run; open the workflow again and fill a new one.")
	}
	return id, err
}

// placeRun applies the guard rails of a run's trigger, read in this transaction: what they refuse is a fault, and what
// they put off gets a time.
func (d *DB) placeRun(ctx context.Context, tx *sql.Tx, r *workflow.Run) error {
	kind := trigger.Kind(r.TriggerKind)
	if kind == "" {
		kind = trigger.Form
	}
	query, args := "id = $1 AND workflow_id = $2", []any{r.TriggerID, r.WorkflowID}
	if kind.BuiltIn() {
		query, args = "workflow_id = $1 AND kind = $2", []any{r.WorkflowID, string(kind)}
	}
	t, err := scanTrigger(tx.QueryRowContext(ctx, "SELECT "+triggerColumns+" FROM run_trigger WHERE "+query, args...))
	if errors.Is(err, sql.ErrNoRows) {
		if kind.BuiltIn() {
			return nil
		}
		return fault.New(fault.NotFound, "This trigger was deleted meanwhile, so nothing was started.")
	}
	if err != nil {
		return err
	}
	if t.Paused {
		f := fault.New(fault.Conflict, "“%s” is paused for this workflow; a builder can let it go on.", t.Label())
		f.Code = trigger.CodePaused
		return f
	}
	if kind == trigger.CSV { // each row begins as the guard rails say; only what would be left out is refused as a whole
		t.Guards.PerHour = 0
		if !t.Guards.Skip {
			t.Guards.Blackouts = nil
		}
	}
	r.TriggerID, r.MaxChanges = t.ID, t.Guards.MaxChanges
	begun, err := begunRuns(ctx, tx, t.ID, r.CreatedAt)
	if err != nil {
		return err
	}
	at, why, err := t.Guards.Place(r.CreatedAt, begun)
	if err != nil {
		return err
	}
	if at.After(r.CreatedAt) {
		r.BeginsAt, r.WaitReason = at, why
	}
	return nil
}

// begunRuns returns when the runs of a trigger began in the last hour, or will, in order. One that was cancelled before
// its time holds no place.
func begunRuns(ctx context.Context, tx *sql.Tx, triggerID string, now time.Time) (out []time.Time, err error) {
	err = rows(ctx, tx, func(row *sql.Rows) error {
		var at time.Time
		err := row.Scan(stampInto(&at))
		out = append(out, at)
		return err
	}, `SELECT begins FROM (SELECT CASE begins_at WHEN '' THEN created_at ELSE begins_at END AS begins FROM run
		WHERE trigger_id = $1 AND id >= $2 AND NOT (state = 'cancelled' AND started_at = '')) AS mine WHERE begins > $3 ORDER BY begins`,
		triggerID, idFloor("run", now.Add(-trigger.LongestWait-time.Hour)), stamp(now.Add(-time.Hour)))
	return out, err
}
