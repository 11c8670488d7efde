// Command gen reads the API description that ships with Okta's Go SDK and writes the operation catalog that
// Caracal embeds, so that no YAML is read at run time. Run it with "go generate ./catalog".
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"caracal/catalog"
	"caracal/internal/describe"
)

// description is the description file inside the SDK module. It is the one without inheritance tricks, which
// is easier to read than the one the SDK's code was made from.
const description = ".generator/okta-management-APIs-oasv3-noEnums-inheritance.yaml"

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("usage: gen OUTPUT.json")
	}
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/okta/okta-sdk-golang/v5").Output()
	if err != nil {
		return fmt.Errorf("find the SDK module: %w", err)
	}
	doc, err := openapi3.NewLoader().LoadFromFile(filepath.Join(strings.TrimSpace(string(dir)), description))
	if err != nil {
		return fmt.Errorf("read the description: %w", err)
	}
	out, err := write(describe.Collect(doc))
	if err != nil {
		return err
	}
	return os.WriteFile(args[0], out, 0o644)
}

// write prints one operation on a line, so that a change of the description reads well in a diff.
func write(data catalog.Data) ([]byte, error) {
	var buf bytes.Buffer
	scopes, err := json.MarshalIndent(data.Scopes, "", " ")
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(&buf, "{\"api_version\": %q,\n\"scopes\": %s,\n\"operations\": [\n", data.APIVersion, scopes)
	for i, op := range data.Operations {
		line, err := json.Marshal(op)
		if err != nil {
			return nil, err
		}
		buf.Write(line)
		if i < len(data.Operations)-1 {
			buf.WriteByte(',')
		}
		buf.WriteByte('\n')
	}
	buf.WriteString("],\n\"shapes\": {\n")
	if err := writeMap(&buf, data.Shapes); err != nil {
		return nil, err
	}
	buf.WriteString("},\n\"answers\": {\n")
	if err := writeMap(&buf, data.Answers); err != nil {
		return nil, err
	}
	buf.WriteString("}}\n")
	return buf.Bytes(), nil
}

// writeMap prints one entry on a line, by name.
func writeMap[T any](buf *bytes.Buffer, entries map[string]T) error {
	names := slices.Sorted(maps.Keys(entries))
	for i, name := range names {
		line, err := json.Marshal(entries[name])
		if err != nil {
			return err
		}
		fmt.Fprintf(buf, "%q: %s", name, line)
		if i < len(names)-1 {
			buf.WriteByte(',')
		}
		buf.WriteByte('\n')
	}
	return nil
}
