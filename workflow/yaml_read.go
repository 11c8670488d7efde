package workflow

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"caracal/form"
)

// Bounds of reading a file.
const (
	maxMistakes = 20    // that are told at once
	maxList     = 1_000 // entries of any list

	// Of a file, before it is parsed: with these a file of the largest size takes less than 100 MB, a few hundred
	// times as much as it weighs without.
	maxLines  = 50_000
	maxCommas = 100_000
)

// ReadYAML reads a workflow from a file. Every error is Mistakes. Fields that a step does not name get their
// action's default. Without a registry, actions and their fields are taken as they are. What the file says may still be wrong as a workflow: see Check and File.Line.
//
// Anchors, aliases, tags and several documents are refused: a workflow needs none, and they let a small file
// become a large one.
func ReadYAML(raw []byte, registry *Registry) (File, error) {
	y := &yamlReader{registry: registry, lines: map[string]int{}, source: "The file", noun: "workflow"}
	root := y.parse(raw)
	if root == nil {
		return File{}, y.mistakes
	}
	if y.version(root); len(y.mistakes) > 0 {
		return File{}, y.mistakes
	}
	var d Definition
	y.structure(root, reflect.ValueOf(&d).Elem(), "", "version", nil)
	d.Steps = y.steps
	if len(y.mistakes) == 0 && registry != nil {
		y.fields(d)
	}
	if len(y.mistakes) > 0 {
		slices.SortStableFunc(y.mistakes, func(a, b Mistake) int { return a.Line - b.Line })
		return File{}, y.mistakes
	}
	f := File{Application: d.ApplicationID, lines: y.lines}
	d.ApplicationID = ""
	f.Definition = d
	if registry != nil {
		f.Definition = d.WithDefaults(registry)
	}
	return f, nil
}

type yamlReader struct {
	registry *Registry
	lines    map[string]int
	blanks   map[string]string // fields that are written as null or as an empty text, by path
	source   string            // what is read, at the beginning of a sentence
	noun     string            // what a file is of
	steps    []Step            // as a definition has them, in one list
	mistakes Mistakes
}

func (y *yamlReader) wrong(line int, format string, args ...any) {
	if len(y.mistakes) < maxMistakes {
		y.mistakes = append(y.mistakes, Mistake{line, fmt.Sprintf(format, args...)})
	}
}

// parse returns the one document of a file, or nil with a mistake.
func (y *yamlReader) parse(raw []byte) *yaml.Node {
	root := y.document(raw, "begin with: version: "+text(FormatVersion))
	if root != nil && root.Kind != yaml.MappingNode {
		y.wrong(root.Line, "The file must begin with keys and values, such as version: %d.", FormatVersion)
		return nil
	}
	return root
}

// document returns the one document of a text, or nil with a mistake; begin says how one that is empty should begin.
func (y *yamlReader) document(raw []byte, begin string) *yaml.Node {
	switch {
	case len(raw) > MaxDefinition:
		y.wrong(0, "%s has %d bytes; a %s has at most %d.", y.source, len(raw), y.noun, MaxDefinition)
		return nil
	case bytes.Count(raw, []byte("\n")) > maxLines:
		y.wrong(0, "%s has more than %d lines; no %s does.", y.source, maxLines, y.noun)
		return nil
	case bytes.Count(raw, []byte(",")) > maxCommas:
		y.wrong(0, "%s has more than %d commas; no %s does.", y.source, maxCommas, y.noun)
		return nil
	case !utf8.Valid(raw):
		y.wrong(0, "%s is not UTF-8; save it as UTF-8.", y.source)
		return nil
	}
	loader, err := yaml.NewLoader(bytes.NewReader(raw), yaml.WithSingleDocument(false))
	var document yaml.Node
	if err == nil {
		err = loader.Load(&document)
	}
	if errors.Is(err, io.EOF) || err == nil && len(document.Content) == 0 {
		y.wrong(0, "%s is empty; %s", y.source, begin)
		return nil
	}
	if err != nil {
		y.unreadable(err)
		return nil
	}
	var second yaml.Node
	if err := loader.Load(&second); err == nil {
		y.wrong(second.Line, "A second document begins here; put each %s into a file of its own.", y.noun)
		return nil
	} else if !errors.Is(err, io.EOF) {
		y.unreadable(err)
		return nil
	}
	return document.Content[0]
}

// unreadable says what the parser could not read.
func (y *yamlReader) unreadable(err error) {
	message, line := strings.TrimPrefix(err.Error(), "yaml: "), 0
	if load := (*yaml.LoadError)(nil); errors.As(err, &load) {
		message, line = load.Message, load.Mark.Line
	}
	y.wrong(line, "This is not YAML: %s.", strings.TrimSuffix(message, "."))
}

// version reads the mark of the format before anything else: a newer one may mean other things by the same keys.
func (y *yamlReader) version(root *yaml.Node) {
	for i := 0; i+1 < len(root.Content); i += 2 {
		if root.Content[i].Value != "version" {
			continue
		}
		n := root.Content[i+1]
		version, err := strconv.Atoi(n.Value)
		switch {
		case n.Kind != yaml.ScalarNode || err != nil || version < 1:
			y.wrong(n.Line, "The version of the format must be a number; write version: %d.", FormatVersion)
		case version > FormatVersion:
			y.wrong(n.Line, "The file is of version %d of the format and this Caracal reads up to %d; use a newer Caracal.", version, FormatVersion)
		}
		return
	}
	y.wrong(root.Line, "The file does not say the version of its format; begin it with: version: %d", FormatVersion)
}

// plain refuses what no workflow needs.
func (y *yamlReader) plain(n *yaml.Node) bool {
	switch {
	case n.Kind == yaml.AliasNode:
		y.wrong(n.Line, "Aliases (*%s) are not read; write the value out.", n.Value)
	case n.Anchor != "":
		y.wrong(n.Line, "Anchors (&%s) are not read; write the value out where it is needed.", n.Anchor)
	case n.Style&yaml.TaggedStyle != 0:
		y.wrong(n.Line, "Tags (%s) are not read; write the value without one.", n.Tag)
	default:
		return true
	}
	return false
}

// pairs calls each with every key of a mapping once.
func (y *yamlReader) pairs(n *yaml.Node, what string, each func(key, value *yaml.Node)) {
	if !y.plain(n) || isNull(n) {
		return
	}
	if n.Kind != yaml.MappingNode {
		y.wrong(n.Line, "%s must be keys with values, such as name: value.", what)
		return
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if !y.plain(key) {
			continue
		}
		if key.Kind != yaml.ScalarNode {
			y.wrong(key.Line, "A key must be a word.")
			continue
		}
		if first, twice := seen[key.Value]; twice {
			y.wrong(key.Line, "%q stands here a second time, first on line %d; keep one.", key.Value, first)
			continue
		}
		seen[key.Value] = key.Line
		each(key, n.Content[i+1])
	}
}

// structure reads a mapping into a struct. besides names a key that somebody else reads, held takes the nodes of
// others that are read after it.
func (y *yamlReader) structure(n *yaml.Node, into reflect.Value, path, besides string, held map[string]**yaml.Node) {
	keys := yamlKeys(into.Type())
	y.lines[strings.TrimSuffix(path, ".")] = n.Line
	y.pairs(n, "This", func(key, value *yaml.Node) {
		i := slices.IndexFunc(keys, func(k yamlKey) bool { return k.name == key.Value })
		switch block := held[key.Value]; {
		case block != nil:
			*block = value
			y.lines[path+key.Value] = key.Line
		case i >= 0:
			y.value(value, into.FieldByIndex(keys[i].field), path+key.Value, key.Value)
			y.lines[path+key.Value] = key.Line
		case key.Value != besides:
			y.wrong(key.Line, "%q is not a key that is known here; the keys are %s.", key.Value, keyNames(keys))
		}
	})
}

// value reads a node into a value of any type that a definition is made of.
func (y *yamlReader) value(n *yaml.Node, into reflect.Value, path, what string) {
	y.lines[path] = n.Line
	if !y.plain(n) {
		return
	}
	if _, ok := into.Addr().Interface().(*[]Step); ok {
		y.stepList(n, Block{}, 0, what)
		return
	}
	if option, ok := into.Addr().Interface().(*form.Option); ok {
		y.option(n, option)
		return
	}
	switch into.Kind() {
	case reflect.String:
		into.SetString(y.text(n, what))
	case reflect.Bool:
		if n.Kind != yaml.ScalarNode || n.Value != "true" && n.Value != "false" {
			y.wrong(n.Line, "%s must be true or false.", what)
			return
		}
		into.SetBool(n.Value == "true")
	case reflect.Int, reflect.Int64:
		number, err := strconv.ParseInt(n.Value, 10, 32)
		if n.Kind != yaml.ScalarNode || err != nil {
			y.wrong(n.Line, "%s must be a whole number.", what)
			return
		}
		into.SetInt(number)
	case reflect.Slice:
		y.list(n, into, path, what)
	case reflect.Map:
		y.texts(n, into, path, what)
	case reflect.Struct:
		y.structure(n, into, path+".", "", nil)
	case reflect.Pointer:
		if !isNull(n) {
			into.Set(reflect.New(into.Type().Elem()))
			y.value(n, into.Elem(), path, what)
		}
	default:
		panic("workflow: no YAML for " + into.Type().String()) // a new type of field: a test meets it first
	}
}

// entries reports whether a node is a list with something in it, and not too much.
func (y *yamlReader) entries(n *yaml.Node, what string) bool {
	switch {
	case isNull(n):
	case n.Kind != yaml.SequenceNode:
		y.wrong(n.Line, "%s must be a list, each entry on a line that begins with a dash.", what)
	case len(n.Content) > maxList:
		y.wrong(n.Line, "%s has %d entries; nothing in a %s has more than %d.", what, len(n.Content), y.noun, maxList)
	default:
		return len(n.Content) > 0
	}
	return false
}

func (y *yamlReader) list(n *yaml.Node, into reflect.Value, path, what string) {
	if !y.entries(n, what) {
		return
	}
	list := reflect.MakeSlice(into.Type(), len(n.Content), len(n.Content))
	for i, entry := range n.Content {
		y.value(entry, list.Index(i), path+"."+text(i), what)
	}
	into.Set(list)
}

// texts reads the fields of a step. A list of ids is kept as a form posts it, with commas.
func (y *yamlReader) texts(n *yaml.Node, into reflect.Value, path, what string) {
	out := map[string]string{}
	y.pairs(n, what, func(key, value *yaml.Node) {
		y.lines[path+"."+key.Value] = key.Line
		if !y.plain(value) {
			return
		}
		if value.Kind != yaml.SequenceNode {
			out[key.Value] = y.text(value, key.Value)
			y.blank(value, path+"."+key.Value)
			return
		}
		var parts []string
		for _, entry := range value.Content {
			part := y.text(entry, "An entry of "+key.Value)
			if strings.Contains(part, ",") {
				y.wrong(entry.Line, "An entry of %s holds a comma; write each entry on a line of its own.", key.Value)
			}
			parts = append(parts, part)
		}
		out[key.Value] = strings.Join(parts, ",")
	})
	into.Set(reflect.ValueOf(out).Convert(into.Type()))
}

func (y *yamlReader) option(n *yaml.Node, o *form.Option) {
	if n.Kind == yaml.ScalarNode {
		o.Value = y.text(n, "A choice")
		o.Label = o.Value
		return
	}
	y.pairs(n, "A choice", func(key, value *yaml.Node) {
		switch key.Value {
		case "value":
			o.Value = y.text(value, key.Value)
		case "label":
			o.Label = y.text(value, key.Value)
		default:
			y.wrong(key.Line, "%q is not a key of a choice; the keys are label, value.", key.Value)
		}
	})
}

// text reads a scalar as it is written: 24 and true are texts too.
func (y *yamlReader) text(n *yaml.Node, what string) string {
	if !y.plain(n) || isNull(n) {
		return ""
	}
	if n.Kind != yaml.ScalarNode {
		y.wrong(n.Line, "%s must be text; put quotes around it if it begins with [ or {.", what)
		return ""
	}
	if strings.ContainsRune(n.Value, 0) {
		y.wrong(n.Line, "%s holds a zero byte, which no text does; take it out.", what)
	}
	return n.Value
}

// fields refuses actions and fields that do not exist, where the line is at hand.
func (y *yamlReader) fields(d Definition) {
	for i, s := range d.Steps {
		path := "steps." + text(i)
		spec, ok := y.registry.Get(s.Action)
		if !ok || spec.InUndo {
			y.wrong(y.lineOf(path+".action", path), "The action %q is not known to this Caracal; `caracal workflow schema` lists those that are.", s.Action)
			continue
		}
		base := spec
		spec = spec.With(s.Fields)
		y.setBlanks(s, spec, path)
		for name := range s.Fields {
			if y.ownProblem(s, base, path, name) {
				continue
			}
			if _, ok := spec.Field(name); !ok {
				if _, _, own := base.OwnAttribute(name); own && s.Fields[form.OwnPrefix+name] == "" {
					y.wrong(y.lines[path+".fields."+name], "The action %s has no field %q. If it is an attribute of the org's own, say under %s what it holds, as in %s: text.", s.Action, name, ownFieldsKey, name)
					continue
				} else if own {
					continue // what is wrong with its kind is said there
				}
				var names []string
				for _, f := range spec.Fields {
					names = append(names, f.Name)
				}
				y.wrong(y.lines[path+".fields."+name], "The action %s has no field %q; its fields are %s.", s.Action, name, strings.Join(names, ", "))
			}
		}
	}
}

func (y *yamlReader) lineOf(path, otherwise string) int {
	if line := y.lines[path]; line > 0 {
		return line
	}
	return y.lines[otherwise]
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }
