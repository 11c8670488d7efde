package db

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"caracal/workflow"
)

// QueueState is how far the nodes are with what is to be done, by the database's clock.
type QueueState struct {
	Due     int           // bursts whose time has come and that nobody carries out yet
	Running int           // bursts that a node carries out
	Later   int           // bursts whose time has not come
	Lag     time.Duration // how long the oldest that is due has waited
	Next    time.Duration // until the first of those that come later; 0 when there is none
}

// QueueState counts the bursts on the queue.
func (d *DB) QueueState(ctx context.Context) (q QueueState, err error) {
	due := "scheduled_at <= datetime('now', 'subsec')"
	wait, next := "(julianday('now', 'subsec') - julianday(min(scheduled_at))) * 86400", "(julianday(min(scheduled_at)) - julianday('now', 'subsec')) * 86400"
	if d.pg != nil {
		due = "scheduled_at <= clock_timestamp()"
		wait, next = "extract(epoch from clock_timestamp() - min(scheduled_at))::float8", "extract(epoch from min(scheduled_at) - clock_timestamp())::float8"
	}
	err = rows(ctx, d.read, func(row *sql.Rows) error {
		var what string
		var n int
		var wait, next float64
		err := row.Scan(&what, &n, &wait, &next)
		switch what {
		case "running":
			q.Running = n
		case "due":
			q.Due, q.Lag = n, seconds(wait)
		default:
			q.Later, q.Next = n, seconds(next)
		}
		return err
	}, fmt.Sprintf(`SELECT what, count(*), coalesce(%s, 0), coalesce(%s, 0) FROM (
			SELECT scheduled_at, CASE WHEN state = 'running' THEN 'running' WHEN %s THEN 'due' ELSE 'later' END AS what
			FROM river_job WHERE state IN ('available', 'pending', 'retryable', 'running', 'scheduled')) AS jobs
		GROUP BY what`, wait, next, due))
	return q, err
}

func seconds(s float64) time.Duration { return max(0, time.Duration(s*float64(time.Second))) }

// InnerRunCounts returns how many runs within others, which are items of a for-each and workflows that were called, are
// in each state that is not an end.
func (d *DB) InnerRunCounts(ctx context.Context) (map[workflow.RunState]int, error) {
	counts := map[workflow.RunState]int{}
	err := rows(ctx, d.read, func(row *sql.Rows) error {
		var state workflow.RunState
		var n int
		err := row.Scan(&state, &n)
		counts[state] = n
		return err
	}, "SELECT state, count(*) FROM run WHERE parent_id <> '' AND state IN ('queued', 'running', 'waiting', 'asking') GROUP BY state")
	return counts, err
}

// Product says which database this is, and its version.
func (d *DB) Product(ctx context.Context) (product string, err error) {
	query, name := "SELECT sqlite_version()", "SQLite"
	if d.pg != nil {
		query, name = "SHOW server_version", "PostgreSQL"
	}
	err = d.read.QueryRowContext(ctx, query).Scan(&product)
	return name + " " + product, explain(err)
}

// Place says where the database is, without a password.
func (d *DB) Place() string { return PlaceName(d.place) }
