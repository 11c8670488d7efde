package db

import (
	"context"
	"database/sql"
	"errors"
	"iter"
	"maps"
	"time"

	"caracal/audit"
	"caracal/auth"
)

// System is who did what no person did.
var System = auth.User{ID: audit.System, Name: "Caracal"}

// CommandLine is whoever may write to the database file, by a command on the server.
var CommandLine = auth.User{ID: "command_line", Name: "the command line"}

// appendAudit adds a line to the record in the transaction of what it is about. by is the
// person, or System; a token by which they act is named beside them. detail holds JSON values and never a secret.
func (d *DB) appendAudit(ctx context.Context, tx *sql.Tx, by auth.User, action, subject string, detail map[string]any) error {
	e := audit.Entry{At: d.Now(), By: by.ID, Action: action, Subject: subject}
	if by.Through.ID != "" {
		named := map[string]any{"token": by.Through.ID, "token_name": by.Through.Name}
		maps.Copy(named, detail)
		detail = named
	}
	text, err := toJSON(detail)
	if err != nil {
		return err
	}
	if err := jsonInto(&e.Detail).Scan(text); err != nil { // as it will be read back, so that the hash stays true
		return err
	}
	var prev string
	err = tx.QueryRowContext(ctx, "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1").Scan(&e.Seq, &prev)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return explain(err)
	}
	e.Seq++
	if e.Hash, err = audit.Chain(prev, e); err != nil {
		return err
	}
	_, err = exec(ctx, tx, "INSERT INTO audit (seq, at, by, action, subject, detail, hash) VALUES ($1, $2, $3, $4, $5, $6, $7)",
		e.Seq, stamp(e.At), e.By, e.Action, e.Subject, text, e.Hash)
	return err
}

// Record adds a line to the audit record for something that stores nothing else, such as a sign-in.
func (d *DB) Record(ctx context.Context, by auth.User, action, subject string, detail map[string]any) error {
	return d.Write(ctx, func(tx *sql.Tx) error { return d.appendAudit(ctx, tx, by, action, subject, detail) })
}

// AuditFilter narrows a list of the record. Zero fields do not narrow.
type AuditFilter struct {
	Subject, By string
	From, To    time.Time // From inclusive, To exclusive
	Before      int64     // only entries with a smaller number: the cursor of the next page
	Limit       int       // 50 when 0
}

// AuditList returns entries, newest first, and the cursor of the next page, 0 when there is none.
func (d *DB) AuditList(ctx context.Context, f AuditFilter) (list []audit.Entry, next int64, err error) {
	if f.Limit <= 0 {
		f.Limit = 50
	}
	var where where
	where.add(f.Subject != "", "subject = ?", f.Subject)
	where.add(f.By != "", "by = ?", f.By)
	where.add(!f.From.IsZero(), "at >= ?", stamp(f.From))
	where.add(!f.To.IsZero(), "at < ?", stamp(f.To))
	where.add(f.Before > 0, "seq < ?", f.Before)
	query := "SELECT " + auditColumns + " FROM audit" + where.String() + " ORDER BY seq DESC LIMIT ?"
	err = rows(ctx, d.read, func(r *sql.Rows) error {
		e, err := scanAudit(r)
		list = append(list, e)
		return err
	}, query, append(where.args, f.Limit+1)...)
	if err == nil && len(list) > f.Limit {
		list = list[:f.Limit]
		next = list[f.Limit-1].Seq
	}
	return list, next, err
}

// AuditVerify reads the whole record and returns how many entries it holds and the newest hash, or a
// *audit.BrokenError that names the first entry that does not fit.
func (d *DB) AuditVerify(ctx context.Context) (count int64, head string, err error) {
	return audit.Verify(d.auditAll(ctx))
}

func (d *DB) auditAll(ctx context.Context) iter.Seq2[audit.Entry, error] {
	return func(yield func(audit.Entry, error) bool) {
		stopped := errors.New("stopped")
		err := rows(ctx, d.read, func(r *sql.Rows) error {
			e, err := scanAudit(r)
			if !yield(e, err) {
				return stopped
			}
			return nil
		}, "SELECT "+auditColumns+" FROM audit ORDER BY seq")
		if err != nil && !errors.Is(err, stopped) {
			yield(audit.Entry{}, err)
		}
	}
}

const auditColumns = "seq, at, by, action, subject, detail, hash"

func scanAudit(r *sql.Rows) (e audit.Entry, err error) {
	err = r.Scan(&e.Seq, stampInto(&e.At), &e.By, &e.Action, &e.Subject, jsonInto(&e.Detail), &e.Hash)
	return e, err
}
