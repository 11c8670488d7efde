package db

import (
	"context"
	"database/sql"
	"errors"

	"caracal/fault"
	"caracal/secret"
)

var keyCheckPlace = secret.Place{Table: "key_check", Row: "1", Column: "sealed"}

// CheckKeys refuses master keys that cannot open what this database holds: those of another installation, or of a
// node that made its own. The first keys that a database sees are remembered by a text that they sealed.
func (d *DB) CheckKeys(ctx context.Context, keys *secret.Keyring) error {
	return d.Write(ctx, func(tx *sql.Tx) error {
		var sealed secret.Sealed
		err := tx.QueryRowContext(ctx, "SELECT sealed FROM key_check WHERE id = 1").Scan((*[]byte)(&sealed))
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if err == nil {
			if _, err := keys.Open(sealed, keyCheckPlace); err != nil {
				return fault.New(fault.Invalid, "The secrets of this database were sealed with another master key; give this Caracal the keys that the others have, by CARACAL_KEYS or CARACAL_KEY_FILE.").Because(err)
			}
			if id, err := sealed.KeyID(); err != nil || id == keys.Active() {
				return err
			}
		}
		if sealed, err = keys.Seal(secret.NewText("caracal"), keyCheckPlace); err != nil {
			return err
		}
		_, err = exec(ctx, tx, "INSERT INTO key_check (id, sealed) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed", []byte(sealed))
		return err
	})
}
