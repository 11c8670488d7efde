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
)

const triggerColumns = `id, workflow_id, kind, name, config, paused, revision, application_id, due_at, address, secret_at, old_at, old_until, created_at, created_by, updated_at, updated_by, created_through, updated_through`

func scanTrigger(row scanner) (t trigger.Trigger, err error) {
	err = row.Scan(&t.ID, &t.WorkflowID, &t.Kind, &t.Name, jsonInto(&t.Config), &t.Paused, &t.Revision, &t.ApplicationID, stampInto(&t.DueAt), &t.Address,
		stampInto(&t.SecretAt), stampInto(&t.OldAt), stampInto(&t.OldUntil), stampInto(&t.CreatedAt), &t.CreatedBy, stampInto(&t.UpdatedAt), &t.UpdatedBy, jsonInto(&t.CreatedThrough), jsonInto(&t.UpdatedThrough))
	return t, err
}

// Triggers returns the stored triggers of a workflow, each with its newest event, in the order they were made.
func (d *DB) Triggers(ctx context.Context, workflowID string) (list []trigger.Trigger, err error) {
	err = rows(ctx, d.read, func(row *sql.Rows) error {
		t, err := scanTrigger(row)
		list = append(list, t)
		return err
	}, "SELECT "+triggerColumns+" FROM run_trigger WHERE workflow_id = $1 ORDER BY id", workflowID)
	for i := range list {
		if err != nil {
			break
		}
		list[i].Last, err = scanEvent(d.read.QueryRowContext(ctx, "SELECT "+eventColumns+" FROM trigger_event WHERE trigger_id = $1 ORDER BY id DESC LIMIT 1", list[i].ID))
		if errors.Is(err, sql.ErrNoRows) {
			err = nil
		}
	}
	return list, err
}

// Trigger returns one trigger, or ErrNotFound.
func (d *DB) Trigger(ctx context.Context, id string) (trigger.Trigger, error) {
	t, err := scanTrigger(d.read.QueryRowContext(ctx, "SELECT "+triggerColumns+" FROM run_trigger WHERE id = $1", id))
	return t, explain(err)
}

// TriggerAt returns the webhook at an address, with its secrets, or ErrNotFound.
func (d *DB) TriggerAt(ctx context.Context, address string) (t trigger.Trigger, held Secrets, err error) {
	if address == "" {
		return t, held, ErrNotFound
	}
	if t, err = scanTrigger(d.read.QueryRowContext(ctx, "SELECT "+triggerColumns+" FROM run_trigger WHERE address = $1", address)); err != nil {
		return t, held, explain(err)
	}
	err = d.read.QueryRowContext(ctx, "SELECT secret_sealed, secret_hash, secret_at, old_sealed, old_hash, old_at, old_until FROM run_trigger WHERE id = $1", t.ID).
		Scan((*[]byte)(&held.Now.Sealed), &held.Now.Hash, stampInto(&held.Now.At), (*[]byte)(&held.Old.Sealed), &held.Old.Hash, stampInto(&held.Old.At), stampInto(&held.Old.Until))
	return t, held, explain(err)
}

// BuiltIn returns a workflow's trigger of a built-in kind: an empty one when nothing was ever set about it.
func (d *DB) BuiltIn(ctx context.Context, workflowID string, kind trigger.Kind) (trigger.Trigger, error) {
	return builtIn(ctx, d.read, workflowID, kind)
}

func builtIn(ctx context.Context, q querier, workflowID string, kind trigger.Kind) (trigger.Trigger, error) {
	t, err := scanTrigger(q.QueryRowContext(ctx, "SELECT "+triggerColumns+" FROM run_trigger WHERE workflow_id = $1 AND kind = $2", workflowID, string(kind)))
	if errors.Is(err, sql.ErrNoRows) {
		return trigger.Trigger{WorkflowID: workflowID, Kind: kind}, nil
	}
	return t, explain(err)
}

// CreateTrigger stores a new trigger and returns it with its id.
func (d *DB) CreateTrigger(ctx context.Context, t trigger.Trigger, by auth.User) (trigger.Trigger, error) {
	err := d.Write(ctx, func(tx *sql.Tx) (err error) {
		t, err = d.insertTrigger(ctx, tx, t, by)
		return err
	})
	return t, err
}

func (d *DB) insertTrigger(ctx context.Context, tx *sql.Tx, t trigger.Trigger, by auth.User) (trigger.Trigger, error) {
	now := d.Now()
	t.ID, t.Revision, t.CreatedAt, t.CreatedBy, t.UpdatedAt, t.UpdatedBy = NewID("trg", now), 1, now, by.ID, now, by.ID
	t.CreatedThrough, t.UpdatedThrough = by.Through, by.Through
	config, err := toJSON(t.Config)
	if err != nil {
		return t, err
	}
	if _, err := exec(ctx, tx, `INSERT INTO run_trigger (id, workflow_id, kind, name, config, paused, due_at, address, created_at, created_by, updated_at, updated_by, application_id, created_through, updated_through)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $9, $10, $11, $12, $12)`, t.ID, t.WorkflowID, string(t.Kind), t.Name, config, t.Paused, stamp(t.DueAt), t.Address,
		stamp(now), by.ID, t.ApplicationID, throughJSON(by)); err != nil {
		return t, err
	}
	if err := d.triggerStored(ctx, tx, t); err != nil {
		return t, err
	}
	return t, d.appendAudit(ctx, tx, by, "trigger.created", t.ID, triggerDetail(t))
}

// CreateTriggerOnce is CreateTrigger for whoever may ask twice, and names triggers by their name: where the workflow has one
// of the kind and the name with the same settings, that is returned and created is false, and where it has other settings
// the error is a conflict.
func (d *DB) CreateTriggerOnce(ctx context.Context, t trigger.Trigger, by auth.User) (_ trigger.Trigger, created bool, err error) {
	err = d.Write(ctx, func(tx *sql.Tx) error {
		there, err := scanTrigger(tx.QueryRowContext(ctx, "SELECT "+triggerColumns+" FROM run_trigger WHERE workflow_id = $1 AND kind = $2 AND name = $3 ORDER BY id LIMIT 1",
			t.WorkflowID, string(t.Kind), t.Name))
		switch {
		case errors.Is(err, sql.ErrNoRows):
			created = true
			t, err = d.insertTrigger(ctx, tx, t, by)
			return err
		case err != nil:
			return err
		case SeenTrigger(there) != SeenTrigger(t):
			return fault.New(fault.Conflict, "The workflow has a %s called “%s” already, with other settings; update that one, or give this one another name.", strings.ToLower(t.Kind.Title()), t.Name)
		}
		t = there
		return nil
	})
	return t, created && err == nil, err
}

// triggerStored lets the settings of a trigger reach what goes by them.
func (d *DB) triggerStored(ctx context.Context, tx *sql.Tx, t trigger.Trigger) error {
	if err := paceBatches(ctx, tx, t); err != nil || t.ApplicationID == "" {
		return err
	}
	return d.ensureSource(ctx, tx, t.ApplicationID)
}

// SaveTrigger stores what a person set about a trigger, in the place of what they were shown, and returns it. A built-in one
// of which nothing was stored needs no id.
func (d *DB) SaveTrigger(ctx context.Context, t trigger.Trigger, seen Seen, by auth.User) (trigger.Trigger, error) {
	config, err := toJSON(t.Config)
	if err != nil {
		return t, err
	}
	err = d.Write(ctx, func(tx *sql.Tx) error {
		stored, err := storedTrigger(ctx, tx, t)
		if err == nil {
			err = seen.Still(SeenTrigger(stored), SeenTrigger(t))
		}
		if err != nil {
			return err
		}
		if stored.ID == "" {
			t, err = d.insertTrigger(ctx, tx, t, by)
			return err
		}
		if t.ID = stored.ID; stored.Paused { // somebody may have paused it, or let it go on, while this was typed
			t.DueAt = time.Time{}
		}
		t.Revision, t.Paused, t.UpdatedAt, t.UpdatedBy = stored.Revision+1, stored.Paused, d.Now(), by.ID
		t.CreatedThrough, t.UpdatedThrough = stored.CreatedThrough, by.Through
		if err := change(ctx, tx, `UPDATE run_trigger SET name = $2, config = $3, due_at = $4, revision = $5, updated_at = $6, updated_by = $7, application_id = $8, updated_through = $9 WHERE id = $1`,
			t.ID, t.Name, config, stamp(t.DueAt), t.Revision, stamp(t.UpdatedAt), by.ID, t.ApplicationID, throughJSON(by)); err != nil {
			return err
		}
		if err := d.triggerStored(ctx, tx, t); err != nil {
			return err
		}
		return d.appendAudit(ctx, tx, by, "trigger.changed", t.ID, triggerDetail(t))
	})
	return t, err
}

// storedTrigger returns a trigger as it is stored: by its id, or the built-in one of its kind.
func storedTrigger(ctx context.Context, tx *sql.Tx, t trigger.Trigger) (trigger.Trigger, error) {
	if t.Kind.BuiltIn() {
		return builtIn(ctx, tx, t.WorkflowID, t.Kind)
	}
	stored, err := scanTrigger(tx.QueryRowContext(ctx, "SELECT "+triggerColumns+" FROM run_trigger WHERE id = $1", t.ID))
	return stored, explain(err)
}

// PauseTrigger stops a trigger, or lets it go on. due is the next time of a schedule that goes on, and of one that listens
// to events the time from which it does: what passed while it was paused was not missed.
func (d *DB) PauseTrigger(ctx context.Context, t trigger.Trigger, paused bool, due time.Time, by auth.User) error {
	return d.Write(ctx, func(tx *sql.Tx) error {
		from := due
		if t.Kind == trigger.OrgEvents {
			due = time.Time{}
		}
		n, err := exec(ctx, tx, "UPDATE run_trigger SET paused = $2, due_at = $3, revision = revision + 1, updated_at = $4, updated_by = $5, updated_through = $6 WHERE id = $1 AND paused <> $2",
			t.ID, paused, stamp(due), stamp(d.Now()), by.ID, throughJSON(by))
		if err != nil || n == 0 {
			return err // already so: nothing to write down
		}
		if t.Kind == trigger.OrgEvents && !paused {
			if err := d.listenAnew(ctx, tx, t, from); err != nil {
				return err
			}
		}
		action := "trigger.paused"
		if !paused {
			action = "trigger.resumed"
		}
		return d.appendAudit(ctx, tx, by, action, t.ID, triggerDetail(t))
	})
}

// listenAnew lets a trigger listen from a time on.
func (d *DB) listenAnew(ctx context.Context, tx *sql.Tx, t trigger.Trigger, from time.Time) error {
	now, err := scanTrigger(tx.QueryRowContext(ctx, "SELECT "+triggerColumns+" FROM run_trigger WHERE id = $1", t.ID))
	if err != nil {
		return err
	}
	now.Event = now.Event.Listen(trigger.Listener{}, from)
	config, err := toJSON(now.Config)
	if err != nil {
		return err
	}
	if err := change(ctx, tx, "UPDATE run_trigger SET config = $2 WHERE id = $1", t.ID, config); err != nil {
		return err
	}
	return d.ensureSource(ctx, tx, now.ApplicationID)
}

// DeleteTrigger takes a trigger and its events away. Its runs stay, and say what started them.
func (d *DB) DeleteTrigger(ctx context.Context, t trigger.Trigger, by auth.User) error {
	return d.Write(ctx, func(tx *sql.Tx) error {
		if err := change(ctx, tx, "DELETE FROM run_trigger WHERE id = $1", t.ID); err != nil {
			return err
		}
		return d.appendAudit(ctx, tx, by, "trigger.deleted", t.ID, triggerDetail(t))
	})
}

// SetTriggerSecret stores a webhook's new secret: sealed for signatures, or its hash. The one before it is good until
// a time; the zero time is not at all. seen is the one that the person replaces.
func (d *DB) SetTriggerSecret(ctx context.Context, t trigger.Trigger, made Secret, oldUntil time.Time, seen Seen, by auth.User) error {
	return d.Write(ctx, func(tx *sql.Tx) error {
		stored, err := storedTrigger(ctx, tx, t)
		if err == nil {
			err = seen.Still(SeenSecret(stored.SecretAt, stored.OldAt), "")
		}
		if err != nil {
			return err
		}
		old := "old_sealed = NULL, old_hash = NULL, old_at = '', old_until = $7"
		if !oldUntil.IsZero() {
			old = "old_sealed = secret_sealed, old_hash = secret_hash, old_at = secret_at, old_until = $7"
		}
		if err := change(ctx, tx, "UPDATE run_trigger SET "+old+`, secret_sealed = $2, secret_hash = $3, secret_at = $4, revision = revision + 1, updated_at = $5, updated_by = $6, updated_through = $8
			WHERE id = $1`, t.ID, []byte(made.Sealed), made.Hash, stamp(made.At), stamp(d.Now()), by.ID, stamp(oldUntil), throughJSON(by)); err != nil {
			return err
		}
		detail := triggerDetail(t)
		if !oldUntil.IsZero() {
			detail["old_until"] = stamp(oldUntil)
		}
		return d.appendAudit(ctx, tx, by, "trigger.secret_made", t.ID, detail)
	})
}

// EndOldSecret makes a webhook's replaced secret good for nothing, from now on.
func (d *DB) EndOldSecret(ctx context.Context, t trigger.Trigger, by auth.User) error {
	return d.Write(ctx, func(tx *sql.Tx) error {
		n, err := exec(ctx, tx, `UPDATE run_trigger SET old_sealed = NULL, old_hash = NULL, old_at = '', old_until = '', revision = revision + 1, updated_at = $2, updated_by = $3, updated_through = $4
			WHERE id = $1 AND old_until <> ''`, t.ID, stamp(d.Now()), by.ID, throughJSON(by))
		if err != nil || n == 0 {
			return err // there is none any more
		}
		return d.appendAudit(ctx, tx, by, "trigger.secret_ended", t.ID, triggerDetail(t))
	})
}

// throughJSON is the token by which somebody changes a trigger, as it is stored; "" on a page.
func throughJSON(by auth.User) string {
	if by.Through.ID == "" {
		return ""
	}
	text, err := toJSON(by.Through)
	if err != nil {
		return "" // three texts can always be written
	}
	return text
}

func triggerDetail(t trigger.Trigger) map[string]any {
	return map[string]any{"workflow": t.WorkflowID, "kind": string(t.Kind), "name": t.Name, "guards": nonNil(t.Guards.Words())}
}
