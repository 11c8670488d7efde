package oktasim

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// The methods of this file take objects as another org's API answered them and put them into a twin, with
// their ids and times. An object that the twin has already stays as it is there, since it may have been changed;
// one that was deleted in the twin does not come back. Nothing is logged, and no rule acts on it. Everything that
// a change touches must be adopted before the change.

// adopted is the head of nearly every object in Okta's answers.
type adopted struct {
	ID          string         `json:"id"`
	Status      string         `json:"status"`
	Type        any            `json:"type"`
	Profile     map[string]any `json:"profile"`
	Created     time.Time      `json:"created"`
	LastUpdated time.Time      `json:"lastUpdated"`
}

func adopt[T any](o *Org, raw json.RawMessage, f func(T)) error {
	var in T
	if err := json.Unmarshal(raw, &in); err != nil {
		return fmt.Errorf("read what the org answered: %w", err)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	f(in)
	return nil
}

// AdoptUser takes a User and returns its id.
func (o *Org) AdoptUser(raw json.RawMessage) (id string, err error) {
	type answer struct {
		adopted
		Activated       *time.Time     `json:"activated"`
		StatusChanged   *time.Time     `json:"statusChanged"`
		LastLogin       *time.Time     `json:"lastLogin"`
		PasswordChanged *time.Time     `json:"passwordChanged"`
		Credentials     map[string]any `json:"credentials"`
	}
	err = adopt(o, raw, func(in answer) {
		id = in.ID
		if _, known := o.twin.state.Users[id]; known || id == "" {
			return
		}
		typeID := jsonText(map[string]any{"type": in.Type}, "type", "id")
		o.learnType(typeID)
		u := &user{id: id, status: in.Status, typeID: typeID, provider: jsonText(in.Credentials, "provider", "type"), profile: withoutNulls(in.Profile),
			created: in.Created, lastUpdated: in.LastUpdated, activated: orZero(in.Activated), statusChanged: orZero(in.StatusChanged),
			lastLogin: orZero(in.LastLogin), passwordChanged: orZero(in.PasswordChanged)}
		if u.provider == "" {
			u.provider = "OKTA"
		}
		if in.Credentials["password"] != nil {
			u.setPassword(randomToken(32), u.passwordChanged)
		}
		if u.status == statusSuspended {
			u.suspendedFrom = statusActive
		}
		u.question = jsonText(in.Credentials, "recovery_question", "question")
		if o.twin.openSchema {
			o.learnProperties(o.schemas.defaultType().schema, u.profile)
		}
		o.users.add(u)
		slices.SortFunc(o.users.list, func(a, b *user) int { return strings.Compare(a.id, b.id) })
		o.twin.state.Users[id] = u.state()
	})
	return id, err
}

func orZero(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

// learnType makes sure that there is a user type of this id. The first one that is met is the default.
func (o *Org) learnType(id string) {
	if id == "" || o.schemas.typeByID(id) != nil {
		return
	}
	t := o.schemas.defaultType()
	if !o.twin.typeKnown {
		for _, u := range o.users.list {
			u.typeID = id // made here before anybody was met
		}
		t.id, o.twin.typeKnown = id, true
		return
	}
	other := *t
	other.id, other.isDefault = id, false
	o.schemas.types = append(o.schemas.types, &other)
}

// learnProperties adds to a schema what a profile holds beyond it.
func (o *Org) learnProperties(s *schema, profile map[string]any) {
	for _, name := range sortedKeys(profile) {
		if s.property(name) != nil {
			continue
		}
		kind := "string"
		switch profile[name].(type) {
		case bool:
			kind = "boolean"
		case float64:
			kind = "number"
		case []any:
			kind = "array"
		}
		s.custom.set(name, map[string]any{"title": name, "type": kind, "scope": "NONE"})
	}
}

// AdoptUserSchema takes the default UserSchema; nil says that it can't be read.
func (o *Org) AdoptUserSchema(raw json.RawMessage) error {
	if raw == nil {
		locked(o, func() struct{} { o.twin.openSchema = true; return struct{}{} })
		return nil
	}
	return adopt(o, raw, func(in schemaBody) { o.schemas.defaultType().schema.take(in) })
}

// AdoptGroupSchema takes the GroupSchema.
func (o *Org) AdoptGroupSchema(raw json.RawMessage) error {
	return adopt(o, raw, func(in schemaBody) { o.schemas.group.take(in) })
}

func (s *schema) take(in schemaBody) {
	for name, def := range in.Definitions.Base.Properties {
		s.base.set(name, def)
	}
	for _, name := range slices.Sorted(maps.Keys(in.Definitions.Custom.Properties)) {
		s.custom.set(name, in.Definitions.Custom.Properties[name])
	}
}

// AdoptGroup takes a Group and returns its id.
func (o *Org) AdoptGroup(raw json.RawMessage) (id string, err error) {
	type answer struct {
		adopted
		LastMembership time.Time      `json:"lastMembershipUpdated"`
		ObjectClass    []string       `json:"objectClass"`
		Source         map[string]any `json:"source"`
	}
	err = adopt(o, raw, func(in answer) {
		id = in.ID
		if _, known := o.twin.state.Groups[id]; known || id == "" {
			return
		}
		g := &group{id: id, members: map[string]membership{}, class: "okta:user_group"}
		if in.Type == groupKindBuiltIn {
			for _, own := range []*group{o.groups.everyone, o.groups.admins} {
				if own.name() == asText(in.Profile["name"]) {
					delete(o.groups.byID, own.id)
					g = own
				}
			}
		}
		g.id, g.kind, g.sourceID = id, asText(in.Type), jsonText(in.Source, "id")
		g.setProfile(in.Profile)
		if len(in.ObjectClass) > 0 {
			g.class = in.ObjectClass[0]
		}
		g.created, g.lastUpdated, g.lastMembership = in.Created, in.LastUpdated, in.LastMembership
		o.learnProperties(o.schemas.group, g.profile)
		o.groups.list = append(o.groups.list, g)
		slices.SortFunc(o.groups.list, func(a, b *group) int { return strings.Compare(a.id, b.id) })
		o.groups.byID[id] = g
		o.twin.state.Groups[id] = g.state()
	})
	return id, err
}

// AdoptMember notes that a user is in a group; both were adopted before.
func (o *Org) AdoptMember(groupID, userID string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	g, u := o.groups.byID[groupID], o.users.byID[userID]
	if o.twin.state.Members[groupID][userID] {
		return
	}
	put(o.twin.state.Members, groupID, userID, true)
	if g == nil || u == nil {
		return // one of them is gone in the twin
	}
	if _, in := g.members[userID]; !in {
		g.members[userID] = membership{manual: true}
	}
}

// SettleRules works out for a person which memberships their rules gave: Okta's API does not tell. Where a rule
// would give a membership it is taken to have given it. Call it once their groups and the rules were adopted.
func (o *Org) SettleRules(userID string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if u := o.users.byID[userID]; u != nil {
		o.settle(u)
	}
}

// SettleAll is SettleRules for everybody who was not settled alone.
func (o *Org) SettleAll() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, u := range o.users.list {
		o.settle(u)
	}
}

// settle looks at each membership once: what happens to it later in the twin is the twin's.
func (o *Org) settle(u *user) {
	for _, r := range o.groups.rules {
		if r.status != ruleActive || !o.fits(r, u) {
			continue
		}
		for _, id := range r.groupIDs {
			g := o.groups.byID[id]
			if g == nil || !o.twin.state.Members[id][u.id] || o.twin.settled[id+" "+u.id+" "+r.id] {
				continue
			}
			o.twin.settled[id+" "+u.id+" "+r.id] = true
			if m, in := g.members[u.id]; in && !slices.Contains(m.rules, r.id) {
				g.members[u.id] = membership{rules: append(slices.Clone(m.rules), r.id)}
			}
		}
	}
}

// AdoptRule takes a GroupRule. One whose expression can't be read here is kept and never acts; readable says so.
func (o *Org) AdoptRule(raw json.RawMessage) (readable bool, err error) {
	err = adopt(o, raw, func(in ruleJSON) {
		if _, known := o.twin.state.Rules[in.ID]; known || in.ID == "" {
			readable = true
			return
		}
		r := &groupRule{id: in.ID, status: in.Status, name: in.Name, valid: in.AllValid, expression: in.Conditions.Expression.Value,
			excludeUsers: in.Conditions.People.Users.Exclude, excludeGroups: in.Conditions.People.Groups.Exclude, groupIDs: in.Actions.Assign.GroupIDs}
		r.created, _ = time.Parse(time.RFC3339Nano, in.Created)
		r.lastUpdated, _ = time.Parse(time.RFC3339Nano, in.LastUpdated)
		parsed, problem := parseExpression(r.expression, func(string) bool { return true })
		readable = problem == nil
		if r.parsed = parsed; !readable {
			r.parsed = exprLiteral{false}
		}
		o.groups.rules = append(o.groups.rules, r)
		o.twin.state.Rules[r.id] = r.state()
	})
	return readable, err
}

// AdoptApp takes an Application and returns its id.
func (o *Org) AdoptApp(raw json.RawMessage) (id string, err error) {
	type answer struct {
		adopted
		Name          string         `json:"name"`
		Label         string         `json:"label"`
		SignOnMode    string         `json:"signOnMode"`
		Features      []string       `json:"features"`
		Accessibility map[string]any `json:"accessibility"`
		Visibility    map[string]any `json:"visibility"`
		Licensing     map[string]any `json:"licensing"`
		Settings      map[string]any `json:"settings"`
		Credentials   map[string]any `json:"credentials"`
	}
	err = adopt(o, raw, func(in answer) {
		id = in.ID
		if _, known := o.twin.state.Apps[id]; known || id == "" {
			return
		}
		a := &app{id: id, name: in.Name, label: in.Label, status: in.Status, signOnMode: in.SignOnMode, created: in.Created, updated: in.LastUpdated,
			features: in.Features, accessibility: in.Accessibility, visibility: in.Visibility, licensing: in.Licensing, settings: in.Settings,
			profile: in.Profile, template: jsonMap(in.Credentials, "userNameTemplate"), scheme: jsonText(in.Credentials, "scheme"),
			userName: jsonText(in.Credentials, "userName"), signingKid: jsonText(in.Credentials, "signing", "kid")}
		o.apps.list = append(o.apps.list, a)
		slices.SortFunc(o.apps.list, func(x, y *app) int { return strings.Compare(x.id, y.id) })
		o.apps.byID[id] = a
		o.twin.state.Apps[id] = AppState{a.label, a.status}
	})
	return id, err
}

// AdoptAppUser takes an AppUser of an app that was adopted.
func (o *Org) AdoptAppUser(appID string, raw json.RawMessage) error {
	type answer struct {
		adopted
		Scope         string         `json:"scope"`
		StatusChanged time.Time      `json:"statusChanged"`
		Credentials   map[string]any `json:"credentials"`
	}
	return adopt(o, raw, func(in answer) {
		if _, known := o.twin.state.AppUsers[appID][in.ID]; known || in.ID == "" {
			return
		}
		u := &appUser{userID: in.ID, direct: in.Scope == "USER", created: in.Created, updated: in.LastUpdated, changed: in.StatusChanged,
			userName: jsonText(in.Credentials, "userName"), profile: in.Profile}
		put(o.twin.state.AppUsers, appID, in.ID, u.how())
		if a := o.apps.byID[appID]; a != nil && a.user(in.ID) == nil {
			a.addUser(u)
		}
	})
}

// AdoptAppGroup takes an ApplicationGroupAssignment of an app that was adopted.
func (o *Org) AdoptAppGroup(appID string, raw json.RawMessage) error {
	type answer struct {
		adopted
		Priority int `json:"priority"`
	}
	return adopt(o, raw, func(in answer) {
		if o.twin.state.AppGroups[appID][in.ID] || in.ID == "" {
			return
		}
		put(o.twin.state.AppGroups, appID, in.ID, true)
		if a := o.apps.byID[appID]; a != nil && a.group(in.ID) == nil {
			a.groups = append(a.groups, &appGroup{groupID: in.ID, priority: in.Priority, updated: in.LastUpdated, profile: in.Profile})
		}
	})
}

// AdoptRole takes a Role that a user holds: a standard role, or a custom one over a resource set.
func (o *Org) AdoptRole(userID string, raw json.RawMessage) error {
	type answer struct {
		adopted
		Label string `json:"label"`
		Role  string `json:"role"`
		Set   string `json:"resource-set"`
	}
	return adopt(o, raw, func(in answer) {
		u := o.users.byID[userID]
		a := &roleAssignment{id: in.ID, kind: asText(in.Type), label: in.Label, roleID: in.Role, setID: in.Set, created: in.Created, lastUpdated: in.LastUpdated}
		if _, known := o.twin.state.Roles[userID][a.key()]; known || u == nil || in.ID == "" {
			return
		}
		put(o.twin.state.Roles, userID, a.key(), in.Label)
		if a.kind != roleCustom {
			u.roles = append(u.roles, a)
			return
		}
		o.adoptCustomRole(in.Role, in.Label)
		o.adoptResourceSet(in.Set, "")
		m, _ := o.bind(o.iam.set(in.Set), o.iam.role(in.Role), "users", userID)
		m.id, m.created, m.lastUpdated = in.ID, in.Created, in.LastUpdated
	})
}

// AdoptCustomRole takes an IamRole, without its permissions: a twin asks nobody's leave.
func (o *Org) AdoptCustomRole(raw json.RawMessage) error {
	return adopt(o, raw, func(in named) { o.adoptCustomRole(in.ID, in.Label) })
}

// AdoptResourceSet takes a ResourceSet, without its resources.
func (o *Org) AdoptResourceSet(raw json.RawMessage) error {
	return adopt(o, raw, func(in named) { o.adoptResourceSet(in.ID, in.Label) })
}

// named is what a custom role and a resource set have alike.
type named struct {
	ID    string `json:"id"`
	Label string `json:"label"`
}

func (o *Org) adoptCustomRole(id, label string) {
	if o.iam.role(id) == nil {
		o.iam.roles = append(o.iam.roles, &customRole{id: id, label: label, created: o.now(), lastUpdated: o.now()})
	}
}

func (o *Org) adoptResourceSet(id, label string) {
	if o.iam.set(id) == nil {
		o.iam.sets = append(o.iam.sets, &resourceSet{id: id, label: label, created: o.now(), lastUpdated: o.now()})
	}
}

// AdoptFactor takes a UserFactor.
func (o *Org) AdoptFactor(userID string, raw json.RawMessage) error {
	type answer struct {
		adopted
		Kind     string `json:"factorType"`
		Provider string `json:"provider"`
	}
	return adopt(o, raw, func(in answer) {
		u := o.users.byID[userID]
		if _, known := o.twin.state.Factors[userID][in.ID]; known || u == nil || in.ID == "" {
			return
		}
		put(o.twin.state.Factors, userID, in.ID, in.Kind)
		u.factors = append(u.factors, &factor{id: in.ID, kind: in.Kind, provider: in.Provider, status: in.Status, created: in.Created, lastUpdated: in.LastUpdated, profile: in.Profile})
	})
}
