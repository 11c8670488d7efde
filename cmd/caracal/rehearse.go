package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"caracal/fault"
	"caracal/handlers"
	"caracal/plan"
)

const rehearseHelp = `Shows what a run of a workflow would change, by the API of a running Caracal. Nothing is changed in Okta.

  caracal rehearse WORKFLOW --input name=value … --url https://caracal.example.com --token-file FILE [--draft]
  caracal rehearse FILE.yaml [--application NAME] …     a workflow that is not stored there

WORKFLOW is its name or its id; --draft rehearses the draft, for a token of somebody who may edit it. A file is rehearsed, and not
stored, against the application that it names; --application names another one. The address and the token are given as to
"caracal run". It exits with 0 when the run would succeed, and with 1 when it would fail or could not be
rehearsed. "caracal run WORKFLOW --plan ID" starts the run, and stops it where Okta has since changed.`

// runRehearse rehearses a workflow over the API.
func runRehearse(ctx context.Context, p process, args []string) int {
	o := &runOptions{inputs: inputFlags{}, every: time.Second}
	fs := newFlags(p, "rehearse", rehearseHelp)
	o.reach(p, fs)
	fs.Var(o.inputs, "input", "`NAME=VALUE` of one input of the workflow; may stand several times")
	draft := fs.Bool("draft", false, "rehearse the draft, not what is published")
	application := fs.String("application", "", "with a file: `NAME` of the application to rehearse it against, instead of the file's")
	fs.BoolVar(&o.json, "json", false, "print the plan as JSON")
	names, code, done := fs.parseWithFiles(args)
	if done {
		return code
	}
	if len(names) != 1 {
		return complainUsage(p, "Name one workflow: caracal rehearse WORKFLOW.")
	}
	var r handlers.RehearsalJSON
	var err error
	switch file := isWorkflowFile(names[0]); {
	case file && *draft:
		return complainUsage(p, "A file is no draft; leave out --draft.")
	case !file && *application != "":
		return complainUsage(p, "--application goes with a file; a workflow has its application.")
	case file:
		r, err = o.rehearseFile(ctx, names[0], *application)
	default:
		r, err = o.rehearse(ctx, names[0], *draft)
	}
	if err != nil {
		return complain(p, err)
	}
	if code, err = o.printRehearsal(p, r); err != nil {
		return complain(p, err)
	}
	return code
}

// printRehearsal writes a rehearsal that has ended. The code says whether the run would succeed.
func (o *runOptions) printRehearsal(p process, r handlers.RehearsalJSON) (code int, err error) {
	if o.json {
		err = printJSON(p.stdout, r)
	} else {
		err = printPlan(p.stdout, r)
	}
	if err != nil || r.State != string(plan.Ready) || r.Failing > 0 {
		return exitFail, err
	}
	return exitOK, nil
}

// rehearse starts a rehearsal and waits for its end.
func (o *runOptions) rehearse(ctx context.Context, name string, draft bool) (r handlers.RehearsalJSON, err error) {
	if err := o.check(); err != nil {
		return r, err
	}
	id, err := o.find(ctx, name)
	if err != nil {
		return r, err
	}
	if err := o.post(ctx, "/workflows/"+url.PathEscape(id)+"/rehearsals", map[string]any{"inputs": o.inputs, "draft": draft}, &r); err != nil {
		return r, err
	}
	return o.followRehearsal(ctx, r)
}

// isWorkflowFile reports whether an argument is a file's name and not a workflow's.
func isWorkflowFile(name string) bool {
	return strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml")
}

// rehearseFile rehearses the workflow of a file.
func (o *runOptions) rehearseFile(ctx context.Context, name, application string) (r handlers.RehearsalJSON, err error) {
	if err := o.check(); err != nil {
		return r, err
	}
	raw, err := readWorkflowFile(name)
	if err != nil {
		return r, fault.New(fault.Invalid, "%s: %v.", name, err)
	}
	if err := o.post(ctx, "/rehearsals", map[string]any{"file": string(raw), "application": application, "inputs": o.inputs}, &r); err != nil {
		return r, fault.New(fault.Invalid, "%s: %s", name, fault.Message(err))
	}
	return o.followRehearsal(ctx, r)
}

// followRehearsal waits for the end of a rehearsal, and for all of its changes.
func (o *runOptions) followRehearsal(ctx context.Context, r handlers.RehearsalJSON) (handlers.RehearsalJSON, error) {
	for !r.Ended {
		select {
		case <-ctx.Done():
			return r, fault.New(fault.Busy, "Stopped waiting; the rehearsal goes on: %s", r.URL)
		case <-time.After(o.every):
		}
		if err := o.ask(ctx, http.MethodGet, "/rehearsals/"+url.PathEscape(r.ID), nil, &r); err != nil {
			return r, err
		}
	}
	for next := r.Next; next > 0; {
		var page handlers.RehearsalJSON
		if err := o.ask(ctx, http.MethodGet, fmt.Sprintf("/rehearsals/%s?from=%d", url.PathEscape(r.ID), next), nil, &page); err != nil {
			return r, err
		}
		r.Changes, next = append(r.Changes, page.Changes...), page.Next
	}
	r.Next = 0
	return r, nil
}

// printPlan writes a plan for a person.
func printPlan(to io.Writer, r handlers.RehearsalJSON) error {
	var b strings.Builder
	if r.Error != "" {
		fmt.Fprintf(&b, "The rehearsal could not be made. %s\n%s\n", r.Error, r.URL)
		_, err := io.WriteString(to, b.String())
		return err
	}
	fmt.Fprintf(&b, "%s: %s.\n", r.Name, r.Summary)
	if r.Failing > 0 {
		fmt.Fprintf(&b, "It would fail. %s\n", r.Failure)
	}
	kind := plan.Kind("")
	for _, c := range r.Changes {
		if c.Kind != kind {
			kind = c.Kind
			fmt.Fprintf(&b, "\n%s\n", kind.Title())
		}
		mark := "+"
		switch {
		case c.Loss():
			mark = "-"
		case c.Verb == plan.Changed:
			mark = "~"
		}
		fmt.Fprintf(&b, "  %s %s", mark, c.Words)
		if c.Follows {
			b.WriteString(" (follows)")
		}
		b.WriteString("\n")
	}
	if len(r.Notes) > 0 {
		b.WriteString("\nWhat could not be rehearsed\n")
		for _, note := range r.Notes {
			fmt.Fprintf(&b, "  %s\n", note)
		}
	}
	calls := 0
	for _, c := range r.Calls {
		calls += c.Calls
	}
	fmt.Fprintf(&b, "\n%s\nPlan %s, %s\n%s\n", takes(calls, r), r.ID, plan.Short(r.Hash), r.URL)
	_, err := io.WriteString(to, b.String())
	return err
}

// takes says how many calls a run makes, and how long they take at least.
func takes(calls int, r handlers.RehearsalJSON) string {
	who := "The run makes"
	if r.Rows > 1 {
		who = "The rows make"
	}
	what := fmt.Sprintf("%s %d calls", who, calls)
	if calls == 1 {
		what = who + " 1 call"
	}
	switch r.Minutes {
	case 0:
		return what + ", which fit into one minute at the limits that may be used."
	case 1:
		return what + ", which take at least 1 minute at the limits that may be used."
	}
	return fmt.Sprintf("%s, which take at least %d minutes at the limits that may be used.", what, r.Minutes)
}
