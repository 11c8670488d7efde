package actions

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"caracal/catalog"
	"caracal/fault"
	"caracal/okta"
	"caracal/workflow"
)

func operationsSet(t *testing.T) *Set {
	t.Helper()
	c, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	set, err := NewSet(append(All(), Operations(c)...))
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestOperationAsAStep(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.run = operationsSet(t).Executor(func(context.Context, string) (*okta.Client, error) { return w.okta, nil })
	made := w.do("operation.create_group", map[string]string{"profile_name": `Quote " and }`, "profile_description": "x\ny"})
	id, _ := made["id"].(string)
	if id == "" {
		t.Fatalf("no id in %v", made)
	}
	read := w.do("operation.get_group", map[string]string{"groupId": id})
	profile, _ := read["answer"].(map[string]any)["profile"].(map[string]any)
	if profile["name"] != `Quote " and }` || profile["description"] != "x\ny" {
		t.Errorf("the group is %v", read)
	}
	list := w.do("operation.list_groups", map[string]string{"limit_entries": "1"})
	if list["count"] != 1 {
		t.Errorf("the list is %v", list)
	}
	w.do("operation.delete_group", map[string]string{"groupId": id})
	for _, tt := range []struct {
		action string
		in     map[string]string
		kind   fault.Kind
	}{
		{"operation.get_group", map[string]string{"groupId": id}, fault.NotFound},
		{"operation.list_groups", map[string]string{"limit_entries": "0"}, fault.Invalid},
		{"operation.get_group", map[string]string{"groupId": "../users"}, fault.Invalid},
		{"operation.create_network_zone_ip", map[string]string{}, fault.Invalid},
	} {
		if _, err := w.run.Do(t.Context(), w.call(tt.action, tt.in, 1)); !fault.Is(err, tt.kind) {
			t.Errorf("%s %v: %v, want %v", tt.action, tt.in, err, tt.kind)
		}
	}
	found, err := w.run.Find(t.Context(), w.call("operation.create_group", map[string]string{"profile_name": "x"}, 2))
	if err != nil || found.Known || found.Words == "" {
		t.Errorf("what became of a creation is %+v, %v", found, err)
	}
}

// TestBlanksAreSent: what is left out, an empty text and null are three things to Okta, and arrive as such.
func TestBlanksAreSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.run = operationsSet(t).Executor(func(context.Context, string) (*okta.Client, error) { return w.okta, nil })
	id := w.person("ada@example.com", false)
	w.api("POST", "/api/v1/users/"+id, map[string]any{"profile": map[string]any{"title": "Countess", "city": "London", "department": "Maths", "nickName": "Ada"}})
	w.do("operation.update_user", map[string]string{"userId": id, "profile_firstName": "Augusta", "profile_title": "", "profile_city": "", "when_empty:profile_city": "null",
		"profile_department": "", "when_empty:profile_department": "empty", "profile_nickName": "Gus", "when_empty:profile_nickName": "null"})
	profile := w.api("GET", "/api/v1/users/"+id, nil)["profile"].(map[string]any)
	if profile["firstName"] != "Augusta" || profile["title"] != "Countess" || profile["city"] != nil || profile["department"] != "" || profile["nickName"] != "Gus" {
		t.Errorf("the profile is %v", profile)
	}
	action, ok := operationsSet(t).find("operation.create_event_hook")
	if !ok {
		t.Fatal("there is no such operation")
	}
	// What Okta requires may be sent empty, for Okta to judge. It can't be left out, and null is nothing it takes.
	for blank, want := range map[string]string{"": "Enter name.", "null": `"null" is not one of the choices.`, "empty": ""} {
		in, err := action.values(map[string]string{"name": "", "when_empty:name": blank, "events_type": "EVENT_TYPE", "events_items": "user.lifecycle.create", "channel_type": "HTTP"})
		if got := fault.Message(err); err != nil && got != want || (err == nil) != (want == "") || err == nil && in["when_empty:name"] != blank {
			t.Errorf("a name that is sent as %q: %v, %v", blank, in, err)
		}
	}
	filter, ok := action.Field("events_filter")
	if !ok || len(filter.Options) > 0 || len(filter.Blanks) != 1 || filter.Blanks[0].Value != catalog.BlankNull {
		t.Errorf("an object that may be null as a whole is %+v", filter)
	}
}

// TestOrgsOwnAttributesAreSent: each as the kind of value that the step says, whatever an expression made of it.
func TestOrgsOwnAttributesAreSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.run = operationsSet(t).Executor(func(context.Context, string) (*okta.Client, error) { return w.okta, nil })
	property := func(kind string) map[string]any { return map[string]any{"title": "T", "type": kind} }
	list := property("array")
	list["items"] = map[string]any{"type": "integer"}
	w.api("POST", "/api/v1/meta/schemas/user/default", map[string]any{"definitions": map[string]any{"custom": map[string]any{"id": "#custom", "type": "object", "properties": map[string]any{
		"shoe": property("integer"), "ratio": property("number"), "remote": property("boolean"), "badge": property("string"), "rooms": list, "old": property("string")}}}})
	id := w.person("ada@example.com", false)
	w.api("POST", "/api/v1/users/"+id, map[string]any{"profile": map[string]any{"old": "x"}})
	in := map[string]string{"userId": id, "profile_title": "Countess", "profile_more": `{"city": "London"}`,
		"profile_shoe": "44", "own:profile_shoe": "integer", "profile_ratio": "0.5", "own:profile_ratio": "number", "profile_remote": "true", "own:profile_remote": "boolean",
		"profile_badge": "0042", "own:profile_badge": "text", "profile_rooms": "1\n2", "own:profile_rooms": "integers",
		"profile_old": "", "own:profile_old": "text", "when_empty:profile_old": "null"}
	w.do("operation.update_user", in)
	got, _ := json.Marshal(w.api("GET", "/api/v1/users/"+id, nil)["profile"])
	want := `{"badge":"0042","city":"London","email":"ada@example.com","firstName":"Ada","lastName":"Lovelace","login":"ada@example.com","mobilePhone":null,"ratio":0.5,"remote":true,"rooms":[1,2],"secondEmail":null,"shoe":44,"title":"Countess"}`
	if string(got) != want {
		t.Errorf("the profile is\n%s, want\n%s", got, want)
	}
	in["profile_shoe"] = "large"
	if _, err := w.run.Do(t.Context(), w.call("operation.update_user", in, 1)); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "not a number") {
		t.Errorf("a shoe that is large: %v", err)
	}
	// The profile of a person in an app has no described field at all; what is written as JSON goes along.
	app, grace := w.bookmark(), w.person("grace@example.com", true)
	w.api("POST", "/api/v1/meta/schemas/apps/"+app+"/default", map[string]any{"definitions": map[string]any{"custom": map[string]any{"id": "#custom", "type": "object", "properties": map[string]any{"seat": property("integer"), "note": property("string")}}}})
	w.do("operation.assign_user_to_application", map[string]string{"appId": app, "id": grace, "profile": `{"note": "hi"}`, "profile_seat": "7", "own:profile_seat": "integer"})
	if profile := w.api("GET", "/api/v1/apps/"+app+"/users/"+grace, nil)["profile"].(map[string]any); profile["seat"] != 7.0 || profile["note"] != "hi" {
		t.Errorf("the profile in the app is %v", profile)
	}
}

func TestOneSpelling(t *testing.T) {
	t.Parallel()
	if workflow.Reads != workflow.Effect(catalog.Reads) || workflow.Destroys != workflow.Effect(catalog.Destroys) || workflow.Changes != workflow.Effect(catalog.Changes) {
		t.Error("effects have two spellings")
	}
}
