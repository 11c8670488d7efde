package db

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"caracal/auth"
	"caracal/trigger"
)

const sourceColumns = `application_id, revision, address, secret_at, old_at, old_until, hook_id, hook_url, hook_types, hook_on, hook_error, verified_at, heard_at,
	unread, polls, every, catch_up, cursor, filter, read_to, behind, due_at, poll_error, polled_at`

func scanSource(row scanner) (s trigger.Source, err error) {
	err = row.Scan(&s.ApplicationID, &s.Revision, &s.Address, stampInto(&s.SecretAt), stampInto(&s.OldAt), stampInto(&s.OldUntil), &s.HookID, &s.HookURL,
		jsonInto(&s.HookTypes), &s.HookOn, &s.HookError, stampInto(&s.VerifiedAt), stampInto(&s.HeardAt), &s.Unread, &s.Polls, &s.Every, &s.CatchUp, &s.Cursor,
		&s.Filter, stampInto(&s.ReadTo), &s.Behind, stampInto(&s.DueAt), &s.PollError, stampInto(&s.PolledAt))
	return s, err
}

// EventSource returns how the events of an application come; before anything was set about it, as it will begin.
func (d *DB) EventSource(ctx context.Context, applicationID string) (trigger.Source, error) {
	return sourceOf(ctx, d.read, applicationID)
}

func sourceOf(ctx context.Context, q querier, applicationID string) (trigger.Source, error) {
	s, err := scanSource(q.QueryRowContext(ctx, "SELECT "+sourceColumns+" FROM event_source WHERE application_id = $1", applicationID))
	if errors.Is(err, sql.ErrNoRows) {
		return trigger.Source{ApplicationID: applicationID, Polls: true, Every: trigger.DefaultEvery, CatchUp: trigger.DefaultCatchUp}, nil
	}
	return s, explain(err)
}

// EventSourceAt returns what is called at an address, with its secrets, or ErrNotFound.
func (d *DB) EventSourceAt(ctx context.Context, address string) (s trigger.Source, held Secrets, err error) {
	if address == "" {
		return s, held, ErrNotFound
	}
	if s, err = scanSource(d.read.QueryRowContext(ctx, "SELECT "+sourceColumns+" FROM event_source WHERE address = $1", address)); err != nil {
		return s, held, explain(err)
	}
	held, err = d.EventSecrets(ctx, s.ApplicationID)
	return s, held, err
}

// EventSecrets returns the secrets of an application's event hook, or ErrNotFound.
func (d *DB) EventSecrets(ctx context.Context, applicationID string) (held Secrets, err error) {
	err = d.read.QueryRowContext(ctx, "SELECT secret_sealed, secret_at, old_sealed, old_at, old_until FROM event_source WHERE application_id = $1", applicationID).
		Scan((*[]byte)(&held.Now.Sealed), stampInto(&held.Now.At), (*[]byte)(&held.Old.Sealed), stampInto(&held.Old.At), stampInto(&held.Old.Until))
	return held, explain(err)
}

// ensureSource makes an application's source where there is none, and lets its log be looked at now.
func (d *DB) ensureSource(ctx context.Context, tx *sql.Tx, applicationID string) error {
	_, err := exec(ctx, tx, `INSERT INTO event_source (application_id, every, catch_up, due_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (application_id) DO UPDATE SET due_at = $4 WHERE event_source.due_at = ''`,
		applicationID, trigger.DefaultEvery, trigger.DefaultCatchUp, stamp(d.Now()))
	return err
}

// EventTriggers returns the triggers that listen to an application's events.
func (d *DB) EventTriggers(ctx context.Context, applicationID string) ([]trigger.Trigger, error) {
	return eventTriggers(ctx, d.read, applicationID)
}

func eventTriggers(ctx context.Context, q querier, applicationID string) (list []trigger.Trigger, err error) {
	err = rows(ctx, q, func(row *sql.Rows) error {
		t, err := scanTrigger(row)
		list = append(list, t)
		return err
	}, "SELECT "+triggerColumns+" FROM run_trigger WHERE application_id = $1 ORDER BY id", applicationID)
	return list, err
}

// SetEventSecret stores a new secret of an application's event hook, and its address where it has none. The secret
// before it is good until a time; the zero time is not at all. seen is the one that the person replaces.
func (d *DB) SetEventSecret(ctx context.Context, applicationID, address string, made Secret, oldUntil time.Time, seen Seen, by auth.User) error {
	return d.Write(ctx, func(tx *sql.Tx) error {
		stored, err := sourceOf(ctx, tx, applicationID)
		if err == nil {
			err = seen.Still(SeenSecret(stored.SecretAt, stored.OldAt), "")
		}
		if err != nil {
			return err
		}
		if err := d.ensureSource(ctx, tx, applicationID); err != nil {
			return err
		}
		old := "old_sealed = NULL, old_at = '', old_until = $5"
		if !oldUntil.IsZero() {
			old = "old_sealed = secret_sealed, old_at = secret_at, old_until = $5"
		}
		if err := change(ctx, tx, "UPDATE event_source SET "+old+`, secret_sealed = $3, secret_at = $4, address = CASE address WHEN '' THEN $2 ELSE address END,
			revision = revision + 1 WHERE application_id = $1`, applicationID, address, []byte(made.Sealed), stamp(made.At), stamp(oldUntil)); err != nil {
			return err
		}
		return d.appendAudit(ctx, tx, by, "events.secret_made", applicationID, map[string]any{"old_until": stamp(oldUntil)})
	})
}

// EndOldEventSecret makes the replaced secret of an application's event hook good for nothing.
func (d *DB) EndOldEventSecret(ctx context.Context, applicationID string, by auth.User) error {
	return d.Write(ctx, func(tx *sql.Tx) error {
		n, err := exec(ctx, tx, "UPDATE event_source SET old_sealed = NULL, old_at = '', old_until = '', revision = revision + 1 WHERE application_id = $1 AND old_until <> ''", applicationID)
		if err != nil || n == 0 {
			return err
		}
		return d.appendAudit(ctx, tx, by, "events.secret_ended", applicationID, nil)
	})
}

// SetPolling stores whether and how an application's log is read. One that is read again goes on from where it was, as
// far as it catches up. seen is what the person was shown.
func (d *DB) SetPolling(ctx context.Context, s trigger.Source, seen Seen, by auth.User) error {
	return d.Write(ctx, func(tx *sql.Tx) error {
		stored, err := sourceOf(ctx, tx, s.ApplicationID)
		if err == nil {
			err = seen.Still(SeenPolling(stored), SeenPolling(s))
		}
		if err != nil {
			return err
		}
		if err := d.ensureSource(ctx, tx, s.ApplicationID); err != nil {
			return err
		}
		if err := change(ctx, tx, "UPDATE event_source SET polls = $2, every = $3, catch_up = $4, due_at = $5, revision = revision + 1 WHERE application_id = $1",
			s.ApplicationID, s.Polls, s.Every, s.CatchUp, stamp(d.Now())); err != nil {
			return err
		}
		return d.appendAudit(ctx, tx, by, "events.polling_set", s.ApplicationID, map[string]any{"on": s.Polls, "seconds": s.Every, "catch_up_hours": s.CatchUp})
	})
}

// LookSoon lets an application's log be looked at now, where it is read at all.
func (d *DB) LookSoon(ctx context.Context, applicationID string) error {
	return d.Write(ctx, func(tx *sql.Tx) error {
		_, err := exec(ctx, tx, "UPDATE event_source SET due_at = $2 WHERE application_id = $1 AND polls = 1", applicationID, stamp(d.Now()))
		return err
	})
}

// ResetLooks lets every log that is read be looked at now: nobody is at it.
func (d *DB) ResetLooks(ctx context.Context) error {
	return d.Write(ctx, func(tx *sql.Tx) error {
		_, err := exec(ctx, tx, "UPDATE event_source SET due_at = $1 WHERE polls = 1 AND due_at > $1", stamp(d.Now()))
		return err
	})
}

// SetHook stores what is known of the hook that Caracal registered; an empty HookID is none. Without a person it is an
// observation, and no audit line is written.
func (d *DB) SetHook(ctx context.Context, s trigger.Source, action string, by auth.User) error {
	types, err := toJSON(nonNil(s.HookTypes))
	if err != nil {
		return err
	}
	return d.Write(ctx, func(tx *sql.Tx) error {
		if err := change(ctx, tx, "UPDATE event_source SET hook_id = $2, hook_url = $3, hook_types = $4, hook_on = $5, hook_error = $6, verified_at = $7, revision = revision + 1 WHERE application_id = $1",
			s.ApplicationID, s.HookID, s.HookURL, types, s.HookOn, s.HookError, stamp(s.VerifiedAt)); err != nil || action == "" {
			return err
		}
		return d.appendAudit(ctx, tx, by, action, s.ApplicationID, map[string]any{"hook": s.HookID, "types": nonNil(s.HookTypes)})
	})
}

// NoteVerified records that Okta's challenge was answered at an application's address.
func (d *DB) NoteVerified(ctx context.Context, applicationID string) error {
	return d.Write(ctx, func(tx *sql.Tx) error {
		return change(ctx, tx, "UPDATE event_source SET verified_at = $2 WHERE application_id = $1", applicationID, stamp(d.Now()))
	})
}

// DueEventSources returns the applications whose log is to be looked at, the longest due first.
func (d *DB) DueEventSources(ctx context.Context, now time.Time) (list []trigger.Source, err error) {
	err = rows(ctx, d.read, func(row *sql.Rows) error {
		s, err := scanSource(row)
		list = append(list, s)
		return err
	}, "SELECT "+sourceColumns+" FROM event_source WHERE due_at <> '' AND polls = 1 AND due_at <= $1 ORDER BY due_at LIMIT 100", stamp(now))
	return list, err
}

// ClaimEventSource takes a look up, so that one node at a time reads a log: false when somebody else did, or when the
// source was changed. Whoever has it must come back before until.
func (d *DB) ClaimEventSource(ctx context.Context, s trigger.Source, until time.Time) (claimed bool, err error) {
	err = d.Write(ctx, func(tx *sql.Tx) error {
		n, err := exec(ctx, tx, "UPDATE event_source SET due_at = $3 WHERE application_id = $1 AND due_at = $2 AND polls = 1 AND revision = $4",
			s.ApplicationID, stamp(s.DueAt), stamp(until), s.Revision)
		claimed = n == 1
		return err
	})
	return claimed, err
}

// Looked is what came of a look at the log, or of one page of it.
type Looked struct {
	Claim   time.Time // what the look was claimed with, or its last page
	Next    time.Time // of the next look, or until when this one goes on; zero is none
	Cursor  string
	Filter  string
	ReadTo  time.Time // zero leaves it as it was
	Behind  bool
	Problem string // in a sentence; then only Next is stored beside it
	Forget  bool   // begin anew when there is something to listen to again
}

// NoteLook ends a look that read nothing: it failed, or there is nothing to listen to.
func (d *DB) NoteLook(ctx context.Context, applicationID string, l Looked) error {
	return d.Write(ctx, func(tx *sql.Tx) error { return d.noteLook(ctx, tx, applicationID, l) })
}

// noteLook returns ErrConflict when somebody else has the look now.
func (d *DB) noteLook(ctx context.Context, tx *sql.Tx, applicationID string, l Looked) error {
	var n int64
	var err error
	switch {
	case l.Problem != "":
		n, err = exec(ctx, tx, "UPDATE event_source SET due_at = $3, poll_error = $4, cursor = CASE $5 WHEN 1 THEN '' ELSE cursor END WHERE application_id = $1 AND due_at = $2",
			applicationID, stamp(l.Claim), stamp(l.Next), l.Problem, l.Forget)
	case l.Forget:
		n, err = exec(ctx, tx, "UPDATE event_source SET due_at = $3, cursor = '', filter = '', read_to = '', behind = 0, poll_error = '' WHERE application_id = $1 AND due_at = $2",
			applicationID, stamp(l.Claim), stamp(l.Next))
	default:
		n, err = exec(ctx, tx, `UPDATE event_source SET due_at = $3, cursor = $4, filter = $5, read_to = CASE $6 WHEN '' THEN read_to ELSE $6 END, behind = $7, poll_error = '',
			polled_at = $8 WHERE application_id = $1 AND due_at = $2`, applicationID, stamp(l.Claim), stamp(l.Next), l.Cursor, l.Filter, stamp(l.ReadTo), l.Behind, stamp(d.Now()))
	}
	if err == nil && n == 0 {
		err = ErrConflict
	}
	return err
}
