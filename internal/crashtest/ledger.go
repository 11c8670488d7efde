package crashtest

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"caracal/db"
	"caracal/oktasim"
	"caracal/workflow"
)

// Row is what came of one fault: a line of the table.
type Row struct {
	Fault, Database string
	Times           int // how often it struck, where it can be counted
	Runs            int // clicks on Run
	Accepted        int // that were answered with a run
	Finished        int // runs that succeeded
	Failed          int // runs that failed as they should
	Found           int // steps in doubt that were found out, or done again where that is harmless
	Asked           int // steps in doubt that a person was asked about
	Lost            int // accepted runs that are gone or never end, and changes that are called done and are not there
	Doubled         int // changes that are in the org's log more often than once
	Took            time.Duration
	Problems        []string // everything that should not be, in words
}

// Print writes the table of faults.
func Print(w io.Writer, rows []Row) error {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "fault\tdatabase\ttimes\truns\taccepted\tfinished\tfailed as they should\tfound out\tasked\tlost\tdoubled\ttook")
	for _, r := range rows {
		times := "–" // it holds all the while
		if r.Times > 0 {
			times = strconv.Itoa(r.Times)
		}
		fmt.Fprintf(out, "%s\t%s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%s\n", r.Fault, r.Database, times, r.Runs, r.Accepted, r.Finished, r.Failed,
			r.Found, r.Asked, r.Lost, r.Doubled, r.Took.Round(100*time.Millisecond))
	}
	return out.Flush()
}

// marked names, for each action of the workflows, the event that its change writes in the System Log, and the field of
// its input that the event's target is found by. Adding a member is harmless to repeat and changes nothing the second
// time, which the log shows too.
var marked = map[string]struct{ event, field string }{
	"group.create":     {"group.lifecycle.create", "name"},
	"user.create":      {"user.lifecycle.create", "email"},
	"user.reactivate":  {"user.lifecycle.reactivate", "user"},
	"group.add_member": {"group.user_membership.add", "user"},
}

// effects counts changes in an org, from its System Log: by event and each name of its targets.
type effects map[string]int

func readEffects(sim *oktasim.Org) effects {
	all := effects{}
	for _, m := range marked {
		for _, e := range sim.Events(m.event) {
			seen := map[string]bool{}
			for _, t := range e.Target {
				for _, name := range []string{t.ID, t.AlternateID, t.DisplayName} {
					if name != "" && !seen[name] {
						seen[name] = true
						all[m.event+"\x00"+name]++
					}
				}
			}
		}
	}
	return all
}

// of returns how often the change of a step was made.
func (e effects) of(s workflow.RunStep) int {
	m := marked[s.Action]
	return e[m.event+"\x00"+s.Input[m.field]]
}

// gaveUp is the end of a step that was cut off again and again: it says so, and its effect is counted all the same.
const gaveUp = "stayed unclear each time"

// Verify holds effects, not calls, against the runs. mayFail says which failures are as they should be besides steps
// that gave up; nil is none.
func (l *Load) Verify(ctx context.Context, fault string, mayFail func(words string) bool) (Row, error) {
	row := Row{Fault: fault, Database: "SQLite", Runs: len(l.labels), Accepted: len(l.accepted), Asked: l.asked, Took: time.Since(l.began), Problems: slices.Clone(l.wrong)}
	if db.IsURL(l.rig.Place) {
		row.Database = "PostgreSQL"
	}
	d, err := l.rig.reading(ctx)
	if err != nil {
		return row, err
	}
	defer d.Close() //nolint:errcheck // it was only read
	runs, err := l.runs(ctx, d)
	if err != nil {
		return row, err
	}
	v := &verifier{row: &row, effects: readEffects(l.org.Sim), mayFail: mayFail}
	byID, byLabel, parents := map[string]bool{}, map[string]int{}, map[string]string{}
	for _, run := range runs {
		byID[run.ID] = true
		parents[run.ID] = run.ParentID
		if run.ParentID == "" && run.Continues == "" {
			byLabel[run.Input["label"]]++
		}
	}
	for _, run := range runs {
		top := run.ID
		for parents[top] != "" {
			top = parents[top]
		}
		v.run(run, l.past[top])
	}
	for _, label := range l.labels {
		if id := l.accepted[label]; id != "" && !byID[id] {
			v.lost("%s was accepted as %s and is gone", label, id)
		} else if id == "" {
			v.wrong("%s was never accepted", label)
		}
		if n := byLabel[label]; n > 1 {
			v.doubled("%s has %d runs", label, n)
		}
	}
	return row, nil
}

// runs returns every run of the load with its steps, those within others too.
func (l *Load) runs(ctx context.Context, d *db.DB) (all []workflow.Run, err error) {
	f := db.RunFilter{ApplicationID: l.org.id, Within: true, Limit: 1000}
	for {
		list, next, err := d.RunList(ctx, f)
		if err != nil {
			return nil, err
		}
		for _, run := range list {
			if run, err = d.Run(ctx, run.ID); err != nil {
				return nil, err
			}
			all = append(all, run)
		}
		if next == "" {
			return all, nil
		}
		f.After = next
	}
}

// verifier fills a row.
type verifier struct {
	row     *Row
	effects effects
	mayFail func(string) bool
}

func (v *verifier) wrong(format string, args ...any) {
	v.row.Problems = append(v.row.Problems, fmt.Sprintf(format, args...))
}

func (v *verifier) lost(format string, args ...any)    { v.row.Lost++; v.wrong(format, args...) }
func (v *verifier) doubled(format string, args ...any) { v.row.Doubled++; v.wrong(format, args...) }

// run counts a run. One that is past has ended, and how is no matter; what it did counts all the same.
func (v *verifier) run(run workflow.Run, past bool) {
	top := run.ParentID == ""
	asItShould := strings.Contains(run.Error, gaveUp) || v.mayFail != nil && v.mayFail(run.Error)
	switch {
	case !run.State.Ended():
		v.lost("%s (%s) is %s and does not end: %s%s", run.ID, run.Input["label"], run.State, run.Error, run.WaitReason)
	case past:
	case run.State == workflow.RunSucceeded && top:
		v.row.Finished++
	case run.State != workflow.RunSucceeded && !asItShould:
		v.wrong("%s (%s) is %s: %s", run.ID, run.Input["label"], run.State, run.Error)
	case run.State != workflow.RunSucceeded && top:
		v.row.Failed++
	}
	for _, s := range run.Steps {
		if s.Finding != "" && s.Attempts > 0 && !workflow.IsFlow(s.Action) {
			v.row.Found++
		}
		if marked[s.Action].event == "" || s.Attempts == 0 {
			continue
		}
		switch n := v.effects.of(s); {
		case n > 1:
			v.doubled("%s, step %s is %s and was done %d times; attempts %d, finding %q", run.ID, s.StepID, s.State, n, s.Attempts, s.Finding)
		case n == 0 && s.State == workflow.StepDone:
			v.lost("%s, step %s is done and is not in the org; attempts %d, finding %q", run.ID, s.StepID, s.Attempts, s.Finding)
		}
	}
}
