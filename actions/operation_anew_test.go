package actions

import (
	"encoding/json"
	"strings"
	"testing"

	"caracal/catalog"
	"caracal/workflow"
)

// made makes something as the org's admin, and returns its id.
func (w *world) made(path string, body map[string]any) string {
	w.t.Helper()
	object := w.api("POST", path, body)
	for _, name := range []string{"id", "kid"} {
		if id, ok := object[name].(string); ok {
			return id
		}
	}
	w.t.Fatalf("POST %s gave no id: %v", path, object)
	return ""
}

// first is the id of the first entry of a list.
func (w *world) first(list string) string {
	w.t.Helper()
	var entries []struct{ ID string }
	if err := json.Unmarshal([]byte(w.shown([]string{list})[0]), &entries); err != nil || len(entries) == 0 {
		w.t.Fatalf("GET %s: %v", list, err)
	}
	return entries[0].ID
}

// turnOff turns something off.
func (w *world) turnOff(address string) { w.api("POST", address+"/lifecycle/deactivate", nil) }

const (
	policies    = "/api/v1/policies"
	authServers = "/api/v1/authorizationServers"
)

func (w *world) server() string {
	return w.made(authServers, map[string]any{"name": "orders", "description": "d", "audiences": []any{"api://orders"}})
}

// rules are three rules of a policy, of which the second is off.
func (w *world) rules(list string, body map[string]any) (ids []string) {
	for _, name := range []string{"First", "Second", "Third"} {
		body["name"] = name
		ids = append(ids, w.made(list, body))
	}
	w.turnOff(list + "/" + ids[1])
	return ids
}

func tokenRule() map[string]any {
	return map[string]any{"type": "RESOURCE_ACCESS", "conditions": map[string]any{"grantTypes": map[string]any{"include": []any{"client_credentials"}}, "scopes": map[string]any{"include": []any{"*"}}},
		"actions": map[string]any{"token": map[string]any{"accessTokenLifetimeMinutes": 60}}}
}

func (w *world) hook(list string, config map[string]any) string {
	body := map[string]any{"name": "Feed", "channel": map[string]any{"type": "HTTP", "version": "1.0.0", "config": config},
		"events": map[string]any{"type": "EVENT_TYPE", "items": []any{"user.lifecycle.create"}}}
	if strings.Contains(list, "inline") {
		body = map[string]any{"name": "Feed", "type": "com.okta.saml.tokens.transform", "version": "1.0.0", "channel": body["channel"]}
	}
	id := w.made(list, body)
	w.turnOff(list + "/" + id)
	return id
}

func (w *world) customizations() (list, english string) {
	brand := w.first("/api/v1/brands")
	list = "/api/v1/brands/" + brand + "/templates/email/UserActivation/customizations"
	english = w.made(list, map[string]any{"language": "en", "isDefault": true, "subject": "Welcome", "body": "Hello ${activationLink}"})
	w.made(list, map[string]any{"language": "fr", "isDefault": false, "subject": "Bienvenue", "body": "Bonjour ${activationLink}"})
	return list, english
}

// anewScenarios are deletions that are taken back by making what was deleted anew.
var anewScenarios = []operationScenario{
	{"a zone that was off", "operation.delete_network_zone", func(w *world) (map[string]string, []string) {
		id := w.zone("HQ")
		w.turnOff(zones + "/" + id)
		return map[string]string{"zoneId": id}, []string{zones, zones + "/" + id}
	}},
	{"an origin that goes", "operation.delete_trusted_origin", func(w *world) (map[string]string, []string) {
		id := w.made("/api/v1/trustedOrigins", map[string]any{"name": "Portal", "origin": "https://portal.example.com", "scopes": []any{map[string]any{"type": "CORS"}}})
		return map[string]string{"trustedOriginId": id}, []string{"/api/v1/trustedOrigins"}
	}},
	{"a behaviour that was off", "operation.delete_behavior_detection_rule", func(w *world) (map[string]string, []string) {
		id := w.made("/api/v1/behaviors", map[string]any{"name": "Fast", "type": "VELOCITY", "settings": map[string]any{"velocityKph": 805}})
		w.turnOff("/api/v1/behaviors/" + id)
		return map[string]string{"behaviorId": id}, []string{"/api/v1/behaviors"}
	}},
	{"a text message", "operation.delete_sms_template", func(w *world) (map[string]string, []string) {
		id := w.made("/api/v1/templates/sms", map[string]any{"name": "Code", "type": "SMS_VERIFY_CODE", "template": "${code} for ${org.name}", "translations": map[string]any{"es": "${code} de ${org.name}"}})
		return map[string]string{"templateId": id}, []string{"/api/v1/templates/sms"}
	}},
	{"a text of an e-mail", "operation.delete_email_customization", func(w *world) (map[string]string, []string) {
		list, id := w.customizations()
		return map[string]string{"brandId": w.first("/api/v1/brands"), "templateName": "UserActivation", "customizationId": id}, []string{list + "/" + id}
	}},
	{"all texts of an e-mail", "operation.delete_all_customizations", func(w *world) (map[string]string, []string) {
		list, _ := w.customizations()
		return map[string]string{"brandId": w.first("/api/v1/brands"), "templateName": "UserActivation"}, []string{list}
	}},
	{"a scope of a server", "operation.delete_oauth2_scope", func(w *world) (map[string]string, []string) {
		server := w.server()
		id := w.made(authServers+"/"+server+"/scopes", map[string]any{"name": "orders:read", "description": "Read orders", "consent": "REQUIRED"})
		return map[string]string{"authServerId": server, "scopeId": id}, []string{authServers + "/" + server + "/scopes"}
	}},
	{"a claim of a server", "operation.delete_oauth2_claim", func(w *world) (map[string]string, []string) {
		server := w.server()
		list := authServers + "/" + server + "/claims"
		id := w.made(list, map[string]any{"name": "team", "claimType": "RESOURCE", "valueType": "EXPRESSION", "value": "user.department", "status": "INACTIVE"})
		w.made(list, map[string]any{"name": "squad", "claimType": "IDENTITY", "valueType": "EXPRESSION", "value": "user.department"})
		return map[string]string{"authServerId": server, "claimId": id}, []string{list + "/" + id}
	}},
	{"a rule between others of a server", "operation.delete_authorization_server_policy_rule", func(w *world) (map[string]string, []string) {
		server := w.server()
		policy := w.made(authServers+"/"+server+"/policies", map[string]any{"name": "P", "description": "d", "type": "OAUTH_AUTHORIZATION_POLICY", "conditions": map[string]any{"clients": map[string]any{"include": []any{"ALL_CLIENTS"}}}})
		list := authServers + "/" + server + "/policies/" + policy + "/rules"
		ids := w.rules(list, tokenRule())
		return map[string]string{"authServerId": server, "policyId": policy, "ruleId": ids[1]}, []string{list + "/" + ids[0], list + "/" + ids[1], list + "/" + ids[2]}
	}},
	{"a policy of a server with its rules", "operation.delete_authorization_server_policy", func(w *world) (map[string]string, []string) {
		server := w.server()
		policies := authServers + "/" + server + "/policies"
		policy := w.made(policies, map[string]any{"name": "P", "description": "d", "type": "OAUTH_AUTHORIZATION_POLICY", "conditions": map[string]any{"clients": map[string]any{"include": []any{"ALL_CLIENTS"}}}})
		w.made(policies, map[string]any{"name": "Q", "description": "d", "type": "OAUTH_AUTHORIZATION_POLICY", "conditions": map[string]any{"clients": map[string]any{"include": []any{"ALL_CLIENTS"}}}})
		w.rules(policies+"/"+policy+"/rules", tokenRule())
		return map[string]string{"authServerId": server, "policyId": policy}, []string{policies + "/" + policy, policies + "/" + policy + "/rules"}
	}},
	{"a rule between others", "operation.delete_policy_rule", func(w *world) (map[string]string, []string) {
		policy := w.made(policies, map[string]any{"type": "OKTA_SIGN_ON", "name": "Office", "description": "d"})
		list := policies + "/" + policy + "/rules"
		ids := w.rules(list, map[string]any{"type": "SIGN_ON", "conditions": map[string]any{"network": map[string]any{"connection": "ZONE", "include": []any{w.zone("HQ")}}}, "actions": map[string]any{"signon": map[string]any{"access": "ALLOW"}}})
		return map[string]string{"policyId": policy, "ruleId": ids[0]}, []string{list + "/" + ids[0], list + "/" + ids[1], list + "/" + ids[2]}
	}},
	{"a rule of apps that was off", "operation.delete_policy_rule", func(w *world) (map[string]string, []string) {
		policy := w.made(policies, map[string]any{"type": "ACCESS_POLICY", "name": "Strict", "description": "d"})
		list := policies + "/" + policy + "/rules"
		ids := w.rules(list, map[string]any{"type": "ACCESS_POLICY", "actions": map[string]any{"appSignOn": map[string]any{"access": "ALLOW"}}})
		return map[string]string{"policyId": policy, "ruleId": ids[1]}, []string{list + "/" + ids[0], list + "/" + ids[1], list + "/" + ids[2]}
	}},
	{"a policy that was off, with its rules", "operation.delete_policy", func(w *world) (map[string]string, []string) {
		first := w.made(policies, map[string]any{"type": "PASSWORD", "name": "Long", "description": "d", "settings": map[string]any{"password": map[string]any{"complexity": map[string]any{"minLength": 14}}}})
		second := w.made(policies, map[string]any{"type": "PASSWORD", "name": "Short", "description": "d"})
		w.rules(policies+"/"+first+"/rules", map[string]any{"type": "PASSWORD", "actions": map[string]any{"passwordChange": map[string]any{"access": "ALLOW"}}})
		w.turnOff(policies + "/" + first)
		return map[string]string{"policyId": first}, []string{policies + "/" + first, policies + "/" + first + "/rules", policies + "/" + second}
	}},
	{"an app of a policy", "operation.delete_policy_resource_mapping", func(w *world) (map[string]string, []string) {
		policy := w.made(policies, map[string]any{"type": "ACCESS_POLICY", "name": "Strict", "description": "d"})
		list := policies + "/" + policy + "/mappings"
		id := w.made(list, map[string]any{"resourceId": w.bookmark(), "resourceType": "APP"})
		return map[string]string{"policyId": policy, "mappingId": id}, []string{list}
	}},
	{"what devices must be", "operation.delete_device_assurance_policy", func(w *world) (map[string]string, []string) {
		id := w.made("/api/v1/device-assurances", map[string]any{"name": "Phones", "platform": "IOS", "osVersion": map[string]any{"minimum": "17.1.0"}, "jailbreak": false})
		return map[string]string{"deviceAssuranceId": id}, []string{"/api/v1/device-assurances"}
	}},
	{"a realm", "operation.delete_realm", func(w *world) (map[string]string, []string) {
		id := w.made("/api/v1/realms", map[string]any{"profile": map[string]any{"name": "Partners", "realmType": "PARTNER"}})
		return map[string]string{"realmId": id}, []string{"/api/v1/realms"}
	}},
	{"who belongs to a realm", "operation.delete_realm_assignment", func(w *world) (map[string]string, []string) {
		id := w.made("/api/v1/realm-assignments", map[string]any{"name": "Partners", "priority": 2, "conditions": map[string]any{"profileSourceId": "x", "expression": map[string]any{"value": `user.profile.login.contains("@p")`}},
			"actions": map[string]any{"assignUserToRealm": map[string]any{"realmId": w.made("/api/v1/realms", map[string]any{"profile": map[string]any{"name": "Partners"}})}}})
		w.turnOff("/api/v1/realm-assignments/" + id)
		return map[string]string{"assignmentId": id}, []string{"/api/v1/realm-assignments"}
	}},
	{"a group rule", "operation.delete_group_rule", func(w *world) (map[string]string, []string) {
		id := w.made("/api/v1/groups/rules", map[string]any{"type": "group_rule", "name": "Sales", "conditions": map[string]any{"people": map[string]any{"users": map[string]any{"exclude": []any{w.person("ada@example.com", true)}}},
			"expression": map[string]any{"type": "urn:okta:expression:1.0", "value": `user.department=="Sales"`}}, "actions": map[string]any{"assignUserToGroups": map[string]any{"groupIds": []any{w.group("Sales")}}}})
		return map[string]string{"groupRuleId": id}, []string{"/api/v1/groups/rules"}
	}},
	{"an event hook without a secret", "operation.delete_event_hook", func(w *world) (map[string]string, []string) {
		id := w.hook("/api/v1/eventHooks", map[string]any{"uri": "https://hooks.example.com/okta"})
		return map[string]string{"eventHookId": id}, []string{"/api/v1/eventHooks"}
	}},
	{"an inline hook without a secret", "operation.delete_inline_hook", func(w *world) (map[string]string, []string) {
		id := w.hook("/api/v1/inlineHooks", map[string]any{"uri": "https://hooks.example.com/okta", "method": "POST"})
		return map[string]string{"inlineHookId": id}, []string{"/api/v1/inlineHooks"}
	}},
	{"a stream to Amazon", "operation.delete_log_stream", func(w *world) (map[string]string, []string) {
		id := w.made("/api/v1/logStreams", map[string]any{"name": "Lake", "type": "aws_eventbridge", "settings": map[string]any{"accountId": "123456789012", "eventSourceName": "okta-lake", "region": "eu-west-1"}})
		w.turnOff("/api/v1/logStreams/" + id)
		return map[string]string{"logStreamId": id}, []string{"/api/v1/logStreams"}
	}},
	{"a risk provider", "operation.delete_risk_provider", func(w *world) (map[string]string, []string) {
		id := w.made("/api/v1/risk/providers", map[string]any{"name": "Radar", "clientId": w.okta.ClientID(), "action": "enforce_and_log"})
		return map[string]string{"riskProviderId": id}, []string{"/api/v1/risk/providers"}
	}},
	{"a provider of security events", "operation.delete_security_events_provider_instance", func(w *world) (map[string]string, []string) {
		id := w.made("/api/v1/security-events-providers", map[string]any{"name": "Radar", "type": "okta", "settings": map[string]any{"well_known_url": "https://radar.example.com/.well-known/ssf-configuration"}})
		return map[string]string{"securityEventProviderId": id}, []string{"/api/v1/security-events-providers"}
	}},
	{"a form of profiles", "operation.delete_uischemas", func(w *world) (map[string]string, []string) {
		id := w.made("/api/v1/meta/uischemas", map[string]any{"uiSchema": map[string]any{"type": "Group", "label": "Sign up", "buttonLabel": "Send", "elements": []any{map[string]any{"type": "Control", "label": "First name", "scope": "#/properties/firstName"}}}})
		return map[string]string{"id": id}, []string{"/api/v1/meta/uischemas"}
	}},
	{"a certificate of an identity provider", "operation.delete_identity_provider_key", func(w *world) (map[string]string, []string) {
		id := w.made("/api/v1/idps/credentials/keys", map[string]any{"x5c": []any{"MIIDqDCCApCgAwIBAgIGAVGNQFX5MA0GCSqGSIb3DQEBBQUAMIGUMQswCQYDVQQGEwJVUzETMBEG"}})
		return map[string]string{"idpKeyId": id, "kid": id}, []string{"/api/v1/idps/credentials/keys"}
	}},
	{"a custom role", "operation.delete_role", func(w *world) (map[string]string, []string) {
		id := w.made("/api/v1/iam/roles", map[string]any{"label": "Helpers", "description": "d", "permissions": []any{"okta.users.read", "okta.groups.read"}})
		return map[string]string{"roleIdOrLabel": id}, []string{"/api/v1/iam/roles", "/api/v1/iam/roles/" + id + "/permissions"}
	}},
	{"a resource set", "operation.delete_resource_set", func(w *world) (map[string]string, []string) {
		id := w.made("/api/v1/iam/resource-sets", map[string]any{"label": "Berlin", "description": "d", "resources": []any{w.url + "/api/v1/groups/" + w.group("Berlin"), w.url + "/api/v1/users"}})
		return map[string]string{"resourceSetId": id}, []string{"/api/v1/iam/resource-sets", "/api/v1/iam/resource-sets/" + id + "/resources"}
	}},
	{"a relationship", "operation.delete_linked_object_definition", func(w *world) (map[string]string, []string) {
		w.linked()
		return map[string]string{"linkedObjectName": "subordinate"}, []string{"/api/v1/meta/schemas/user/linkedObjects"}
	}},
	{"a scope that an app was granted", "operation.revoke_scope_consent_grant", func(w *world) (map[string]string, []string) {
		app := w.made("/api/v1/apps", map[string]any{"name": "oidc_client", "label": "Robot", "signOnMode": "OPENID_CONNECT", "credentials": map[string]any{"oauthClient": map[string]any{"token_endpoint_auth_method": "client_secret_basic"}},
			"settings": map[string]any{"oauthClient": map[string]any{"application_type": "service", "grant_types": []any{"client_credentials"}, "response_types": []any{"token"}}}})
		list := "/api/v1/apps/" + app + "/grants"
		id := w.made(list, map[string]any{"scopeId": "okta.users.read", "issuer": w.url})
		return map[string]string{"appId": app, "grantId": id}, []string{list}
	}},
}

// TestEveryRemakingIsTried holds that each deletion that is made good by making it anew has a scenario.
func TestEveryRemakingIsTried(t *testing.T) {
	t.Parallel()
	tried := map[string]bool{}
	for _, s := range anewScenarios {
		tried[s.operation] = true
	}
	for id := range remakings {
		if !tried[catalog.StepID(id, "")] {
			t.Errorf("%s, made anew, has no scenario", catalog.StepID(id, ""))
		}
	}
}

// TestWhatIsNotMadeAnew holds that nothing of an object is kept that can't be made anew, and that the reason is told.
func TestWhatIsNotMadeAnew(t *testing.T) {
	t.Parallel()
	const hush = "hush-hush"
	proof := map[string]any{"uri": "https://hooks.example.com/okta", "authScheme": map[string]any{"type": "HEADER", "key": "X-Key", "value": hush}}
	header := map[string]any{"uri": "https://hooks.example.com/okta", "headers": []any{map[string]any{"key": "X-Key", "value": hush}}}
	for name, c := range map[string]struct {
		operation, field, says string
		make                   func(w *world) string
	}{
		"an event hook with a proof":  {"delete_event_hook", "eventHookId", "by a secret", func(w *world) string { return w.hook("/api/v1/eventHooks", proof) }},
		"an event hook with a header": {"delete_event_hook", "eventHookId", "headers of its own", func(w *world) string { return w.hook("/api/v1/eventHooks", header) }},
		"an inline hook with a proof": {"delete_inline_hook", "inlineHookId", "by a secret", func(w *world) string { return w.hook("/api/v1/inlineHooks", proof) }},
		"a stream to Splunk": {"delete_log_stream", "logStreamId", "a token of its receiver", func(w *world) string {
			id := w.made("/api/v1/logStreams", map[string]any{"name": "Splunk", "type": "splunk_cloud_logstreaming", "settings": map[string]any{"host": "acme.splunkcloud.com", "edition": "aws", "token": hush}})
			w.turnOff("/api/v1/logStreams/" + id)
			return id
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, append(everyScope[:len(everyScope):len(everyScope)], "okta.eventHooks.read", "okta.eventHooks.manage", "okta.inlineHooks.read", "okta.inlineHooks.manage", "okta.logStreams.read", "okta.logStreams.manage")...)
			step := w.carryOut("operation."+c.operation, map[string]string{c.field: c.make(w)})
			raw, err := json.Marshal(step.Before)
			if err != nil || strings.Contains(string(raw), hush) || len(step.Before.Facts) != 2 {
				t.Errorf("kept is %s, %v", raw, err)
			}
			if way := w.set.Inverter()(step); len(way.Steps) > 0 || !strings.Contains(way.None, c.says) {
				t.Errorf("the way is %+v", way)
			}
		})
	}
}

// TestMadeAnewInDoubt holds that what was made anew is found where the answer was lost, and that a person is asked where it is
// not there.
func TestMadeAnewInDoubt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, append(everyScope[:len(everyScope):len(everyScope)], "okta.networkZones.read", "okta.networkZones.manage")...)
	zone := w.zone("HQ")
	w.turnOff(zones + "/" + zone)
	way := w.set.Inverter()(w.carryOut("operation.delete_network_zone", map[string]string{"zoneId": zone}))
	in, err := workflow.ResolveStep(way.Steps[0], workflow.Scope{})
	if err != nil {
		t.Fatal(err)
	}
	call := w.call(way.Steps[0].Action, in, 1)
	call.Undo = true
	if found, err := w.run.Find(t.Context(), call); err != nil || found.Known {
		t.Errorf("nothing was made, and it says %+v, %v", found, err)
	}
	made := w.carryOut(way.Steps[0].Action, in)
	found, err := w.run.Find(t.Context(), call)
	if err != nil || !found.Known || found.Output["id"] != made.Output["id"] || found.Output["was"] != zone {
		t.Errorf("it was made, and it says %+v, %v", found, err)
	}
}

// TestRuleOfAGroupThatIsGone holds that a plan knows that Okta takes no rule for a group that is not there.
func TestRuleOfAGroupThatIsGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	group := w.group("Sales")
	rule := w.made("/api/v1/groups/rules", map[string]any{"type": "group_rule", "name": "Sales", "conditions": map[string]any{"expression": map[string]any{"type": "urn:okta:expression:1.0", "value": `user.department=="Sales"`}},
		"actions": map[string]any{"assignUserToGroups": map[string]any{"groupIds": []any{group}}}})
	way := w.set.Inverter()(w.carryOut("operation.delete_group_rule", map[string]string{"groupRuleId": rule}))
	in, err := workflow.ResolveStep(way.Steps[0], workflow.Scope{})
	if err != nil {
		t.Fatal(err)
	}
	call := w.call(way.Steps[0].Action, in, 1)
	there := true
	known := func(key string) (any, bool) { return trueOrNil(there), key == groupKey(group) }
	if o := w.set.obstacle(call, known); o.Words != "" || len(w.set.standOn(call)) != 1 {
		t.Errorf("the group is there: %+v, it needs %v", o, w.set.standOn(call))
	}
	if there = false; !w.set.obstacle(call, known).ForGood {
		t.Errorf("the group is gone: %+v", w.set.obstacle(call, known))
	}
}
