package workflow

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"caracal/form"
)

// TestFunctionExamples evaluates the example of every function, as the page of functions does.
func TestFunctionExamples(t *testing.T) {
	t.Parallel()
	want := map[string]string{
		"default": "Everyone", "empty": "true", "yes": "true", "if": "CON", "number": "84", "round": "4.67", "parse_json": "Wien",
		"lower": "ada@example.com", "upper": "X7", "title": "Ada Lovelace", "trim": "José Núñez", "slug": "jose-nunez", "replace": "José.Núñez", "left": "Ada", "right": ".com",
		"pad": "000042", "split": "Ada, Example.com", "has": "true", "starts_with": "true", "ends_with": "true",
		"join": "Berlin, Aachen, Berlin", "length": "true", "first": "Ada", "last": "Example.com", "at": "Aachen", "sort": "Aachen, Berlin, Berlin", "unique": "Berlin, Aachen",
		"where": "ada, cleo", "where_not": "bob, cleo", "pluck": "Wien, Graz, Linz", "without": "00g1", "both": "00g2", "concat": "00g1, 00g2, 00g9",
		"today": "2026-03-01", "now": "2026-03-01T12:00:00Z", "add_days": "2026-04-30", "add_months": "2026-02-28", "add_hours": "2026-03-01T17:30:00Z", "days_between": "30", "before": "true",
		"format_date": "Sun 1 March 2026, 04:30", "in_zone": "2026-03-01T10:30:00+01:00", "start_of_day": "2026-03-30T22:00:00Z",
	}
	varying := map[string]string{"random_password": `^\S{24}$`, "random_code": `^[A-HJ-NP-Z2-9]{6}$`, "uuid": `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`}
	seen := map[string]bool{}
	for _, f := range Functions() {
		got, err := f.Result(noon)
		if err != nil {
			t.Errorf("%s: %v", f.Example, err)
		}
		if pattern := varying[f.Name]; f.Varies {
			again, _ := f.Result(noon)
			if pattern == "" || !regexp.MustCompile(pattern).MatchString(got) || got == again {
				t.Errorf("%s = %q, then %q", f.Example, got, again)
			}
		} else if got != want[f.Name] || got == "" {
			t.Errorf("%s = %q, want %q", f.Example, got, want[f.Name])
		}
		if seen[f.Name] || f.Help == "" || f.Group == "" || !strings.HasSuffix(f.Help, ".") || !strings.Contains(f.Example, f.Name+"(") || strings.Contains(f.Help, "  ") {
			t.Errorf("%s is there twice, or is not explained: %+v", f.Name, f)
		}
		seen[f.Name] = true
	}
}

// evaluated is an expression over ExampleScope as text, or its error.
func evaluated(source string) string {
	tpl, err := ParseTemplate("{{ " + source + " }}")
	if err != nil {
		return "error: " + err.Error()
	}
	got, err := tpl.render(ExampleScope(noon))
	if err != nil {
		return "error: " + err.Error()
	}
	return got
}

func TestWhereCompares(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		`pluck(where(steps.find.output.users, "login", "starts with", "A"), "login")`:                                                             "ada",
		`pluck(where(steps.find.output.users, "profile.city", "has", "ra"), "login")`:                                                             "bob",
		`pluck(where(steps.find.output.users, "profile.city", "ends with", "z"), "login")`:                                                        "bob,cleo",
		`length(where(steps.find.output.users, "nothing", "has", "a"))`:                                                                           "0",
		`length(where(steps.find.output.users, "login", "has", inputs.team))`:                                                                     "0",
		`pluck(where(parse_json("[{\"n\":2,\"d\":\"2026-03-02\"},{\"n\":10,\"d\":\"2025-01-01T00:00:00Z\"},{}]"), "n", "more than", "9.5"), "n")`: "10",
		`pluck(where(parse_json("[{\"n\":2,\"d\":\"2026-03-02\"},{\"n\":10,\"d\":\"2025-01-01T00:00:00Z\"},{}]"), "d", "before", today()), "n")`:  "10",
		`pluck(where(parse_json("[{\"n\":2,\"d\":\"2026-03-02\"},{\"n\":10,\"d\":\"2025-01-01T00:00:00Z\"},{}]"), "d", "after", today()), "n")`:   "2",
	} {
		if got := evaluated(source); got != want {
			t.Errorf("%s = %q, want %q", source, got, want)
		}
	}
	for source, want := range map[string]string{
		`where(steps.find.output.users, "login", "like", "a")`:      "no way to compare",
		`where(steps.find.output.users, "login", "less than", "5")`: "is not a number",
		`filter(steps.find.output.users, .login == "ada")`:          "write where(list, field, value)",
		`map(steps.find.output.users, .login)`:                      "write pluck(list, field)",
	} {
		if got := evaluated(source); !strings.HasPrefix(got, "error: ") || !strings.Contains(got, want) {
			t.Errorf("%s: %s", source, got)
		}
	}
}

func TestFunctionEdges(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		`title("o'neil-MARIE 3com")`:                      "O'neil-Marie 3com",
		`left("añb", 2) + right("añb", 1)`:                "añb",
		`left("ab", 9) + right("ab", 9)`:                  "abab",
		`left("ab", -1)`:                                  "error: “-1” is not a number of characters from 0 to 65536",
		`pad("abc", 2)`:                                   "abc",
		`pad("é", 4, "xy")`:                               "xyxé",
		`pad("a", 4, "")`:                                 "a",
		`number("x")`:                                     "error: “x” is not a number",
		`number("NaN")`:                                   "error: “NaN” is not a number",
		`round(2.5)`:                                      "3",
		`round("1234.567", 1)`:                            "1234.6",
		`number("7") % 4`:                                 "3",
		`at(steps.find.output.names, -1)`:                 "Berlin",
		`default(at(steps.find.output.names, 9), "none")`: "none",
		`default(at(steps.find.output.names, 0), "none")`: "none",
		`sort(["b", "A", "10", "9", ""])`:                 "9,10,,A,b",
		`pluck(sort(steps.find.output.users, "profile.city"), "login")`:      "bob,cleo,ada",
		`length(concat([], steps.find.output.missing, "x"))`:                 "1",
		`length(where(steps.find.output.users, "department", ["IT", "HR"]))`: "1",
		`length(where(steps.find.output.users, "department.x.y", ""))`:       "3",
		`has([1, 2], 2)`:                                           "true",
		`has(steps.find.output.users, "00u3")`:                     "true",
		`if(inputs.team == "", "a", parse_json("{"))`:              "a",
		`if(inputs.email, "a", "b")`:                               "error: it came out as “Ada@Example.com”, which is neither true nor false; compare it with something",
		`if(true, 1)`:                                              "error: if takes 3 values",
		`parse_json("[1, {\"a\": \"b\"}]")[1].a`:                   "b",
		`parse_json("{")`:                                          "error: “{” is not JSON",
		`add_days("2026-12-31", 1)`:                                "2027-01-01",
		`add_days("9999-12-31", 1)`:                                "error: the year 10000 is too far away",
		`add_months("2024-01-31", 1)`:                              "2024-02-29",
		`add_months("2026-03-31T10:00:00Z", 12)`:                   "2027-03-31",
		`add_hours("2026-03-29T00:30:00+01:00", 2)`:                "2026-03-29T02:30:00+01:00",
		`days_between("2026-03-31", "2026-03-01T23:59:00Z")`:       "-30",
		`before("2026-03-01T00:30:00+02:00", "2026-03-01")`:        "true",
		`in_zone("2026-07-01", "Asia/Kolkata")`:                    "2026-07-01T05:30:00+05:30",
		`in_zone(now(), "Mars/Base")`:                              "error: “Mars/Base” is not a time zone; write one such as Europe/Paris or America/New_York",
		`in_zone(now(), "Local")`:                                  "error: “Local” is not a time zone",
		`in_zone(now(), "../../etc/passwd")`:                       "error: “../../etc/passwd” is not a time zone",
		`start_of_day("2026-03-31T23:00:00Z", "Europe/Paris")`:     "2026-03-31T22:00:00Z",
		`start_of_day("2026-03-31")`:                               "2026-03-31T00:00:00Z",
		`today("Pacific/Auckland")`:                                "2026-03-02",
		`format_date("2026-03-01", "dddd, MMM DD YYYY [at noon]")`: "Sunday, Mar 01 2026 at noon",
		`format_date("2026-03-01T00:05:09Z", "H:mm:ss hh A Z")`:    "0:05:09 12 AM UTC",
		`format_date("2026-03-01", "2 January")`:                   "error: “January” is no part of a date",
		`format_date("soon", "D")`:                                 "error: “soon” is not a day such as 2026-03-31",
		`random_password(5)`:                                       "error: “5” is not a number of characters from 12 to 72",
		`contains(inputs.email, "x")`:                              "error: contains stands between two texts; write has(list, \"x\") for a list",
		`inputs.email contains "@"`:                                "true",
		`fetch("x")`:                                               `error: "fetch" is not known here`,
		`first(inputs.groups, 2)`:                                  "error: first takes 1 value, as in first(",
		`inputs.contractor ? "a" : "b"`:                            "error: an input holds text; write yes(inputs.contractor) here",
		`yes(inputs.contractor) ? "a" : "b"`:                       "a",
		`length(steps.find.output.users[0].profile)`:               "1",
		`steps.find.output.users[0].profile.city`:                  "Wien",
		`join(item, "")`:                                           "",
	} {
		if got := evaluated(source); !strings.HasPrefix(got, want) {
			t.Errorf("%s = %q, want %q", source, got, want)
		}
	}
}

func TestRandomPassword(t *testing.T) {
	t.Parallel()
	for range 200 {
		p := evaluated("random_password(12)")
		for _, kind := range []string{smallLetters, capitals, digits, signs} {
			if !strings.ContainsAny(p, kind) {
				t.Fatalf("%q has none of %q", p, kind)
			}
		}
		for i := range p[1:] {
			if p[i] == p[i+1] {
				t.Fatalf("%q has the same twice in a row", p)
			}
		}
	}
	if tpl, err := ParseTemplate("x {{ lower(random_password()) }}"); err != nil || !tpl.Secret() {
		t.Errorf("a made password is not secret: %v", err)
	}
	d, registry := looped("{{ inputs.people }}")
	for step, field := range map[string]string{"each": GatherField, "add": OnlyIfField} {
		i := d.StepIndex(step)
		d.Steps[i].Fill(form.Field{Name: field}, "{{ random_password() }}")
	}
	said := 0
	for _, p := range Check(d, registry, testApplication()) {
		if strings.Contains(p.Message, "can't be used here, since") {
			said++
		}
	}
	if said != 2 {
		t.Errorf("a password may be made in %d places that show it", 2-said)
	}
}

// TestExpressionBounds asks for what would take long or much, and wants a sentence, soon.
func TestExpressionBounds(t *testing.T) {
	t.Parallel()
	users := make([]any, 10_000)
	for i := range users {
		users[i] = map[string]any{"id": text(i), "about": strings.Repeat("x", 500)}
	}
	s := Scope{Inputs: map[string]string{"a": strings.Repeat("a,", 5_000)}, Outputs: map[string]Output{"l": {"users": users}}, Now: noon}
	nest := func(open, inner, end string, n int) string {
		return strings.Repeat(open, n) + inner + strings.Repeat(end, n)
	}
	for _, source := range []string{
		nest("unique(", "steps.l.output.users", ")", 90),
		nest("sort(", "steps.l.output.users", ")", 90),
		nest("concat(steps.l.output.users,", "[]", ")", 25),
		nest("concat(split(inputs.a, \"\"),", "[]", ")", 30),
		nest("replace(", "inputs.a", `,"a","aaaaaaaaaaaaaaaa")`, 20),
		nest("join(split(", "inputs.a", `,""),inputs.a)`, 20),
		nest("(", "1", ")", 400), nest("[", "1", "]", 400), nest("-", "1", "", 900), nest("not ", "true", "", 240),
		nest("if(true,", "1", ",2)", 90), nest(`{"a":`, "1", "}", 150),
		"1..1000000000", "parse_json(" + nest("[", "", "]", 3) + ")",
	} {
		began := time.Now()
		tpl, err := ParseTemplate("{{ " + source + " }}")
		if err == nil {
			_, err = tpl.render(s)
		}
		if took := time.Since(began); took > 3*time.Second {
			t.Errorf("%.40s took %s", source, took)
		}
		_ = err // some come out as something, which is fine as long as it is soon
	}
	if _, err := ResolveStep(Step{Fields: map[string]string{"f": "{{ " + nest("sort(", "steps.l.output.users", ")", 60) + " }}"}}, s); err == nil || !strings.Contains(err.Error(), "makes too much") {
		t.Errorf("sixty sorts: %v", err)
	}
}
