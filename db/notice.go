package db

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"caracal/auth"
	"caracal/org"
)

// addNotices stores what people are told, and queues it for wherever the application's notices go. What was told
// before, by its key, is not told again.
func (d *DB) addNotices(ctx context.Context, tx *sql.Tx, list []org.Notice) error {
	for _, n := range list {
		n.ID = NewID("notice", n.At)
		added, err := exec(ctx, tx, `INSERT INTO notice (id, application_id, key, at, verdict, title, detail) VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT (application_id, key) DO NOTHING`,
			n.ID, n.ApplicationID, n.Key, stamp(n.At), string(n.Verdict), n.Title, n.Detail)
		if err == nil && added > 0 {
			err = d.queueDeliveries(ctx, tx, n)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Notices returns what was told of an application, newest first.
func (d *DB) Notices(ctx context.Context, applicationID string, limit int) ([]org.Notice, error) {
	return d.notices(ctx, "application_id = $1 ORDER BY id DESC LIMIT $2", applicationID, limit)
}

// UnseenNotices returns what nobody has said to have seen, of applications in use, newest first.
func (d *DB) UnseenNotices(ctx context.Context, limit int) ([]org.Notice, error) {
	return d.notices(ctx, "seen_at = '' AND application_id IN (SELECT id FROM application WHERE status <> 'disconnected') ORDER BY id DESC LIMIT $1", limit)
}

func (d *DB) notices(ctx context.Context, which string, args ...any) (list []org.Notice, err error) {
	err = rows(ctx, d.read, func(row *sql.Rows) error {
		n, err := scanNotice(row)
		list = append(list, n)
		return err
	}, "SELECT "+noticeColumns+" FROM notice WHERE "+which, args...)
	return list, err
}

const noticeColumns = "id, application_id, key, at, verdict, title, detail, seen_at, seen_by"

func scanNotice(row scanner) (n org.Notice, err error) {
	err = row.Scan(&n.ID, &n.ApplicationID, &n.Key, stampInto(&n.At), &n.Verdict, &n.Title, &n.Detail, stampInto(&n.SeenAt), &n.SeenBy)
	return n, err
}

// Notice returns what was told once, or ErrNotFound.
func (d *DB) Notice(ctx context.Context, id string) (org.Notice, error) {
	n, err := scanNotice(d.read.QueryRowContext(ctx, "SELECT "+noticeColumns+" FROM notice WHERE id = $1", id))
	return n, explain(err)
}

// SeeNotices marks everything that was told of an application as seen.
func (d *DB) SeeNotices(ctx context.Context, applicationID string, by auth.User) error {
	return d.Write(ctx, func(tx *sql.Tx) error {
		_, err := exec(ctx, tx, "UPDATE notice SET seen_at = $2, seen_by = $3 WHERE application_id = $1 AND seen_at = ''", applicationID, stamp(d.Now()), by.ID)
		return err
	})
}

// Watch returns when an application is checked by itself; one that nobody set is off.
func (d *DB) Watch(ctx context.Context, applicationID string) (org.Watch, error) {
	return watchOf(ctx, d.read, applicationID)
}

func watchOf(ctx context.Context, q querier, applicationID string) (org.Watch, error) {
	w, err := scanWatch(q.QueryRowContext(ctx, "SELECT "+watchColumns+" FROM health_watch WHERE application_id = $1", applicationID))
	if errors.Is(err, sql.ErrNoRows) {
		return org.Watch{ApplicationID: applicationID, FirstAge: org.DefaultFirstAge, MaxAge: org.DefaultMaxAge}, nil
	}
	return w, err
}

// SetWatch stores when an application is checked by itself, with an audit line, in the place of what the person was shown.
func (d *DB) SetWatch(ctx context.Context, w org.Watch, seen Seen, by auth.User) error {
	return d.Write(ctx, func(tx *sql.Tx) error {
		stored, err := watchOf(ctx, tx, w.ApplicationID)
		if err == nil {
			err = seen.Still(SeenWatch(stored), SeenWatch(w))
		}
		if err != nil {
			return err
		}
		if _, err := exec(ctx, tx, `INSERT INTO health_watch (application_id, every, at, zone, first_age, max_age, due_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT (application_id) DO UPDATE SET every = excluded.every, at = excluded.at, zone = excluded.zone,
				first_age = excluded.first_age, max_age = excluded.max_age, due_at = excluded.due_at`,
			w.ApplicationID, w.Every, w.At, w.Zone, w.FirstAge, w.MaxAge, stamp(w.DueAt)); err != nil {
			return err
		}
		return d.appendAudit(ctx, tx, by, "application.watch_changed", w.ApplicationID, map[string]any{"every": w.Every, "at": w.At, "zone": w.Zone, "first_age": w.FirstAge, "max_age": w.MaxAge})
	})
}

// DueWatches returns the watches whose time has come.
func (d *DB) DueWatches(ctx context.Context, now time.Time) (list []org.Watch, err error) {
	err = rows(ctx, d.read, func(row *sql.Rows) error {
		w, err := scanWatch(row)
		list = append(list, w)
		return err
	}, "SELECT "+watchColumns+" FROM health_watch WHERE due_at <> '' AND due_at <= $1 ORDER BY due_at LIMIT 200", stamp(now))
	return list, err
}

// TakeWatch moves a watch on to its next time, unless somebody else took this one up or changed the watch.
func (d *DB) TakeWatch(ctx context.Context, w org.Watch, next time.Time) (taken bool, err error) {
	err = d.Write(ctx, func(tx *sql.Tx) error {
		n, err := exec(ctx, tx, "UPDATE health_watch SET due_at = $3 WHERE application_id = $1 AND due_at = $2", w.ApplicationID, stamp(w.DueAt), stamp(next))
		taken = n > 0
		return err
	})
	return taken, err
}

const watchColumns = "application_id, every, at, zone, first_age, max_age, due_at"

func scanWatch(row scanner) (w org.Watch, err error) {
	err = row.Scan(&w.ApplicationID, &w.Every, &w.At, &w.Zone, &w.FirstAge, &w.MaxAge, stampInto(&w.DueAt))
	return w, err
}

// AgedSecrets returns the secrets of an application that grow old: of its event hook, of the webhook that its notices
// go to, and of the webhooks that start its workflows.
func (d *DB) AgedSecrets(ctx context.Context, applicationID string) (list []org.Aged, err error) {
	for _, one := range []struct {
		table string
		aged  org.Aged
	}{
		{"event_source", org.Aged{ID: "hook:", What: "secret of the event hook", Mend: "Replace it under Events; the old one can stay good for a while."}},
		{"notice_target", org.Aged{ID: "notify:", What: "secret that signs the notices", Mend: "Replace it under Settings › Notices; the old one can stay good for a while."}},
	} {
		if err := rows(ctx, d.read, func(row *sql.Rows) error {
			err := row.Scan(stampInto(&one.aged.Since))
			list = append(list, one.aged)
			return err
		}, "SELECT secret_at FROM "+one.table+" WHERE application_id = $1 AND secret_at <> ''", applicationID); err != nil {
			return nil, err
		}
	}
	return list, rows(ctx, d.read, func(row *sql.Rows) error {
		one := org.Aged{Mend: "Replace it on the trigger's page; the old one can stay good for a while."}
		var name string
		err := row.Scan(&one.ID, &name, stampInto(&one.Since))
		one.ID, one.What = "trigger:"+one.ID, "secret of the webhook “"+name+"”"
		list = append(list, one)
		return err
	}, `SELECT t.id, t.name, t.secret_at FROM run_trigger t JOIN workflow w ON w.id = t.workflow_id WHERE w.application_id = $1 AND w.archived = 0
		AND t.kind = 'webhook' AND t.paused = 0 AND t.secret_at <> '' ORDER BY t.id`, applicationID)
}
