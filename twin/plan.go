package twin

import (
	"cmp"
	"maps"
	"regexp"
	"slices"

	"caracal/oktasim"
	"caracal/plan"
)

// Plan says what was changed in the twin so far. Which steps made a change stands in By, as they were named with
// Under.
func (t *Twin) Plan() plan.Plan {
	t.mu.Lock()
	defer t.mu.Unlock()
	before, after := t.sim.Base(), t.sim.State()
	changes := append(diff(before, after), t.ended...)
	given := append(t.sim.RuleGroups(), t.sim.EveryoneID())
	made := madeNames(before, after)
	for i := range changes {
		c := &changes[i]
		c.Follows = c.Kind == plan.Membership && !t.direct[c.object+" "+c.subject] && (c.Verb == plan.Removed || slices.Contains(given, c.object)) ||
			c.Kind == plan.Assignment && slices.Contains(c.Fields, plan.Field{Name: "how", After: oktasim.AssignedByGroup})
		c.By = t.by[c.key()]
		c.Fields = named(c.Fields, made)
	}
	slices.SortStableFunc(changes, func(a, b change) int {
		return cmp.Compare(slices.Index(plan.Kinds, a.Kind), slices.Index(plan.Kinds, b.Kind))
	})
	p := plan.Plan{Changes: bare(changes), Notes: t.sentences(), Calls: maps.Clone(t.calls), Writes: t.changes, Reads: t.reads}
	p.Hash = plan.Hash(p.Changes)
	return p
}

// ended says whose sessions ended, by events: the only effect that no state shows.
func ended(events []oktasim.Event, known map[string]bool) []change {
	var out []change
	for _, e := range events {
		for _, target := range e.Target {
			if target.Type == "User" && !known[target.ID] {
				known[target.ID] = true
				out = append(out, change{plan.Change{Kind: plan.Session, Verb: plan.Ended, Subject: target.AlternateID, SubjectID: target.ID}, target.ID, ""})
			}
		}
	}
	return out
}

// madeNames returns what to call each object that only the twin has, by its id there: the id in the real org will
// be another one.
func madeNames(before, after oktasim.State) map[string]string {
	made := map[string]string{}
	for id, u := range after.Users {
		if _, old := before.Users[id]; !old {
			made[id] = "the new person " + u.Login
		}
	}
	for id, g := range after.Groups {
		if _, old := before.Groups[id]; !old {
			made[id] = "the new group " + g.Name
		}
	}
	for id, r := range after.Rules {
		if _, old := before.Rules[id]; !old {
			made[id] = "the new group rule " + r.Name
		}
	}
	return made
}

// madeID is what ids look like that the twin gives.
var madeID = regexp.MustCompile(`\b0[0-9a-z]{2}[0-9A-Za-z]{10,30}\b`)

func named(fields []plan.Field, made map[string]string) []plan.Field {
	if len(made) == 0 {
		return fields
	}
	for i := range fields {
		fields[i].After = madeID.ReplaceAllStringFunc(fields[i].After, func(id string) string { return cmp.Or(made[id], id) })
	}
	return fields
}
