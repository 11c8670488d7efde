package catalog

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Comparison is what a newer description brings.
type Comparison struct {
	From    string      `json:"from"` // versions of Okta's API
	To      string      `json:"to"`
	Added   []Operation `json:"added"`
	Removed []Operation `json:"removed"`
	Changed []Change    `json:"changed"`
}

// Age says in words how the other description's version stands to ours: "newer than", "older than", "the same
// version as"; "" where the versions say nothing.
func (c Comparison) Age() string {
	from, ok := versionNumbers(c.From)
	to, ok2 := versionNumbers(c.To)
	if !ok || !ok2 {
		return ""
	}
	switch slices.Compare(to, from) {
	case 1:
		return "newer than"
	case -1:
		return "older than"
	}
	return "the same version as"
}

// versionNumbers reads 2026.06.3.
func versionNumbers(version string) (out []int, ok bool) {
	for part := range strings.SplitSeq(version, ".") {
		n, err := strconv.Atoi(part)
		if err != nil {
			return nil, false
		}
		out = append(out, n)
	}
	return out, true
}

// Words says what changes: "147 new operations, 3 removed, 9 changed; 2 of them are used by your workflows".
// used reports whether a workflow uses an operation.
func (c Comparison) Words(used func(operation string) bool) string {
	if len(c.Added)+len(c.Removed)+len(c.Changed) == 0 {
		return "no operation is new, removed or changed"
	}
	noun := "operations"
	if len(c.Added) == 1 {
		noun = "operation"
	}
	words := fmt.Sprintf("%d new %s, %d removed, %d changed", len(c.Added), noun, len(c.Removed), len(c.Changed))
	n := 0
	for _, op := range c.Removed {
		if used(op.ID) {
			n++
		}
	}
	for _, change := range c.Changed {
		if used(change.Before.ID) {
			n++
		}
	}
	switch n {
	case 0:
		return words + "; none of those removed or changed is used by your workflows"
	case 1:
		return words + "; 1 of those removed or changed is used by your workflows"
	}
	return fmt.Sprintf("%s; %d of those removed or changed are used by your workflows", words, n)
}

// Change is an operation that both descriptions have, with what is different.
type Change struct {
	Before Operation `json:"before"`
	After  Operation `json:"after"`
	What   []string  `json:"what"` // "path", "scopes", "parameter expand is new", …
}

// Compare says what another description changes, by the names of operations; one that is called as another was,
// by method and path, is that one under a new name.
func (c *Catalog) Compare(other Data) Comparison {
	out := Comparison{From: c.APIVersion, To: other.APIVersion}
	after, byCall := map[string]Operation{}, map[string]Operation{}
	for _, op := range other.Operations {
		after[op.ID] = op
		if _, known := c.byID[op.ID]; !known {
			byCall[op.call()] = op
		}
	}
	renamed := map[string]bool{}
	for _, op := range c.operations {
		now, still := after[op.ID]
		var what []string
		if !still {
			if now, still = byCall[op.call()]; still { // the same call by another name
				renamed[now.ID] = true
				what = append(what, "named "+now.ID+" now")
			}
		}
		if !still {
			out.Removed = append(out.Removed, op)
			continue
		}
		what = append(what, differences(op, now, c.shapes, other.Shapes)...)
		if what = append(what, c.answerChanges(op, now, other)...); len(what) > 0 {
			out.Changed = append(out.Changed, Change{Before: op, After: now, What: what})
		}
	}
	for _, op := range other.Operations {
		if _, known := c.byID[op.ID]; !known && !renamed[op.ID] {
			out.Added = append(out.Added, op)
		}
	}
	return out
}

// answerChanges says which fields of an answer are new or gone, since later steps may use them.
func (c *Catalog) answerChanges(before, after Operation, other Data) []string {
	if len(c.answers) == 0 || len(other.Answers) == 0 {
		return nil // one of the two was kept by a Caracal that did not read answers
	}
	return valueChanges("field of the answer", c.answers[before.Gives], other.Answers[after.Gives])
}

func differences(a, b Operation, ours, theirs map[string]*Shape) (what []string) {
	if a.Method != b.Method || a.Path != b.Path {
		what = append(what, "called as "+b.Method+" "+b.Path)
	}
	if !slices.Equal(a.Scopes, b.Scopes) {
		what = append(what, "takes the scope "+strings.Join(b.Scopes, " or "))
	}
	if a.Lifecycle != b.Lifecycle {
		what = append(what, "stage is "+or(b.Lifecycle, "generally available"))
	}
	if !a.Deprecated && b.Deprecated {
		what = append(what, "deprecated")
	}
	what = append(what, valueChanges("parameter", a.Parameters, b.Parameters)...)
	switch {
	case (a.Body == nil) != (b.Body == nil):
		what = append(what, map[bool]string{true: "takes a body", false: "takes no body"}[b.Body != nil])
	case a.Body != nil && ours[a.Body.Shape] != nil && theirs[b.Body.Shape] != nil:
		x, y := ours[a.Body.Shape], theirs[b.Body.Shape]
		what = append(what, valueChanges("field", x.Fields, y.Fields)...)
		what = append(what, variantChanges(x.Variants, y.Variants)...)
	}
	return what
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// valueChanges compares values by name: new, gone, required now, or of another type.
func valueChanges(noun string, a, b []Value) (what []string) {
	find := func(list []Value, v Value) (Value, bool) {
		at := slices.IndexFunc(list, func(o Value) bool { return o.Name == v.Name && o.In == v.In })
		if at < 0 {
			return Value{}, false
		}
		return list[at], true
	}
	for _, v := range b {
		before, known := find(a, v)
		switch {
		case !known:
			what = append(what, noun+" "+v.Name+" is new")
		case v.Required && !before.Required:
			what = append(what, noun+" "+v.Name+" is required now")
		case v.Type != before.Type:
			what = append(what, noun+" "+v.Name+" is "+or(v.Type, "text")+" now")
		}
	}
	for _, v := range a {
		if _, still := find(b, v); !still {
			what = append(what, noun+" "+v.Name+" is gone")
		}
	}
	return what
}

func variantChanges(a, b []Variant) (what []string) {
	has := func(list []Variant, name string) bool {
		return slices.ContainsFunc(list, func(v Variant) bool { return v.Name == name })
	}
	for _, v := range b {
		if !has(a, v.Name) {
			what = append(what, "kind "+v.Name+" is new")
		}
	}
	for _, v := range a {
		if !has(b, v.Name) {
			what = append(what, "kind "+v.Name+" is gone")
		}
	}
	return what
}
