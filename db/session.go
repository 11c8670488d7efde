package db

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"caracal/auth"
	"caracal/secret"
)

// NewSession is what a session begins with. The token itself stays with the browser.
type NewSession struct {
	ID        string // public id, from NewID("session", …): a sealed token names its row before that is stored
	TokenHash []byte // SHA-256 of the cookie's token
	Replaces  []byte // hash of the token that the browser came with, if any: that session ends
	IdleEnds  time.Time
	Ends      time.Time
	IP        string
	UserAgent string
	IDToken   secret.Sealed // see IDTokenPlace
}

// OpenSession is a session as found by its token.
type OpenSession struct {
	auth.Session
	User    auth.User
	IDToken secret.Sealed
	Flashes []Flash
}

// Flash is a message kept for the next page.
type Flash struct {
	Kind string `json:"kind"`
	Text string `json:"text"`
}

// IDTokenPlace is where the ID token of a session is stored.
func IDTokenPlace(sessionID string) secret.Place {
	return secret.Place{Table: "session", Row: sessionID, Column: "id_token_sealed"}
}

const sessionColumns = `s.id, s.person_id, s.created_at, s.last_seen_at, s.idle_ends_at, s.ends_at, s.ip, s.user_agent`

func (d *DB) insertSession(ctx context.Context, tx *sql.Tx, userID string, n NewSession) (auth.Session, error) {
	now := d.Now()
	s := auth.Session{ID: n.ID, UserID: userID, CreatedAt: now, LastSeenAt: now, IdleEnds: n.IdleEnds, Ends: n.Ends,
		IP: n.IP, UserAgent: n.UserAgent}
	_, err := exec(ctx, tx, `DELETE FROM session WHERE ends_at <= $1 OR idle_ends_at <= $1 OR token_hash = $2`,
		stamp(now), n.Replaces)
	if err != nil {
		return s, fmt.Errorf("remove sessions that ended: %w", err)
	}
	_, err = exec(ctx, tx, `INSERT INTO session (id, token_hash, person_id, created_at, last_seen_at,
		idle_ends_at, ends_at, ip, user_agent, id_token_sealed, flashes)
		VALUES ($1, $2, $3, $4, $4, $5, $6, $7, $8, $9, '[]')`,
		s.ID, n.TokenHash, userID, stamp(now), stamp(n.IdleEnds), stamp(n.Ends), n.IP, n.UserAgent, []byte(n.IDToken))
	if err != nil {
		return s, fmt.Errorf("open a session: %w", err)
	}
	return s, nil
}

// SessionByToken returns the open session whose token has this hash, or ErrNotFound: also for one that ended.
func (d *DB) SessionByToken(ctx context.Context, tokenHash []byte) (OpenSession, error) {
	var open OpenSession
	var idToken []byte
	row := d.read.QueryRowContext(ctx, `SELECT `+sessionColumns+`, s.id_token_sealed, s.flashes
		FROM session s WHERE s.token_hash = $1 AND s.idle_ends_at > $2 AND s.ends_at > $2`, tokenHash, stamp(d.Now()))
	session, err := scanSession(row, &idToken, jsonInto(&open.Flashes))
	if err != nil {
		return open, err
	}
	open.Session, open.IDToken = session, idToken
	open.User, err = d.User(ctx, session.UserID)
	return open, err
}

// TouchSession moves the idle end of a session.
func (d *DB) TouchSession(ctx context.Context, id string, seen, idleEnds time.Time) error {
	return d.Write(ctx, func(tx *sql.Tx) error {
		_, err := exec(ctx, tx, `UPDATE session SET last_seen_at = $2, idle_ends_at = $3 WHERE id = $1`,
			id, stamp(seen), stamp(idleEnds))
		return err
	})
}

// SaveFlashes replaces the messages kept for the next page.
func (d *DB) SaveFlashes(ctx context.Context, id string, flashes []Flash) error {
	text, err := toJSON(nonNil(flashes))
	if err != nil {
		return err
	}
	return d.Write(ctx, func(tx *sql.Tx) error {
		_, err := exec(ctx, tx, `UPDATE session SET flashes = $2 WHERE id = $1`, id, text)
		return err
	})
}

// Sessions lists a person's open sessions, last seen first.
func (d *DB) Sessions(ctx context.Context, userID string) ([]auth.Session, error) {
	var sessions []auth.Session
	err := rows(ctx, d.read, func(r *sql.Rows) error {
		s, err := scanSession(r)
		sessions = append(sessions, s)
		return err
	}, `SELECT `+sessionColumns+` FROM session s
		WHERE s.person_id = $1 AND s.idle_ends_at > $2 AND s.ends_at > $2
		ORDER BY s.last_seen_at DESC, s.id`, userID, stamp(d.Now()))
	return sessions, err
}

// SessionCounts returns how many open sessions each person has, by id.
func (d *DB) SessionCounts(ctx context.Context) (map[string]int, error) {
	counts := map[string]int{}
	err := rows(ctx, d.read, func(r *sql.Rows) error {
		var id string
		var n int
		if err := r.Scan(&id, &n); err != nil {
			return err
		}
		counts[id] = n
		return nil
	}, `SELECT person_id, count(*) FROM session WHERE idle_ends_at > $1 AND ends_at > $1 GROUP BY person_id`, stamp(d.Now()))
	return counts, err
}

// EndSession ends one session of a person, and says so in the audit record. It is ErrNotFound for a session
// that is not theirs.
func (d *DB) EndSession(ctx context.Context, userID, sessionID string, by auth.User) error {
	return d.Write(ctx, func(tx *sql.Tx) error {
		if err := change(ctx, tx, `DELETE FROM session WHERE id = $1 AND person_id = $2`, sessionID, userID); err != nil {
			return err
		}
		return d.appendAudit(ctx, tx, by, "session.ended", userID, map[string]any{"session": sessionID})
	})
}

// EndSessions ends every session of a person and returns how many there were.
func (d *DB) EndSessions(ctx context.Context, userID string, by auth.User) (ended int64, err error) {
	err = d.Write(ctx, func(tx *sql.Tx) error {
		if ended, err = exec(ctx, tx, `DELETE FROM session WHERE person_id = $1`, userID); err != nil {
			return err
		}
		return d.appendAudit(ctx, tx, by, "sessions.ended", userID, map[string]any{"sessions": ended})
	})
	return ended, err
}

func scanSession(row scanner, more ...any) (auth.Session, error) {
	var s auth.Session
	err := row.Scan(append([]any{&s.ID, &s.UserID, stampInto(&s.CreatedAt), stampInto(&s.LastSeenAt),
		stampInto(&s.IdleEnds), stampInto(&s.Ends), &s.IP, &s.UserAgent}, more...)...)
	return s, explain(err)
}
