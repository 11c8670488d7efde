package db

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"caracal/org"
	"caracal/workflow"
)

// Resting are the runs of one application that wait for one rate limit. They have no burst on the queue.
type Resting struct {
	ApplicationID string
	Bucket        string
	Count         map[org.Urgency]int
	Woken         int       // queued again, and not begun yet
	Until         time.Time // the first time that one of them was told to come again at
}

// RestingRuns returns the runs that wait for rate limits, of one application, or of all when it is "".
func (d *DB) RestingRuns(ctx context.Context, applicationID string) (list []Resting, err error) {
	var w where
	w.add(true, "wait_for <> ''")
	w.add(true, "state IN ('waiting', 'queued')")
	w.add(applicationID != "", "application_id = ?", applicationID)
	err = rows(ctx, d.read, func(row *sql.Rows) error {
		var r Resting
		var state workflow.RunState
		var urgency org.Urgency
		var n int
		if err := row.Scan(&r.ApplicationID, &r.Bucket, &state, &urgency, &n, stampInto(&r.Until)); err != nil {
			return err
		}
		if len(list) == 0 || list[len(list)-1].ApplicationID != r.ApplicationID || list[len(list)-1].Bucket != r.Bucket {
			r.Count = map[org.Urgency]int{}
			list = append(list, r)
		}
		last := &list[len(list)-1]
		if state == workflow.RunQueued {
			last.Woken += n
			return nil
		}
		last.Count[urgency] += n
		if last.Until.IsZero() || r.Until.Before(last.Until) {
			last.Until = r.Until
		}
		return nil
	}, "SELECT application_id, wait_for, state, urgency, count(*), min(wait_until) FROM run"+w.String()+
		" GROUP BY application_id, wait_for, state, urgency ORDER BY application_id, wait_for", w.args...)
	return list, err
}

// wakeBatch is how many runs one transaction wakes, so that others are let in between.
const wakeBatch = 100

// WakeResting queues as many of the runs that wait for a rate limit as there is room for, those first that people wait
// for, and returns how many, at most a hundred. Of five at least one goes to the others. room says how many calls the
// limit takes now, by urgency; runs that were woken and have not begun count against it.
func (d *DB) WakeResting(ctx context.Context, applicationID, bucket string, room func(org.Urgency) int, enqueue Enqueue) (woken int, err error) {
	err = d.Write(ctx, func(tx *sql.Tx) error {
		const these = "FROM run WHERE application_id = $1 AND wait_for = $2 AND wait_for <> '' AND state = "
		var queued int
		if err := tx.QueryRowContext(ctx, "SELECT count(*) "+these+"'queued'", applicationID, bucket).Scan(&queued); err != nil {
			return err
		}
		most := min(room(org.Pressing)-queued, wakeBatch)
		if most <= 0 {
			return nil
		}
		var ids [org.Bulk + 1][]string
		for u := org.Pressing; u <= org.Bulk; u++ {
			if err := rows(ctx, tx, func(row *sql.Rows) error {
				var id string
				err := row.Scan(&id)
				ids[u] = append(ids[u], id)
				return err
			}, "SELECT id "+these+"'waiting' AND urgency = $3 ORDER BY id LIMIT $4", applicationID, bucket, int(u), most); err != nil {
				return err
			}
		}
		others := min(room(org.Unattended)-queued, most)
		for _, id := range inTurn(ids[org.Pressing], inTurn(ids[org.Unattended], ids[org.Bulk], others, others), most, others) {
			if err := queueRun(ctx, tx, id, enqueue); err != nil {
				return err
			}
			woken++
		}
		return nil
	})
	return woken, err
}

// inTurn puts two lines into one of at most so many: the first goes first, and of five one is of the second, of which
// there are at most late.
func inTurn(first, second []string, most, late int) (out []string) {
	for len(out) < most {
		fifth := len(out)%5 == 4
		switch {
		case len(second) > 0 && late > 0 && (fifth || len(first) == 0):
			out, second = append(out, second[0]), second[1:]
			late--
		case len(first) > 0:
			out, first = append(out, first[0]), first[1:]
		default:
			return out
		}
	}
	return out
}

// RunsAhead returns how many runs that wait for the same rate limit as this one go before it.
func (d *DB) RunsAhead(ctx context.Context, r workflow.Run) (n int, err error) {
	err = d.read.QueryRowContext(ctx, `SELECT count(*) FROM run WHERE application_id = $1 AND wait_for = $2 AND wait_for <> '' AND state = 'waiting'
		AND (urgency < $3 OR urgency = $3 AND id < $4)`, r.ApplicationID, r.WaitFor, int(r.Urgency), r.ID).Scan(&n)
	return n, explain(err)
}

// ChildrenResting returns how many of the runs that a step waits for wait for a rate limit, which one most of them do,
// and until when.
func (d *DB) ChildrenResting(ctx context.Context, parentID string, step int) (n int, bucket string, until time.Time, err error) {
	err = rows(ctx, d.read, func(row *sql.Rows) error {
		var some int
		var name string
		var at time.Time
		if err := row.Scan(&name, &some, stampInto(&at)); err != nil {
			return err
		}
		if n == 0 {
			bucket, until = name, at
		}
		n += some
		return nil
	}, `SELECT wait_for, count(*), min(wait_until) FROM run WHERE parent_id <> '' AND parent_id = $1 AND parent_step = $2
		AND state = 'waiting' AND wait_for <> '' GROUP BY wait_for ORDER BY count(*) DESC, wait_for`, parentID, step)
	return n, bucket, until, err
}

// Urgency returns how soon a run is needed, in the transaction that puts it on the queue. One that is not stored yet
// is taken for a person's.
func (d *DB) Urgency(ctx context.Context, tx *sql.Tx, runID string) (u org.Urgency, err error) {
	err = tx.QueryRowContext(ctx, "SELECT urgency FROM run WHERE id = $1", runID).Scan(&u)
	if errors.Is(err, sql.ErrNoRows) {
		return org.Pressing, nil
	}
	return u, err
}
