package workflow

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"caracal/form"
)

// FormatVersion is the version of the file format that this program writes, and the newest it reads.
const FormatVersion = 1

// File is a workflow as a file holds it: a definition that names its application instead of pointing at it, so
// that the same file fits every installation.
type File struct {
	Definition  Definition // ApplicationID is empty
	Application string     // the name of the application, "" for none

	lines map[string]int // where each part stands, by path: steps.2.fields.name
}

// Mistake is something in a file that has to be mended.
type Mistake struct {
	Line    int    `json:"line,omitempty"` // counted from 1; 0 when it is about the whole file
	Message string `json:"message"`        // one sentence: what is wrong and what to do
}

// String returns the mistake with its line in front.
func (m Mistake) String() string {
	if m.Line == 0 {
		return m.Message
	}
	return fmt.Sprintf("line %d: %s", m.Line, m.Message)
}

// Mistakes are all that is wrong with a file, in the order of its lines.
type Mistakes []Mistake

// Error returns every mistake on a line of its own.
func (m Mistakes) Error() string {
	lines := make([]string, len(m))
	for i, one := range m {
		lines[i] = one.String()
	}
	return strings.Join(lines, "\n")
}

// Line returns where the file holds what a problem is about, or 0 when it does not hold it.
func (f File) Line(p Problem) int {
	base := ""
	switch {
	case p.Step != "":
		base = "steps." + text(f.Definition.StepIndex(p.Step))
	case p.Input != "":
		base = "inputs." + text(f.Definition.InputByID(p.Input))
	}
	field := p.Field
	if field == "application_id" {
		field = "application"
	}
	for _, path := range []string{base + ".fields." + field, strings.TrimPrefix(base+"."+field, "."), base} {
		if line := f.lines[path]; line > 0 {
			return line
		}
	}
	return 0
}

// Adopt returns the definition as a change of another, which is mostly the draft it replaces: inputs of the
// same name keep their key, and picked objects what they were called. A file holds neither.
func (f File) Adopt(was Definition, applicationID string) Definition {
	d := f.Definition.Clone()
	d.ApplicationID = applicationID
	for i, in := range d.Inputs {
		if j := was.InputIndex(in.Name); j >= 0 && f.Definition.InputIndex(was.Inputs[j].Key) < 0 {
			d.Inputs[i].Key = was.Inputs[j].Key
		}
	}
	if was.ApplicationID != applicationID {
		return d // the names are those of another org
	}
	for i, s := range d.Steps {
		j := was.StepIndex(s.ID)
		if j < 0 {
			continue
		}
		for _, value := range s.Fields {
			for _, id := range append(form.SplitList(value), value) {
				if name, ok := was.Steps[j].Names[id]; ok {
					if d.Steps[i].Names == nil {
						d.Steps[i].Names = map[string]string{}
					}
					d.Steps[i].Names[id] = name
				}
			}
		}
	}
	return d
}

// yamlKey is one key of a struct in a file.
type yamlKey struct {
	name  string
	field []int // index path, as reflect.Value.FieldByIndex takes it
}

// yamlKeys returns the keys of a struct in the order they are written: those of its json tags, but what only the
// database keeps. A new field of a definition is in the file, and in its schema, by its tag alone.
func yamlKeys(t reflect.Type) (keys []yamlKey) {
	for _, f := range reflect.VisibleFields(t) { // also those of an embedded struct, as in JSON
		if f.Anonymous {
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch t.Name() + "." + name {
		case "Input.key", "Step.names": // see File.Adopt
			continue
		case "Step.in", "Step.when": // a step stands within the one that holds it: see stepBlocks
			continue
		case "Definition.application_id":
			name = "application"
		}
		if name == "" || name == "-" {
			continue
		}
		keys = append(keys, yamlKey{name, f.Index})
	}
	return keys
}

// stepBlocks are the keys of a step under which the file has the steps that it holds.
var stepBlocks = []struct {
	key  string
	when When
}{{"steps", WhenEach}, {"if_it_fails", WhenFailed}}

// keyNames returns the names of keys, as messages list them.
func keyNames(keys []yamlKey) string {
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.name
	}
	if slices.Contains(names, "on_error") {
		for _, b := range stepBlocks {
			names = append(names, b.key)
		}
		names = append(names, whenEmptyKey, ownFieldsKey)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}
