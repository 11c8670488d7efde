package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"caracal/fault"
	"caracal/form"
	"caracal/trigger"
)

// listTypes prints the types of event that pages offer.
func listTypes(p process, args []string) int {
	fs := newFlags(p, "trigger types", "Lists types of event of an Okta org that fit all words. A trigger may listen to any other type that Okta has.")
	words, code, done := fs.parseWithFiles(args)
	if done {
		return code
	}
	for _, t := range trigger.FindTypes(strings.Join(words, " ")) {
		note := ""
		if t.Reach == trigger.ReachLog {
			note = " (only in the log)"
		}
		fmt.Fprintf(p.stdout, "%-46s %s%s\n", t.ID, t.Words, note)
	}
	return exitOK
}

// texts collects a flag that may be given several times.
type texts []string

// String is for the flag package.
func (t *texts) String() string { return strings.Join(*t, "; ") }

// Set adds one.
func (t *texts) Set(s string) error {
	*t = append(*t, s)
	return nil
}

// tryEvents says which events a listener would take, and exits with 1 when it is none.
func tryEvents(p process, args []string) int {
	fs := newFlags(p, "trigger try", `Says which events a trigger would start a run for. The file holds one event, a delivery of an event hook, or a list as
GET /api/v1/logs answers it. It exits with 1 when no event fits.`)
	types := fs.String("types", "", "`TYPES` of event, separated by commas; empty is all")
	var where, maps texts
	fs.Var(&where, "where", "`CONDITION` such as \"outcome.result is SUCCESS\"; may be given several times, and all must hold")
	fs.Var(&maps, "map", "`TEXT` with parts of the event to print, such as \"{{ event.user.id }}\"; may be given several times")
	files, code, done := fs.parseWithFiles(args)
	if done {
		return code
	}
	if len(files) > 1 {
		return complainUsage(p, "Name at most one file with events.")
	}
	l := trigger.Listener{Types: form.SplitList(*types), Map: map[string]string{}}
	for _, text := range where {
		c, err := trigger.ParseCondition(text)
		if err != nil {
			return complainUsage(p, fault.Message(err))
		}
		l.Where = append(l.Where, c)
	}
	var fields []form.Field
	for i, text := range maps {
		name := fmt.Sprintf("value%d", i+1)
		l.Map[name] = text
		fields = append(fields, form.Field{Name: name, Label: text, Kind: form.LongText})
	}
	checked := l
	if len(checked.Types) == 0 {
		checked.Types = []string{"any.type"}
	}
	if err := checked.Check(); err != nil {
		return complainUsage(p, fault.Message(err))
	}
	var raw []byte
	var err error
	if len(files) == 1 {
		raw, err = os.ReadFile(files[0])
	} else {
		raw, err = io.ReadAll(os.Stdin)
	}
	if err != nil {
		return complain(p, fault.New(fault.Invalid, "The events can't be read.").Because(err))
	}
	events, bad, err := readEvents(raw)
	if err != nil {
		return complain(p, err)
	}
	fit := 0
	for _, e := range events {
		takes, why := l.Fits(e)
		if len(l.Types) > 0 && !slices.Contains(l.Types, e.Type) {
			takes, why = false, "It is of another type."
		}
		word := "starts a run"
		if takes {
			fit++
		} else {
			word = "starts no run: " + why
		}
		fmt.Fprintf(p.stdout, "%s %s %s: %s\n", e.Published.Format("2006-01-02 15:04:05"), e.UUID, e.Type, word)
		if !takes {
			continue
		}
		mapped := l.Mapped(fields, e.Value, time.Now())
		for _, f := range fields {
			value := mapped.Values[f.Name]
			if problem := mapped.Errors[f.Name]; problem != "" {
				value = problem
			}
			fmt.Fprintf(p.stdout, "    %s  →  %s\n", f.Label, value)
		}
	}
	if bad > 0 {
		fmt.Fprintf(p.stderr, "%d of the entries can't be read as events.\n", bad)
	}
	if fit == 0 {
		return exitFail
	}
	return exitOK
}

// readEvents reads a delivery, a page of the log, or one event.
func readEvents(raw []byte) (events []trigger.OrgEvent, bad int, err error) {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) == nil {
		events, bad = trigger.ReadOrgEvents(list)
		return events, bad, nil
	}
	if events, bad, err = trigger.ReadDelivery(raw); err == nil {
		return events, bad, nil
	}
	e, err := trigger.ReadOrgEvent(raw)
	return []trigger.OrgEvent{e}, 0, err
}
