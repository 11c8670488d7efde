package connect

import (
	"net/http"
	"strings"
	"testing"

	"caracal/auth"
	"caracal/okta"
	"caracal/oktasim"
	"caracal/org"
	"caracal/workflow"
)

// ruled is a connected org of a company whose groups are filled by rules.
type ruled struct {
	*world
	app org.Application
}

func newRuled(t *testing.T) *ruled {
	t.Helper()
	w := newWorld(t)
	_, values := w.customApp(t, oktasim.ServiceApp{Name: "Caracal", Scopes: names(org.DefaultScopes), Roles: []oktasim.Role{{Type: "SUPER_ADMIN"}}})
	done, f := w.connect(t, org.CustomApp, values)
	if !f.OK() {
		t.Fatal(f.Errors, f.Error)
	}
	return &ruled{world: w, app: done.Application}
}

// send calls the org as Caracal would.
func (w *ruled) send(t *testing.T, method, path string, body any) map[string]any {
	t.Helper()
	client, _, err := w.Client(t.Context(), w.app.ID)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]any{}
	resp, err := client.Do(t.Context(), okta.Request{Method: method, Path: path, Body: body})
	if err != nil {
		t.Fatal(err)
	}
	if len(resp.Body) > 0 {
		if err := okta.Decode(resp, &out); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func (w *ruled) person(t *testing.T, first, department string) string {
	t.Helper()
	profile := map[string]any{"firstName": first, "lastName": "Hill", "login": strings.ToLower(first) + "@example.com", "email": strings.ToLower(first) + "@example.com"}
	if department != "" {
		profile["department"] = department
	}
	body := map[string]any{"profile": profile, "credentials": map[string]any{"password": map[string]any{"value": "Analytical1Engine"}}}
	return w.send(t, http.MethodPost, "/api/v1/users?activate=true", body)["id"].(string)
}

func (w *ruled) rule(t *testing.T, name, expression string, active bool) string {
	t.Helper()
	group := w.send(t, http.MethodPost, "/api/v1/groups", map[string]any{"profile": map[string]any{"name": name}})["id"].(string)
	rule := w.send(t, http.MethodPost, "/api/v1/groups/rules", map[string]any{"type": "group_rule", "name": name + " rule",
		"conditions": map[string]any{"expression": map[string]any{"value": expression, "type": "urn:okta:expression:1.0"}},
		"actions":    map[string]any{"assignUserToGroups": map[string]any{"groupIds": []string{group}}}})["id"].(string)
	if active {
		w.send(t, http.MethodPost, "/api/v1/groups/rules/"+rule+"/lifecycle/activate", nil)
	}
	return group
}

func step(action string, fields map[string]string) workflow.Step {
	return workflow.Step{ID: strings.ReplaceAll(action, ".", "_"), Title: action, Action: action, Fields: fields}
}

func TestMemberAdvice(t *testing.T) {
	t.Parallel()
	w := newRuled(t)
	ada, bob := w.person(t, "Ada", "Sales"), w.person(t, "Bob", "")
	sales := w.rule(t, "Sales", `user.department=="Sales"`, true)
	asleep := w.rule(t, "Asleep", `user.department=="Sales"`, false)
	hard := w.rule(t, "Hard", `String.len(user.firstName) > 1`, true)
	inputs := map[string]string{"who": ada, "other": bob, "none": "", "team": sales}
	for name, c := range map[string]struct {
		steps []workflow.Step
		want  []string // a part of each title
		heavy int
	}{
		"removed, though the rule gives it": {[]workflow.Step{step("group.remove_member", map[string]string{"user": "{{ inputs.who }}", "group": sales})}, []string{"“Sales rule” gives this membership"}, 1},
		"removed, not held":                 {[]workflow.Step{step("group.remove_member", map[string]string{"user": bob, "group": "{{ inputs.team }}"})}, []string{"but not to Bob Hill now"}, 0},
		"added, given anyway":               {[]workflow.Step{step("group.add_member", map[string]string{"user": ada, "group": sales})}, []string{"gives this membership by itself"}, 0},
		"added by hand":                     {[]workflow.Step{step("group.add_member", map[string]string{"user": bob, "group": sales})}, []string{"does not hold for Bob Hill"}, 0},
		"inactive rule":                     {[]workflow.Step{step("group.remove_member", map[string]string{"user": ada, "group": asleep})}, nil, 0},
		"only Okta can tell":                {[]workflow.Step{step("group.remove_member", map[string]string{"user": ada, "group": hard})}, []string{"“Hard rule” assigns Hard"}, 1},
		"nobody yet":                        {[]workflow.Step{step("group.remove_member", map[string]string{"user": "{{ inputs.none }}", "group": sales})}, []string{"assigns Sales"}, 0},
		"group unknown":                     {[]workflow.Step{step("group.remove_member", map[string]string{"user": ada, "group": "{{ steps.x.output.id }}"})}, nil, 0},
		"twice the same": {[]workflow.Step{step("group.add_member", map[string]string{"user": ada, "group": sales}),
			step("group.add_member", map[string]string{"user": ada, "group": sales})}, []string{"by itself"}, 0},
		"created into it": {[]workflow.Step{step("user.create", map[string]string{"department": "Sales", "groups": sales})}, []string{"gives this membership by itself"}, 0},
		"created, then added": {[]workflow.Step{step("user.create", map[string]string{"department": "Sales"}),
			step("group.add_member", map[string]string{"user": "{{ steps.user_create.output.id }}", "group": sales})}, []string{"gives this membership by itself"}, 0},
		"created without what it tests": {[]workflow.Step{step("user.create", map[string]string{"groups": sales})}, []string{"“Sales rule” assigns Sales"}, 0},
		"replaced":                      {[]workflow.Step{step("group.replace_members", map[string]string{"group": sales, "users": bob})}, []string{"“Sales rule” gives this membership"}, 1},
		"an operation removes":          {[]workflow.Step{step("operation.unassign_user_from_group", map[string]string{"userId": ada, "groupId": sales})}, []string{"“Sales rule” gives this membership"}, 1},
		"an operation adds":             {[]workflow.Step{step("operation.assign_user_to_group", map[string]string{"userId": bob, "groupId": sales})}, []string{"does not hold for Bob Hill"}, 0},
		"an operation creates":          {[]workflow.Step{step("operation.create_user", map[string]string{"profile_department": "Sales", "groupIds": asleep + "\n" + sales})}, []string{"gives this membership by itself"}, 0},
		"an operation of others":        {[]workflow.Step{step("operation.suspend_user", map[string]string{"userId": ada})}, nil, 0},
		"other steps":                   {[]workflow.Step{step("user.suspend", map[string]string{"user": ada})}, nil, 0},
	} {
		f, _ := w.MemberAdvice(t.Context(), workflow.Definition{ApplicationID: w.app.ID, Steps: c.steps}, inputs)
		if f.Unread != "" || len(f.Advice) != len(c.want) {
			t.Errorf("%s: %+v, want %q", name, f, c.want)
			continue
		}
		heavy := 0
		for i, a := range f.Advice {
			if !strings.Contains(a.Title, c.want[i]) {
				t.Errorf("%s: the title is %q, want %q", name, a.Title, c.want[i])
			}
			if a.Weighty {
				heavy++
			}
		}
		if heavy != c.heavy {
			t.Errorf("%s: %d weigh, want %d: %+v", name, heavy, c.heavy, f.Advice)
		}
	}
}

// TestMemberAdviceOfAnException: who was removed by hand is an exception, which a later addition should know.
func TestMemberAdviceOfAnException(t *testing.T) {
	t.Parallel()
	w := newRuled(t)
	ada := w.person(t, "Ada", "Sales")
	sales := w.rule(t, "Sales", `user.department=="Sales"`, true)
	w.send(t, http.MethodDelete, "/api/v1/groups/"+sales+"/users/"+ada, nil)
	for action, change := range map[string]map[string]string{
		"group.add_member": {"user": ada, "group": sales}, "group.remove_member": {"user": ada, "group": sales}, "group.replace_members": {"users": ada, "group": sales},
	} {
		f, _ := w.MemberAdvice(t.Context(), workflow.Definition{ApplicationID: w.app.ID, Steps: []workflow.Step{step(action, change)}}, nil)
		if len(f.Advice) != 1 || !strings.Contains(f.Advice[0].Title, "as an exception") {
			t.Errorf("%s: %+v", action, f)
		}
	}
}

// TestMemberAdviceWithoutTheOrg: what can't be read is said, and stops nothing.
func TestMemberAdviceWithoutTheOrg(t *testing.T) {
	t.Parallel()
	w := newRuled(t)
	d := workflow.Definition{ApplicationID: w.app.ID, Steps: []workflow.Step{step("group.add_member", map[string]string{"user": "00u1", "group": "00g1"})}}
	if err := w.Pause(t.Context(), w.app.ID, auth.User{ID: "u1"}); err != nil {
		t.Fatal(err)
	}
	if f, _ := w.MemberAdvice(t.Context(), d, nil); !f.Asked || !strings.Contains(f.Unread, "is paused") || len(f.Advice) != 0 {
		t.Errorf("paused: %+v", f)
	}
}
