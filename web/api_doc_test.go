package web_test

import (
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"caracal/auth"
	"caracal/internal/testenv"
)

// apiLine is a line of the list in docs/api.md.
var apiLine = regexp.MustCompile(`(?m)^    (GET|POST) +(/api/v1/[^ ?\n]+)[^\n]*?(\(\*\))?$`)

// TestEveryLineOfTheAPIIsDocumented holds the list in docs/api.md against the routes, with the mark of those that take the
// right to change.
func TestEveryLineOfTheAPIIsDocumented(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string]bool{}
	for _, m := range apiLine.FindAllStringSubmatch(string(raw), -1) {
		documented[m[1]+" "+m[2]] = documented[m[1]+" "+m[2]] || m[3] != ""
	}
	var there []string
	for _, line := range testenv.New(t, testenv.Stopped).App.Server.RouteLines() {
		if !strings.HasPrefix(line.Pattern, "/api/") {
			continue
		}
		name := line.Method + " " + line.Pattern
		there = append(there, name)
		if right, known := documented[name]; !known || right != line.Changing {
			t.Errorf("%s: in docs/api.md: %v, with (*): %v; it takes the right to change: %v", name, known, right, line.Changing)
		}
	}
	for name := range documented {
		if !slices.Contains(there, name) {
			t.Errorf("docs/api.md lists %s, which is not there", name)
		}
	}
}

// TestTheRightIsAskedFor: a token gets the right to change only where it is ticked, and not in the name of somebody who may not.
func TestTheRightIsAskedFor(t *testing.T) {
	t.Parallel()
	app := testenv.New(t, testenv.Stopped)
	app.As(auth.Operator)
	people, err := app.App.DB.Users(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	id := func(role auth.Role) string {
		return people[slices.IndexFunc(people, func(u auth.User) bool { return slices.Contains(u.Roles, role) })].ID
	}
	form := func(name, person string, more ...string) []string {
		return append([]string{"name", name, "person", person, "workflow", "all", "days", "7"}, more...)
	}
	app.Post("/tokens", form("plain", id(auth.Admin))...).Status(http.StatusOK)
	app.Post("/tokens", form("pipeline", id(auth.Admin), "changes", "true")...).Status(http.StatusOK)
	app.Post("/tokens", form("too much", id(auth.Operator), "changes", "true")...).Status(http.StatusUnprocessableEntity).Has("main", "may not change workflows, and a token never does more than its person")
	list, err := app.App.DB.Tokens(t.Context())
	if err != nil || len(list) != 2 {
		t.Fatalf("%v %+v", err, list)
	}
	for _, token := range list {
		if token.Changes != (token.Name == "pipeline") {
			t.Errorf("%+v", token)
		}
	}
}
