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
	"caracal/workflow"
)

const decideHelp = `Answers a step of which it could not be told whether it was done, by the API of a running Caracal.

  caracal run decide RUN --url https://caracal.example.com --token-file FILE [--answer done|repeat|fail [--wait]]

RUN is the run's id, as in its address. Which step asks and what was looked at is printed; without --answer nothing else happens.
Look in Okta, then answer: done goes on with the next step, repeat does the change (again), fail ends the run here. It exits with
0 when the answer was taken (with --wait: when the run succeeded), and with 1 when no step asks or somebody else was first. The
address and the token are given as to "caracal run".`

// runDecide answers a step in doubt over the API.
func runDecide(ctx context.Context, p process, args []string) int {
	o := &runOptions{every: time.Second}
	fs := newFlags(p, "run decide", decideHelp)
	o.reach(p, fs)
	answer := fs.String("answer", "", "`ANSWER`: done, repeat or fail")
	fs.BoolVar(&o.wait, "wait", false, "with --answer: wait until the run has ended")
	fs.BoolVar(&o.json, "json", false, "print the run as JSON")
	names, code, done := fs.parseWithFiles(args)
	switch {
	case done:
		return code
	case len(names) != 1:
		return complainUsage(p, "Name one run: caracal run decide RUN.")
	case *answer != "" && !slices.Contains([]string{"done", "repeat", "fail"}, *answer):
		return complainUsage(p, "The answer is done, repeat or fail.")
	case *answer == "" && o.wait:
		return complainUsage(p, "--wait goes with --answer.")
	}
	code, err := o.decide(ctx, p, names[0], *answer)
	if err != nil {
		return complain(p, err)
	}
	return code
}

// decide prints what a run asks, and answers it.
func (o *runOptions) decide(ctx context.Context, p process, id, answer string) (int, error) {
	if err := o.check(); err != nil {
		return exitFail, err
	}
	at := "/runs/" + url.PathEscape(id)
	var run handlers.RunJSON
	if err := o.ask(ctx, "GET", at, nil, &run); err != nil {
		return exitFail, err
	}
	i := slices.IndexFunc(run.Steps, func(s handlers.StepJSON) bool { return s.State == string(workflow.StepUncertain) })
	if i < 0 || run.State != string(workflow.RunAsking) {
		return exitFail, fault.New(fault.Conflict, "No step of this run waits for a decision; it is %s: %s", run.State, run.URL)
	}
	if answer == "" && o.json {
		return exitOK, printJSON(p.stdout, run)
	}
	to := p.stdout
	if o.json {
		to = p.stderr // what is read by a program is the run alone
	}
	if err := printDoubt(to, run, run.Steps[i]); err != nil {
		return exitFail, err
	}
	if answer == "" {
		_, err := fmt.Fprintln(p.stdout, "\nNothing was decided; look in Okta, and add --answer done, repeat or fail.")
		return exitOK, err
	}
	if err := o.post(ctx, at+"/decide", map[string]string{"step": run.Steps[i].Step, "decision": answer}, &run); err != nil {
		return exitFail, err
	}
	var err error
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

// printDoubt writes for a person what a step asks, and what was looked at.
func printDoubt(to io.Writer, run handlers.RunJSON, s handlers.StepJSON) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s of %s (%s): it is not known whether this was done.\n", s.Title, run.Name, run.URL)
	for _, words := range []string{s.Error, s.Finding} {
		if words != "" {
			fmt.Fprintf(&b, "  %s\n", words)
		}
	}
	if e := s.Evidence; e != nil {
		fmt.Fprintf(&b, "\nWhat was looked at, %s\n", e.At.UTC().Format("2006-01-02 15:04:05 UTC"))
		if e.Sought != "" {
			fmt.Fprintf(&b, "  Sought: %s\n", e.Sought)
		}
		for _, l := range e.Looks {
			fmt.Fprintf(&b, "  GET %s: %d\n", l.Path, l.Status)
		}
		for _, v := range e.Values {
			fmt.Fprintf(&b, "  %s: sent %s, there is %s\n", v.Label, shown(v.Sent), shown(v.There))
		}
		printLogSearch(&b, e.Log)
	}
	_, err := io.WriteString(to, b.String())
	return err
}

func printLogSearch(b *strings.Builder, l *workflow.LogSearch) {
	if l == nil {
		return
	}
	fmt.Fprintf(b, "  System Log: %s\n", l.Filter)
	if l.Problem != "" {
		fmt.Fprintf(b, "    %s\n", l.Problem)
	} else if len(l.Events) == 0 {
		b.WriteString("    It has no such event, which proves nothing: events come late.\n")
	}
	for _, e := range l.Events {
		fmt.Fprintf(b, "    %s %s %s\n", e.Published.UTC().Format("15:04:05"), e.Type, e.Outcome)
	}
}
