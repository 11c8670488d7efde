package actions

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"caracal/oktasim"
	"caracal/twin"
	"caracal/workflow"
)

// lossy is what an undo may leave different, by action: the reason is among what the way says is lost.
var lossy = map[string][]string{
	"user.deactivate": {"ada@example.com changes: status: ACTIVE → PROVISIONED"},
}

// neverBack are the actions that can't be taken back.
var neverBack = []string{"user.reactivate", "user.unlock", "user.expire_password", "user.reset_password", "user.reset_factors",
	"user.clear_sessions", "user.delete", "group.delete"}

// TestUndoPutsTheOrgBack carries out every action that changes, takes it back, and compares the org with what it was;
// then it takes the undo back as well.
func TestUndoPutsTheOrgBack(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	set, err := NewSet(All())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range append(slices.Clone(scenarios), undoScenarios...) {
		a, _ := set.find(s.action)
		if a.Effect == workflow.Reads {
			continue
		}
		seen[s.action] = true
		t.Run(s.action+" "+s.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			in := s.setUp(w)
			before := w.sim.State()
			step := w.carryOut(s.action, in)
			after := w.sim.State()
			way := w.set.Inverter()(step)
			if slices.Contains(neverBack, s.action) || s.noWay {
				if way.None == "" || len(way.Steps) > 0 {
					t.Errorf("it can't be taken back, and the way is %+v", way)
				}
				return
			}
			if changes := twin.Diff(before, after); len(changes) == 0 {
				if way.Nothing == "" || len(way.Steps) > 0 {
					t.Errorf("nothing was changed, and the way is %+v", way)
				}
				return
			}
			if way.None != "" || way.Nothing != "" || len(way.Changed) == 0 {
				t.Fatalf("the way is %+v", way)
			}
			undone := w.takeBack(way, true)
			var left []string
			for _, c := range twin.Diff(before, w.sim.State()) {
				left = append(left, c.Words())
			}
			if !slices.Equal(left, lossy[s.action]) {
				t.Errorf("after the undo it is different: %s", strings.Join(left, "; "))
			}
			if len(left) > 0 && len(way.Lost) == 0 {
				t.Error("nothing says what is lost")
			}
			w.takeBack(way, false)
			w.redo(undone, after)
		})
	}
	for _, a := range All() {
		if a.Effect != workflow.Reads && !seen[a.ID] {
			t.Errorf("%s has no scenario", a.ID)
		}
	}
}

// carryOut does what the engine does for one step: it looks, keeps what it found, and acts.
func (w *world) carryOut(action string, in map[string]string) workflow.RunStep {
	w.t.Helper()
	call := w.call(action, in, 1)
	looked, err := w.run.Before(w.t.Context(), call)
	if err != nil {
		w.t.Fatalf("look before %s: %v", action, err)
	}
	call.Seen = looked.Seen
	result, err := w.run.Do(w.t.Context(), call)
	if err != nil {
		w.t.Fatalf("%s: %v", action, err)
	}
	s := workflow.RunStep{Title: action, Action: action, Input: in, State: workflow.StepDone, Before: looked.Prior, StartedAt: call.StartedAt}
	w.stored(result.Output, &s.Output)
	if s.Output == nil {
		s.Output = workflow.Output{}
	}
	w.stored(looked.Prior, &s.Before)
	return s
}

// stored is a value as the database gives it back.
func (w *world) stored(v, into any) {
	w.t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		w.t.Fatal(err)
	}
}

// takeBack carries the steps of a way out. fresh says that nobody did so before.
func (w *world) takeBack(way workflow.Way, fresh bool) (steps []workflow.RunStep) {
	w.t.Helper()
	guard, anew := way.Guard(), workflow.Renamed{}
	for i, s := range way.Steps {
		in, err := workflow.ResolveStep(s, workflow.Scope{})
		if err != nil {
			w.t.Fatal(err)
		}
		in = anew.Input(in)
		call := w.call(s.Action, in, 1)
		call.Undo = true
		if i == 0 {
			looked, err := w.run.Before(w.t.Context(), call)
			if err != nil || looked.Prior == nil || looked.Prior.Unknown != "" {
				w.t.Fatalf("look before %s: %+v %v", s.Action, looked.Prior, err)
			}
			var found workflow.Prior
			w.stored(looked.Prior, &found)
			met, different := guard.Meet(found)
			if want := map[bool]workflow.Met{true: workflow.AsLeft, false: workflow.AlreadyBack}[fresh]; met != want && (fresh || met == workflow.AsLeft) {
				w.t.Fatalf("the guard of %s says %d and not %d: %+v\nfound %+v\nguard %+v", s.Action, met, want, different, found, guard)
			}
			if !fresh {
				return nil
			}
		}
		taken := w.carryOut(s.Action, in)
		anew.Note(taken.Output)
		w.anew.Note(taken.Output)
		steps = append(steps, taken)
	}
	return steps
}

// redo takes an undo back, where that is possible.
func (w *world) redo(undone []workflow.RunStep, after oktasim.State) {
	w.t.Helper()
	for _, s := range slices.Backward(undone) {
		way := w.set.Inverter()(s)
		if way.None != "" {
			return
		}
		w.takeBack(way, true)
	}
	now := w.sim.State()
	for _, c := range twin.Diff(after, now) {
		if len(w.anew) == 0 || !slices.Contains([]string{"is created", "is deleted"}, strings.TrimPrefix(c.Words(), c.Subject+" ")) {
			w.t.Errorf("after the redo it is different: %s", c.Words())
		}
	}
	if len(now.Rules) != len(after.Rules) || len(now.Groups) != len(after.Groups) { // what is made anew is another one, and as many
		w.t.Errorf("after the redo there are %d rules and %d groups, and there were %d and %d", len(now.Rules), len(now.Groups), len(after.Rules), len(after.Groups))
	}
}

// undoScenarios are what matters to an undo and to nothing else.
var undoScenarios = []scenario{
	{action: "group.add_member", name: "who is a member already", setUp: func(w *world) map[string]string {
		in := ada(true)(w)
		in["group"] = w.group("Engineering", in["user"])
		return in
	}},
	{action: "group.remove_member", name: "who is none", setUp: inGroup},
	{action: "user.update", name: "of several kinds", setUp: func(w *world) map[string]string {
		in := ada(true)(w)
		w.api("POST", "/api/v1/users/"+in["user"], map[string]any{"profile": map[string]any{"title": "Countess", "nickName": "{{ ada }}"}})
		in["title"], in["department"], in["attributes"] = "Duchess", "Engines", "nickName =\ncity = London"
		return in
	}},
	{action: "user.unsuspend", name: "who is not suspended", setUp: ada(true)},
	{action: "user.activate", name: "who was deactivated", setUp: func(w *world) map[string]string {
		in := ada(true)(w)
		w.api("POST", "/api/v1/users/"+in["user"]+"/lifecycle/deactivate", nil)
		return in
	}},
	{action: "user.deactivate", name: "with groups and an app", setUp: func(w *world) map[string]string {
		in := ada(true)(w)
		w.group("Engineering", in["user"])
		w.group("Other", in["user"])
		w.api("POST", "/api/v1/apps/"+w.bookmark()+"/users", map[string]any{"id": in["user"], "scope": "USER"})
		return in
	}},
	{action: "user.deactivate", name: "who was suspended", noWay: true, setUp: func(w *world) map[string]string {
		in := ada(true)(w)
		w.api("POST", "/api/v1/users/"+in["user"]+"/lifecycle/suspend", nil)
		return in
	}},
	{action: "group.update", name: "that had no description", setUp: func(w *world) map[string]string {
		return map[string]string{"group": w.group("Engineering"), "description": "New"}
	}},
	{action: "app.assign_group", name: "that has it already", setUp: func(w *world) map[string]string {
		in := map[string]string{"app": w.bookmark(), "group": w.group("Engineering")}
		w.api("PUT", "/api/v1/apps/"+in["app"]+"/groups/"+in["group"], map[string]any{})
		return in
	}},
	{action: "app.assign_user", name: "who has it already", setUp: func(w *world) map[string]string {
		in := ada(true)(w)
		in["app"] = w.bookmark()
		w.api("POST", "/api/v1/apps/"+in["app"]+"/users", map[string]any{"id": in["user"], "scope": "USER"})
		return in
	}},
	{action: "app.assign_user", name: "who has it by way of a group", setUp: func(w *world) map[string]string {
		in := ada(true)(w)
		in["app"] = w.bookmark()
		w.api("PUT", "/api/v1/apps/"+in["app"]+"/groups/"+w.group("Engineering", in["user"]), map[string]any{})
		return in
	}},
	{action: "app.unassign_user", name: "with a name of their own", setUp: func(w *world) map[string]string {
		in := ada(true)(w)
		in["app"] = w.bookmark()
		w.api("POST", "/api/v1/apps/"+in["app"]+"/users", map[string]any{"id": in["user"], "scope": "USER", "credentials": map[string]any{"userName": "countess"}})
		return in
	}},
	{action: "admin_role.unassign", name: "limited to a group", setUp: func(w *world) map[string]string {
		in := ada(true)(w)
		role := w.api("POST", "/api/v1/users/"+in["user"]+"/roles", map[string]any{"type": "USER_ADMIN"})["id"]
		w.api("PUT", fmt.Sprintf("/api/v1/users/%s/roles/%s/targets/groups/%s", in["user"], role, w.group("Engineering")), nil)
		in["role"] = "USER_ADMIN"
		return in
	}},
	{action: "admin_role.assign_custom", name: "that is there already", setUp: func(w *world) map[string]string {
		in := w.customRole("there")
		w.api("POST", "/api/v1/users/"+in["user"]+"/roles", map[string]any{"type": "CUSTOM", "role": in["role"], "resource-set": in["set"]})
		return in
	}},
	{action: "admin_role.unassign_group", name: "limited to a group", setUp: func(w *world) map[string]string {
		in := map[string]string{"group": w.group("Engineering"), "role": "USER_ADMIN"}
		role := w.api("POST", "/api/v1/groups/"+in["group"]+"/roles", map[string]any{"type": "USER_ADMIN"})["id"]
		w.api("PUT", fmt.Sprintf("/api/v1/groups/%s/roles/%s/targets/groups/%s", in["group"], role, w.group("Support")), nil)
		return in
	}},
	{action: "admin_role.assign_custom_group", name: "that is there already", setUp: func(w *world) map[string]string {
		in := w.customGroupRole("there")
		w.api("POST", "/api/v1/groups/"+in["group"]+"/roles", map[string]any{"type": "CUSTOM", "role": in["role"], "resource-set": in["set"]})
		return in
	}},
	{action: "admin_role.assign", name: "that is there already", setUp: func(w *world) map[string]string {
		in := ada(true)(w)
		w.api("POST", "/api/v1/users/"+in["user"]+"/roles", map[string]any{"type": "HELP_DESK_ADMIN"})
		in["role"] = "HELP_DESK_ADMIN"
		return in
	}},
}
