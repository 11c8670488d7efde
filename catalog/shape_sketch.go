package catalog

import (
	"fmt"
	"strings"
)

// How much of a shape a sketch draws.
const (
	sketchDeep  = 3
	sketchWide  = 8  // fields of one object
	sketchLines = 24 // of all
)

// sketch draws what JSON of a value looks like, with the first of its choices and else "…", 0, false: for somebody
// who has to write it. It is "" where the description says nothing of what is within.
func (c *Catalog) sketch(v Value) string {
	s := sketcher{c: c}
	text := s.value(v, 0, "")
	if text == "{}" || text == "[]" || text == `""` || strings.Count(text, "\n") > sketchLines {
		return ""
	}
	return text
}

type sketcher struct {
	c      *Catalog
	within []string // shapes, so that one that holds itself ends
}

func (s *sketcher) value(v Value, depth int, indent string) string {
	switch {
	case len(v.Options) > 0:
		return quote(v.Options[0])
	case v.Type == "boolean":
		return "false"
	case v.Type == "integer", v.Type == "number":
		return "0"
	case v.Type == "array" && v.Items != nil:
		item := s.value(*v.Items, depth, indent)
		if item == "{}" {
			return "[]"
		}
		return "[" + item + "]"
	case v.Type == "array":
		return "[]"
	case v.Type == "object" && v.Shape != "":
		return s.object(v.Shape, depth, indent)
	case v.Type == "object", v.Type == "any":
		return "{}"
	}
	return `"…"`
}

func (s *sketcher) object(name string, depth int, indent string) string {
	shape := s.c.Shape(name)
	by := ""
	if len(shape.Variants) > 0 {
		by = fmt.Sprintf("%q: %s", shape.By, quote(shape.Variants[0].Name))
		if shape.By == "" {
			by = ""
		}
		shape = s.c.Shape(shape.Variants[0].Shape)
	}
	for _, around := range s.within {
		if around == name {
			return "{}"
		}
	}
	if depth == sketchDeep {
		return "{}"
	}
	s.within = append(s.within, name)
	defer func() { s.within = s.within[:len(s.within)-1] }()
	inner := indent + "  "
	var lines []string
	if by != "" {
		lines = append(lines, by)
	}
	for _, f := range shape.Fields {
		if len(lines) == sketchWide {
			break
		}
		if !f.Secret {
			lines = append(lines, quote(f.Name)+": "+s.value(f, depth+1, inner))
		}
	}
	switch len(lines) {
	case 0:
		return "{}"
	case 1, 2:
		if one := "{" + strings.Join(lines, ", ") + "}"; !strings.Contains(one, "\n") && len(one) < 60 {
			return one
		}
	}
	return "{\n" + inner + strings.Join(lines, ",\n"+inner) + "\n" + indent + "}"
}
