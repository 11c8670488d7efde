package workflow

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Fact is one value in the org at the moment when somebody looked. Two looks at the same thing name it by the same
// Key, whatever action looked: the address of the object in Okta's API and, after "#", a JSON pointer (RFC 6901)
// into it, as in /api/v1/users/00u1#/profile/department.
type Fact struct {
	Key   string `json:"key"`
	Label string `json:"label,omitempty"` // for a person: "Department"
	Value any    `json:"value"`           // JSON; nil says that it is not there
}

// Prior is what a step found before its first call: what it was about to replace. It holds no secret.
type Prior struct {
	Facts   []Fact `json:"facts,omitempty"`
	Unknown string `json:"unknown,omitempty"` // why it is not known, in a sentence
	Gone    bool   `json:"gone,omitempty"`    // it is not known since Okta has no such object
}

// MaxPrior bounds what a step keeps, in bytes of JSON.
const MaxPrior = 256 << 10

// Bounded returns the prior, or one that says why it is not kept.
func (p Prior) Bounded() Prior {
	raw, err := json.Marshal(p)
	if err != nil || len(raw) > MaxPrior {
		return Prior{Unknown: fmt.Sprintf("What was there before was longer than %d KB and was not kept.", MaxPrior>>10)}
	}
	return p
}

// Looked is what Executor.Before found. Seen is what it read, for the Do of the same call, so that nothing is read
// twice; it is never stored.
type Looked struct {
	Prior *Prior // nil: the action keeps nothing
	Seen  any
}

// Undoing says what a step of an undo takes back, and what has to be there for that.
type Undoing struct {
	RunID string
	Step  int // Index of the step there
	Part  int // counted from 0, where taking it back takes several steps
	Guard Guard
}

// Guard is what a step of an undo compares with what it finds, right before its call. The zero Guard holds nothing
// back.
type Guard struct {
	Expect []Fact `json:"expect,omitempty"` // what the undone step left; where something else is there, nothing is done
	Goal   []Fact `json:"goal,omitempty"`   // what was there before; where it is there already, nothing needs to be done
	Whole  bool   `json:"whole,omitempty"`  // no other object may be in it besides those of Expect, for it is removed
	Anew   []Anew `json:"anew,omitempty"`   // what it names by ids that are others by then; Expect and Goal name it by the old ones
}

// Met says how what was found stands to a guard.
type Met int

// The answers of Guard.Meet.
const (
	AsLeft      Met = iota // go on
	AlreadyBack            // nothing needs to be done
	Otherwise              // somebody changed it since
)

// Meet compares what was found with what is expected, and returns what is different. What was not looked at is not
// compared; what could not be read holds nothing back, since a person saw that beforehand.
func (g Guard) Meet(found Prior) (Met, []Difference) {
	if found.Unknown != "" || len(g.Expect) == 0 && len(g.Goal) == 0 {
		return AsLeft, nil
	}
	if len(g.Goal) > 0 && !slices.ContainsFunc(g.Goal, func(f Fact) bool {
		now, looked := ValueOf(found.Facts, f.Key)
		return !looked || !SameValue(now, f.Value)
	}) {
		return AlreadyBack, nil
	}
	if different := Compare(g.Expect, found.Facts, g.Whole); len(different) > 0 {
		return Otherwise, different
	}
	return AsLeft, nil
}

// Difference is one value that is not what it was.
type Difference struct {
	Key, Label    string
	Before, After any
}

// LabelThere is the label of a fact that says whether an object is there at all.
const LabelThere = "Is there"

// LabelAnother is the label of a fact that gives the address of another object of the same name, or nil.
const LabelAnother = "Another one of the same name"

// Words says the difference as a clause: "Department is “Legal” and not “Sales”", "Member is “no” and not “yes”".
func (d Difference) Words() string {
	switch {
	case d.Label == LabelThere && d.After == nil:
		return "it is not there any more"
	case d.Label == LabelThere:
		return "it is there again"
	case d.Label == LabelAnother:
		return "there is another one of the same name by now, at " + FactText(d.After)
	case d.Before == true && d.After == nil:
		d.After = false
	case d.After == true && d.Before == nil:
		d.Before = false
	}
	return fmt.Sprintf("%s is %s and not %s", d.Label, valueWords(d.After), valueWords(d.Before))
}

func valueWords(v any) string {
	if s := FactText(v); s != "" {
		return "“" + shorten(s, 80) + "”"
	}
	return "empty"
}

// Compare says what is now different from what was left. Only what both looked at counts; with whole, another object
// that is in it now counts too.
func Compare(left, now []Fact, whole bool) []Difference {
	var out []Difference
	for _, f := range now {
		was, known := ValueOf(left, f.Key)
		if !known && (!whole || !f.isObject()) || SameValue(was, f.Value) {
			continue
		}
		out = append(out, Difference{Key: f.Key, Label: f.Label, Before: was, After: f.Value})
	}
	return out
}

// isObject reports whether the fact is about an object as a whole: whether it is there.
func (f Fact) isObject() bool { return !strings.Contains(f.Key, "#") }

// ValueOf returns the value of a fact by its key, and whether it is among them.
func ValueOf(facts []Fact, key string) (any, bool) {
	for _, f := range facts {
		if f.Key == key {
			return f.Value, true
		}
	}
	return nil, false
}

// SameValue reports whether two JSON values are the same. A number is the same however Go holds it, and nothing,
// an empty text, an empty list and an empty object are all nothing: Okta shows one where another was sent.
func SameValue(a, b any) bool {
	a, b = plainJSON(a), plainJSON(b)
	return nothingThere(a) && nothingThere(b) || reflect.DeepEqual(a, b)
}

func nothingThere(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

// plainJSON returns a value as encoding/json reads it.
func plainJSON(v any) any {
	switch v.(type) {
	case nil, string, bool, float64:
		return v
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return v
	}
	var out any
	if json.Unmarshal(raw, &out) != nil {
		return v
	}
	return out
}

// FactText writes a value for a person.
func FactText(v any) string {
	switch v := plainJSON(v).(type) {
	case nil:
		return ""
	case string:
		return v
	case bool:
		if v {
			return "yes"
		}
		return "no"
	case []any:
		parts := make([]string, len(v))
		for i, e := range v {
			parts[i] = FactText(e)
		}
		return strings.Join(parts, ", ")
	default:
		raw, err := json.Marshal(v)
		if err != nil {
			return fmt.Sprint(v)
		}
		return string(raw)
	}
}

// Way says how one step of a run is taken back, as far as what is stored of the step tells.
type Way struct {
	None    string       // why it can't be taken back, in a sentence; then nothing else is set but Lost, and Changed as far as it is known
	Nothing string       // why there is nothing to take back, in a sentence
	Changed []Difference // what the step changed: Before it and After it
	Left    []Fact       // what it left, to compare with what is there now
	Steps   []Step       // what takes it back, in order; ids are given later
	Deletes bool         // what the step made is removed, with all that is in it by now
	Lost    []string     // what does not come back, in sentences
	Anew    []string     // ids of what the step deleted and is made anew, in place of which other ids come
}

// Guard is what the first of the steps compares before it acts.
func (w Way) Guard() Guard {
	g := Guard{Expect: w.Left, Whole: w.Deletes}
	for _, d := range w.Changed {
		g.Goal = append(g.Goal, Fact{Key: d.Key, Label: d.Label, Value: d.Before})
	}
	if w.Deletes {
		g.Goal = nil
		for _, f := range w.Left {
			if f.isObject() {
				g.Goal = append(g.Goal, Fact{Key: f.Key, Label: f.Label})
			}
		}
	}
	return g
}

// Inverter says how a step that was carried out, or that may have been, is taken back. It asks nobody. Where
// Way.Steps are empty, there is nothing to carry out. The first of them, put to Executor.Before, tells what is there
// now of the facts in Way.Left.
type Inverter func(RunStep) Way

// Literal writes a text as a field of a step holds it, so that it comes out as it is.
func Literal(s string) string { return strings.ReplaceAll(s, "{{", `{{ "{{" }}`) }

// OwnDefinition returns the definition that the steps of a run make: that of an undo, which has no version.
func (r Run) OwnDefinition() Definition {
	d := Definition{Name: r.Name, ApplicationID: r.ApplicationID}
	for _, s := range r.Steps {
		d.Steps = append(d.Steps, Step{ID: s.StepID, Title: s.Title, Action: s.Action, Fields: s.Fields, Control: s.Control})
	}
	return d
}

// FlowUndo takes back the runs that stood in one step of a run. It stands in undos alone, and the builder does not
// offer it.
const FlowUndo = "flow.undo"

// UndoAtOnce is the field of FlowUndo that says "1" where the runs within it depend on one another and are taken back one
// after the other.
const UndoAtOnce = "at_once"

// undoPrefix begins the name of an undo.
const undoPrefix = "Undo of "

// UndoName returns the name of a run that takes another one back.
func UndoName(name string) string {
	if undone, twice := strings.CutPrefix(name, undoPrefix); twice {
		return "Redo of " + undone
	}
	return undoPrefix + name
}

// Untaken says in a sentence which steps of an undo failed, "" when none did. An undo goes on past them: what they hold is
// one change of many, and the others are to come back all the same.
func (r Run) Untaken() string {
	failed, first := 0, ""
	for _, s := range r.Steps {
		if s.State != StepFailed {
			continue
		}
		if failed++; first == "" {
			first = fmt.Sprintf("Step %d, %s: %s", s.Index+1, s.Title, s.Error)
		}
	}
	switch failed {
	case 0:
		return ""
	case 1:
		return first + " Everything else was gone through; look at it, and undo what is left once more."
	}
	return fmt.Sprintf("%s of %s failed. The first is %s Look at each, and undo what is left once more.", Thousands(failed), CountOf(len(r.Steps), "step"), strings.ToLower(first[:1])+first[1:])
}

// IsUndo reports whether the run takes another one back.
func (r Run) IsUndo() bool { return r.Undoes != "" }
