package health

import (
	"slices"
	"strings"
	"testing"

	"caracal/org"
)

func scopesOf(list []ScopeAdvice) (out []org.Scope) {
	for _, s := range list {
		out = append(out, s.Scope)
	}
	return out
}

func need(action, role string, scopes ...org.Scope) org.Need {
	return org.Need{Action: action, Title: action, Scopes: scopes, Role: role, Times: 2}
}

func TestAdviseScopes(t *testing.T) {
	t.Parallel()
	type list = []org.Scope
	addMember := need("group.add_member", "Group Membership Administrator", "okta.groups.manage")
	find := need("user.find", "Read-Only Administrator", "okta.users.read")
	for name, c := range map[string]struct {
		granted                            list
		needs                              []org.Need
		kept, unneeded, missing, helpfully list
	}{
		"as it should be":          {list{"okta.groups.manage"}, []org.Need{addMember}, list{"okta.groups.manage"}, nil, nil, nil},
		"read beside manage":       {list{"okta.groups.read", "okta.groups.manage"}, []org.Need{addMember}, list{"okta.groups.manage"}, list{"okta.groups.read"}, nil, nil},
		"only reading":             {list{"okta.users.manage"}, []org.Need{find}, nil, list{"okta.users.manage"}, nil, nil},
		"only reading, both there": {list{"okta.users.manage", "okta.users.read"}, []org.Need{find}, list{"okta.users.read"}, list{"okta.users.manage"}, nil, nil},
		"nothing uses it":          {list{"okta.groups.manage", "okta.policies.read"}, []org.Need{addMember}, list{"okta.groups.manage"}, list{"okta.policies.read"}, nil, nil},
		"Caracal uses it":          {list{"okta.groups.manage", "okta.logs.read"}, []org.Need{addMember}, list{"okta.groups.manage"}, nil, nil, list{"okta.logs.read"}},
		"missing":                  {list{"okta.groups.read"}, []org.Need{addMember, find}, nil, nil, list{"okta.groups.manage", "okta.users.read"}, list{"okta.groups.read"}},
	} {
		a := Advise(org.Application{Method: org.CustomApp, Granted: c.granted}, c.needs)
		for what, pair := range map[string][2]list{"kept": {scopesOf(a.Kept), c.kept}, "unneeded": {scopesOf(a.Unneeded), c.unneeded},
			"missing": {scopesOf(a.Missing), c.missing}, "helpful": {scopesOf(a.Helpful), c.helpfully}} {
			if !slices.Equal(pair[0], pair[1]) {
				t.Errorf("%s: %s is %v, want %v", name, what, pair[0], pair[1])
			}
		}
		for _, s := range append(a.Unneeded, a.Missing...) {
			if s.Because == "" || !strings.Contains(s.Mend, "Okta API Scopes › "+string(s.Scope)) {
				t.Errorf("%s: %+v says no way", name, s)
			}
		}
	}
	a := Advise(org.Application{Method: org.Integration, Granted: list{"okta.policies.read"}}, []org.Need{find})
	if !strings.Contains(a.Missing[0].Mend+a.Unneeded[0].Mend, "fixed when it is installed") {
		t.Errorf("an integration: %+v", a)
	}
}

func TestLeastRoles(t *testing.T) {
	t.Parallel()
	member := need("group.add_member", "Group Membership Administrator", "okta.groups.manage")
	create := need("user.create", "Group Administrator", "okta.users.manage")
	assign := need("app.assign_user", "Application Administrator", "okta.apps.manage")
	logs := need("log.search", "Read-Only Administrator", "okta.logs.read")
	groups := need("group.list_members", "Read-Only Administrator", "okta.groups.read")
	rules := need("group_rule.create", "Organization Administrator", "okta.groups.manage")
	roles := need("admin_role.assign", "Super Administrator", "okta.roles.manage")
	operation := need("operation.list_policies", "a role that covers it", "okta.policies.manage")
	for name, c := range map[string]struct {
		needs    []org.Need
		together []string
		single   string
	}{
		"nothing":             {nil, nil, ""},
		"one":                 {[]org.Need{member}, []string{"Group Membership Administrator"}, ""},
		"reading is included": {[]org.Need{member, groups}, []string{"Group Membership Administrator"}, ""},
		"the larger of two":   {[]org.Need{member, create}, []string{"Group Administrator"}, ""},
		"two apart":           {[]org.Need{create, assign}, []string{"Group Administrator", "Application Administrator"}, "Super Administrator"},
		"and the log":         {[]org.Need{create, logs}, []string{"Read-Only Administrator", "Group Administrator"}, "Organization Administrator"},
		"rules":               {[]org.Need{member, rules}, []string{"Organization Administrator"}, ""},
		"roles":               {[]org.Need{assign, roles}, []string{"Super Administrator"}, ""},
		"an operation":        {[]org.Need{operation}, []string{"Organization Administrator"}, ""},
	} {
		together, single := leastRoles(c.needs)
		if !slices.Equal(together, c.together) || single != c.single {
			t.Errorf("%s: %v, alone %q; want %v, alone %q", name, together, single, c.together, c.single)
		}
	}
}

func TestProposeForWhatWasUsed(t *testing.T) {
	t.Parallel()
	p := proposeFor([]org.Need{need("user.suspend", "Group Administrator", "okta.users.manage"), need("log.search", "Read-Only Administrator", "okta.logs.read"),
		need("group_rule.create", "Organization Administrator", "okta.groups.manage")})
	if !slices.Equal(p.Permissions, []string{"okta.users.lifecycle.suspend", "okta.users.read"}) || !slices.Equal(p.Resources, []string{"All users"}) ||
		!slices.Equal(p.AlsoRoles, []string{"Report Administrator", "Organization Administrator"}) {
		t.Errorf("%+v", p)
	}
	wide := proposeFor([]org.Need{need("user.suspend", "", "okta.users.manage"), need("operation.x", "", "okta.users.manage")})
	if !slices.Equal(wide.Permissions, []string{"okta.users.manage"}) {
		t.Errorf("manage holds the rest: %+v", wide)
	}
}
