package workflow

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// Evidence is what was looked at to learn whether a step in doubt was done. It holds no secret.
type Evidence struct {
	At     time.Time  `json:"at"`
	Sought string     `json:"sought,omitempty"` // what was looked for: “whether the group is gone”
	Looks  []Look     `json:"looks,omitempty"`  // the reads that it took, at most MostLooks
	Values []Compared `json:"values,omitempty"` // what the step sent, beside what is there
	Log    *LogSearch `json:"log,omitempty"`    // nil: the System Log was not asked
}

// Look is one read.
type Look struct {
	Path    string    `json:"path"` // with its query
	Status  int       `json:"status"`
	Request string    `json:"request,omitempty"` // X-Okta-Request-Id
	At      time.Time `json:"at"`
}

// Compared is one value that was sent, and what is there in its place.
type Compared struct {
	Label string `json:"label"`
	Sent  any    `json:"sent"`
	There any    `json:"there"`
}

// LogSearch is what the org's System Log was asked, and what it had.
type LogSearch struct {
	Filter  string     `json:"filter"`
	From    time.Time  `json:"from"`
	Until   time.Time  `json:"until"`
	Problem string     `json:"problem,omitempty"` // why it could not be read, in a sentence
	Events  []LogEvent `json:"events,omitempty"`
	Others  int        `json:"others,omitempty"` // how many of its events belong to other steps, and are left out
}

// Bounds of what is kept of evidence.
const (
	MostLooks  = 12
	MostValues = 40
	MostEvents = 20
)

// Bounded returns the evidence with no more than is kept, and each text in it as say writes it, which takes secrets out.
// bare leaves out all that may name what was changed: the step was given a secret that is not known any more.
func (e *Evidence) Bounded(say func(string) string, value func(any) any, bare bool) *Evidence {
	if e == nil {
		return nil
	}
	out := *e
	out.Sought = say(e.Sought)
	out.Looks, out.Values = nil, nil
	for _, l := range e.Looks[:min(len(e.Looks), MostLooks)] {
		if l.Path = say(l.Path); bare {
			l.Path, _, _ = strings.Cut(l.Path, "?")
		}
		out.Looks = append(out.Looks, l)
	}
	if !bare {
		for _, v := range e.Values[:min(len(e.Values), MostValues)] {
			v.Sent, v.There = value(v.Sent), value(v.There)
			out.Values = append(out.Values, v)
		}
	}
	if e.Log != nil {
		log := *e.Log
		log.Filter, log.Events = say(log.Filter), slices.Clone(log.Events[:min(len(log.Events), MostEvents)])
		for i, event := range log.Events {
			if bare {
				log.Events[i] = event.Nameless()
				continue
			}
			log.Events[i].Targets = slices.Clone(event.Targets)
			for n := range event.Targets {
				log.Events[i].Targets[n].Name = say(event.Targets[n].Name)
			}
		}
		out.Log = &log
	}
	return &out
}

// HoldsSecret reports whether a step was given a secret, which is left out of what is stored of it.
func (s RunStep) HoldsSecret() bool {
	return slices.ContainsFunc(slices.Collect(maps.Values(s.Input)), func(v string) bool { return strings.Contains(v, Hidden) })
}
