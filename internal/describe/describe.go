// Package describe reduces an OpenAPI description of Okta's API to what Caracal shows of it: the operations,
// their parameters and the shapes of their bodies.
package describe

import (
	"cmp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"caracal/catalog"
)

// Collect reduces the description.
func Collect(doc *openapi3.T) catalog.Data {
	data := catalog.Data{APIVersion: doc.Info.Version, Scopes: map[string]string{}, Shapes: map[string]*catalog.Shape{}, Answers: map[string][]catalog.Value{}}
	if doc.Components != nil {
		for _, scheme := range doc.Components.SecuritySchemes {
			if flows := scheme.Value.Flows; flows != nil && flows.AuthorizationCode != nil {
				for scope, words := range flows.AuthorizationCode.Scopes {
					data.Scopes[scope] = oneLine(words)
				}
			}
		}
	}
	s := &shapes{all: data.Shapes}
	g := &answers{all: data.Answers}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			data.Operations = append(data.Operations, catalog.Operation{
				ID: op.OperationID, Method: method, Path: path, Tag: first(op.Tags),
				Summary: oneLine(op.Summary), Text: plain(op.Description, operationText), Scopes: scopesOf(op),
				Lifecycle: lifecycle(op), Deprecated: op.Deprecated,
				Parameters: parameters(s, path, item.Parameters, op.Parameters), Body: body(s, op), Answer: answer(op), Gives: g.of(op),
			})
		}
	}
	slices.SortFunc(data.Operations, func(a, b catalog.Operation) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Method, b.Method))
	})
	customRoles(data.Shapes["AssignRoleRequest"])
	return data
}

// customRoles adds the fields of a custom role to the body that assigns an admin role to a user or a group. Okta takes
// them since custom roles exist (schema CustomRoleAssignmentSchema); older descriptions name the type alone there.
func customRoles(s *catalog.Shape) {
	if s == nil || len(s.Fields) != 1 || s.Fields[0].Name != "type" {
		return
	}
	s.Fields[0].Text = "Type of a standard role, or CUSTOM with a role and a resource set"
	s.Fields = append(s.Fields, catalog.Value{Name: "role", Text: "Custom role ID, when the type is CUSTOM"},
		catalog.Value{Name: "resource-set", Text: "Resource set ID, when the type is CUSTOM"})
}

// parameters lists what stands in the path, the query and the headers; the path's in the order of the path.
func parameters(s *shapes, path string, shared, own openapi3.Parameters) []catalog.Value {
	var out []catalog.Value
	for _, p := range slices.Concat(own, shared) {
		v := p.Value
		if v == nil || v.In == "cookie" || slices.ContainsFunc(out, func(o catalog.Value) bool { return o.Name == v.Name && o.In == v.In }) {
			continue
		}
		value := catalog.Value{}
		if v.Schema != nil {
			value = s.value(v.Name, v.Schema, v.Name)
		}
		value.Name, value.In, value.Required = v.Name, v.In, v.Required
		if value.Type == "array" && v.Explode != nil && !*v.Explode {
			value.Format = "csv"
		}
		if text := plain(v.Description, valueText); text != "" {
			value.Text = text
		}
		out = append(out, value)
	}
	place := func(v catalog.Value) int {
		if v.In == "path" {
			return strings.Index(path, "{"+v.Name+"}")
		}
		if v.In == "header" {
			return len(path) + 1
		}
		return len(path)
	}
	slices.SortStableFunc(out, func(a, b catalog.Value) int { return cmp.Compare(place(a), place(b)) })
	return out
}

// body says what the operation takes besides its parameters.
func body(s *shapes, op *openapi3.Operation) *catalog.Body {
	if op.RequestBody == nil || op.RequestBody.Value == nil {
		return nil
	}
	request := op.RequestBody.Value
	out := &catalog.Body{Required: request.Required}
	for name := range request.Content {
		out.Types = append(out.Types, name)
	}
	slices.SortFunc(out.Types, func(a, b string) int { // JSON first
		return cmp.Or(cmp.Compare(b2i(a != catalog.JSON), b2i(b != catalog.JSON)), cmp.Compare(a, b))
	})
	media := request.Content[first(out.Types)]
	if media != nil && media.Schema != nil {
		switch out.Types[0] {
		case catalog.JSON, "application/merge-patch+json":
			out.Shape = s.body(media.Schema, op.OperationID)
		case "multipart/form-data":
			for name := range flat(media.Schema).properties {
				out.File = name
			}
		}
	}
	if slices.Equal(out.Types, []string{catalog.JSON}) {
		out.Types = nil
	}
	return out
}

// answer says what a success looks like: "list", "object", "none", or a content type that is no JSON.
func answer(op *openapi3.Operation) string {
	if op.Responses == nil {
		return "none"
	}
	out := "none"
	for status, response := range op.Responses.Map() {
		if !strings.HasPrefix(status, "2") || response.Value == nil || len(response.Value.Content) == 0 {
			continue
		}
		media, ok := response.Value.Content[catalog.JSON]
		switch {
		case !ok:
			for name := range response.Value.Content {
				out = name
			}
		case media.Schema != nil && flat(media.Schema).kind == "array":
			return "list"
		default:
			out = "object"
		}
	}
	return out
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

func first(s []string) string {
	if len(s) == 0 {
		return ""
	}
	return s[0]
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
