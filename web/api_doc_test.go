package web_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

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
