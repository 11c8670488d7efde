package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"
)

// Write runs do in one transaction, the only one that writes at the time: all of it is stored, or none, and it is on disk
// when Write returns. do must use tx alone: asking the database for anything else from inside would wait for itself.
//
// Writes that come while another is under way share the next transaction, one after the other, each in a savepoint of its
// own: what takes longest of a small one is to bring its commit to the disk, and one commit does for all of them. Each sees
// what those before it wrote, as it would have anyway, and one that fails takes nothing of the others with it. do may
// therefore run on another goroutine than Write's.
func (d *DB) Write(ctx context.Context, do func(tx *sql.Tx) error) error {
	if d.write == nil {
		return errReadOnly
	}
	w := &writing{ctx: ctx, do: do, turn: make(chan bool, 1)}
	if d.group.enter(w) {
		d.lead(w)
		return w.end()
	}
	select {
	case leads := <-w.turn:
		if leads {
			d.lead(w)
		}
	case <-ctx.Done():
		if d.group.leave(w) {
			return explain(ctx.Err())
		}
		if <-w.turn { // it began in the same moment
			d.lead(w)
		}
	}
	return w.end()
}

// How much one transaction takes in. Somebody waits for each of them.
const (
	mostTogether    = 64
	longestTogether = 20 * time.Millisecond
)

// group is the Writes that wait, in order. The zero value is ready.
type group struct {
	mu      sync.Mutex
	waiting []*writing
	led     bool // one of them has the connection, and carries out others with its own
}

// writing is one Write.
type writing struct {
	ctx    context.Context
	do     func(tx *sql.Tx) error
	turn   chan bool // true: it leads; false: it is over
	err    error
	thrown any // what do panicked with
}

// end returns what came of it, where Write was called.
func (w *writing) end() error {
	if w.thrown != nil {
		panic(w.thrown)
	}
	return explain(w.err)
}

// enter puts a Write in the line, and reports whether it leads at once.
func (g *group) enter(w *writing) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.led {
		g.led = true
		return true
	}
	g.waiting = append(g.waiting, w)
	return false
}

// leave takes a Write out of the line that has not begun.
func (g *group) leave(w *writing) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	for i, other := range g.waiting {
		if other == w {
			g.waiting = append(g.waiting[:i:i], g.waiting[i+1:]...)
			return true
		}
	}
	return false
}

// next takes the Write out of the line that waits longest, nil when there is none.
func (g *group) next() *writing {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.waiting) == 0 {
		return nil
	}
	w := g.waiting[0]
	g.waiting = g.waiting[1:]
	return w
}

// handOver lets the next in the line lead.
func (g *group) handOver() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.led = len(g.waiting) > 0; g.led {
		g.waiting[0].turn <- true
		g.waiting = g.waiting[1:]
	}
}

// lead carries a Write out, with those that wait, and lets the next one lead.
func (d *DB) lead(first *writing) {
	all := []*writing{first}
	defer func() {
		d.group.handOver()
		for _, w := range all[1:] {
			w.turn <- false
		}
	}()
	if first.err = first.ctx.Err(); first.err != nil {
		return
	}
	tx, done, err := d.begin(first.ctx)
	defer done()
	if err != nil {
		for w := first; w != nil; w = d.group.next() { // each would find the same, one after the other
			if w.err = err; w != first {
				all = append(all, w)
			}
		}
		return
	}
	if first.run(tx, d); first.err != nil {
		first.err = rollBack(tx, first.err)
		return
	}
	for began := time.Now(); len(all) < mostTogether && time.Since(began) < longestTogether; {
		w := d.group.next()
		if w == nil {
			break
		}
		all = append(all, w)
		if err = w.within(tx, d); err != nil {
			err = rollBack(tx, err)
			break
		}
	}
	if err == nil {
		if err = tx.Commit(); err != nil {
			// SQLite may leave the transaction open when a commit fails; the driver rolls back before it reuses the
			// connection, and a rollback here makes that certain.
			err = rollBack(tx, fmt.Errorf("commit: %w", err))
		}
	}
	for _, w := range all {
		if w.err == nil {
			w.err = err
		}
	}
}

// begin begins a transaction, which goes on when the first of those that share it gives up waiting. A server that does
// not answer ends it after a while.
func (d *DB) begin(ctx context.Context) (tx *sql.Tx, done context.CancelFunc, err error) {
	ctx, done = context.WithoutCancel(ctx), func() {}
	if d.pg != nil {
		ctx, done = context.WithTimeout(ctx, longestTransaction)
	}
	if tx, err = d.write.BeginTx(ctx, nil); err != nil {
		return nil, done, fmt.Errorf("begin transaction: %w", err)
	}
	if d.pg != nil {
		if err := beginAlone(ctx, tx); err != nil {
			return nil, done, rollBack(tx, err)
		}
	}
	return tx, done, nil
}

func rollBack(tx *sql.Tx, err error) error {
	if undo := tx.Rollback(); undo != nil && !errors.Is(undo, sql.ErrTxDone) {
		return errors.Join(err, fmt.Errorf("roll back: %w", undo))
	}
	return err
}

// errThrown is the error of a Write that panicked.
var errThrown = errors.New("it panicked")

// run carries out what is to be written.
func (w *writing) run(tx *sql.Tx, d *DB) {
	defer func() {
		if w.thrown = recover(); w.thrown != nil {
			w.err = errThrown
			d.log.Error("a transaction panicked", "error", w.thrown, "stack", string(debug.Stack()))
		}
	}()
	w.err = w.do(tx)
}

// within carries out what is to be written in the transaction of others. An error says that the transaction is of no use
// any more; else what the Write itself failed for is in w.err, and nothing of it is left.
func (w *writing) within(tx *sql.Tx, d *DB) error {
	if w.err = w.ctx.Err(); w.err != nil {
		return nil
	}
	ctx := context.WithoutCancel(w.ctx)
	if _, err := tx.ExecContext(ctx, "SAVEPOINT one_of_many"); err != nil {
		return err
	}
	if w.run(tx, d); w.err == nil {
		_, w.err = tx.ExecContext(ctx, "RELEASE SAVEPOINT one_of_many")
		if w.err == nil {
			return nil
		}
	}
	// A full disk ends the whole transaction, and so does a server that is gone.
	if _, err := tx.ExecContext(ctx, "ROLLBACK TO SAVEPOINT one_of_many"); err != nil {
		return errors.Join(w.err, err)
	}
	_, err := tx.ExecContext(ctx, "RELEASE SAVEPOINT one_of_many")
	return err
}
