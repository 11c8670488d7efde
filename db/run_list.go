package db

import (
	"context"
	"database/sql"
	"time"

	"caracal/workflow"
)

// RunFilter narrows a list of runs. Zero fields do not narrow.
type RunFilter struct {
	WorkflowID    string
	ApplicationID string
	State         workflow.RunState
	UnderWay      bool // only runs that have not ended
	Within        bool // runs within others too: items of a for-each, and workflows that were called
	StartedBy     string
	From, To      time.Time // when it was started: From inclusive, To exclusive, to the millisecond
	Query         string    // every word must be in the run's id, name or inputs
	After         string    // the cursor that the page before gave
	Limit         int       // 50 when 0
}

func (f RunFilter) where() where {
	var w where
	w.add(!f.Within, "parent_id = ''")
	w.add(f.WorkflowID != "", "workflow_id = ?", f.WorkflowID)
	w.add(f.ApplicationID != "", "application_id = ?", f.ApplicationID)
	// A workflow, an application or a person has fewer runs than a state has; the plus keeps SQLite, which can't
	// know, from going by the state's index then (https://www.sqlite.org/optoverview.html#disqualifying_where_clause_terms_using_unary_).
	plus := ""
	if f.WorkflowID != "" || f.ApplicationID != "" || f.StartedBy != "" {
		plus = "+"
	}
	w.add(f.State != "", plus+"state = ?", string(f.State))
	w.add(f.UnderWay, plus+"state IN ('queued', 'running', 'waiting', 'asking')")
	w.add(f.StartedBy != "", "started_by = ?", f.StartedBy)
	// Ids sort by creation, so a span of time is a span of ids and needs no index of its own.
	w.add(!f.From.IsZero(), "id >= ?", idFloor("run", f.From))
	w.add(!f.To.IsZero(), "id < ?", idFloor("run", f.To))
	w.add(f.After != "", "id < ?", f.After)
	w.addWords(f.Query)
	return w
}

// RunList returns runs without their steps, newest first, and the cursor of the next page, "" when there is
// none.
func (d *DB) RunList(ctx context.Context, f RunFilter) (list []workflow.Run, next string, err error) {
	if f.Limit <= 0 {
		f.Limit = 50
	}
	w := f.where()
	// The page of ids comes from an index alone; only its rows are read whole.
	query := "SELECT " + runColumns + " FROM run WHERE id IN (SELECT id FROM run" + w.String() + " ORDER BY id DESC LIMIT ?) ORDER BY id DESC"
	err = rows(ctx, d.read, func(row *sql.Rows) error {
		r, err := scanRun(row)
		list = append(list, r)
		return err
	}, query, append(w.args, f.Limit+1)...)
	if err == nil && len(list) > f.Limit {
		list = list[:f.Limit]
		next = list[f.Limit-1].ID
	}
	return list, next, err
}

// RunCounts returns how many runs are in each state, narrowed by the filter's workflow, application, person
// and time.
func (d *DB) RunCounts(ctx context.Context, f RunFilter) (map[workflow.RunState]int, error) {
	f.After = ""
	w := f.where()
	group := "state"
	if f.Query != "" {
		group = "+state" // the index with the words holds the state as well; by the state's own, every row would be read
	}
	counts := map[workflow.RunState]int{}
	err := rows(ctx, d.read, func(row *sql.Rows) error {
		var state workflow.RunState
		var n int
		err := row.Scan(&state, &n)
		counts[state] = n
		return err
	}, "SELECT state, count(*) FROM run"+w.String()+" GROUP BY "+group, w.args...)
	return counts, err
}

// RunsWaitingOn returns the runs that would stop or wait if the application were taken away: those that have
// not ended, newest first, at most 100.
func (d *DB) RunsWaitingOn(ctx context.Context, applicationID string) ([]workflow.Run, error) {
	list, _, err := d.RunList(ctx, RunFilter{ApplicationID: applicationID, UnderWay: true, Limit: 100})
	return list, err
}

// RunPeople returns the ids of everybody who ever started a run, for the list's filter.
func (d *DB) RunPeople(ctx context.Context) (ids []string, err error) {
	// A loose index scan: one step through the index for each person, not for each run.
	err = rows(ctx, d.read, func(row *sql.Rows) error {
		var id string
		err := row.Scan(&id)
		ids = append(ids, id)
		return err
	}, `WITH RECURSIVE person(id) AS (
			SELECT min(started_by) FROM run WHERE parent_id = ''
			UNION ALL SELECT (SELECT min(started_by) FROM run WHERE parent_id = '' AND started_by > person.id) FROM person WHERE person.id IS NOT NULL
		) SELECT id FROM person WHERE id IS NOT NULL`)
	return ids, err
}
