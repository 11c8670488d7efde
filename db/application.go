package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"caracal/auth"
	"caracal/org"
)

const applicationColumns = `id, name, domain, method, client_id, scopes, granted, status, org_id, cell,
	credential_sealed, key_set, key_id, key_thumbprint, credential_set, next_key,
	token_at, token_dpop, token_error, used_at, created_at, created_by, revision, rate_share`

// CreateApplication stores a new application, whose credential is sealed for the id it already has.
func (d *DB) CreateApplication(ctx context.Context, a org.Application, by auth.User) error {
	return d.Write(ctx, func(tx *sql.Tx) error {
		a.Revision = 1
		values, err := applicationValues(a)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO application (`+applicationColumns+`) VALUES
			($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)`, values...); err != nil {
			return fmt.Errorf("store application: %w", err)
		}
		return d.appendAudit(ctx, tx, by, "application.connected", a.ID, map[string]any{
			"name": a.Name, "domain": a.Domain, "method": a.Method, "client_id": a.ClientID, "scopes": a.Scopes})
	})
}

// UpdateApplication stores the application as it is now, if nobody changed it since it was read, with an audit
// line that says what was done. It returns ErrConflict when somebody did.
func (d *DB) UpdateApplication(ctx context.Context, a org.Application, by auth.User, action string, detail map[string]any) error {
	return d.Write(ctx, func(tx *sql.Tx) error {
		read := a.Revision
		a.Revision++
		values, err := applicationValues(a)
		if err != nil {
			return err
		}
		result, err := tx.ExecContext(ctx, `UPDATE application SET (`+applicationColumns+`) =
			($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)
			WHERE id = $1 AND revision = $25`, append(values, read)...)
		if err != nil {
			return fmt.Errorf("store application: %w", err)
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return errors.Join(ErrConflict, err)
		}
		return d.appendAudit(ctx, tx, by, action, a.ID, detail)
	})
}

// NoteToken records what Okta's last token answer said, and that the application was used. It neither checks
// nor moves the revision: it is an observation, not an edit. One that is older than what is known is dropped: it
// was made before somebody changed the scopes or the credential.
func (d *DB) NoteToken(ctx context.Context, a org.Application) error {
	granted, err := toJSON(nonNil(a.Granted))
	if err != nil {
		return err
	}
	return d.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE application SET granted = $2, token_at = $3, token_dpop = $4, token_error = $5, used_at = $6
			WHERE id = $1 AND token_at <= $3`,
			a.ID, granted, stamp(a.TokenAt), a.TokenDPoP, a.TokenError, stamp(a.UsedAt))
		return err
	})
}

// NoteUse records when an application was last used, and nothing else.
func (d *DB) NoteUse(ctx context.Context, id string, at time.Time) error {
	return d.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE application SET used_at = $2 WHERE id = $1`, id, stamp(at))
		return err
	})
}

// Application returns one application, or ErrNotFound.
func (d *DB) Application(ctx context.Context, id string) (org.Application, error) {
	a, err := scanApplication(d.read.QueryRowContext(ctx, `SELECT `+applicationColumns+` FROM application WHERE id = $1`, id))
	return a, explain(err)
}

// Applications returns every application, disconnected ones last, then by name.
func (d *DB) Applications(ctx context.Context) (out []org.Application, err error) {
	rows, err := d.read.QueryContext(ctx, `SELECT `+applicationColumns+` FROM application ORDER BY status = 'disconnected', name, id`)
	if err != nil {
		return nil, fmt.Errorf("list applications: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		a, err := scanApplication(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, rows.Err()
}

func applicationValues(a org.Application) ([]any, error) {
	scopes, err := toJSON(nonNil(a.Scopes))
	if err != nil {
		return nil, err
	}
	granted, err := toJSON(nonNil(a.Granted))
	if err != nil {
		return nil, err
	}
	return []any{a.ID, a.Name, a.Domain, string(a.Method), a.ClientID, scopes, granted, string(a.Status), a.OrgID, a.Cell,
		[]byte(a.Credential), a.KeySet, a.KeyID, a.KeyThumbprint, stamp(a.CredentialSet), a.NextKey,
		stamp(a.TokenAt), a.TokenDPoP, a.TokenError, stamp(a.UsedAt), stamp(a.CreatedAt), a.CreatedBy, a.Revision, a.RateShare}, nil
}

func scanApplication(row scanner) (a org.Application, err error) {
	err = row.Scan(&a.ID, &a.Name, &a.Domain, &a.Method, &a.ClientID, jsonInto(&a.Scopes), jsonInto(&a.Granted), &a.Status, &a.OrgID, &a.Cell,
		(*[]byte)(&a.Credential), &a.KeySet, &a.KeyID, &a.KeyThumbprint, stampInto(&a.CredentialSet), &a.NextKey,
		stampInto(&a.TokenAt), &a.TokenDPoP, &a.TokenError, stampInto(&a.UsedAt), stampInto(&a.CreatedAt), &a.CreatedBy, &a.Revision, &a.RateShare)
	return a, err
}
