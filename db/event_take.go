package db

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"caracal/fault"
	"caracal/trigger"
)

// EventsBy says how events came.
type EventsBy string

// The ways.
const (
	ByHook EventsBy = "hook"
	ByLog  EventsBy = "log"
)

// Intake is a delivery of an event hook, or a page of the log.
type Intake struct {
	ApplicationID string
	Events        []trigger.OrgEvent
	By            EventsBy
	Unread        int       // entries that could not be read
	SecretAt      time.Time // of a delivery: when the secret was made that it knew
	Look          *Looked   // of a page: what moves in the same transaction; it must still be claimed
	Skipped       string    // of a page: what every trigger that listens is told, when something was left out
}

// How long an event is remembered by its uuid. One that started something can come again as long as the log has it; of
// one that started nothing, only the hook's and the log's copies have to be told apart.
const (
	seenTaken  = trigger.Retention + 24*time.Hour
	seenPassed = 48 * time.Hour
)

// TakeEvents stores what has to be started because of events, each event once however often and by whichever way it
// comes: all or nothing. It returns how many lines there are to start.
func (d *DB) TakeEvents(ctx context.Context, in Intake) (taken int, err error) {
	err = d.Write(ctx, func(tx *sql.Tx) error {
		taken = 0
		if in.Look != nil {
			if err := d.noteLook(ctx, tx, in.ApplicationID, *in.Look); err != nil {
				return err
			}
		}
		if err := d.noteIntake(ctx, tx, in); err != nil {
			return err
		}
		listeners, err := eventTriggers(ctx, tx, in.ApplicationID)
		if err != nil {
			return err
		}
		if in.Skipped != "" {
			for _, t := range listeners {
				if t.Paused {
					continue
				}
				if err := d.addEvent(ctx, tx, trigger.Event{TriggerID: t.ID, At: d.Now(), Outcome: trigger.Skipped, Words: in.Skipped, Known: true}); err != nil {
					return err
				}
			}
		}
		own, err := ownClients(ctx, tx)
		if err != nil {
			return err
		}
		for _, e := range in.Events {
			n, err := d.takeEvent(ctx, tx, in, e, listeners, own)
			if err != nil {
				return err
			}
			taken += n
		}
		return nil
	})
	return taken, err
}

func (d *DB) noteIntake(ctx context.Context, tx *sql.Tx, in Intake) error {
	heard := ""
	if in.By == ByHook {
		heard = stamp(d.Now())
	} else if in.Unread == 0 {
		return nil
	}
	_, err := exec(ctx, tx, "UPDATE event_source SET heard_at = CASE $2 WHEN '' THEN heard_at ELSE $2 END, unread = unread + $3 WHERE application_id = $1", in.ApplicationID, heard, in.Unread)
	return err
}

// ownClients returns the OAuth clients that Caracal acts as, in any org: the log names them as actors.
func ownClients(ctx context.Context, q querier) (own map[string]bool, err error) {
	own = map[string]bool{}
	err = rows(ctx, q, func(row *sql.Rows) error {
		var id string
		err := row.Scan(&id)
		own[id] = true
		return err
	}, "SELECT client_id FROM application")
	return own, err
}

// takeEvent judges one event for every trigger that listens to its type.
func (d *DB) takeEvent(ctx context.Context, tx *sql.Tx, in Intake, e trigger.OrgEvent, listeners []trigger.Trigger, own map[string]bool) (taken int, err error) {
	now := d.Now()
	if e.Published.Before(now.Add(-trigger.Retention)) {
		return 0, nil // it may have been forgotten, so that it could be one that was taken
	}
	var hear []trigger.Trigger
	for _, t := range listeners {
		if !t.Paused && t.Event.Hears(e) {
			hear = append(hear, t)
		}
	}
	if len(hear) == 0 {
		return 0, nil
	}
	n, err := exec(ctx, tx, "INSERT INTO event_seen (application_id, uuid, ends_at) VALUES ($1, $2, $3) ON CONFLICT (application_id, uuid) DO NOTHING",
		in.ApplicationID, e.UUID, stamp(now.Add(seenPassed)))
	if err != nil || n == 0 {
		return 0, err
	}
	for _, t := range hear {
		note := trigger.Event{TriggerID: t.ID, At: now, Outcome: trigger.Passed, Known: true, Body: e.Raw, Type: "application/json", From: string(in.By), SecretAt: in.SecretAt}
		fits, why := t.Event.Fits(e)
		switch {
		case !fits:
			note.Words = why
		case own[e.ActorID] && !t.Event.Own:
			note.Words = OwnChange
		default:
			if _, err := exec(ctx, tx, "INSERT INTO event_start (trigger_id, uuid, at, due_at, way, secret_at, body) VALUES ($1, $2, $3, $3, $4, $5, $6)",
				t.ID, e.UUID, stamp(now), string(in.By), stamp(in.SecretAt), e.Raw); err != nil {
				return taken, err
			}
			taken++
			continue
		}
		if err := d.addEvent(ctx, tx, note); err != nil {
			return taken, err
		}
	}
	if taken > 0 {
		_, err = exec(ctx, tx, "UPDATE event_seen SET ends_at = $3 WHERE application_id = $1 AND uuid = $2", in.ApplicationID, e.UUID, stamp(now.Add(seenTaken)))
	}
	return taken, err
}

// OwnChange says why an event starts nothing that Caracal brought about itself.
const OwnChange = "Caracal made this change itself, and this trigger does not start for such changes."

// ForgetEvents drops the memory of events that can't come again.
func (d *DB) ForgetEvents(ctx context.Context) error {
	return d.Write(ctx, func(tx *sql.Tx) error {
		_, err := exec(ctx, tx, "DELETE FROM event_seen WHERE ends_at <= $1", stamp(d.Now()))
		return err
	})
}

// EventStart is one thing to be started: a trigger's run because of an event.
type EventStart struct {
	TriggerID string
	UUID      string
	At        time.Time // when it came
	DueAt     time.Time
	Tries     int
	By        EventsBy
	SecretAt  time.Time
	Body      string
}

// DueEventStarts returns what is to be started by now, the longest due first.
func (d *DB) DueEventStarts(ctx context.Context, now time.Time, limit int) (list []EventStart, err error) {
	err = rows(ctx, d.read, func(row *sql.Rows) error {
		var s EventStart
		err := row.Scan(&s.TriggerID, &s.UUID, stampInto(&s.At), stampInto(&s.DueAt), &s.Tries, &s.By, stampInto(&s.SecretAt), &s.Body)
		list = append(list, s)
		return err
	}, "SELECT trigger_id, uuid, at, due_at, tries, way, secret_at, body FROM event_start WHERE due_at <= $1 ORDER BY due_at, uuid, trigger_id LIMIT $2", stamp(now), limit)
	return list, err
}

// WaitingEvents counts what a trigger still has to start.
func (d *DB) WaitingEvents(ctx context.Context, triggerID string) (n int, err error) {
	err = d.read.QueryRowContext(ctx, "SELECT count(*) FROM event_start WHERE trigger_id = $1", triggerID).Scan(&n)
	return n, explain(err)
}

// PostponeEventStart puts a start off. Nothing happens when somebody else made it meanwhile.
func (d *DB) PostponeEventStart(ctx context.Context, s EventStart, due time.Time) error {
	return d.Write(ctx, func(tx *sql.Tx) error {
		_, err := exec(ctx, tx, "UPDATE event_start SET due_at = $3, tries = tries + 1 WHERE trigger_id = $1 AND uuid = $2", s.TriggerID, s.UUID, stamp(due))
		return err
	})
}

// EndEventStart takes a start away that starts nothing, with what came of it.
func (d *DB) EndEventStart(ctx context.Context, s EventStart, note trigger.Event) error {
	return d.Write(ctx, func(tx *sql.Tx) error {
		took, err := takeStart(ctx, tx, s)
		if err != nil || !took {
			return err
		}
		return d.addEvent(ctx, tx, note)
	})
}

// StartOfEvent starts the run of an event and takes the start away, in one transaction; nothing happens when somebody
// else did. What the guard rails refuse is kept with their words. chain is the run's.
func (d *DB) StartOfEvent(ctx context.Context, what EventStart, s Start, chain int, enqueue EnqueueRun) (out StartedRun, err error) {
	err = d.Write(ctx, func(tx *sql.Tx) error {
		took, err := takeStart(ctx, tx, what)
		if err != nil || !took {
			return err
		}
		out, err = d.startRun(ctx, tx, s, enqueue)
		if f := fault.As(err); f != nil && f.Code != "" { // a guard rail, before anything was written
			s.Event.Outcome, s.Event.Words = trigger.Refused, f.Message
			return d.addEvent(ctx, tx, s.Event)
		}
		if err != nil || chain == 0 {
			return err
		}
		return change(ctx, tx, "UPDATE run SET chain = $2 WHERE id = $1", out.ID, chain)
	})
	if err != nil {
		return StartedRun{}, err
	}
	return out, nil
}

func takeStart(ctx context.Context, tx *sql.Tx, s EventStart) (bool, error) {
	n, err := exec(ctx, tx, "DELETE FROM event_start WHERE trigger_id = $1 AND uuid = $2", s.TriggerID, s.UUID)
	return n == 1, err
}

// Origin is what is known of where an event comes from.
type Origin struct {
	Own   bool // Caracal made the change, or it followed from one
	RunID string
	Chain int // of the run that made it; where that is not known, of the longest chain that was under way
	// Unsettled says that a call was under way when the event came whose request is not known yet.
	Unsettled bool
}

// Around is how far apart Okta's and our clocks may be where times are compared.
const Around = time.Minute

// EventOrigin says whether a run of ours brought an event about: by the request that it names, or by the client that
// acted.
func (d *DB) EventOrigin(ctx context.Context, applicationID string, e trigger.OrgEvent, came time.Time) (o Origin, err error) {
	for _, request := range e.Requests {
		err := d.read.QueryRowContext(ctx, "SELECT run_id FROM run_request WHERE request = $1 LIMIT 1", request).Scan(&o.RunID)
		if err == nil {
			o.Own = true
			o.RunID, o.Chain, err = d.rootOf(ctx, o.RunID)
			return o, err
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return o, explain(err)
		}
	}
	own, err := ownClients(ctx, d.read)
	if err != nil {
		return o, err
	}
	if !own[e.ActorID] {
		// What a person did, no run of ours brought about; what the org itself did may follow from a call whose answer
		// is on its way.
		if e.ActorType != "User" {
			err = d.read.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM run JOIN run_step ON run_step.run_id = run.id
				WHERE run.state = 'running' AND run.application_id = $1 AND run_step.state = 'started' AND run_step.started_at <= $2)`, applicationID, stamp(came.Add(agreed))).Scan(&o.Unsettled)
		}
		return o, explain(err)
	}
	o.Own = true
	err = d.read.QueryRowContext(ctx, `SELECT coalesce(max(chain), -1) FROM run WHERE application_id IN (SELECT id FROM application WHERE client_id = $1)
		AND id >= $2 AND started_at <> '' AND started_at <= $3 AND (ended_at = '' OR ended_at >= $4)`, e.ActorID, idFloor("run", came.Add(-trigger.Retention)),
		stamp(e.Published.Add(Around)), stamp(e.Published.Add(-Around))).Scan(&o.Chain)
	return o, explain(err)
}

// rootOf returns the run that stands in no other and that a run belongs to, with its chain.
func (d *DB) rootOf(ctx context.Context, runID string) (root string, chain int, err error) {
	for {
		var parent string
		if err := d.read.QueryRowContext(ctx, "SELECT parent_id, chain FROM run WHERE id = $1", runID).Scan(&parent, &chain); err != nil {
			return runID, 0, explain(err)
		}
		if parent == "" {
			return runID, chain, nil
		}
		runID = parent
	}
}
