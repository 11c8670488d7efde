package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"caracal/fault"
	"caracal/handlers"
	"caracal/workflow"
)

const continueHelp = `Goes on with a run that failed or was cancelled, by the API of a running Caracal: what was done is not done again.

  caracal run continue RUN --url https://caracal.example.com --token-file FILE [--input name=value …] [--again STEP …]
                       [--confirm NAME] [--yes]

RUN is the run's id, as in its address. What becomes of each step is printed first; without --yes nothing else happens. A step
that may do a second time what it did already is done only when --again names it, after somebody looked in Okta. Inputs that
are not given are those of the run. Where a step destroys something, --confirm names the workflow, as it is typed on the page. The address and the token are given as to "caracal run".`

// stepFlags collects the ids of steps, or of changes.
type stepFlags []string

// String is for the flag package alone.
func (*stepFlags) String() string { return "" }

// Set takes one id.
func (f *stepFlags) Set(s string) error {
	if s == "" {
		return errors.New("name one as the plan does")
	}
	*f = append(*f, s)
	return nil
}

// runContinue continues a run over the API.
func runContinue(ctx context.Context, p process, args []string) int {
	o := &runOptions{inputs: inputFlags{}, every: time.Second}
	var again, keep stepFlags
	fs := newFlags(p, "run continue", continueHelp)
	o.reach(p, fs)
	fs.Var(o.inputs, "input", "`NAME=VALUE` of one input that is to be another; may stand several times")
	workflowVersion := fs.Int("workflow-version", 0, "`NUMBER` of the version to go on with (default: the run's own)")
	fs.Var(&again, "again", "`STEP` that may be done again; may stand several times")
	fs.Var(&keep, "keep", "`STEP` whose result is kept where it would be done again by choice; may stand several times")
	confirm := fs.String("confirm", "", "`NAME` of the workflow, where a step destroys what can't be brought back")
	withoutPlan := fs.Bool("without-plan", false, "go on though the plan that the run was held to does not hold any more")
	yes := fs.Bool("yes", false, "continue, not only print what would be done")
	fs.BoolVar(&o.wait, "wait", false, "with --yes: wait until the run has ended")
	fs.BoolVar(&o.json, "json", false, "print the plan or, with --yes, the run as JSON")
	names, code, done := fs.parseWithFiles(args)
	if done {
		return code
	}
	if len(names) != 1 {
		return complainUsage(p, "Name one run: caracal run continue RUN.")
	}
	if o.wait && !*yes {
		return complainUsage(p, "There is nothing to wait for without --yes.")
	}
	if err := o.check(); err != nil {
		return complain(p, err)
	}
	at := "/runs/" + url.PathEscape(names[0]) + "/continue"
	body := map[string]any{"inputs": o.inputs, "version": *workflowVersion, "again": again, "keep": keep, "confirm": *confirm, "without_plan": *withoutPlan}
	var c handlers.ContinuationJSON
	if err := o.post(ctx, at+"/plan", body, &c); err != nil {
		return complain(p, err)
	}
	if !*yes {
		return o.onlyPlanned(p, c)
	}
	to := p.stdout
	if o.json {
		to = p.stderr // what is read by a program is the run alone
	}
	if err := printContinuation(to, c); err != nil {
		return complain(p, err)
	}
	body["hash"] = c.Hash
	var run handlers.RunJSON
	err := o.post(ctx, at, body, &run)
	if err == nil && o.wait {
		run, err = o.follow(ctx, run, p.stderr)
	}
	if err == nil {
		err = o.print(p, run)
	}
	if err != nil {
		return complain(p, err)
	}
	if o.wait && run.State != string(workflow.RunSucceeded) {
		return exitFail
	}
	return exitOK
}

// onlyPlanned prints what would be done.
func (o *runOptions) onlyPlanned(p process, c handlers.ContinuationJSON) int {
	var err error
	if o.json {
		err = printJSON(p.stdout, c)
	} else if err = printContinuation(p.stdout, c); err == nil {
		_, err = fmt.Fprintln(p.stdout, "\nNothing was done; add --yes to do it.")
	}
	if err != nil {
		return complain(p, err)
	}
	return exitOK
}

// post sends a body as JSON.
func (o *runOptions) post(ctx context.Context, path string, body, into any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return fault.New(fault.Internal, "The request can't be written.").Because(err)
	}
	o.key = rand.Text()
	return o.ask(ctx, http.MethodPost, path, raw, into)
}

// printContinuation writes what becomes of each step for a person.
func printContinuation(to io.Writer, c handlers.ContinuationJSON) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Run %s goes on with version %d", c.Run, c.Version)
	if c.Newest > c.Version {
		fmt.Fprintf(&b, " (version %d is the newest)", c.Newest)
	}
	b.WriteString(".\n")
	if len(c.Changed) > 0 {
		fmt.Fprintf(&b, "Inputs that differ: %s.\n", strings.Join(c.Changed, ", "))
	}
	b.WriteString("\n")
	printResumed(&b, "  ", c.Steps)
	for _, title := range c.Gone {
		fmt.Fprintf(&b, "  Not part of version %d any more, and what was done stays: %s\n", c.Version, title)
	}
	if c.Plan != nil && c.Plan.Holds {
		fmt.Fprintf(&b, "\nIt is held to the rest of the plan %s.\n", c.Plan.Rehearsal)
	}
	if c.Plan != nil && !c.Plan.Holds {
		fmt.Fprintf(&b, "\n%s It goes on without it only with --without-plan.\n", c.Plan.Why)
	}
	if c.Confirm != "" {
		fmt.Fprintf(&b, "\nA step destroys what can't be brought back, so it goes on only with --confirm %q.\n", c.Confirm)
	}
	if len(c.Missing) > 0 {
		fmt.Fprintf(&b, "\nIt goes on only with --again %s.\n", strings.Join(c.Missing, " --again "))
	}
	_, err := io.WriteString(to, b.String())
	return err
}

func printResumed(b *strings.Builder, indent string, steps []handlers.ResumedStepJSON) {
	for _, s := range steps {
		fmt.Fprintf(b, "%s%-12s %s [%s]", indent, becomes(s), s.Title, s.Step)
		if s.Runs > 0 {
			fmt.Fprintf(b, " in %d of them", s.Runs)
		}
		if s.Destroys {
			b.WriteString(", which destroys what can't be brought back")
		}
		b.WriteString("\n")
		if s.Why != "" {
			fmt.Fprintf(b, "%s             %s\n", indent, s.Why)
		}
		switch {
		case s.Must:
			fmt.Fprintf(b, "%s             It has to be named: --again %s\n", indent, s.Step)
		case s.Choice && s.What == workflow.TakeOver:
			fmt.Fprintf(b, "%s             --again %s does it again.\n", indent, s.Step)
		case s.Choice:
			fmt.Fprintf(b, "%s             --keep %s keeps it as it is.\n", indent, s.Step)
		}
		printResumed(b, indent+"    ", s.Within)
	}
}

// becomes says in a word what becomes of a step.
func becomes(s handlers.ResumedStepJSON) string {
	switch {
	case s.What == workflow.TakeOver && s.Was == string(workflow.StepDone):
		return "stays done"
	case s.What == workflow.TakeOver:
		return "stays as is"
	case s.What == workflow.DoAgain:
		return "done again"
	}
	return "to be done"
}
