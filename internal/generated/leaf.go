package generated

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"caracal/okta"
	"caracal/workflow"
)

const (
	zonePath   = "/api/v1/zones"
	policyPath = "/api/v1/policies"
	originPath = "/api/v1/trustedOrigins"
)

// Leaves generates what nothing else lies in, but for rules in policies: zones, sign-on policies with rules that name zones,
// and trusted origins. Workflows change, delete and make them from then on.
func (l *Land) Leaves(t *rapid.T) {
	for i := range 2 {
		l.Zones = append(l.Zones, l.Make(t, zonePath, map[string]any{"type": "IP", "name": fmt.Sprintf("Z%d", i), "gateways": []any{map[string]any{"type": "CIDR", "value": fmt.Sprintf("10.%d.0.0/16", i)}}}))
	}
	for i := range 2 {
		policy := l.Make(t, policyPath, map[string]any{"type": "OKTA_SIGN_ON", "name": fmt.Sprintf("P%d", i), "description": "d"})
		l.Policies = append(l.Policies, policy)
		for j := range 2 {
			body := map[string]any{"type": "SIGN_ON", "name": fmt.Sprintf("R%d", j), "actions": map[string]any{"signon": map[string]any{"access": "ALLOW"}}}
			if rapid.Bool().Draw(t, "by zone") {
				body["conditions"] = map[string]any{"network": map[string]any{"connection": "ZONE", "include": []any{rapid.SampledFrom(l.Zones).Draw(t, "zone")}}}
			}
			rule := l.Make(t, policyPath+"/"+policy+"/rules", body)
			l.PolicyRules = append(l.PolicyRules, policy+"/"+rule)
			if rapid.IntRange(0, 2).Draw(t, "rule off") == 0 {
				l.Make(t, policyPath+"/"+policy+"/rules/"+rule+"/lifecycle/deactivate", nil)
			}
		}
	}
	l.Origins = []string{l.Make(t, originPath, map[string]any{"name": "O", "origin": "https://o.example.com", "scopes": []any{map[string]any{"type": "CORS"}}})}
}

// leaf adds a step about a leaf object.
func (w *draw) leaf(add func(id string, fields ...string) string, n string) {
	zone := w.pick("zone", w.l.Zones)
	policy, rule, _ := strings.Cut(w.pick("policy rule", w.l.PolicyRules), "/")
	access := w.pick("access", []string{"ALLOW", "DENY"})
	switch w.pick("leaf", []string{"zone off", "zone off", "zone gone", "zone gone", "zone made", "rule changed", "rule changed", "rule free", "rule free", "rule gone", "rule gone", "rule made", "rule off", "policy gone", "origin gone"}) {
	case "zone off":
		add("operation.deactivate_network_zone", "zoneId", zone)
	case "zone gone":
		add("operation.delete_network_zone", "zoneId", zone)
	case "zone made":
		add("operation.create_network_zone_ip", "name", w.pick("zone name", []string{"Zone " + n, "z1"}), "gateways", `[{"type": "CIDR", "value": "10.9.0.0/16"}]`)
	case "rule changed":
		add("operation.replace_policy_rule_sign_on", "policyId", policy, "ruleId", rule, "type", "SIGN_ON", "name", "Rule "+n, "conditions_network_connection", "ZONE", "conditions_network_include", zone, "actions_signon_access", access)
	case "rule free":
		add("operation.replace_policy_rule_sign_on", "policyId", policy, "ruleId", rule, "type", "SIGN_ON", "name", "Rule "+n, "conditions_network_connection", "ANYWHERE", "actions_signon_access", access)
	case "rule gone":
		add("operation.delete_policy_rule", "policyId", policy, "ruleId", rule)
	case "rule made":
		add("operation.create_policy_rule_sign_on", "policyId", policy, "type", "SIGN_ON", "name", w.pick("rule name", []string{"Rule " + n, "R1"}), "priority", w.pick("priority", []string{"", "1", "2"}), "actions_signon_access", access)
	case "rule off":
		add("operation.deactivate_policy_rule", "policyId", policy, "ruleId", rule)
	case "policy gone":
		add("operation.delete_policy", "policyId", policy)
	case "origin gone":
		add("operation.delete_trusted_origin", "trustedOriginId", w.l.Origins[0])
	}
}

// IsLeaf reports whether a step is about a leaf object.
func IsLeaf(s workflow.RunStep) bool {
	return strings.HasPrefix(s.Action, "operation.") && !strings.HasSuffix(s.Action, "_group_rule")
}

// Shown are the leaf objects as a person knows them: by their names, and by those of what they name.
func (l *Land) Shown(t T) (list []string) {
	zones := l.read(t, zonePath)
	names := map[string]string{}
	for _, z := range zones {
		names[z["id"].(string)] = z["name"].(string)
	}
	show := func(of string, o map[string]any) {
		for _, name := range []string{"id", "created", "lastUpdated", "_links"} {
			delete(o, name)
		}
		raw, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		text := string(raw)
		for id, name := range names {
			text = strings.ReplaceAll(text, id, name)
		}
		list = append(list, of+" "+text)
	}
	for _, p := range l.read(t, policyPath+"?type=OKTA_SIGN_ON") {
		for _, r := range l.read(t, policyPath+"/"+p["id"].(string)+"/rules") {
			show(p["name"].(string)+" rule", r)
		}
		show("policy", p)
	}
	for _, z := range zones {
		show("zone", z)
	}
	for _, o := range l.read(t, originPath) {
		show("origin", o)
	}
	slices.Sort(list)
	return list
}

func (l *Land) read(t T, path string) (list []map[string]any) {
	path, query, _ := strings.Cut(path, "?")
	request := okta.Request{Method: http.MethodGet, Path: path}
	if name, value, ok := strings.Cut(query, "="); ok {
		request.Query = map[string][]string{name: {value}}
	}
	resp, err := l.Client.Do(context.Background(), request)
	if err == nil {
		err = okta.Decode(resp, &list)
	}
	if err != nil {
		t.Fatalf("GET %s: %v", path, err)
	}
	return list
}
