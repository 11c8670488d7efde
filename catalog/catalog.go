// Package catalog knows every operation of the Okta Management API: its scope, its words, its place. The data
// is generated from the description that ships with Okta's Go SDK and embedded.
package catalog

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
)

//go:generate go run caracal/internal/gen operations.json

//go:embed operations.json
var embedded []byte

// Operation is one entry of Okta's API.
type Operation struct {
	ID         string   `json:"id"` // the description's operationId
	Method     string   `json:"m"`
	Path       string   `json:"p"`
	Tag        string   `json:"tag,omitempty"`
	Summary    string   `json:"sum,omitempty"`
	Scopes     []string `json:"sc,omitempty"` // OAuth scopes, any of which allows it
	Lifecycle  string   `json:"lc,omitempty"` // EA, LIMITED_GA, BETA; empty when generally available
	Deprecated bool     `json:"dep,omitempty"`
	Text       string   `json:"d,omitempty"`   // what Okta says about it, shortened
	Answer     string   `json:"ans,omitempty"` // list, object, none, or a content type that is no JSON
	Parameters []Value  `json:"q,omitempty"`
	Body       *Body    `json:"b,omitempty"`
	Gives      string   `json:"g,omitempty"` // what the answer holds, or each entry of a list: a name in Data.Answers
}

// Reads reports whether the operation changes nothing.
func (o Operation) Reads() bool { return o.Method == "GET" || o.Method == "HEAD" }

// Data is the embedded catalog as it is stored.
type Data struct {
	APIVersion string            `json:"api_version"`
	Scopes     map[string]string `json:"scopes"` // what Okta says each allows
	Operations []Operation       `json:"operations"`
	Shapes     map[string]*Shape `json:"shapes"` // the objects that bodies hold, by name
	// Answers are the first level of the objects that operations give, by name: of each field what it is called
	// and its type. An imported catalog of an earlier Caracal has none.
	Answers map[string][]Value `json:"answers,omitempty"`
}

// Scope is one OAuth scope with what it lets one do.
type Scope struct {
	Name       string
	Object     string // "users", "authorization servers"
	Manages    bool
	Words      string // one sentence: what it allows
	Operations []Operation
}

// Catalog answers questions about operations and scopes. It is read-only and safe for concurrent use.
type Catalog struct {
	APIVersion string
	operations []Operation
	shapes     map[string]*Shape
	answers    map[string][]Value
	byID       map[string]Operation
	scopes     []Scope
	byScope    map[string]int
	index      *index

	placesOnce sync.Once
	byPlace    map[string]Operation // by method and path
	namesOnce  sync.Once
	byStep     map[string]Operation // by the id of its step without a kind

	stepsOnce sync.Once
	steps     []Step
	stepAt    map[string]int
}

// Load reads the embedded catalog. It takes a few milliseconds: load once and hand it on.
func Load() (*Catalog, error) {
	data, err := embeddedData()
	if err != nil {
		return nil, err
	}
	return build(data), nil
}

func embeddedData() (data Data, err error) {
	if err := json.Unmarshal(embedded, &data); err != nil {
		return data, fmt.Errorf("read the embedded operation catalog: %w", err)
	}
	return data, nil
}

func build(data Data) *Catalog {
	c := &Catalog{APIVersion: data.APIVersion, operations: data.Operations, shapes: data.Shapes, answers: data.Answers, byID: map[string]Operation{}, byScope: map[string]int{}}
	using := map[string][]Operation{}
	for _, op := range data.Operations {
		c.byID[op.ID] = op
		for _, s := range op.Scopes {
			using[s] = append(using[s], op)
			if _, known := data.Scopes[s]; !known {
				data.Scopes[s] = ""
			}
		}
	}
	for _, name := range newerScopes {
		if _, known := data.Scopes[name]; !known {
			data.Scopes[name] = ""
		}
	}
	for name, words := range data.Scopes {
		if !strings.Contains(name, ".") {
			continue // openid, profile, …: not scopes of the Management API
		}
		c.scopes = append(c.scopes, Scope{Name: name, Object: object(name), Manages: strings.HasSuffix(name, ".manage"),
			Words: sentence(name, words), Operations: using[name]})
	}
	slices.SortFunc(c.scopes, func(a, b Scope) int { return strings.Compare(a.Name, b.Name) })
	for i, s := range c.scopes {
		c.byScope[s.Name] = i
	}
	c.index = newIndex(c.operations)
	return c
}

// Operations returns every operation, by path and method.
func (c *Catalog) Operations() []Operation { return c.operations }

// Operation returns the operation with this id.
func (c *Catalog) Operation(id string) (Operation, bool) {
	op, ok := c.byID[id]
	return op, ok
}

// Shape returns the shape of this name, or an empty one.
func (c *Catalog) Shape(name string) *Shape {
	if s := c.shapes[name]; s != nil {
		return s
	}
	return &Shape{}
}

// Answer returns the fields of what an operation gives, or of each entry of the list that it gives; none where
// the description does not say.
func (c *Catalog) Answer(op Operation) []Value { return c.answers[op.Gives] }

// Scopes returns every scope, by name.
func (c *Catalog) Scopes() []Scope { return c.scopes }

// Scope returns the scope of this name.
func (c *Catalog) Scope(name string) (Scope, bool) {
	i, ok := c.byScope[name]
	if !ok {
		return Scope{}, false
	}
	return c.scopes[i], true
}

// Nearest returns the known scope that looks most like name, or "": for "did you mean".
func (c *Catalog) Nearest(name string) string {
	best, bestDistance := "", 4
	for _, s := range c.scopes {
		if d := distance(strings.ToLower(name), strings.ToLower(s.Name)); d < bestDistance {
			best, bestDistance = s.Name, d
		}
	}
	return best
}

// sentence turns Okta's "Allows the app to read …" into "Read …".
func sentence(name, words string) string {
	words = strings.TrimSuffix(strings.TrimSpace(words), ".")
	for _, prefix := range []string{"Allows the app to ", "Allows an app to ", "Allows "} {
		words = strings.TrimPrefix(words, prefix)
	}
	words = strings.TrimSuffix(words, " in your Okta organization")
	words = strings.TrimSuffix(words, " for your Okta organization")
	if words == "" {
		verb := "read"
		if strings.HasSuffix(name, ".manage") {
			verb = "create and manage"
		}
		words = verb + " " + object(name)
	}
	return strings.ToUpper(words[:1]) + words[1:]
}

// object names what a scope is about: okta.authorizationServers.read is about "authorization servers".
func object(name string) string {
	name = strings.TrimPrefix(name, "okta.")
	name = strings.TrimSuffix(strings.TrimSuffix(name, ".read"), ".manage")
	var out strings.Builder
	for i, r := range strings.ReplaceAll(name, ".", " ") {
		if i > 0 && r >= 'A' && r <= 'Z' {
			out.WriteByte(' ')
			r += 'a' - 'A'
		}
		out.WriteRune(r)
	}
	return out.String()
}

// distance is the Levenshtein distance of two short strings.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
