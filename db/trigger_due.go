package db

import (
	"context"
	"database/sql"
	"time"

	"caracal/fault"
	"caracal/trigger"
)

// DueTriggers returns the schedules whose time has come, the longest due first.
func (d *DB) DueTriggers(ctx context.Context, now time.Time) (list []trigger.Trigger, err error) {
	err = rows(ctx, d.read, func(row *sql.Rows) error {
		t, err := scanTrigger(row)
		list = append(list, t)
		return err
	}, "SELECT "+triggerColumns+" FROM run_trigger WHERE due_at <> '' AND paused = 0 AND due_at <= $1 ORDER BY due_at LIMIT 200", stamp(now))
	return list, err
}

// FireSchedule takes up what is due of a schedule and moves it on to its next time, all in one transaction: a run for
// each start, and an event for what started none. Nothing happens, and fired is false, when somebody else took it up
// first, or changed or paused the trigger since it was read.
func (d *DB) FireSchedule(ctx context.Context, t trigger.Trigger, next time.Time, starts []Start, notes []trigger.Event, enqueue EnqueueRun) (fired bool, err error) {
	err = d.Write(ctx, func(tx *sql.Tx) error {
		n, err := exec(ctx, tx, "UPDATE run_trigger SET due_at = $3 WHERE id = $1 AND due_at = $2 AND revision = $4 AND paused = 0",
			t.ID, stamp(t.DueAt), stamp(next), t.Revision)
		if err != nil || n == 0 {
			return err
		}
		fired = true
		for _, e := range notes {
			if err := d.addEvent(ctx, tx, e); err != nil {
				return err
			}
		}
		for _, s := range starts {
			var taken bool
			if err := tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM trigger_event WHERE trigger_id = $1 AND due_at = $2)", t.ID, stamp(s.Event.DueAt)).Scan(&taken); err != nil {
				return err
			}
			if taken { // the clock was put back
				continue
			}
			_, err := d.startRun(ctx, tx, s, enqueue)
			if f := fault.As(err); f != nil && f.Code != "" { // a guard rail, before anything was written
				s.Event.Outcome, s.Event.Words = trigger.Refused, f.Message
				err = d.addEvent(ctx, tx, s.Event)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	return fired, err
}
