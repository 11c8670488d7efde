package grouprule

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

func rule(t *testing.T, condition string) Rule {
	t.Helper()
	raw, err := json.Marshal(map[string]any{"id": "0pr1", "name": "Sales people", "status": "ACTIVE",
		"conditions": map[string]any{"expression": map[string]any{"value": condition}, "people": map[string]any{"users": map[string]any{"exclude": []string{"00uEve"}}}},
		"actions":    map[string]any{"assignUserToGroups": map[string]any{"groupIds": []string{"00gSales"}}}})
	if err != nil {
		t.Fatal(err)
	}
	var r Rule
	if err := json.Unmarshal(raw, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestConditions(t *testing.T) {
	t.Parallel()
	ada := ProfileOf("00uAda", map[string]any{"department": "Sales", "city": "London", "level": 7.0, "manager": true, "teams": []any{"red", "blue"}})
	for condition, want := range map[string]State{
		`user.department=="Sales"`:                               Gives,
		`user.department == 'Sales' AND user.city == 'London'`:   Gives,
		`user.department == "Sales" && user.city == "Paris"`:     Idle,
		`user.department=="HR" OR user.city=="London"`:           Gives,
		`user.department != "Sales"`:                             Idle,
		`!(user.department == "Sales")`:                          Idle,
		`user.department == "sales"`:                             Untold, // Okta's docs do not say whether capitals count
		`user.title == null`:                                     Gives,
		`user.title == "Manager"`:                                Idle,
		`user.level >= 5`:                                        Gives,
		`user.level < 5`:                                         Idle,
		`user.city > "A"`:                                        Untold,
		`user.manager`:                                           Gives,
		`user.manager == false`:                                  Idle,
		`user.level == "7"`:                                      Untold,
		`String.stringContains(user.city, "ond")`:                Gives,
		`String.stringContains(user.city, "xyz")`:                Idle,
		`String.startsWith(user.city, "lon")`:                    Untold,
		`String.toLowerCase(user.city) == "london"`:              Gives,
		`String.stringContains(user.title, "x")`:                 Untold,
		`Arrays.contains(user.teams, "blue")`:                    Gives,
		`Arrays.contains(user.teams, "green")`:                   Idle,
		`isMemberOfGroupName("Admins")`:                          Untold,
		`isMemberOfGroupName("Admins") and user.city == "Paris"`: Idle, // one side decides alone
		`isMemberOfGroupName("A") || user.city == "London"`:      Gives,
		`user.isMemberOf({'group.id': {'00g1'}}, "x")`:           Untold,
		`user.city == "London" ? user.manager : false`:           Gives,
		`String.len(user.city) == 6`:                             Untold,
		`user.status == "ACTIVE"`:                                Untold,
		`appuser.city == "x"`:                                    Untold,
		`user.city ==`:                                           Untold,
		`user.city == "Lon`:                                      Untold,
		`user.city matches "x"`:                                  Untold,
		``:                                                       Untold,
		strings.Repeat("(", 5000):                                Untold,
		strings.Repeat("!", 5000) + "true":                       Untold,
		strings.Repeat("x", 20_000):                              Untold,
	} {
		got := Standings([]Rule{rule(t, condition)}, "00gSales", ada)
		if len(got) != 1 || got[0].State != want {
			t.Errorf("%.60s: %+v, want state %d", condition, got, want)
		} else if want == Untold && got[0].Why == "" {
			t.Errorf("%.60s: nothing says why it can't be told", condition)
		}
	}
}

func TestStandings(t *testing.T) {
	t.Parallel()
	r := rule(t, `user.department=="Sales" && String.len(user.title) > 2`)
	if !slices.Equal(r.Attributes(), []string{"department", "title"}) {
		t.Errorf("attributes %v", r.Attributes())
	}
	if got := Standings([]Rule{r}, "00gOther", nil); len(got) != 0 {
		t.Errorf("a rule about another group: %v", got)
	}
	asleep := r
	asleep.Active = false
	if got := Standings([]Rule{asleep}, "00gSales", nil); len(got) != 0 {
		t.Errorf("an inactive rule: %v", got)
	}
	if got := Standings([]Rule{r}, "00gSales", nil); got[0].State != Untold || !strings.Contains(got[0].Why, "only when it runs") {
		t.Errorf("nobody yet: %+v", got)
	}
	if got := Standings([]Rule{r}, "00gSales", ProfileOf("00uEve", nil)); got[0].State != Excepted {
		t.Errorf("an exception: %+v", got)
	}
	half := &Person{Attribute: func(name string) (any, bool) { return "Sales", name == "department" }}
	if got := Standings([]Rule{r}, "00gSales", half); got[0].State != Untold {
		t.Errorf("half a profile: %+v", got)
	}
	simple := rule(t, `user.department=="Sales"`)
	if got := Standings([]Rule{simple}, "00gSales", half); got[0].State != Gives {
		t.Errorf("the known half is enough: %+v", got)
	}
	simple.ExceptGroups = []string{"00gX"}
	if got := Standings([]Rule{simple}, "00gSales", half); got[0].State != Untold {
		t.Errorf("excepted groups: %+v", got)
	}
}

// TestAdviceIsWhole gives every standing a title, a text and, but for settled exceptions, a way that lasts.
func TestAdviceIsWhole(t *testing.T) {
	t.Parallel()
	for _, c := range []Change{Adding, Removing} {
		for _, state := range []State{Untold, Gives, Excepted, Idle} {
			s := Standing{Rule: rule(t, `user.department=="Sales"`), State: state, Why: "why not"}
			a := s.Advise(c, "", "")
			if a.Title == "" || a.Text == "" || strings.Contains(a.Title+a.Text, "%!") || len(a.Ways) == 0 && (c == Adding || state != Excepted) {
				t.Errorf("%s, state %d: %+v", c, state, a)
			}
			if note := s.Note(c, "Ada", false); !strings.Contains(note, "Sales people") || !strings.Contains(note, "Ada") {
				t.Errorf("%s, state %d: %s", c, state, note)
			}
		}
	}
}

func FuzzCondition(f *testing.F) {
	for _, seed := range []string{`user.a=="b" AND !(user.c > 3)`, `Arrays.contains(user.x,{"a"})`, `a ? b : c`, `user.`, `f(`, `"\`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, condition string) {
		n, _, err := parse(condition)
		if err == nil {
			n.eval(&evaluation{attribute: func(string) (any, bool) { return "x", true }})
		}
	})
}
