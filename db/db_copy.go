package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"caracal/fault"
	"caracal/secret"
)

// CopyOptions is what Copy needs besides the two places.
type CopyOptions struct {
	Keys     *secret.Keyring    // of the installation: those that sealed what the source holds
	Clock    func() time.Time   // time.Now when nil
	Logger   *slog.Logger       // discards when nil
	Progress func(CopyProgress) // called after each batch that is stored, or read again; may be nil
}

// CopyProgress says how far a copy has come.
type CopyProgress struct {
	Table    string
	Done, Of int64 // rows of the table
	Stored   int   // how many of them were stored just now
	Checking bool  // the rows are there, and are compared
}

// CopyReport is what a whole copy came to.
type CopyReport struct {
	From       string        `json:"from"` // places, without passwords
	To         string        `json:"to"`
	Resumed    bool          `json:"resumed"`   // an earlier try had begun it
	WasThere   bool          `json:"was_there"` // it was whole already, and nothing was done
	Tables     []CopiedTable `json:"tables"`
	Mended     int64         `json:"mended"`     // texts whose bytes PostgreSQL can't store, and that hold a � in their place
	Entries    int64         `json:"entries"`    // of the audit record, whose chain was verified on the copy
	Head       string        `json:"head"`       // the newest hash of that chain
	Unfinished int64         `json:"unfinished"` // runs that go on when the copy is served
}

// CopiedTable is one table, as it is on both sides.
type CopiedTable struct {
	Name string `json:"name"`
	Rows int64  `json:"rows"`
	Hash string `json:"hash"` // SHA-256, in hex, over its rows in the order of their keys
}

// Copy moves everything in one database to another that is new: a file to PostgreSQL, or back. A try that was cut off is
// taken up where it stopped by calling Copy again. Rows are compared on both sides at the end, and the chain of the audit
// record is verified on the copy. From its beginning the source is marked, so that no Caracal serves it: two that
// carry out the same runs would do everything twice. The copy can be served once it is whole.
//
// The queue's own tables are not copied: its jobs are nudges only, and the engine makes new ones.
func Copy(ctx context.Context, from, to string, o CopyOptions) (report CopyReport, err error) {
	if o.Progress == nil {
		o.Progress = func(CopyProgress) {}
	}
	c := &copier{CopyOptions: o}
	c.report.From, c.report.To = PlaceName(from), PlaceName(to)
	defer func() {
		for _, d := range []*DB{c.from, c.to} {
			if d != nil {
				err = errors.Join(err, d.Close())
			}
		}
		err = explain(err)
	}()
	if sameFile(from, to) {
		return report, fault.New(fault.Invalid, "%s can't be copied to itself; name another place.", PlaceName(to))
	}
	if c.tables, err = copiedTables(ctx); err != nil {
		return report, err
	}
	if c.from, err = openCopied(ctx, from, o); err != nil {
		return report, err
	}
	if err := c.from.CheckKeys(ctx, o.Keys); err != nil {
		return report, err
	}
	if c.to, err = openCopy(ctx, to, o); err != nil {
		return report, err
	}
	if err := c.begin(ctx); err != nil {
		return report, err
	}
	if !c.report.WasThere {
		if err := c.all(ctx); err != nil {
			return report, err
		}
	}
	return c.report, c.from.Write(ctx, func(tx *sql.Tx) error { return c.from.endMark(ctx, tx, wentTo) })
}

// copier is one copy under way.
type copier struct {
	CopyOptions
	from, to *DB
	tables   []copyTable
	report   CopyReport
}

func (c *copier) all(ctx context.Context) error {
	for _, t := range c.tables {
		if err := c.copyTable(ctx, t); err != nil {
			return fmt.Errorf("copy table %s: %w", t.name, err)
		}
	}
	for _, t := range c.tables {
		if err := c.compare(ctx, t); err != nil {
			return fmt.Errorf("compare table %s: %w", t.name, err)
		}
	}
	var err error
	if c.report.Entries, c.report.Head, err = c.to.AuditVerify(ctx); err != nil {
		return fault.New(fault.Conflict, "The rows are copied, and the audit record they came with is broken: %s. Look into that first; the copy stays closed.", err).Because(err)
	}
	return c.to.Write(ctx, func(tx *sql.Tx) error { return c.finish(ctx, tx) })
}

// finish makes the copy one that can be served, in one transaction.
func (c *copier) finish(ctx context.Context, tx *sql.Tx) error {
	// Bursts are numbered anew here, and a number of the source must not pass for one of them. Nobody holds a run.
	n, err := exec(ctx, tx, `UPDATE run SET job_id = CASE job_id WHEN 0 THEN 0 ELSE -1 END, holder = ''
		WHERE state IN ('queued', 'running', 'waiting', 'asking')`)
	if err != nil {
		return err
	}
	c.report.Unfinished = n
	if c.to.pg != nil {
		for _, t := range c.tables {
			if err := t.continueNumbers(ctx, tx); err != nil {
				return err
			}
		}
	}
	var rows int64
	for _, t := range c.report.Tables {
		rows += t.Rows
	}
	if err := c.to.appendAudit(ctx, tx, CommandLine, "database.copied", c.report.From, map[string]any{"tables": len(c.report.Tables), "rows": rows}); err != nil {
		return err
	}
	return c.to.endMark(ctx, tx, cameFrom)
}

func sameFile(from, to string) bool {
	if from == to {
		return true
	}
	a, err := os.Stat(from)
	if err != nil {
		return false
	}
	b, err := os.Stat(to)
	return err == nil && os.SameFile(a, b)
}
