package handlers

import (
	"net/http"
	"slices"
	"strconv"

	"caracal/db"
	"caracal/views"
	"caracal/workflow"
)

// itemsShown is how many items of a for-each a page shows.
const itemsShown = 25

// runItems returns the runs that each step of a run goes through. One step may be shown filtered or from a
// later item, as the address says; an address that makes no sense shows the first of all.
func (h *Handlers) runItems(r *http.Request, run workflow.Run) (map[int]views.RunItems, error) {
	ctx, query := r.Context(), r.URL.Query()
	asked, err := strconv.Atoi(query.Get("items"))
	if err != nil {
		asked = -1
	}
	var out map[int]views.RunItems
	for _, s := range run.Steps {
		if _, calls := workflow.IsCall(s.Action); s.Action != workflow.FlowForEach && !calls || s.State == workflow.StepPending {
			continue
		}
		items := views.RunItems{}
		if items.Counts, err = h.DB.ChildCounts(ctx, run.ID, s.Index); err != nil {
			return nil, err
		}
		f := db.ChildFilter{ParentID: run.ID, Step: s.Index, Limit: itemsShown}
		if s.Index == asked {
			if state := workflow.RunState(query.Get("state")); slices.Contains(workflow.RunStates, state) {
				f.State = state
			}
			if from, err := strconv.Atoi(query.Get("from")); err == nil && from > 1 {
				f.From = from
			}
		}
		items.State, items.From = f.State, f.From
		if items.Rows, items.Next, err = h.DB.Children(ctx, f); err != nil {
			return nil, err
		}
		if out == nil {
			out = map[int]views.RunItems{}
		}
		out[s.Index] = items
	}
	return out, nil
}
