package undo_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"caracal/catalog"
	"caracal/db"
	"caracal/engine"
	"caracal/internal/app"
	"caracal/internal/generated"
	"caracal/okta"
	"caracal/oktasim"
	"caracal/undo"
	"caracal/workflow"
)

// newOrg is a world around an org as it is on its first day.
func newOrg(t *testing.T) *world {
	t.Helper()
	cat, err := catalog.Shared()
	if err != nil {
		t.Fatal(err)
	}
	set, err := app.Actions(catalog.NewLive(cat))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{}
	w.land = generated.Connect(t, w.now)
	w.open(t, &db.Scratch{Folder: t.TempDir()}, set)
	return w
}

// call is a step that calls an operation.
func call(id, operation string, fields ...string) workflow.Step {
	s := workflow.Step{ID: id, Title: strings.ReplaceAll(operation, "_", " "), Action: "operation." + operation, Fields: map[string]string{}}
	for i := 0; i+1 < len(fields); i += 2 {
		s.Fields[fields[i]] = fields[i+1]
	}
	return s
}

// ran runs steps to their end.
func (w *world) ran(t *testing.T, steps ...workflow.Step) workflow.Run {
	t.Helper()
	v := w.publish(t, workflow.Definition{Name: "Tidy up", ApplicationID: generated.Application, Steps: steps})
	id, err := w.engine.StartRun(context.Background(), engine.StartRequest{Version: v, By: ben})
	if err != nil {
		t.Fatal(err)
	}
	run := w.end(t, id)
	if run.State != workflow.RunSucceeded {
		t.Fatalf("the run %s: %s", run.State, run.Error)
	}
	return run
}

// get reads something of the org.
func (w *world) get(t *testing.T, path string) any {
	t.Helper()
	resp, err := w.land.Client.Do(t.Context(), okta.Request{Method: http.MethodGet, Path: path})
	if err != nil {
		t.Fatalf("GET %s: %v", path, err)
	}
	var v any
	if err := okta.Decode(resp, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// named finds an entry of a list by its name; nil where there is none.
func (w *world) named(t *testing.T, list, name string) map[string]any {
	t.Helper()
	entries, _ := w.get(t, list).([]any)
	for _, e := range entries {
		if o, _ := e.(map[string]any); o["name"] == name {
			return o
		}
	}
	return nil
}

const (
	zoneList   = "/api/v1/zones"
	policyList = "/api/v1/policies"
)

func (w *world) zone(t *testing.T, name string) string {
	t.Helper()
	return w.land.Make(t, zoneList, map[string]any{"type": "IP", "name": name, "gateways": []any{map[string]any{"type": "CIDR", "value": "10.0.0.0/8"}}})
}

// office is a policy with a rule about a zone.
func (w *world) office(t *testing.T, zone string) (policy, rules, rule string) {
	t.Helper()
	policy = w.land.Make(t, policyList, map[string]any{"type": "OKTA_SIGN_ON", "name": "Office", "description": "d"})
	rules = policyList + "/" + policy + "/rules"
	rule = w.land.Make(t, rules, map[string]any{"type": "SIGN_ON", "name": "At home", "priority": 1, "conditions": map[string]any{"network": map[string]any{"connection": "ZONE", "include": []any{zone}}},
		"actions": map[string]any{"signon": map[string]any{"access": "ALLOW"}}})
	return policy, rules, rule
}

func (w *world) withoutZone(policy, rule string) workflow.Step {
	return call("rule", "replace_policy_rule_sign_on", "policyId", policy, "ruleId", rule, "name", "At home", "priority", "1", "conditions_network_connection", "ANYWHERE", "actions_signon_access", "ALLOW")
}

// TestNewIDsWithinAnUndo holds that what an undo makes anew is named by its new id by the steps that are taken back after it.
func TestNewIDsWithinAnUndo(t *testing.T) {
	t.Parallel()
	w := newOrg(t)
	zone := w.zone(t, "HQ")
	policy, rules, rule := w.office(t, zone)
	run := w.ran(t, w.withoutZone(policy, rule), call("off", "deactivate_network_zone", "zoneId", zone), call("gone", "delete_network_zone", "zoneId", zone))
	p := w.plan(t, run.ID)
	if len(p.Ticked()) != 3 || !strings.Contains(strings.Join(p.Entries[0].Lost, " "), "under another id than "+zone) {
		t.Fatalf("the plan:\n%s", words(p))
	}
	d, err := p.Definition()
	if raw, wrong := json.Marshal(d.Steps); err != nil || wrong != nil || strings.Count(string(raw), "{{ steps.undo_1.output.id }}") < 2 {
		t.Errorf("a rehearsal does not name what it makes: %s, %v, %v", raw, err, wrong)
	}
	if undone := w.take(t, p); undone.State != workflow.RunSucceeded {
		t.Fatalf("the undo %s: %s\n%s", undone.State, undone.Error, refusals(w.failed(t, undone)))
	}
	made := w.named(t, zoneList, "HQ")
	if made == nil || made["id"] == zone || made["status"] != "ACTIVE" {
		t.Fatalf("the zone is %v", made)
	}
	raw, err := json.Marshal(w.get(t, rules+"/"+rule))
	if err != nil || !strings.Contains(string(raw), `"include":["`+made["id"].(string)+`"]`) {
		t.Errorf("the rule names another zone: %s, %v", raw, err)
	}
	for _, e := range w.plan(t, run.ID).Entries {
		if e.State != undo.Taken {
			t.Errorf("%s is %s afterwards: %s", e.Step.Title, e.State, e.Why)
		}
	}
}

// TestRuleInAPolicyThatGoes holds that a policy comes back with the rules that it had before the run, and without the one that
// the run made in it.
func TestRuleInAPolicyThatGoes(t *testing.T) {
	t.Parallel()
	w := newOrg(t)
	policy, _, _ := w.office(t, w.zone(t, "HQ"))
	run := w.ran(t, call("add", "create_policy_rule_sign_on", "policyId", policy, "name", "Abroad", "type", "SIGN_ON", "priority", "1", "actions_signon_access", "DENY"), call("gone", "delete_policy", "policyId", policy))
	p := w.plan(t, run.ID)
	if undone := w.take(t, p); undone.State != workflow.RunSucceeded || len(p.Ticked()) != 2 {
		t.Fatalf("the undo %s: %s\n%s\n%s", undone.State, undone.Error, words(p), refusals(w.failed(t, undone)))
	}
	made := w.named(t, policyList+"?type=OKTA_SIGN_ON", "Office")
	if made == nil || made["id"] == policy {
		t.Fatalf("the policy is %v", made)
	}
	rules := policyList + "/" + made["id"].(string) + "/rules"
	if list, _ := w.get(t, rules).([]any); len(list) != 1 {
		t.Errorf("its rules are %v", list)
	}
	if home := w.named(t, rules, "At home"); home == nil || home["priority"] != 1.0 || home["status"] != "ACTIVE" {
		t.Errorf("its rule is %v", home)
	}
}

// TestMadeAndDeletedByTheRun holds that nothing is made anew that the run itself had made.
func TestMadeAndDeletedByTheRun(t *testing.T) {
	t.Parallel()
	w := newOrg(t)
	run := w.ran(t, call("made", "create_network_zone_ip", "name", "HQ", "gateways", `[{"type": "CIDR", "value": "10.1.0.0/16"}]`), call("off", "deactivate_network_zone", "zoneId", "{{ steps.made.output.id }}"),
		call("gone", "delete_network_zone", "zoneId", "{{ steps.made.output.id }}"))
	for _, e := range w.plan(t, run.ID).Entries {
		if e.State != undo.Nothing || !strings.Contains(e.Why, "made it and deleted it again") {
			t.Errorf("%s is %s: %s", e.Step.Title, e.State, e.Why)
		}
	}
}

// TestAnotherOfTheName holds that nothing is made anew where somebody has made another one of the same name, whether a plan
// saw it or it came after the plan.
func TestAnotherOfTheName(t *testing.T) {
	t.Parallel()
	w := newOrg(t)
	zone := w.zone(t, "HQ")
	w.land.Make(t, zoneList+"/"+zone+"/lifecycle/deactivate", nil)
	run := w.ran(t, call("gone", "delete_network_zone", "zoneId", zone))
	p := w.plan(t, run.ID)
	if len(p.Ticked()) != 1 {
		t.Fatalf("the plan:\n%s", words(p))
	}
	other := w.zone(t, "hq") // Okta takes names in any capitals
	late := w.take(t, p)
	if late.State != workflow.RunSucceeded || late.Steps[0].State != workflow.StepSkipped || !strings.Contains(late.Steps[0].Finding, "another one of the same name by now, at "+zoneList+"/"+other) {
		t.Errorf("it came after the plan: %s %s", late.Steps[0].State, late.Steps[0].Finding)
	}
	p = w.plan(t, run.ID)
	if e := p.Entries[0]; e.State != undo.Changed || e.Ticked || !strings.Contains(e.Why, "another one of the same name") {
		t.Errorf("%s: %s", e.State, e.Why)
	}
	p.Choose(&undo.Selection{IDs: map[string]bool{p.Entries[0].ID: true}})
	if forced := w.take(t, p); forced.State != workflow.RunFailed || !strings.Contains(forced.Error, "already exists") {
		t.Errorf("a person wanted it all the same: %s %s", forced.State, forced.Error)
	}
	if named := w.named(t, zoneList, "hq"); named["id"] != other {
		t.Errorf("the other one is %v", named)
	}
}

// TestNotMadeAnew holds that a plan does not suggest what names something that is not made anew, and says why.
func TestNotMadeAnew(t *testing.T) {
	t.Parallel()
	w := newOrg(t)
	zone := w.zone(t, "HQ")
	policy, _, rule := w.office(t, zone)
	run := w.ran(t, w.withoutZone(policy, rule), call("off", "deactivate_network_zone", "zoneId", zone), call("gone", "delete_network_zone", "zoneId", zone))
	p := w.plan(t, run.ID)
	p.Choose(&undo.Selection{IDs: map[string]bool{p.Entries[2].ID: true}})
	if e := p.Entries[2]; e.State != undo.Refused || !strings.Contains(e.Why, "“delete network zone” deleted and that is not made anew") {
		t.Errorf("the rule: %s %s", e.State, e.Why)
	}
	if e := p.Entries[1]; e.Ticked {
		t.Errorf("the zone would be turned on: %s %s", e.State, e.Why)
	}
}

// TestMadeAnewEarlier holds that a second undo goes on where the first one stopped, with the new id.
func TestMadeAnewEarlier(t *testing.T) {
	t.Parallel()
	w := newOrg(t)
	zone := w.zone(t, "HQ")
	policy, rules, rule := w.office(t, zone)
	run := w.ran(t, w.withoutZone(policy, rule), call("off", "deactivate_network_zone", "zoneId", zone), call("gone", "delete_network_zone", "zoneId", zone))
	w.land.Sim.SetFault(func(r *http.Request) *oktasim.Fault {
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/lifecycle/deactivate") || r.Method == http.MethodPut {
			return oktasim.ErrorFault(http.StatusForbidden, "E0000006", "You do not have permission to perform the requested action")
		}
		return nil
	})
	if first := w.take(t, w.plan(t, run.ID)); first.State != workflow.RunFailed {
		t.Fatalf("the first undo %s", first.State)
	}
	w.land.Sim.SetFault(nil)
	p := w.plan(t, run.ID)
	if second := w.take(t, p); second.State != workflow.RunSucceeded {
		t.Fatalf("the second undo %s: %s\n%s\n%s", second.State, second.Error, words(p), refusals(w.failed(t, second)))
	}
	made := w.named(t, zoneList, "HQ")
	raw, err := json.Marshal(w.get(t, rules+"/"+rule))
	if err != nil || made["status"] != "ACTIVE" || !strings.Contains(string(raw), made["id"].(string)) {
		t.Errorf("the zone is %v, and the rule %s, %v", made, raw, err)
	}
}

// TestMembershipGivenByARule holds that a plan tells where a group rule gives a membership by now that the run had given by
// hand, and does not suggest to take it away; and that it does where the same undo puts back what made the rule give it.
func TestMembershipGivenByARule(t *testing.T) {
	t.Parallel()
	w := newOrg(t)
	group := w.land.Make(t, "/api/v1/groups", map[string]any{"profile": map[string]any{"name": "Sales"}})
	ada := w.land.Make(t, "/api/v1/users", map[string]any{"profile": map[string]any{"login": "ada@example.com", "email": "ada@example.com", "firstName": "Ada", "lastName": "L", "department": "Sales"}})
	run := w.ran(t, workflow.Step{ID: "join", Title: "Join", Action: "group.add_member", Fields: map[string]string{"group": group, "user": ada}})
	if p := w.plan(t, run.ID); len(p.Ticked()) != 1 {
		t.Fatalf("the plan:\n%s", words(p))
	}
	rule := w.land.Make(t, "/api/v1/groups/rules", map[string]any{"type": "group_rule", "name": "Sellers", "conditions": map[string]any{"expression": map[string]any{"type": "urn:okta:expression:1.0", "value": `user.department=="Sales"`}},
		"actions": map[string]any{"assignUserToGroups": map[string]any{"groupIds": []string{group}}}})
	w.land.Make(t, "/api/v1/groups/rules/"+rule+"/lifecycle/activate", nil)
	p := w.plan(t, run.ID)
	if e := p.Entries[0]; e.State != undo.Changed || e.Ticked || !strings.Contains(e.Why, "“Sellers” gives this membership by now") {
		t.Errorf("it is %s: %s", e.State, e.Why)
	}
	moved := w.ran(t, workflow.Step{ID: "move", Title: "Move", Action: "user.update", Fields: map[string]string{"user": ada, "department": "Legal"}})
	if e := w.plan(t, run.ID).Entries[0]; e.State == undo.Changed && strings.Contains(e.Why, "Sellers") {
		t.Errorf("the rule does not hold for them any more: %s %s", e.State, e.Why)
	}
	w.take(t, w.plan(t, moved.ID))
}

// TestGoneForMany holds that what is known of an object is told of all that need it, also of those that no plan compares.
func TestGoneForMany(t *testing.T) {
	t.Parallel()
	w := newOrg(t)
	group := w.land.Make(t, "/api/v1/groups", map[string]any{"profile": map[string]any{"name": "Everybody here"}})
	people := make([]string, undo.MaxLooks+5)
	for i := range people {
		login := fmt.Sprintf("p%d@example.com", i)
		people[i] = w.land.Make(t, "/api/v1/users", map[string]any{"profile": map[string]any{"login": login, "email": login, "firstName": "P", "lastName": login}})
	}
	if _, err := w.land.Client.Do(t.Context(), okta.Request{Method: http.MethodPut, Path: "/api/v1/groups/" + group + "/users/" + people[0]}); err != nil {
		t.Fatal(err)
	}
	steps := []workflow.Step{}
	for i, id := range people {
		steps = append(steps, workflow.Step{ID: fmt.Sprintf("s%d", i), Title: "Leave", Action: "group.add_member", Fields: map[string]string{"group": group, "user": id}})
	}
	joined := w.ran(t, steps...)
	undone := w.take(t, w.plan(t, joined.ID)) // they leave; taking that back needs the group
	if undone.State != workflow.RunSucceeded {
		t.Fatalf("%s: %s", undone.State, undone.Error)
	}
	if _, err := w.land.Client.Do(t.Context(), okta.Request{Method: http.MethodDelete, Path: "/api/v1/groups/" + group}); err != nil {
		t.Fatal(err)
	}
	p := w.plan(t, undone.ID)
	if never := p.In(undo.Never); len(never) != len(people)-1 || len(p.Ticked()) > 0 {
		t.Errorf("%d of %d can't come back, and %d are ticked; the last is %s: %s", len(never), len(people)-1, len(p.Ticked()), p.Entries[len(p.Entries)-1].State, p.Entries[len(p.Entries)-1].Why)
	}
}
