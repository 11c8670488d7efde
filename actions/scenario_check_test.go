package actions

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"caracal/workflow"
)

func statusIs(want string) func(*testing.T, *world, map[string]string, workflow.Output) {
	return func(t *testing.T, w *world, in map[string]string, out workflow.Output) {
		t.Helper()
		if got := w.status(in["user"]); got != want {
			t.Errorf("status is %s, want %s", got, want)
		}
		if out != nil && out["status"] != want {
			t.Errorf("output is %v", out)
		}
	}
}

func ada(active bool) func(*world) map[string]string {
	return func(w *world) map[string]string {
		return map[string]string{"user": w.person("ada@example.com", active)}
	}
}

func inGroup(w *world) map[string]string {
	in := ada(true)(w)
	in["group"] = w.group("Engineering")
	return in
}

// field puts one field of all items of a list output side by side, in the order of their text.
func field(out workflow.Output, list, name string) string {
	var all []string
	for _, item := range out[list].([]any) {
		all = append(all, fmt.Sprint(item.(map[string]any)[name]))
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

func withFactors(kinds ...string) func(*world) map[string]string {
	return func(w *world) map[string]string {
		in := ada(true)(w)
		for _, kind := range kinds {
			profile := map[string]any{"question": "disliked_food", "answer": "mayonnaise"}
			if kind == "sms" {
				profile = map[string]any{"phoneNumber": "+14155551337"}
			}
			w.api("POST", "/api/v1/users/"+in["user"]+"/factors?activate=true", map[string]any{"factorType": kind, "provider": "OKTA", "profile": profile})
		}
		return in
	}
}

func enrolled(want bool, count int) func(*testing.T, *world, map[string]string, workflow.Output) {
	return func(t *testing.T, _ *world, _ map[string]string, out workflow.Output) {
		t.Helper()
		if out != nil && (out["enrolled"] != want || out["count"] != count || out["names"] == "") {
			t.Errorf("output is %v", out)
		}
	}
}

func isGone(t *testing.T, w *world, in map[string]string, _ workflow.Output) {
	t.Helper()
	if s := w.status(in["user"]); s != "gone" {
		t.Errorf("the user is %s", s)
	}
}

func findsAda(t *testing.T, _ *world, _ map[string]string, out workflow.Output) {
	t.Helper()
	if out != nil && (out["email"] != "ada@example.com" || out["first_name"] != "Ada" || out["status"] != "ACTIVE") {
		t.Errorf("output is %v", out)
	}
}

func ruleIs(want string) func(*testing.T, *world, map[string]string, workflow.Output) {
	return func(t *testing.T, w *world, in map[string]string, _ workflow.Output) {
		t.Helper()
		if r := w.api("GET", "/api/v1/groups/rules/"+in["rule"], nil); r["status"] != want {
			t.Errorf("rule is %v", r)
		}
	}
}

func appIs(want string) func(*testing.T, *world, map[string]string, workflow.Output) {
	return func(t *testing.T, w *world, in map[string]string, _ workflow.Output) {
		t.Helper()
		if a := w.api("GET", "/api/v1/apps/"+in["app"], nil); a["status"] != want {
			t.Errorf("app is %v", a)
		}
	}
}
