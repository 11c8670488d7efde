package db

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"caracal/fault"
)

// A batch is stored in one transaction. It ends at either bound, so that memory stays small however long texts are.
const (
	batchRows  = 500
	batchBytes = 1 << 20
)

// copyTable copies what the target does not hold yet of a table. Rows go in the order of their keys, so the newest
// key there says how far an earlier try came.
func (c *copier) copyTable(ctx context.Context, t copyTable) error {
	p := CopyProgress{Table: t.name}
	if err := c.from.read.QueryRowContext(ctx, "SELECT count(*) FROM "+t.name).Scan(&p.Of); err != nil {
		return err
	}
	if err := c.to.read.QueryRowContext(ctx, "SELECT count(*) FROM "+t.name).Scan(&p.Done); err != nil {
		return err
	}
	last, err := c.lastKey(ctx, t)
	if err != nil {
		return err
	}
	var batch [][]any
	size := 0
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		if err := c.store(ctx, t, batch); err != nil {
			return err
		}
		p.Stored = len(batch)
		p.Done += int64(len(batch))
		batch, size = nil, 0
		c.Progress(p)
		p.Stored = 0
		return nil
	}
	query, args := t.selectAfter(last)
	err = c.from.eachRow(ctx, t, query, args, func(row []any) error {
		mended, err := c.mend(t, row)
		if err != nil {
			return err
		}
		c.report.Mended += mended
		batch = append(batch, row)
		if size += sizeOf(row); len(batch) < batchRows && size < batchBytes {
			return nil
		}
		return flush()
	})
	if err != nil {
		return err
	}
	if err := flush(); err != nil {
		return err
	}
	c.Progress(p) // an empty table too
	return nil
}

// lastKey returns the newest key in the target, nil for none.
func (c *copier) lastKey(ctx context.Context, t copyTable) (last []any, err error) {
	query := "SELECT " + quoted(t.names()) + " FROM " + t.name + " ORDER BY " + strings.Join(strings.Split(quoted(t.key), ", "), " DESC, ") + " DESC LIMIT 1"
	err = c.to.eachRow(ctx, t, query, nil, func(row []any) error { last = t.keyOf(row); return nil })
	return last, err
}

// eachRow reads rows one by one, each into values of its own.
func (d *DB) eachRow(ctx context.Context, t copyTable, query string, args []any, do func(row []any) error) error {
	return rows(ctx, d.read, func(r *sql.Rows) error {
		row := make([]any, len(t.columns))
		into := make([]any, len(row))
		for i := range row {
			into[i] = &row[i]
		}
		if err := r.Scan(into...); err != nil {
			return err
		}
		return do(row)
	}, query, args...)
}

// store adds a batch to the target.
func (c *copier) store(ctx context.Context, t copyTable, batch [][]any) error {
	if c.to.pg == nil {
		insert := "INSERT INTO " + t.name + " (" + quoted(t.names()) + ") VALUES (" + marks(len(t.columns)) + ")"
		return c.to.Write(ctx, func(tx *sql.Tx) error {
			for _, row := range batch {
				if _, err := exec(ctx, tx, insert, row...); err != nil {
					return err
				}
			}
			return nil
		})
	}
	conn, err := c.to.pg.queue.Conn(ctx)
	if err != nil {
		return err
	}
	err = conn.Raw(func(driver any) error {
		bare, ok := driver.(*stdlib.Conn)
		if !ok {
			return fmt.Errorf("the driver gave a %T", driver)
		}
		_, err := bare.Conn().CopyFrom(ctx, pgx.Identifier{t.name}, t.names(), pgx.CopyFromRows(batch)) // one statement: all of it or none
		return err
	})
	return errors.Join(err, conn.Close())
}

// mend puts a � where PostgreSQL can't store a text: for a NUL, and for what is no UTF-8. The audit record is never
// changed.
func (c *copier) mend(t copyTable, row []any) (mended int64, err error) {
	if c.to.pg == nil {
		return 0, nil
	}
	for i, v := range row {
		text, ok := v.(string)
		if !ok || utf8.ValidString(text) && !strings.Contains(text, "\x00") {
			continue
		}
		if t.name == "audit" {
			return 0, fault.New(fault.Invalid, "Entry %v of the audit record holds bytes that PostgreSQL cannot store, and the record is never changed; stay on the file.", t.keyOf(row)[0])
		}
		row[i] = strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
		mended++
	}
	return mended, nil
}

func sizeOf(row []any) (n int) {
	for _, v := range row {
		switch v := v.(type) {
		case string:
			n += len(v)
		case []byte:
			n += len(v)
		default:
			n += 8
		}
	}
	return n
}

// compare reads a table on both sides and refuses a copy that is not the same to the byte.
func (c *copier) compare(ctx context.Context, t copyTable) error {
	var sides [2]CopiedTable
	for i, d := range []*DB{c.from, c.to} {
		sum := sha256.New()
		p := CopyProgress{Table: t.name, Checking: true, Of: sides[0].Rows}
		query, args := t.selectAfter(nil)
		err := d.eachRow(ctx, t, query, args, func(row []any) error {
			if _, err := c.mend(t, row); err != nil {
				return err
			}
			if p.Done++; i == 1 && p.Done%batchRows == 0 {
				c.Progress(p)
			}
			return hashRow(sum, row)
		})
		if err != nil {
			return err
		}
		sides[i] = CopiedTable{Name: t.name, Rows: p.Done, Hash: hex.EncodeToString(sum.Sum(nil))}
		if i == 1 {
			c.Progress(p)
		}
	}
	if sides[0] != sides[1] {
		return fault.New(fault.Internal, "Table %s came out different: %d rows with the hash %.12s there, %d with %.12s here. The copy stays closed; copy to a new database.",
			t.name, sides[0].Rows, sides[0].Hash, sides[1].Rows, sides[1].Hash)
	}
	c.report.Tables = append(c.report.Tables, sides[0])
	return nil
}

// hashRow adds a row to a hash: each value with its kind and, where that is not fixed, its length.
func hashRow(sum hash.Hash, row []any) error {
	var out []byte
	for _, v := range row {
		switch v := v.(type) {
		case nil:
			out = append(out, 'n')
		case int64:
			out = binary.BigEndian.AppendUint64(append(out, 'i'), uint64(v))
		case float64:
			out = binary.BigEndian.AppendUint64(append(out, 'f'), math.Float64bits(v))
		case string:
			out = append(binary.BigEndian.AppendUint64(append(out, 's'), uint64(len(v))), v...)
		case []byte:
			out = append(binary.BigEndian.AppendUint64(append(out, 'b'), uint64(len(v))), v...)
		default:
			return fmt.Errorf("a value is a %T, which no column of ours is", v)
		}
	}
	sum.Write(out)
	return nil
}
