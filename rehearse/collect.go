package rehearse

import (
	"context"
	"fmt"
	"strings"

	"caracal/db"
	"caracal/plan"
	"caracal/workflow"
)

// collector lists the steps of the runs in the order in which people read them: those in a for-each or in a called
// workflow after the step that holds them.
type collector struct {
	st    *stage
	row   int
	steps []plan.Step
	at    map[int]int // places by the numbers that the twins know steps by
	known map[string]map[string]bool
}

// root adds the run of a row, and everything in it.
func (c *collector) root(ctx context.Context, run workflow.Run) error {
	c.steps = append(c.steps, plan.Step{Row: c.row, Title: run.Name, State: workflow.StepState(run.State), Words: run.Error})
	return c.run(ctx, run, "", nil)
}

func (c *collector) run(ctx context.Context, run workflow.Run, prefix string, items []string) error {
	unforeseen, err := c.unforeseen(ctx, run)
	if err != nil {
		return err
	}
	for _, s := range run.Steps {
		step := plan.Step{Row: c.row, At: prefix + s.StepID, Item: strings.Join(items, " › "), Title: s.Title, Action: s.Action, State: s.State, Words: s.Error}
		if step.Words == "" {
			step.Words = s.Finding
		}
		if s.Action == workflow.FlowNote {
			step.Words = s.Input["text"]
		}
		if number, called := c.st.steps[place{run.ID, s.Index}]; called {
			if t := c.st.twins[run.ApplicationID]; t != nil { // else nothing was ever asked of the org
				changes := t.Effect(number)
				step.Changes, step.Effect = len(changes), plan.Effect(changes, !unforeseen[s.StepID])
			}
			c.at[number] = len(c.steps)
		}
		c.steps = append(c.steps, step)
		if err := c.within(ctx, run, s, step.At+"/", items); err != nil {
			return err
		}
	}
	return nil
}

// within adds the runs that a step waited for.
func (c *collector) within(ctx context.Context, run workflow.Run, s workflow.RunStep, prefix string, items []string) error {
	_, calls := workflow.IsCall(s.Action)
	if s.Action != workflow.FlowForEach && !calls {
		return nil
	}
	for from := 0; ; {
		list, next, err := c.st.db.Children(ctx, db.ChildFilter{ParentID: run.ID, Step: s.Index, From: from, Limit: 500})
		if err != nil {
			return err
		}
		for _, child := range list {
			whole, err := c.st.db.Run(ctx, child.ID)
			if err != nil {
				return err
			}
			inner := items
			if whole.IsItem() {
				inner = append(items[:len(items):len(items)], workflow.ItemLabel(whole.Item))
			}
			if err := c.run(ctx, whole, prefix, inner); err != nil {
				return err
			}
		}
		if next == 0 {
			return nil
		}
		from = next
	}
}

// unforeseen returns the steps of a run's workflow that write what can't be known beforehand.
func (c *collector) unforeseen(ctx context.Context, run workflow.Run) (map[string]bool, error) {
	key := fmt.Sprint(run.WorkflowID, " ", run.Version)
	if found, done := c.known[key]; done {
		return found, nil
	}
	v, err := c.st.WorkflowVersion(ctx, run.WorkflowID, run.Version)
	if err != nil {
		return nil, err
	}
	if c.known == nil {
		c.known = map[string]map[string]bool{}
	}
	c.known[key] = v.Definition.Unforeseen(c.st.s.Spec)
	return c.known[key], nil
}
