package describe

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"caracal/catalog"
	"caracal/fault"
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

// okta is the head of a description that passes the cheap checks.
const okta = "openapi: 3.0.3\ninfo: {title: Okta Admin Management, version: '1'}\nx: [okta.users.read, /api/v1/users]\n"

// TestReadRefuses: within a second and 100 MB, whatever comes.
func TestReadRefuses(t *testing.T) { // not parallel: it measures memory
	bomb := &strings.Builder{}
	bomb.WriteString(okta + "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := range 12 {
		fmt.Fprintf(bomb, "a%d: &a%d [%s]\n", i+1, i+1, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i), 10), ", "))
	}
	cyclic := `components: {schemas: {A: {allOf: [{$ref: '#/components/schemas/A'}, {$ref: '#/components/schemas/B'}]}, B: {oneOf: [{$ref: '#/components/schemas/B'}], items: {$ref: '#/components/schemas/B'}},
  C: {type: array, items: {$ref: '#/components/schemas/C'}}, D: {type: object, properties: {d: {$ref: '#/components/schemas/D'}, c: {$ref: '#/components/schemas/C'}}}}}
paths: {/api/v1/users: {post: {operationId: x, requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/%s'}}}}, responses: {'200': {description: ok}}}}}
`
	whole := string(sdkFile(t, "okta/api/openapi.yaml"))
	within := func(more string) string { return strings.Replace(whole, "\n  schemas:\n", "\n  schemas:\n"+more, 1) }
	for name, text := range map[string]string{
		"a whole one with a part that is itself":     within("    A1:\n      $ref: '#/components/schemas/A2'\n    A2:\n      $ref: '#/components/schemas/A1'\n"),
		"a whole one with a part that has all of it": within("    A1:\n      allOf:\n      - $ref: '#/components/schemas/A2'\n      - type: object\n    A2:\n      allOf:\n      - $ref: '#/components/schemas/A1'\n"),
		"empty": "", "too large": strings.Repeat("x", MaxSize+1), "another company's": "openapi: 3.0.3\ninfo: {title: Acme, version: '1'}\npaths: {}\n",
		"a picture": "\x89PNG\r\n\x1a\n" + strings.Repeat("\x00", 1<<20), "a bomb": bomb.String(), "an alias of itself": okta + "a: &a [*a]\n",
		"deep": okta + "a: " + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + "\n", "few operations": okta + "paths: {}\n",
		"a web page": "<!doctype html><html><body>openapi okta.users.read /api/v1/users</body></html>", "JSON that is no description": `{"x": ["openapi", "okta.users.read", "/api/v1/users"]}`,
		"a later format": strings.Replace(okta, "3.0.3", "4.0.0", 1) + "paths: {}\n", "half a file": okta + "paths: {/api/v1/users: {get: {operationId: x, responses: {'200': {descr",
		"null parts":       okta + "components: {securitySchemes: {x: null}, schemas: {A: null}}\npaths: {/a: null}\n",
		"titled otherwise": strings.Replace(okta, "Okta Admin", "Acme", 1) + "paths: {}\n", "broken": okta + "paths: [\n",
		"cyclic parts": okta + fmt.Sprintf(cyclic, "A"), "cyclic choice": okta + fmt.Sprintf(cyclic, "B"), "cyclic list": okta + fmt.Sprintf(cyclic, "C"), "cyclic object": okta + fmt.Sprintf(cyclic, "D"),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		began := time.Now()
		_, err := Read([]byte(text))
		took := time.Since(began)
		runtime.ReadMemStats(&after)
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
		// A whole description is refused once it is parsed, before it is read; with the race detector that takes long.
		if used := (after.TotalAlloc - before.TotalAlloc) >> 20; took > time.Second && !strings.HasPrefix(name, "a whole one") || used > 100 {
			t.Errorf("%s took %s and %d MB to refuse", name, took, used)
		}
	}
}
