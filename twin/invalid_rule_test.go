package twin

import (
	"testing"
	"time"
)

// TestRuleOfAGoneGroup: a rule that names a group which was deleted is in nobody's way, and is answered as the org answers.
func TestRuleOfAGoneGroup(t *testing.T) {
	t.Parallel()
	w, _, gone := small(t)
	other := w.must(t, "POST", "/api/v1/groups", group("Others"))
	invalid := w.must(t, "POST", "/api/v1/groups/rules", ruleBody("Gone", `user.department=="Legal"`, gone))
	w.must(t, "DELETE", "/api/v1/groups/"+gone, nil)
	for _, call := range []struct {
		method, path string
		refused      bool
	}{
		{"POST", "/api/v1/groups/rules/" + invalid + "/lifecycle/activate", true},
		{"DELETE", "/api/v1/groups/rules/" + invalid, false},
		{"DELETE", "/api/v1/groups/" + other, false},
	} {
		_, foreseen := do(t.Context(), New(w.client, everyScope, time.Now).Client(), call.method, call.path, nil)
		_, refusal := do(t.Context(), w.client, call.method, call.path, nil)
		if foreseen != refusal || (refusal != "") != call.refused {
			t.Errorf("%s %s: foreseen %q, then %q", call.method, call.path, foreseen, refusal)
		}
	}
}
