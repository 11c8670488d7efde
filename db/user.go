package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"caracal/auth"
)

const personColumns = `id, issuer, subject, name, email, roles, group_names, created_at, seen_at, checked_at`

// SignIn records who has just been authenticated by the sign-in provider, found by issuer and subject alone,
// with the name, address, roles and groups of this sign-in, and opens a session for them. All or nothing.
func (d *DB) SignIn(ctx context.Context, u auth.User, n NewSession) (auth.User, auth.Session, error) {
	var session auth.Session
	err := d.Write(ctx, func(tx *sql.Tx) error {
		var err error
		if u, err = d.putUser(ctx, tx, u); err != nil {
			return err
		}
		if session, err = d.insertSession(ctx, tx, u.ID, n); err != nil {
			return err
		}
		return d.appendAudit(ctx, tx, u, "session.opened", u.ID, map[string]any{
			"session": session.ID, "roles": u.Roles, "ip": n.IP,
		})
	})
	return u, session, err
}

// putUser inserts or updates by (issuer, subject) and returns the row as stored.
func (d *DB) putUser(ctx context.Context, tx *sql.Tx, u auth.User) (auth.User, error) {
	roles, err := toJSON(nonNil(u.Roles))
	if err != nil {
		return u, err
	}
	groups, err := toJSON(nonNil(u.Groups))
	if err != nil {
		return u, err
	}
	now := d.Now()
	stored, err := scanUser(tx.QueryRowContext(ctx, `
		INSERT INTO person (`+personColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, '')
		ON CONFLICT (issuer, subject) DO UPDATE SET
			name = excluded.name, email = excluded.email, roles = excluded.roles,
			group_names = excluded.group_names, seen_at = excluded.seen_at
		RETURNING `+personColumns,
		NewID("person", now), u.Issuer, u.Subject, u.Name, u.Email, roles, groups, stamp(now)))
	if err != nil {
		return u, fmt.Errorf("store the person who signs in: %w", err)
	}
	return stored, nil
}

// User returns a person by id, or ErrNotFound.
func (d *DB) User(ctx context.Context, id string) (auth.User, error) {
	return scanUser(d.read.QueryRowContext(ctx, `SELECT `+personColumns+` FROM person WHERE id = $1`, id))
}

// Users lists everybody who ever signed in, last seen first.
func (d *DB) Users(ctx context.Context) ([]auth.User, error) {
	var users []auth.User
	err := rows(ctx, d.read, func(r *sql.Rows) error {
		u, err := scanUser(r)
		users = append(users, u)
		return err
	}, `SELECT `+personColumns+` FROM person ORDER BY seen_at DESC, id`)
	return users, err
}

// UserNames returns what to call each of these people on a page, by id. Ids that are nobody's are left out.
func (d *DB) UserNames(ctx context.Context, ids ...string) (map[string]string, error) {
	names := map[string]string{}
	for _, id := range ids {
		if id != "" {
			names[id] = ""
		}
	}
	for id := range names {
		var u auth.User
		err := d.read.QueryRowContext(ctx, `SELECT name, email, subject FROM person WHERE id = $1`, id).
			Scan(&u.Name, &u.Email, &u.Subject)
		if errors.Is(err, sql.ErrNoRows) {
			delete(names, id)
			if id == CommandLine.ID {
				names[id] = CommandLine.Name
			}
			continue
		}
		if err != nil {
			return nil, explain(err)
		}
		names[id] = u.Label()
	}
	return names, nil
}

// scanner is a row or rows.
type scanner interface{ Scan(...any) error }

func scanUser(row scanner) (auth.User, error) {
	var u auth.User
	err := row.Scan(&u.ID, &u.Issuer, &u.Subject, &u.Name, &u.Email, jsonInto(&u.Roles), jsonInto(&u.Groups),
		stampInto(&u.CreatedAt), stampInto(&u.SeenAt), stampInto(&u.CheckedAt))
	return u, explain(err)
}

// nonNil makes an empty list encode as [] instead of null.
func nonNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// SetStanding stores what the org says of a person now: their roles, and whether they are gone, which ends their sessions.
// What changes has audit lines. It stores nothing when they have signed in again since u was read: then the sign-in is the
// newer word. It returns the person as stored.
func (d *DB) SetStanding(ctx context.Context, u auth.User, roles []auth.Role, gone bool) (auth.User, error) {
	text, err := toJSON(nonNil(roles))
	if err != nil {
		return u, err
	}
	err = d.Write(ctx, func(tx *sql.Tx) error {
		was, err := scanUser(tx.QueryRowContext(ctx, `SELECT `+personColumns+` FROM person WHERE id = $1`, u.ID))
		if err != nil || !was.SeenAt.Equal(u.SeenAt) {
			u = was
			return err
		}
		u = was
		u.Roles, u.CheckedAt = roles, d.Now()
		if err := change(ctx, tx, `UPDATE person SET roles = $2, checked_at = $3 WHERE id = $1`, u.ID, text, stamp(u.CheckedAt)); err != nil {
			return err
		}
		if !slices.Equal(was.Roles, roles) {
			detail := map[string]any{"from": nonNil(was.Roles), "to": nonNil(roles), "gone": gone}
			if err := d.appendAudit(ctx, tx, System, "person.roles_changed", u.ID, detail); err != nil {
				return err
			}
		}
		if !gone {
			return nil
		}
		ended, err := exec(ctx, tx, `DELETE FROM session WHERE person_id = $1`, u.ID)
		if err != nil || ended == 0 {
			return err
		}
		return d.appendAudit(ctx, tx, System, "sessions.ended", u.ID, map[string]any{"sessions": ended})
	})
	return u, err
}
