package db

import (
	"context"
	"sync/atomic"
	"time"
)

// Several nodes share times: when a run goes on, when a schedule is due, until when a look at a log is claimed. Each
// machine has a clock of its own, and some are wrong. So on PostgreSQL every node goes by the clock of the database.

// agreed is by how much clocks may differ and pass for one: less is no error of a clock, but of its measuring.
const agreed = 2 * time.Second

// quickly is how long a look at the database's clock may take to be believed.
const quickly = time.Second

// wallClock is what the time is told by. The zero value tells the machine's.
type wallClock struct {
	machine func() time.Time // time.Now when nil
	ahead   atomic.Int64     // nanoseconds by which the database's clock is ahead of the machine's
}

func (c *wallClock) ofMachine() time.Time {
	if c.machine == nil {
		return time.Now()
	}
	return c.machine()
}

// Clock returns the time by the injected clock, set by the database's where nodes share it.
func (d *DB) Clock() time.Time { return d.clock().Add(d.Ahead()) }

// Ahead returns by how much the database's clock is ahead of this machine's; zero where they agree, and on SQLite.
func (d *DB) Ahead() time.Duration { return time.Duration(d.wall.ahead.Load()) }

// QueueNow returns the time by which the queue's jobs are due: that of the real clock, and of the database's where nodes
// share it.
func (d *DB) QueueNow() time.Time { return d.wall.ofMachine().Add(d.Ahead()) }

// setClock holds this machine's clock against the database's.
func (d *DB) setClock(ctx context.Context) error {
	var theirs time.Time
	before := d.wall.ofMachine()
	if err := d.pg.queue.QueryRowContext(ctx, "SELECT clock_timestamp()").Scan(&theirs); err != nil {
		return err
	}
	took := d.wall.ofMachine().Sub(before)
	if took < 0 || took > quickly {
		return nil // it was set just now, or the answer is too old: the next beat asks again
	}
	ahead := theirs.Sub(before.Add(took / 2)).Round(time.Millisecond)
	if ahead.Abs() <= agreed {
		ahead = 0
	}
	if was := time.Duration(d.wall.ahead.Swap(int64(ahead))); (was - ahead).Abs() > agreed {
		d.log.WarnContext(ctx, "this machine's clock and the database's differ; Caracal goes by the database's", "ahead", ahead.String())
	}
	return nil
}
