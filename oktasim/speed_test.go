package oktasim_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"caracal/oktasim"
)

// BenchmarkThreeCalls is what a workflow of three steps sends: a user is
// created, found, and put into a group, in an org that already has a company.
func BenchmarkThreeCalls(b *testing.B) {
	org := oktasim.New(oktasim.Config{SSWS: []string{"root"}, Settings: oktasim.Settings{NoRateLimit: true}})
	if err := org.SeedCompany(); err != nil {
		b.Fatal(err)
	}
	send := func(method, path, body string) string {
		r := httptest.NewRequestWithContext(b.Context(), method, path, strings.NewReader(body))
		r.Header.Set("Authorization", root)
		w := httptest.NewRecorder()
		org.ServeHTTP(w, r)
		if w.Code >= http.StatusBadRequest {
			b.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
		}
		return w.Body.String()
	}
	id := func(body string) string { return strings.Split(body[strings.Index(body, `"id":"`)+6:], `"`)[0] }
	group := id(send("POST", "/api/v1/groups", `{"profile":{"name":"Bench"}}`))
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		n++
		login := fmt.Sprintf("bench%d@example.com", n)
		user := id(send("POST", "/api/v1/users?activate=true", fmt.Sprintf(`{"profile":{"firstName":"B","lastName":"M","login":%q,"email":%q}}`, login, login)))
		send("GET", "/api/v1/users/"+user, "")
		send("PUT", "/api/v1/groups/"+group+"/users/"+user, "")
	}
}
