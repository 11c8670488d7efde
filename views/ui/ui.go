// Package ui holds the reusable parts that pages are made of: fields, badges, tables, menus, guides.
//
// A part takes what it shows as parameters, does no I/O and reads nothing from the context. Variants are data
// attributes that the stylesheet knows (data-tone="good"), so that no class name is put together at run time.
package ui

import (
	"fmt"
	"hash/fnv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"caracal/org"
	"caracal/workflow"
)

// Tone is the meaning that a colour carries.
type Tone string

// The tones.
const (
	Good    Tone = "good"
	Bad     Tone = "bad"
	Warn    Tone = "warn"
	Info    Tone = "info" // under way
	Neutral Tone = "neutral"
	Brand   Tone = "brand"
)

// Flash is a short message after something was done; it is shown once, as a toast.
type Flash struct {
	Tone Tone // Good, Bad or Info
	Text string
}

// Link is a text with an address.
type Link struct{ Label, Href string }

// Tab is one entry of a bar of tabs. Tabs are links: each has its own page.
type Tab struct {
	Label, Href string
	Active      bool
	Badge       string // a count, or ""
}

// Head is the head of a page: where one is, what it is, and one sentence.
type Head struct {
	Crumbs []Link // from the outside in, without the page itself
	Title  string
	Lead   string
}

// Paging is what a pager shows; an empty address means that there is no such page.
type Paging struct {
	Text       string // "Showing 1–50"
	Prev, Next string
}

// Confirm asks for a name to be typed before something that can't be taken back.
type Confirm struct {
	Action string // where the form posts
	Name   string // what must be typed; posted as "confirm"
	What   string // "application": "Type the application's name"
	Verb   string // on the button: "Disconnect"
	Cancel string // where Cancel leads
	Error  string
}

// Look is how a state is shown: a tone, an icon and a word, never colour alone.
type Look struct {
	Tone Tone
	Icon string
	Word string
}

// VerdictLook says how a verdict of a health check looks.
func VerdictLook(v org.Verdict) Look {
	switch v {
	case org.Pass:
		return Look{Good, "circle-check", "Healthy"}
	case org.Fail:
		return Look{Bad, "circle-x", "Failed"}
	case org.Warn:
		return Look{Warn, "triangle-alert", "Warning"}
	case org.Unprovable:
		return Look{Neutral, "circle-help", "Not provable"}
	case org.Skipped:
		return Look{Neutral, "circle-minus", "Skipped"}
	}
	return Look{Neutral, "circle-dashed", "Not checked"}
}

// StatusLook says how the state of an application looks.
func StatusLook(s org.Status) Look {
	switch s {
	case org.Active:
		return Look{Good, "plug-zap", "Active"}
	case org.Paused:
		return Look{Warn, "circle-pause", "Paused"}
	case org.Disconnected:
		return Look{Neutral, "unplug", "Disconnected"}
	}
	return Look{Neutral, "circle", string(s)}
}

// RunLook says how the state of a run looks.
func RunLook(s workflow.RunState) Look {
	switch s {
	case workflow.RunQueued:
		return Look{Neutral, "clock", "Queued"}
	case workflow.RunRunning:
		return Look{Info, "loader-circle", "Running"}
	case workflow.RunWaiting:
		return Look{Warn, "timer", "Waiting"}
	case workflow.RunAsking:
		return Look{Warn, "circle-help", "Needs a decision"}
	case workflow.RunSucceeded:
		return Look{Good, "circle-check", "Succeeded"}
	case workflow.RunFailed:
		return Look{Bad, "circle-x", "Failed"}
	case workflow.RunCancelled:
		return Look{Neutral, "ban", "Cancelled"}
	}
	return Look{Neutral, "circle", string(s)}
}

// StepLook says how the state of a step looks.
func StepLook(s workflow.StepState) Look {
	switch s {
	case workflow.StepPending:
		return Look{Neutral, "circle-dashed", "Pending"}
	case workflow.StepWaiting:
		return Look{Warn, "timer", "Waiting"}
	case workflow.StepStarted:
		return Look{Info, "loader-circle", "Running"}
	case workflow.StepDone:
		return Look{Good, "circle-check", "Done"}
	case workflow.StepFailed:
		return Look{Bad, "circle-x", "Failed"}
	case workflow.StepUncertain:
		return Look{Warn, "circle-help", "Uncertain"}
	case workflow.StepSkipped:
		return Look{Neutral, "circle-minus", "Skipped"}
	}
	return Look{Neutral, "circle", string(s)}
}

// Ago says how long ago t was, or how far ahead it is, as people say it; a zero time is "never".
func Ago(t, now time.Time) string {
	if t.IsZero() {
		return "never"
	}
	d := now.Sub(t)
	if d < 0 {
		if d > -time.Minute {
			return "in a moment"
		}
		return "in " + span(-d)
	}
	if d < 45*time.Second {
		return "just now"
	}
	if d > 300*24*time.Hour {
		return t.Format("2 Jan 2006")
	}
	return span(d) + " ago"
}

func span(d time.Duration) string {
	say := func(n time.Duration, unit string) string {
		if n <= 1 {
			return "1 " + unit
		}
		return fmt.Sprintf("%d %ss", n, unit)
	}
	switch {
	case d < 90*time.Second:
		return "1 minute"
	case d < time.Hour:
		return say((d+30*time.Second)/time.Minute, "minute")
	case d < 36*time.Hour:
		return say((d+30*time.Minute)/time.Hour, "hour")
	}
	return say((d+12*time.Hour)/(24*time.Hour), "day")
}

// Exact writes a time in full, for a title.
func Exact(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.UTC().Format("2 January 2006, 15:04:05 UTC")
}

// Took writes a duration as short as it can be read.
func Took(d time.Duration) string {
	switch {
	case d <= 0:
		return "–"
	case d < time.Second:
		return fmt.Sprintf("%d ms", max(1, d.Milliseconds()))
	case d < time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < time.Hour:
		return fmt.Sprintf("%d min %02d s", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%d h %02d min", int(d.Hours()), int(d.Minutes())%60)
}

// Count writes a number with its noun: Count(1, "scope") is "1 scope".
func Count(n int, noun string) string { return workflow.CountOf(n, noun) }

// initials returns one or two letters that stand for a name.
func initials(name string) string {
	var out []rune
	for word := range strings.FieldsSeq(name) {
		if r, _ := utf8.DecodeRuneInString(word); unicode.IsLetter(r) || unicode.IsDigit(r) {
			out = append(out, unicode.ToUpper(r))
		}
	}
	switch {
	case len(out) == 0:
		return "?"
	case len(out) > 2:
		out = []rune{out[0], out[len(out)-1]}
	}
	return string(out)
}

// hue picks one of the avatar colours, always the same for a name.
func hue(name string) string {
	h := fnv.New32a()
	h.Write([]byte(name)) // a hash never fails to write
	return fmt.Sprint(h.Sum32() % 5)
}

// Number writes a count with a comma between thousands: 4,000.
func Number(n int) string { return workflow.Thousands(n) }
