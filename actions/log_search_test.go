package actions

import (
	"fmt"
	"testing"

	"caracal/fault"
)

// TestLogSearchTypes: several types are one search, and what is no type is refused before anything is asked.
func TestLogSearchTypes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.person("ada@example.com", true)
	w.api("POST", "/api/v1/users/"+id+"/lifecycle/suspend", nil)
	w.api("POST", "/api/v1/users/"+id+"/lifecycle/unsuspend", nil)
	in := func(types string) map[string]string {
		return map[string]string{"event_type": types, "hours": "24", "max": "100", "user": id, "result": "SUCCESS"}
	}
	many := "a.a"
	for i := range maxLogTypes {
		many += fmt.Sprintf(",a.b%d", i)
	}
	for types, want := range map[string]int{"user.lifecycle.suspend": 1, "user.lifecycle.suspend, user.lifecycle.unsuspend": 2, "group.lifecycle.create": 0, `x" or actor.id pr`: -1, many: -1} {
		r, err := w.run.Do(t.Context(), w.call("log.search", in(types), 1))
		switch f := fault.As(err); {
		case want < 0 && (f == nil || f.Field != "event_type"):
			t.Errorf("%.60s: %v", types, err)
		case want >= 0 && (err != nil || r.Output["count"] != want):
			t.Errorf("%s: %v, %v", types, r.Output, err)
		}
	}
}
