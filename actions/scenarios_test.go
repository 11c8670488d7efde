package actions

import (
	"strings"
	"testing"
	"time"

	"caracal/workflow"
)

// scenario is what an action is tried on. check is called after the first time with the output and after the
// second without.
type scenario struct {
	action, name string
	noWay        bool // it can't be taken back
	lost         bool // Find can see that it was done but not give the one-time link back
	setUp        func(w *world) map[string]string
	check        func(t *testing.T, w *world, in map[string]string, out workflow.Output)
}

var scenarios = []scenario{
	{action: "user.create", name: "active", setUp: func(w *world) map[string]string {
		return map[string]string{"first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.com", "title": "Countess", "when": "now", "groups": w.group("Engineering")}
	}, check: func(t *testing.T, w *world, _ map[string]string, out workflow.Output) {
		u, ok := w.sim.FindUser("ada@example.com")
		if !ok || u.Profile["title"] != "Countess" || len(u.Groups) != 2 || out["id"] != u.ID || out["login"] != "ada@example.com" || out["status"] != u.Status {
			t.Errorf("user is %+v, output %v", u, out)
		}
	}},
	{action: "user.create", name: "staged with another login", setUp: func(*world) map[string]string {
		return map[string]string{"first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.com", "login": "lovelace@example.com", "when": "later"}
	}, check: func(t *testing.T, w *world, _ map[string]string, out workflow.Output) {
		if w.status("lovelace@example.com") != "STAGED" || out["email"] != "ada@example.com" {
			t.Errorf("output is %v", out)
		}
	}},
	{action: "user.activate", name: "by e-mail", noWay: true, setUp: ada(false), check: statusIs("PROVISIONED")},
	{action: "user.activate", name: "by link", lost: true, noWay: true, setUp: func(w *world) map[string]string {
		in := ada(false)(w)
		in["send_email"] = "false"
		return in
	}, check: func(t *testing.T, _ *world, _ map[string]string, out workflow.Output) {
		if link, ok := out["link"].(string); !ok || !strings.HasPrefix(link, "http") {
			t.Errorf("output is %v", out)
		}
	}},
	{action: "user.reactivate", setUp: func(w *world) map[string]string {
		in := ada(false)(w)
		w.api("POST", "/api/v1/users/"+in["user"]+"/lifecycle/activate?sendEmail=true", nil)
		return in
	}, check: statusIs("PROVISIONED")},
	{action: "user.update", setUp: func(w *world) map[string]string {
		in := ada(true)(w)
		in["department"], in["attributes"] = "Engines", "costCenter = 4711\nnickName = \n"
		return in
	}, check: func(t *testing.T, w *world, in map[string]string, _ workflow.Output) {
		u, _ := w.sim.FindUser(in["user"])
		if u.Profile["department"] != "Engines" || u.Profile["costCenter"] != "4711" || u.Profile["firstName"] != "Ada" {
			t.Errorf("profile is %v", u.Profile)
		}
	}},
	{action: "user.change_manager", setUp: func(w *world) map[string]string {
		in := ada(true)(w)
		in["manager"] = w.person("babbage@example.com", true)
		return in
	}, check: func(t *testing.T, w *world, in map[string]string, _ workflow.Output) {
		if u, _ := w.sim.FindUser(in["user"]); u.Profile["managerId"] != in["manager"] || u.Profile["manager"] != "Ada Lovelace" {
			t.Errorf("profile is %v", u.Profile)
		}
	}},
	{action: "user.suspend", setUp: ada(true), check: statusIs("SUSPENDED")},
	{action: "user.unsuspend", setUp: func(w *world) map[string]string {
		in := ada(true)(w)
		w.api("POST", "/api/v1/users/"+in["user"]+"/lifecycle/suspend", nil)
		return in
	}, check: statusIs("ACTIVE")},
	{action: "user.unlock", name: "never locked", setUp: ada(true), check: statusIs("ACTIVE")}, // nothing is missing
	{action: "user.unlock", name: "locked out", setUp: func(w *world) map[string]string {
		in := ada(true)(w)
		for range 20 {
			w.signIn("ada@example.com", "wrong")
		}
		if s := w.status(in["user"]); s != "LOCKED_OUT" {
			w.t.Fatalf("the user is %s", s)
		}
		return in
	}, check: statusIs("ACTIVE")},
	{action: "user.expire_password", setUp: ada(true), check: statusIs("PASSWORD_EXPIRED")},
	{action: "user.reset_password", name: "by e-mail", setUp: ada(true), check: statusIs("RECOVERY")},
	{action: "user.reset_password", name: "by link", lost: true, setUp: func(w *world) map[string]string {
		in := ada(true)(w)
		in["send_email"], in["end_sessions"] = "false", "true"
		return in
	}, check: func(t *testing.T, _ *world, _ map[string]string, out workflow.Output) {
		if link, ok := out["link"].(string); !ok || !strings.HasPrefix(link, "http") {
			t.Errorf("output is %v", out)
		}
	}},
	{action: "user.reset_factors", setUp: func(w *world) map[string]string {
		in := ada(true)(w)
		w.api("POST", "/api/v1/users/"+in["user"]+"/factors", map[string]any{"factorType": "question", "provider": "OKTA",
			"profile": map[string]any{"question": "disliked_food", "answer": "mayonnaise"}})
		w.started = time.Now().Add(time.Minute) // the factor is older than the step
		return in
	}, check: func(t *testing.T, w *world, _ map[string]string, _ workflow.Output) {
		if w.events("user.mfa.factor.reset_all") == 0 {
			t.Error("nothing was reset")
		}
	}},
	{action: "user.clear_sessions", setUp: ada(true), check: func(t *testing.T, w *world, _ map[string]string, _ workflow.Output) {
		if n := w.sim.Calls()["DELETE /api/v1/users/{userId}/sessions"]; n == 0 {
			t.Errorf("calls are %v", w.sim.Calls())
		}
	}},
	{action: "user.deactivate", setUp: ada(true), check: statusIs("DEPROVISIONED")},
	{action: "user.delete", name: "active", setUp: ada(true), check: isGone},
	{action: "user.delete", name: "deactivated", setUp: func(w *world) map[string]string {
		in := ada(true)(w)
		w.api("POST", "/api/v1/users/"+in["user"]+"/lifecycle/deactivate", nil)
		return in
	}, check: isGone},
	{action: "user.find", name: "by login", setUp: func(w *world) map[string]string {
		w.person("ada@example.com", true)
		return map[string]string{"login": "ada@example.com"}
	}, check: findsAda},
	{action: "user.find", name: "by e-mail", setUp: func(w *world) map[string]string {
		w.api("POST", "/api/v1/users/"+w.person("lovelace@example.com", true), map[string]any{"profile": map[string]any{"email": "ada@example.com"}})
		return map[string]string{"login": "ada@example.com"}
	}, check: findsAda},

	{action: "group.create", setUp: func(*world) map[string]string {
		return map[string]string{"name": "Engineering", "description": "People who build\nengines"}
	}, check: func(t *testing.T, w *world, _ map[string]string, out workflow.Output) {
		if g, ok := w.sim.FindGroup("Engineering"); !ok || out["id"] != g.ID || out["name"] != "Engineering" || g.Description != "People who build\nengines" {
			t.Errorf("group is %+v, output %v", g, out)
		}
	}},
	{action: "group.update", setUp: func(w *world) map[string]string {
		id := w.api("POST", "/api/v1/groups", map[string]any{"profile": map[string]any{"name": "Old", "description": "kept"}})["id"].(string)
		return map[string]string{"group": id, "name": "New"}
	}, check: func(t *testing.T, w *world, in map[string]string, _ workflow.Output) {
		if g, _ := w.sim.FindGroup(in["group"]); g.Name != "New" || g.Description != "kept" {
			t.Errorf("group is %+v", g)
		}
	}},
	{action: "group.delete", setUp: func(w *world) map[string]string { return map[string]string{"group": w.group("Engineering")} },
		check: func(t *testing.T, w *world, in map[string]string, _ workflow.Output) {
			if _, ok := w.sim.FindGroup(in["group"]); ok {
				t.Error("the group is still there")
			}
		}},
	{action: "group.add_member", setUp: inGroup, check: func(t *testing.T, w *world, in map[string]string, _ workflow.Output) {
		if g, _ := w.sim.FindGroup(in["group"]); g.Members != 1 {
			t.Errorf("group is %+v", g)
		}
	}},
	{action: "group.remove_member", setUp: func(w *world) map[string]string {
		in := ada(true)(w)
		in["group"] = w.group("Engineering", in["user"])
		return in
	}, check: func(t *testing.T, w *world, in map[string]string, _ workflow.Output) {
		if g, _ := w.sim.FindGroup(in["group"]); g.Members != 0 {
			t.Errorf("group is %+v", g)
		}
	}},
	{action: "group.replace_members", setUp: func(w *world) map[string]string {
		a, b, c := w.person("a@example.com", true), w.person("b@example.com", true), w.person("c@example.com", true)
		return map[string]string{"group": w.group("Engineering", a, b), "users": b + "," + c}
	}, check: func(t *testing.T, w *world, in map[string]string, out workflow.Output) {
		if g, _ := w.sim.FindGroup(in["group"]); g.Members != 2 || w.events("group.user_membership.add") != 3 || w.events("group.user_membership.remove") != 1 {
			t.Errorf("group is %+v with %s", g, w.members(in["group"]))
		}
		if out != nil && (out["added"] != 1 || out["removed"] != 1) {
			t.Errorf("output is %v", out)
		}
	}},
	{action: "group.find", setUp: func(w *world) map[string]string {
		w.group("Engineering Leads")
		w.group("Engineering")
		return map[string]string{"name": "engineering"}
	}, check: func(t *testing.T, _ *world, _ map[string]string, out workflow.Output) {
		if out != nil && (out["name"] != "Engineering" || out["type"] != "OKTA_GROUP") {
			t.Errorf("output is %v", out)
		}
	}},
	{action: "group.list_members", setUp: func(w *world) map[string]string {
		return map[string]string{"group": w.group("Engineering", w.person("a@example.com", true), w.person("b@example.com", true))}
	}, check: func(t *testing.T, _ *world, _ map[string]string, out workflow.Output) {
		if out != nil && (out["count"] != 2 || out["more"] != false || len(out["ids"].([]any)) != 2) {
			t.Errorf("output is %v", out)
		}
	}},

	{action: "group_rule.create", setUp: func(w *world) map[string]string {
		return map[string]string{"name": "Sales people", "expression": `user.department=="Sales"`, "groups": w.group("Sales"), "except": w.person("ada@example.com", true)}
	}, check: func(t *testing.T, _ *world, _ map[string]string, out workflow.Output) {
		if out["status"] != "INACTIVE" || out["name"] != "Sales people" {
			t.Errorf("output is %v", out)
		}
	}},
	{action: "group_rule.activate", setUp: func(w *world) map[string]string { return map[string]string{"rule": w.rule(w.group("Sales"))} },
		check: ruleIs("ACTIVE")},
	{action: "group_rule.deactivate", setUp: func(w *world) map[string]string {
		id := w.rule(w.group("Sales"))
		w.api("POST", "/api/v1/groups/rules/"+id+"/lifecycle/activate", nil)
		return map[string]string{"rule": id}
	}, check: ruleIs("INACTIVE")},

	{action: "app.assign_user", setUp: func(w *world) map[string]string {
		in := ada(true)(w)
		in["app"] = w.bookmark()
		return in
	}, check: func(t *testing.T, w *world, in map[string]string, _ workflow.Output) {
		if a := w.api("GET", "/api/v1/apps/"+in["app"]+"/users/"+in["user"], nil); a["scope"] != "USER" {
			t.Errorf("assignment is %v", a)
		}
		if n := w.events("application.user_membership.add"); n != 1 {
			t.Errorf("%d assignments in the log", n)
		}
	}},
	{action: "app.unassign_user", setUp: func(w *world) map[string]string {
		in := ada(true)(w)
		in["app"] = w.bookmark()
		w.api("POST", "/api/v1/apps/"+in["app"]+"/users", map[string]any{"id": in["user"], "scope": "USER"})
		return in
	}, check: func(t *testing.T, w *world, _ map[string]string, _ workflow.Output) {
		if n := w.events("application.user_membership.remove"); n != 1 {
			t.Errorf("%d removals in the log", n)
		}
	}},
	{action: "app.assign_group", setUp: func(w *world) map[string]string {
		return map[string]string{"app": w.bookmark(), "group": w.group("Engineering")}
	}, check: func(t *testing.T, w *world, in map[string]string, _ workflow.Output) {
		if a := w.api("GET", "/api/v1/apps/"+in["app"]+"/groups/"+in["group"], nil); a["id"] != in["group"] {
			t.Errorf("assignment is %v", a)
		}
	}},
	{action: "app.unassign_group", setUp: func(w *world) map[string]string {
		in := map[string]string{"app": w.bookmark(), "group": w.group("Engineering")}
		w.api("PUT", "/api/v1/apps/"+in["app"]+"/groups/"+in["group"], map[string]any{})
		return in
	}, check: func(t *testing.T, w *world, _ map[string]string, _ workflow.Output) {
		if n := w.events("group.application_assignment.remove"); n != 1 {
			t.Errorf("%d removals in the log", n)
		}
	}},
	{action: "app.activate", setUp: func(w *world) map[string]string {
		id := w.bookmark()
		w.api("POST", "/api/v1/apps/"+id+"/lifecycle/deactivate", nil)
		return map[string]string{"app": id}
	}, check: appIs("ACTIVE")},
	{action: "app.deactivate", setUp: func(w *world) map[string]string { return map[string]string{"app": w.bookmark()} }, check: appIs("INACTIVE")},

	{action: "admin_role.assign", setUp: func(w *world) map[string]string {
		in := ada(true)(w)
		in["role"] = "HELP_DESK_ADMIN"
		return in
	}, check: func(t *testing.T, w *world, in map[string]string, out workflow.Output) {
		if u, _ := w.sim.FindUser(in["user"]); len(u.Roles) != 1 || u.Roles[0] != "HELP_DESK_ADMIN" {
			t.Errorf("roles are %v", u.Roles)
		}
		if out != nil && (out["role"] != "Help Desk Administrator" || out["assignment"] == nil) {
			t.Errorf("output is %v", out)
		}
	}},
	{action: "admin_role.unassign", setUp: func(w *world) map[string]string {
		in := ada(true)(w)
		in["role"] = "HELP_DESK_ADMIN"
		w.api("POST", "/api/v1/users/"+in["user"]+"/roles", map[string]any{"type": "HELP_DESK_ADMIN"})
		w.api("POST", "/api/v1/users/"+in["user"]+"/roles", map[string]any{"type": "READ_ONLY_ADMIN"})
		return in
	}, check: func(t *testing.T, w *world, in map[string]string, _ workflow.Output) {
		if u, _ := w.sim.FindUser(in["user"]); len(u.Roles) != 1 || u.Roles[0] != "READ_ONLY_ADMIN" {
			t.Errorf("roles are %v", u.Roles)
		}
	}},
	{action: "admin_role.assign_custom", setUp: func(w *world) map[string]string { return w.customRole("assigned") }, check: func(t *testing.T, w *world, in map[string]string, out workflow.Output) {
		if members := w.holders(in); len(members) != 1 {
			t.Errorf("the binding has %d members", len(members))
		}
		if out != nil && (out["role_name"] != "assigned" || out["assignment"] == nil || out["set"] != in["set"]) {
			t.Errorf("output is %v", out)
		}
	}},
	{action: "admin_role.unassign_custom", setUp: func(w *world) map[string]string {
		in, other := w.customRole("taken"), w.customRole("kept")
		for _, on := range []map[string]string{in, {"user": in["user"], "role": other["role"], "set": in["set"]}, {"user": in["user"], "role": in["role"], "set": other["set"]}} {
			w.api("POST", "/api/v1/users/"+on["user"]+"/roles", map[string]any{"type": "CUSTOM", "role": on["role"], "resource-set": on["set"]})
		}
		w.api("POST", "/api/v1/users/"+in["user"]+"/roles", map[string]any{"type": "HELP_DESK_ADMIN"})
		return in
	}, check: func(t *testing.T, w *world, in map[string]string, _ workflow.Output) {
		if members := w.holders(in); len(members) != 0 {
			t.Errorf("the binding has %d members", len(members))
		}
		if left := w.sim.State().Roles[in["user"]]; len(left) != 3 { // the other role, the other set, the standard role
			t.Errorf("%d roles are left: %v", len(left), left)
		}
	}},
	{action: "admin_role.assign_group", setUp: func(w *world) map[string]string {
		return map[string]string{"group": w.group("Engineering"), "role": "HELP_DESK_ADMIN"}
	}, check: func(t *testing.T, w *world, in map[string]string, out workflow.Output) {
		if held := w.groupRoles(in["group"]); len(held) != 1 || held[0] != "HELP_DESK_ADMIN" {
			t.Errorf("roles are %v", held)
		}
		if out != nil && (out["role"] != "Help Desk Administrator" || out["assignment"] == nil || out["group"] != in["group"]) {
			t.Errorf("output is %v", out)
		}
	}},
	{action: "admin_role.unassign_group", setUp: func(w *world) map[string]string {
		in := map[string]string{"group": w.group("Engineering"), "role": "HELP_DESK_ADMIN"}
		for _, kind := range []string{"HELP_DESK_ADMIN", "READ_ONLY_ADMIN"} {
			w.api("POST", "/api/v1/groups/"+in["group"]+"/roles", map[string]any{"type": kind})
		}
		return in
	}, check: func(t *testing.T, w *world, in map[string]string, _ workflow.Output) {
		if held := w.groupRoles(in["group"]); len(held) != 1 || held[0] != "READ_ONLY_ADMIN" {
			t.Errorf("roles are %v", held)
		}
	}},
	{action: "admin_role.assign_custom_group", setUp: func(w *world) map[string]string { return w.customGroupRole("assigned") }, check: func(t *testing.T, w *world, in map[string]string, out workflow.Output) {
		if members := w.holders(in); len(members) != 1 {
			t.Errorf("the binding has %d members", len(members))
		}
		if out != nil && (out["role_name"] != "assigned" || out["assignment"] == nil || out["set"] != in["set"]) {
			t.Errorf("output is %v", out)
		}
	}},
	{action: "admin_role.unassign_custom_group", setUp: func(w *world) map[string]string {
		in, other := w.customGroupRole("taken"), w.customGroupRole("kept")
		for _, on := range []map[string]string{in, {"role": other["role"], "set": in["set"]}, {"role": in["role"], "set": other["set"]}} {
			w.api("POST", "/api/v1/groups/"+in["group"]+"/roles", map[string]any{"type": "CUSTOM", "role": on["role"], "resource-set": on["set"]})
		}
		return in
	}, check: func(t *testing.T, w *world, in map[string]string, _ workflow.Output) {
		if members := w.holders(in); len(members) != 0 {
			t.Errorf("the binding has %d members", len(members))
		}
		if held := w.groupRoles(in["group"]); len(held) != 2 { // the other role, and the other set
			t.Errorf("roles are %v", held)
		}
	}},
	{action: "user.list", setUp: func(w *world) map[string]string {
		w.employee("a@example.com", "Sales", "Contractor")
		w.employee("b@example.com", "Sales", "")
		w.employee("c@example.com", `Sal"es`, "Contractor")
		w.api("POST", "/api/v1/users/"+w.employee("d@example.com", "Sales", "Contractor")+"/lifecycle/deactivate", nil)
		return map[string]string{"department": "Sales", "user_type": "Contractor"}
	}, check: func(t *testing.T, _ *world, _ map[string]string, out workflow.Output) {
		if out != nil && (field(out, "users", "login") != "a@example.com" || out["count"] != 1 || out["more"] != false || field(out, "users", "department") != "Sales") {
			t.Errorf("output is %v", out)
		}
	}},
	{action: "user.list_groups", setUp: func(w *world) map[string]string {
		in := map[string]string{"user": w.employee("ada@example.com", "Sales", "")}
		w.group("By hand", in["user"])
		ruled := w.group("By rule")
		w.api("POST", "/api/v1/groups/rules/"+w.rule(ruled)+"/lifecycle/activate", nil)
		return in
	}, check: func(t *testing.T, _ *world, _ map[string]string, out workflow.Output) {
		if out == nil {
			return
		}
		if got := field(out, "removable", "name"); got != "By hand" {
			t.Errorf("removable are %s", got)
		}
		if got := field(out, "kept", "name"); got != "By rule Everyone" || !strings.Contains(field(out, "kept", "kept_by"), "Sales people") || out["count"] != 3 {
			t.Errorf("kept are %s: %v", got, out)
		}
	}},
	{action: "user.list_apps", setUp: func(w *world) map[string]string {
		in := ada(true)(w)
		w.api("POST", "/api/v1/apps/"+w.appNamed("Own")+"/users", map[string]any{"id": in["user"], "scope": "USER"})
		w.api("PUT", "/api/v1/apps/"+w.appNamed("Team")+"/groups/"+w.group("Engineering", in["user"]), map[string]any{})
		w.appNamed("Nobody's")
		return in
	}, check: func(t *testing.T, _ *world, _ map[string]string, out workflow.Output) {
		if out != nil && (field(out, "apps", "name") != "Own Team" || field(out, "direct", "name") != "Own" || field(out, "apps", "via") != " Engineering" || out["count"] != 2) {
			t.Errorf("output is %v", out)
		}
	}},
	{action: "user.list_factors", name: "a question only", setUp: withFactors("question"), check: enrolled(false, 1)},
	{action: "user.list_factors", name: "a question that counts", setUp: func(w *world) map[string]string {
		in := withFactors("question")(w)
		in["counts"] = "any"
		return in
	}, check: enrolled(true, 1)},
	{action: "user.list_factors", name: "a phone", setUp: withFactors("question", "sms"), check: enrolled(true, 2)},
	{action: "app.find", setUp: func(w *world) map[string]string {
		w.appNamed("Wiki for all")
		w.appNamed("Wiki")
		return map[string]string{"name": "wiki"}
	}, check: func(t *testing.T, _ *world, _ map[string]string, out workflow.Output) {
		if out != nil && out["name"] != "Wiki" {
			t.Errorf("output is %v", out)
		}
	}},
	{action: "app.list", setUp: func(w *world) map[string]string {
		w.appNamed("Wiki A")
		w.api("POST", "/api/v1/apps/"+w.appNamed("Wiki B")+"/lifecycle/deactivate", nil)
		w.appNamed("Wiki C")
		w.appNamed("Wiki D")
		return map[string]string{"status": "ACTIVE", "name": "Wiki", "max": "2"}
	}, check: func(t *testing.T, _ *world, _ map[string]string, out workflow.Output) {
		if out != nil && (field(out, "apps", "name") != "Wiki A Wiki C" || out["count"] != 2 || out["more"] != true) {
			t.Errorf("output is %v", out)
		}
	}},
	{action: "app.list_users", setUp: func(w *world) map[string]string {
		in := map[string]string{"app": w.bookmark()}
		w.api("POST", "/api/v1/apps/"+in["app"]+"/users", map[string]any{"id": w.person("a@example.com", true), "scope": "USER"})
		w.api("PUT", "/api/v1/apps/"+in["app"]+"/groups/"+w.group("Engineering", w.person("b@example.com", true)), map[string]any{})
		return in
	}, check: func(t *testing.T, _ *world, _ map[string]string, out workflow.Output) {
		if out != nil && (out["count"] != 2 || strings.TrimSpace(field(out, "users", "via")) != "Engineering" || len(out["ids"].([]any)) != 2) {
			t.Errorf("output is %v", out)
		}
	}},
	{action: "app.last_use", name: "never", setUp: func(w *world) map[string]string { return map[string]string{"app": w.bookmark()} },
		check: func(t *testing.T, _ *world, _ map[string]string, out workflow.Output) {
			if out != nil && (out["used"] != false || len(out) != 1) {
				t.Errorf("output is %v", out)
			}
		}},
	{action: "log.search", setUp: func(w *world) map[string]string {
		in := ada(true)(w)
		for range 3 {
			w.api("POST", "/api/v1/users/"+in["user"]+"/lifecycle/suspend", nil)
			w.api("POST", "/api/v1/users/"+in["user"]+"/lifecycle/unsuspend", nil)
		}
		in["event_type"], in["max"], in["result"] = "user.lifecycle.suspend", "2", "SUCCESS"
		return in
	}, check: func(t *testing.T, _ *world, _ map[string]string, out workflow.Output) {
		if out != nil && (out["count"] != 2 || out["more"] != true || strings.Count(out["events"].(string), "user.lifecycle.suspend") != 2) {
			t.Errorf("output is %v", out)
		}
	}},
}
