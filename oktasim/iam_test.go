package oktasim

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

func (p *peopleOrg) customRole(label string, permissions ...string) string {
	p.t.Helper()
	return p.must(http.MethodPost, "/api/v1/iam/roles", map[string]any{"label": label, "description": "For a test", "permissions": permissions})["id"].(string)
}

func (p *peopleOrg) resourceSet(label string, resources ...string) string {
	p.t.Helper()
	return p.must(http.MethodPost, "/api/v1/iam/resource-sets", map[string]any{"label": label, "description": "For a test", "resources": resources})["id"].(string)
}

func TestCustomRoles(t *testing.T) {
	t.Parallel()
	p := newPeopleOrg(t)
	const path = "/api/v1/iam/roles"
	for name, body := range map[string]map[string]any{
		"no label":           {"description": "d", "permissions": []string{"okta.users.read"}},
		"no description":     {"label": "Helpers", "permissions": []string{"okta.users.read"}},
		"no permission":      {"label": "Helpers", "description": "d"},
		"unknown permission": {"label": "Helpers", "description": "d", "permissions": []string{"okta.users.love"}},
	} {
		if out := p.refused(http.MethodPost, path, body, http.StatusBadRequest, "E0000001"); cause(out) == "" {
			t.Errorf("%s: no cause", name)
		}
	}
	id := p.customRole("Helpers", "okta.users.read")
	p.refused(http.MethodPost, path, map[string]any{"label": "Helpers", "description": "d", "permissions": []string{"okta.users.read"}}, http.StatusBadRequest, "E0000001")
	p.must(http.MethodPost, path+"/Helpers/permissions/okta.groups.read", nil) // by label
	if list := p.must(http.MethodGet, path+"/"+id+"/permissions", nil)["permissions"].([]any); len(list) != 2 {
		t.Errorf("the permissions are %v", list)
	}
	p.must(http.MethodDelete, path+"/"+id+"/permissions/okta.users.read", nil)
	p.refused(http.MethodDelete, path+"/"+id+"/permissions/okta.groups.read", nil, http.StatusBadRequest, "E0000001") // the last one
	p.refused(http.MethodGet, path+"/"+id+"/permissions/okta.users.read", nil, http.StatusNotFound, "E0000007")
	p.must(http.MethodDelete, path+"/"+id, nil)
	p.refused(http.MethodGet, path+"/"+id, nil, http.StatusNotFound, "E0000007")
	for _, typ := range []string{"iam.role.create", "iam.role.permissions.add", "iam.role.permissions.delete", "iam.role.delete"} {
		if n := len(p.org.Events(typ)); n != 1 {
			t.Errorf("%d events %s, want 1", n, typ)
		}
	}
}

func TestResourceSets(t *testing.T) {
	t.Parallel()
	p := newPeopleOrg(t)
	g := p.group("Engineering")
	const path = "/api/v1/iam/resource-sets"
	body := func(resource string) map[string]any {
		return map[string]any{"label": "Berlin", "description": "d", "resources": []string{resource}}
	}
	p.refused(http.MethodPost, path, body("everything"), http.StatusBadRequest, "E0000001")
	p.refused(http.MethodPost, path, body("https://org.example.com/groups"), http.StatusBadRequest, "E0000001")
	p.refused(http.MethodPost, path, body("https://org.example.com/api/v1/groups/00gnothing00000000000"), http.StatusNotFound, "E0000007")
	id := p.resourceSet("Berlin", "https://org.example.com/api/v1/groups/"+g)
	p.must(http.MethodPatch, path+"/"+id+"/resources", map[string]any{"additions": []string{"orn:okta:directory:" + p.org.ID() + ":users"}})
	list := p.must(http.MethodGet, path+"/"+id+"/resources", nil)["resources"].([]any)
	if len(list) != 2 || list[0].(map[string]any)["orn"] != "orn:okta:directory:"+p.org.ID()+":groups:"+g {
		t.Fatalf("the resources are %v", list)
	}
	p.must(http.MethodDelete, path+"/"+id+"/resources/"+list[1].(map[string]any)["id"].(string), nil)
	p.refused(http.MethodDelete, path+"/"+id+"/resources/none", nil, http.StatusNotFound, "E0000007")
	if refs, ok := p.org.setResources("Berlin"); !ok || len(refs) != 1 || !strings.HasSuffix(refs[0], g) {
		t.Errorf("the set holds %v", refs)
	}
	p.must(http.MethodDelete, path+"/"+id, nil)
	p.refused(http.MethodGet, path+"/"+id, nil, http.StatusNotFound, "E0000007")
}

func TestBindings(t *testing.T) {
	t.Parallel()
	p := newPeopleOrg(t)
	ada, bob, g := p.user(person("Ada")), p.user(person("Bob")), p.group("Engineering")
	role, set := p.customRole("Helpers", "okta.users.read"), p.resourceSet("All", "https://org.example.com/api/v1/users")
	path := "/api/v1/iam/resource-sets/" + set + "/bindings"
	p.must(http.MethodPost, path, map[string]any{"role": role, "members": []string{"https://org.example.com/api/v1/users/" + ada, "https://org.example.com/api/v1/groups/" + g}})
	p.refused(http.MethodPost, path, map[string]any{"role": role, "members": []string{"https://org.example.com/api/v1/users/00unobody"}}, http.StatusNotFound, "E0000007")
	p.must(http.MethodPatch, path+"/"+role+"/members", map[string]any{"additions": []string{"https://org.example.com/api/v1/users/" + bob}})
	members := p.must(http.MethodGet, path+"/"+role+"/members", nil)["members"].([]any)
	if len(members) != 3 {
		t.Fatalf("the members are %v", members)
	}
	// A binding is a role of its member, and the other way round.
	roles := p.list("/api/v1/users/" + ada + "/roles")
	if len(roles) != 1 || roles[0]["type"] != "CUSTOM" || roles[0]["resource-set"] != set || roles[0]["id"] != members[0].(map[string]any)["id"] {
		t.Fatalf("the user's roles are %v", roles)
	}
	p.must(http.MethodDelete, "/api/v1/users/"+ada+"/roles/"+roles[0]["id"].(string), nil)
	cyd := p.user(person("Cyd"))
	custom := map[string]any{"type": "CUSTOM", "role": role, "resource-set": set}
	p.must(http.MethodPost, "/api/v1/users/"+cyd+"/roles", custom)
	p.refused(http.MethodPost, "/api/v1/users/"+cyd+"/roles", custom, http.StatusConflict, "E0000090")
	if n := len(p.must(http.MethodGet, path+"/"+role+"/members", nil)["members"].([]any)); n != 3 {
		t.Errorf("%d members, want 3", n)
	}
	p.refused(http.MethodDelete, "/api/v1/iam/roles/"+role, nil, http.StatusBadRequest, "E0000001") // in use
	p.must(http.MethodDelete, path+"/"+role, nil)
	p.refused(http.MethodGet, path+"/"+role, nil, http.StatusNotFound, "E0000007")
	if n := len(p.list("/api/v1/users/" + cyd + "/roles")); n != 0 {
		t.Error("the role outlived its binding")
	}
}

// TestBindingOfClient: what the Roles API binds to a client counts where the client's calls are checked.
func TestBindingOfClient(t *testing.T) {
	t.Parallel()
	p := newPeopleOrg(t)
	client, _, err := p.org.AddIntegration(Integration{Name: "Tool"})
	if err != nil {
		t.Fatal(err)
	}
	role, set := p.customRole("Helpers", "okta.users.read"), p.resourceSet("All", "https://org.example.com/api/v1/users")
	path := "/api/v1/iam/resource-sets/" + set + "/bindings"
	p.must(http.MethodPost, path, map[string]any{"role": role, "members": []string{"https://org.example.com/oauth2/v1/clients/" + client}})
	roles := p.list("/oauth2/v1/clients/" + client + "/roles")
	if len(roles) != 1 || roles[0]["type"] != "CUSTOM" {
		t.Fatalf("the client's roles are %v", roles)
	}
	p.must(http.MethodDelete, path+"/"+role, nil)
	if n := len(p.list("/oauth2/v1/clients/" + client + "/roles")); n != 0 {
		t.Error("the client keeps a role without a binding")
	}
}

func TestRolesOfUsers(t *testing.T) {
	t.Parallel()
	p := newPeopleOrg(t)
	ada, g := p.user(person("Ada")), p.group("Admins")
	path := "/api/v1/users/" + ada + "/roles"
	p.refused(http.MethodPost, path, map[string]any{"type": "KING"}, http.StatusBadRequest, "E0000001")
	helper := p.must(http.MethodPost, path, map[string]any{"type": "HELP_DESK_ADMIN"})
	if helper["id"] != "JBCUYUC7IRCVGS27IFCE2SKO" {
		t.Errorf("the id is %v, want the base32 of the type", helper["id"])
	}
	p.refused(http.MethodPost, path, map[string]any{"type": "HELP_DESK_ADMIN"}, http.StatusConflict, "E0000090")
	one := path + "/" + helper["id"].(string)
	a, b := p.group("A"), p.group("B")
	p.must(http.MethodPut, one+"/targets/groups/"+a, nil)
	p.must(http.MethodPut, one+"/targets/groups/"+b, nil)
	p.refused(http.MethodGet, one+"/targets/catalog/apps", nil, http.StatusBadRequest, "E0000091")
	p.must(http.MethodDelete, one+"/targets/groups/"+a, nil)
	if code, _, _ := p.call(http.MethodDelete, one+"/targets/groups/"+b, nil); code != http.StatusForbidden {
		t.Errorf("taking the last target away answered %d", code)
	}
	p.must(http.MethodDelete, "/api/v1/groups/"+b, nil)
	if n := len(p.list(one + "/targets/groups")); n != 0 {
		t.Errorf("%d targets after the group is gone", n)
	}
	// A member holds the group's roles, and is an administrator while in it.
	p.must(http.MethodPost, "/api/v1/groups/"+g+"/roles", map[string]any{"type": "READ_ONLY_ADMIN"})
	p.must(http.MethodDelete, one, nil)
	p.must(http.MethodPut, "/api/v1/groups/"+g+"/users/"+ada, nil)
	if roles := p.list(path); len(roles) != 1 || roles[0]["assignmentType"] != "GROUP" {
		t.Errorf("the roles are %v", roles)
	}
	if !strings.Contains(p.members("Okta Administrators"), "ada@") {
		t.Errorf("the administrators are %q", p.members("Okta Administrators"))
	}
	p.must(http.MethodDelete, "/api/v1/groups/"+g+"/users/"+ada, nil)
	if strings.Contains(p.members("Okta Administrators"), "ada@") {
		t.Error("who lost the role is still an administrator")
	}
	if len(p.org.Events("user.account.privilege.grant")) != 3 || len(p.org.Events("group.privilege.grant")) != 1 {
		t.Errorf("%d and %d events", len(p.org.Events("user.account.privilege.grant")), len(p.org.Events("group.privilege.grant")))
	}
}

func TestUserTypes(t *testing.T) {
	t.Parallel()
	p := newPeopleOrg(t)
	const path = "/api/v1/meta/types/user"
	p.refused(http.MethodPost, path, map[string]any{"name": "my type", "displayName": "x"}, http.StatusBadRequest, "E0000001")
	p.refused(http.MethodPost, path, map[string]any{"name": "user", "displayName": "x"}, http.StatusBadRequest, "E0000001")
	typ := p.must(http.MethodPost, path, map[string]any{"name": "contractor", "displayName": "Contractor"})["id"].(string)
	p.refused(http.MethodPut, path+"/"+typ, map[string]any{"name": "other", "displayName": "x", "description": ""}, http.StatusBadRequest, "E0000001")
	p.must(http.MethodPost, path+"/"+typ, map[string]any{"description": "From outside"})
	// A property of one type is unknown to the other.
	schema := p.must(http.MethodGet, path+"/"+typ, nil)["_links"].(map[string]any)["schema"].(map[string]any)["href"].(string)
	p.must(http.MethodPost, strings.TrimPrefix(schema, "https://org.example.com"), map[string]any{"definitions": map[string]any{"custom": map[string]any{
		"properties": map[string]any{"agency": map[string]any{"title": "Agency", "type": "string", "required": true}}}}})
	p.refused(http.MethodPost, "/api/v1/users", map[string]any{"profile": with("agency", "ACME")}, http.StatusBadRequest, "E0000001")
	p.refused(http.MethodPost, "/api/v1/users", map[string]any{"profile": person("Ada"), "type": map[string]any{"id": typ}}, http.StatusBadRequest, "E0000001")
	id := p.must(http.MethodPost, "/api/v1/users", map[string]any{"profile": with("agency", "ACME"), "type": map[string]any{"id": typ}})["id"].(string)
	p.refused(http.MethodDelete, path+"/"+typ, nil, http.StatusForbidden, "E0000142")
	p.must(http.MethodPut, "/api/v1/users/"+id, map[string]any{"profile": person("Ada"), "type": map[string]any{"id": p.org.schemas.defaultType().id}})
	p.must(http.MethodDelete, path+"/"+typ, nil)
	p.refused(http.MethodDelete, path+"/default", nil, http.StatusForbidden, "E0000142")
}

// TestBodiesNeverBreak sends bodies of the wrong shape to every route that takes
// one: the answer is an Okta error, never a 500 and never a panic.
func TestBodiesNeverBreak(t *testing.T) {
	t.Parallel()
	bodies := []string{"", "{}", "[]", "null", `"x"`, "1", `{"profile":null,"credentials":null,"definitions":null,"actions":null}`,
		`{"profile":{"name":{},"login":[],"email":1},"credentials":{"password":"x"}}`, `{"definitions":{"custom":{"properties":{"a":{"type":"array"}}}}}`,
		`{"type":"CUSTOM","role":null,"members":[null],"additions":[""],"resources":["orn","orn:::::"],"label":"x","description":"y"}`}
	p := newPeopleOrg(t)
	ids := map[string]string{"userId": p.user(person("Ada")), "groupId": p.group("G"), "typeId": "default", "schemaId": "default",
		"roleIdOrLabel": p.customRole("R", "okta.users.read"), "resourceSetId": p.resourceSet("S", "https://org.example.com/api/v1/users")}
	ids["groupRuleId"] = p.rule("r", `user.title == "x"`, ids["groupId"])
	for _, rt := range p.org.peopleRoutes() {
		if rt.method == http.MethodGet || rt.method == http.MethodDelete {
			continue
		}
		path := rt.pattern
		for name, id := range ids {
			path = strings.ReplaceAll(path, "{"+name+"}", id)
		}
		for _, b := range bodies {
			status, raw, _ := p.raw(rt.method, path, b)
			var out struct{ ErrorCode string }
			if status >= 500 && status != http.StatusNotImplemented || status >= 400 && (json.Unmarshal(raw, &out) != nil || out.ErrorCode == "") {
				t.Errorf("%s %s with %s: %d %s", rt.method, path, b, status, raw)
			}
		}
	}
}

// TestListsPage: the lists of the Roles API link to their next page in the body,
// those of targets in a header, and a query with `q` not at all.
func TestListsPage(t *testing.T) {
	t.Parallel()
	p := newPeopleOrg(t)
	for _, label := range []string{"A", "B", "C"} {
		p.customRole(label, "okta.users.read")
	}
	var got []string
	for path := "/api/v1/iam/roles?limit=2"; path != ""; {
		out := p.must(http.MethodGet, path, nil)
		for _, r := range out["roles"].([]any) {
			got = append(got, r.(map[string]any)["label"].(string))
		}
		path = ""
		if next, ok := out["_links"].(map[string]any)["next"].(map[string]any); ok {
			path = strings.TrimPrefix(next["href"].(string), "https://org.example.com")
		}
		if len(got) > 5 {
			t.Fatal("paging does not end")
		}
	}
	if strings.Join(got, "") != "ABC" {
		t.Errorf("the pages hold %v", got)
	}
	role := "/api/v1/users/" + p.user(person("Ada")) + "/roles"
	p.must(http.MethodPost, role, map[string]any{"type": "USER_ADMIN"})
	for i := range targetPage + 1 {
		g := p.group("Group " + string(rune('a'+i)))
		p.must(http.MethodPut, role+"/KVJUKUS7IFCE2SKO/targets/groups/"+g, nil)
	}
	_, _, header := p.raw(http.MethodGet, role+"/KVJUKUS7IFCE2SKO/targets/groups?limit=200", nil)
	if links := strings.Join(header["Link"], " "); !strings.Contains(links, `rel="next"`) {
		t.Errorf("more targets than a page holds, but the links are %s", links)
	}
	_, _, header = p.raw(http.MethodGet, "/api/v1/groups?q=group&limit=5", nil)
	if len(header["Link"]) != 0 {
		t.Errorf("a query links to %v", header["Link"])
	}
}
