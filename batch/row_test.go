package batch

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"caracal/form"
)

var fields = []form.Field{
	{Name: "email", Label: "E-mail", Kind: form.Email, Required: true},
	{Name: "first_name", Label: "First name", Kind: form.Text},
	{Name: "team", Label: "Team", Kind: form.Group, Required: true},
	{Name: "buddies", Label: "Buddies", Kind: form.Users},
	{Name: "last_day", Label: "Last day", Kind: form.Date},
	{Name: "contract", Label: "Contract", Kind: form.Choice, Options: []form.Option{{Value: "perm", Label: "Permanent"}, {Value: "fixed", Label: "Fixed term"}}},
	{Name: "laptop", Label: "Laptop", Kind: form.YesNo},
	{Name: "days", Label: "Days", Kind: form.Number},
}

func TestGuess(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		columns string
		want    string // field=column, …
	}{
		{"email,first_name,team,buddies,last_day,contract,laptop,days", "buddies=4 contract=6 days=8 email=1 first_name=2 last_day=5 laptop=7 team=3"},
		{"E-Mail,Vorname,Group name,Last day", "email=1 first_name=2 last_day=4 team=3"},
		{"Work Email;x,GIVEN NAME,TEAM", "email=1 first_name=2 team=3"},
		{"Mail,Login,End date", "buddies=2 email=1 last_day=3"},
		{"Colour,Size", ""},
		{"Prénom,Émail", "email=2"},
		{"", ""},
	} {
		columns := strings.Split(tt.columns, ",")
		var got []string
		m := Guess(columns, fields)
		for _, name := range []string{"buddies", "contract", "days", "email", "first_name", "last_day", "laptop", "team"} {
			if s, ok := m[name]; ok {
				got = append(got, fmt.Sprintf("%s=%d", name, s.Column))
			}
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s: %s, want %s", tt.columns, strings.Join(got, " "), tt.want)
		}
	}
	if got := (Map{"a": {Column: 2}, "b": {Fixed: "x"}}).Unused([]string{"one", "two", "three"}); !reflect.DeepEqual(got, []string{"one", "three"}) {
		t.Errorf("unused: %v", got)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	known := map[Ref]Found{
		{form.Group, "Sales"}: {ID: "00g1"}, {form.Group, "Twice"}: {Problem: "There are several called “Twice”."},
		{form.User, "ada@x.y"}: {ID: "00u1"}, {form.User, "00u1"}: {ID: "00u1"}, {form.User, "Bo, Jr"}: {ID: "00u2"},
	}
	c := &Checker{Fields: fields, Found: func(r Ref) (Found, bool) { f, ok := known[r]; return f, ok },
		Map: Map{"email": {Column: 1}, "team": {Column: 2}, "buddies": {Column: 3}, "last_day": {Column: 4}, "contract": {Column: 5}, "laptop": {Column: 6}, "days": {Column: 7}, "first_name": {Fixed: "Al"}}}
	no := 0
	for _, tt := range []struct {
		cells string // between bars
		input string // name=value of those that are filled, or
		bad   string // input: part of what is wrong
	}{
		{"a@x.y|Sales||||| ", "email=a@x.y first_name=Al laptop=false team=00g1", ""},
		{" b@x.y |Sales|ada@x.y,00u1|31.12.2026|fixed term|x|2.5", "buddies=00u1 contract=fixed days=2.5 email=b@x.y first_name=Al last_day=2026-12-31 laptop=true team=00g1", ""},
		{"c@x.y|Sales|ada@x.y; Bo, Jr|2026/7/1|PERM|No|'-3", "buddies=00u1,00u2 contract=perm days=-3 email=c@x.y first_name=Al last_day=2026-07-01 laptop=false team=00g1", ""},
		{"d@x.y|Sales|||||1,5", "", "days: is not a number"},
		{"e@x.y|Sales||1/2/2026|||", "", "last_day: is not a date"},
		{"f@x.y|Sales|||Temp||", "", "contract: not one of the choices"},
		{"g@x.y|Sales||||maybe|", "", "laptop: either yes or no"},
		{"nobody|Twice|||||", "", "email: not an e-mail address;team: several called"},
		{"h@x.y||||||", "", "team: Choose team"},
		{"i@x.y|Unknown|||||", "", "team: was not looked up"},
		{"j@x.y|" + strings.Repeat("x", 400) + "|||||", "", "team: too long"},
		{"a@x.y|Sales|||||", "=1", ""},
	} {
		no++
		row := c.Check(Row{No: no, Cells: strings.Split(tt.cells, "|")}, "")
		var input, bad []string
		for _, f := range []string{"buddies", "contract", "days", "email", "first_name", "last_day", "laptop", "team"} {
			if row.Input[f] != "" {
				input = append(input, f+"="+row.Input[f])
			}
		}
		for _, p := range row.Problems {
			bad = append(bad, p.Input+": "+p.Text)
		}
		switch {
		case tt.input == "=1":
			if row.DoubleOf != 1 {
				t.Errorf("%s is a double of %d, want 1", tt.cells, row.DoubleOf)
			}
		case tt.bad == "":
			if strings.Join(input, " ") != tt.input || !row.Good() || row.DoubleOf != 0 {
				t.Errorf("%s: %q, want %q; %v", tt.cells, strings.Join(input, " "), tt.input, bad)
			}
		default:
			wants := strings.Split(tt.bad, ";")
			if len(wants) != len(bad) {
				t.Errorf("%s: %q, want %q", tt.cells, bad, wants)
				continue
			}
			for i, want := range wants {
				name, part, _ := strings.Cut(want, ": ")
				if !strings.HasPrefix(bad[i], name+": ") || !strings.Contains(bad[i], part) {
					t.Errorf("%s: %q, want %q", tt.cells, bad[i], want)
				}
			}
		}
	}
	whole := c.Check(Row{No: 99, Cells: []string{"z@x.y", "Sales", "", "", "", "", ""}}, "The row is bad.")
	if whole.Good() || whole.Problems[0] != (Problem{Text: "The row is bad."}) || whole.Label != "z@x.y" {
		t.Errorf("a row that is bad as a whole: %+v", whole)
	}
}

func TestRefs(t *testing.T) {
	t.Parallel()
	m := Map{"team": {Column: 1}, "buddies": {Column: 2}}
	got := m.Refs(fields, []string{" Sales ", "a@x.y\nb@x.y;a@x.y"})
	want := []Ref{{form.Group, "Sales"}, {form.User, "a@x.y"}, {form.User, "b@x.y"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := m.Refs(fields, []string{"", " , "}); got != nil {
		t.Errorf("empty cells name %v", got)
	}
}

func FuzzCheck(f *testing.F) {
	f.Add("a@x.y", "Sales", "2026-01-01", "yes")
	f.Add("'=x", "\x00", "31.2.2026", "☃")
	f.Fuzz(func(t *testing.T, email, team, day, laptop string) {
		c := &Checker{Fields: fields, Found: func(Ref) (Found, bool) { return Found{ID: "00g1"}, true },
			Map: Map{"email": {Column: 1}, "team": {Column: 2}, "last_day": {Column: 3}, "laptop": {Column: 4}, "days": {Fixed: "1"}}}
		row := c.Check(Row{No: 1, Cells: []string{email, team, day, laptop}}, "")
		if !row.Good() {
			return
		}
		for _, f := range fields { // what is good, the form of a run takes as it is
			if value, problem := f.Check(row.Input[f.Name]); problem != "" || value != row.Input[f.Name] {
				t.Fatalf("%s is good as %q, and the form says %q, %s", f.Name, row.Input[f.Name], value, problem)
			}
		}
	})
}
