package describe

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"gopkg.in/yaml.v3"

	"caracal/catalog"
	"caracal/fault"
)

// What a description may weigh. Okta's of 2026 has 3.5 MB and some hundred thousand values.
const (
	MaxSize   = 16 << 20
	maxValues = 2_000_000 // after every alias is written out
	fewest    = 100       // operations; less is no description of Okta's whole API
)

// one is held while a description is read.
var one sync.Mutex

// Read reads a description that somebody gives, in YAML or JSON, and refuses what is none of Okta's or is made
// to do harm. The cheap checks come first, so that a refusal takes neither time nor memory.
func Read(text []byte) (data catalog.Data, err error) {
	if len(text) > MaxSize {
		return data, fault.New(fault.Invalid, "The description has %d MB; the most that is read is %d MB.", len(text)>>20, MaxSize>>20)
	}
	if !bytes.Contains(text, []byte("okta.users.read")) || !bytes.Contains(text, []byte("/api/v1/users")) || !bytes.Contains(text, []byte("openapi")) {
		return data, fault.New(fault.Invalid, "This is no description of Okta's Management API; download management-minimal.yaml from Okta's repository okta-management-openapi-spec.")
	}
	one.Lock() // two at once would take the memory of two
	defer one.Unlock()
	if err := harmless(text); err != nil {
		return data, err
	}
	defer func() { // a document that the reader cannot bear is refused like any other that cannot be read
		if p := recover(); p != nil {
			data, err = catalog.Data{}, unreadable(fmt.Errorf("the reader gave up: %v", p))
		}
	}()
	doc, err := openapi3.NewLoader().LoadFromData(text) // follows no reference out of the document
	if err != nil {
		return data, unreadable(err)
	}
	if doc.Info == nil || doc.Paths == nil || !strings.Contains(doc.Info.Title, "Okta") {
		return data, fault.New(fault.Invalid, "This description is not Okta's own: its title does not say so.")
	}
	if !strings.HasPrefix(doc.OpenAPI, "3.0") {
		return data, fault.New(fault.Invalid, "This description is written in OpenAPI %s, and this version of Caracal reads 3.0; update Caracal, or take an earlier description.", cut(oneLine(doc.OpenAPI), 20))
	}
	data = Collect(doc)
	return data, complete(data)
}

func unreadable(err error) error {
	return fault.New(fault.Invalid, "The description cannot be read as OpenAPI 3; download it again.").Because(err)
}

// harmless refuses a document whose aliases write out to more than can be held (a "YAML bomb"), or that contain
// themselves.
func harmless(text []byte) error {
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil { // into nodes: no alias is followed
		return unreadable(err)
	}
	values, err := weigh(&root, map[*yaml.Node]int{}, 0)
	if err != nil {
		return fault.New(fault.Invalid, "The description contains itself, so it cannot be read; download it again.").Because(err)
	}
	if name := madeOfItself(&root); name != "" {
		return fault.New(fault.Invalid, "The description's part %s is made of itself, so nobody can say what it is; download it again.", cut(oneLine(name), 60))
	}
	if values > maxValues {
		return fault.New(fault.Invalid, "The description holds more than %d values, which is no description of Okta's; download it again.", maxValues)
	}
	return nil
}

var errCycle = errors.New("an alias leads to what holds it")

// weigh counts the values below a node with every alias written out. Done nodes are remembered, so that each is
// counted once; one that is under way has the weight -1.
func weigh(n *yaml.Node, done map[*yaml.Node]int, depth int) (int, error) {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if weight, seen := done[n]; seen {
		if weight < 0 {
			return 0, errCycle
		}
		return weight, nil
	}
	if depth > 1000 {
		return 0, errors.New("it is nested too deeply")
	}
	if len(n.Content) == 0 {
		return 1, nil
	}
	done[n] = -1
	sum := 1
	for _, child := range n.Content {
		weight, err := weigh(child, done, depth+1)
		if err != nil {
			return 0, err
		}
		sum = min(sum+weight, maxValues+1)
	}
	done[n] = sum
	return sum, nil
}

// madeOfItself returns a schema that is another name for itself, or has all of itself as one of its parts (OpenAPI
// 3.0, "Reference Object" and "allOf"), directly or over others; "" when none is. That an object has a property or an
// entry of its own kind is nothing special.
func madeOfItself(root *yaml.Node) string {
	if len(root.Content) == 0 {
		return ""
	}
	schemas := child(child(root.Content[0], "components"), "schemas")
	if schemas == nil || schemas.Kind != yaml.MappingNode {
		return ""
	}
	named := make(map[string]*yaml.Node, len(schemas.Content)/2)
	for i := 0; i+1 < len(schemas.Content); i += 2 {
		named[schemas.Content[i].Value] = schemas.Content[i+1]
	}
	const under, done = 1, 2
	state := map[string]int{}
	var loops func(name string, depth int) bool
	loops = func(name string, depth int) bool {
		if state[name] != 0 || depth > deepestName {
			return state[name] != done
		}
		state[name] = under
		schema := named[name]
		parts := []*yaml.Node{schema}
		if all := child(schema, "allOf"); all != nil {
			parts = append(parts, all.Content...)
		}
		for _, part := range parts {
			if ref := child(part, "$ref"); ref != nil && strings.HasPrefix(ref.Value, schemaRef) && loops(ref.Value[len(schemaRef):], depth+1) {
				return true
			}
		}
		state[name] = done
		return false
	}
	for i := 0; i+1 < len(schemas.Content); i += 2 {
		if loops(schemas.Content[i].Value, 0) {
			return schemas.Content[i].Value
		}
	}
	return ""
}

// deepestName is how many names may lead to each other before they count as leading nowhere.
const deepestName = 1000

// schemaRef begins a reference to a schema.
const schemaRef = "#/components/schemas/"

// child returns a value of a mapping, or nil.
func child(n *yaml.Node, key string) *yaml.Node {
	if n != nil && n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// complete refuses a catalog that pages and workflows could not use.
func complete(data catalog.Data) error {
	if len(data.Operations) < fewest {
		return fault.New(fault.Invalid, "The description has only %d operations; take the one of the whole Management API.", len(data.Operations))
	}
	seen := map[string]bool{}
	for _, op := range data.Operations {
		if op.ID == "" || seen[op.ID] || !strings.HasPrefix(op.Path, "/") {
			return fault.New(fault.Invalid, "The description has an operation without a name of its own, at %s %s; download it again.", op.Method, op.Path)
		}
		seen[op.ID] = true
	}
	return nil
}
