package views

import (
	"slices"
	"time"

	"caracal/workflow"
)

// FunctionsProps is the page of functions.
type FunctionsProps struct {
	Shell  Shell
	Groups []FunctionGroup
}

// FunctionGroup is what works on the same.
type FunctionGroup struct {
	Title     string
	Functions []FunctionRow
}

// ID is where the group stands on the page.
func (g FunctionGroup) ID() string { return workflow.Slug(g.Title) + "-functions" }

// FunctionRow is one function with its example and what that gives.
type FunctionRow struct {
	workflow.Function
	Usage  string
	Result string
}

// FunctionGroups evaluates the example of every function as of a moment.
func FunctionGroups(now time.Time) ([]FunctionGroup, error) {
	var out []FunctionGroup
	for _, f := range workflow.Functions() {
		result, err := f.Result(now)
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(out, func(g FunctionGroup) bool { return g.Title == f.Group })
		if i < 0 {
			i = len(out)
			out = append(out, FunctionGroup{Title: f.Group})
		}
		out[i].Functions = append(out[i].Functions, FunctionRow{Function: f, Usage: f.Usage(), Result: result})
	}
	return out, nil
}
