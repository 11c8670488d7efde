package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"caracal/workflow"
)

// Progress is what a burst stores at once. Steps holds the rows that changed, as they are now.
type Progress struct {
	RunID string
	// Past holds the steps whose call has ended: they are stored even if the run was cancelled meanwhile, for
	// what was done was done.
	Past []workflow.RunStep
	// Next is the step that is about to be called; nil if none. It is stored only while the run moves.
	Next *workflow.RunStep
	// NextChanges is how many objects Next is about to change. They count once for the step, however often it is
	// tried; where they would be more than the run may change, nothing is stored and the error is an OverLimitError.
	NextChanges int
	State       workflow.RunState
	Error       string
	WaitReason  string
	WaitUntil   time.Time
	WaitFor     string    // the rate limit that the run waits for; then it has no burst, and WakeResting gives it one
	Children    *Children // runs within this one, made when the run does not end
	Kept        any       // what the for-each keeps of this item; nil is nothing
	Fill        int       // rows of a batch that may begin, at most, when this is the batch's run and it does not end
	// Enqueue lets the runs go on that wait for this one's end, and begins those in Children. It may be nil for a
	// run of its own that has none.
	Enqueue Enqueue

	// One node moves a run at a time. Seen, at the first progress of a burst, is the revision at which it read the
	// run: if the run was changed since or another node holds it, the error is ErrNotHeld and nothing is stored.
	// Held, at each that follows, says that this node must hold the run still. Rest gives the run free.
	Seen       int64
	Held, Rest bool
}

// ErrNotHeld says that a run was changed by somebody else since the burst read it, or was given to another node.
var ErrNotHeld = errors.New("the run is moved by somebody else")

// SaveProgress stores what a burst did and returns the run's state as it now is: p.State, or the state that
// somebody else ended the run with in the meantime, and then nothing of p but Past is stored. after, if not
// nil, is called in the same transaction with that state; a job id other than 0 that it returns becomes the
// run's newest burst.
func (d *DB) SaveProgress(ctx context.Context, p Progress, after func(tx *sql.Tx, state workflow.RunState) (jobID int64, err error)) (now workflow.RunState, err error) {
	err = d.Write(ctx, func(tx *sql.Tx) error {
		at, err := standingOf(ctx, tx, p.RunID)
		if err != nil {
			return err
		}
		was := at.state
		if p.Held && at.holder != d.node || p.Seen > 0 && (at.revision != p.Seen || at.holder != "" && at.holder != d.node) {
			return ErrNotHeld
		}
		holder := d.node
		if p.Rest {
			holder = ""
		}
		for _, s := range p.Past {
			if err := putStep(ctx, tx, s); err != nil {
				return err
			}
		}
		now = was
		if !was.Ended() {
			if was != p.State && !was.CanMove(p.State) {
				return fmt.Errorf("move run %q from %s to %s: not a legal change", p.RunID, was, p.State)
			}
			if p.Next != nil {
				if err := countChanges(ctx, tx, p); err != nil {
					return err
				}
				if err := putStep(ctx, tx, *p.Next); err != nil {
					return err
				}
			}
			now = p.State
			if p.Children != nil && !now.Ended() {
				if err := d.insertChildren(ctx, tx, p.RunID, *p.Children, p.Enqueue); err != nil {
					return err
				}
			}
			if now.Ended() {
				if err := d.endRun(ctx, tx, p, at); err != nil {
					return err
				}
			}
		}
		var jobID int64
		if after != nil {
			var err error
			if jobID, err = after(tx, now); err != nil {
				return err
			}
		}
		if was.Ended() {
			if err := skipPending(ctx, tx, p.RunID); err != nil {
				return err
			}
			return change(ctx, tx, "UPDATE run SET holder = $2, revision = revision + 1 WHERE id = $1", p.RunID, holder)
		}
		ended := ""
		if now.Ended() {
			ended = stamp(d.Now())
		}
		kept := ""
		if p.Kept != nil {
			if kept, err = toJSON(p.Kept); err != nil {
				return err
			}
		}
		if err := change(ctx, tx, `UPDATE run SET state = $1, error = $2, wait_reason = $3, wait_until = $4, ended_at = $5,
			started_at = CASE started_at WHEN '' THEN $6 ELSE started_at END, job_id = CASE $7 WHEN 0 THEN job_id ELSE $7 END,
			kept = $8, holder = $9, wait_for = $11, revision = revision + 1 WHERE id = $10`,
			string(now), p.Error, p.WaitReason, stamp(p.WaitUntil), ended, stamp(d.Now()), jobID, kept, holder, p.RunID, p.WaitFor); err != nil {
			return err
		}
		if p.Fill > 0 && !now.Ended() {
			if err := fillRows(ctx, tx, p.RunID, p.Fill, p.Enqueue); err != nil {
				return err
			}
		}
		return d.moved(ctx, tx, at, now, p.Enqueue)
	})
	return now, err
}

// endRun skips the steps that will not be reached and writes the audit line.
func (d *DB) endRun(ctx context.Context, tx *sql.Tx, p Progress, at standing) error {
	if p.State != workflow.RunSucceeded {
		if err := skipPending(ctx, tx, p.RunID); err != nil {
			return err
		}
		if at.undoes != "" {
			if err := d.callOffWithin(ctx, tx, p.RunID); err != nil {
				return err
			}
		}
	}
	return d.appendAudit(ctx, tx, System, "run."+string(p.State), p.RunID, nil)
}

func skipPending(ctx context.Context, tx *sql.Tx, runID string) error {
	_, err := exec(ctx, tx, "UPDATE run_step SET state = 'skipped' WHERE run_id = $1 AND state IN ('pending', 'waiting')", runID)
	return err
}

func putStep(ctx context.Context, tx *sql.Tx, s workflow.RunStep) error {
	input, err := toJSON(s.Input)
	if err != nil {
		return err
	}
	output := "" // nothing is known, which is not the same as an empty output
	if s.Output != nil {
		if output, err = toJSON(s.Output); err != nil {
			return err
		}
	}
	if s.Input == nil {
		input = ""
	}
	prior := ""
	if s.Before != nil {
		if prior, err = toJSON(s.Before); err != nil {
			return err
		}
	}
	evidence := ""
	if s.Evidence != nil {
		if evidence, err = toJSON(s.Evidence); err != nil {
			return err
		}
	}
	if err := putRequests(ctx, tx, s); err != nil {
		return err
	}
	return change(ctx, tx, `UPDATE run_step SET state = $1, input = $2, output = $3, error = $4, error_code = $5, finding = $6,
		attempts = $7, request = $8, started_at = $9, ended_at = $10, due_at = $11, prior = $12, doubt = $13, evidence = $14 WHERE run_id = $15 AND idx = $16`,
		string(s.State), input, output, s.Error, s.ErrorCode, s.Finding, s.Attempts, s.Request, stamp(s.StartedAt), stamp(s.EndedAt), stamp(s.DueAt), prior, s.Doubt, evidence, s.RunID, s.Index)
}

// OverLimitError says that a step would change more objects than its run may.
type OverLimitError struct {
	Max, Changed, More int
	Rows               bool // the limit is that of a file's rows together
	Within             bool // the limit is that of the run around this one
}

// Error returns the sentence.
func (e *OverLimitError) Error() string { return e.Sentence() }

// Sentence says what stopped the step and what to do.
func (e *OverLimitError) Sentence() string {
	what := "This run may change %s and has"
	switch {
	case e.Rows:
		what = "The rows of this file may change %s and have"
	case e.Within:
		what = "The run that this is a part of may change %s and has"
	}
	return fmt.Sprintf(what+" changed %s; this step would change %s more, so it was not begun. Raise the limit of its trigger, or split the work.",
		workflow.CountOf(e.Max, "object"), workflow.Thousands(e.Changed), workflow.Thousands(e.More))
}

// countChanges adds what a step is about to change to the count of the run that a trigger started, once; the runs within
// it count together. Only a run with a limit counts.
func countChanges(ctx context.Context, tx *sql.Tx, p Progress) error {
	if p.NextChanges <= 0 {
		return nil
	}
	root, over := p.RunID, &OverLimitError{More: p.NextChanges}
	for {
		var parent string
		if err := tx.QueryRowContext(ctx, "SELECT parent_id, max_changes, changed, batch_id <> '' FROM run WHERE id = $1", root).Scan(&parent, &over.Max, &over.Changed, &over.Rows); err != nil {
			return err
		}
		if parent == "" {
			break
		}
		root = parent
	}
	if over.Max == 0 {
		return nil
	}
	over.Within = root != p.RunID
	n, err := exec(ctx, tx, "UPDATE run_step SET changes = $1 WHERE run_id = $2 AND idx = $3 AND changes = 0", p.NextChanges, p.RunID, p.Next.Index)
	if err != nil || n == 0 {
		return err
	}
	n, err = exec(ctx, tx, "UPDATE run SET changed = changed + $1 WHERE id = $2 AND changed + $1 <= max_changes", p.NextChanges, root)
	if err != nil || n > 0 {
		return err
	}
	return over
}
