package nodesdk

import (
	"encoding/json"
	"errors"
	"net/http/httptest"
	"os"
	"os/exec"
	"reflect"
	"testing"

	"caracal/oktasim"
)

func TestNodeClientDrivesTheOrg(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("node_modules"); err != nil {
		t.Fatal("the client is not installed: run `make test`, or `npm ci` in this folder")
	}
	org := oktasim.New(oktasim.Config{SSWS: []string{"node-token"}})
	srv := httptest.NewServer(org)
	defer srv.Close()
	org.SetBaseURL(srv.URL)

	cmd := exec.CommandContext(t.Context(), "node", "drive.mjs")
	cmd.Env = append(os.Environ(), "ORG_URL="+srv.URL, "ORG_TOKEN=node-token")
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Fatalf("drive the org: %v\n%s%s", err, out, exit.Stderr)
		}
		t.Fatalf("drive the org: %v", err)
	}
	var seen map[string]any
	if err := json.Unmarshal(out, &seen); err != nil {
		t.Fatalf("read %q: %v", out, err)
	}
	events, ok := seen["events"].(map[string]any)
	if !ok {
		t.Fatalf("no events in %s", out)
	}
	delete(seen, "events")
	want := map[string]any{
		"users": 5.0, "suspended": "SUSPENDED", "unsuspended": "ACTIVE", "deactivated": "DEPROVISIONED", "deleted": "E0000007",
		"members": 4.0, "groupFound": []any{"Node people"}, "assignedGroups": 1.0, "deleteActive": "E0000056",
	}
	if !reflect.DeepEqual(seen, want) {
		t.Errorf("the client saw %v, want %v", seen, want)
	}
	for kind, n := range map[string]float64{"user.lifecycle.create": 5, "user.lifecycle.suspend": 1, "group.lifecycle.create": 1,
		"group.user_membership.add": 4, "application.lifecycle.create": 1, "application.lifecycle.delete": 1} {
		if events[kind] != n {
			t.Errorf("the client read %v events %s, want %v", events[kind], kind, n)
		}
	}
}
