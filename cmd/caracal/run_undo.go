package main

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"caracal/fault"
	"caracal/handlers"
	"caracal/undo"
	"caracal/workflow"
)

const undoHelp = `Takes a run back, by the API of a running Caracal: what it changed is put back as it was, the newest first.

  caracal run undo RUN --url https://caracal.example.com --token-file FILE [--take-back CHANGE …] [--rehearse | --yes [--confirm NAME]]

RUN is the run's id, as in its address. What would be taken back is printed first, with what can't come back and what somebody
changed since; without --yes nothing else happens. --rehearse shows what taking it back would change in Okta, what follows from
it included. Where something that the run made is removed, --confirm gives the run's name. It exits with 0 when the undo was
started (with --wait: when it succeeded), and with 1 when it was not. The address and the token are given as to "caracal run".`

// undoOptions are the flags of caracal run undo.
type undoOptions struct {
	runOptions
	only          stepFlags // ids of changes; none is what the plan suggests
	confirm       string
	rehearse, yes bool
}

// runUndo takes a run back over the API.
func runUndo(ctx context.Context, p process, args []string) int {
	o := &undoOptions{runOptions: runOptions{every: time.Second}}
	fs := newFlags(p, "run undo", undoHelp)
	o.reach(p, fs)
	fs.Var(&o.only, "take-back", "`CHANGE` to take back, by its id in the plan; may stand several times (default: what the plan suggests)")
	fs.BoolVar(&o.rehearse, "rehearse", false, "show what taking it back would change in Okta, and change nothing")
	fs.BoolVar(&o.yes, "yes", false, "take it back, not only print what would be done")
	fs.StringVar(&o.confirm, "confirm", "", "with --yes: `NAME` of the run, where something that it made is removed")
	fs.BoolVar(&o.wait, "wait", false, "with --yes: wait until the undo has ended")
	fs.BoolVar(&o.json, "json", false, "print the plan, with --rehearse the rehearsal or with --yes the run, as JSON")
	names, code, done := fs.parseWithFiles(args)
	switch {
	case done:
		return code
	case len(names) != 1:
		return complainUsage(p, "Name one run: caracal run undo RUN.")
	case o.rehearse && o.yes:
		return complainUsage(p, "--rehearse changes nothing and --yes does; give one of them.")
	case !o.yes && (o.wait || o.confirm != ""):
		return complainUsage(p, "--wait and --confirm go with --yes.")
	}
	code, err := o.take(ctx, p, "/runs/"+url.PathEscape(names[0])+"/undo")
	if err != nil {
		return complain(p, err)
	}
	return code
}

// take plans the undo, and does what the flags ask.
func (o *undoOptions) take(ctx context.Context, p process, at string) (int, error) {
	if err := o.check(); err != nil {
		return exitFail, err
	}
	planned, err := o.plan(ctx, at)
	if err != nil {
		return exitFail, err
	}
	body := map[string]any{"plan": planned.Plan, "confirm": o.confirm}
	if len(o.only) > 0 {
		body["take_back"] = o.only
	}
	switch {
	case o.rehearse:
		var r handlers.RehearsalJSON
		if err := o.post(ctx, at+"/rehearsals", body, &r); err != nil {
			return exitFail, err
		}
		if r, err = o.followRehearsal(ctx, r); err != nil {
			return exitFail, err
		}
		return o.printRehearsal(p, r)
	case !o.yes:
		return exitOK, o.onlyPlan(p, planned)
	}
	to := p.stdout
	if o.json {
		to = p.stderr // what is read by a program is the run alone
	}
	if err := printUndo(to, planned, o.chosen(planned)); err != nil {
		return exitFail, err
	}
	var run handlers.RunJSON
	if err := o.post(ctx, at, body, &run); err != nil {
		return exitFail, err
	}
	if o.wait {
		if run, err = o.follow(ctx, run, p.stderr); err != nil {
			return exitFail, err
		}
	}
	if err := o.print(p, run); err != nil || o.wait && run.State != string(workflow.RunSucceeded) {
		return exitFail, err
	}
	return exitOK, nil
}

// plan asks for all pages of a plan.
func (o *undoOptions) plan(ctx context.Context, at string) (planned handlers.UndoJSON, err error) {
	if err := o.ask(ctx, "GET", at, nil, &planned); err != nil {
		return planned, err
	}
	for next := planned.Next; next > 0; {
		var page handlers.UndoJSON
		if err := o.ask(ctx, "GET", fmt.Sprintf("%s?from=%d", at, next), nil, &page); err != nil {
			return planned, err
		}
		planned.Changes, next = append(planned.Changes, page.Changes...), page.Next
	}
	planned.Next = 0
	for _, id := range o.only {
		if !slices.ContainsFunc(planned.Changes, func(c handlers.UndoChangeJSON) bool { return c.ID == id && c.Offered }) {
			return planned, fault.New(fault.Invalid, "--take-back names %q, which is no change of this run that can be taken back; name changes as the plan does.", id)
		}
	}
	return planned, nil
}

// chosen says whether a change is to be taken back.
func (o *undoOptions) chosen(planned handlers.UndoJSON) func(handlers.UndoChangeJSON) bool {
	if len(o.only) == 0 {
		return func(c handlers.UndoChangeJSON) bool { return c.Suggest }
	}
	return func(c handlers.UndoChangeJSON) bool { return slices.Contains(o.only, c.ID) }
}

// onlyPlan prints what would be done, and how it is done.
func (o *undoOptions) onlyPlan(p process, planned handlers.UndoJSON) error {
	if o.json {
		return printJSON(p.stdout, planned)
	}
	chosen := o.chosen(planned)
	if err := printUndo(p.stdout, planned, chosen); err != nil {
		return err
	}
	taken := slices.DeleteFunc(slices.Clone(planned.Changes), func(c handlers.UndoChangeJSON) bool { return !chosen(c) })
	words := "Nothing was done; add --yes to take it back, or --rehearse to see what that would change."
	switch {
	case len(taken) == 0:
		words = "Nothing was done. No change would be taken back; name some with --take-back."
	case slices.ContainsFunc(taken, func(c handlers.UndoChangeJSON) bool { return c.Removes }):
		words = fmt.Sprintf("Nothing was done; something that the run made is removed, so add --yes --confirm %q to take it back, or --rehearse to see what that would change.", planned.Name)
	}
	_, err := fmt.Fprintln(p.stdout, "\n"+words)
	return err
}

// undoParts are the parts of a plan as people read them.
var undoParts = []struct {
	title string
	holds func(c handlers.UndoChangeJSON, chosen bool) bool
}{
	{"Is taken back", func(_ handlers.UndoChangeJSON, chosen bool) bool { return chosen }},
	{"Is left as it is", func(c handlers.UndoChangeJSON, chosen bool) bool { return c.Offered && !chosen }},
	{"Can't come back", func(c handlers.UndoChangeJSON, _ bool) bool { return c.State == string(undo.Never) }},
	{"Taken back already", func(c handlers.UndoChangeJSON, _ bool) bool { return c.State == string(undo.Taken) }},
	{"Nothing to take back", func(c handlers.UndoChangeJSON, _ bool) bool {
		return c.State == string(undo.Nothing) || c.State == string(undo.Back)
	}},
}

// printUndo writes a plan for a person.
func printUndo(to io.Writer, planned handlers.UndoJSON, chosen func(handlers.UndoChangeJSON) bool) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Undo of %s (%s)\n", planned.Name, planned.Run)
	for _, part := range undoParts {
		n := 0
		for _, c := range planned.Changes {
			if !part.holds(c, chosen(c)) {
				continue
			}
			if n++; n == 1 {
				fmt.Fprintf(&b, "\n%s\n", part.title)
			}
			printUndone(&b, c)
		}
	}
	_, err := io.WriteString(to, b.String())
	return err
}

func printUndone(b *strings.Builder, c handlers.UndoChangeJSON) {
	fmt.Fprintf(b, "  %s [%s]", c.Title, c.ID)
	if c.Removes {
		b.WriteString(", which removes what it made")
	}
	b.WriteString("\n")
	for _, v := range c.Values {
		fmt.Fprintf(b, "      %s: %s → %s", v.Label, shown(v.Before), shown(v.After))
		if v.Compared && !workflow.SameValue(v.Now, v.After) {
			fmt.Fprintf(b, ", now %s", shown(v.Now))
		}
		b.WriteString("\n")
	}
	for _, words := range append([]string{c.Why}, c.Lost...) {
		if words != "" {
			fmt.Fprintf(b, "      %s\n", words)
		}
	}
	if c.By != "" {
		fmt.Fprintf(b, "      By %s\n", c.By)
	}
}

func shown(v any) string {
	if text := workflow.FactText(v); text != "" {
		return text
	}
	return "nothing"
}
