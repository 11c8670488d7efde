package actions

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"caracal/oktasim"
)

// TestALimitedRoleIsNotLeftWide: Okta gives a role whole before it can be limited. Where it refuses the first target, the role
// is taken away again; where it refuses that too, the words say so.
func TestALimitedRoleIsNotLeftWide(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		breaks []string // methods
		says   string
		left   int // roles
	}{
		"taken away again":      {[]string{http.MethodPut}, "its admin role does not allow this", 0},
		"nor can it be removed": {[]string{http.MethodPut, http.MethodDelete}, "limit it in Okta now", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, everyScope...)
			user, role, list := w.limited()
			way := w.set.Inverter()(w.carryOut("operation.unassign_role_from_user", map[string]string{"userId": user, "roleId": role}))
			w.sim.SetFault(func(r *http.Request) *oktasim.Fault {
				if !strings.Contains(r.URL.Path, "/roles/") || strings.HasPrefix(r.Header.Get("Authorization"), "SSWS") || !slices.Contains(c.breaks, r.Method) {
					return nil
				}
				return oktasim.ErrorFault(http.StatusForbidden, "E0000006", "You do not have permission to perform the requested action")
			})
			in := map[string]string{"list": list, "held": way.Steps[0].Fields["held"]}
			if _, err := w.run.Do(t.Context(), w.call("undo.role", in, 1)); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("it says %v, want %q", err, c.says)
			}
			if got := strings.Count(w.shown([]string{list})[0], `"type":"USER_ADMIN"`); got != c.left {
				t.Errorf("%d roles are left, want %d", got, c.left)
			}
		})
	}
}
