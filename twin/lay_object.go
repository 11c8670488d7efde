package twin

import (
	"context"
	"encoding/json"
	"strings"
)

// basics reads what every change may bring into play: the profile schemas, the groups that every org has, and
// the group rules.
func (t *Twin) basics(ctx context.Context) error {
	return t.once("basics", func() error {
		schema := t.get(ctx, "/api/v1/meta/schemas/user/default")
		if err := t.optional(schema.err, "The properties of a profile"); err != nil {
			return err
		}
		var raw json.RawMessage
		if schema.err == nil {
			raw = schema.resp.Body
		}
		if err := t.sim.AdoptUserSchema(raw); err != nil {
			return unreadable(err)
		}
		builtIn := t.each(ctx, groups+"?filter=type+eq+%22BUILT_IN%22&limit=200", (*Twin).takeGroup)
		if err := t.optional(builtIn, "Groups"); err != nil {
			return err
		}
		return t.optional(t.layRules(ctx), "Group rules")
	})
}

func (t *Twin) layRules(ctx context.Context) error {
	return t.each(ctx, rules+"?limit=200", func(t *Twin, raw json.RawMessage) error {
		readable, err := t.sim.AdoptRule(raw)
		if !readable && err == nil {
			var rule struct{ Name string }
			if json.Unmarshal(raw, &rule) == nil {
				t.say("The condition of the group rule “%s” is one that the rehearsal can't work out; whom it puts into groups was left as it is.", rule.Name)
			}
		}
		return unreadable(err)
	})
}

// layRuleGroups lays the groups that rules give, with their apps.
func (t *Twin) layRuleGroups(ctx context.Context) error {
	for _, id := range t.sim.RuleGroups() {
		if err := t.layGroupApps(ctx, id); err != nil {
			return err
		}
	}
	if id := t.sim.EveryoneID(); t.sim.Met("groups", id) {
		return t.layGroupApps(ctx, id)
	}
	return nil
}

// layUser takes a person by id or login.
func (t *Twin) layUser(ctx context.Context, ref string) error {
	if t.sim.Met("users", ref) || ref == "me" {
		return nil
	}
	return t.one(ctx, users+"/"+escape(ref), (*Twin).takeUser)
}

func groupsOf(user string) string { return users + "/" + escape(user) + "/groups?limit=200" }

func appsOf(user string) string {
	return apps + "?filter=user.id+eq+%22" + escape(user) + "%22&expand=user%2F" + escape(user) + "&limit=200"
}

// layPersonAt is layPerson for the person of a path. What is read of people in any case is read side by side where the path has
// their id, as a call of a run mostly does; a login would have to be looked up first.
func layPersonAt(t *Twin, ctx context.Context, address string, p map[string]string) error {
	id := p["userId"]
	if _, done := t.laid["person "+id]; !done && strings.HasPrefix(id, userID) && !t.made("users", id) {
		read := []string{groupsOf(id), appsOf(id)}
		if !t.sim.Met("users", id) {
			read = append(read, users+"/"+escape(id))
		}
		t.ahead(ctx, read...)
	}
	return byUser((*Twin).layPerson)(t, ctx, address, p)
}

// userID is what the ids of people begin with (Okta docs, "Okta IDs").
const userID = "00u"

// layPerson takes everything about a person that a change of theirs can reach.
func (t *Twin) layPerson(ctx context.Context, id string) error {
	if t.made("users", id) {
		return t.layRuleGroups(ctx)
	}
	return t.once("person "+id, func() error {
		if err := t.optional(t.layUserGroups(ctx, id), "The groups of people"); err != nil {
			return err
		}
		if err := t.optional(t.layUserApps(ctx, id), "Assignments to apps"); err != nil {
			return err
		}
		t.sim.SettleRules(id)
		return t.layRuleGroups(ctx)
	})
}

// made reports whether an object was made in the twin, so that the org knows nothing of it.
func (t *Twin) made(kind, id string) bool { return t.sim.Made(kind, id) }

func (t *Twin) layUserGroups(ctx context.Context, id string) error {
	if t.made("users", id) {
		return nil
	}
	return t.each(ctx, groupsOf(id), func(t *Twin, raw json.RawMessage) error {
		group, err := t.sim.AdoptGroup(raw)
		if err == nil {
			t.sim.AdoptMember(group, id)
		}
		return unreadable(err)
	})
}

// layUserApps takes the apps of a person, with their assignments and the groups that the apps are assigned to.
func (t *Twin) layUserApps(ctx context.Context, id string) error {
	return t.each(ctx, appsOf(id), func(t *Twin, raw json.RawMessage) error {
		app, err := t.sim.AdoptApp(raw)
		if err != nil {
			return unreadable(err)
		}
		var with struct {
			Embedded struct {
				User json.RawMessage `json:"user"`
			} `json:"_embedded"`
		}
		if err := json.Unmarshal(raw, &with); err != nil {
			return unreadable(err)
		}
		if with.Embedded.User != nil {
			err = t.sim.AdoptAppUser(app, with.Embedded.User)
		} else {
			err = t.layAppUser(ctx, app, id)
		}
		if err != nil {
			return unreadable(err)
		}
		return t.layAppGroups(ctx, app)
	})
}

func (t *Twin) layRoles(ctx context.Context, id string) error {
	if t.made("users", id) {
		return nil
	}
	return t.each(ctx, users+"/"+escape(id)+"/roles", func(t *Twin, raw json.RawMessage) error { return unreadable(t.sim.AdoptRole(id, raw)) })
}

func (t *Twin) layFactors(ctx context.Context, id string) error {
	if t.made("users", id) {
		return nil
	}
	return t.each(ctx, users+"/"+escape(id)+"/factors", func(t *Twin, raw json.RawMessage) error { return unreadable(t.sim.AdoptFactor(id, raw)) })
}

func (t *Twin) layGroup(ctx context.Context, id string) error {
	if t.sim.Met("groups", id) {
		return nil
	}
	return t.one(ctx, groups+"/"+escape(id), (*Twin).takeGroup)
}

func (t *Twin) layMembers(ctx context.Context, id string) error {
	if err := t.layGroup(ctx, id); err != nil || t.made("groups", id) || !t.sim.Met("groups", id) {
		return err // a rule may name a group that is gone
	}
	return t.each(ctx, groups+"/"+escape(id)+"/users?limit=1000", func(t *Twin, raw json.RawMessage) error {
		user, err := t.sim.AdoptUser(raw)
		if err == nil {
			t.sim.AdoptMember(id, user)
		}
		return unreadable(err)
	})
}

// layGroupApps takes a group with the apps that it gives, and the other groups that give them.
func (t *Twin) layGroupApps(ctx context.Context, id string) error {
	if err := t.layGroup(ctx, id); err != nil || t.made("groups", id) || !t.sim.Met("groups", id) {
		return err
	}
	var found []string
	err := t.each(ctx, groups+"/"+escape(id)+"/apps?limit=200", func(t *Twin, raw json.RawMessage) error {
		app, err := t.sim.AdoptApp(raw)
		found = append(found, app)
		return unreadable(err)
	})
	if err := t.optional(err, "Apps of groups"); err != nil {
		return err
	}
	for _, app := range found {
		if err := t.optional(t.layAppGroups(ctx, app), "Groups of apps"); err != nil {
			return err
		}
	}
	return nil
}

// layGroupWhole takes everything that goes with a group.
func (t *Twin) layGroupWhole(ctx context.Context, id string) error {
	if err := t.layMembers(ctx, id); err != nil {
		return err
	}
	if err := t.layGroupApps(ctx, id); err != nil {
		return err
	}
	for _, app := range t.sim.AppsOf(id) {
		if err := t.optional(t.layAppWhole(ctx, app), "Assignments to apps"); err != nil {
			return err
		}
	}
	return t.layRulesWhole(ctx)
}

// layRulesWhole takes the groups of all rules with their members and apps: what is touched where rules act on
// more people than one.
func (t *Twin) layRulesWhole(ctx context.Context) error {
	for _, id := range t.sim.AllRuleGroups() {
		if err := t.layMembers(ctx, id); err != nil {
			return err
		}
		if err := t.layGroupApps(ctx, id); err != nil {
			return err
		}
		for _, app := range t.sim.AppsOf(id) {
			if err := t.optional(t.layAppWhole(ctx, app), "Assignments to apps"); err != nil {
				return err
			}
		}
	}
	t.sim.SettleAll()
	return nil
}

func (t *Twin) layApp(ctx context.Context, id string) error {
	if t.sim.Met("apps", id) {
		return nil
	}
	return t.one(ctx, apps+"/"+escape(id), (*Twin).takeApp)
}

func (t *Twin) layAppUsers(ctx context.Context, id string) error {
	if err := t.layApp(ctx, id); err != nil || t.made("apps", id) {
		return err
	}
	return t.each(ctx, apps+"/"+escape(id)+"/users?limit=500", func(t *Twin, raw json.RawMessage) error { return unreadable(t.sim.AdoptAppUser(id, raw)) })
}

func (t *Twin) layAppUser(ctx context.Context, app, user string) error {
	if err := t.layApp(ctx, app); err != nil {
		return err
	}
	if err := t.layUser(ctx, user); err != nil || t.made("apps", app) {
		return err
	}
	id := t.sim.UserID(user)
	if id == "" || t.made("users", id) {
		return nil
	}
	return t.one(ctx, apps+"/"+escape(app)+"/users/"+escape(id), func(t *Twin, raw json.RawMessage) error { return unreadable(t.sim.AdoptAppUser(app, raw)) })
}

func (t *Twin) layAppGroups(ctx context.Context, id string) error {
	if err := t.layApp(ctx, id); err != nil || t.made("apps", id) {
		return err
	}
	return t.each(ctx, apps+"/"+escape(id)+"/groups?limit=200", func(t *Twin, raw json.RawMessage) error {
		var group struct{ ID string }
		if err := json.Unmarshal(raw, &group); err != nil {
			return unreadable(err)
		}
		if err := t.layGroup(ctx, group.ID); err != nil {
			return err
		}
		return unreadable(t.sim.AdoptAppGroup(id, raw))
	})
}

// layAppWhole takes an app with everyone and every group it is assigned to, and the members of those.
func (t *Twin) layAppWhole(ctx context.Context, id string) error {
	if err := t.layAppUsers(ctx, id); err != nil {
		return err
	}
	if err := t.layAppGroups(ctx, id); err != nil {
		return err
	}
	for _, group := range t.sim.GroupsOfApp(id) {
		if err := t.layMembers(ctx, group); err != nil {
			return err
		}
	}
	return nil
}
