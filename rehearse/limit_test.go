package rehearse_test

import (
	"strings"
	"testing"
	"time"

	"caracal/fault"
	"caracal/internal/testenv"
	"caracal/org"
	"caracal/plan"
	"caracal/workflow"
)

// TestLimits holds that a rehearsal that is too large is refused with a sentence which says what is too much of it, that
// one which just fits is not, and that either way the org is as before.
func TestLimits(t *testing.T) {
	t.Parallel()
	const people = 6 // each row changes one of them in two steps: six changes, twelve steps
	for _, c := range []struct {
		name                 string
		rows, changes, steps int
		time                 time.Duration
		held                 int
		want                 string
	}{
		{name: "all of it just fits", rows: people, changes: people, steps: 2 * people, time: time.Hour, held: 1 << 20},
		{name: "rows", rows: people - 1, want: "6 rows are too many for one rehearsal; give at most 5."},
		{name: "changes", changes: people - 1, want: "This would make more than 5 changes, which is more than one plan holds; rehearse less at once."},
		{name: "steps", steps: 2*people - 1, want: "This rehearsal has more than 11 steps; rehearse less at once."},
		{name: "time", time: time.Nanosecond, want: "This rehearsal took more than less than a second; rehearse fewer rows, or a part of the workflow."},
		{name: "memory", held: 1000, want: "This rehearsal looks at more of the org than Caracal keeps in memory, which is 0 MB; rehearse less at once."},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			app := testenv.New(t, testenv.Company)
			application := app.Connect(org.CustomApp).ID
			app.App.Rehearse.Limit(c.rows, c.changes, c.steps, c.time, c.held)
			d := workflow.Definition{Name: "Hold", ApplicationID: application, Inputs: []workflow.Input{{Name: "who", Label: "Who", Kind: "user", Required: true}},
				Steps: []workflow.Step{
					{ID: "hold", Title: "Suspend", Action: "user.suspend", Fields: map[string]string{"user": "{{ inputs.who }}"}},
					{ID: "title", Title: "Title", Action: "user.update", Fields: map[string]string{"user": "{{ inputs.who }}", "title": "On leave"}},
				}}
			var rows []map[string]string
			for _, u := range app.Org.Users() {
				if u.Status == "ACTIVE" && len(u.Roles) == 0 && len(rows) < people {
					rows = append(rows, map[string]string{"who": u.ID})
				}
			}
			before := app.Org.State()
			p, err := app.App.Rehearse.Now(t.Context(), plan.Subject{Kind: plan.Steps, Definition: d, Rows: rows, Many: true}, by)
			switch {
			case c.want == "" && (err != nil || len(p.Changes) != people):
				t.Errorf("%d changes, %v", len(p.Changes), err)
			case c.want != "" && (!fault.Is(err, fault.Invalid) || fault.Message(err) != c.want):
				t.Errorf("it is refused with %v, and not with %q", err, c.want)
			}
			if !app.Org.State().Same(before) {
				t.Error("the rehearsal changed the org")
			}
			if c.want == "" {
				return
			}
			// In the background the sentence is kept for whoever asked.
			if c.rows > 0 {
				return // it is refused before
			}
			r, err := app.App.Rehearse.Begin(t.Context(), plan.Subject{Kind: plan.Steps, Definition: d, Rows: rows, Many: true}, by)
			if err != nil {
				t.Fatal(err)
			}
			app.App.Rehearse.Wait()
			if r, err = app.App.DB.Rehearsal(t.Context(), r.ID); err != nil || r.State != plan.Failed || !strings.Contains(r.Error, c.want) {
				t.Errorf("it is %s: %s, %v", r.State, r.Error, err)
			}
		})
	}
}
