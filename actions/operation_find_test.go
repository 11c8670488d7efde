package actions

import (
	"context"
	"testing"
	"time"

	"caracal/fault"
	"caracal/okta"
	"caracal/oktasim"
	"caracal/workflow"
)

// TestLostAnswersOfOperations drops the connection before or after the change of operations: what is found is what
// happened, or a person is asked.
func TestLostAnswersOfOperations(t *testing.T) {
	t.Parallel()
	set := operationsSet(t)
	for name, c := range map[string]struct {
		action string
		setUp  func(w *world) map[string]string
		asks   bool // a person, where nothing was changed
	}{
		"create a group": {"operation.create_group", func(*world) map[string]string { return map[string]string{"profile_name": "Sales"} }, true},
		"delete a group": {"operation.delete_group", func(w *world) map[string]string { return map[string]string{"groupId": w.group("Sales")} }, false},
		"suspend": {"operation.suspend_user", func(w *world) map[string]string {
			return map[string]string{"userId": w.person("ada@example.com", true)}
		}, false},
		"deactivate an app": {"operation.deactivate_application", func(w *world) map[string]string {
			return map[string]string{"appId": w.bookmark()}
		}, false},
		"change a person": {"operation.update_user", func(w *world) map[string]string {
			return map[string]string{"userId": w.person("ada@example.com", true), "profile_title": "Engineer"}
		}, false},
		"take a member out": {"operation.unassign_user_from_group", func(w *world) map[string]string {
			user := w.person("ada@example.com", true)
			return map[string]string{"groupId": w.group("Sales", user), "userId": user}
		}, false},
		"assign an app": {"operation.assign_user_to_application", func(w *world) map[string]string {
			return map[string]string{"appId": w.bookmark(), "id": w.person("ada@example.com", true)}
		}, false},
		"give a role": {"operation.assign_role_to_user", func(w *world) map[string]string {
			return map[string]string{"userId": w.person("ada@example.com", true), "type": "HELP_DESK_ADMIN"}
		}, true},
		"expire a password": {"operation.expire_password", func(w *world) map[string]string {
			return map[string]string{"userId": w.person("ada@example.com", true)}
		}, true},
		"reset factors": {"operation.reset_factors", func(w *world) map[string]string {
			return map[string]string{"userId": w.person("ada@example.com", true)}
		}, true},
	} {
		for when, f := range map[string]func() *oktasim.Fault{"before": oktasim.DropBefore, "after": oktasim.DropAfter} {
			t.Run(name+" lost "+when, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				w.run = set.Executor(func(context.Context, string) (*okta.Client, error) { return w.okta, nil })
				in := c.setUp(w)
				var before []workflow.Fact
				looked, err := w.run.Before(t.Context(), w.call(c.action, in, 1))
				if err != nil {
					t.Fatal(err)
				}
				if looked.Prior != nil {
					before = looked.Prior.Facts
				}
				w.onFirstWrite(f())
				if _, err := w.run.Do(t.Context(), w.call(c.action, in, 1)); !fault.Is(err, fault.Uncertain) {
					t.Fatalf("do: %v", err)
				}
				call := w.call(c.action, in, 1)
				call.Before = before
				found, err := w.run.Find(t.Context(), call)
				if err != nil || found.Words == "" {
					t.Fatalf("find: %+v, %v", found, err)
				}
				made := when == "after"
				if made != found.Done || !made && found.Known == c.asks {
					t.Errorf("made %v, found %+v", made, found)
				}
				if e := found.Evidence; e == nil || e.Sought == "" && e.Log == nil || len(e.Looks) == 0 && e.Log == nil {
					t.Errorf("the evidence is %+v", found.Evidence)
				}
				if made && c.action == "operation.create_group" && found.Output["id"] == nil {
					t.Errorf("the id is lost: %+v", found)
				}
			})
		}
	}
}

// TestAnOlderObjectIsNotTaken asks a person where an object of the name was there before the step.
func TestAnOlderObjectIsNotTaken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.run = operationsSet(t).Executor(func(context.Context, string) (*okta.Client, error) { return w.okta, nil })
	w.group("Sales")
	w.started = time.Now().Add(time.Hour)
	found, err := w.run.Find(t.Context(), w.call("operation.create_group", map[string]string{"profile_name": "Sales"}, 1))
	if err != nil || found.Known {
		t.Errorf("got %+v, %v", found, err)
	}
}
