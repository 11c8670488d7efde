package twin

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"caracal/oktasim"
)

// Kind says what a change is about: how a plan groups them.
type Kind string

// The kinds of change, in the order of a plan.
const (
	Person     Kind = "person"
	Session    Kind = "session"
	Factor     Kind = "factor"
	Role       Kind = "role"
	Group      Kind = "group"
	Membership Kind = "membership"
	Rule       Kind = "rule"
	App        Kind = "app"
	Assignment Kind = "assignment"
)

// Kinds lists them in order.
var Kinds = []Kind{Person, Session, Factor, Role, Group, Membership, Rule, App, Assignment}

// Verb says what becomes of it.
type Verb string

// The verbs.
const (
	Created Verb = "created"
	Changed Verb = "changed"
	Deleted Verb = "deleted"
	Added   Verb = "added"
	Removed Verb = "removed"
	Ended   Verb = "ended"
)

// Change is one thing that is different afterwards. Names are those that people know: logins, and names of groups
// and apps. Ids are empty for what is only made in the rehearsal.
type Change struct {
	Kind      Kind
	Verb      Verb
	Subject   string // the person, group, rule or app
	SubjectID string
	Object    string // what the subject is put into or gets: a group, an app, a role
	ObjectID  string
	Fields    []Field // of a changed one, by name
	Follows   bool    // no call asked for it: a rule, a deactivation or a deletion brings it about

	pair string // of a membership: the ids of group and user in the twin
}

// Field is one value that changes. Before is "" for one that was not there, After for one that goes.
type Field struct{ Name, Before, After string }

// Words says the change as a sentence without its end: “ada@example.com joins Sales”.
func (c Change) Words() string {
	switch {
	case c.Kind == Membership && c.Verb == Added:
		return c.Subject + " joins " + c.Object
	case c.Kind == Membership:
		return c.Subject + " leaves " + c.Object
	case c.Kind == Assignment && c.Verb == Added:
		return c.Subject + " gets " + c.Object
	case c.Kind == Assignment && c.Verb == Removed:
		return c.Subject + " loses " + c.Object
	case c.Kind == Role && c.Verb == Added:
		return c.Subject + " becomes " + c.Object
	case c.Kind == Role:
		return c.Subject + " is no longer " + c.Object
	case c.Kind == Factor:
		return c.Subject + " loses the factor " + c.Object
	case c.Kind == Session:
		return "all sessions of " + c.Subject + " end"
	case c.Verb == Changed:
		var parts []string
		for _, f := range c.Fields {
			parts = append(parts, fmt.Sprintf("%s: %s → %s", f.Name, orNothing(f.Before), orNothing(f.After)))
		}
		return c.Subject + " changes: " + strings.Join(parts, ", ")
	}
	return c.Subject + " is " + string(c.Verb)
}

func orNothing(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}

// Diff says what is different between two states of an org. Memberships and assignments of somebody who, or to
// something that, is deleted are left out: they go with it.
func Diff(before, after oktasim.State) []Change {
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
	out           []Change
}

func (d *differ) add(c Change) { d.out = append(d.out, c) }

func (d *differ) people() {
	for id, now := range d.after.Users {
		was, there := d.before.Users[id]
		switch {
		case !there:
			d.add(Change{Kind: Person, Verb: Created, Subject: now.Login, Fields: fields(nil, with(now.Profile, "status", now.Status))})
		case !was.Same(now):
			d.add(Change{Kind: Person, Verb: Changed, Subject: was.Login, SubjectID: id,
				Fields: fields(with(was.Profile, "status", was.Status), with(now.Profile, "status", now.Status))})
		}
	}
	for id, was := range d.before.Users {
		if _, there := d.after.Users[id]; !there {
			d.add(Change{Kind: Person, Verb: Deleted, Subject: was.Login, SubjectID: id})
		}
	}
	d.pairs(d.before.Roles, d.after.Roles, func(user, _, role string, added bool) {
		d.add(Change{Kind: Role, Verb: addedOr(added, Removed), Subject: d.login(user), SubjectID: d.oldUser(user), Object: role})
	})
	d.pairs(d.before.Factors, d.after.Factors, func(user, _, kind string, added bool) {
		d.add(Change{Kind: Factor, Verb: addedOr(added, Removed), Subject: d.login(user), SubjectID: d.oldUser(user), Object: kind})
	})
}

// pairs calls f for every value of the second level that came or went, leaving out those of people who went.
func (d *differ) pairs(before, after map[string]map[string]string, f func(a, b, value string, added bool)) {
	for a, inner := range after {
		for b, v := range inner {
			if _, there := before[a][b]; !there {
				f(a, b, v, true)
			}
		}
	}
	for a, inner := range before {
		if _, there := d.after.Users[a]; !there {
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
			d.add(Change{Kind: Group, Verb: Created, Subject: now.Name, Fields: fields(nil, now.Profile)})
		case !reflect.DeepEqual(was.Profile, now.Profile):
			d.add(Change{Kind: Group, Verb: Changed, Subject: was.Name, SubjectID: id, Fields: fields(was.Profile, now.Profile)})
		}
	}
	for id, was := range d.before.Groups {
		if _, there := d.after.Groups[id]; !there {
			d.add(Change{Kind: Group, Verb: Deleted, Subject: was.Name, SubjectID: id})
		}
	}
}

func (d *differ) members() {
	for group, inner := range d.after.Members {
		for user := range inner {
			if !d.before.Members[group][user] {
				d.add(Change{Kind: Membership, Verb: Added, Subject: d.login(user), SubjectID: d.oldUser(user), Object: d.group(group), ObjectID: d.oldGroup(group), pair: group + " " + user})
			}
		}
	}
	for group, inner := range d.before.Members {
		for user := range inner {
			_, person := d.after.Users[user]
			_, there := d.after.Groups[group]
			if person && there && !d.after.Members[group][user] {
				d.add(Change{Kind: Membership, Verb: Removed, Subject: d.login(user), SubjectID: d.oldUser(user), Object: d.group(group), ObjectID: d.oldGroup(group), pair: group + " " + user})
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
			d.add(Change{Kind: Rule, Verb: Created, Subject: now.Name, Fields: fields(nil, flat(now))})
		case !reflect.DeepEqual(flat(was), flat(now)):
			d.add(Change{Kind: Rule, Verb: Changed, Subject: was.Name, SubjectID: id, Fields: fields(flat(was), flat(now))})
		}
	}
	for id, was := range d.before.Rules {
		if _, there := d.after.Rules[id]; !there {
			d.add(Change{Kind: Rule, Verb: Deleted, Subject: was.Name, SubjectID: id})
		}
	}
}

func (d *differ) apps() {
	for id, now := range d.after.Apps {
		if was, there := d.before.Apps[id]; !there {
			d.add(Change{Kind: App, Verb: Created, Subject: now.Label})
		} else if was != now {
			d.add(Change{Kind: App, Verb: Changed, Subject: was.Label, SubjectID: id,
				Fields: fields(map[string]any{"label": was.Label, "status": was.Status}, map[string]any{"label": now.Label, "status": now.Status})})
		}
	}
	for id, was := range d.before.Apps {
		if _, there := d.after.Apps[id]; !there {
			d.add(Change{Kind: App, Verb: Deleted, Subject: was.Label, SubjectID: id})
		}
	}
	for app, inner := range d.after.AppUsers {
		for user, how := range inner {
			was, there := d.before.AppUsers[app][user]
			c := Change{Kind: Assignment, Verb: Added, Subject: d.login(user), SubjectID: d.oldUser(user), Object: d.app(app), ObjectID: app}
			switch {
			case !there:
				c.Fields = fields(nil, map[string]any{"how": how})
				d.add(c)
			case was != how:
				c.Verb, c.Fields = Changed, fields(map[string]any{"how": was}, map[string]any{"how": how})
				d.add(c)
			}
		}
	}
	for app, inner := range d.before.AppUsers {
		for user := range inner {
			_, person := d.after.Users[user]
			_, there := d.after.Apps[app]
			if _, still := d.after.AppUsers[app][user]; person && there && !still {
				d.add(Change{Kind: Assignment, Verb: Removed, Subject: d.login(user), SubjectID: d.oldUser(user), Object: d.app(app), ObjectID: app})
			}
		}
	}
	d.appGroups()
}

func (d *differ) appGroups() {
	for app, inner := range d.after.AppGroups {
		for group := range inner {
			if !d.before.AppGroups[app][group] {
				d.add(Change{Kind: Assignment, Verb: Added, Subject: "everyone in " + d.group(group), SubjectID: d.oldGroup(group), Object: d.app(app), ObjectID: app})
			}
		}
	}
	for app, inner := range d.before.AppGroups {
		for group := range inner {
			_, there := d.after.Groups[group]
			if _, still := d.after.Apps[app]; there && still && !d.after.AppGroups[app][group] {
				d.add(Change{Kind: Assignment, Verb: Removed, Subject: "everyone in " + d.group(group), SubjectID: d.oldGroup(group), Object: d.app(app), ObjectID: app})
			}
		}
	}
}

func addedOr(added bool, otherwise Verb) Verb {
	if added {
		return Added
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

// sorted puts changes in the order of Kinds, then of what they are about.
func (d *differ) sorted() []Change {
	slices.SortFunc(d.out, func(a, b Change) int {
		return cmp.Or(slices.Index(Kinds, a.Kind)-slices.Index(Kinds, b.Kind), cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Object, b.Object),
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
func fields(before, after map[string]any) []Field {
	names := map[string]bool{}
	for n := range before {
		names[n] = true
	}
	for n := range after {
		names[n] = true
	}
	var out []Field
	for _, n := range slices.Sorted(maps.Keys(names)) {
		if b, a := text(before[n]), text(after[n]); b != a {
			out = append(out, Field{n, b, a})
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
