package oktasim_test

import (
	"fmt"
	"strings"
	"testing"

	"caracal/oktasim"
)

const nobody = "00u0000000000000zzzz"

// all is what the tests' apps are granted.
var allScopes = []string{"okta.users.manage", "okta.users.read", "okta.groups.manage", "okta.groups.read", "okta.apps.manage",
	"okta.apps.read", "okta.logs.read", "okta.roles.read"}

// admin adds an app with these roles and returns its Authorization header.
func (w *world) admin(roles ...oktasim.Role) string {
	w.t.Helper()
	app, k := w.serviceApp(oktasim.ServiceApp{Scopes: allScopes, Roles: roles})
	return w.bearer(app, k, strings.Join(allScopes, " "))
}

func (w *world) user(login string) string {
	return w.make("/api/v1/users?activate=true", fmt.Sprintf(
		`{"profile":{"firstName":"A","lastName":"B","login":%q,"email":%q},"credentials":{"password":{"value":"Abcd1234!x"}}}`, login, login))
}

func (w *world) group(name string) string {
	return w.make("/api/v1/groups", fmt.Sprintf(`{"profile":{"name":%q}}`, name))
}

func TestMissingScope(t *testing.T) {
	w := newWorld(t)
	app, k := w.serviceApp(oktasim.ServiceApp{Scopes: []string{"okta.users.read", "okta.groups.manage"}, Roles: []oktasim.Role{{Type: "SUPER_ADMIN"}}})
	bearer := w.bearer(app, k, "okta.users.read okta.groups.manage")
	for _, tt := range []struct{ method, path, scope string }{
		{"GET", "/api/v1/logs", "okta.logs.read"},
		{"GET", "/api/v1/apps", "okta.apps.read"},
		{"DELETE", "/api/v1/users/" + nobody, "okta.users.manage"}, // before the look-up
		{"GET", "/api/v1/apps/0oanothing0000000zzzz", "okta.apps.read"},
		{"GET", "/oauth2/v1/clients/" + app + "/roles", "okta.roles.read"},
	} {
		a := w.api(bearer, tt.method, tt.path, "")
		h := a.header.Get("WWW-Authenticate")
		if a.status != 403 || a.body != "" || !strings.Contains(h, `scope="`+tt.scope+`"`) || !strings.Contains(h, `error="insufficient_scope"`) {
			t.Errorf("%s %s: %d %q %s", tt.method, tt.path, a.status, a.body, h)
		}
	}
	if a := w.api(bearer, "GET", "/api/v1/groups", ""); a.status != 200 {
		t.Errorf("a manage scope includes the read: %d %s", a.status, a.body)
	}
}

func TestStandardRoles(t *testing.T) {
	w := newWorld(t)
	user, group := w.user("a@example.com"), w.group("G")
	member := "/api/v1/groups/" + group + "/users/" + user
	calls := []struct{ method, path, body string }{
		{"GET", "/api/v1/users", ""},
		{"POST", "/api/v1/users/" + user, `{"profile":{"title":"x"}}`},
		{"POST", "/api/v1/users/" + user + "/lifecycle/expire_password", ""},
		{"PUT", member, ""},
		{"PUT", "/api/v1/groups/" + group, `{"profile":{"name":"G"}}`},
		{"GET", "/api/v1/apps", ""},
		{"GET", "/api/v1/logs", ""},
		{"GET", "/oauth2/v1/clients", ""},
	}
	tests := []struct {
		role    string
		allowed string // one letter a call: y or n
	}{
		{"SUPER_ADMIN", "yyyyyyyy"},
		{"ORG_ADMIN", "yyy yyyy"},
		{"APP_ADMIN", "ynnnnyyy"},
		{"USER_ADMIN", "yyyyynnn"},
		{"GROUP_MEMBERSHIP_ADMIN", "ynnynnnn"},
		{"HELP_DESK_ADMIN", "ynynnnnn"},
		{"READ_ONLY_ADMIN", "ynnnnyyy"},
		{"REPORT_ADMIN", "ynnnnyyy"},
		{"WORKFLOWS_ADMIN", "nnnnnnnn"},
	}
	for _, tt := range tests {
		auth := w.admin(oktasim.Role{Type: tt.role})
		for i, c := range calls {
			if tt.allowed[i] == ' ' {
				continue
			}
			a := w.api(auth, c.method, c.path, c.body)
			refused := a.status == 403 && strings.Contains(a.body, "E0000006")
			if refused != (tt.allowed[i] == 'n') {
				t.Errorf("%s: %s %s: %d %s", tt.role, c.method, c.path, a.status, a.body)
			}
		}
	}
	if a := w.api(w.admin(), "GET", "/api/v1/users", ""); a.status != 403 || !strings.Contains(a.body, "E0000006") {
		t.Errorf("without a role: %d %s", a.status, a.body)
	}
}

func TestRoleBeforeOrAfterLookup(t *testing.T) {
	w := newWorld(t)
	auth, user := w.admin(oktasim.Role{Type: "READ_ONLY_ADMIN"}), w.user("a@example.com")
	suspend := func(id string) answer { return w.api(auth, "POST", "/api/v1/users/"+id+"/lifecycle/suspend", "") }
	if a := suspend(nobody); a.status != 403 {
		t.Errorf("before: %d %s", a.status, a.body)
	}
	w.org.Update(func(s *oktasim.Settings) { s.RoleAfterLookup = true })
	if a := suspend(nobody); a.status != 404 {
		t.Errorf("after, no such user: %d %s", a.status, a.body)
	}
	if a := suspend(user); a.status != 403 {
		t.Errorf("after, a user: %d %s", a.status, a.body)
	}
}

func TestCustomRoleAndResourceSet(t *testing.T) {
	w := newWorld(t)
	inside, outside := w.user("in@example.com"), w.user("out@example.com")
	mine, other := w.group("Mine"), w.group("Other")
	if a := w.api(root, "PUT", "/api/v1/groups/"+mine+"/users/"+inside, ""); a.status != 204 {
		t.Fatalf("join: %d %s", a.status, a.body)
	}
	role := w.make("/api/v1/iam/roles", `{"label":"R","description":"r","permissions":["okta.users.read","okta.groups.members.manage","okta.groups.read","okta.apps.read"]}`)
	set := w.make("/api/v1/iam/resource-sets", fmt.Sprintf(`{"label":"S","description":"s","resources":["%s/api/v1/groups/%s","%s/api/v1/groups/%s/users"]}`, w.url, mine, w.url, mine))
	auth := w.admin(oktasim.Role{Type: "CUSTOM", CustomRole: role, ResourceSet: set})

	if got := w.api(auth, "GET", "/api/v1/groups", "").list(t); len(got) != 1 || got[0]["id"] != mine {
		t.Errorf("groups seen: %v", got)
	}
	if got := w.api(auth, "GET", "/api/v1/users", "").list(t); len(got) != 1 || got[0]["id"] != inside {
		t.Errorf("users seen: %v", got)
	}
	if a := w.api(auth, "GET", "/api/v1/apps", ""); a.status != 200 || strings.TrimSpace(a.body) != "[]" {
		t.Errorf("no app is in the set: %d %s", a.status, a.body)
	}
	for _, tt := range []struct {
		method, path string
		status       int
	}{
		{"GET", "/api/v1/users/" + inside, 200},
		{"GET", "/api/v1/users/in@example.com", 200},
		{"GET", "/api/v1/users/" + outside, 403},
		{"GET", "/api/v1/groups/" + other, 403},
		{"PUT", "/api/v1/groups/" + mine + "/users/" + outside, 204},
		{"PUT", "/api/v1/groups/" + other + "/users/" + inside, 403},
		{"DELETE", "/api/v1/groups/" + mine, 403},
		{"POST", "/api/v1/users/" + inside + "/lifecycle/suspend", 403},
		{"GET", "/api/v1/logs", 403},
	} {
		if a := w.api(auth, tt.method, tt.path, ""); a.status != tt.status {
			t.Errorf("%s %s: %d %s, want %d", tt.method, tt.path, a.status, a.body, tt.status)
		}
	}
}

func TestIntegrationRoles(t *testing.T) {
	w := newWorld(t)
	w.org.Update(func(s *oktasim.Settings) { s.IntegrationRoles = true })
	id, secret, err := w.org.AddIntegration(oktasim.Integration{Name: "L", Scopes: []string{"okta.users.read"}})
	if err != nil {
		t.Fatal(err)
	}
	form := w.assertion(id, newKey(t, "x"), "okta.users.read", nil)
	form.Del("client_assertion")
	form.Del("client_assertion_type")
	auth := "Bearer " + w.token(form, basic(id, secret)).json(t)["access_token"].(string)
	if a := w.api(auth, "GET", "/api/v1/users", ""); a.status != 403 {
		t.Errorf("without a role: %d", a.status)
	}
	if err := w.org.SetRoles(id, oktasim.Role{Type: "READ_ONLY_ADMIN"}); err != nil {
		t.Fatal(err)
	}
	if a := w.api(auth, "GET", "/api/v1/users", ""); a.status != 200 {
		t.Errorf("with a role: %d %s", a.status, a.body)
	}
}

func TestClientRolesOverTheAPI(t *testing.T) {
	w := newWorld(t)
	app, k := w.serviceApp(oktasim.ServiceApp{Scopes: allScopes})
	path := "/oauth2/v1/clients/" + app + "/roles"
	a := w.api(root, "POST", path, `{"type":"HELP_DESK_ADMIN"}`)
	got := a.json(t)
	if a.status != 201 || got["label"] != "Help Desk Administrator" || got["assignmentType"] != "CLIENT" {
		t.Fatalf("assign: %d %s", a.status, a.body)
	}
	if again := w.api(root, "POST", path, `{"type":"HELP_DESK_ADMIN"}`); again.status != 409 {
		t.Errorf("twice: %d %s", again.status, again.body)
	}
	if bad := w.api(root, "POST", path, `{"type":"KING"}`); bad.status != 400 {
		t.Errorf("no such role: %d %s", bad.status, bad.body)
	}
	one := path + "/" + got["id"].(string)
	group := w.group("T")
	if a := w.api(root, "PUT", one+"/targets/groups/"+group, ""); a.status != 204 {
		t.Errorf("target: %d %s", a.status, a.body)
	}
	if got := w.api(root, "GET", one+"/targets/groups", "").list(t); len(got) != 1 || got[0]["id"] != group {
		t.Errorf("targets: %v", got)
	}
	auth := w.bearer(app, k, strings.Join(allScopes, " "))
	if got := w.api(auth, "GET", "/api/v1/groups", "").list(t); len(got) != 1 {
		t.Errorf("a target narrows what is seen: %v", got)
	}
	if a := w.api(root, "DELETE", one, ""); a.status != 204 {
		t.Errorf("unassign: %d %s", a.status, a.body)
	}
	if a := w.api(root, "GET", one, ""); a.status != 404 {
		t.Errorf("after: %d", a.status)
	}
	if a := w.api(root, "GET", "/oauth2/v1/clients/0oanothing0000000zzzz/roles", ""); a.status != 404 {
		t.Errorf("no client: %d", a.status)
	}
}

func TestPublicClientAdmins(t *testing.T) {
	w := newWorld(t)
	if a := w.api(root, "PUT", "/api/v1/org/settings/clientPrivilegesSetting", `{"clientPrivilegesSetting":true}`); a.status != 200 {
		t.Fatalf("the setting: %d %s", a.status, a.body)
	}
	app, k := w.serviceApp(oktasim.ServiceApp{Scopes: allScopes})
	got := w.api(w.bearer(app, k, "okta.roles.read"), "GET", "/oauth2/v1/clients/"+app+"/roles", "").list(t)
	if len(got) != 1 || got[0]["type"] != "SUPER_ADMIN" {
		t.Errorf("roles: %v", got)
	}
}
