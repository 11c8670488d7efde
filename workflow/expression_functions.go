package workflow

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"caracal/form"
)

// Function is one that may be used between {{ and }}.
type Function struct {
	Name    string
	Takes   string // its values in words: "text, length"; one in brackets may be left out
	Group   string // what it works on, as the page of functions groups them
	Example string // holds for ExampleScope
	Help    string
	Varies  bool // gives something else each time, and its example too
	least   int  // values
	most    int
	gives   given
	call    func(e *evaluation, args []any) (any, error)
}

// Usage is how a function is written: "pad(text, length, [fill])".
func (f Function) Usage() string { return f.Name + "(" + f.Takes + ")" }

// Result evaluates the example, as a field would hold it; the entries of a list are set apart.
func (f Function) Result(now time.Time) (string, error) {
	t, err := ParseTemplate("{{ " + f.Example + " }}")
	if err != nil {
		return "", err
	}
	v, err := t.parts[0].expression.evaluate(ExampleScope(now))
	if l, ok := v.([]any); ok {
		return joinWords(l, ", "), err
	}
	return text(v), err
}

func joinWords(l []any, between string) string {
	words := make([]string, len(l))
	for i, v := range l {
		words[i] = text(v)
	}
	return strings.Join(words, between)
}

// ExampleScope is what the examples of functions see.
func ExampleScope(now time.Time) Scope {
	person := func(id, login, department, city string) map[string]any {
		return map[string]any{"id": id, "login": login, "department": department, "profile": map[string]any{"city": city}}
	}
	return Scope{Now: now,
		Inputs: map[string]string{"email": "Ada@Example.com", "code": "x7", "name": " José Núñez ", "team": "", "contractor": "true", "number": "42",
			"last_day": "2026-03-31", "groups": "00g1,00g2", "json": `{"site": "Wien"}`},
		Kinds: map[string]form.Kind{"groups": form.Groups},
		Outputs: map[string]Output{"find": {"id": "00u1", "names": []any{"Berlin", "Aachen", "Berlin"}, "created": "2026-03-01T09:30:00Z",
			"users":  []any{person("00u1", "ada", "Sales", "Wien"), person("00u2", "bob", "IT", "Graz"), person("00u3", "cleo", "Sales", "Linz")},
			"groups": []any{map[string]any{"id": "00g2", "name": "Staff"}, map[string]any{"id": "00g3", "name": "Guests"}}}}}
}

// takes says how many values a function takes: "2 values", "1 or 2 values".
func (f Function) takes() string {
	switch {
	case f.most-f.least > 1:
		return fmt.Sprintf("%d to %d values", f.least, f.most)
	case f.least != f.most:
		return fmt.Sprintf("%d or %d values", f.least, f.most)
	case f.most == 1:
		return "1 value"
	}
	return fmt.Sprintf("%d values", f.most)
}

// ifName is the function that the compiler makes a condition of.
const ifName = "if"

// Functions lists what may be called in an expression. Nothing else can be: the library's own functions are
// switched off, those that loop among them.
func Functions() []Function { return functions() }

var functions = sync.OnceValue(func() []Function {
	return slices.Concat(valueFunctions(), textFunctions(), listFunctions(), timeFunctions(), randomFunctions())
})

// functionNamed finds a function by its name.
func functionNamed(name string) (Function, bool) {
	i := slices.IndexFunc(Functions(), func(f Function) bool { return f.Name == name })
	if i < 0 {
		return Function{}, false
	}
	return Functions()[i], true
}

// valueFunctions work on any value.
func valueFunctions() []Function {
	const group = "Any value"
	return []Function{
		{Name: "default", Takes: "value, otherwise", Group: group, Example: `default(inputs.team, "Everyone")`, Help: "The second where the first is empty.", least: 2, most: 2, gives: givesSame, call: pure(defaultTo)},
		{Name: "empty", Takes: "value", Group: group, Example: "not empty(steps.find.output.id)", Help: "Whether there is nothing: no value, no text, an empty list.", least: 1, most: 1, call: pure(isEmpty)},
		{Name: "yes", Takes: "input", Group: group, Example: "yes(inputs.contractor)", Help: "Whether a yes-or-no input is yes, to be put together with and, or and not.", least: 1, most: 1, call: pure(isYes)},
		{Name: ifName, Takes: "condition, then, otherwise", Group: group, Example: `if(inputs.contractor, "CON", "EMP")`, Help: "The second where the condition is true, else the third. The other one is not looked at.", least: 3, most: 3, gives: givesSecond, call: pure(ifElse)},
		{Name: "number", Takes: "text", Group: group, Example: "number(inputs.number) * 2", Help: "A text as a number, to be calculated with: + - * / % and < > >= <=.", least: 1, most: 1, gives: givesNumber, call: pure(toNumber)},
		{Name: "round", Takes: "number, [digits]", Group: group, Example: "round(number(inputs.number) / 9, 2)", Help: "A number with so many digits after the point, or none.", least: 1, most: 2, gives: givesNumber, call: pure(roundTo)},
		{Name: "parse_json", Takes: "text", Group: group, Example: "parse_json(inputs.json).site", Help: "The value that a JSON text of up to 64 KB holds.", least: 1, most: 1, call: pure(parseJSON)},
	}
}

// FunctionNames returns the names of all functions, as messages list them.
func FunctionNames() []string {
	var out []string
	for _, f := range Functions() {
		out = append(out, f.Name)
	}
	return out
}

// pure is a function that needs nothing but its arguments.
func pure(f func(args []any) (any, error)) func(*evaluation, []any) (any, error) {
	return func(_ *evaluation, args []any) (any, error) { return f(args) }
}

func defaultTo(args []any) (any, error) {
	if args[0] == nil || text(args[0]) == "" {
		return args[1], nil
	}
	return args[0], nil
}

func isEmpty(args []any) (any, error) {
	return nothing(args[0]), nil
}

// nothing reports whether a value says nothing: none, no text, an empty list or object.
func nothing(v any) bool {
	if object, ok := v.(map[string]any); ok {
		return len(object) == 0
	}
	return strings.TrimSpace(text(v)) == ""
}

// ifElse is for a check of its arguments only: what is carried out is a condition.
func ifElse(args []any) (any, error) {
	if yes, err := truth(args[0]); err != nil || yes {
		return args[1], err
	}
	return args[2], nil
}

func isYes(args []any) (any, error) { return truth(args[0]) }

func toNumber(args []any) (any, error) {
	switch v := args[0].(type) {
	case int, float64:
		return v, nil
	case nil:
		return nil, nil
	}
	n, err := strconv.ParseFloat(strings.TrimSpace(text(args[0])), 64)
	if err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
		return nil, fmt.Errorf("“%s” is not a number", shorten(text(args[0]), 60))
	}
	if whole := int(n); float64(whole) == n && math.Abs(n) < 1<<53 {
		return whole, nil // so that it can be divided with a rest
	}
	return n, nil
}

func roundTo(args []any) (any, error) {
	v, err := toNumber(args)
	if err != nil || v == nil {
		return nil, err
	}
	digits := 0
	if len(args) > 1 {
		if digits, err = whole(args[1], 0, 10, "digits"); err != nil {
			return nil, err
		}
	}
	n, _ := strconv.ParseFloat(text(v), 64)
	scale := math.Pow10(digits)
	if rounded := math.Round(n*scale) / scale; !math.IsInf(rounded, 0) && !math.IsNaN(rounded) {
		return rounded, nil
	}
	return n, nil // too large to have anything after the point
}

// whole reads a value as a whole number between two others, which message calls what it counts.
func whole(v any, least, most int, what string) (int, error) {
	n, err := strconv.Atoi(strings.TrimSpace(text(v)))
	if err != nil || n < least || n > most {
		return 0, fmt.Errorf("“%s” is not a number of %s from %d to %d", shorten(text(v), 60), what, least, most)
	}
	return n, nil
}

func parseJSON(args []any) (any, error) {
	raw := text(args[0])
	if len(raw) > MaxRendered {
		return nil, fmt.Errorf("parse_json reads at most %d KB", MaxRendered>>10)
	}
	var v any
	if err := json.Unmarshal([]byte(raw), &v); err != nil {
		return nil, fmt.Errorf("“%s” is not JSON", shorten(raw, 60))
	}
	return v, nil
}

// list reads a value as a list: a list as it is, nothing as no entry, and anything else as its only entry.
func list(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return v
	case []string:
		out := make([]any, len(v))
		for i, s := range v {
			out[i] = s
		}
		return out
	}
	return []any{v}
}

// text writes a value as a field holds it: a list with commas, an object as JSON, a number without an
// exponent.
func text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case int:
		return strconv.Itoa(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case json.Number:
		return v.String()
	case time.Time:
		return v.UTC().Format(time.RFC3339)
	case []any, []string:
		var parts []string
		for _, e := range list(v) {
			parts = append(parts, text(e))
		}
		return strings.Join(parts, ",")
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(raw)
}
