package db

import (
	"context"
	"database/sql"
	"errors"

	"caracal/fault"
)

// way says which way a copy went, from where the mark stands.
type way string

const (
	wentTo   way = "to"   // this is the source, and the other is the copy
	cameFrom way = "from" // this is the copy
)

// copyMark is what a database knows of its copy, or of what it is a copy of.
type copyMark struct{ id, other, began, ended string }

// mark returns the mark of a way; its id is "" when there is none.
func (d *DB) mark(ctx context.Context, q querier, w way) (m copyMark, err error) {
	err = q.QueryRowContext(ctx, "SELECT copy_id, other, began_at, ended_at FROM copy_mark WHERE way = $1", string(w)).Scan(&m.id, &m.other, &m.began, &m.ended)
	if errors.Is(err, sql.ErrNoRows) {
		return m, nil
	}
	return m, err
}

func (d *DB) putMark(ctx context.Context, tx *sql.Tx, w way, id, other string) error {
	_, err := exec(ctx, tx, `INSERT INTO copy_mark (way, copy_id, other, began_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (way) DO UPDATE SET copy_id = excluded.copy_id, other = excluded.other, began_at = excluded.began_at, ended_at = ''`,
		string(w), id, other, stamp(d.Now()))
	return err
}

func (d *DB) endMark(ctx context.Context, tx *sql.Tx, w way) error {
	return change(ctx, tx, "UPDATE copy_mark SET ended_at = $1 WHERE way = $2", stamp(d.Now()), string(w))
}

// refuseCopied keeps a Caracal away from a database whose runs another one carries out, or is about to.
func (d *DB) refuseCopied(ctx context.Context) error {
	m, err := d.mark(ctx, d.read, wentTo)
	if err != nil {
		return err
	}
	switch {
	case m.id != "" && m.ended == "":
		return fault.New(fault.Conflict, "%s is being moved to %s; finish that with `caracal db copy`, or take it back into use with `caracal db reopen`.", PlaceName(d.place), m.other)
	case m.id != "":
		return fault.New(fault.Conflict, "%s was moved to %s, which carries out its runs now; serve that one, or take this one back into use with `caracal db reopen`.", PlaceName(d.place), m.other)
	}
	return d.refuseHalf(ctx)
}

// refuseHalf keeps everybody away from a copy that is not whole.
func (d *DB) refuseHalf(ctx context.Context) error {
	m, err := d.mark(ctx, d.read, cameFrom)
	if err == nil && m.id != "" && m.ended == "" {
		err = fault.New(fault.Conflict, "%s holds a part of %s only; run `caracal db copy` again, which takes the copy up where it stopped.", PlaceName(d.place), m.other)
	}
	return err
}

// begin marks both sides, the source first, or finds that an earlier try did.
func (c *copier) begin(ctx context.Context) error {
	source, err := c.from.mark(ctx, c.from.read, wentTo)
	if err != nil {
		return err
	}
	target, err := c.to.mark(ctx, c.to.read, cameFrom)
	if err != nil {
		return err
	}
	switch {
	case target.id != "" && target.id == source.id:
		c.report.Resumed = true
		if c.report.WasThere = target.ended != ""; c.report.WasThere {
			return c.to.refuseCopied(ctx)
		}
		return nil
	case target.id != "":
		return fault.New(fault.Conflict, "%s holds another copy, of %s begun at %s; copy to a new database.", c.report.To, target.other, target.began)
	case source.id != "" && source.ended != "":
		return fault.New(fault.Conflict, "%s was moved to %s at %s; copy that one, or take this one back into use with `caracal db reopen`.", c.report.From, source.other, source.ended)
	}
	id := NewID("copy", c.from.Now())
	err = c.to.Write(ctx, func(tx *sql.Tx) error { return c.empty(ctx, tx) })
	if err != nil {
		return err
	}
	err = c.from.Write(ctx, func(tx *sql.Tx) error {
		if err := c.from.putMark(ctx, tx, wentTo, id, c.report.To); err != nil {
			return err
		}
		return c.from.appendAudit(ctx, tx, CommandLine, "database.copy_begun", c.report.To, nil)
	})
	if err != nil {
		return err
	}
	return c.to.Write(ctx, func(tx *sql.Tx) error { // it is still empty: nobody else may open it
		return errors.Join(c.empty(ctx, tx), c.to.putMark(ctx, tx, cameFrom, id, c.report.From))
	})
}

// Reopen takes a database back into use that was copied, or whose copy was given up. The copy must not be served
// then: although says that whoever asks knows that it is whole and could be.
func Reopen(ctx context.Context, place string, although bool, o CopyOptions) (err error) {
	d, err := openCopied(ctx, place, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	return d.Write(ctx, func(tx *sql.Tx) error {
		m, err := d.mark(ctx, tx, wentTo)
		switch {
		case err != nil:
			return err
		case m.id == "":
			return fault.New(fault.Conflict, "%s was not copied; it can be served as it is.", PlaceName(place))
		case m.ended != "" && !although:
			return fault.New(fault.Conflict, "The copy at %s is whole, and if both were served, every run under way would be carried out twice; throw that one away, then say so with --copy-is-gone.", m.other)
		}
		if _, err := exec(ctx, tx, "DELETE FROM copy_mark WHERE way = $1", string(wentTo)); err != nil {
			return err
		}
		return d.appendAudit(ctx, tx, CommandLine, "database.reopened", m.other, nil)
	})
}
