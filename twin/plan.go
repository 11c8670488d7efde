package twin

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"caracal/oktasim"
	"caracal/org"
)

// Plan is what a rehearsal found.
type Plan struct {
	Changes []Change
	Notes   []string       // what could not be rehearsed, in sentences
	Calls   map[string]int // that the run will make, by rate-limit bucket
	Writes  int            // calls among them that change something
	Reads   int            // calls that the rehearsal itself sent to the org
	Hash    string         // names the plan: the same changes have the same
}

// Plan says what was changed in the twin so far.
func (t *Twin) Plan() Plan {
	t.mu.Lock()
	defer t.mu.Unlock()
	before, after := t.sim.Base(), t.sim.State()
	p := Plan{Changes: append(Diff(before, after), ended(t.sim)...), Notes: slices.Clone(t.notes), Calls: maps.Clone(t.calls), Writes: t.changes, Reads: t.reads}
	given := append(t.sim.RuleGroups(), t.sim.EveryoneID())
	for i, c := range p.Changes {
		group, _, _ := strings.Cut(c.pair, " ")
		p.Changes[i].Follows = c.Kind == Membership && !t.direct[c.pair] && (c.Verb == Removed || slices.Contains(given, group)) ||
			c.Kind == Assignment && slices.Contains(c.Fields, Field{"how", "", oktasim.AssignedByGroup})
	}
	slices.SortStableFunc(p.Changes, func(a, b Change) int { return cmp.Compare(slices.Index(Kinds, a.Kind), slices.Index(Kinds, b.Kind)) })
	p.Hash = Hash(p.Changes)
	return p
}

// ended says whose sessions end: the only effect that no state shows.
func ended(sim *oktasim.Org) []Change {
	var out []Change
	for _, e := range sim.Events("user.session.clear") {
		for _, target := range e.Target {
			c := Change{Kind: Session, Verb: Ended, Subject: target.AlternateID, SubjectID: target.ID}
			if target.Type == "User" && !slices.ContainsFunc(out, func(o Change) bool { return o.SubjectID == c.SubjectID }) {
				out = append(out, c)
			}
		}
	}
	return out
}

// Hash names a list of changes by what they are.
func Hash(changes []Change) string {
	raw, err := json.Marshal(changes)
	if err != nil {
		return "" // strings and booleans only: it can't fail
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
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

// Minutes says how long the calls take at least at an org's limits, of which runs get a share between 0 and 1,
// and which bucket it is that takes so long. A bucket whose limit nobody knows yet counts as Okta's smallest.
func (p Plan) Minutes(limits []org.Headroom, share float64) (d time.Duration, bucket string) {
	for name, n := range p.Calls {
		limit := unknownLimit
		if i := slices.IndexFunc(limits, func(h org.Headroom) bool { return h.Bucket == name && h.Limit > 0 }); i >= 0 {
			limit = limits[i].Limit
		}
		each := math.Max(1, float64(limit)*share)
		if took := time.Duration(math.Floor(float64(n-1)/each)) * time.Minute; took > d || bucket == "" {
			d, bucket = max(d, took), name
		}
	}
	return d, bucket
}

// unknownLimit is a bucket's limit a minute as long as the org has not told it: the smallest of the planning
// values in Okta's rate-limit tables for the free developer edition.
const unknownLimit = 20

// Lost returns the changes that were planned and are not among these any more, and New those that are there in
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
