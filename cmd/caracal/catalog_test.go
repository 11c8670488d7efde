package main

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"caracal/auth"
	"caracal/db"
	"caracal/workflow"
)

func TestCatalogCommand(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		args []string
		code int
		has  string // in the output, of either kind
	}{
		{[]string{"catalog", "search", "deactivate", "usr"}, exitOK, "deactivateUser"},
		{[]string{"catalog", "list", "user factor"}, exitOK, "enrollFactor"},
		{[]string{"catalog", "list"}, exitOK, "listNetworkZones"},
		{[]string{"catalog", "show", "createNetworkZone"}, exitOK, "okta.networkZones.manage"},
		{[]string{"catalog", "show", "deactivateUsr"}, exitFail, "did you mean deactivateUser?"},
		{[]string{"catalog", "search", "xyzzyplugh"}, exitFail, "Nothing fits"},
		{[]string{"catalog", "search"}, exitUsage, "say what to search for"},
		{[]string{"catalog"}, exitUsage, "search, list, show"},
		{[]string{"catalog", "buy"}, exitUsage, `no command "buy"`},
		{[]string{"catalog", "--help"}, exitOK, "caracal catalog search"},
	} {
		if code, stdout, stderr := call(t, nil, tt.args...); code != tt.code || !strings.Contains(stdout+stderr, tt.has) {
			t.Errorf("%v: exit %d, want %d with %q\n%.600s%.600s", tt.args, code, tt.code, tt.has, stdout, stderr)
		}
	}
}

func TestCatalogJSON(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"catalog", "search", "--json", "mfa", "reset"}, {"catalog", "search", "mfa", "reset", "--json"}} {
		_, stdout, stderr := call(t, nil, args...)
		var list []catalogEntry
		if err := json.Unmarshal([]byte(stdout), &list); err != nil || len(list) == 0 || list[0].ID != "resetFactors" {
			t.Errorf("%v: %v %v %s", args, err, list, stderr)
		}
	}
	_, stdout, _ := call(t, nil, "catalog", "show", "createGroup", "--json")
	var one catalogDetail
	if err := json.Unmarshal([]byte(stdout), &one); err != nil || one.Path != "/api/v1/groups" || one.Shape == nil {
		t.Errorf("%v %s", err, stdout)
	}
}

// TestCatalogImport takes an older description of Okta's, lists it, and goes back.
func TestCatalogImport(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/okta/okta-sdk-golang/v5").Output()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(strings.TrimSpace(string(out)), ".generator", "okta-management-APIs-oasv3-enum-inheritance.yaml")
	data := t.TempDir()
	nonsense := filepath.Join(data, "nonsense.yaml")
	if err := os.WriteFile(nonsense, []byte("openapi: 3.0.3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	expect := func(want int, has string, args ...string) string {
		t.Helper()
		code, stdout, stderr := call(t, map[string]string{"CARACAL_DATA": data}, append([]string{"catalog"}, args...)...)
		if code != want || !strings.Contains(stdout+stderr, has) {
			t.Fatalf("%v: exit %d, want %d with %q\n%.500s%.500s", args, code, want, has, stdout, stderr)
		}
		return stdout
	}
	expect(exitUsage, "name one file", "import")
	expect(exitFail, "open the description", "import", filepath.Join(data, "none.yaml"))
	expect(exitFail, "no description of Okta's", "import", nonsense)
	expect(exitOK, "removed", "import", "--check", file)
	expect(exitUsage, "There is no folder", "import", file, "--data", filepath.Join(data, "none"))
	if list := expect(exitOK, "in use", "versions"); strings.Count(list, "\n") != 1 {
		t.Errorf("something was kept:\n%s", list)
	}
	d, err := db.Open(t.Context(), filepath.Join(data, "caracal.db"), db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = d.CreateWorkflow(t.Context(), workflow.Definition{Name: "Read realms",
		Steps: []workflow.Step{{ID: "a", Title: "A", Action: "operation.list_realm_assignments"}}}, auth.User{ID: "u_test"})
	if err := errors.Join(err, d.Close()); err != nil {
		t.Fatal(err)
	}
	expect(exitOK, "used by Read realms", "import", "--check", file)
	var changes importedJSON
	if err := json.Unmarshal([]byte(expect(exitOK, "{", "import", "--check", "--json", file)), &changes); err != nil || len(changes.UsedBy["listRealmAssignments"]) != 1 || changes.Age == "" {
		t.Errorf("%v %q %v", err, changes.Age, changes.UsedBy)
	}
	expect(exitOK, "Kept as", "import", file)
	list := expect(exitOK, "541 operations", "versions")
	name, _, _ := strings.Cut(list, " ")
	expect(exitFail, "no operation", "show", "listRealmAssignments") // the older description has none
	expect(exitOK, "uses built-in", "restore", "built-in")
	expect(exitOK, "Realm", "show", "listRealmAssignments")
	expect(exitOK, "uses "+name, "restore", name)
	expect(exitFail, "no imported catalog", "restore", "../../etc/passwd")
}
