package workflow

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Function is one that may be used between {{ and }}.
type Function struct {
	Name    string
	Group   string // what it works on, as the page of functions groups them
	Example string
	Help    string
	least   int // arguments
	most    int
	call    func(e *evaluation, args []any) (any, error)
}

// takes says how many values a function takes: "2 values", "1 or 2 values".
func (f Function) takes() string {
	switch {
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
	return slices.Concat([]Function{
		{"default", "Values", `default(inputs.team, "Everyone")`, "the second where the first is empty", 2, 2, pure(defaultTo)},
		{"empty", "Values", "not empty(steps.find.output.id)", "whether there is nothing: no value, no text, an empty list", 1, 1, pure(isEmpty)},
		{"yes", "Values", "yes(inputs.contractor)", "whether a yes-or-no input is yes, to be put together with and, or and not", 1, 1, pure(isYes)},
		{ifName, "Values", `if(inputs.contractor, "CON", "EMP")`, "the second where the first is yes, else the third; the other one is not looked at", 3, 3, pure(ifElse)},
	}, textFunctions(), listFunctions(), timeFunctions())
})

// textFunctions work on text.
func textFunctions() []Function {
	return []Function{
		{"lower", "Text", "lower(inputs.email)", "in small letters", 1, 1, onText(strings.ToLower)},
		{"upper", "Text", "upper(inputs.code)", "in capitals", 1, 1, onText(strings.ToUpper)},
		{"trim", "Text", "trim(inputs.name)", "without space at both ends", 1, 1, onText(strings.TrimSpace)},
		{"slug", "Text", "slug(inputs.name)", "as a short name: José Núñez becomes jose-nunez", 1, 1, onText(Slug)},
		{"replace", "Text", `replace(inputs.name, " ", ".")`, "with every place of one text replaced by another", 3, 3, pure(replaceText)},
		{"split", "Text", `split(inputs.email, "@")`, "cut into a list at a text", 2, 2, pure(splitText)},
	}
}

// listFunctions work on lists.
func listFunctions() []Function {
	return []Function{
		{"join", "Lists", `join(steps.find.output.names, ", ")`, "a list put together as one text", 2, 2, pure(joinText)},
		{"first", "Lists", `first(split(inputs.email, "@"))`, "the first of a list", 1, 1, pure(firstOf)},
		{"length", "Lists", "length(steps.find.output.names) > 3", "how many entries a list has", 1, 1, pure(func(args []any) (any, error) { return len(list(args[0])), nil })},
	}
}

// timeFunctions work on days and moments.
func timeFunctions() []Function {
	return []Function{
		{"today", "Dates and times", "today()", "the day of the run, in UTC: 2026-03-31", 0, 0, func(e *evaluation, _ []any) (any, error) { return e.Now.UTC().Format(time.DateOnly), nil }},
		{"now", "Dates and times", "now()", "the moment of the run, in UTC: 2026-03-31T09:30:00Z", 0, 0, func(e *evaluation, _ []any) (any, error) { return e.Now.UTC().Format(time.RFC3339), nil }},
		{"add_days", "Dates and times", "add_days(today(), 30)", "a date so many days later", 2, 2, pure(addDays)},
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

func onText(f func(string) string) func(*evaluation, []any) (any, error) {
	return func(_ *evaluation, args []any) (any, error) { return f(text(args[0])), nil }
}

func replaceText(args []any) (any, error) {
	s, old, with := text(args[0]), text(args[1]), text(args[2])
	if old == "" {
		return s, nil
	}
	if len(s)+strings.Count(s, old)*len(with) > MaxRendered {
		return nil, fmt.Errorf("replace makes more than %d KB", MaxRendered>>10)
	}
	return strings.ReplaceAll(s, old, with), nil
}

func splitText(args []any) (any, error) {
	s, sep := text(args[0]), text(args[1])
	if s == "" {
		return []any{}, nil
	}
	var out []any
	for part := range strings.SplitSeq(s, sep) {
		out = append(out, part)
	}
	return out, nil
}

func joinText(args []any) (any, error) {
	sep := text(args[1])
	var parts []string
	size := 0
	for _, v := range list(args[0]) {
		parts = append(parts, text(v))
		if size += len(parts[len(parts)-1]) + len(sep); size > MaxRendered {
			return nil, fmt.Errorf("join makes more than %d KB", MaxRendered>>10)
		}
	}
	return strings.Join(parts, sep), nil
}

func firstOf(args []any) (any, error) {
	if l := list(args[0]); len(l) > 0 {
		return l[0], nil
	}
	return nil, nil
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

func addDays(args []any) (any, error) {
	day, _, _ := strings.Cut(text(args[0]), "T")
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return nil, fmt.Errorf("%q is not a date like 2026-03-31", text(args[0]))
	}
	n, err := strconv.Atoi(text(args[1]))
	if err != nil || n > 36_500 || n < -36_500 {
		return nil, fmt.Errorf("%q is not a number of days", text(args[1]))
	}
	return t.AddDate(0, 0, n).Format(time.DateOnly), nil
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

var folded = strings.NewReplacer("ß", "ss", "æ", "ae", "ø", "o", "œ", "oe", "ł", "l", "đ", "d", "þ", "th", "ı", "i")

// Slug writes a text in small letters and digits with single hyphens between its words, and takes accents
// away: what logins and short names are made of.
func Slug(s string) string {
	var b strings.Builder
	gap := false
	for _, r := range norm.NFD.String(folded.Replace(strings.ToLower(s))) {
		switch {
		case unicode.Is(unicode.Mn, r) || r == '\'' || r == '’':
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			if gap && b.Len() > 0 {
				b.WriteByte('-')
			}
			gap = false
			b.WriteRune(r)
		default:
			gap = true
		}
	}
	return b.String()
}
