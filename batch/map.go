package batch

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"caracal/form"
)

// Map says what fills each input of the workflow, by its name. An input that is not in it stays empty.
type Map map[string]Source

// Source fills one input: a column, or one value for all rows.
type Source struct {
	Column int    `json:"column"` // counted from 1; 0 is the fixed value
	Fixed  string `json:"fixed,omitempty"`
}

// Guess finds for each field the column that is most likely meant: by its name or label, however it is written, or by
// another word for the same. A column is taken once; what is not found is left out.
func Guess(columns []string, fields []form.Field) Map {
	type match struct{ field, column, score int }
	var found []match
	for i, f := range fields {
		for j, c := range columns {
			if score := likeness(c, f); score > 0 {
				found = append(found, match{i, j, score})
			}
		}
	}
	slices.SortStableFunc(found, func(a, b match) int { return b.score - a.score })
	out, taken := Map{}, map[int]bool{}
	for _, m := range found {
		name := fields[m.field].Name
		if _, filled := out[name]; filled || taken[m.column] {
			continue
		}
		out[name], taken[m.column] = Source{Column: m.column + 1}, true
	}
	return out
}

// alike are words that mean the same at the head of a column, folded as fold does.
var alike = [][]string{
	{"email", "mail", "emailaddress", "mailaddress", "primaryemail", "workemail", "emailadresse"},
	{"login", "username", "userlogin", "userid", "user", "upn", "userprincipalname", "oktalogin", "account"},
	{"firstname", "givenname", "forename", "first", "vorname"},
	{"lastname", "familyname", "surname", "last", "nachname"},
	{"fullname", "displayname", "name"},
	{"department", "dept", "abteilung"},
	{"title", "jobtitle", "position", "role"},
	{"manager", "managerlogin", "manageremail", "supervisor", "lead"},
	{"group", "groupname", "groupid", "team", "oktagroup"},
	{"groups", "groupnames", "teams"},
	{"app", "application", "appname", "applicationname", "appid"},
	{"phone", "phonenumber", "mobile", "mobilephone", "telephone"},
	{"startdate", "start", "firstday", "hiredate", "from"},
	{"enddate", "end", "lastday", "until", "leavedate", "terminationdate"},
	{"reason", "note", "comment", "justification"},
}

// likeness says how well a column's name fits a field; 0 is not at all.
func likeness(column string, f form.Field) int {
	c, name, label := fold(column), fold(f.Name), fold(f.Label)
	if c == "" {
		return 0
	}
	if c == name || c == label {
		return 100
	}
	for _, words := range alike {
		if slices.Contains(words, c) && (slices.Contains(words, name) || slices.Contains(words, label)) {
			return 80
		}
	}
	for _, words := range alike { // a column of logins for whatever user is asked for
		if (f.Kind == form.User || f.Kind == form.Users) && slices.Contains(words, c) && (words[0] == "login" || words[0] == "email") {
			return 60
		}
		if f.Kind == form.Email && slices.Contains(words, c) && words[0] == "email" {
			return 60
		}
		if (f.Kind == form.Group || f.Kind == form.Groups) && slices.Contains(words, c) && (words[0] == "group" || words[0] == "groups") {
			return 50
		}
		if f.Kind == form.App && slices.Contains(words, c) && words[0] == "app" {
			return 50
		}
	}
	for _, want := range []string{name, label} {
		if len(want) >= 4 && len(c) >= 4 && (strings.Contains(c, want) || strings.Contains(want, c)) {
			return 20
		}
	}
	return 0
}

// fold brings the ways to write one name together: “E-mail”, “e_mail”, “EMail”; letters lose their accents.
func fold(s string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(strings.ToLower(s)) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// Unused returns the names of the columns that fill nothing.
func (m Map) Unused(columns []string) (out []string) {
	for i, c := range columns {
		used := false
		for _, s := range m {
			used = used || s.Column == i+1
		}
		if !used {
			out = append(out, c)
		}
	}
	return out
}

// value returns what fills a field in a row, as it stands there. An apostrophe that CSV files carry in front of =, +,
// -, and @, so that spreadsheets take them for text, is taken away.
func (m Map) value(field string, cells []string) string {
	s, ok := m[field]
	switch {
	case !ok:
		return ""
	case s.Column == 0:
		return s.Fixed
	case s.Column > len(cells):
		return ""
	}
	cell := cells[s.Column-1]
	if len(cell) > 1 && cell[0] == '\'' && strings.ContainsRune(neutralised, rune(cell[1])) {
		return cell[1:]
	}
	return cell
}

// label returns what people know a row by.
func (m Map) label(fields []form.Field, cells []string) string {
	for _, f := range fields {
		if m[f.Name].Column == 0 || f.Kind == form.YesNo {
			continue
		}
		if v := strings.Join(strings.Fields(m.value(f.Name, cells)), " "); v != "" {
			return shorten(v, maxLabel)
		}
	}
	for _, c := range cells {
		if v := strings.Join(strings.Fields(c), " "); v != "" {
			return shorten(v, maxLabel)
		}
	}
	return ""
}

// maxLabel is how many characters a row's label has.
const maxLabel = 80

func shorten(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}
