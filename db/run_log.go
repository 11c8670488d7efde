package db

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"caracal/workflow"
)

// logBusy is how long a node may take to read an org's log before another may.
const logBusy = 2 * time.Minute

// putRequests stores the requests by which a step has just changed something. Their events are looked for later.
func putRequests(ctx context.Context, tx *sql.Tx, s workflow.RunStep) error {
	for _, c := range s.Changes {
		if _, err := exec(ctx, tx, `INSERT OR IGNORE INTO run_request (run_id, idx, request, application_id, at, due_at)
			SELECT $1, $2, $3, application_id, $4, $5 FROM run WHERE id = $1`,
			s.RunID, s.Index, c.Request, stamp(c.At), stamp(c.At.Add(workflow.LogPatience[0]))); err != nil {
			return err
		}
	}
	return nil
}

// AwaitedRequest is a request whose events are looked for in the System Log.
type AwaitedRequest struct {
	RunID string
	Step  int
	workflow.SentChange
	Tries  int  // how often the log did not show it
	Hidden bool // the step was given a secret, which the name of what it changed may hold
}

// ClaimRequests returns the requests of one application whose events are to be looked for now, the longest due
// first, at most limit. Until they are settled, or for two minutes, no other node gets any of that application.
// Without any, the application is "".
func (d *DB) ClaimRequests(ctx context.Context, limit int) (applicationID string, list []AwaitedRequest, err error) {
	const due = `SELECT q.application_id FROM run_request q LEFT JOIN log_reader r ON r.application_id = q.application_id
		WHERE q.due_at <> '' AND q.due_at <= $1 AND (r.busy_until IS NULL OR r.busy_until <= $1) ORDER BY q.due_at LIMIT 1`
	err = d.read.QueryRowContext(ctx, due, stamp(d.Now())).Scan(&applicationID) // nearly always there is none: no Write for that
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil, nil
	}
	if err != nil {
		return "", nil, explain(err)
	}
	err = d.Write(ctx, func(tx *sql.Tx) error {
		now := d.Now()
		err := tx.QueryRowContext(ctx, due, stamp(now)).Scan(&applicationID)
		if errors.Is(err, sql.ErrNoRows) {
			applicationID = ""
			return nil
		}
		if err != nil {
			return err
		}
		if _, err := exec(ctx, tx, `INSERT INTO log_reader (application_id, busy_until) VALUES ($1, $2)
			ON CONFLICT (application_id) DO UPDATE SET busy_until = excluded.busy_until`, applicationID, stamp(now.Add(logBusy))); err != nil {
			return err
		}
		return nil
	})
	if err != nil || applicationID == "" {
		return "", nil, err
	}
	// Nobody else has them from here on, so no writer needs to wait while thousands are read.
	err = rows(ctx, d.read, func(row *sql.Rows) error {
		var a AwaitedRequest
		err := row.Scan(&a.RunID, &a.Step, &a.Request, stampInto(&a.At), &a.Tries, &a.Hidden)
		list = append(list, a)
		return err
	}, `SELECT q.run_id, q.idx, q.request, q.at, q.tries, instr(s.input, '[hidden]') > 0
		FROM run_request q JOIN run_step s ON s.run_id = q.run_id AND s.idx = q.idx
		WHERE q.due_at <> '' AND q.application_id = $1 AND q.due_at <= $2
		ORDER BY q.due_at, q.run_id LIMIT $3`, applicationID, stamp(d.Now()), limit)
	return applicationID, list, err
}

// LogRead is what reading an org's log for some requests gave.
type LogRead struct {
	ApplicationID string
	Requests      []AwaitedRequest
	Events        []workflow.LogEvent
	Problem       string    // why the log could not be read, "" when it was
	Scope         string    // that was missing for it
	Retry         time.Time // with a Problem: when to look again
	Next          time.Time // when the log may be read again for others, at the earliest; zero is at once
}

// settledAtOnce is how many requests are settled in one transaction: the runs under way write in between.
const settledAtOnce = 50

// SettleRequests stores the events that were found, puts off the requests of which the log shows nothing yet, and
// gives up those of which it showed nothing for too long. Pages that watch one of the runs see it.
func (d *DB) SettleRequests(ctx context.Context, l LogRead) error {
	byRequest := map[string][]workflow.LogEvent{}
	for _, e := range l.Events {
		byRequest[e.Request] = append(byRequest[e.Request], e)
	}
	for some := range slices.Chunk(l.Requests, settledAtOnce) {
		if err := d.settleSome(ctx, l, some, byRequest); err != nil {
			return err
		}
	}
	return d.Write(ctx, func(tx *sql.Tx) error {
		_, err := exec(ctx, tx, "UPDATE log_reader SET busy_until = $1, problem = $2, scope = $3 WHERE application_id = $4", stamp(l.Next), l.Problem, l.Scope, l.ApplicationID)
		return err
	})
}

func (d *DB) settleSome(ctx context.Context, l LogRead, some []AwaitedRequest, byRequest map[string][]workflow.LogEvent) error {
	return d.Write(ctx, func(tx *sql.Tx) error {
		now, touched := d.Now(), map[string]bool{}
		for _, q := range some {
			due, tries, found := "", q.Tries, len(byRequest[q.Request]) > 0
			switch {
			case found:
				if err := putEvents(ctx, tx, q, byRequest[q.Request]); err != nil {
					return err
				}
			case l.Problem != "":
				if now.Before(q.At.Add(workflow.LogMemory)) {
					due = stamp(l.Retry)
				}
			default:
				if tries++; tries < len(workflow.LogPatience) {
					due = stamp(now.Add(workflow.LogPatience[tries]))
				}
			}
			if found || due == "" {
				touched[q.RunID] = true
			}
			if _, err := exec(ctx, tx, "UPDATE run_request SET tries = $1, due_at = $2, found = $3 WHERE run_id = $4 AND idx = $5 AND request = $6",
				tries, due, found, q.RunID, q.Step, q.Request); err != nil {
				return err
			}
		}
		for id := range touched {
			if _, err := exec(ctx, tx, "UPDATE run SET revision = revision + 1 WHERE id = $1 AND holder = ''", id); err != nil {
				return err
			}
		}
		return nil
	})
}

func putEvents(ctx context.Context, tx *sql.Tx, q AwaitedRequest, events []workflow.LogEvent) error {
	for _, e := range events {
		if q.Hidden {
			e = e.Nameless()
		}
		detail, err := toJSON(e)
		if err != nil {
			return err
		}
		if _, err := exec(ctx, tx, "INSERT OR IGNORE INTO run_event (run_id, idx, uuid, published, detail) VALUES ($1, $2, $3, $4, $5)",
			q.RunID, q.Step, e.UUID, stamp(e.Published), detail); err != nil {
			return err
		}
	}
	return nil
}

// RunLog returns what is known of the steps of a run in the System Log, by their index.
func (d *DB) RunLog(ctx context.Context, runID string) (map[int]workflow.StepLog, error) {
	out := map[int]workflow.StepLog{}
	err := rows(ctx, d.read, func(row *sql.Rows) error {
		var step int
		var e workflow.LogEvent
		if err := row.Scan(&step, jsonInto(&e)); err != nil {
			return err
		}
		l := out[step]
		l.Events = append(l.Events, e)
		out[step] = l
		return nil
	}, "SELECT idx, detail FROM run_event WHERE run_id = $1 ORDER BY idx, published, uuid", runID)
	if err != nil {
		return nil, err
	}
	err = rows(ctx, d.read, func(row *sql.Rows) error {
		var step int
		var due time.Time
		if err := row.Scan(&step, stampInto(&due)); err != nil {
			return err
		}
		l := out[step]
		switch {
		case due.IsZero():
			l.Silent++
		default:
			l.Awaited++
			if l.NextAt.IsZero() || due.Before(l.NextAt) {
				l.NextAt = due
			}
		}
		out[step] = l
		return nil
	}, "SELECT idx, due_at FROM run_request WHERE run_id = $1 AND found = 0", runID)
	return out, err
}

// LogProblem returns why an org's log could not be read the last time, with the scope that was missing; "" when it
// could be.
func (d *DB) LogProblem(ctx context.Context, applicationID string) (problem, scope string, err error) {
	err = d.read.QueryRowContext(ctx, "SELECT problem, scope FROM log_reader WHERE application_id = $1", applicationID).Scan(&problem, &scope)
	if errors.Is(err, sql.ErrNoRows) {
		return "", "", nil
	}
	return problem, scope, explain(err)
}
