package db

import (
	"context"
	"database/sql"

	"caracal/trigger"
)

const eventColumns = `id, trigger_id, at, due_at, outcome, words, run_id, known, status, body, type, sender, secret_at`

func scanEvent(row scanner) (e trigger.Event, err error) {
	err = row.Scan(&e.ID, &e.TriggerID, stampInto(&e.At), stampInto(&e.DueAt), &e.Outcome, &e.Words, &e.RunID, &e.Known, &e.Status, &e.Body, &e.Type, &e.From, stampInto(&e.SecretAt))
	return e, err
}

// TriggerEvents returns the newest events of a trigger, newest first.
func (d *DB) TriggerEvents(ctx context.Context, triggerID string) (list []trigger.Event, err error) {
	err = rows(ctx, d.read, func(row *sql.Rows) error {
		e, err := scanEvent(row)
		list = append(list, e)
		return err
	}, "SELECT "+eventColumns+" FROM trigger_event WHERE trigger_id = $1 ORDER BY id DESC LIMIT 30", triggerID)
	return list, err
}

// TriggerEvent returns one event of a trigger, or ErrNotFound.
func (d *DB) TriggerEvent(ctx context.Context, triggerID, id string) (trigger.Event, error) {
	e, err := scanEvent(d.read.QueryRowContext(ctx, "SELECT "+eventColumns+" FROM trigger_event WHERE trigger_id = $1 AND id = $2", triggerID, id))
	return e, explain(err)
}

// AddTriggerEvent keeps an event that started no run, and forgets the oldest.
func (d *DB) AddTriggerEvent(ctx context.Context, e trigger.Event) error {
	return d.Write(ctx, func(tx *sql.Tx) error { return d.addEvent(ctx, tx, e) })
}

func (d *DB) addEvent(ctx context.Context, tx *sql.Tx, e trigger.Event) error {
	if e.At.IsZero() {
		e.At = d.Now()
	}
	if _, err := exec(ctx, tx, "INSERT INTO trigger_event ("+eventColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
		NewID("evt", e.At), e.TriggerID, stamp(e.At), stamp(e.DueAt), string(e.Outcome), e.Words, e.RunID, e.Known, e.Status, e.Body, e.Type, e.From, stamp(e.SecretAt)); err != nil {
		return err
	}
	keep, passed := trigger.KeptEvents, e.Outcome == trigger.Passed
	switch {
	case !e.Known:
		keep = trigger.KeptUnknown
	case passed:
		keep = trigger.KeptPassed
	}
	_, err := exec(ctx, tx, `DELETE FROM trigger_event WHERE trigger_id = $1 AND known = $2 AND (outcome = 'passed') = ($4 = 1) AND id NOT IN
		(SELECT id FROM trigger_event WHERE trigger_id = $1 AND known = $2 AND (outcome = 'passed') = ($4 = 1) ORDER BY id DESC LIMIT $3)`, e.TriggerID, e.Known, keep, passed)
	return err
}
