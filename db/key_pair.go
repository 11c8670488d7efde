package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"caracal/org"
)

const keyPairColumns = `id, key_set, private_sealed, public_jwk, thumbprint, created_at, created_by`

// CreateKeyPair stores a key that Caracal made.
func (d *DB) CreateKeyPair(ctx context.Context, k org.KeyPair) error {
	return d.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO key_pair (`+keyPairColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			k.ID, k.Set, []byte(k.Private), k.PublicJWK, k.Thumbprint, stamp(k.CreatedAt), k.CreatedBy)
		return err
	})
}

// KeyPair returns one key pair, or ErrNotFound.
func (d *DB) KeyPair(ctx context.Context, id string) (org.KeyPair, error) {
	k, err := scanKeyPair(d.read.QueryRowContext(ctx, `SELECT `+keyPairColumns+` FROM key_pair WHERE id = $1`, id))
	return k, explain(err)
}

// KeyPairs returns the keys of a set, oldest first. A set that nobody made has none.
func (d *DB) KeyPairs(ctx context.Context, set string) (out []org.KeyPair, err error) {
	rows, err := d.read.QueryContext(ctx, `SELECT `+keyPairColumns+` FROM key_pair WHERE key_set = $1 ORDER BY created_at, id`, set)
	if err != nil {
		return nil, fmt.Errorf("list keys: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		k, err := scanKeyPair(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, k)
	}
	return out, rows.Err()
}

// DropKeyPairs removes the keys of a set that no connected application uses or is about to: the old ones after a
// rotation, the next one of a rotation that was given up, all after a disconnect. What is in use is read with
// the removal, so that two people who rotate at once never take away the key that won.
func (d *DB) DropKeyPairs(ctx context.Context, set string) error {
	return d.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM key_pair WHERE key_set = $1 AND NOT EXISTS (SELECT 1 FROM application a
			WHERE a.status <> 'disconnected' AND (a.next_key = key_pair.id OR a.key_thumbprint = key_pair.thumbprint))`, set)
		return err
	})
}

func scanKeyPair(row scanner) (k org.KeyPair, err error) {
	err = row.Scan(&k.ID, &k.Set, &k.Private, &k.PublicJWK, &k.Thumbprint, stampInto(&k.CreatedAt), &k.CreatedBy)
	return k, err
}
