package connect

import (
	"context"

	"caracal/catalog"
	"caracal/db"
	"caracal/workflow"
)

// OperationUser is a workflow with a step that is an operation of the API.
type OperationUser struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// OperationUsers says which workflows use which operations, by the operation's id: in the draft, or in the
// published version. Archived workflows do not count.
func OperationUsers(ctx context.Context, store *db.DB, c *catalog.Catalog) (map[string][]OperationUser, error) {
	out := map[string][]OperationUser{}
	for after, first := "", true; first || after != ""; first = false {
		list, next, err := store.WorkflowList(ctx, db.WorkflowFilter{Limit: 200, After: after})
		if err != nil {
			return nil, err
		}
		for _, w := range list {
			steps := w.Draft.Steps
			if w.Published > 0 && w.Dirty {
				v, err := store.WorkflowVersion(ctx, w.ID, w.Published)
				if err != nil {
					return nil, err
				}
				steps = append(steps, v.Definition.Steps...)
			}
			addUses(out, c, OperationUser{ID: w.ID, Name: w.Draft.Name}, steps)
		}
		after = next
	}
	return out, nil
}

func addUses(out map[string][]OperationUser, c *catalog.Catalog, w OperationUser, steps []workflow.Step) {
	seen := map[string]bool{}
	for _, step := range steps {
		if s, ok := c.Step(step.Action); ok && !seen[s.Operation.ID] {
			seen[s.Operation.ID] = true
			out[s.Operation.ID] = append(out[s.Operation.ID], w)
		}
	}
}
