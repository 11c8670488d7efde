package twin

import (
	"iter"
	"maps"
	"reflect"
	"slices"

	"caracal/oktasim"
)

// past is what the changes so far left behind where that is not what was adopted: by it, one change is told from
// those before it.
type past struct {
	users   layerOf[oktasim.UserState]
	groups  layerOf[oktasim.GroupState]
	rules   layerOf[oktasim.RuleState]
	apps    layerOf[oktasim.AppState]
	members pairsOf[bool]
	users2  pairsOf[string] // of apps
	groups2 pairsOf[bool]   // of apps
	roles   pairsOf[string]
	factors pairsOf[string]
}

// layerOf holds values by id; nil is one that is gone.
type layerOf[V any] map[string]*V

type pairsOf[V any] map[string]layerOf[V]

// over lays what is known of some ids over what was adopted. They are few, and what a long list changed is much: only
// they are looked at.
func (l layerOf[V]) over(base map[string]V, ids iter.Seq[string]) {
	for id := range ids {
		switch v, known := l[id]; {
		case !known:
		case v == nil:
			delete(base, id)
		default:
			base[id] = *v
		}
	}
}

// learn keeps what a change made different.
func (l layerOf[V]) learn(before, after map[string]V) {
	for id, v := range after {
		if was, there := before[id]; !there || !reflect.DeepEqual(was, v) {
			l[id] = &v
		}
	}
	for id := range before {
		if _, there := after[id]; !there {
			l[id] = nil
		}
	}
}

// overFirst is over for pairs whose first one is among the ids.
func (p pairsOf[V]) overFirst(base map[string]map[string]V, ids map[string]bool) {
	for a := range ids {
		if l, known := p[a]; known {
			p.inner(base, a, maps.Keys(l))
		}
	}
}

// overSecond is over for pairs whose second one is among the ids; either is enough where both is true.
func (p pairsOf[V]) overSecond(base map[string]map[string]V, ids map[string]bool, both bool) {
	for a, l := range p {
		if both && ids[a] {
			p.inner(base, a, maps.Keys(l))
		} else {
			p.inner(base, a, maps.Keys(ids))
		}
	}
}

func (p pairsOf[V]) inner(base map[string]map[string]V, a string, ids iter.Seq[string]) {
	inner := maps.Clone(base[a])
	if inner == nil {
		inner = map[string]V{}
	}
	p[a].over(inner, ids)
	base[a] = inner
}

func (p pairsOf[V]) learn(before, after map[string]map[string]V) {
	both := map[string]bool{}
	for a := range before {
		both[a] = true
	}
	for a := range after {
		both[a] = true
	}
	for a := range both {
		if p[a] == nil {
			p[a] = layerOf[V]{}
		}
		p[a].learn(before[a], after[a])
		if len(p[a]) == 0 {
			delete(p, a)
		}
	}
}

func newPast() past {
	return past{users: layerOf[oktasim.UserState]{}, groups: layerOf[oktasim.GroupState]{}, rules: layerOf[oktasim.RuleState]{}, apps: layerOf[oktasim.AppState]{},
		members: pairsOf[bool]{}, users2: pairsOf[string]{}, groups2: pairsOf[bool]{}, roles: pairsOf[string]{}, factors: pairsOf[string]{}}
}

func (p past) learn(before, after oktasim.State) {
	p.users.learn(before.Users, after.Users)
	p.groups.learn(before.Groups, after.Groups)
	p.rules.learn(before.Rules, after.Rules)
	p.apps.learn(before.Apps, after.Apps)
	p.members.learn(before.Members, after.Members)
	p.users2.learn(before.AppUsers, after.AppUsers)
	p.groups2.learn(before.AppGroups, after.AppGroups)
	p.roles.learn(before.Roles, after.Roles)
	p.factors.learn(before.Factors, after.Factors)
}

// around returns what the twin holds of some objects now, and what it held before the change that was just made.
func (t *Twin) around(ids map[string]bool) (after, before oktasim.State) {
	of := maps.Clone(ids)
	for _, s := range []oktasim.State{t.sim.Around(ids), t.was(ids)} {
		for id := range s.Members {
			of[id] = true
		}
		for id := range s.AppUsers {
			of[id] = true
		}
		for app, groups := range s.AppGroups {
			of[app] = true
			for id := range groups {
				of[id] = true
			}
		}
		for _, r := range s.Rules { // whom and what they name
			for _, id := range slices.Concat(r.Groups, r.Excluded) {
				of[id] = true
			}
		}
	}
	return t.sim.Around(of), t.was(of)
}

// was is Around before the change that was just made.
func (t *Twin) was(ids map[string]bool) oktasim.State {
	s := t.sim.BaseAround(ids)
	t.past.members.overSecond(s.Members, ids, false)
	t.past.users2.overSecond(s.AppUsers, ids, false)
	t.past.groups2.overSecond(s.AppGroups, ids, true)
	t.past.roles.overFirst(s.Roles, ids)
	t.past.factors.overFirst(s.Factors, ids)
	t.past.users.over(s.Users, maps.Keys(ids))
	t.past.groups.over(s.Groups, maps.Keys(andHolders(ids, s.Members)))
	t.past.rules.over(s.Rules, maps.Keys(ids))
	t.past.apps.over(s.Apps, maps.Keys(andHolders(ids, s.AppUsers)))
	return s
}

// andHolders adds the groups, or apps, that hold any of the ids.
func andHolders[V any](ids map[string]bool, held map[string]map[string]V) map[string]bool {
	all := maps.Clone(ids)
	for id, inner := range held {
		if len(inner) > 0 {
			all[id] = true
		}
	}
	return all
}
