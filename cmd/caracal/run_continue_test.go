package main

import (
	"strings"
	"testing"

	"caracal/handlers"
)

// TestPrintContinuation says before anything is done what has to be given besides.
func TestPrintContinuation(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		given handlers.ContinuationJSON
		want  string
	}{
		"destroys":  {handlers.ContinuationJSON{Confirm: "Hold back"}, `only with --confirm "Hold back"`},
		"in doubt":  {handlers.ContinuationJSON{Missing: []string{"one", "two"}}, "only with --again one --again two"},
		"held":      {handlers.ContinuationJSON{Plan: &handlers.HeldPlanJSON{Rehearsal: "reh_1", Holds: true}}, "held to the rest of the plan reh_1"},
		"not held":  {handlers.ContinuationJSON{Plan: &handlers.HeldPlanJSON{Why: "It is of version 1."}}, "It is of version 1. It goes on without it only with --without-plan"},
		"no longer": {handlers.ContinuationJSON{Gone: []string{"Tell the desk"}, Version: 2}, "what was done stays: Tell the desk"},
	} {
		var b strings.Builder
		if err := printContinuation(&b, c.given); err != nil || !strings.Contains(b.String(), c.want) {
			t.Errorf("%s: %v\n%s", name, err, b.String())
		}
	}
}
