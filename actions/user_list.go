package actions

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	sdk "github.com/okta/okta-sdk-golang/v5/okta"

	"caracal/fault"
	"caracal/form"
	"caracal/org"
	"caracal/workflow"
)

// maxListed bounds what one list carries to the next step, and maxIdle the days that can be asked for.
const (
	maxListed = 2000
	maxIdle   = 3650
)

// What a list of users does with people who never signed in.
const (
	neverToo  = "with"
	neverNot  = "without"
	neverOnly = "only"
)

// userItem are the fields of a person in a list.
var userItem = []workflow.OutputField{
	{Name: "id", Label: "User", Kind: form.User},
	{Name: "login", Label: "Login"},
	{Name: "email", Label: "E-mail"},
	{Name: "name", Label: "Name"},
	{Name: "status", Label: "Status"},
	{Name: "title", Label: "Job title"},
	{Name: "department", Label: "Department"},
	{Name: "user_type", Label: "User type"},
	{Name: "manager", Label: "Manager", Kind: form.User},
	{Name: "last_login", Label: "Last sign-in"},
	{Name: "created", Label: "Made on"},
}

// item is a person as an entry of a list, with every field of userItem.
func (u user) item() map[string]any {
	return map[string]any{
		"id": u.ID, "login": u.text("login"), "email": u.text("email"), "name": u.fullName(), "status": u.Status,
		"title": u.text("title"), "department": u.text("department"), "user_type": u.text("userType"),
		"manager": u.text("managerId"), "last_login": moment(u.LastLogin), "created": moment(&u.Created),
	}
}

// moment writes a time as expressions read it; never is empty.
func moment(t *time.Time) string {
	if t == nil || t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// people gathers users into the outputs that lists of people share.
type people struct {
	items  []any
	ids    []any
	logins []string
}

func (p *people) add(u user) {
	p.items, p.ids, p.logins = append(p.items, u.item()), append(p.ids, u.ID), append(p.logins, u.text("login"))
}

// userList is listUsers with search, which is a moment behind changes. Okta can't search for those who never
// signed in, so they are told apart here.
var userList = Action{
	ActionSpec: workflow.ActionSpec{
		ID: "user.list", Title: "List users", Object: "Users",
		Help:    "Finds everybody who meets all conditions that you fill in; what changed in the last moments may be missing.",
		Summary: "lists up to {max} users",
		Fields: []form.Field{
			{Name: "status", Label: "Status", Kind: form.Choice, Required: true, Default: "not_deactivated", Options: []form.Option{
				{Value: "not_deactivated", Label: "All but deactivated"}, {Value: "ACTIVE", Label: "Active"}, {Value: "STAGED", Label: "Not activated yet"},
				{Value: "PROVISIONED", Label: "Waiting to be activated by the person"}, {Value: "SUSPENDED", Label: "Suspended"}, {Value: "LOCKED_OUT", Label: "Locked out"},
				{Value: "RECOVERY", Label: "Resetting the password"}, {Value: "PASSWORD_EXPIRED", Label: "Asked for a new password"}, {Value: "DEPROVISIONED", Label: "Deactivated"}}},
			{Name: "department", Label: "Department", Help: "As it stands in the profiles.", Kind: form.Text, Max: 100},
			{Name: "user_type", Label: "User type", Help: "As it stands in the profiles, such as Contractor.", Kind: form.Text, Max: 100},
			{Name: "manager", Label: "Manager", Help: "Only those who report to this person.", Kind: form.User},
			{Name: "idle", Label: "No sign-in for so many days", Help: "Only those whose account is older than that, too.", Kind: form.Number, Placeholder: "90"},
			{Name: "never", Label: "Those who never signed in", Kind: form.Choice, Required: true, Default: neverToo, Options: []form.Option{
				{Value: neverToo, Label: "Take them too"}, {Value: neverNot, Label: "Leave them out"}, {Value: neverOnly, Label: "Only them"}}},
			{Name: "attributes", Label: "Other attributes", Help: "One on each line, like city = Oslo. Names are those of Okta's Profile Editor.", Kind: form.LongText, Placeholder: "city = Oslo"},
			{Name: "search", Label: "Your own condition", Help: "In Okta's words for a search; it holds besides what is filled in above.", Kind: form.Text, Max: 1000, Placeholder: `profile.login ew "@example.com"`},
			{Name: "max", Label: "How many at most", Help: "Up to 2,000.", Kind: form.Number, Required: true, Default: "200"},
		},
		Outputs: []workflow.OutputField{
			{Name: "users", Label: "Users", List: true, Fields: userItem},
			{Name: "ids", Label: "Their ids", Kind: form.Users},
			{Name: "logins", Label: "Logins, separated by commas"},
			{Name: "count", Label: "How many"},
			{Name: "more", Label: "Whether there are more"},
		},
		Scopes: []org.Scope{"okta.users.read"}, Role: "Read-Only Administrator",
		Effect: workflow.Reads, Repeat: workflow.Harmless, Keywords: "search query filter report people stale inactive guest find all",
	},
	Do: func(ctx context.Context, c *Call) (workflow.Output, error) {
		most, err := number(c, "max", maxListed)
		if err != nil {
			return nil, err
		}
		search, before, err := userSearch(c)
		if err != nil {
			return nil, err
		}
		found, more := people{items: []any{}, ids: []any{}}, false
		err = c.pages(ctx, func(ctx context.Context, api *sdk.APIClient, after string) error {
			r := api.UserAPI.ListUsers(ctx).Search(search).Limit(200)
			if after != "" {
				r = r.After(after)
			}
			_, _, err := r.Execute()
			return err
		}, func(raw json.RawMessage) (bool, error) {
			var u user
			if err := json.Unmarshal(raw, &u); err != nil {
				return false, fmt.Errorf("read user: %w", err)
			}
			if !wanted(u, c.In["never"], before) {
				return true, nil
			}
			if more = len(found.items) == int(most); !more {
				found.add(u)
			}
			return !more, nil
		})
		if err != nil {
			return nil, err
		}
		return workflow.Output{"users": found.items, "ids": found.ids, "logins": strings.Join(found.logins, ", "),
			"count": len(found.items), "more": more}, nil
	},
}

// wanted reports whether a person is one of those that were asked for, as far as the search can't say it.
// before is the end of the last sign-in that counts, or zero.
func wanted(u user, never string, before time.Time) bool {
	if u.LastLogin == nil {
		return never != neverNot
	}
	return never != neverOnly && (before.IsZero() || u.LastLogin.Before(before))
}

// attributeName is what a profile attribute may be called ("Profile attributes", User types API).
var attributeName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,99}$`)

// userSearch writes the fields as a search of Okta's, and says before when a sign-in is too long ago.
func userSearch(c *Call) (search string, before time.Time, err error) {
	var all []string
	add := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	switch status := c.In["status"]; status {
	case "not_deactivated": // Okta has no "is not" here; this is how its documentation puts it
		add(`(status lt "DEPROVISIONED" or status gt "DEPROVISIONED")`)
	default:
		add("status eq %s", quote(status))
	}
	for _, f := range []struct{ field, attribute string }{{"department", "department"}, {"user_type", "userType"}, {"manager", "managerId"}} {
		if v := c.In[f.field]; v != "" {
			add("profile.%s eq %s", f.attribute, quote(v))
		}
	}
	if c.In["idle"] != "" {
		days, err := number(c, "idle", maxIdle)
		if err != nil {
			return "", before, err
		}
		before = c.OktaTime(c.Now()).Add(-time.Duration(days * float64(24*time.Hour)))
		by := "created" // nobody can have signed in before, and those who never did are found as well
		if c.In["never"] == neverNot {
			by = "lastLogin"
		}
		add("%s lt %s", by, quote(before.UTC().Format("2006-01-02T15:04:05.000Z")))
	}
	given, err := attributes(c.In["attributes"])
	if err != nil {
		return "", before, err
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		switch v := given[name].(type) {
		case bool:
			add("profile.%s eq %t", name, v)
		case string:
			add("profile.%s eq %s", name, quote(v))
		default:
			return "", before, fault.In("attributes", "Okta can't search for people without %s; write a value after the =, or take the line away.", name)
		}
		if !attributeName.MatchString(name) {
			return "", before, fault.In("attributes", "%q is not the name of an attribute; write it as in Okta's Profile Editor.", name)
		}
	}
	if own := c.In["search"]; own != "" {
		add("(%s)", own)
	}
	return strings.Join(all, " and "), before, nil
}
