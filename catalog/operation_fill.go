package catalog

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Fill returns the values that make the form's body what the object now is, so that a replacement keeps what is
// not changed. What Okta sets itself is left out.
func (f Form) Fill(object []byte) (map[string]string, error) {
	names, raw, err := topLevel(string(object))
	if err != nil {
		return nil, fmt.Errorf("read the present values: %w", err)
	}
	out := map[string]string{}
	return out, fill(out, f.Body, names, raw)
}

// VariantOf returns which kind of the form's variants an object is.
func (f Form) VariantOf(object []byte) string {
	var values map[string]json.RawMessage
	if json.Unmarshal(object, &values) != nil {
		return ""
	}
	var name string
	if json.Unmarshal(values[f.By], &name) != nil {
		return ""
	}
	if slices.ContainsFunc(f.Variants, func(v Variant) bool { return v.Name == name }) {
		return name
	}
	return ""
}

func fill(out map[string]string, inputs []Input, names, raw []string) error {
	known := map[string]bool{}
	for _, in := range inputs {
		if in.Rest {
			continue
		}
		known[in.Name] = true
		at := slices.Index(names, in.Name)
		if at < 0 {
			continue
		}
		value := strings.TrimSpace(raw[at])
		if value == "null" {
			out[BlankKey+in.Key] = BlankNull
			continue
		}
		if in.Kind == GroupInput {
			below, belowRaw, err := topLevel(value)
			if err != nil {
				return fmt.Errorf("read %s: %w", in.Key, err)
			}
			if err := fill(out, in.Inputs, below, belowRaw); err != nil {
				return err
			}
			continue
		}
		text := asTyped(in, value)
		if text == "" && in.Kind != SecretInput {
			out[BlankKey+in.Key] = BlankEmpty
			continue
		}
		out[in.Key] = text
	}
	for _, in := range inputs {
		if !in.Rest {
			continue
		}
		var rest []member
		for i, name := range names {
			if !known[name] && !setByOkta[name] {
				rest = append(rest, member{name, strings.TrimSpace(raw[i])})
			}
		}
		if len(rest) > 0 {
			out[in.Key] = string(Pretty(writeObject(rest)))
		}
	}
	return nil
}

// setByOkta are properties that every object has and nobody sends.
var setByOkta = map[string]bool{"id": true, "created": true, "lastUpdated": true, "_links": true, "_embedded": true}

// asTyped writes a JSON value as a person would type it into the input.
func asTyped(in Input, value string) string {
	switch in.Kind {
	case JSONInput:
		return string(Pretty([]byte(value)))
	case ListInput:
		var entries []any
		d := json.NewDecoder(strings.NewReader(value))
		d.UseNumber()
		if d.Decode(&entries) != nil {
			return value
		}
		texts := make([]string, len(entries))
		for i, e := range entries {
			texts[i] = fmt.Sprint(e)
		}
		if in.List != nil {
			return strings.Join(texts, ",")
		}
		return strings.Join(texts, "\n")
	}
	var s string
	if json.Unmarshal([]byte(value), &s) == nil {
		return s
	}
	return value
}
