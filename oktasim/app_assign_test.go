package oktasim_test

import (
	"fmt"
	"strings"
	"testing"
)

// assigned lists who has an app, as "login scope".
func (w *world) assigned(app string) string {
	w.t.Helper()
	var out []string
	for _, u := range w.api(root, "GET", "/api/v1/apps/"+app+"/users", "").list(w.t) {
		out = append(out, fmt.Sprint(at(u, "credentials.userName"), " ", u["scope"]))
	}
	return strings.Join(out, ", ")
}

func (w *world) person(login string) string {
	w.t.Helper()
	return w.make("/api/v1/users", fmt.Sprintf(`{"profile":{"firstName":"Ada","lastName":"Byron","email":%[1]q,"login":%[1]q}}`, login))
}

// must does something that has to succeed.
func (w *world) must(method, path, body string) {
	w.t.Helper()
	if a := w.api(root, method, path, body); a.status >= 300 {
		w.t.Fatalf("%s %s: %d %s", method, path, a.status, a.body)
	}
}

func TestAssignmentsFollowGroups(t *testing.T) {
	w := newWorld(t)
	app := w.make("/api/v1/apps", `{"name":"bookmark","label":"B","settings":{"app":{"url":"https://example.com"}}}`)
	ada, ben := w.person("ada@example.com"), w.person("ben@example.com")
	crew := w.make("/api/v1/groups", `{"profile":{"name":"Crew"}}`)
	path, members := "/api/v1/apps/"+app, "/api/v1/groups/"+crew+"/users/"

	w.must("PUT", members+ada, "")
	w.must("PUT", path+"/groups/"+crew, "")
	if got := w.assigned(app); got != "ada@example.com GROUP" {
		t.Fatalf("after the group was assigned: %s", got)
	}
	w.must("PUT", members+ben, "")
	w.must("POST", path+"/users", `{"id":"`+ada+`","scope":"USER"}`)
	if got := w.assigned(app); got != "ada@example.com USER, ben@example.com GROUP" {
		t.Fatalf("after ben joined and ada was assigned: %s", got)
	}
	if a := w.api(root, "DELETE", path+"/users/"+ben, ""); a.status != 400 {
		t.Errorf("an assignment of a group was taken away: %d", a.status)
	}
	w.must("DELETE", members+ada, "")
	w.must("DELETE", members+ben, "")
	if got := w.assigned(app); got != "ada@example.com USER" {
		t.Fatalf("after both left the group: %s", got)
	}
	w.must("PUT", members+ben, "")
	w.must("DELETE", "/api/v1/groups/"+crew, "")
	if got := w.assigned(app); got != "ada@example.com USER" {
		t.Fatalf("after the group was deleted: %s", got)
	}
	w.must("POST", "/api/v1/users/"+ada+"/lifecycle/deactivate", "")
	if got := w.assigned(app); got != "" {
		t.Fatalf("after ada was deactivated: %s", got)
	}
	if a := w.api(root, "POST", path+"/users", `{"id":"`+ada+`"}`); a.status != 403 {
		t.Errorf("a deprovisioned user was assigned: %d %s", a.status, a.body)
	}
	for event, want := range map[string]int{"application.user_membership.add": 3, "application.user_membership.remove": 3,
		"group.application_assignment.add": 1, "group.application_assignment.remove": 1} {
		if n := len(w.org.Events(event)); n != want {
			t.Errorf("%d events %s, want %d", n, event, want)
		}
	}
}

func TestGroupPriority(t *testing.T) {
	w := newWorld(t)
	app := w.make("/api/v1/apps", `{"name":"bookmark","label":"B","settings":{"app":{"url":"https://example.com"}}}`)
	var ids []string
	for i := range 3 {
		id := w.make("/api/v1/groups", fmt.Sprintf(`{"profile":{"name":"G%d"}}`, i))
		ids = append(ids, id)
		w.must("PUT", "/api/v1/apps/"+app+"/groups/"+id, "{}")
	}
	w.must("PUT", "/api/v1/apps/"+app+"/groups/"+ids[2], `{"priority":0}`)
	var got []string
	for _, g := range w.api(root, "GET", "/api/v1/apps/"+app+"/groups", "").list(t) {
		got = append(got, fmt.Sprint(g["id"], g["priority"]))
	}
	want := []string{ids[2] + "0", ids[0] + "1", ids[1] + "2"}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("the groups are %v, want %v", got, want)
	}
	for body, want := range map[string]int{`{"priority":101}`: 400, `{"priority":"x"}`: 400, `{"profile":{"role":"x"}}`: 400} {
		if a := w.api(root, "PUT", "/api/v1/apps/"+app+"/groups/"+ids[0], body); a.status != want {
			t.Errorf("%s: %d %s", body, a.status, a.body)
		}
	}
	if a := w.api(root, "PUT", "/api/v1/apps/"+app+"/groups/00gnosuchgroup000000", ""); a.status != 404 {
		t.Errorf("a group that is not there: %d", a.status)
	}
}

func TestUserNameTemplates(t *testing.T) {
	w := newWorld(t)
	ada := w.person("ada@example.com")
	for template, want := range map[string]string{
		`{"template":"${source.login}","type":"BUILT_IN"}`:                              "ada@example.com",
		`{"template":"${fn:substringBefore(source.login, \"@\")}","type":"BUILT_IN"}`:   "ada",
		`{"template":"user.firstName","type":"CUSTOM","suffix":"!"}`:                    "Ada!",
		`{"template":"String.substring(user.lastName, 0, 2) + \"-x\"","type":"CUSTOM"}`: "By-x",
	} {
		app := w.make("/api/v1/apps", `{"name":"bookmark","label":"B","credentials":{"userNameTemplate":`+template+`},"settings":{"app":{"url":"https://example.com"}}}`)
		got := w.api(root, "POST", "/api/v1/apps/"+app+"/users", `{"id":"`+ada+`"}`).json(t)
		if name := at(got, "credentials.userName"); name != want {
			t.Errorf("%s names her %v, want %s", template, name, want)
		}
	}
}

func TestAppUserProfileAndCredentials(t *testing.T) {
	w := newWorld(t)
	ada := w.person("ada@example.com")
	app := w.make("/api/v1/apps", fmt.Sprintf(oidcApp, "C", "{}", webApp))
	path := "/api/v1/apps/" + app + "/users"
	if a := w.api(root, "POST", path, `{"id":"`+ada+`","profile":{"shoe":42}}`); a.status != 400 {
		t.Fatalf("an attribute that the schema has not: %d %s", a.status, a.body)
	}
	w.must("POST", "/api/v1/meta/schemas/apps/"+app+"/default", `{"definitions":{"custom":{"properties":{"shoe":{"title":"Shoe","type":"integer"}}}}}`)
	got := w.api(root, "POST", path, `{"id":"`+ada+`","profile":{"shoe":42}}`).json(t)
	if at(got, "profile.shoe") != 42.0 || at(got, "profile.given_name") != "Ada" || at(got, "profile.locale") != "en_US" {
		t.Errorf("the profile is %v", got["profile"])
	}
	if a := w.api(root, "POST", path+"/"+ada, `{"credentials":{"password":{"value":"x"}}}`); a.status != 400 || !strings.Contains(a.body, "E0000041") {
		t.Errorf("a password for an app that has none: %d %s", a.status, a.body)
	}
	got = w.api(root, "POST", path+"/"+ada, `{"credentials":{"userName":"lovelace"}}`).json(t)
	if at(got, "credentials.userName") != "lovelace" || at(got, "profile.shoe") != 42.0 {
		t.Errorf("after the update: %v", got)
	}
	if n := len(w.org.Events("application.user_membership.change_username")); n != 1 {
		t.Errorf("%d events for the new user name", n)
	}
}
