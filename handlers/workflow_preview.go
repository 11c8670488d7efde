package handlers

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"strings"

	"caracal/auth"
	"caracal/db"
	"caracal/views"
	"caracal/workflow"
)

// previews evaluates the fields of a draft with the values of the workflow's last run, for somebody who may see
// runs. Where there was none it is empty.
func (h *Handlers) previews(ctx context.Context, u auth.User, flow workflow.Workflow, at map[string]int) (views.Previews, error) {
	if !u.May(auth.RunRead) {
		return views.Previews{}, nil
	}
	list, _, err := h.DB.RunList(ctx, db.RunFilter{WorkflowID: flow.ID, Limit: 1})
	if err != nil || len(list) == 0 {
		return views.Previews{}, err
	}
	run, err := h.DB.Run(ctx, list[0].ID)
	if errors.Is(err, db.ErrNotFound) {
		return views.Previews{}, nil
	}
	if err != nil {
		return views.Previews{}, err
	}
	return h.previewsOf(ctx, flow.Draft, h.actions(ctx), run, at)
}

// previewsOf evaluates the fields of a definition with the values of a run.
func (h *Handlers) previewsOf(ctx context.Context, d workflow.Definition, registry *workflow.Registry, run workflow.Run, at map[string]int) (views.Previews, error) {
	var failed error
	fields, loops := d.Previews(registry, run, at, func(runID string, step, item int) (workflow.Run, bool) {
		found, err := h.DB.ItemRun(ctx, runID, step, item)
		if err != nil && !errors.Is(err, db.ErrNotFound) {
			failed = errors.Join(failed, err)
		}
		return found, err == nil
	})
	return views.Previews{Run: run, Fields: fields, Loops: loops}, failed
}

// chosenItems reads with which entries of loops a person wants to see values: preview.LOOP is counted from 0.
func chosenItems(v url.Values) map[string]int {
	out := map[string]int{}
	for name := range v {
		if loop, ok := strings.CutPrefix(name, "preview."); ok && workflow.IsName(loop) && len(out) < workflow.MaxSteps {
			if n, err := strconv.Atoi(v.Get(name)); err == nil && n >= 0 {
				out[loop] = n
			}
		}
	}
	return out
}

// wasShown returns the previews that a page shows still, from before a save. Those within a loop count as unknown, for
// another entry of its list may have been chosen.
func wasShown(before workflow.Definition, registry *workflow.Registry, run workflow.Run) map[workflow.FieldPlace]workflow.Preview {
	was, _ := before.Previews(registry, run, nil, nil)
	for at := range was {
		if i := before.StepIndex(at.Step); i >= 0 && len(before.Loops(i)) > 0 {
			delete(was, at)
		}
	}
	return was
}
