package actions

import (
	"encoding/json"
	"maps"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"caracal/form"
	"caracal/org"
	"caracal/workflow"
)

// operationScenario is one operation that is carried out and taken back. watch are addresses that have to show the
// same before and after it; "gone" stands for what is not there.
type operationScenario struct {
	name, operation string
	setUp           func(w *world) (in map[string]string, watch []string)
}

const zones = "/api/v1/zones"

func (w *world) zone(name string) string {
	return w.api("POST", zones, map[string]any{"type": "IP", "name": name, "gateways": []any{map[string]any{"type": "CIDR", "value": "10.0.0.0/8"}}})["id"].(string)
}

var operationScenarios = []operationScenario{
	{"a creation", "operation.create_network_zone_ip", func(*world) (map[string]string, []string) {
		return map[string]string{"name": "HQ", "gateways": `[{"type": "CIDR", "value": "10.1.0.0/16"}]`}, []string{zones}
	}},
	{"a replacement", "operation.replace_network_zone_ip", func(w *world) (map[string]string, []string) {
		id := w.zone("HQ")
		return map[string]string{"zoneId": id, "name": "Head office {{ x }}", "gateways": `[{"type": "CIDR", "value": "10.9.0.0/16"}]`}, []string{zones + "/" + id}
	}},
	{"turning off", "operation.deactivate_network_zone", func(w *world) (map[string]string, []string) {
		id := w.zone("HQ")
		return map[string]string{"zoneId": id}, []string{zones + "/" + id}
	}},
	{"turning on", "operation.activate_network_zone", func(w *world) (map[string]string, []string) {
		id := w.zone("HQ")
		w.api("POST", zones+"/"+id+"/lifecycle/deactivate", nil)
		return map[string]string{"zoneId": id}, []string{zones + "/" + id}
	}},
	{"a change of a profile", "operation.update_user", func(w *world) (map[string]string, []string) {
		id := w.person("ada@example.com", true)
		w.api("POST", "/api/v1/users/"+id, map[string]any{"profile": map[string]any{"title": "Countess"}})
		return map[string]string{"userId": id, "profile_title": "Duchess", "profile_department": "Engines"}, []string{"/api/v1/users/" + id}
	}},
	{"a replacement of a profile", "operation.replace_user", func(w *world) (map[string]string, []string) {
		id := w.person("ada@example.com", true)
		w.api("POST", "/api/v1/users/"+id, map[string]any{"profile": map[string]any{"title": "Countess", "nickName": "Ada"}})
		return map[string]string{"userId": id, "profile_first_name": "A", "profile_firstName": "A", "profile_lastName": "L", "profile_email": "ada@example.com", "profile_login": "ada@example.com"},
			[]string{"/api/v1/users/" + id}
	}},
	{"a membership", "operation.assign_user_to_group", func(w *world) (map[string]string, []string) {
		group := w.group("Engineering")
		return map[string]string{"groupId": group, "userId": w.person("ada@example.com", true)}, []string{"/api/v1/groups/" + group + "/users"}
	}},
	{"a group's new name", "operation.replace_group", func(w *world) (map[string]string, []string) {
		id := w.api("POST", "/api/v1/groups", map[string]any{"profile": map[string]any{"name": "Old", "description": "kept"}})["id"].(string)
		return map[string]string{"groupId": id, "profile_name": "New"}, []string{"/api/v1/groups/" + id}
	}},
	{"an owner", "operation.assign_group_owner", func(w *world) (map[string]string, []string) {
		group := w.group("Engineering")
		return map[string]string{"groupId": group, "id": w.person("ada@example.com", true), "type": "USER"}, []string{"/api/v1/groups/" + group + "/owners"}
	}},
	{"an owner who goes", "operation.delete_group_owner", func(w *world) (map[string]string, []string) {
		group, ada := w.group("Engineering"), w.person("ada@example.com", true)
		w.api("POST", "/api/v1/groups/"+group+"/owners", map[string]any{"id": ada, "type": "USER"})
		return map[string]string{"groupId": group, "ownerId": ada}, []string{"/api/v1/groups/" + group + "/owners"}
	}},
	{"a role", "operation.assign_role_to_user", func(w *world) (map[string]string, []string) {
		id := w.person("ada@example.com", true)
		return map[string]string{"userId": id, "type": "HELP_DESK_ADMIN"}, []string{"/api/v1/users/" + id + "/roles"}
	}},
	{"what a role is limited to", "operation.assign_group_target_to_user_role", func(w *world) (map[string]string, []string) {
		user, role := w.person("ada@example.com", true), ""
		role = w.api("POST", "/api/v1/users/"+user+"/roles", map[string]any{"type": "USER_ADMIN"})["id"].(string)
		targets := "/api/v1/users/" + user + "/roles/" + role + "/targets/groups"
		w.api("PUT", targets+"/"+w.group("First"), nil)
		return map[string]string{"userId": user, "roleId": role, "groupId": w.group("Second")}, []string{targets}
	}},
	{"less that a role is limited to", "operation.unassign_group_target_from_user_admin_role", func(w *world) (map[string]string, []string) {
		user, second := w.person("ada@example.com", true), w.group("Second")
		role := w.api("POST", "/api/v1/users/"+user+"/roles", map[string]any{"type": "USER_ADMIN"})["id"].(string)
		targets := "/api/v1/users/" + user + "/roles/" + role + "/targets/groups"
		w.api("PUT", targets+"/"+w.group("First"), nil)
		w.api("PUT", targets+"/"+second, nil)
		return map[string]string{"userId": user, "roleId": role, "groupId": second}, []string{targets}
	}},
	{"a group of an app", "operation.assign_group_to_application", func(w *world) (map[string]string, []string) {
		app := w.bookmark()
		return map[string]string{"appId": app, "groupId": w.group("Engineering")}, []string{"/api/v1/apps/" + app + "/groups"}
	}},
	{"a group less of an app", "operation.unassign_application_from_group", func(w *world) (map[string]string, []string) {
		app, group := w.bookmark(), w.group("Engineering")
		w.api("PUT", "/api/v1/apps/"+app+"/groups/"+group, map[string]any{"priority": 0})
		return map[string]string{"appId": app, "groupId": group}, []string{"/api/v1/apps/" + app + "/groups"}
	}},
	{"an origin", "operation.create_trusted_origin", func(*world) (map[string]string, []string) {
		return map[string]string{"name": "Portal", "origin": "https://portal.example.com", "scopes": `[{"type": "CORS"}]`}, []string{"/api/v1/trustedOrigins"}
	}},
	{"an app", "operation.create_application_bookmark", func(*world) (map[string]string, []string) {
		return map[string]string{"name": "bookmark", "label": "Wiki", "settings_app_url": "https://wiki.example.com", "settings": `{"app": {"url": "https://wiki.example.com"}}`}, []string{"/api/v1/apps"}
	}},
	{"a rule", "operation.create_group_rule", func(w *world) (map[string]string, []string) {
		return map[string]string{"name": "Sales", "type": "group_rule", "conditions_expression_type": "urn:okta:expression:1.0", "conditions_expression_value": `user.department=="Sales"`,
			"actions_assignUserToGroups_groupIds": w.group("Sales")}, []string{"/api/v1/groups/rules"}
	}},
	{"another policy of an app", "operation.assign_application_policy", func(w *world) (map[string]string, []string) {
		app := w.bookmark()
		policy := w.api("POST", "/api/v1/policies", map[string]any{"type": "ACCESS_POLICY", "name": "Strict", "description": "Strict"})["id"].(string)
		return map[string]string{"appId": app, "policyId": policy}, []string{"/api/v1/apps/" + app}
	}},
	{"another manager", "operation.replace_linked_object_for_user", func(w *world) (map[string]string, []string) {
		ada, link := w.linked()
		w.api("PUT", link+"/"+w.person("ben@example.com", true), nil)
		return map[string]string{"userIdOrLogin": ada, "primaryRelationshipName": "manager", "primaryUserId": w.person("cat@example.com", true)}, []string{link}
	}},
	{"a first manager", "operation.replace_linked_object_for_user", func(w *world) (map[string]string, []string) {
		ada, link := w.linked()
		return map[string]string{"userIdOrLogin": ada, "primaryRelationshipName": "manager", "primaryUserId": w.person("cat@example.com", true)}, []string{link}
	}},
	{"a member of a binding", "operation.add_members_to_binding", func(w *world) (map[string]string, []string) {
		set, binding := w.bound()
		return map[string]string{"resourceSetId": lastOf(set), "roleIdOrLabel": lastOf(binding),
			"additions": w.url + "/api/v1/users/" + w.person("ben@example.com", true)}, []string{binding + "/members"}
	}},
	{"a member less of a binding", "operation.unassign_member_from_binding", func(w *world) (map[string]string, []string) {
		set, binding := w.bound()
		w.api("PATCH", binding+"/members", map[string]any{"additions": []any{w.url + "/api/v1/groups/" + w.group("Helpers")}})
		members := w.api("GET", binding+"/members", nil)["members"].([]any)
		return map[string]string{"resourceSetId": lastOf(set), "roleIdOrLabel": lastOf(binding), "memberId": members[1].(map[string]any)["id"].(string)}, []string{binding + "/members"}
	}},
	{"the last member of a binding", "operation.unassign_member_from_binding", func(w *world) (map[string]string, []string) {
		set, binding := w.bound()
		members := w.api("GET", binding+"/members", nil)["members"].([]any)
		return map[string]string{"resourceSetId": lastOf(set), "roleIdOrLabel": lastOf(binding), "memberId": members[0].(map[string]any)["id"].(string)}, []string{binding + "/members"}
	}},
	{"a binding", "operation.create_resource_set_binding", func(w *world) (map[string]string, []string) {
		set, _ := w.bound()
		role := w.api("POST", "/api/v1/iam/roles", map[string]any{"label": "Watchers", "description": "d", "permissions": []any{"okta.groups.read"}})["id"].(string)
		return map[string]string{"resourceSetId": lastOf(set), "role": role, "members": w.url + "/api/v1/users/" + w.person("ben@example.com", true)}, []string{set + "/bindings", set + "/bindings/" + role + "/members"}
	}},
	{"more members of a binding that is there", "operation.create_resource_set_binding", func(w *world) (map[string]string, []string) {
		set, binding := w.bound()
		return map[string]string{"resourceSetId": lastOf(set), "role": lastOf(binding), "members": w.url + "/api/v1/users/" + w.person("ben@example.com", true)}, []string{set + "/bindings", binding + "/members"}
	}},
	{"no binding any more", "operation.delete_binding", func(w *world) (map[string]string, []string) {
		set, binding := w.bound()
		return map[string]string{"resourceSetId": lastOf(set), "roleIdOrLabel": lastOf(binding)}, []string{set + "/bindings", binding + "/members"}
	}},
	{"a resource of a set", "operation.add_resource_set_resource", func(w *world) (map[string]string, []string) {
		set, _ := w.bound()
		return map[string]string{"resourceSetId": lastOf(set), "additions": w.url + "/api/v1/groups/" + w.group("Potsdam") + "/users"}, []string{set + "/resources"}
	}},
	{"a resource less of a set", "operation.delete_resource_set_resource", func(w *world) (map[string]string, []string) {
		set, _ := w.bound()
		w.api("PATCH", set+"/resources", map[string]any{"additions": []any{w.url + "/api/v1/groups/" + w.group("Potsdam") + "/users"}})
		list := w.api("GET", set+"/resources", nil)["resources"].([]any)
		return map[string]string{"resourceSetId": lastOf(set), "resourceId": list[1].(map[string]any)["id"].(string)}, []string{set + "/resources"}
	}},
	{"a trusted server", "operation.create_associated_servers", func(w *world) (map[string]string, []string) {
		_, second := w.servers()
		third := w.api("POST", "/api/v1/authorizationServers", map[string]any{"name": "three", "description": "d", "audiences": []any{"api://three"}})["id"].(string)
		return map[string]string{"authServerId": second, "trusted": third}, []string{"/api/v1/authorizationServers/" + second + "/associatedServers?trusted=true"}
	}},
	{"a server that is trusted no more", "operation.delete_associated_server", func(w *world) (map[string]string, []string) {
		first, second := w.servers()
		return map[string]string{"authServerId": first, "associatedServerId": second}, []string{"/api/v1/authorizationServers/" + first + "/associatedServers?trusted=true"}
	}},
	{"a limited role that is taken away", "operation.unassign_role_from_user", func(w *world) (map[string]string, []string) {
		user, role, list := w.limited()
		return map[string]string{"userId": user, "roleId": role}, []string{list, list + "/" + role + "/targets/groups"}
	}},
	{"a limited role that is taken away by name", "admin_role.unassign", func(w *world) (map[string]string, []string) {
		user, role, list := w.limited()
		return map[string]string{"user": user, "role": "USER_ADMIN"}, []string{list, list + "/" + role + "/targets/groups"}
	}},
	{"a role of a group that is taken away", "operation.unassign_role_from_group", func(w *world) (map[string]string, []string) {
		group := w.group("Helpers")
		role := w.api("POST", "/api/v1/groups/"+group+"/roles", map[string]any{"type": "HELP_DESK_ADMIN"})["id"].(string)
		return map[string]string{"groupId": group, "roleId": role}, []string{"/api/v1/groups/" + group + "/roles"}
	}},
	{"an app role that reaches all apps", "operation.assign_all_apps_as_target_to_role_for_user", func(w *world) (map[string]string, []string) {
		user := w.person("ada@example.com", true)
		role := w.api("POST", "/api/v1/users/"+user+"/roles", map[string]any{"type": "APP_ADMIN"})["id"].(string)
		targets := "/api/v1/users/" + user + "/roles/" + role + "/targets/catalog/apps"
		w.api("PUT", targets+"/bookmark/"+w.bookmark(), nil)
		return map[string]string{"userId": user, "roleId": role}, []string{targets}
	}},
	{"a role of a client", "operation.assign_role_to_client_standard_role_assignment_schema", func(w *world) (map[string]string, []string) {
		return map[string]string{"clientId": w.okta.ClientID(), "type": "READ_ONLY_ADMIN"}, []string{"/oauth2/v1/clients/" + w.okta.ClientID() + "/roles"}
	}},
	{"a role of a client that is taken away", "operation.delete_role_from_client", func(w *world) (map[string]string, []string) {
		roles := "/oauth2/v1/clients/" + w.okta.ClientID() + "/roles"
		role := w.api("POST", roles, map[string]any{"type": "REPORT_ADMIN"})["id"].(string)
		return map[string]string{"clientId": w.okta.ClientID(), "roleId": role}, []string{roles}
	}},
	{"no manager any more", "operation.delete_linked_object_for_user", func(w *world) (map[string]string, []string) {
		ada, link := w.linked()
		w.api("PUT", link+"/"+w.person("ben@example.com", true), nil)
		return map[string]string{"userIdOrLogin": ada, "relationshipName": "manager"}, []string{link}
	}},
}

// bound is a resource set with a role that somebody has in it.
func (w *world) bound() (set, binding string) {
	role := w.api("POST", "/api/v1/iam/roles", map[string]any{"label": "Helpers", "description": "d", "permissions": []any{"okta.users.read"}})["id"].(string)
	set = "/api/v1/iam/resource-sets/" + w.api("POST", "/api/v1/iam/resource-sets", map[string]any{"label": "Berlin", "description": "d", "resources": []any{w.url + "/api/v1/groups/" + w.group("Berlin")}})["id"].(string)
	w.api("POST", set+"/bindings", map[string]any{"role": role, "members": []any{w.url + "/api/v1/users/" + w.person("ada@example.com", true)}})
	return set, set + "/bindings/" + role
}

// servers are two authorization servers, of which the first trusts the second.
func (w *world) servers() (first, second string) {
	make := func(name string) string {
		return w.api("POST", "/api/v1/authorizationServers", map[string]any{"name": name, "description": "d", "audiences": []any{"api://" + name}})["id"].(string)
	}
	first, second = make("one"), make("two")
	w.api("POST", "/api/v1/authorizationServers/"+first+"/associatedServers", map[string]any{"trusted": []any{second}})
	return first, second
}

// limited is a role of somebody that is limited to some groups.
func (w *world) limited() (user, role, list string) {
	user = w.person("ada@example.com", true)
	role = w.api("POST", "/api/v1/users/"+user+"/roles", map[string]any{"type": "USER_ADMIN"})["id"].(string)
	list = "/api/v1/users/" + user + "/roles"
	for _, name := range []string{"First", "Second"} {
		w.api("PUT", list+"/"+role+"/targets/groups/"+w.group(name), nil)
	}
	return user, role, list
}

// linked is somebody who can be linked to a manager, with the address of that link.
func (w *world) linked() (id, address string) {
	end := func(name string) map[string]any { return map[string]any{"name": name, "title": name, "type": "USER"} }
	w.api("POST", "/api/v1/meta/schemas/user/linkedObjects", map[string]any{"primary": end("manager"), "associated": end("subordinate")})
	id = w.person("ada@example.com", true)
	return id, "/api/v1/users/" + id + "/linkedObjects/manager"
}

// TestUndoOfOperations carries operations out, takes them back, and compares what the org shows.
func TestUndoOfOperations(t *testing.T) {
	t.Parallel()
	scopes := slices.Clone(everyScope)
	for _, kind := range []string{"networkZones", "trustedOrigins", "policies", "linkedObjects", "authorizationServers", "behaviors", "templates", "deviceAssurance", "realms", "realmAssignments",
		"eventHooks", "inlineHooks", "logStreams", "riskProviders", "securityEventsProviders", "uischemas", "idps", "appGrants", "brands"} {
		scopes = append(scopes, org.Scope("okta."+kind+".read"), org.Scope("okta."+kind+".manage"))
	}
	for _, s := range slices.Concat(operationScenarios, anewScenarios) {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, scopes...)
			in, watch := s.setUp(w)
			a, ok := w.set.find(s.operation)
			if !ok {
				t.Fatalf("there is no %s", s.operation)
			}
			maps.DeleteFunc(in, func(name, _ string) bool { // the scenarios name some fields in both ways
				return !slices.ContainsFunc(a.Fields, func(f form.Field) bool { return f.Name == name })
			})
			before := w.shown(watch)
			step := w.carryOut(s.operation, in)
			after := w.shown(watch)
			if reflect.DeepEqual(before, after) {
				t.Fatal("nothing was changed")
			}
			way := w.set.Inverter()(step)
			if way.None != "" || way.Nothing != "" || len(way.Changed) == 0 {
				t.Fatalf("the way is %+v", way)
			}
			undone := w.takeBack(way, true)
			if got := w.shown(watch); !reflect.DeepEqual(got, before) {
				t.Errorf("after the undo it shows\n%v, before it showed\n%v", got, before)
			}
			w.takeBack(way, false)
			for _, u := range slices.Backward(undone) {
				way := w.set.Inverter()(u)
				if way.None != "" {
					return
				}
				w.takeBack(way, true)
			}
			if got := w.shown(watch); !reflect.DeepEqual(got, after) {
				t.Errorf("after the redo it shows\n%v, before it showed\n%v", got, after)
			}
		})
	}
}

// entryIDs are ids of what stands in a binding or a resource set, which are others each time.
var entryIDs = regexp.MustCompile(`\bir[be][0-9A-Za-z]{17}\b`)

// shown is what the org shows at addresses, without times.
func (w *world) shown(addresses []string) []string {
	w.t.Helper()
	var out []string
	for _, address := range addresses {
		address = w.anew.Input(map[string]string{"": address})[""]
		req, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, w.url+address, nil)
		if err != nil {
			w.t.Fatal(err)
		}
		req.Header.Set("Authorization", "SSWS "+adminToken)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			w.t.Fatal(err)
		}
		var v any
		err = json.NewDecoder(resp.Body).Decode(&v)
		if closing := resp.Body.Close(); err != nil || closing != nil {
			w.t.Fatal(err, closing)
		}
		if resp.StatusCode == http.StatusNotFound {
			v = "gone"
		}
		raw, err := json.Marshal(w.anew.Before(workflow.Prior{Facts: []workflow.Fact{{Value: timeless(v)}}}).Facts[0].Value)
		if err != nil {
			w.t.Fatal(err)
		}
		out = append(out, entryIDs.ReplaceAllString(string(raw), "(entry)"))
	}
	return out
}

func timeless(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = timeless(v[i])
		}
	case map[string]any:
		for name, inner := range v {
			if name == "lastUpdated" || name == "lastMembershipUpdated" || name == "created" || name == "createdBy" || inner == nil || strings.HasSuffix(name, "Changed") {
				delete(v, name)
				continue
			}
			v[name] = timeless(inner)
		}
	}
	return v
}

// TestUndoNeverRemovesWhatWasThere holds that nothing is removed that is older than the step which is taken back.
func TestUndoNeverRemovesWhatWasThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.group("Engineering")
	w.later.Store(int64(madeMargin * 10))
	step := workflow.RunStep{Action: "group.create", Title: "Create", State: workflow.StepDone, Input: map[string]string{"name": "Engineering"},
		Output: workflow.Output{"id": id, "name": "Engineering"}, StartedAt: w.started.Add(madeMargin * 10)}
	way := w.set.Inverter()(step)
	in, err := workflow.ResolveStep(way.Steps[0], workflow.Scope{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.run.Do(t.Context(), w.call(way.Steps[0].Action, in, 1)); err == nil || !strings.Contains(err.Error(), "before the step") {
		t.Errorf("removing an older group: %v", err)
	}
	if _, there := w.sim.FindGroup(id); !there {
		t.Error("a group that was there before is gone")
	}
}
