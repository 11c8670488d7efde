// Package plan says what a rehearsal found: every change before and after, in words, the calls it takes, and what
// could not be looked at. It does no I/O.
package plan

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"time"

	"caracal/org"
	"caracal/workflow"
)

// Plan is what a rehearsal found.
type Plan struct {
	Changes []Change
	Steps   []Step         // in the order in which they were carried out
	Notes   []string       // what could not be rehearsed, in sentences
	Calls   map[string]int // that the run will make, by rate-limit bucket
	Writes  int            // calls among them that change something
	Reads   int            // calls that the rehearsal itself sent to the org
	Waits   time.Duration  // that the longest run would wait in all
	Hash    string         // names the plan: the same changes have the same
}

// Step is how one step went, or one whole run.
type Step struct {
	Index   int    `json:"-"` // its place among the steps
	Row     int    // which of the rows it belongs to, counted from 1
	At      string // the ids of the steps around it and its own, outermost first: “each/add”; "" is the run of the row
	Item    string // the items that it belongs to, outermost first, as people know them
	Title   string
	Action  string
	State   workflow.StepState
	Words   string // why it failed or was skipped, or what it says
	Changes int    // that it made
	Effect  string // names what it changed; "" is nothing
}

// Hash names a list of changes by what they are.
func Hash(changes []Change) string {
	bare := slices.Clone(changes)
	for i := range bare {
		bare[i].By = nil
	}
	raw, err := json.Marshal(bare)
	if err != nil {
		return "" // strings, numbers and booleans only: it can't fail
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

// Effect names what one step changed: by names and not ids, so that it stays the same when what was only made in
// the rehearsal is there in truth. Where the values that a step writes can't be known beforehand they are left out.
func Effect(changes []Change, valuesKnown bool) string {
	if len(changes) == 0 {
		return ""
	}
	bare := slices.Clone(changes)
	for i, c := range bare {
		c.SubjectID, c.ObjectID, c.By, c.Follows = "", "", nil, false
		c.Fields = slices.Clone(c.Fields)
		for n := range c.Fields {
			if !valuesKnown {
				c.Fields[n].After = ""
			}
		}
		bare[i] = c
	}
	return Hash(bare)[:24]
}

// Count says how many changes of a kind there are.
func (p Plan) Count(k Kind) int {
	n := 0
	for _, c := range p.Changes {
		if c.Kind == k {
			n++
		}
	}
	return n
}

// Bucket is one of an org's rate limits, and what the run takes of it.
type Bucket struct {
	Name  string        `json:"name"`
	Calls int           `json:"calls"`
	Limit int           `json:"limit"` // a minute
	Known bool          `json:"known"` // the org told the limit
	Takes time.Duration `json:"takes"` // at least
}

// Buckets says how long the calls take at least at an org's limits, of which runs get a share between 0 and 1. The
// one that takes longest comes first; where there are several they are used side by side, so that it decides.
func Buckets(calls map[string]int, limits []org.Headroom, share float64) []Bucket {
	out := make([]Bucket, 0, len(calls))
	for name, n := range calls {
		b := Bucket{Name: name, Calls: n, Limit: UnknownLimit}
		if i := slices.IndexFunc(limits, func(h org.Headroom) bool { return h.Bucket == name && h.Limit > 0 }); i >= 0 {
			b.Limit, b.Known = limits[i].Limit, true
		}
		each := math.Max(1, float64(b.Limit)*share)
		b.Takes = time.Duration(math.Floor(float64(max(0, n-1))/each)) * time.Minute
		out = append(out, b)
	}
	slices.SortFunc(out, func(a, b Bucket) int {
		return cmp.Or(cmp.Compare(b.Takes, a.Takes), cmp.Compare(b.Calls, a.Calls), cmp.Compare(a.Name, b.Name))
	})
	return out
}

// UnknownLimit is a bucket's limit a minute as long as the org has not told it: the smallest of the planning
// values in Okta's rate-limit tables for the free developer edition.
const UnknownLimit = 20

// Lost returns the changes that were planned and are not among these any more, and those that are there in
// their place.
func Lost(planned, now []Change) (lost, added []Change) {
	key := func(c Change) string { return Hash([]Change{c}) }
	count := map[string]int{}
	for _, c := range now {
		count[key(c)]++
	}
	for _, c := range planned {
		if k := key(c); count[k] > 0 {
			count[k]--
		} else {
			lost = append(lost, c)
		}
	}
	for _, c := range now {
		if k := key(c); count[k] > 0 {
			count[k]--
			added = append(added, c)
		}
	}
	return lost, added
}

// Short is a hash as people compare it: its first twelve characters in three groups.
func Short(hash string) string {
	if len(hash) < 12 {
		return hash
	}
	return strings.Join([]string{hash[:4], hash[4:8], hash[8:12]}, " ")
}
