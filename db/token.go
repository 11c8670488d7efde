package db

import (
	"context"
	"database/sql"
	"time"

	"caracal/auth"
	"caracal/trigger"
)

const tokenColumns = `id, name, person_id, workflows, expires_at, created_at, created_by, used_at, revoked_at, roles, changes`

func scanAPIToken(row scanner) (t trigger.Token, err error) {
	err = row.Scan(&t.ID, &t.Name, &t.PersonID, jsonInto(&t.Workflows), stampInto(&t.ExpiresAt), stampInto(&t.CreatedAt), &t.CreatedBy, stampInto(&t.UsedAt), stampInto(&t.RevokedAt), jsonInto(&t.Roles), &t.Changes)
	return t, err
}

// Tokens lists every API token, those that can be used first, then newest first.
func (d *DB) Tokens(ctx context.Context) (list []trigger.Token, err error) {
	err = rows(ctx, d.read, func(row *sql.Rows) error {
		t, err := scanAPIToken(row)
		list = append(list, t)
		return err
	}, "SELECT "+tokenColumns+" FROM api_token ORDER BY (revoked_at <> '' OR expires_at <= $1), id DESC", stamp(d.Now()))
	return list, err
}

// TokenByHash returns the token with this hash, or ErrNotFound.
func (d *DB) TokenByHash(ctx context.Context, hash []byte) (trigger.Token, error) {
	t, err := scanAPIToken(d.read.QueryRowContext(ctx, "SELECT "+tokenColumns+" FROM api_token WHERE token_hash = $1", hash))
	return t, explain(err)
}

// CreateToken stores a new token by its hash alone. It may do what the roles of its person allow now, and never more.
func (d *DB) CreateToken(ctx context.Context, t trigger.Token, hash []byte, by auth.User) (trigger.Token, error) {
	t.CreatedAt, t.CreatedBy = d.Now(), by.ID
	t.ID = NewID("tok", t.CreatedAt)
	workflows, err := toJSON(nonNil(t.Workflows))
	if err != nil {
		return t, err
	}
	err = d.Write(ctx, func(tx *sql.Tx) error {
		person, err := scanUser(tx.QueryRowContext(ctx, "SELECT "+personColumns+" FROM person WHERE id = $1", t.PersonID))
		if err != nil {
			return err
		}
		t.Roles = person.Roles
		roles, err := toJSON(nonNil(t.Roles))
		if err != nil {
			return err
		}
		if _, err := exec(ctx, tx, `INSERT INTO api_token (id, name, person_id, token_hash, workflows, expires_at, created_at, created_by, roles, changes)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, t.ID, t.Name, t.PersonID, hash, workflows, stamp(t.ExpiresAt), stamp(t.CreatedAt), by.ID, roles, t.Changes); err != nil {
			return err
		}
		return d.appendAudit(ctx, tx, by, "token.created", t.ID, map[string]any{"name": t.Name, "for": t.PersonID, "workflows": nonNil(t.Workflows), "ends": stamp(t.ExpiresAt), "may_change": t.Changes})
	})
	return t, err
}

// RevokeToken ends a token at once.
func (d *DB) RevokeToken(ctx context.Context, id string, by auth.User) error {
	return d.Write(ctx, func(tx *sql.Tx) error {
		n, err := exec(ctx, tx, "UPDATE api_token SET revoked_at = $2 WHERE id = $1 AND revoked_at = ''", id, stamp(d.Now()))
		if err != nil {
			return err
		}
		if n == 0 {
			return ErrNotFound
		}
		return d.appendAudit(ctx, tx, by, "token.revoked", id, nil)
	})
}

// NoteTokenUse records when a token was last used, to the minute: a program that polls must not write each time.
func (d *DB) NoteTokenUse(ctx context.Context, t trigger.Token) error {
	now := d.Now()
	if now.Sub(t.UsedAt) < time.Minute {
		return nil
	}
	return d.Write(ctx, func(tx *sql.Tx) error {
		_, err := exec(ctx, tx, "UPDATE api_token SET used_at = $2 WHERE id = $1", t.ID, stamp(now))
		return err
	})
}

// StandingByToken counts the triggers that were made, or changed last, by each token. They go on when it has ended.
func (d *DB) StandingByToken(ctx context.Context) (map[string]int, error) {
	counts := map[string]int{}
	err := rows(ctx, d.read, func(row *sql.Rows) error {
		var made, changed auth.Through
		if err := row.Scan(jsonInto(&made), jsonInto(&changed)); err != nil {
			return err
		}
		if counts[made.ID]++; changed.ID != made.ID {
			counts[changed.ID]++
		}
		return nil
	}, "SELECT created_through, updated_through FROM run_trigger WHERE created_through <> '' OR updated_through <> ''")
	delete(counts, "")
	return counts, err
}
