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
)

const triggerRemoteHelp = `Looks at what starts a workflow, and stops it or lets it go on, by the API of a running Caracal.

  caracal trigger list WORKFLOW
  caracal trigger show WORKFLOW TRIGGER
  caracal trigger pause WORKFLOW TRIGGER
  caracal trigger resume WORKFLOW TRIGGER

WORKFLOW is its name or its id. TRIGGER is its id, its name where one has it, or form, csv or api. Times that pass while a trigger is
paused are not caught up. The address and the token are given as to "caracal run"; looking takes a token of somebody who may look at
workflows, pausing one of somebody who may edit them. "show --yaml" prints a trigger as a file, to be changed and applied.`

// remoteTrigger runs a command about the triggers of a workflow, over the API.
func remoteTrigger(ctx context.Context, p process, do string, args []string) int {
	o := &runOptions{every: time.Second}
	fs := newFlags(p, "trigger "+do, triggerRemoteHelp)
	o.reach(p, fs)
	fs.BoolVar(&o.json, "json", false, "print as JSON")
	yaml := false
	if do == "show" {
		fs.BoolVar(&yaml, "yaml", false, "print the trigger as a file; with --json beside the mark that --seen takes")
	}
	names, code, done := fs.parseWithFiles(args)
	want := 2
	if do == "list" {
		want = 1
	}
	switch {
	case done:
		return code
	case len(names) != want && want == 1:
		return complainUsage(p, "Name one workflow: caracal trigger list WORKFLOW.")
	case len(names) != want:
		return complainUsage(p, "Name a workflow and one of its triggers: caracal trigger "+do+" WORKFLOW TRIGGER.")
	}
	if err := o.aboutTrigger(ctx, p, do, names, yaml); err != nil {
		return complain(p, err)
	}
	return exitOK
}

func (o *runOptions) aboutTrigger(ctx context.Context, p process, do string, names []string, yaml bool) error {
	if err := o.check(); err != nil {
		return err
	}
	id, err := o.findAny(ctx, names[0])
	if err != nil {
		return err
	}
	path := "/workflows/" + url.PathEscape(id) + "/triggers"
	var list struct {
		Triggers []handlers.TriggerJSON `json:"triggers"`
	}
	if err := o.ask(ctx, http.MethodGet, path, nil, &list); err != nil {
		return err
	}
	if do == "list" {
		if o.json {
			return printJSON(p.stdout, list.Triggers)
		}
		for _, t := range list.Triggers {
			if _, err := fmt.Fprintln(p.stdout, triggerLine(t)); err != nil {
				return err
			}
		}
		return nil
	}
	found, err := oneTrigger(list.Triggers, names[1])
	if err != nil {
		return err
	}
	path += "/" + url.PathEscape(found)
	if yaml {
		return o.printTriggerFile(ctx, p, path)
	}
	var t handlers.TriggerJSON
	switch do {
	case "show":
		err = o.ask(ctx, http.MethodGet, path, nil, &t)
	default:
		err = o.ask(ctx, http.MethodPost, path+"/"+do, nil, &t)
	}
	switch {
	case err != nil:
		return err
	case o.json:
		return printJSON(p.stdout, t)
	case do == "show":
		return printTrigger(p.stdout, t)
	}
	_, err = fmt.Fprintln(p.stdout, triggerLine(t))
	return err
}

// oneTrigger finds a trigger by its id or its name.
func oneTrigger(list []handlers.TriggerJSON, name string) (id string, err error) {
	for _, t := range list {
		if t.ID == name {
			return t.ID, nil
		}
		if strings.EqualFold(t.Name, name) {
			if id != "" {
				return "", fault.New(fault.Invalid, "Several triggers have the name %q; give the id of one, as \"caracal trigger list\" prints it.", name)
			}
			id = t.ID
		}
	}
	if id == "" {
		return "", fault.New(fault.NotFound, "The workflow has no trigger %q; look at \"caracal trigger list\".", name)
	}
	return id, nil
}

// triggerLine says in one line what a trigger is and how it stands.
func triggerLine(t handlers.TriggerJSON) string {
	words := []string{t.Words}
	if t.Paused {
		words = append([]string{"paused"}, words...)
	}
	words = append(words, t.Guards...)
	if len(t.Next) > 0 {
		words = append(words, "next "+inZone(t.Next[0], t.Zone))
	}
	return t.ID + " " + t.Name + ": " + strings.Join(words, "; ")
}

func inZone(t time.Time, zone string) string {
	if place, err := time.LoadLocation(zone); err == nil {
		t = t.In(place)
	}
	return t.Format("Mon 2006-01-02 15:04 MST")
}

// printTrigger writes a trigger with its next times and what came lately.
func printTrigger(to io.Writer, t handlers.TriggerJSON) error {
	var b strings.Builder
	b.WriteString(triggerLine(t) + "\n")
	if t.Address != "" {
		b.WriteString(t.Address + "\n")
	}
	if t.CatchUp != "" {
		b.WriteString("Times that pass while Caracal is not running: " + map[string]string{"skip": "left out", "once": "one run for all of them", "all": "a run for each"}[t.CatchUp] + "\n")
	}
	if len(t.Next) > 0 {
		b.WriteString("\nNext times\n")
		for _, at := range t.Next {
			b.WriteString("  " + inZone(at, t.Zone) + "\n")
		}
	}
	if len(t.Events) > 0 {
		b.WriteString("\nWhat came lately\n")
		for _, e := range t.Events {
			line := e.At.UTC().Format("2006-01-02 15:04:05") + " " + e.Outcome
			for _, more := range []string{e.Run, e.Words} {
				if more != "" {
					line += " " + more
				}
			}
			b.WriteString("  " + line + "\n")
		}
	}
	b.WriteString("\n" + t.URL + "\n")
	_, err := io.WriteString(to, b.String())
	return err
}
