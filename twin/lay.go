package twin

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"caracal/fault"
	"caracal/okta"
)

// layer reads what a call is about from the org into the twin. An error is what the org said to a read without
// which the call can't be answered.
type layer func(t *Twin, ctx context.Context, address string, params map[string]string) error

const (
	users  = "/api/v1/users"
	groups = "/api/v1/groups"
	apps   = "/api/v1/apps"
	rules  = "/api/v1/groups/rules"
)

// layers say what a read needs once the twin was changed. A path that is not here is not held by the twin: the
// org itself answers.
var layers = map[string]layer{
	users:                              list((*Twin).takeUser),
	users + "/{userId}":                byUser((*Twin).layUser),
	users + "/{userId}/groups":         byUser((*Twin).layUserGroups),
	users + "/{userId}/roles":          byUser((*Twin).layRoles),
	users + "/{userId}/factors":        byUser((*Twin).layFactors),
	groups:                             list((*Twin).takeGroup),
	groups + "/{groupId}":              byID("groupId", (*Twin).layGroup),
	groups + "/{groupId}/users":        byID("groupId", (*Twin).layMembers),
	groups + "/{groupId}/apps":         byID("groupId", (*Twin).layGroupApps),
	rules:                              func(t *Twin, ctx context.Context, _ string, _ map[string]string) error { return t.layRules(ctx) },
	rules + "/{groupRuleId}":           func(t *Twin, ctx context.Context, _ string, _ map[string]string) error { return t.layRules(ctx) },
	apps:                               list((*Twin).takeApp),
	apps + "/{appId}":                  byID("appId", (*Twin).layApp),
	apps + "/{appId}/users":            byID("appId", (*Twin).layAppUsers),
	apps + "/{appId}/groups":           byID("appId", (*Twin).layAppGroups),
	apps + "/{appId}/groups/{groupId}": byID("appId", (*Twin).layAppGroups),
	apps + "/{appId}/users/{userId}": func(t *Twin, ctx context.Context, _ string, p map[string]string) error {
		return t.layAppUser(ctx, p["appId"], p["userId"])
	},
}

// writes say what a change touches.
var writes = map[string]layer{}

func init() {
	person := both(layPersonAt, sameLogin)
	for _, path := range []string{"", "/lifecycle/activate", "/lifecycle/reactivate", "/lifecycle/deactivate", "/lifecycle/suspend", "/lifecycle/unsuspend",
		"/lifecycle/unlock", "/lifecycle/expire_password", "/lifecycle/expire_password_with_temp_password", "/lifecycle/reset_password"} {
		writes["POST "+users+"/{userId}"+path] = person
	}
	for _, w := range []string{"PUT " + users + "/{userId}", "DELETE " + users + "/{userId}", "DELETE " + users + "/{userId}/sessions"} {
		writes[w] = person
	}
	// With an account go the admin roles of whom it belonged to.
	gone := both(person, byUser(func(t *Twin, ctx context.Context, id string) error {
		return t.optional(t.layRoles(ctx, id), "Admin roles of people")
	}))
	writes["POST "+users+"/{userId}/lifecycle/deactivate"], writes["DELETE "+users+"/{userId}"] = gone, gone
	writes["POST "+users] = newPerson
	writes["POST "+users+"/{userId}/lifecycle/reset_factors"] = both(person, byUser((*Twin).layFactors))
	writes["DELETE "+users+"/{userId}/factors/{factorId}"] = both(person, byUser((*Twin).layFactors))
	writes["POST "+users+"/{userId}/roles"] = both(both(person, byUser((*Twin).layRoles)), layCustomRole)
	writes["DELETE "+users+"/{userId}/roles/{roleId}"] = both(person, byUser((*Twin).layRoles))

	writes["POST "+groups] = namesake
	writes["PUT "+groups+"/{groupId}"] = both(byID("groupId", (*Twin).layGroup), namesake)
	writes["DELETE "+groups+"/{groupId}"] = byID("groupId", (*Twin).layGroupWhole)
	member := both(byID("groupId", (*Twin).layGroupApps), person)
	writes["PUT "+groups+"/{groupId}/users/{userId}"] = member
	writes["DELETE "+groups+"/{groupId}/users/{userId}"] = member
	writes["POST "+rules] = newRule
	for _, w := range []string{"PUT " + rules + "/{groupRuleId}", "DELETE " + rules + "/{groupRuleId}", "POST " + rules + "/{groupRuleId}/lifecycle/activate",
		"POST " + rules + "/{groupRuleId}/lifecycle/deactivate"} {
		writes[w] = everybody
	}

	app := byID("appId", (*Twin).layApp)
	for _, w := range []string{"POST " + apps + "/{appId}/lifecycle/activate", "POST " + apps + "/{appId}/lifecycle/deactivate"} {
		writes[w] = app
	}
	assigned := func(t *Twin, ctx context.Context, address string, p map[string]string) error {
		if err := t.layAppUser(ctx, p["appId"], p["userId"]); err != nil {
			return err
		}
		return person(t, ctx, address, p)
	}
	writes["POST "+apps+"/{appId}/users"] = func(t *Twin, ctx context.Context, address string, p map[string]string) error {
		return assigned(t, ctx, address, map[string]string{"appId": p["appId"], "userId": t.body.ID})
	}
	writes["POST "+apps+"/{appId}/users/{userId}"] = assigned
	writes["DELETE "+apps+"/{appId}/users/{userId}"] = assigned
	whole := both(byID("appId", (*Twin).layAppWhole), byID("groupId", (*Twin).layMembers))
	writes["PUT "+apps+"/{appId}/groups/{groupId}"] = whole
	writes["DELETE "+apps+"/{appId}/groups/{groupId}"] = whole
}

// namesake: a group's name is its own, so the groups that are called alike come into play.
func namesake(t *Twin, ctx context.Context, _ string, _ map[string]string) error {
	if t.body.Profile.Name == "" {
		return nil
	}
	return t.each(ctx, groups+"?q="+url.QueryEscape(t.body.Profile.Name)+"&limit=200", (*Twin).takeGroup)
}

// sameLogin: so is a person's login.
func sameLogin(t *Twin, ctx context.Context, _ string, _ map[string]string) error {
	if login := t.body.Profile.Login; login != "" && t.sim.UserID(login) == "" {
		return t.layUser(ctx, login)
	}
	return nil
}

// layCustomRole lays the custom role that somebody is given, and the resource set that it reaches.
func layCustomRole(t *Twin, ctx context.Context, _ string, _ map[string]string) error {
	if t.body.Role == "" || t.body.Set == "" {
		return nil
	}
	err := t.one(ctx, "/api/v1/iam/roles/"+escape(t.body.Role), func(t *Twin, raw json.RawMessage) error { return unreadable(t.sim.AdoptCustomRole(raw)) })
	if err != nil {
		return err
	}
	return t.one(ctx, "/api/v1/iam/resource-sets/"+escape(t.body.Set), func(t *Twin, raw json.RawMessage) error { return unreadable(t.sim.AdoptResourceSet(raw)) })
}

func both(a, b layer) layer {
	return func(t *Twin, ctx context.Context, address string, p map[string]string) error {
		if err := a(t, ctx, address, p); err != nil {
			return err
		}
		return b(t, ctx, address, p)
	}
}

func list(take func(*Twin, json.RawMessage) error) layer {
	return func(t *Twin, ctx context.Context, address string, _ map[string]string) error {
		return t.each(ctx, address, take)
	}
}

func byID(param string, lay func(*Twin, context.Context, string) error) layer {
	return func(t *Twin, ctx context.Context, _ string, p map[string]string) error { return lay(t, ctx, p[param]) }
}

// byUser lays the person of the path first, who may be named by login, and hands on their id.
func byUser(lay func(*Twin, context.Context, string) error) layer {
	return func(t *Twin, ctx context.Context, _ string, p map[string]string) error {
		if err := t.layUser(ctx, p["userId"]); err != nil {
			return err
		}
		id := t.sim.UserID(p["userId"])
		if id == "" {
			return nil // the twin will say that there is nobody of this name
		}
		return lay(t, ctx, id)
	}
}

// newPerson: somebody new joins Everyone, the groups of the body, and those that rules give.
func newPerson(t *Twin, ctx context.Context, _ string, _ map[string]string) error {
	for _, id := range t.body.GroupIDs {
		if err := t.layGroupApps(ctx, id); err != nil {
			return err
		}
	}
	if err := sameLogin(t, ctx, "", nil); err != nil {
		return err
	}
	return t.layRuleGroups(ctx)
}

// newRule: a rule names groups, and does nothing before it is activated.
func newRule(t *Twin, ctx context.Context, _ string, _ map[string]string) error {
	for _, id := range t.body.Actions.Assign.GroupIDs {
		if err := t.layGroup(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// everybody: a rule acts on all people, by what they are and the groups they are in.
func everybody(t *Twin, ctx context.Context, _ string, _ map[string]string) error {
	if err := t.each(ctx, users+"?limit=200", (*Twin).takeUser); err != nil {
		return err
	}
	for _, id := range t.body.Actions.Assign.GroupIDs {
		if err := t.layGroup(ctx, id); err != nil {
			return err
		}
	}
	return t.layRulesWhole(ctx)
}

// once does something that was done before again only if it failed.
func (t *Twin) once(key string, do func() error) error {
	if err, done := t.laid[key]; done && err == nil {
		return nil
	}
	t.laid[key] = nil // what leads back here is under way already
	err := do()
	t.laid[key] = err
	return err
}

// maxPages bounds a list that is read into the twin: 100,000 people.
const maxPages = 500

// each reads a list to its end and takes every entry.
func (t *Twin) each(ctx context.Context, address string, take func(*Twin, json.RawMessage) error) error {
	return t.once("list "+address, func() error {
		for page := 0; address != ""; page++ {
			if page == maxPages {
				return fault.New(fault.Invalid, "The list at %s is too long to be rehearsed; narrow it.", address)
			}
			a := t.get(ctx, address)
			if a.err != nil {
				return a.err
			}
			var entries []json.RawMessage
			if err := okta.Decode(a.resp, &entries); err != nil {
				return err
			}
			for _, raw := range entries {
				if err := take(t, raw); err != nil {
					return err
				}
			}
			next := t.next(a.resp)
			t.laidIn(address)
			address = next
		}
		return nil
	})
}

// next returns the path and query of the next page, or "".
func (t *Twin) next(resp *okta.Response) string {
	rest, ours := strings.CutPrefix(resp.Next(), t.real.Base())
	if !ours {
		return ""
	}
	return rest
}

// one reads an object and takes it. One that is not there is no error: the twin will say the same.
func (t *Twin) one(ctx context.Context, address string, take func(*Twin, json.RawMessage) error) error {
	return t.once(address, func() error {
		a := t.get(ctx, address)
		if f := fault.As(a.err); f != nil && f.Status == http.StatusNotFound {
			return nil
		}
		if a.err != nil {
			return a.err
		}
		defer t.laidIn(address)
		return take(t, a.resp.Body)
	})
}

// optional leaves out what the connection may not read, with a note that says so.
func (t *Twin) optional(err error, what string) error {
	if f := fault.As(err); f != nil && (f.Status == http.StatusForbidden || f.Status == http.StatusUnauthorized || f.Status == http.StatusNotFound || okta.MissingScope(err) != "") {
		t.say("%s could not be read, so what follows from them was not rehearsed: %s", what, f.Message)
		return nil
	}
	return err
}

func (t *Twin) takeUser(raw json.RawMessage) error {
	_, err := t.sim.AdoptUser(raw)
	return unreadable(err)
}

func (t *Twin) takeGroup(raw json.RawMessage) error {
	_, err := t.sim.AdoptGroup(raw)
	return unreadable(err)
}

func (t *Twin) takeApp(raw json.RawMessage) error {
	_, err := t.sim.AdoptApp(raw)
	return unreadable(err)
}

func unreadable(err error) error {
	if err == nil {
		return nil
	}
	return fault.New(fault.Upstream, "Okta's answer could not be laid under the rehearsal; try again, and report it if it happens again.").Because(err)
}

func escape(id string) string { return url.PathEscape(id) }
