package workflow

import (
	"encoding/json"
	"strings"
)

// Anew names a step that deleted something which an undo makes anew. Okta gives it another id, so that what named the old
// one has to name the new one from then on.
type Anew struct {
	RunID string `json:"run"`
	Step  int    `json:"step"` // Index of the step there
}

// AnewPrefix begins the ids of actions that make something anew. It is never changed.
const AnewPrefix = "anew."

// Outputs of a step of an undo that makes something anew.
const (
	OutputAnew = "id"  // its id
	OutputWas  = "was" // the id that it had before it was deleted, also in a field of the step; "" where it is known by a name
)

// Renamed are the ids of what was made anew, by those that it had before.
type Renamed map[string]string

// Note takes in what a step of an undo gave.
func (r Renamed) Note(out Output) {
	was, _ := out[OutputWas].(string)
	id, _ := out[OutputAnew].(string)
	if was != "" && id != "" {
		r[was] = id
	}
}

// replacer replaces ids within texts, from one to the other. Ids are letters and digits and long enough to mean nothing else.
func (r Renamed) replacer(back bool) *strings.Replacer {
	var pairs []string
	for was, id := range r {
		if back {
			was, id = id, was
		}
		pairs = append(pairs, was, id)
	}
	return strings.NewReplacer(pairs...)
}

// Input returns the values of a step with the new ids in place of the old ones.
func (r Renamed) Input(in map[string]string) map[string]string {
	if len(r) == 0 {
		return in
	}
	to, out := r.replacer(false), make(map[string]string, len(in))
	for name, value := range in {
		out[name] = to.Replace(value)
	}
	return out
}

// Before returns facts that were found, with the old ids in place of the new ones, to be held against what was kept.
func (r Renamed) Before(p Prior) Prior {
	if len(r) == 0 {
		return p
	}
	return rewritten(p, r.replacer(true))
}

// Way returns a way with the new ids in place of the old ones, for what was made anew earlier.
func (r Renamed) Way(w Way) Way {
	if len(r) == 0 {
		return w
	}
	return rewritten(w, r.replacer(false))
}

// rewritten is a value whose texts are replaced.
func rewritten[V any](v V, by *strings.Replacer) (out V) {
	raw, err := json.Marshal(v)
	if err != nil || json.Unmarshal([]byte(by.Replace(string(raw))), &out) != nil {
		return v
	}
	return out
}

// idLength is what an id has at least; shorter words in a step's values are none.
const idLength = 12

// Named calls do with each word in the steps of a way that may be an id.
func (w Way) Named(do func(word string)) {
	for _, s := range w.Steps {
		for _, value := range s.Fields {
			for _, word := range strings.FieldsFunc(value, func(r rune) bool {
				return !(r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r == '_' || r == '-')
			}) {
				if len(word) >= idLength {
					do(word)
				}
			}
		}
	}
}
