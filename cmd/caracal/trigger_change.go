package main

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"time"

	"caracal/handlers"
	"caracal/trigger"
)

const triggerFileHelp = `Makes and changes what starts a workflow, by the API of a running Caracal, from files or from flags.

  caracal trigger create FILE
  caracal trigger create WORKFLOW --kind schedule --name "Every night" --cron "30 2 * * *" --zone Europe/Berlin
  caracal trigger update FILE
  caracal trigger update WORKFLOW TRIGGER [FILE] --per-hour 20
  caracal trigger apply FILE…
  caracal trigger delete WORKFLOW TRIGGER --yes
  caracal trigger secret WORKFLOW TRIGGER --secret-file NEW-FILE

"caracal trigger show --yaml" prints a file, and "caracal trigger schema" what may stand in one. A file names its workflow; the trigger
is found by its kind and name. update with flags changes what they name and leaves the rest. The secret of a webhook is made with it and
shown once: it goes into the new file that --secret-file names, or else to the output. The address and the token are given as to "caracal
run"; the token has to be one that may change workflows and triggers. What one that was asked twice made is made once.`

// triggerFileOptions are the flags of the commands that change triggers.
type triggerFileOptions struct {
	runOptions
	set              triggerFlags
	seen, secretFile string
	overlap          int
	yes              bool
}

// triggerCommand is one word after `caracal trigger` for files and changes.
type triggerCommand struct {
	name string
	run  func(ctx context.Context, p process, args []string) int
}

func triggerCommands() []triggerCommand {
	return []triggerCommand{
		{"validate", func(_ context.Context, p process, args []string) int { return validateTriggers(p, args) }},
		{"schema", func(_ context.Context, p process, args []string) int { return triggerSchema(p, args) }},
		{"create", func(ctx context.Context, p process, args []string) int { return changeTriggers(ctx, p, "create", args) }},
		{"update", func(ctx context.Context, p process, args []string) int { return changeTriggers(ctx, p, "update", args) }},
		{"apply", func(ctx context.Context, p process, args []string) int { return changeTriggers(ctx, p, "apply", args) }},
		{"delete", func(ctx context.Context, p process, args []string) int { return changeTriggers(ctx, p, "delete", args) }},
		{"secret", func(ctx context.Context, p process, args []string) int { return changeTriggers(ctx, p, "secret", args) }},
	}
}

// changeTriggers runs one of the commands that change triggers.
func changeTriggers(ctx context.Context, p process, do string, args []string) int {
	o := &triggerFileOptions{runOptions: runOptions{every: time.Second}}
	fs := newFlags(p, "trigger "+do, triggerFileHelp)
	o.reach(p, fs)
	fs.BoolVar(&o.json, "json", false, "print as JSON")
	if do == "create" {
		fs.StringVar(&o.set.kind, "kind", "", "`KIND` of the trigger that flags describe: schedule, webhook or event")
	}
	if do == "create" || do == "update" {
		o.set.define(fs)
	}
	if do == "update" {
		fs.StringVar(&o.seen, "seen", "", "`MARK` that \"show --yaml --json\" gave: refuse where somebody saved since")
	}
	if do == "create" || do == "apply" || do == "secret" {
		fs.StringVar(&o.secretFile, "secret-file", "", "new `FILE` for the secret of a webhook; without it the secret is printed")
	}
	if do == "secret" {
		fs.IntVar(&o.overlap, "overlap", int(trigger.DefaultOverlap/time.Hour), "`HOURS` that the secret before stays good as well")
	}
	if do == "delete" {
		fs.BoolVar(&o.yes, "yes", false, "delete it, not only print what would be deleted")
	}
	names, code, done := fs.parseWithFiles(args)
	if done {
		return code
	}
	byFlags := o.set.read(fs)
	if problem := misused(do, o, names, byFlags); problem != "" {
		return complainUsage(p, problem)
	}
	if err := o.check(); err != nil {
		return complain(p, err)
	}
	var err error
	switch {
	case do == "delete":
		err = o.deleteTrigger(ctx, p, names[0], names[1])
	case do == "secret":
		err = o.replaceSecret(ctx, p, names[0], names[1])
	case do == "create" && o.set.kind != "":
		err = o.createOfFlags(ctx, p, names[0])
	case do == "update" && byFlags:
		err = o.updateByFlags(ctx, p, names[0], names[1])
	default:
		return o.putFiles(ctx, p, do, names)
	}
	if err != nil {
		return complain(p, err)
	}
	return exitOK
}

// misused says what is wrong with what a command was given, or "".
func misused(do string, o *triggerFileOptions, names []string, byFlags bool) string {
	switch n := len(names); {
	case do == "create" && o.set.kind == "" && (n != 1 || byFlags):
		return "Name one file, or a workflow and a --kind with flags: caracal trigger create FILE."
	case do == "create" && o.set.kind != "" && n != 1:
		return "Name one workflow: caracal trigger create WORKFLOW --kind " + o.set.kind + " …."
	case do == "update" && byFlags && n != 2:
		return "Flags change a trigger that is named: caracal trigger update WORKFLOW TRIGGER …."
	case do == "update" && !byFlags && n != 1 && n != 3:
		return "Name a file, or a workflow, one of its triggers and a file: caracal trigger update FILE."
	case do == "apply" && n == 0:
		return "Name the files to apply: caracal trigger apply FILE…."
	case do == "apply" && n > 1 && o.secretFile != "":
		return "--secret-file goes with one file alone, since each webhook has a secret of its own."
	case (do == "delete" || do == "secret") && n != 2:
		return "Name a workflow and one of its triggers: caracal trigger " + do + " WORKFLOW TRIGGER."
	}
	return ""
}

// deleteTrigger takes a trigger away, or says what would be.
func (o *triggerFileOptions) deleteTrigger(ctx context.Context, p process, flow, name string) error {
	path, list, err := o.triggersOf(ctx, flow)
	if err != nil {
		return err
	}
	id, err := oneTrigger(list, name)
	if err != nil {
		return err
	}
	var t handlers.TriggerJSON
	if o.yes {
		if err := o.send(ctx, path+"/"+url.PathEscape(id)+"/delete", struct{}{}, &t); err != nil {
			return err
		}
		return o.printOne(p, t)
	}
	for _, have := range list {
		if have.ID == id {
			t = have
		}
	}
	if o.json {
		return printJSON(p.stdout, t)
	}
	_, err = fmt.Fprintln(p.stdout, triggerLine(t)+"\nNothing was deleted; with --yes it is. Its runs stay.")
	return err
}

// replaceSecret makes a webhook's secret in the place of the one that it has.
func (o *triggerFileOptions) replaceSecret(ctx context.Context, p process, flow, name string) error {
	path, list, err := o.triggersOf(ctx, flow)
	if err != nil {
		return err
	}
	id, err := oneTrigger(list, name)
	if err != nil {
		return err
	}
	seen := ""
	for _, have := range list {
		if have.ID == id {
			seen = have.SecretSeen
		}
	}
	t, err := o.makeSecret(ctx, path+"/"+url.PathEscape(id), seen)
	if err != nil {
		return err
	}
	return o.printOne(p, t)
}

func (o *triggerFileOptions) printOne(p process, t handlers.TriggerJSON) error {
	if o.json {
		return printJSON(p.stdout, t)
	}
	return o.printChanged(p, "", t)
}

// printChanged says in a line what came of a trigger; a webhook's address and secret follow on their own.
func (o *triggerFileOptions) printChanged(p process, before string, t handlers.TriggerJSON) error {
	for _, words := range t.Warnings {
		fmt.Fprintln(p.stderr, words)
	}
	line := before + cmp.Or(t.Outcome, "secret made") + ": " + triggerLine(t)
	if t.Kind == string(trigger.Webhook) && (t.Outcome == "created" || t.Secret != "") {
		line += "\n" + t.Address
	}
	if t.Secret != "" {
		line += "\n" + t.Secret
	}
	_, err := fmt.Fprintln(p.stdout, line)
	return err
}
