package twin

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"caracal/oktasim"
	"caracal/plan"
)

// Diff says what is different between two states of an org. Memberships and assignments of somebody who, or to
// something that, is deleted are left out: they go with it.
func Diff(before, after oktasim.State) []plan.Change { return bare(diff(before, after)) }

// change is a change with the ids that its objects have in the twin.
type change struct {
	plan.Change
	subject, object string
}

// key names what a change is about, whatever becomes of it.
func (c change) key() string { return strings.Join([]string{string(c.Kind), c.subject, c.object}, " ") }

func bare(changes []change) []plan.Change {
	out := make([]plan.Change, len(changes))
	for i, c := range changes {
		out[i] = c.Change
	}
	return out
}

func diff(before, after oktasim.State) []change {
	d := differ{before: before, after: after}
	d.people()
	d.groups()
	d.members()
	d.rules()
	d.apps()
	return d.sorted()
}

type differ struct {
	before, after oktasim.State
	out           []change
}

func (d *differ) add(c plan.Change, subject, object string) {
	d.out = append(d.out, change{c, subject, object})
}

func (d *differ) people() {
	for id, now := range d.after.Users {
		was, there := d.before.Users[id]
		switch {
		case !there:
			d.add(plan.Change{Kind: plan.Person, Verb: plan.Created, Subject: now.Login, Fields: fields(nil, with(now.Profile, "status", now.Status))}, id, "")
		case !was.Same(now):
			d.add(plan.Change{Kind: plan.Person, Verb: plan.Changed, Subject: was.Login, SubjectID: id,
				Fields: fields(with(was.Profile, "status", was.Status), with(now.Profile, "status", now.Status))}, id, "")
		}
	}
	for id, was := range d.before.Users {
		if _, there := d.after.Users[id]; !there {
			d.add(plan.Change{Kind: plan.Person, Verb: plan.Deleted, Subject: was.Login, SubjectID: id}, id, "")
		}
	}
	d.pairs(d.before.Roles, d.after.Roles, func(holder, _, role string, added bool) {
		c := plan.Change{Kind: plan.Role, Verb: addedOr(added, plan.Removed), Subject: d.login(holder), SubjectID: d.oldUser(holder), Object: role}
		if _, group := d.after.Groups[holder]; group {
			c.Subject, c.SubjectID = "everyone in "+d.group(holder), d.oldGroup(holder)
		}
		d.add(c, holder, role)
	})
	d.pairs(d.before.Factors, d.after.Factors, func(user, _, kind string, added bool) {
		d.add(plan.Change{Kind: plan.Factor, Verb: addedOr(added, plan.Removed), Subject: d.login(user), SubjectID: d.oldUser(user), Object: kind}, user, kind)
	})
}

// pairs calls f for every value of the second level that came or went, leaving out those of people and groups that went.
func (d *differ) pairs(before, after map[string]map[string]string, f func(a, b, value string, added bool)) {
	for a, inner := range after {
		for b, v := range inner {
			if _, there := before[a][b]; !there {
				f(a, b, v, true)
			}
		}
	}
	for a, inner := range before {
		_, person := d.after.Users[a]
		if _, group := d.after.Groups[a]; !person && !group {
			continue
		}
		for b, v := range inner {
			if _, there := after[a][b]; !there {
				f(a, b, v, false)
			}
		}
	}
}

func (d *differ) groups() {
	for id, now := range d.after.Groups {
		was, there := d.before.Groups[id]
		switch {
		case !there:
			d.add(plan.Change{Kind: plan.Group, Verb: plan.Created, Subject: now.Name, Fields: fields(nil, now.Profile)}, id, "")
		case !reflect.DeepEqual(was.Profile, now.Profile):
			d.add(plan.Change{Kind: plan.Group, Verb: plan.Changed, Subject: was.Name, SubjectID: id, Fields: fields(was.Profile, now.Profile)}, id, "")
		}
	}
	for id, was := range d.before.Groups {
		if _, there := d.after.Groups[id]; !there {
			d.add(plan.Change{Kind: plan.Group, Verb: plan.Deleted, Subject: was.Name, SubjectID: id}, id, "")
		}
	}
}

func (d *differ) members() {
	for group, inner := range d.after.Members {
		for user := range inner {
			if !d.before.Members[group][user] {
				d.add(plan.Change{Kind: plan.Membership, Verb: plan.Added, Subject: d.login(user), SubjectID: d.oldUser(user), Object: d.group(group), ObjectID: d.oldGroup(group)}, user, group)
			}
		}
	}
	for group, inner := range d.before.Members {
		for user := range inner {
			_, person := d.after.Users[user]
			_, there := d.after.Groups[group]
			if person && there && !d.after.Members[group][user] {
				d.add(plan.Change{Kind: plan.Membership, Verb: plan.Removed, Subject: d.login(user), SubjectID: d.oldUser(user), Object: d.group(group), ObjectID: d.oldGroup(group)}, user, group)
			}
		}
	}
}

func (d *differ) rules() {
	flat := func(r oktasim.RuleState) map[string]any {
		return map[string]any{"status": r.Status, "name": r.Name, "condition": r.Expression, "groups": d.names(r.Groups, d.group), "exceptions": d.names(r.Excluded, d.login)}
	}
	for id, now := range d.after.Rules {
		was, there := d.before.Rules[id]
		switch {
		case !there:
			d.add(plan.Change{Kind: plan.Rule, Verb: plan.Created, Subject: now.Name, Fields: fields(nil, flat(now))}, id, "")
		case !reflect.DeepEqual(flat(was), flat(now)):
			d.add(plan.Change{Kind: plan.Rule, Verb: plan.Changed, Subject: was.Name, SubjectID: id, Fields: fields(flat(was), flat(now))}, id, "")
		}
	}
	for id, was := range d.before.Rules {
		if _, there := d.after.Rules[id]; !there {
			d.add(plan.Change{Kind: plan.Rule, Verb: plan.Deleted, Subject: was.Name, SubjectID: id}, id, "")
		}
	}
}

func (d *differ) apps() {
	for id, now := range d.after.Apps {
		if was, there := d.before.Apps[id]; !there {
			d.add(plan.Change{Kind: plan.App, Verb: plan.Created, Subject: now.Label}, id, "")
		} else if was != now {
			d.add(plan.Change{Kind: plan.App, Verb: plan.Changed, Subject: was.Label, SubjectID: id,
				Fields: fields(map[string]any{"label": was.Label, "status": was.Status}, map[string]any{"label": now.Label, "status": now.Status})}, id, "")
		}
	}
	for id, was := range d.before.Apps {
		if _, there := d.after.Apps[id]; !there {
			d.add(plan.Change{Kind: plan.App, Verb: plan.Deleted, Subject: was.Label, SubjectID: id}, id, "")
		}
	}
	for app, inner := range d.after.AppUsers {
		for user, how := range inner {
			was, there := d.before.AppUsers[app][user]
			c := plan.Change{Kind: plan.Assignment, Verb: plan.Added, Subject: d.login(user), SubjectID: d.oldUser(user), Object: d.app(app), ObjectID: app}
			switch {
			case !there:
				c.Fields = fields(nil, map[string]any{"how": how})
				d.add(c, user, app)
			case was != how:
				c.Verb, c.Fields = plan.Changed, fields(map[string]any{"how": was}, map[string]any{"how": how})
				d.add(c, user, app)
			}
		}
	}
	for app, inner := range d.before.AppUsers {
		for user := range inner {
			_, person := d.after.Users[user]
			_, there := d.after.Apps[app]
			if _, still := d.after.AppUsers[app][user]; person && there && !still {
				d.add(plan.Change{Kind: plan.Assignment, Verb: plan.Removed, Subject: d.login(user), SubjectID: d.oldUser(user), Object: d.app(app), ObjectID: app}, user, app)
			}
		}
	}
	d.appGroups()
}

func (d *differ) appGroups() {
	for app, inner := range d.after.AppGroups {
		for group := range inner {
			if !d.before.AppGroups[app][group] {
				d.add(plan.Change{Kind: plan.Assignment, Verb: plan.Added, Subject: "everyone in " + d.group(group), SubjectID: d.oldGroup(group), Object: d.app(app), ObjectID: app}, group, app)
			}
		}
	}
	for app, inner := range d.before.AppGroups {
		for group := range inner {
			_, there := d.after.Groups[group]
			if _, still := d.after.Apps[app]; there && still && !d.after.AppGroups[app][group] {
				d.add(plan.Change{Kind: plan.Assignment, Verb: plan.Removed, Subject: "everyone in " + d.group(group), SubjectID: d.oldGroup(group), Object: d.app(app), ObjectID: app}, group, app)
			}
		}
	}
}

func addedOr(added bool, otherwise plan.Verb) plan.Verb {
	if added {
		return plan.Added
	}
	return otherwise
}

func (d *differ) login(id string) string {
	if u, known := d.before.Users[id]; known {
		return u.Login
	}
	return d.after.Users[id].Login
}

func (d *differ) group(id string) string {
	if g, known := d.before.Groups[id]; known {
		return g.Name
	}
	return d.after.Groups[id].Name
}

func (d *differ) app(id string) string {
	if a, known := d.before.Apps[id]; known {
		return a.Label
	}
	return d.after.Apps[id].Label
}

func (d *differ) names(ids []string, name func(string) string) string {
	out := make([]string, len(ids))
	for i, id := range ids {
		if out[i] = name(id); out[i] == "" {
			out[i] = id
		}
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

func (d *differ) oldUser(id string) string {
	if _, known := d.before.Users[id]; known {
		return id
	}
	return ""
}

func (d *differ) oldGroup(id string) string {
	if _, known := d.before.Groups[id]; known {
		return id
	}
	return ""
}

// sorted puts changes in the order of plan.Kinds, then of what they are about.
func (d *differ) sorted() []change {
	slices.SortFunc(d.out, func(a, b change) int {
		return cmp.Or(slices.Index(plan.Kinds, a.Kind)-slices.Index(plan.Kinds, b.Kind), cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Object, b.Object),
			cmp.Compare(a.Verb, b.Verb), cmp.Compare(a.SubjectID, b.SubjectID), cmp.Compare(a.ObjectID, b.ObjectID))
	})
	return d.out
}

func with(profile map[string]any, name, value string) map[string]any {
	out := maps.Clone(profile)
	if out == nil {
		out = map[string]any{}
	}
	out[name] = value
	return out
}

// fields compares two sets of values.
func fields(before, after map[string]any) []plan.Field {
	names := map[string]bool{}
	for n := range before {
		names[n] = true
	}
	for n := range after {
		names[n] = true
	}
	var out []plan.Field
	for _, n := range slices.Sorted(maps.Keys(names)) {
		if b, a := text(before[n]), text(after[n]); b != a {
			out = append(out, plan.Field{Name: n, Before: b, After: a})
		}
	}
	return out
}

func text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case []any:
		parts := make([]string, len(v))
		for i, e := range v {
			parts[i] = text(e)
		}
		return strings.Join(parts, ", ")
	}
	return fmt.Sprint(v)
}
