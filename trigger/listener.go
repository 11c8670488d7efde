package trigger

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"caracal/fault"
	"caracal/form"
	"caracal/workflow"
)

// Listener is what a person sets about a trigger that listens to the events of an org.
type Listener struct {
	Types  []string             `json:"types,omitempty"`
	Where  []Condition          `json:"where,omitempty"` // all of them hold
	Own    bool                 `json:"own,omitempty"`   // also what Caracal's own runs changed
	Map    map[string]string    `json:"map,omitempty"`   // text with {{ event… }} by the workflow's input
	Sample string               `json:"sample,omitempty"`
	From   map[string]time.Time `json:"from,omitempty"` // by type: what was published before is none of its
}

// Condition is one line of a listener's filter.
type Condition struct {
	Field string `json:"field"` // path in the event: outcome.result, target.type, group.displayName
	Op    Op     `json:"op"`
	Value string `json:"value"`
}

// Op compares what stands at the field with the value. Capitals and small letters are the same, as they are to Okta in
// logins. Where the field leads through a list, any entry may fit, and none for the negative ones.
type Op string

// The comparisons.
const (
	Is          Op = "is"
	IsNot       Op = "is_not"
	Contains    Op = "contains"
	ContainsNot Op = "contains_not"
	Begins      Op = "begins"
)

// Ops lists the comparisons with what pages call them.
var Ops = []form.Option{{Value: string(Is), Label: "is"}, {Value: string(IsNot), Label: "is not"}, {Value: string(Contains), Label: "contains"},
	{Value: string(ContainsNot), Label: "does not contain"}, {Value: string(Begins), Label: "begins with"}}

// The bounds of a listener.
const (
	MaxTypes      = 20
	MaxConditions = 8
	maxFieldPath  = 120
	maxValue      = 300
)

// MaxChain is how many runs may start one another by their changes: a run that an event started is 1, one that its
// change started is 2.
const MaxChain = 3

var (
	// eventTypeShape is what Okta's event types look like: the longest of its catalog has ten parts, and some have hyphens.
	eventTypeShape = regexp.MustCompile(`^[a-z][a-z0-9_]{0,60}(\.[a-zA-Z0-9_-]{1,60}){1,12}$`)
	fieldShape     = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z0-9_-]+)*$`)
)

// IsEventType reports whether a text has the shape of an event type.
func IsEventType(s string) bool { return eventTypeShape.MatchString(s) }

// ConditionField names a field of the form for the nth line of the filter, counted from 1.
func ConditionField(n int, part string) string { return fmt.Sprintf("where%d_%s", n, part) }

// Check says what is wrong with the settings, as a fault about one of the form's fields, or nil.
func (l Listener) Check() error {
	if len(l.Types) == 0 {
		return fault.In("types", "Choose at least one type of event.")
	}
	if len(l.Types) > MaxTypes {
		return fault.In("types", "One trigger may listen to %d types of event; make another trigger for the rest.", MaxTypes)
	}
	for _, t := range l.Types {
		if !IsEventType(t) {
			return fault.In("types", "“%s” is no type of event; they look like user.lifecycle.create.", t)
		}
	}
	if len(l.Where) > MaxConditions {
		return fault.In(ConditionField(MaxConditions, "field"), "There may be %d conditions.", MaxConditions)
	}
	for i, c := range l.Where {
		if part, problem := c.check(); problem != "" {
			return fault.In(ConditionField(i+1, part), "%s", problem)
		}
	}
	if len(l.Sample) > MaxSample {
		return fault.In("sample", "The sample is larger than %d KB; shorten it.", MaxSample>>10)
	}
	if l.Sample != "" {
		if _, err := ReadSample(l.Sample); err != nil {
			return sampleFault(err)
		}
	}
	for name, text := range l.Map {
		if err := workflow.CheckMapping(workflow.EventRoot, text); err != nil {
			return fault.In(MapField(name), "This can't be read: %s.", err)
		}
	}
	return nil
}

func (c Condition) check() (part, problem string) {
	switch {
	case c.Field == "":
		return "field", "Choose the field that the value belongs to, such as outcome.result."
	case len(c.Field) > maxFieldPath || !fieldShape.MatchString(c.Field):
		return "field", "Write the field as a path, such as outcome.result or group.displayName."
	case !slices.ContainsFunc(Ops, func(o form.Option) bool { return o.Value == string(c.Op) }):
		return "op", "Choose how the field is compared."
	case c.Value == "" && c.Op != Is && c.Op != IsNot:
		return "value", "Enter the value to compare with."
	case len(c.Value) > maxValue:
		return "value", fmt.Sprintf("The value has more than %d characters; shorten it.", maxValue)
	}
	return "", ""
}

// ParseCondition reads a condition as Words writes it, with or without quotation marks: outcome.result is SUCCESS.
func ParseCondition(text string) (Condition, error) {
	field, rest, _ := strings.Cut(strings.TrimSpace(text), " ")
	c := Condition{Field: field}
	for _, o := range Ops { // “is not” is longer than “is”
		if value, ok := strings.CutPrefix(strings.TrimSpace(rest)+" ", o.Label+" "); ok && len(o.Label) > len(c.Op) {
			c.Op, c.Value = Op(o.Value), strings.Trim(strings.TrimSpace(value), "“”\"'")
		}
	}
	if c.Value == "empty" {
		c.Value = ""
	}
	if _, problem := c.check(); problem != "" {
		return c, fault.In("where", "The condition %q can't be read: write field, comparison and value, such as outcome.result is SUCCESS. %s", text, problem)
	}
	return c, nil
}

// ReadSample reads an event that a person gave as an example: one event, or a whole delivery, of which the first counts.
func ReadSample(text string) (OrgEvent, error) {
	if events, _, err := ReadDelivery([]byte(text)); err == nil && len(events) > 0 {
		return events[0], nil
	}
	return ReadOrgEvent([]byte(text))
}

// Hears reports whether an event is one that the listener judges at all: of its types, and since it listens to them.
func (l Listener) Hears(e OrgEvent) bool {
	return slices.Contains(l.Types, e.Type) && !e.Published.Before(l.From[e.Type])
}

// Fits says whether an event fulfils every condition, and if not, which one it does not.
func (l Listener) Fits(e OrgEvent) (ok bool, why string) {
	for _, c := range l.Where {
		if !c.holds(e.Value) {
			return false, "It does not fit, for this does not hold: " + c.Words() + ". The event has " + c.found(e.Value) + " there."
		}
	}
	return true, ""
}

// maxFound is how many of an event's values a sentence names, and maxFoundText how much of each.
const (
	maxFound     = 3
	maxFoundText = 60
)

// found says in words what an event has where the condition looks.
func (c Condition) found(event any) string {
	var out []string
	for _, v := range valuesAt(event, strings.Split(c.Field, ".")) {
		if len(out) == maxFound {
			out = append(out, "more")
			break
		}
		if letters := []rune(v); len(letters) > maxFoundText {
			v = string(letters[:maxFoundText]) + "…"
		}
		if v != "" {
			out = append(out, "“"+v+"”")
		}
	}
	switch n := len(out); n {
	case 0:
		return "nothing"
	case 1:
		return out[0]
	default:
		return strings.Join(out[:n-1], ", ") + " and " + out[n-1]
	}
}

// Words says the condition in words.
func (c Condition) Words() string {
	word := string(c.Op)
	for _, o := range Ops {
		if o.Value == string(c.Op) {
			word = o.Label
		}
	}
	if c.Value == "" {
		return c.Field + " " + word + " empty"
	}
	return c.Field + " " + word + " “" + c.Value + "”"
}

func (c Condition) holds(event any) bool {
	found := valuesAt(event, strings.Split(c.Field, "."))
	if len(found) == 0 {
		found = []string{""}
	}
	want := strings.ToLower(c.Value)
	some := func(fits func(have string) bool) bool {
		return slices.ContainsFunc(found, func(v string) bool { return fits(strings.ToLower(v)) })
	}
	switch c.Op {
	case Is:
		return some(func(v string) bool { return v == want })
	case IsNot:
		return !some(func(v string) bool { return v == want })
	case Contains:
		return some(func(v string) bool { return strings.Contains(v, want) })
	case ContainsNot:
		return !some(func(v string) bool { return strings.Contains(v, want) })
	case Begins:
		return some(func(v string) bool { return strings.HasPrefix(v, want) })
	}
	return false
}

// valuesAt returns the texts at a path; lists on the way are gone through.
func valuesAt(v any, path []string) (out []string) {
	if list, ok := v.([]any); ok {
		for _, entry := range list {
			out = append(out, valuesAt(entry, path)...)
		}
		return out
	}
	if len(path) > 0 {
		object, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		inner, there := object[path[0]]
		if !there {
			return nil
		}
		return valuesAt(inner, path[1:])
	}
	switch v := v.(type) {
	case nil:
		return []string{""}
	case string:
		return []string{v}
	case map[string]any:
		return nil
	default: // a number or a yes or no
		return []string{fmt.Sprint(v)}
	}
}

// Listen returns the listener as it is when somebody saves it: what it already listened to goes on from where it
// began, and the rest begins now.
func (l Listener) Listen(before Listener, now time.Time) Listener {
	from := map[string]time.Time{}
	for _, t := range l.Types {
		from[t] = now
		if since, ok := before.From[t]; ok && slices.Contains(before.Types, t) {
			from[t] = since
		}
	}
	l.From = from
	return l
}

// Mapped returns the inputs that the mapping makes of an event, checked like a form that a person filled in.
func (l Listener) Mapped(fields []form.Field, event any, now time.Time) *form.Form {
	return mapped(workflow.EventRoot, l.Map, fields, event, now)
}

// LogFilter is the filter of the System Log that gives the events of some types; "" gives all, where there are so
// many types that the address would become too long.
func LogFilter(types []string) string {
	if len(types) == 0 || len(types) > maxFiltered {
		return ""
	}
	types = slices.Clone(types)
	slices.Sort(types)
	parts := make([]string, 0, len(types))
	for _, t := range slices.Compact(types) {
		parts = append(parts, `eventType eq "`+t+`"`)
	}
	return strings.Join(parts, " or ")
}

// maxFiltered is how many types a filter of the log names.
const maxFiltered = 40
