// Package caracal holds nothing but the test of how its packages may depend on each other.
package caracal

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// mayImport says which packages of ours each package may import, as the table of packages in README.md does.
// "*" is all but cmd; domain stands for the packages that say what things are and do no I/O.
var mayImport = map[string][]string{
	"cmd/caracal":          {"*"},
	"web":                  {"handlers", "views", "static", "auth", "db", "fault", "secret"},
	"handlers":             {"views", "views/ui", "static", "form", "db", "engine", "rowcheck", "filing", "rehearse", "undo", "connect", "okta", "catalog", "health", "notify", "secret", "audit", "fault", "internal/describe", domain},
	"views":                {"views/ui", "form", "static", "audit", "catalog", domain},
	"views/ui":             {"form", "static", domain},
	"static":               {},
	"db":                   {"secret", "audit", "fault", domain},
	"connect":              {"batch", "org", "form", "okta", "secret", "db", "fault", "auth", "catalog", "grouprule", "workflow", "trigger"},
	"org":                  {"secret", "fault"},
	"workflow":             {"org", "form", "auth", "fault"},
	"batch":                {"form", "fault"},
	"trigger":              {"workflow", "form", "auth", "fault"},
	"auth":                 {},
	"form":                 {"fault"},
	"secret":               {},
	"fault":                {},
	"okta":                 {"org", "secret", "fault"},
	"catalog":              {"form", "org", "fault"},
	"filing":               {"workflow", "org", "form", "db", "fault", "auth"},
	"health":               {"org", "okta", "catalog", "fault", "trigger"},
	"notify":               {"org", "okta", "db", "secret", "fault", "auth", "trigger", "internal/crash"},
	"actions":              {"workflow", "form", "org", "okta", "catalog", "fault", "grouprule"},
	"grouprule":            {"okta"},
	"engine":               {"workflow", "form", "db", "fault", "auth", "trigger", "batch", "plan", "org", "internal/crash"},
	"audit":                {},
	"oktasim":              {},
	"twin":                 {"okta", "oktasim", "org", "plan", "workflow", "fault"},
	"plan":                 {"org", "workflow"},
	"undo":                 {"engine", "db", "fault", domain},
	"rowcheck":             {"batch", "db", "workflow", "form", "fault", "auth"},
	"rehearse":             {"twin", "engine", "okta", "db", "fault", "secret", domain},
	"internal/app":         {"*"},
	"internal/testenv":     {"*"},
	"internal/testpg":      {},
	"internal/testsmtp":    {},
	"internal/browsertest": {"*"},
	"internal/gen":         {"*"},
	"internal/generated":   {"*"},
	"internal/hostile":     {},
	"internal/describe":    {"catalog", "fault"},
	"internal/crash":       {},
	"internal/crashtest":   {"*"},
	"bench":                {"*"},
}

const domain = "(domain)"

var domainPackages = []string{"org", "workflow", "trigger", "auth", "plan", "batch"}

// farFromSDK are the packages whose change must never recompile Okta's SDK, which takes half a minute.
var farFromSDK = []string{"views", "views/ui", "db", "workflow", "engine"}

const sdk = "github.com/okta/okta-sdk-golang"

type goPackage struct {
	ImportPath string
	Imports    []string
	Deps       []string
}

func TestLayers(t *testing.T) {
	t.Parallel()
	packages := listPackages(t)
	if len(packages) < 15 {
		t.Fatalf("go list found only %d packages", len(packages))
	}
	for _, p := range packages {
		name := strings.TrimPrefix(p.ImportPath, "caracal/")
		allowed, known := mayImport[name]
		if !known {
			t.Errorf("%s is not in the table: say what it may import", name)
			continue
		}
		for _, path := range p.Imports {
			target, ours := strings.CutPrefix(path, "caracal/")
			if !ours {
				continue
			}
			all := slices.Contains(allowed, "*") && !strings.HasPrefix(target, "cmd/")
			isDomain := slices.Contains(allowed, domain) && slices.Contains(domainPackages, target)
			if !all && !isDomain && !slices.Contains(allowed, target) {
				t.Errorf("%s imports %s, which lies to its left or above it", name, target)
			}
		}
		if slices.Contains(farFromSDK, name) && slices.ContainsFunc(p.Deps, func(d string) bool { return strings.HasPrefix(d, sdk) }) {
			t.Errorf("%s reaches Okta's SDK", name)
		}
	}
}

// listPackages asks go list for every package but this one, without tests.
func listPackages(t *testing.T) (packages []goPackage) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports,Deps", "./...").Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Fatalf("go list: %v\n%s", err, exit.Stderr)
		}
		t.Fatal(err)
	}
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(p.ImportPath, "caracal/") && !strings.HasPrefix(p.ImportPath, "caracal/tmp/") {
			packages = append(packages, p)
		}
	}
}
