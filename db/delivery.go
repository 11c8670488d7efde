package db

import (
	"context"
	"database/sql"
	"time"

	"caracal/auth"
	"caracal/fault"
	"caracal/org"
)

const deliveryColumns = "id, notice_id, kind, place, since, due_at, attempts, sent_at, failed_at, error"

func scanDelivery(row scanner) (v org.Delivery, err error) {
	err = row.Scan(&v.ID, &v.NoticeID, &v.Kind, &v.At, stampInto(&v.Since), stampInto(&v.DueAt), &v.Attempts, stampInto(&v.SentAt), stampInto(&v.FailedAt), &v.Error)
	return v, err
}

// queueDeliveries stores that a notice is to be sent wherever the application's notices go.
func (d *DB) queueDeliveries(ctx context.Context, tx *sql.Tx, n org.Notice) error {
	to, err := notifyOf(ctx, tx, n.ApplicationID)
	if err != nil {
		return err
	}
	now := d.Now()
	for _, p := range to.Places() {
		if _, err := exec(ctx, tx, `INSERT INTO notice_delivery (id, notice_id, kind, place, since, due_at) VALUES ($1, $2, $3, $4, $5, $5)
			ON CONFLICT (notice_id, kind, place) DO NOTHING`, NewID("delivery", now), n.ID, string(p.Kind), p.At, stamp(now)); err != nil {
			return err
		}
	}
	return nil
}

// dropDeliveries gives up what waits for places that an application's notices go to no more.
func (d *DB) dropDeliveries(ctx context.Context, tx *sql.Tx, to org.Notify) error {
	waiting, err := deliveries(ctx, tx, "due_at <> '' AND notice_id IN (SELECT id FROM notice WHERE application_id = $1)", to.ApplicationID)
	if err != nil {
		return err
	}
	for _, v := range waiting {
		if to.Goes(v.Place) {
			continue
		}
		if _, err := exec(ctx, tx, "UPDATE notice_delivery SET due_at = '', failed_at = $2, error = $3 WHERE id = $1", v.ID, stamp(d.Now()), notGone); err != nil {
			return err
		}
	}
	return nil
}

const notGone = "Notices stopped going there before it was sent."

// Deliveries returns what became of the notices of an application, by notice, each in the order of its places.
func (d *DB) Deliveries(ctx context.Context, notices []org.Notice) (map[string][]org.Delivery, error) {
	out := map[string][]org.Delivery{}
	if len(notices) == 0 {
		return out, nil
	}
	ids := make([]string, len(notices))
	for i, n := range notices {
		ids[i] = n.ID
	}
	in, err := toJSON(ids)
	if err != nil {
		return nil, err
	}
	list, err := deliveries(ctx, d.read, "notice_id IN (SELECT value FROM json_each($1)) ORDER BY kind, place", in)
	for _, v := range list {
		out[v.NoticeID] = append(out[v.NoticeID], v)
	}
	return out, err
}

// DueDeliveries returns what is to be sent now, the longest due first.
func (d *DB) DueDeliveries(ctx context.Context, now time.Time, limit int) ([]org.Delivery, error) {
	return deliveries(ctx, d.read, "due_at <> '' AND due_at <= $1 ORDER BY due_at, id LIMIT $2", stamp(now), limit)
}

func deliveries(ctx context.Context, q querier, which string, args ...any) (list []org.Delivery, err error) {
	err = rows(ctx, q, func(row *sql.Rows) error {
		v, err := scanDelivery(row)
		list = append(list, v)
		return err
	}, "SELECT "+deliveryColumns+" FROM notice_delivery WHERE "+which, args...)
	return list, err
}

// TakeDelivery takes up one attempt, unless somebody else has. Whoever took it says by EndDelivery what came of it before
// until; a process that dies before that leaves it to be sent again then.
func (d *DB) TakeDelivery(ctx context.Context, v org.Delivery, until time.Time) (taken bool, err error) {
	err = d.Write(ctx, func(tx *sql.Tx) error {
		n, err := exec(ctx, tx, "UPDATE notice_delivery SET due_at = $3, attempts = attempts + 1 WHERE id = $1 AND due_at = $2", v.ID, stamp(v.DueAt), stamp(until))
		taken = n > 0
		return err
	})
	return taken, err
}

// EndDelivery stores what came of an attempt that was taken up until a time: SentAt, or FailedAt, or DueAt of the next.
// What was sent is marked as sent in any case; else, nothing happens when somebody else took it up since.
func (d *DB) EndDelivery(ctx context.Context, v org.Delivery, until time.Time) error {
	held := "due_at = $6"
	if !v.SentAt.IsZero() {
		held = "$6 <> '' AND sent_at = ''"
	}
	return d.Write(ctx, func(tx *sql.Tx) error {
		_, err := exec(ctx, tx, "UPDATE notice_delivery SET due_at = $2, sent_at = $3, failed_at = $4, error = $5 WHERE id = $1 AND "+held,
			v.ID, stamp(v.DueAt), stamp(v.SentAt), stamp(v.FailedAt), v.Error, stamp(until))
		return err
	})
}

// SendAgain lets a delivery that was given up be sent anew, for another day, with an audit line. One of another
// application is ErrNotFound; one that is not given up, or whose place notices do not go to any more, is a Conflict.
func (d *DB) SendAgain(ctx context.Context, applicationID, id string, by auth.User) error {
	return d.Write(ctx, func(tx *sql.Tx) error {
		v, err := scanDelivery(tx.QueryRowContext(ctx, "SELECT "+deliveryColumns+" FROM notice_delivery WHERE id = $1 AND notice_id IN (SELECT id FROM notice WHERE application_id = $2)", id, applicationID))
		if err != nil {
			return explain(err)
		}
		to, err := notifyOf(ctx, tx, applicationID)
		switch {
		case err != nil:
			return err
		case v.FailedAt.IsZero():
			return fault.New(fault.Conflict, "This notice was not given up, so it is not sent again; look at the page anew.")
		case !to.Goes(v.Place):
			return fault.New(fault.Conflict, "Notices do not go to %s any more; set it under Settings first.", v.Label())
		}
		now := stamp(d.Now())
		if err := change(ctx, tx, "UPDATE notice_delivery SET due_at = $2, since = $2, attempts = 0, failed_at = '', error = '' WHERE id = $1", id, now); err != nil {
			return err
		}
		return d.appendAudit(ctx, tx, by, "application.notice_sent_again", applicationID, map[string]any{"delivery": id, "to": v.Label()})
	})
}
