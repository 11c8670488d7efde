package oktasim

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func groupBodyOf(name any) map[string]any {
	return map[string]any{"profile": map[string]any{"name": name}}
}

func TestGroupNames(t *testing.T) {
	t.Parallel()
	p := newPeopleOrg(t)
	id := p.group("Engineering")
	for _, tt := range []struct {
		name any
		want string // the beginning of the cause
	}{
		{"Engineering", "name: An object with this field already exists in the current organization"},
		{"ENGINEERING", "name: An object with this field already exists"},
		{"Everyone", "name: An object with this field already exists"},
		{"", "name: The field cannot be left blank"},
		{nil, "name: The field cannot be left blank"},
		{7, "name: "},
		{strings.Repeat("x", 256), "name: "},
		{"Rocket 🚀", "name: "},
	} {
		out := p.refused(http.MethodPost, "/api/v1/groups", groupBodyOf(tt.name), http.StatusBadRequest, "E0000001")
		if got := cause(out); !strings.HasPrefix(got, tt.want) {
			t.Errorf("%v: the cause is %q, want %q", tt.name, got, tt.want)
		}
	}
	p.refused(http.MethodPost, "/api/v1/groups", map[string]any{"profile": map[string]any{"name": "A", "colour": "red"}}, http.StatusBadRequest, "E0000001")
	other := p.group("Sales")
	p.refused(http.MethodPut, "/api/v1/groups/"+other, groupBodyOf("engineering"), http.StatusBadRequest, "E0000001")
	p.must(http.MethodPut, "/api/v1/groups/"+id, groupBodyOf("engineering")) // its own name
	// An app may bring a group of the same name, before or after.
	for _, name := range []string{"Sales", "Marketing"} {
		if _, err := p.org.AddAppGroup("0oa1", name, ""); err != nil {
			t.Error(err)
		}
	}
	p.group("Marketing")
	if n := len(p.org.Events("group.lifecycle.create")); n != 3 {
		t.Errorf("%d events for 3 groups", n)
	}
}

func TestManagedGroupsCannotBeChanged(t *testing.T) {
	t.Parallel()
	p := newPeopleOrg(t)
	u := p.user(person("Ada"))
	app, err := p.org.AddAppGroup("0oa1", "Imported", "")
	if err != nil {
		t.Fatal(err)
	}
	everyone, _ := p.org.FindGroup("Everyone")
	for id, want := range map[string]struct {
		status int
		code   string
	}{everyone.ID: {http.StatusNotImplemented, "E0000060"}, app: {http.StatusForbidden, "E0000006"}} {
		p.refused(http.MethodPut, "/api/v1/groups/"+id, groupBodyOf("Mine"), want.status, want.code)
		p.refused(http.MethodDelete, "/api/v1/groups/"+id, nil, want.status, want.code)
		p.refused(http.MethodPut, "/api/v1/groups/"+id+"/users/"+u, nil, want.status, want.code)
		p.refused(http.MethodDelete, "/api/v1/groups/"+id+"/users/"+u, nil, want.status, want.code)
		p.refused(http.MethodPost, "/api/v1/groups/rules", ruleOf("r", `user.title == "x"`, id), http.StatusBadRequest, "E0000001")
	}
	p.refused(http.MethodPost, "/api/v1/users", map[string]any{"profile": person("Bob"), "groupIds": []string{app}}, http.StatusForbidden, "E0000006")
	if !strings.Contains(p.members("Everyone"), "ada@example.com") {
		t.Error("a new user is not in Everyone")
	}
}

func TestListGroups(t *testing.T) {
	t.Parallel()
	p := newPeopleOrg(t)
	p.group("Engineering")
	p.group("Engineers in Berlin")
	p.group("Sales")
	if _, err := p.org.AddAppGroup("0oa1", "Engine room", ""); err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]string{
		"q=engin": "Engineering|Engineers in Berlin|Engine room",
		"q=engin&filter=" + url.QueryEscape(`type eq "OKTA_GROUP"`):                          "Engineering|Engineers in Berlin",
		"filter=" + url.QueryEscape(`type eq "APP_GROUP"`):                                   "Engine room",
		"search=" + url.QueryEscape(`profile.name co "berlin"`):                              "Engineers in Berlin",
		"search=" + url.QueryEscape(`type eq "OKTA_GROUP"`) + "&sortBy=profile.name&limit=2": "Engineering|Engineers in Berlin",
	} {
		var got []string
		for _, g := range p.list("/api/v1/groups?" + query) {
			got = append(got, g["profile"].(map[string]any)["name"].(string))
		}
		if strings.Join(got, "|") != want {
			t.Errorf("%s finds %v, want %s", query, got, want)
		}
	}
	p.refused(http.MethodGet, "/api/v1/groups?filter="+url.QueryEscape(`profile.name eq "Sales"`), nil, http.StatusBadRequest, "E0000031")
	p.refused(http.MethodGet, "/api/v1/groups?search="+url.QueryEscape(`profile.colour eq "red"`), nil, http.StatusBadRequest, "E0000031")
}

func TestMembership(t *testing.T) {
	t.Parallel()
	p := newPeopleOrg(t)
	g, u := p.group("Engineering"), p.user(person("Ada"))
	path := "/api/v1/groups/" + g + "/users/"
	p.must(http.MethodPut, path+u, nil)
	p.must(http.MethodPut, path+u, nil) // again: no change, no event
	if n := len(p.org.Events("group.user_membership.add")); n != 1 {
		t.Errorf("%d events for one new member", n)
	}
	if p.members(g) != "ada@example.com" {
		t.Errorf("the members are %q", p.members(g))
	}
	p.must(http.MethodDelete, path+u, nil)
	if p.members(g) != "" || len(p.org.Events("group.user_membership.remove")) != 1 {
		t.Error("the member was not removed, or without an event")
	}
	p.refused(http.MethodPut, path+"00unobody", nil, http.StatusNotFound, "E0000007")
	p.refused(http.MethodPut, "/api/v1/groups/00gnothing/users/"+u, nil, http.StatusNotFound, "E0000007")
}

func TestRules(t *testing.T) {
	t.Parallel()
	p := newPeopleOrg(t)
	ada := p.user(person("Ada", "department", "Engineering"))
	p.user(person("Bob", "department", "Sales"))
	g := p.group("Engineers")
	r := p.rule("Engineers", `user.department=="Engineering"`, g)
	path := "/api/v1/groups/rules/" + r
	if p.members(g) != "" {
		t.Fatal("a new rule already works")
	}
	p.must(http.MethodPost, path+"/lifecycle/activate", nil)
	if p.members(g) != "ada@example.com" {
		t.Fatalf("the rule gave %q", p.members(g))
	}
	// People who come, change and go.
	p.user(person("Cyd", "department", "Engineering"))
	p.must(http.MethodPost, "/api/v1/users/bob@example.com", map[string]any{"profile": map[string]any{"department": "Engineering"}})
	p.must(http.MethodPost, "/api/v1/users/cyd@example.com", map[string]any{"profile": map[string]any{"department": "Sales"}})
	if p.members(g) != "ada@example.com bob@example.com" {
		t.Fatalf("after changes the members are %q", p.members(g))
	}
	// Taking out a member whom the rule gave makes an exception of them.
	p.must(http.MethodDelete, "/api/v1/groups/"+g+"/users/"+ada, nil)
	if p.members(g) != "bob@example.com" {
		t.Errorf("the removed member is back: %q", p.members(g))
	}
	people := p.must(http.MethodGet, path, nil)["conditions"].(map[string]any)["people"].(map[string]any)
	if ex := people["users"].(map[string]any)["exclude"].([]any); len(ex) != 1 || ex[0] != ada {
		t.Errorf("the exceptions are %v", ex)
	}
	// An active rule cannot be changed or deleted.
	p.refused(http.MethodPut, path, ruleOf("Engineers", `user.title=="x"`, g), http.StatusBadRequest, "E0000001")
	p.refused(http.MethodDelete, path, nil, http.StatusBadRequest, "E0000001")
	p.must(http.MethodPost, path+"/lifecycle/deactivate", nil)
	if p.members(g) != "bob@example.com" {
		t.Errorf("deactivating took members: %q", p.members(g))
	}
	p.must(http.MethodPut, path, ruleOf("Engineers", `user.department=="Sales"`, g))
	p.must(http.MethodPost, path+"/lifecycle/activate", nil)
	if p.members(g) != "cyd@example.com" {
		t.Errorf("the changed rule gave %q", p.members(g))
	}
	p.must(http.MethodPost, path+"/lifecycle/deactivate", nil)
	if status, _, _ := p.call(http.MethodDelete, path+"?removeUsers=true", nil); status != http.StatusAccepted {
		t.Errorf("deleting the rule answered %d", status)
	}
	if p.members(g) != "" {
		t.Errorf("removeUsers left %q", p.members(g))
	}
}

func TestRuleBecomesInvalid(t *testing.T) {
	t.Parallel()
	p := newPeopleOrg(t)
	g := p.group("Engineers")
	path := "/api/v1/groups/rules/" + p.rule("Engineers", `user.title != null`, g)
	p.must(http.MethodPost, path+"/lifecycle/activate", nil)
	p.must(http.MethodDelete, "/api/v1/groups/"+g, nil)
	if got := p.must(http.MethodGet, path, nil)["status"]; got != "INVALID" {
		t.Errorf("the rule is %v", got)
	}
	p.refused(http.MethodPost, path+"/lifecycle/activate", nil, http.StatusBadRequest, "E0000001")
	p.must(http.MethodDelete, path, nil)
}

// TestRulesSeeGroups: a rule may look at a group that another rule gives.
func TestRulesSeeGroups(t *testing.T) {
	t.Parallel()
	p := newPeopleOrg(t)
	a, b := p.group("A"), p.group("B")
	second := p.rule("second", `isMemberOfAnyGroup("`+a+`")`, b)
	first := p.rule("first", `user.title == "Lead"`, a)
	for _, r := range []string{second, first} {
		p.must(http.MethodPost, "/api/v1/groups/rules/"+r+"/lifecycle/activate", nil)
	}
	p.user(person("Ada", "title", "Lead"))
	if p.members(b) != "ada@example.com" {
		t.Errorf("B holds %q", p.members(b))
	}
	p.must(http.MethodPost, "/api/v1/users/ada@example.com", map[string]any{"profile": map[string]any{"title": "None"}})
	if p.members(a)+p.members(b) != "" {
		t.Errorf("A holds %q, B %q", p.members(a), p.members(b))
	}
}

func TestRuleRefuses(t *testing.T) {
	t.Parallel()
	p := newPeopleOrg(t)
	g := p.group("Engineers")
	p.rule("Taken", `user.title == "x"`, g)
	for name, body := range map[string]map[string]any{
		"syntax":       ruleOf("r", `user.title == `, g),
		"attribute":    ruleOf("r", `user.shoeSize == "43"`, g),
		"function":     ruleOf("r", `String.shout(user.title)`, g),
		"arguments":    ruleOf("r", `String.startsWith(user.title)`, g),
		"other source": ruleOf("r", `appuser.title == "x"`, g),
		"no name":      ruleOf("", `user.title == "x"`, g),
		"taken name":   ruleOf("taken", `user.title == "x"`, g),
		"long name":    ruleOf(strings.Repeat("r", 51), `user.title == "x"`, g),
		"no group":     ruleOf("r", `user.title == "x"`, "00gnothing"),
		"wrong type":   {"type": "rule", "name": "r"},
	} {
		if out := p.refused(http.MethodPost, "/api/v1/groups/rules", body, http.StatusBadRequest, "E0000001"); cause(out) == "" {
			t.Errorf("%s: no cause", name)
		}
	}
}

// TestRuleLeavesOthersMembers: what one rule takes back stays if a hand or another rule gave it too.
func TestRuleLeavesOthersMembers(t *testing.T) {
	t.Parallel()
	p := newPeopleOrg(t)
	g := p.group("Engineers")
	ada := p.user(person("Ada", "title", "Lead"))
	p.user(person("Bob", "title", "Lead", "city", "Bern"))
	p.user(person("Cyd", "title", "Lead"))
	p.must(http.MethodPut, "/api/v1/groups/"+g+"/users/"+ada, nil)
	for name, expression := range map[string]string{"leads": `user.title == "Lead"`, "bern": `user.city == "Bern"`} {
		p.must(http.MethodPost, "/api/v1/groups/rules/"+p.rule(name, expression, g)+"/lifecycle/activate", nil)
	}
	for _, login := range []string{"ada", "bob", "cyd"} {
		p.must(http.MethodPost, "/api/v1/users/"+login, map[string]any{"profile": map[string]any{"title": "None"}})
	}
	if got := p.members(g); got != "ada@example.com bob@example.com" {
		t.Errorf("the members are %q", got)
	}
	if n := len(p.org.Events("group.user_membership.remove")); n != 1 {
		t.Errorf("%d members left, want only Cyd", n)
	}
}
