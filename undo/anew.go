package undo

import (
	"slices"
	"strings"

	"caracal/workflow"
)

// What a run deleted and an undo makes anew has another id then. Steps that are taken back later in the same undo name the
// old one: they are told which step makes it anew, and the engine puts the new id in when their turn comes. Where it is not
// made anew, they can't come back, and the plan says so.

// renewals are what newer entries deleted and make anew, by the old id.
type renewals map[string]*Entry

// named returns the entries that make anew what an entry names.
func (r renewals) named(e *Entry) (list []*Entry) {
	if len(r) == 0 {
		return nil
	}
	e.way.Named(func(word string) {
		if by := r[word]; by != nil && !slices.Contains(list, by) {
			list = append(list, by)
		}
	})
	return list
}

// note takes in what an entry makes anew.
func (r renewals) note(e *Entry) {
	for _, id := range e.way.Anew {
		r[id] = e
	}
}

// passing are the addresses of what a run made and deleted again, by the entries that are about nothing else.
func (p *Plan) passing() map[*Entry]bool {
	deleted, out := map[string]bool{}, map[*Entry]bool{}
	var between []*Entry
	for _, e := range p.Entries {
		if e.look == nil || len(e.way.Changed) == 0 || e.Step.State != workflow.StepDone {
			continue
		}
		between = append(between, e)
		address, _, _ := strings.Cut(e.way.Changed[0].Key, "#")
		if len(e.way.Anew) > 0 {
			deleted[address] = true
		}
		if !e.way.Deletes || !deleted[address] {
			continue
		}
		for _, one := range between {
			if one.about(address) {
				out[one] = true
			}
		}
	}
	return out
}

// about reports whether an entry changed nothing but an object and what lies in it.
func (e *Entry) about(address string) bool {
	return !slices.ContainsFunc(e.way.Changed, func(d workflow.Difference) bool {
		rest, ok := strings.CutPrefix(d.Key, address)
		return !ok || rest != "" && rest[0] != '#' && rest[0] != '/'
	})
}

const passedBy = "This run made it and deleted it again, so there is nothing to take back."

// renew tells an entry which steps make anew what it names, or that they do not.
func (e *Entry) renew() {
	for _, by := range e.renews {
		if by.Ticked {
			e.guard.Anew = append(e.guard.Anew, by.anew())
			continue
		}
		if e.Offered() {
			e.State = Refused
			e.Why = "It names something that the later step “" + by.Step.Title + "” deleted and that is not made anew. Take that back as well."
		}
	}
}

// anew names the entry's step as one that makes something anew.
func (e *Entry) anew() workflow.Anew { return workflow.Anew{RunID: e.Step.RunID, Step: e.Step.Index} }

// renewed reports whether all that an entry names and that was deleted is there again by its turn.
func (e *Entry) renewed() bool {
	return len(e.renews) > 0 && !slices.ContainsFunc(e.renews, func(by *Entry) bool { return !by.Ticked })
}

// byThen are the facts that the entry's guard compares, as they will be when its turn comes.
func (e *Entry) byThen(ahead map[string]any) (facts []workflow.Fact) {
	for _, f := range slices.Concat(e.guard.Expect, e.guard.Goal) {
		if _, known := workflow.ValueOf(facts, f.Key); known {
			continue
		}
		if v, will := ahead[f.Key]; will {
			f.Value = v
			facts = append(facts, f)
		}
	}
	return facts
}

// unmade leaves the steps out of a way that have made something anew in an earlier undo.
func unmade(w workflow.Way, ids workflow.Renamed) workflow.Way {
	w.Steps = slices.DeleteFunc(slices.Clone(w.Steps), func(s workflow.Step) bool {
		_, there := ids[s.Fields[workflow.OutputWas]]
		return there && strings.HasPrefix(s.Action, workflow.AnewPrefix)
	})
	return ids.Way(w)
}

// overtaken leaves alone what an earlier undo made anew and did not turn on or off as it was to be, where that undo has also
// taken back an older step about the same: that one was to come after it.
func (p *Plan) overtaken() {
	for i, e := range p.Entries {
		if !e.begun || e.look == nil {
			continue
		}
		for _, older := range p.Entries[i+1:] {
			if older.State == Taken && slices.ContainsFunc(older.way.Changed, func(d workflow.Difference) bool {
				_, same := valueAt(e.way.Changed, d.Key)
				return same && strings.HasSuffix(d.Key, "#/status")
			}) {
				e.State, e.Why, e.look = Back, "It was made anew by an earlier undo, which also took back an older step about its status.", nil
				break
			}
		}
	}
}

func valueAt(list []workflow.Difference, key string) (any, bool) {
	for _, d := range list {
		if d.Key == key {
			return d.Before, true
		}
	}
	return nil, false
}

// inPlace writes the ids of what earlier steps of a list make anew into the fields of one, as what those steps give.
func inPlace(fields map[string]string, made map[string]string) map[string]string {
	if len(made) == 0 {
		return fields
	}
	var pairs []string
	for id, reference := range made {
		pairs = append(pairs, id, reference)
	}
	to, out := strings.NewReplacer(pairs...), map[string]string{}
	for name, value := range fields {
		if out[name] = value; name != workflow.OutputWas {
			out[name] = to.Replace(value)
		}
	}
	return out
}
