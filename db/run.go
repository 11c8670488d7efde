package db

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"strings"
	"time"

	"caracal/auth"
	"caracal/org"
	"caracal/trigger"
	"caracal/workflow"
)

// Enqueue puts a burst of a run on the queue in the transaction of what makes it move, and returns the
// queue's id of it. The engine hands it in, so that nothing here knows the queue.
type Enqueue func(tx *sql.Tx, runID string) (jobID int64, err error)

// CreateRun stores a run with its steps, its first burst and its audit line: all or none. r.ID and the times
// are given here. A run that was already started with the same once-token is returned instead, and created is
// false; a token that somebody else used, or that was used for another workflow, is a conflict.
func (d *DB) CreateRun(ctx context.Context, r workflow.Run, by auth.User, enqueue Enqueue) (id string, created bool, err error) {
	out, err := d.StartRun(ctx, Start{Run: r, By: by}, func(tx *sql.Tx, runID string, _ time.Time) (int64, error) { return enqueue(tx, runID) })
	return out.ID, out.Created, err
}

func insertRun(ctx context.Context, tx *sql.Tx, r workflow.Run, jobID int64) error {
	if r.Input == nil {
		r.Input = map[string]string{}
	}
	input, err := toJSON(r.Input)
	if err != nil {
		return err
	}
	state := workflow.RunQueued
	if !r.BeginsAt.IsZero() {
		state = workflow.RunWaiting
	}
	_, err = exec(ctx, tx, `INSERT INTO run (id, workflow_id, version, application_id, name, state, input, started_by, once_token,
		created_at, job_id, search, wait_reason, wait_until, trigger_id, trigger_kind, via, behind, begins_at, max_changes, urgency, undoes, continues, changed, batch_id)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $14, $19, $20, $21, $22, $23, $24)`,
		r.ID, r.WorkflowID, r.Version, r.ApplicationID, r.Name, string(state), input, r.StartedBy, r.OnceToken, stamp(r.CreatedAt), jobID, searchText(r),
		r.WaitReason, stamp(r.BeginsAt), r.TriggerID, r.TriggerKind, r.Via, r.Behind, r.MaxChanges, int(urgencyOf(r)), r.Undoes, r.Continues, r.Changed, r.BatchID)
	if err != nil {
		return err
	}
	for i, s := range r.Steps {
		fields, control, err := asPublished(s)
		if err != nil {
			return err
		}
		if _, err := exec(ctx, tx, `INSERT INTO run_step (run_id, idx, step_id, title, action, fields, control, state)
			VALUES ($1, $2, $3, $4, $5, $6, $7, 'pending')`, r.ID, i, s.StepID, s.Title, s.Action, fields, control); err != nil {
			return err
		}
		if err := putTaken(ctx, tx, r.ID, i, s); err != nil {
			return err
		}
	}
	return nil
}

// urgencyOf returns how soon a run is needed: what it says itself, or what follows from how it was started.
func urgencyOf(r workflow.Run) org.Urgency {
	switch {
	case r.Urgency > 0:
		return r.Urgency
	case r.TriggerKind == "" || r.TriggerKind == string(trigger.Form):
		return org.Pressing
	}
	return org.Unattended
}

// asPublished returns what a step's row keeps of its workflow.
func asPublished(s workflow.RunStep) (fields, control string, err error) {
	if fields, err = toJSON(s.Fields); err != nil || s.Control == (workflow.Control{}) {
		return fields, "", err // no control: nearly every step
	}
	control, err = toJSON(s.Control)
	return fields, control, err
}

// searchText is what the list's search looks at: the run's id, its name and what was typed into its form.
func searchText(r workflow.Run) string {
	words := []string{r.ID, r.Name}
	for _, name := range slices.Sorted(maps.Keys(r.Input)) {
		value := []rune(r.Input[name])
		words = append(words, string(value[:min(len(value), 200)]))
	}
	return strings.ToLower(strings.Join(words, "\n"))
}

// Run returns a run with its steps.
func (d *DB) Run(ctx context.Context, id string) (workflow.Run, error) {
	r, err := scanRun(d.read.QueryRowContext(ctx, "SELECT "+runColumns+" FROM run WHERE id = $1", id))
	if err != nil {
		return workflow.Run{}, explain(err)
	}
	err = rows(ctx, d.read, func(row *sql.Rows) error {
		s, err := scanStep(row)
		r.Steps = append(r.Steps, s)
		return err
	}, "SELECT "+stepColumns+" FROM run_step s WHERE s.run_id = $1 ORDER BY s.idx", id)
	return r, err
}

const stepColumns = `s.run_id, s.idx, s.step_id, s.title, s.action, s.fields, s.control, s.state, s.input, s.output, s.error, s.error_code, s.finding,
	s.attempts, s.request, s.started_at, s.ended_at, s.due_at, s.prior, s.undoes_run, s.undoes_step, s.undoes_part, s.guard, s.doubt, s.taken_from, s.resume, s.evidence`

func scanStep(row *sql.Rows) (s workflow.RunStep, err error) {
	var undoing workflow.Undoing
	err = row.Scan(&s.RunID, &s.Index, &s.StepID, &s.Title, &s.Action, jsonInto(&s.Fields), jsonInto(&s.Control), &s.State, jsonInto(&s.Input), jsonInto(&s.Output),
		&s.Error, &s.ErrorCode, &s.Finding, &s.Attempts, &s.Request, stampInto(&s.StartedAt), stampInto(&s.EndedAt), stampInto(&s.DueAt), jsonInto(&s.Before),
		&undoing.RunID, &undoing.Step, &undoing.Part, jsonInto(&undoing.Guard),
		&s.Doubt, &s.TakenFrom, jsonInto(&s.Resume), jsonInto(&s.Evidence))
	if undoing.RunID != "" {
		s.Undoes = &undoing
	}
	return s, err
}

// RunRevision returns a number that grows with every change of the run, so that a page can ask cheaply
// whether it must be drawn again.
func (d *DB) RunRevision(ctx context.Context, id string) (revision int64, err error) {
	err = d.read.QueryRowContext(ctx, "SELECT revision FROM run WHERE id = $1", id).Scan(&revision)
	return revision, explain(err)
}

const runColumns = `id, workflow_id, version, application_id, name, state, input, started_by, once_token, error,
	wait_reason, wait_until, created_at, started_at, ended_at, revision, parent_id, parent_step, item_no, item, kept,
	trigger_id, trigger_kind, via, behind, begins_at, max_changes, changed, urgency, wait_for, undoes, continues, batch_id`

func scanRun(row interface{ Scan(...any) error }) (r workflow.Run, err error) {
	err = row.Scan(&r.ID, &r.WorkflowID, &r.Version, &r.ApplicationID, &r.Name, &r.State, jsonInto(&r.Input), &r.StartedBy, &r.OnceToken,
		&r.Error, &r.WaitReason, stampInto(&r.WaitUntil), stampInto(&r.CreatedAt), stampInto(&r.StartedAt), stampInto(&r.EndedAt), &r.Revision,
		&r.ParentID, &r.ParentStep, &r.ItemNo, jsonInto(&r.Item), jsonInto(&r.Kept),
		&r.TriggerID, &r.TriggerKind, &r.Via, &r.Behind, stampInto(&r.BeginsAt), &r.MaxChanges, &r.Changed, &r.Urgency, &r.WaitFor, &r.Undoes, &r.Continues, &r.BatchID)
	return r, err
}
