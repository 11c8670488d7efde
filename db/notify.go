package db

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"caracal/auth"
	"caracal/org"
)

const notifyColumns = "application_id, emails, url, secret_at, old_at, old_until"

func scanNotify(row scanner) (n org.Notify, err error) {
	err = row.Scan(&n.ApplicationID, jsonInto(&n.Emails), &n.URL, stampInto(&n.SecretAt), stampInto(&n.OldAt), stampInto(&n.OldUntil))
	return n, err
}

// Notify returns where the notices of an application go; where nobody set that, they stay on the pages.
func (d *DB) Notify(ctx context.Context, applicationID string) (org.Notify, error) {
	return notifyOf(ctx, d.read, applicationID)
}

func notifyOf(ctx context.Context, q querier, applicationID string) (org.Notify, error) {
	n, err := scanNotify(q.QueryRowContext(ctx, "SELECT "+notifyColumns+" FROM notice_target WHERE application_id = $1", applicationID))
	if errors.Is(err, sql.ErrNoRows) {
		return org.Notify{ApplicationID: applicationID}, nil
	}
	return n, explain(err)
}

// SetNotify stores where the notices of an application go, with an audit line; a webhook that has no secret yet gets the
// one that was made, and used says so. What still waits for a place that is left out is given up, and the secret of a
// webhook that is left out is wiped. seen is what the person was shown.
func (d *DB) SetNotify(ctx context.Context, n org.Notify, made Secret, seen Seen, by auth.User) (used bool, err error) {
	emails, err := toJSON(nonNil(n.Emails))
	if err != nil {
		return false, err
	}
	labels := []string{}
	for _, p := range n.Places() {
		labels = append(labels, p.Label())
	}
	err = d.Write(ctx, func(tx *sql.Tx) error {
		stored, err := notifyOf(ctx, tx, n.ApplicationID)
		if err == nil {
			err = seen.Still(SeenNotify(stored), SeenNotify(n))
		}
		if err != nil {
			return err
		}
		if _, err := exec(ctx, tx, `INSERT INTO notice_target (application_id, emails, url) VALUES ($1, $2, $3)
			ON CONFLICT (application_id) DO UPDATE SET emails = excluded.emails, url = excluded.url`, n.ApplicationID, emails, n.URL); err != nil {
			return err
		}
		query, args := "UPDATE notice_target SET secret_sealed = NULL, secret_at = '', old_sealed = NULL, old_at = '', old_until = '' WHERE application_id = $1", []any{n.ApplicationID}
		if n.URL != "" {
			query = "UPDATE notice_target SET secret_sealed = $2, secret_at = $3 WHERE application_id = $1 AND secret_at = ''"
			args = append(args, []byte(made.Sealed), stamp(made.At))
		}
		changed, err := exec(ctx, tx, query, args...)
		if err != nil {
			return err
		}
		used = n.URL != "" && changed > 0
		if err := d.dropDeliveries(ctx, tx, n); err != nil {
			return err
		}
		return d.appendAudit(ctx, tx, by, "application.notify_changed", n.ApplicationID, map[string]any{"to": labels, "secret_made": used})
	})
	return used, err
}

// SetNotifySecret stores a new secret of the webhook that an application's notices go to, or ErrNotFound. The one before
// it is good until a time; the zero time is not at all. seen is the one that the person replaces.
func (d *DB) SetNotifySecret(ctx context.Context, applicationID string, made Secret, oldUntil time.Time, seen Seen, by auth.User) error {
	return d.Write(ctx, func(tx *sql.Tx) error {
		stored, err := notifyOf(ctx, tx, applicationID)
		if err == nil && stored.URL != "" {
			err = seen.Still(SeenSecret(stored.SecretAt, stored.OldAt), "")
		}
		if err != nil {
			return err
		}
		old := "old_sealed = NULL, old_at = '', old_until = $4"
		if !oldUntil.IsZero() {
			old = "old_sealed = secret_sealed, old_at = secret_at, old_until = $4"
		}
		if err := change(ctx, tx, "UPDATE notice_target SET "+old+", secret_sealed = $2, secret_at = $3 WHERE application_id = $1 AND url <> ''",
			applicationID, []byte(made.Sealed), stamp(made.At), stamp(oldUntil)); err != nil {
			return err
		}
		return d.appendAudit(ctx, tx, by, "application.notify_secret_made", applicationID, map[string]any{"old_until": stamp(oldUntil)})
	})
}

// EndOldNotifySecret lets the replaced secret of the webhook sign nothing any more.
func (d *DB) EndOldNotifySecret(ctx context.Context, applicationID string, by auth.User) error {
	return d.Write(ctx, func(tx *sql.Tx) error {
		n, err := exec(ctx, tx, "UPDATE notice_target SET old_sealed = NULL, old_at = '', old_until = '' WHERE application_id = $1 AND old_until <> ''", applicationID)
		if err != nil || n == 0 {
			return err // there is none any more
		}
		return d.appendAudit(ctx, tx, by, "application.notify_secret_ended", applicationID, nil)
	})
}

// NotifySecrets returns the secrets of the webhook that an application's notices go to, or ErrNotFound.
func (d *DB) NotifySecrets(ctx context.Context, applicationID string) (held Secrets, err error) {
	err = d.read.QueryRowContext(ctx, "SELECT secret_sealed, secret_at, old_sealed, old_at, old_until FROM notice_target WHERE application_id = $1 AND secret_at <> ''", applicationID).
		Scan((*[]byte)(&held.Now.Sealed), stampInto(&held.Now.At), (*[]byte)(&held.Old.Sealed), stampInto(&held.Old.At), stampInto(&held.Old.Until))
	return held, explain(err)
}
