package oktasim

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestPanic checks that a handler that panics is Okta's 500, and that the org goes on.
func TestPanic(t *testing.T) {
	t.Parallel()
	o := New(Config{SSWS: []string{"root"}})
	o.routes = newRouteTree(append(o.allRoutes(), route{method: "GET", pattern: "/api/v1/broken", scope: "okta.users.read",
		handle: func(*call) (int, any, *apiError) { panic("a slip") }}))
	ask := func(path string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Header.Set("Authorization", "SSWS root")
		w := httptest.NewRecorder()
		o.ServeHTTP(w, r)
		return w
	}
	if w := ask("/api/v1/broken"); w.Code != 500 || !strings.Contains(w.Body.String(), "E0000009") || strings.Contains(w.Body.String(), "slip") {
		t.Errorf("a panic: %d %s", w.Code, w.Body)
	}
	if w := ask("/api/v1/users"); w.Code != 200 {
		t.Errorf("after a panic: %d", w.Code)
	}
	if o.inFlight != 0 {
		t.Errorf("%d requests are still counted", o.inFlight)
	}
}
