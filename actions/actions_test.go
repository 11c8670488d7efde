package actions

import (
	"slices"
	"strings"
	"testing"

	"caracal/fault"
	"caracal/form"
	"caracal/org"
	"caracal/workflow"
)

// TestAllActionsAreThere holds the list against what the product promises.
func TestAllActionsAreThere(t *testing.T) {
	t.Parallel()
	promised := []string{
		"user.create", "user.activate", "user.update", "user.suspend", "user.unsuspend", "user.unlock", "user.deactivate",
		"user.reactivate", "user.delete", "user.expire_password", "user.reset_password", "user.reset_factors",
		"user.clear_sessions", "user.change_manager", "user.find",
		"user.list", "user.list_groups", "user.list_apps", "user.list_factors",
		"group.create", "group.update", "group.delete", "group.add_member", "group.remove_member", "group.replace_members",
		"group.find", "group.list_members",
		"group_rule.create", "group_rule.activate", "group_rule.deactivate",
		"app.find", "app.list", "app.list_users", "app.last_use", "app.assign_user", "app.unassign_user", "app.assign_group", "app.unassign_group", "app.activate", "app.deactivate",
		"admin_role.assign", "admin_role.unassign", "admin_role.assign_custom", "admin_role.unassign_custom",
		"admin_role.assign_group", "admin_role.unassign_group", "admin_role.assign_custom_group", "admin_role.unassign_custom_group", "log.search",
	}
	set, err := NewSet(All())
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range promised {
		if _, ok := set.Registry().Get(id); !ok {
			t.Errorf("%s is missing", id)
		}
		if !slices.ContainsFunc(scenarios, func(s scenario) bool { return s.action == id }) {
			t.Errorf("%s has no scenario", id)
		}
	}
	if n := len(set.Registry().All()); n != len(promised) {
		t.Errorf("there are %d actions, %d are promised", n, len(promised))
	}
}

func TestNewSetRefuses(t *testing.T) {
	t.Parallel()
	for word, change := range map[string]func(a *Action){
		"there twice":       nil,
		"is not known":      func(a *Action) { a.Scopes = []org.Scope{"okta.nonsense.read"} },
		"no scope":          func(a *Action) { a.Scopes = nil },
		"a label":           func(a *Action) { a.Fields = []form.Field{{Name: "x", Kind: form.Text}} },
		"Do is missing":     func(a *Action) { a.Do = nil },
		"Find must be":      func(a *Action) { a.Repeat = workflow.Never },
		"which is no field": func(a *Action) { a.Summary = "does {nothing}" },
		"must be there":     func(a *Action) { a.Help = "" },
		"object.verb":       func(a *Action) { a.ID = "Suspend" },
		"effect":            func(a *Action) { a.Effect = "" },
		"repeat":            func(a *Action) { a.Repeat = "" },
		"output":            func(a *Action) { a.Outputs = []workflow.OutputField{{Name: "x"}} },
		"say why it can't":  func(a *Action) { a.Undo = Inverse{} },
		"or how":            func(a *Action) { a.Undo.None = "It can't." },
		"looked at":         func(a *Action) { a.Undo.Look = nil },
		"needs a list":      func(a *Action) { a.Outputs = []workflow.OutputField{{Name: "x", Label: "X", Fields: userItem}} },
	} {
		a := userSuspend
		list := []Action{userSuspend}
		if change != nil {
			change(&a)
			list = nil
		}
		if _, err := NewSet(append(list, a)); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%s: %v", word, err)
		}
	}
}

func TestExecutorRefusesBadInput(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for field, in := range map[string]map[string]string{
		"group": {"user": "00u1ada"},
		"user":  {"user": "not an id", "group": "00g1"},
	} {
		_, err := w.run.Do(t.Context(), w.call("group.add_member", in, 1))
		if f := fault.As(err); f == nil || f.Kind != fault.Invalid || f.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	if _, err := w.run.Do(t.Context(), w.call("group.explode", nil, 1)); !fault.Is(err, fault.Invalid) {
		t.Errorf("an unknown action: %v", err)
	}
}

// TestEveryAction does each action, says whether it can be found out, and does it again as its Repeat says.
func TestEveryAction(t *testing.T) {
	t.Parallel()
	set, err := NewSet(All())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range scenarios {
		t.Run(s.action+" "+s.name, func(t *testing.T) {
			t.Parallel()
			spec, ok := set.Registry().Get(s.action)
			if !ok {
				t.Fatal("no such action")
			}
			w := newWorld(t)
			in := s.setUp(w)
			if spec.Repeat == workflow.Never {
				f, err := w.run.Find(t.Context(), w.call(s.action, in, 1))
				if err != nil || f.Done {
					t.Fatalf("before: %+v, %v", f, err)
				}
			}
			r, err := w.run.Do(t.Context(), w.call(s.action, in, 1))
			if err != nil {
				t.Fatalf("do: %v", err)
			}
			if r.Request == "" {
				t.Error("no request id")
			}
			for name := range r.Output {
				if !slices.ContainsFunc(spec.Outputs, func(o workflow.OutputField) bool { return o.Name == name }) {
					t.Errorf("output %q is not in the spec", name)
				}
			}
			for _, o := range spec.Outputs {
				items, _ := r.Output[o.Name].([]any)
				for _, item := range items {
					object, _ := item.(map[string]any) // or an id
					for name := range object {
						if !slices.ContainsFunc(o.Fields, func(f workflow.OutputField) bool { return f.Name == name }) {
							t.Errorf("items of %q have a field %q that is not in the spec", o.Name, name)
						}
					}
				}
			}
			s.check(t, w, in, r.Output)
			if spec.Repeat == workflow.Never {
				f, err := w.run.Find(t.Context(), w.call(s.action, in, 1))
				if err != nil || f.Words == "" || f.Done != !s.lost {
					t.Fatalf("after: %+v, %v", f, err)
				}
				if f.Done && f.Output["id"] != r.Output["id"] {
					t.Errorf("found %v, want %v", f.Output, r.Output)
				}
				return
			}
			again, err := w.run.Do(t.Context(), w.call(s.action, in, 2))
			if err != nil {
				t.Fatalf("again: %v", err)
			}
			s.check(t, w, in, nil)
			if spec.Effect == workflow.Reads && len(again.Output) != len(r.Output) {
				t.Errorf("reading again gave %v", again.Output)
			}
		})
	}
}
