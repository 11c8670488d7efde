package batch

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"time"

	"caracal/form"
)

// Ref is a user, group or app as a row names it: by its id, its login, or its name.
type Ref struct {
	Kind  form.Kind // User, Group or App
	Typed string
}

// Found is what became of a Ref: an id of the org, or what is wrong with it, in a sentence.
type Found struct{ ID, Problem string }

// one returns the kind of one entry of a field, and whether the field holds several.
func one(k form.Kind) (of form.Kind, several bool) {
	switch k {
	case form.Users:
		return form.User, true
	case form.Groups:
		return form.Group, true
	}
	return k, false
}

// typed returns what a cell names, of a field that holds users, groups or apps. Several stand on lines of their own, or
// between semicolons, or, where there is neither, between commas.
func typed(f form.Field, cell string) []string {
	_, several := one(f.Kind)
	cell = strings.TrimSpace(cell)
	if !several {
		if cell == "" {
			return nil
		}
		return []string{cell}
	}
	cut := ","
	if strings.ContainsAny(cell, ";\n") {
		cell, cut = strings.ReplaceAll(cell, "\n", ";"), ";"
	}
	var out []string
	for part := range strings.SplitSeq(cell, cut) {
		if part = strings.TrimSpace(part); part != "" && !slices.Contains(out, part) {
			out = append(out, part)
		}
	}
	return out
}

// Refs returns what a row names in the org, each once.
func (m Map) Refs(fields []form.Field, cells []string) (out []Ref) {
	for _, f := range fields {
		if !f.Kind.Object() {
			continue
		}
		kind, _ := one(f.Kind)
		for _, t := range typed(f, m.value(f.Name, cells)) {
			if r := (Ref{kind, t}); len(t) <= maxRef && !slices.Contains(out, r) {
				out = append(out, r)
			}
		}
	}
	return out
}

// maxRef is how many bytes the name of a user, group or app may have; what is longer is none.
const maxRef = 300

// Checker turns rows into the inputs of runs.
type Checker struct {
	Fields []form.Field
	Map    Map
	Found  func(Ref) (Found, bool) // what is known of a user, group or app; false for what was not looked up

	seen map[[16]byte]int
}

// Check fills a row's label, input, problems and DoubleOf from its cells. bad is what is wrong with the row as a whole,
// or "". Rows are checked in their order, so that the first of several doubles counts.
func (c *Checker) Check(row Row, bad string) Row {
	row.Label, row.Input, row.Problems = c.Map.label(c.Fields, row.Cells), map[string]string{}, nil
	if bad != "" {
		row.Problems = append(row.Problems, Problem{Text: bad})
	}
	for _, f := range c.Fields {
		value, problem := c.value(f, c.Map.value(f.Name, row.Cells))
		if problem != "" {
			row.Problems = append(row.Problems, Problem{Input: f.Name, Text: problem})
			continue
		}
		row.Input[f.Name] = value
	}
	if len(row.Problems) > 0 {
		return row
	}
	h := sha256.New()
	for _, f := range c.Fields {
		fmt.Fprintf(h, "%d %s", len(row.Input[f.Name]), row.Input[f.Name]) // a hash never fails to write
	}
	key := [16]byte(h.Sum(nil))
	if c.seen == nil {
		c.seen = map[[16]byte]int{}
	}
	if first, twice := c.seen[key]; twice {
		row.DoubleOf = first
	} else {
		c.seen[key] = row.No
	}
	return row
}

// value checks one cell by the kind of its input.
func (c *Checker) value(f form.Field, cell string) (value, problem string) {
	if f.Kind.Object() {
		return c.objects(f, cell)
	}
	cell = strings.ReplaceAll(cell, "\r\n", "\n")
	switch text := strings.TrimSpace(cell); f.Kind {
	case form.Date:
		cell = readDate(text)
	case form.YesNo:
		cell = readYesNo(text)
	case form.Choice:
		cell = readChoice(text, f.Options)
	case form.Email, form.Number:
		cell = text
	}
	return f.Check(cell)
}

// objects puts ids in the place of what a cell names.
func (c *Checker) objects(f form.Field, cell string) (value, problem string) {
	names := typed(f, cell)
	if len(names) == 0 {
		return f.Check("")
	}
	kind, _ := one(f.Kind)
	var ids []string
	for _, name := range names {
		if len(name) > maxRef {
			return "", fmt.Sprintf("“%s” is too long for the name of anything; check the cell.", shorten(name, 40))
		}
		found, known := c.Found(Ref{kind, name})
		switch {
		case !known:
			return "", fmt.Sprintf("“%s” was not looked up; check the rows again.", name)
		case found.Problem != "":
			return "", found.Problem
		}
		if !slices.Contains(ids, found.ID) {
			ids = append(ids, found.ID)
		}
	}
	return f.Check(strings.Join(ids, ","))
}

// dateLayouts are the ways to write a day that leave no doubt about which number is the month.
var dateLayouts = []string{time.DateOnly, "2006/1/2", "2006-1-2", "2.1.2006", "2 Jan 2006", "2 January 2006", "2-Jan-2006", "Jan 2, 2006", "January 2, 2006",
	time.RFC3339, "2006-01-02 15:04:05", "2006-01-02T15:04:05"}

// readDate brings a day into the form that inputs have; what it can't read it leaves for Field.Check to refuse.
func readDate(text string) string {
	for _, layout := range dateLayouts {
		if t, err := time.Parse(layout, text); err == nil {
			return t.Format(time.DateOnly)
		}
	}
	return text
}

func readYesNo(text string) string {
	switch strings.ToLower(text) {
	case "y", "x", "t":
		return "yes"
	case "n", "f":
		return "no"
	}
	return text
}

// readChoice takes a choice by what it is called as well, in capitals or not.
func readChoice(text string, options []form.Option) string {
	for _, o := range options {
		if o.Value == text {
			return text
		}
	}
	for _, o := range options {
		if strings.EqualFold(o.Label, text) || strings.EqualFold(o.Value, text) {
			return o.Value
		}
	}
	return text
}
