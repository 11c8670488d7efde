package db

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// SignInAttempt is one trip to the sign-in provider that has not come back yet.
type SignInAttempt struct {
	StateHash   []byte // SHA-256 of the state parameter
	BrowserHash []byte // SHA-256 of the cookie that binds the attempt to one browser
	Nonce       string
	Verifier    string // PKCE, RFC 7636
	ReturnTo    string
	Ends        time.Time
}

// BeginSignIn stores an attempt, and forgets those that were never finished.
func (d *DB) BeginSignIn(ctx context.Context, a SignInAttempt) error {
	return d.Write(ctx, func(tx *sql.Tx) error {
		if _, err := exec(ctx, tx, `DELETE FROM signin_attempt WHERE ends_at <= $1`, stamp(d.Now())); err != nil {
			return fmt.Errorf("forget old sign-in attempts: %w", err)
		}
		_, err := exec(ctx, tx, `INSERT INTO signin_attempt
			(state_hash, browser_hash, nonce, verifier, return_to, ends_at) VALUES ($1, $2, $3, $4, $5, $6)`,
			a.StateHash, a.BrowserHash, a.Nonce, a.Verifier, a.ReturnTo, stamp(a.Ends))
		return err
	})
}

// TakeSignIn returns the attempt with this state and removes it, so that it serves once. It is ErrNotFound when
// there is none, it has run out, or another browser began it; in the last case it stays for that browser.
func (d *DB) TakeSignIn(ctx context.Context, stateHash, browserHash []byte) (SignInAttempt, error) {
	a := SignInAttempt{StateHash: stateHash, BrowserHash: browserHash}
	err := d.Write(ctx, func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, `DELETE FROM signin_attempt
			WHERE state_hash = $1 AND browser_hash = $2 AND ends_at > $3
			RETURNING nonce, verifier, return_to, ends_at`, stateHash, browserHash, stamp(d.Now())).
			Scan(&a.Nonce, &a.Verifier, &a.ReturnTo, stampInto(&a.Ends))
	})
	return a, err
}
