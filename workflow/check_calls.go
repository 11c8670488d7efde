package workflow

import (
	"fmt"
	"slices"
	"strings"
)

// Called says of a published workflow what matters to one that runs it.
type Called struct {
	Name  string
	Calls []string // ids of the workflows that it runs in turn
}

// Called returns what a definition is to one that runs it.
func (d Definition) Called() Called { return Called{d.Name, d.Calls()} }

// Calls returns the ids of the workflows that a definition runs, each once, in the order of its steps.
func (d Definition) Calls() []string {
	var out []string
	for _, s := range d.Steps {
		if id, ok := IsCall(s.Action); ok && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// Called returns what a workflow is to one that runs it, where the registry has it as an action.
func (r *Registry) Called(workflowID string) (Called, bool) {
	spec, ok := r.Get(CallAction(workflowID))
	if !ok || spec.Workflow == nil {
		return Called{}, false
	}
	return *spec.Workflow, true
}

// CallNamed returns the ids of the workflows of a name that the registry has as actions.
func (r *Registry) CallNamed(name string) (ids []string) {
	for _, spec := range r.All() {
		if id, ok := IsCall(spec.ID); ok && spec.Workflow != nil && spec.Workflow.Name == name {
			ids = append(ids, id)
		}
	}
	return ids
}

// CheckCalls says which steps of a workflow would make it run itself, directly or through others, or run others
// deeper than they may be. look gives the newest published version of a workflow, by its id; one that it does not
// have leads no further.
func CheckCalls(workflowID string, d Definition, look func(workflowID string) (Called, bool)) []Problem {
	var problems []Problem
	for _, s := range d.Steps {
		called, ok := IsCall(s.Action)
		if !ok {
			continue
		}
		w := callWalk{self: workflowID, look: look, seen: map[string]int{}}
		if problem := w.from(called, nil, 1); problem != "" {
			problems = append(problems, Problem{Step: s.ID, Message: problem})
		}
	}
	return problems
}

type callWalk struct {
	self string
	look func(string) (Called, bool)
	seen map[string]int // how deep each was looked into already
}

// from says why running a workflow at a depth comes to no good, or "". through names those in between.
func (w callWalk) from(id string, through []string, depth int) string {
	switch {
	case id == w.self && len(through) == 0:
		return "This step runs the workflow that it stands in, so that a run would never end; choose another workflow."
	case id == w.self:
		return fmt.Sprintf("This step runs %s, which runs this workflow again, so that a run would never end; take the step out, or the one that leads back.", strings.Join(through, ", which runs "))
	case depth > MaxCalls:
		return fmt.Sprintf("This step runs %s, and so on, more than %d deep; put some of them together.", strings.Join(through, ", which runs "), MaxCalls)
	case w.seen[id] >= depth:
		return ""
	}
	w.seen[id] = depth
	called, ok := w.look(id)
	if !ok {
		return "" // said at the step that runs it
	}
	for _, next := range called.Calls {
		if problem := w.from(next, append(slices.Clone(through), "“"+called.Name+"”"), depth+1); problem != "" {
			return problem
		}
	}
	return ""
}
