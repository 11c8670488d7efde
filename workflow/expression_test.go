package workflow

import (
	"errors"
	"strings"
	"testing"
	"time"

	"caracal/fault"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestResolveStep(t *testing.T) {
	t.Parallel()
	inputs := map[string]string{"email": "Ada@Example.com", "name": "José Núñez-Straße", "blank": "", "n": "5", "html": "<b>{{ inputs.name }}</b>"}
	outputs := map[string]Output{"find": {"id": "00u1", "groups": []any{"00g1", "00g2"}, "count": 3.0, "on": true,
		"profile": map[string]any{"city": "Wien"}, "nothing": nil}}
	for in, want := range map[string]string{
		"":               "",
		"plain":          "plain",
		"a }} b { c":     "a }} b { c",
		"😀 {{inputs.n}}": "😀 5",
		"{{ inputs.email }}, {{ steps.find.output.id }}": "Ada@Example.com, 00u1",
		"{{ lower(inputs.email) }}":                      "ada@example.com",
		"{{ upper(trim(' x ')) }}":                       "X",
		"{{ slug(inputs.name) }}":                        "jose-nunez-strasse",
		"{{ replace(inputs.email, '@', '}}') }}":         "Ada}}Example.com",
		"{{ replace(inputs.email, '', 'x') }}":           "Ada@Example.com",
		"{{ split(inputs.email, '@')[0] }}":              "Ada",
		"{{ first(split(inputs.email, '@')) }}":          "Ada",
		"{{ join(steps.find.output.groups, '; ') }}":     "00g1; 00g2",
		"{{ steps.find.output.groups }}":                 "00g1,00g2",
		"{{ steps.find.output.count }}":                  "3",
		"{{ steps.find.output.count + 1 }}":              "4",
		"{{ steps.find.output.on }}":                     "true",
		"{{ steps.find.output.profile.city }}":           "Wien",
		"{{ steps.find.output.profile }}":                `{"city":"Wien"}`,
		"{{ default(inputs.blank, 'none') }}":            "none",
		"{{ default(steps.find.output.nothing, '-') }}":  "-",
		"{{ steps.find.output.missing ?? 'x' }}":         "x",
		"{{ inputs.blank }}":                             "",
		"{{ today() }}":                                  "2026-03-01",
		"{{ now() }}":                                    "2026-03-01T12:00:00Z",
		"{{ add_days(today(), -1) }}":                    "2026-02-28",
		"{{ add_days('2026-01-31T10:00:00Z', 1) }}":      "2026-02-01",
		"{{ inputs.n == '5' ? 'five' : 'other' }}":       "five",
		"{{ inputs.html }}":                              "<b>{{ inputs.name }}</b>", // what a person typed is never evaluated
		`{{ "{{" }}`:                                     "{{",
	} {
		got, err := ResolveStep(Step{Title: "T", Fields: map[string]string{"f": in}}, Scope{Inputs: inputs, Outputs: outputs, Now: noon})
		if err != nil {
			t.Errorf("%s: %v", in, err)
		} else if got["f"] != want {
			t.Errorf("%s: got %q, want %q", in, got["f"], want)
		}
	}
}

func TestResolveStepRefuses(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", MaxRendered)
	for in, want := range map[string]string{
		"{{ inputs.missing }}":                      "no value",
		"{{ steps.gone.output.id }}":                "no value",
		"{{ steps.find.output.nothing }}":           "no value",
		"{{ first(split('', ',')) }}":               "no value",
		"{{ inputs.a":                               "no }}",
		"{{ }}":                                     "nothing between",
		"{{ inputs. }}":                             "",
		"{{ foo }}":                                 `"foo" is not known`,
		"{{ inputs }}":                              "inputs.name",
		"{{ inputs['a' + 'b'] }}":                   "inputs.name",
		"{{ steps.find }}":                          "steps.name.output",
		"{{ $env }}":                                "$env",
		"{{ let x = 1; x }}":                        "one expression",
		"{{ map(1..9, #) }}":                        "that loop",
		"{{ count([1], # > 0) }}":                   "that loop",
		"{{ len('a') }}":                            "is not known",
		"{{ inputs.long matches inputs.long }}":     "matches can't be used",
		"{{ !('a' matches 'a{1000}') }}":            "matches can't be used",
		"{{ 1..1000000000 }}":                       "too much",
		"{{ lower() }}":                             "lower takes 1",
		"{{ lower('a', 'b') }}":                     "lower takes 1",
		"{{ add_days('soon', 1) }}":                 "not a date",
		"{{ add_days(today(), 'many') }}":           "number of days",
		"{{ '" + strings.Repeat("x", 1100) + "' }}": "longer than",
		"{{ 1" + strings.Repeat("+1", 300) + " }}":  "too large",
		"{{ replace(inputs.long, 'x', 'yy') }}":     "more than 64 KB",
		"{{ inputs.long }}y":                        "longer than 64 KB",
	} {
		_, err := ResolveStep(Step{Title: "T", Fields: map[string]string{"f": in}}, Scope{Inputs: map[string]string{"long": long, "a": "1", "ab": "2"},
			Outputs: map[string]Output{"find": {"nothing": nil}}, Now: noon})
		if err == nil {
			t.Errorf("%.40s: no error", in)
			continue
		}
		if f := fault.As(err); f == nil || f.Kind != fault.Invalid || f.Field != "f" {
			t.Errorf("%.40s: error %v is not about the field", in, err)
		} else if !strings.Contains(f.Message, want) {
			t.Errorf("%.40s: %q does not say %q", in, f.Message, want)
		}
	}
}

func TestExpressionPosition(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]int{
		"{{ foo }}":              4,
		"Zoë {{ foo }}":          8,
		"{{ inputs.a }} {{ b }}": 19,
		"abc {{ inputs.a":        5,
	} {
		_, err := ParseTemplate(in)
		var e *ExpressionError
		if !errors.As(err, &e) || e.At != want {
			t.Errorf("%s: got %v, want character %d", in, err, want)
		}
	}
	tpl, err := ParseTemplate("😀 {{ lower(inputs.email) }}{{ steps.find.output.id }}")
	if err != nil {
		t.Fatal(err)
	}
	refs := tpl.References()
	if len(refs) != 2 || refs[0] != (Reference{Input: "email", At: 12}) || refs[1] != (Reference{Step: "find", Output: "id", At: 31}) {
		t.Errorf("references %+v", refs)
	}
}

func FuzzParseTemplate(f *testing.F) {
	for _, s := range []string{"{{ inputs.a }}", "x{{ lower(steps.a.output.b) }}y", "{{ '}}' }}", "{{", "{{{{}}}}", "{{ item.a.b }}{{ without(inputs.l, steps.a.output.b)[0] }}", "{{ if(item, at(sort(unique([1,\"b\"])), -1), {\"a\": nil}.a?.b) }}", "{{ format_date(now(), inputs.a, \"Asia/Tokyo\") | pad(99, \"\") }}", "{{ {{ inputs.a }} }}", "{{ where(parse_json(inputs.a), \"a.b\", [nil]) }}", "{{ a[1:2]?.b ?? 'x' | c }}", "{{ inputs.a matches '(' }}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		tpl, err := ParseTemplate(s)
		if err != nil {
			var e *ExpressionError
			if !errors.As(err, &e) || e.At < 1 || e.Message == "" {
				t.Fatalf("error without a place: %#v", err)
			}
			return
		}
		if tpl.Plain() {
			if out, err := tpl.render(Scope{}); len(s) <= MaxRendered && (err != nil || out != s) {
				t.Fatalf("plain text %q became %q, %v", s, out, err)
			}
		}
		out, err := tpl.render(Scope{Inputs: map[string]string{"a": "1"}, Outputs: map[string]Output{"a": {"b": []any{"x"}}}, Now: noon})
		if err == nil && len(out) > MaxRendered {
			t.Fatalf("rendered %d bytes", len(out))
		}
	})
}
