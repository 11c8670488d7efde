package workflow

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf8"
)

// DecodeDefinition reads a definition as drafts and versions store it. An unknown key is an error, and so is
// one that is larger than a builder could have made it.
func DecodeDefinition(raw []byte) (Definition, error) {
	var d Definition
	if len(raw) > MaxDefinition {
		return d, fmt.Errorf("decode definition: %d bytes are more than %d", len(raw), MaxDefinition)
	}
	if !utf8.Valid(raw) {
		return d, fmt.Errorf("decode definition: it is not text")
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&d); err != nil {
		return Definition{}, fmt.Errorf("decode definition: %w", err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return Definition{}, fmt.Errorf("decode definition: something follows it")
	}
	switch {
	case len(d.Steps) > MaxSteps:
		return Definition{}, fmt.Errorf("decode definition: %d steps are more than %d", len(d.Steps), MaxSteps)
	case len(d.Inputs) > MaxInputs:
		return Definition{}, fmt.Errorf("decode definition: %d inputs are more than %d", len(d.Inputs), MaxInputs)
	}
	return d, nil
}

// Encode writes the definition as DecodeDefinition reads it.
func (d Definition) Encode() ([]byte, error) {
	raw, err := json.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("encode definition: %w", err)
	}
	if len(raw) > MaxDefinition {
		return nil, fmt.Errorf("encode definition: %d bytes are more than %d", len(raw), MaxDefinition)
	}
	return raw, nil
}

// Equal reports whether two definitions are the same in everything a person can see.
func (d Definition) Equal(other Definition) bool {
	a, errA := json.Marshal(d)
	b, errB := json.Marshal(other)
	return errA == nil && errB == nil && bytes.Equal(a, b)
}

// SameText reports whether two maps hold the same; an empty text is none.
func SameText(a, b map[string]string) bool {
	within := func(a, b map[string]string) bool {
		for name, value := range a {
			if b[name] != value {
				return false
			}
		}
		return true
	}
	return within(a, b) && within(b, a)
}
