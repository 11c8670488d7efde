// Command gen reads the API description that ships with Okta's Go SDK and writes the operation catalog that
// Caracal embeds, so that no YAML is read at run time. Run it with "go generate ./catalog".
package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"caracal/catalog"
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
	out, err := write(collect(doc))
	if err != nil {
		return err
	}
	return os.WriteFile(args[0], out, 0o644)
}

// collect reduces the description to what Caracal shows.
func collect(doc *openapi3.T) catalog.Data {
	data := catalog.Data{APIVersion: doc.Info.Version, Scopes: map[string]string{}}
	for _, scheme := range doc.Components.SecuritySchemes {
		if flows := scheme.Value.Flows; flows != nil && flows.AuthorizationCode != nil {
			for scope, words := range flows.AuthorizationCode.Scopes {
				data.Scopes[scope] = oneLine(words)
			}
		}
	}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			data.Operations = append(data.Operations, catalog.Operation{
				ID: op.OperationID, Method: method, Path: path, Tag: first(op.Tags),
				Summary: oneLine(op.Summary), Scopes: scopesOf(op), Lifecycle: lifecycle(op), Deprecated: op.Deprecated,
			})
		}
	}
	slices.SortFunc(data.Operations, func(a, b catalog.Operation) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Method, b.Method))
	})
	return data
}

func scopesOf(op *openapi3.Operation) []string {
	var out []string
	if op.Security != nil {
		for _, requirement := range *op.Security {
			out = append(out, requirement["oauth2"]...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// lifecycle returns EA, LIMITED_GA or BETA; nothing for what is generally available.
func lifecycle(op *openapi3.Operation) string {
	ext, ok := op.Extensions["x-okta-lifecycle"].(map[string]any)
	if !ok {
		return ""
	}
	if stage, _ := ext["lifecycle"].(string); stage != "GA" {
		return stage
	}
	return ""
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
	buf.WriteString("]}\n")
	return buf.Bytes(), nil
}

func first(s []string) string {
	if len(s) == 0 {
		return ""
	}
	return s[0]
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
