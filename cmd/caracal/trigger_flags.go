package main

import (
	"flag"
	"os"
	"slices"
	"strings"

	"caracal/fault"
	"caracal/form"
	"caracal/trigger"
)

// triggerFlags are a trigger's settings as flags, where no file is named.
type triggerFlags struct {
	kind, name, cron, zone, catchUp, proof, sample, types string
	excess, blackoutZone, inBlackout                      string
	most, window, limit, perHour, maxChanges, atOnce      int
	own, runners                                          bool
	inputs, maps                                          inputFlags
	where, blackouts                                      texts
	given                                                 map[string]bool
}

// define makes the flags.
func (f *triggerFlags) define(fs *flags) {
	f.inputs, f.maps = inputFlags{}, inputFlags{}
	fs.StringVar(&f.name, "name", "", "`NAME` of the trigger")
	fs.StringVar(&f.cron, "cron", "", "`TEXT` of a schedule: minute, hour, day of the month, month, day of the week")
	fs.StringVar(&f.zone, "zone", "", "`NAME` of a schedule's time zone, such as Europe/Berlin")
	fs.StringVar(&f.catchUp, "catch-up", "", "`WHAT` becomes of times that pass while Caracal is not running: once, skip or all")
	fs.IntVar(&f.most, "most", 0, "with --catch-up all: how `MANY` at most")
	fs.Var(f.inputs, "input", "`NAME=VALUE` of one input of each run of a schedule; may stand several times")
	fs.StringVar(&f.proof, "proof", "", "`HOW` the sender of a webhook proves to know the secret: hmac or bearer")
	fs.IntVar(&f.window, "window", 0, "`MINUTES` that a webhook's signature is good for")
	fs.IntVar(&f.limit, "limit", 0, "`KB` that a webhook's body may have")
	fs.StringVar(&f.types, "types", "", "`TYPES` of Okta event, separated by commas")
	fs.Var(&f.where, "where", "`CONDITION` on the event, such as \"outcome.result is SUCCESS\"; may stand several times")
	fs.BoolVar(&f.own, "own", false, "also start for what Caracal's own runs change")
	fs.Var(f.maps, "map", "`NAME=TEXT` that fills an input of a webhook's or an event's run, such as email={{ body.mail }}; may stand several times")
	fs.StringVar(&f.sample, "sample", "", "`FILE` with a body or an event to try the mapping with")
	fs.IntVar(&f.perHour, "per-hour", 0, "how `MANY` runs may begin in an hour; 0 is no limit")
	fs.StringVar(&f.excess, "excess", "", "`WHAT` becomes of more: wait or refuse")
	fs.Var(&f.blackouts, "blackout", "`WINDOW` in which no run begins, such as \"mon-fri 08:00-18:00\"; may stand several times, and \"\" takes all away")
	fs.StringVar(&f.blackoutZone, "blackout-zone", "", "`NAME` of the windows' time zone")
	fs.StringVar(&f.inBlackout, "in-blackout", "", "`WHAT` becomes of a run that falls into one: wait or refuse")
	fs.IntVar(&f.maxChanges, "max-changes", 0, "how `MANY` objects one run may change; 0 is no limit")
	fs.BoolVar(&f.runners, "runners", false, "of csv: whoever may run the workflow by its form may also upload a CSV")
	fs.IntVar(&f.atOnce, "at-once", 0, "of csv: how `MANY` rows may be under way")
}

// triggerFlagKinds says which kinds a flag belongs to; one that is not named belongs to all.
var triggerFlagKinds = map[string][]trigger.Kind{"name": {trigger.Schedule, trigger.Webhook, trigger.OrgEvents}, "cron": {trigger.Schedule}, "zone": {trigger.Schedule}, "catch-up": {trigger.Schedule},
	"most": {trigger.Schedule}, "input": {trigger.Schedule}, "proof": {trigger.Webhook}, "window": {trigger.Webhook}, "limit": {trigger.Webhook}, "types": {trigger.OrgEvents},
	"where": {trigger.OrgEvents}, "own": {trigger.OrgEvents}, "map": {trigger.Webhook, trigger.OrgEvents}, "sample": {trigger.Webhook, trigger.OrgEvents}, "runners": {trigger.CSV}, "at-once": {trigger.CSV}}

// settings are the names of the flags that set something about a trigger.
var triggerSettings = []string{"name", "cron", "zone", "catch-up", "most", "input", "proof", "window", "limit", "types", "where", "own", "map", "sample", "per-hour", "excess", "blackout",
	"blackout-zone", "in-blackout", "max-changes", "runners", "at-once"}

// read notes which flags were given, and reports whether any sets something.
func (f *triggerFlags) read(fs *flags) bool {
	f.given = map[string]bool{}
	fs.Visit(func(one *flag.Flag) { f.given[one.Name] = true })
	return slices.ContainsFunc(triggerSettings, func(name string) bool { return f.given[name] })
}

// over sets what the flags say about a trigger, and leaves the rest.
func (f *triggerFlags) over(t trigger.Trigger) (trigger.Trigger, error) {
	for _, name := range triggerSettings {
		if kinds := triggerFlagKinds[name]; f.given[name] && kinds != nil && !slices.Contains(kinds, t.Kind) {
			return t, fault.New(fault.Invalid, "--%s does not go with a trigger of the kind %s; leave it out.", name, t.Kind)
		}
	}
	sample := ""
	if f.given["sample"] && f.sample != "" {
		raw, err := os.ReadFile(f.sample)
		if err != nil {
			return t, fault.New(fault.Invalid, "The sample %s can't be read.", f.sample).Because(err)
		}
		sample = string(raw)
	}
	set := func(name string, into *string, value string) {
		if f.given[name] {
			*into = value
		}
	}
	number := func(name string, into *int, value int) {
		if f.given[name] {
			*into = value
		}
	}
	set("name", &t.Name, f.name)
	set("cron", &t.Schedule.Cron, f.cron)
	set("zone", &t.Schedule.Zone, f.zone)
	set("catch-up", (*string)(&t.Schedule.CatchUp), f.catchUp)
	number("most", &t.Schedule.Most, f.most)
	set("proof", (*string)(&t.Webhook.Proof), f.proof)
	number("window", &t.Webhook.Window, f.window)
	number("limit", &t.Webhook.Limit, f.limit)
	if t.Kind == trigger.Webhook {
		set("sample", &t.Webhook.Sample, sample)
	} else {
		set("sample", &t.Event.Sample, sample)
	}
	if f.given["types"] {
		t.Event.Types = form.SplitList(f.types)
	}
	if f.given["own"] {
		t.Event.Own = f.own
	}
	if f.given["runners"] {
		t.Rows.Runners = f.runners
	}
	number("at-once", &t.Rows.AtOnce, f.atOnce)
	t.Inputs = merged(t.Inputs, f.inputs)
	t.Webhook.Map, t.Event.Map = mergedFor(t.Kind == trigger.Webhook, t.Webhook.Map, f.maps), mergedFor(t.Kind == trigger.OrgEvents, t.Event.Map, f.maps)
	if f.given["where"] {
		t.Event.Where = nil
		for _, text := range f.where {
			c, err := trigger.ParseCondition(text)
			if err != nil {
				return t, err
			}
			t.Event.Where = append(t.Event.Where, c)
		}
	}
	return t, f.guards(&t.Guards)
}

func (f *triggerFlags) guards(g *trigger.Guards) (err error) {
	if f.given["per-hour"] {
		g.PerHour = f.perHour
	}
	if f.given["max-changes"] {
		g.MaxChanges = f.maxChanges
	}
	for name, of := range map[string]struct {
		word string
		into *bool
	}{"excess": {f.excess, &g.Refuse}, "in-blackout": {f.inBlackout, &g.Skip}} {
		if !f.given[name] {
			continue
		}
		if of.word != "wait" && of.word != "refuse" {
			return fault.New(fault.Invalid, "Write --%s wait or --%s refuse.", name, name)
		}
		*of.into = of.word == "refuse"
	}
	if f.given["blackout"] {
		if g.Blackouts, err = trigger.ParseBlackouts(strings.Join(f.blackouts, "\n")); err != nil {
			return err
		}
	}
	if f.given["blackout-zone"] {
		g.Zone = f.blackoutZone
	}
	if len(g.Blackouts) == 0 {
		g.Zone = ""
	}
	return nil
}

func mergedFor(wanted bool, have map[string]string, more inputFlags) map[string]string {
	if !wanted {
		return have
	}
	return merged(have, more)
}

// merged lays values over others; an empty one takes away.
func merged(have map[string]string, more inputFlags) map[string]string {
	out := map[string]string{}
	for _, from := range []map[string]string{have, more} {
		for name, value := range from {
			if out[name] = value; value == "" {
				delete(out, name)
			}
		}
	}
	return out
}
