package actions

import (
	"strings"
	"testing"

	"caracal/grouprule"
)

// ruled makes a group that an active rule fills with the department Sales, Ada whom it fills it with, and Bob.
func ruled(w *world) (rule, group, ada, bob string) {
	ada, bob, group = w.person("ada@example.com", true), w.person("bob@example.com", true), w.group("Sales")
	w.api("POST", "/api/v1/users/"+ada, map[string]any{"profile": map[string]any{"department": "Sales"}})
	rule = w.rule(group)
	w.api("POST", "/api/v1/groups/rules/"+rule+"/lifecycle/activate", nil)
	return rule, group, ada, bob
}

func noteOf(t *testing.T, w *world, action string, in map[string]string, want ...string) {
	t.Helper()
	note, _ := w.do(action, in)["rule_note"].(string)
	for _, part := range want {
		if !strings.Contains(note, part) {
			t.Errorf("%s: the note %q does not say %q", action, note, part)
		}
	}
	if len(want) == 0 && note != "" {
		t.Errorf("%s: the note %q, want none", action, note)
	}
}

func TestRuleNotesOfOneMember(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rule, group, ada, bob := ruled(w)
	of := func(user string) map[string]string { return map[string]string{"user": user, "group": group} }
	if got := w.members(group); got != "ada@example.com" {
		t.Fatalf("the rule gives the group to %s", got)
	}
	noteOf(t, w, "group.add_member", of(ada), "“Sales people” gives this membership to ada@example.com by itself")
	noteOf(t, w, "group.add_member", of(bob), "does not hold for bob@example.com", "until somebody removes it")
	noteOf(t, w, "group.remove_member", of(bob), "does not hold for bob@example.com now")
	noteOf(t, w, "group.remove_member", of(ada), "ada@example.com is on the exception list of the group rule “Sales people” now")
	noteOf(t, w, "group.remove_member", of(ada), "was an exception")
	noteOf(t, w, "group.add_member", of(ada), "on the exception list", "until somebody removes it")
	w.do("group_rule.deactivate", map[string]string{"rule": rule}) // what was read before is not used any more
	noteOf(t, w, "group.add_member", of(ada))
	noteOf(t, w, "group.remove_member", of(ada))
}

func TestRuleNotesOfMany(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, group, _, bob := ruled(w)
	noteOf(t, w, "group.replace_members", map[string]string{"group": group, "users": bob}, "1 of those removed is on the exception list")
	noteOf(t, w, "user.create", map[string]string{"first_name": "Eve", "last_name": "Hill", "email": "eve@example.com", "department": "Sales", "groups": group},
		"gives this membership to eve@example.com by itself")
	noteOf(t, w, "user.create", map[string]string{"first_name": "Joe", "last_name": "Hill", "email": "joe@example.com", "groups": group},
		"does not hold for joe@example.com")
	noteOf(t, w, "user.create", map[string]string{"first_name": "Sue", "last_name": "Hill", "email": "sue@example.com", "department": "Sales"})
}

// TestRuleNotesWithoutSight: a condition that only Okta can work out, and a connection that may not read rules.
func TestRuleNotesWithoutSight(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada, group := w.person("ada@example.com", true), w.group("Everybody")
	rule := w.api("POST", "/api/v1/groups/rules", map[string]any{"type": "group_rule", "name": "Long names",
		"conditions": map[string]any{"expression": map[string]any{"value": `String.len(user.firstName) > 1`, "type": "urn:okta:expression:1.0"}},
		"actions":    map[string]any{"assignUserToGroups": map[string]any{"groupIds": []string{group}}}})["id"].(string)
	w.api("POST", "/api/v1/groups/rules/"+rule+"/lifecycle/activate", nil)
	in := map[string]string{"user": ada, "group": group}
	noteOf(t, w, "group.add_member", in, "can't be told", "String.len")
	noteOf(t, w, "group.remove_member", in, "is on the exception list")

	narrow := newWorld(t, "okta.users.manage")
	joe, mine := narrow.person("joe@example.com", true), narrow.group("Mine")
	call := narrow.client()
	call.application, call.rules = "app1", &grouprule.Reader{}
	m := call.lookAtRules(t.Context(), mine, joe)
	if note := call.removed(t.Context(), m); !strings.Contains(note, "could not be read") {
		t.Errorf("without the scope: %q", note)
	}
}
