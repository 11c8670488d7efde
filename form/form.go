package form

import (
	"fmt"
	"net/http"
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"caracal/fault"
)

// Values are submitted values by field name.
type Values map[string]string

// Form is a set of fields with what was typed into them and what is wrong with each.
type Form struct {
	Fields []Field
	Values Values
	Errors map[string]string // by field name
	Error  string            // about the form as a whole

	// Seen marks what was stored when the person was shown a form that edits settings; it travels in the hidden field
	// SeenField. Stale says that somebody else saved other settings since, and Theirs what those are.
	Seen   string
	Stale  bool
	Theirs Theirs
}

// SeenField names the hidden field of a form that edits settings. Forms that edit none ignore it.
const SeenField = "seen"

// Theirs is what somebody else stored while a person filled in the same form.
type Theirs struct {
	By   string // what they are called; "" when that is not known
	At   time.Time
	Rows []Apart
}

// Apart is one field in which what is stored and what was typed differ, in words.
type Apart struct{ Label, Stored, Typed string }

// New makes a form filled with the fields' defaults, as a first GET shows it.
func New(fields []Field) *Form {
	f := &Form{Fields: fields, Values: Values{}, Errors: map[string]string{}}
	for _, field := range fields {
		f.Values[field.Name] = field.Default
	}
	return f
}

// Decode reads the fields from a parsed POST and validates them. Fields that were not asked for are ignored.
// It never fails: what is wrong is in the form's errors.
func Decode(fields []Field, r *http.Request) *Form {
	f := DecodeFrom(fields, func(name string) string { return strings.Join(r.PostForm[name], ",") })
	f.Seen = r.PostForm.Get(SeenField)
	return f
}

// DecodeFrom is Decode over any source of values.
func DecodeFrom(fields []Field, get func(name string) string) *Form {
	f := &Form{Fields: fields, Values: Values{}, Errors: map[string]string{}}
	for _, field := range fields {
		value, problem := field.Check(get(field.Name))
		f.Values[field.Name] = value
		if problem != "" {
			f.Errors[field.Name] = problem
		}
	}
	return f
}

// Meet puts what is stored now beside what was typed into a stale form, which then goes over it when it is sent again.
func (f *Form) Meet(stored *Form) {
	f.Seen, f.Theirs.Rows = stored.Seen, nil
	for _, field := range f.Fields {
		now, typed := stored.Values[field.Name], f.Values[field.Name]
		if field.Kind != Hidden && now != typed {
			f.Theirs.Rows = append(f.Theirs.Rows, Apart{field.Label, field.words(now), field.words(typed)})
		}
	}
}

// words says what a value of the field means to a person.
func (f Field) words(value string) string {
	const most = 300
	switch {
	case f.Kind == YesNo && value == "true":
		return "yes"
	case f.Kind == YesNo:
		return "no"
	case value == "":
		return "nothing"
	case f.Kind == Choice:
		for _, o := range f.Options {
			if o.Value == value {
				return o.Label
			}
		}
	}
	if runes := []rune(value); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return value
}

// OK reports whether nothing is wrong.
func (f *Form) OK() bool { return len(f.Errors) == 0 && f.Error == "" && !f.Stale }

// Reject puts an error beside a field; the first one stays.
func (f *Form) Reject(field, format string, args ...any) {
	if f.Errors[field] == "" {
		f.Errors[field] = fmt.Sprintf(format, args...)
	}
}

// Blame puts a failure that a person can mend beside its field, or above the form, and reports whether it
// did. Failures of our own side are not the form's.
func (f *Form) Blame(err error) bool {
	e := fault.As(err)
	if e == nil || e.Kind == fault.Internal {
		return false
	}
	if slices.ContainsFunc(f.Fields, func(field Field) bool { return field.Name == e.Field }) {
		f.Reject(e.Field, "%s", e.Message)
	} else if f.Error == "" {
		f.Error = e.Message
	}
	return true
}

// Check normalises one submitted value and says what is wrong with it, or "". Whether what a picker holds is
// in the org, only the org knows: see connect.ResolvePickers.
func (f Field) Check(raw string) (value, problem string) {
	value = strings.ReplaceAll(raw, "\r\n", "\n")
	if f.Kind != LongText && f.Kind != Hidden {
		value = strings.TrimSpace(value)
	}
	if !utf8.ValidString(value) || strings.ContainsRune(value, 0) {
		return strings.ToValidUTF8(strings.ReplaceAll(value, "\x00", ""), "\uFFFD"), f.Label + " holds bytes that are not text; type it again."
	}
	if value == "" {
		if f.Kind == YesNo {
			value = "false"
		}
		if f.Required && f.Kind != YesNo {
			if f.Kind.Picker() || f.Kind == Choice {
				return value, "Choose " + lowerFirst(f.Label) + "."
			}
			return value, "Enter " + lowerFirst(f.Label) + "."
		}
		return value, ""
	}
	if n := utf8.RuneCountInString(value); n > f.Limit() {
		return value, fmt.Sprintf("%s has %d characters; shorten it to %d.", f.Label, n, f.Limit())
	}
	return value, f.checkKind(&value)
}

func (f Field) checkKind(value *string) string {
	v := *value
	if _, list := f.Kind.List(); list && strings.ContainsAny(v, "\n\r") {
		return f.Label + " must be a single line."
	}
	switch f.Kind {
	case Text, Email, Number, Choice, Date:
		if strings.ContainsAny(v, "\n\r") {
			return f.Label + " must be a single line."
		}
	}
	switch f.Kind {
	case Email:
		if a, err := mail.ParseAddress(v); err != nil || a.Address != v {
			return fmt.Sprintf("%q is not an e-mail address; write it like ada@example.com.", v)
		}
	case Number:
		if _, err := strconv.ParseFloat(v, 64); err != nil {
			return fmt.Sprintf("%q is not a number.", v)
		}
	case Date:
		if _, err := time.Parse(time.DateOnly, v); err != nil {
			return fmt.Sprintf("%q is not a date; write it like 2026-03-31.", v)
		}
	case Choice:
		if !slices.ContainsFunc(f.Options, func(o Option) bool { return o.Value == v }) {
			return fmt.Sprintf("%q is not one of the choices.", v)
		}
	case YesNo:
		switch strings.ToLower(v) {
		case "true", "yes", "on", "1":
			*value = "true"
		case "false", "no", "off", "0":
			*value = "false"
		default:
			return f.Label + " is either yes or no."
		}
	case User, Group, App:
		if strings.ContainsAny(v, "\n\r") {
			return "Choose " + lowerFirst(f.Label) + " from the list."
		}
	case Users, Groups, EventTypes:
		*value = strings.Join(SplitList(v), ",")
	}
	return ""
}

// SplitList splits a comma separated value, trims each entry and drops empty and doubled ones.
func SplitList(s string) []string {
	var out []string
	for part := range strings.SplitSeq(s, ",") {
		if part = strings.TrimSpace(part); part != "" && !slices.Contains(out, part) {
			out = append(out, part)
		}
	}
	return out
}

func lowerFirst(s string) string {
	if len(s) > 1 && s[1] >= 'A' && s[1] <= 'Z' {
		return s // an abbreviation: API Domain
	}
	return strings.ToLower(s[:min(1, len(s))]) + s[min(1, len(s)):]
}
