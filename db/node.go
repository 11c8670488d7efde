package db

import (
	"context"
	"database/sql"
	"time"
)

// Node is a process that works on the database.
type Node struct {
	ID        string
	Name      string
	Version   string
	Mode      string
	Workers   int   // bursts at once; 0 for one that serves pages alone
	Bursts    int   // under way at the last beat
	Beats     int64 // grows while the node lives
	StartedAt time.Time
	BeatAt    time.Time
}

// NodeID is this process, new at each start.
func (d *DB) NodeID() string { return d.node }

// Beat says that this node lives, and returns how often it did. It takes no part in the order of Writes, so that a
// node is never thought dead for a Write that takes long. A count of one after a higher one means that the others
// gave this node up.
func (d *DB) Beat(ctx context.Context, n Node) (beats int64, err error) {
	err = d.Writer().QueryRowContext(ctx, `INSERT INTO node (id, name, version, mode, workers, bursts, beats, started_at, beat_at)
		VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $8)
		ON CONFLICT (id) DO UPDATE SET bursts = excluded.bursts, beats = node.beats + 1, beat_at = excluded.beat_at
		RETURNING beats`, d.node, n.Name, n.Version, n.Mode, n.Workers, n.Bursts, stamp(n.StartedAt), stamp(d.Now())).Scan(&beats)
	if err == nil && d.pg != nil {
		err = d.setClock(ctx)
	}
	return beats, explain(err)
}

// Nodes returns every node that is not known to be gone, oldest first.
func (d *DB) Nodes(ctx context.Context) (list []Node, err error) {
	err = rows(ctx, d.read, func(row *sql.Rows) error {
		var n Node
		err := row.Scan(&n.ID, &n.Name, &n.Version, &n.Mode, &n.Workers, &n.Bursts, &n.Beats, stampInto(&n.StartedAt), stampInto(&n.BeatAt))
		list = append(list, n)
		return err
	}, "SELECT id, name, version, mode, workers, bursts, beats, started_at, beat_at FROM node ORDER BY id")
	return list, err
}

// ForgetNode takes away a node that was last seen with so many beats, and gives free what it held. One that has
// beaten since is left alone, and gone is false.
func (d *DB) ForgetNode(ctx context.Context, id string, beats int64) (released int64, gone bool, err error) {
	err = d.Write(ctx, func(tx *sql.Tx) error {
		n, err := exec(ctx, tx, "DELETE FROM node WHERE id = $1 AND beats = $2", id, beats)
		if err != nil || n == 0 {
			return err
		}
		gone = true
		released, err = d.releaseOrphans(ctx, tx)
		return err
	})
	return released, gone, err
}

// LeaveNode takes this node away, after its last burst.
func (d *DB) LeaveNode(ctx context.Context) error {
	return d.Write(ctx, func(tx *sql.Tx) error {
		if _, err := exec(ctx, tx, "DELETE FROM node WHERE id = $1", d.node); err != nil {
			return err
		}
		_, err := d.releaseOrphans(ctx, tx)
		return err
	})
}

// ReleaseJobs gives free what nodes held that are gone, and returns how many bursts. On SQLite those are all that
// came before this process.
func (d *DB) ReleaseJobs(ctx context.Context) (released int64, err error) {
	err = d.Write(ctx, func(tx *sql.Tx) error {
		released, err = d.releaseOrphans(ctx, tx)
		return err
	})
	return released, err
}

// releaseOrphans makes the bursts available again that a node ran which is gone, and gives its runs free. A step
// that it left in the middle of a call, in a run that was cancelled by then, is marked as uncertain, since nobody
// will look.
func (d *DB) releaseOrphans(ctx context.Context, tx *sql.Tx) (int64, error) {
	_, err := exec(ctx, tx, `UPDATE run_step SET state = 'uncertain', error = 'Caracal was stopped during this step, after the run was cancelled; look in Okta whether it was done.'
		WHERE state = 'started' AND run_id IN (SELECT id FROM run WHERE state = 'cancelled' AND holder NOT IN (SELECT id FROM node))`)
	if err != nil {
		return 0, err
	}
	if _, err := exec(ctx, tx, "UPDATE run SET holder = '' WHERE holder <> '' AND holder NOT IN (SELECT id FROM node)"); err != nil {
		return 0, err
	}
	orphans := "UPDATE river_job SET state = 'available' WHERE state = 'running'"
	if d.pg != nil { // the last of those that attempted a job is who runs it
		orphans += " AND coalesce(attempted_by[array_upper(attempted_by, 1)], '') NOT IN (SELECT id FROM node)"
	}
	return exec(ctx, tx, orphans)
}

// LetGo gives a run free that this node holds, after a burst that failed.
func (d *DB) LetGo(ctx context.Context, runID string) error {
	return d.Write(ctx, func(tx *sql.Tx) error {
		_, err := exec(ctx, tx, "UPDATE run SET holder = '' WHERE id = $1 AND holder = $2", runID, d.node)
		return err
	})
}

// Wakes returns how often an application was woken. tx is the transaction to look in, or nil.
func (d *DB) Wakes(ctx context.Context, tx *sql.Tx, applicationID string) (count int64, err error) {
	var q querier = d.read
	if tx != nil {
		q = tx
	}
	err = rows(ctx, q, func(row *sql.Rows) error { return row.Scan(&count) },
		"SELECT count FROM application_wake WHERE application_id = $1", applicationID)
	return count, err
}
