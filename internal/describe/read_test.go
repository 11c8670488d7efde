package describe

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"caracal/catalog"
	"caracal/fault"
	"caracal/internal/hostile"
)

// sdkFile returns a description that ships with Okta's SDK.
func sdkFile(t *testing.T, name string) []byte {
	t.Helper()
	dir, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/okta/okta-sdk-golang/v5").Output()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestReadTakesOktasOwn(t *testing.T) {
	t.Parallel()
	c, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	same, err := Read(sdkFile(t, ".generator/okta-management-APIs-oasv3-noEnums-inheritance.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Compare(same); len(got.Added)+len(got.Removed)+len(got.Changed) != 0 {
		t.Errorf("the same description has %d new, %d removed, %d changed", len(got.Added), len(got.Removed), len(got.Changed))
	}
	older, err := Read(sdkFile(t, ".generator/okta-management-APIs-oasv3-enum-inheritance.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	got := c.Compare(older)
	if len(got.Removed) < 20 || len(got.Changed) < 20 {
		t.Errorf("the older description has %d new, %d removed, %d changed", len(got.Added), len(got.Removed), len(got.Changed))
	}
	for _, change := range got.Changed {
		if len(change.What) == 0 {
			t.Errorf("%s is changed by nothing", change.After.ID)
		}
	}
}

// TestReadRefuses: within 100 MB, whatever comes. How long it takes is measured by the bench.
func TestReadRefuses(t *testing.T) { // not parallel: it measures memory
	whole := string(sdkFile(t, "okta/api/openapi.yaml"))
	for name, text := range hostile.Descriptions(whole, MaxSize) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := Read([]byte(text))
		runtime.ReadMemStats(&after)
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
		if used := (after.TotalAlloc - before.TotalAlloc) >> 20; used > 100 {
			t.Errorf("%s took %d MB to refuse", name, used)
		}
	}
}
