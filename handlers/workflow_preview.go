package handlers

import (
	"context"
	"errors"

	"caracal/auth"
	"caracal/db"
	"caracal/views"
	"caracal/workflow"
)

// previews evaluates the fields of a draft with the values of the workflow's last run, for somebody who may see
// runs. Where there was none it is empty.
func (h *Handlers) previews(ctx context.Context, u auth.User, flow workflow.Workflow) (views.Previews, error) {
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
	return views.Previews{Run: run, Fields: flow.Draft.Previews(h.actions(ctx), run)}, nil
}
