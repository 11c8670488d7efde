package form

import (
	"errors"
	"strings"
	"testing"

	"caracal/fault"
)

func TestFieldCheck(t *testing.T) {
	t.Parallel()
	choice := []Option{{"a", "A"}}
	for _, tt := range []struct {
		name    string
		field   Field
		in      string
		value   string
		problem string // a part of it; "" means none
	}{
		{"trims", Field{Label: "Name"}, "  x ", "x", ""},
		{"required", Field{Label: "Client ID", Required: true}, " ", "", "Enter client ID."},
		{"abbreviation", Field{Label: "API Domain", Required: true}, "", "", "Enter API Domain."},
		{"long", Field{Label: "Name", Max: 3}, "abcd", "abcd", "shorten it to 3"},
		{"runes not bytes", Field{Label: "Name", Max: 3}, "äöü", "äöü", ""},
		{"line", Field{Label: "Name", Kind: Text}, "a\nb", "a\nb", "single line"},
		{"long text keeps lines", Field{Label: "Note", Kind: LongText}, "a\r\nb", "a\nb", ""},
		{"e-mail", Field{Label: "E-mail", Kind: Email}, "ada@example.com", "ada@example.com", ""},
		{"no e-mail", Field{Label: "E-mail", Kind: Email}, "ada", "ada", "not an e-mail"},
		{"named e-mail", Field{Label: "E-mail", Kind: Email}, "Ada <ada@example.com>", "Ada <ada@example.com>", "not an e-mail"},
		{"number", Field{Label: "N", Kind: Number}, "12x", "12x", "not a number"},
		{"date", Field{Label: "End", Kind: Date}, "2026-02-30", "2026-02-30", "not a date"},
		{"choice", Field{Label: "C", Kind: Choice, Options: choice}, "b", "b", "not one of"},
		{"box", Field{Label: "Y", Kind: YesNo, Required: true}, "", "false", ""},
		{"box on", Field{Label: "Y", Kind: YesNo}, "on", "true", ""},
		{"picker", Field{Label: "Group", Kind: Group}, "a\nb", "a\nb", "Choose group from the list"},
		{"picker by name", Field{Label: "Group", Kind: Group}, " Sales EMEA ", "Sales EMEA", ""},
		{"pickers", Field{Label: "Groups", Kind: Groups}, "00g1, 00g2,,00g1", "00g1,00g2", ""},
		{"zero byte", Field{Label: "Name"}, "a\x00b", "ab", "not text"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if tt.field.Kind == "" {
				tt.field.Kind = Text
			}
			value, problem := tt.field.Check(tt.in)
			if value != tt.value {
				t.Errorf("value %q, want %q", value, tt.value)
			}
			if (tt.problem == "") != (problem == "") || !strings.Contains(strings.ToLower(problem), strings.ToLower(tt.problem)) {
				t.Errorf("problem %q, want %q", problem, tt.problem)
			}
		})
	}
}

func TestBlame(t *testing.T) {
	t.Parallel()
	fields := []Field{{Name: "secret", Label: "Secret", Kind: Hidden}}
	f := DecodeFrom(fields, func(string) string { return "x" })
	if !f.Blame(fault.In("secret", "refused")) || f.Errors["secret"] != "refused" || f.OK() {
		t.Errorf("a field's fault is not beside it: %v", f.Errors)
	}
	if !f.Blame(fault.New(fault.Upstream, "down")) || f.Error != "down" {
		t.Errorf("a general fault is not above the form: %q", f.Error)
	}
	if f.Blame(errors.New("x")) || f.Blame(nil) {
		t.Error("a failure of ours was blamed on the form")
	}
}

func FuzzCheck(f *testing.F) {
	f.Add("a@b.c", "email", 5)
	f.Add("\xff\x00,", "groups", 0)
	f.Fuzz(func(t *testing.T, in, kind string, limit int) {
		field := Field{Name: "x", Label: "X", Kind: Kind(kind), Max: limit}
		value, problem := field.Check(in)
		again, problem2 := field.Check(value)
		if problem == "" && (again != value || problem2 != "") {
			t.Errorf("checking %q twice gives %q (%s), then %q (%s)", in, value, problem, again, problem2)
		}
	})
}
