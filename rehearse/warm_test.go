package rehearse_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"caracal/engine"
	"caracal/form"
	"caracal/internal/testenv"
	"caracal/oktasim"
	"caracal/org"
	"caracal/plan"
	"caracal/workflow"
)

const admin = "rehearse-test-token"

// rowsHeld is a list of rows with a plan, and the org that they are about.
type rowsHeld struct {
	*testenv.App
	t      *testing.T
	run    plan.Rehearsal
	app    string
	people []string
	group  string // that everybody joins
	rule   string // gives a group by the title, and is not active
	forms  string // an app that nobody has
}

func (h *rowsHeld) call(method, path, body string) (id string) {
	h.t.Helper()
	req, err := http.NewRequestWithContext(h.t.Context(), method, h.OrgURL+path, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	req.Header.Set("Authorization", "SSWS "+admin)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		h.t.Fatal(err)
	}
	raw, err := io.ReadAll(resp.Body)
	if err != nil || resp.Body.Close() != nil || resp.StatusCode >= 300 {
		h.t.Fatalf("%s %s: %d %s", method, path, resp.StatusCode, raw)
	}
	if _, rest, ok := strings.Cut(string(raw), `"id":"`); ok {
		id, _, _ = strings.Cut(rest, `"`)
	}
	return id
}

// newRowsHeld rehearses that each of some people gets a title and joins a group. Who is blind may not read the System Log.
func newRowsHeld(t *testing.T, blind bool) *rowsHeld {
	t.Helper()
	h := &rowsHeld{t: t, App: testenv.New(t, testenv.Company, testenv.Simulate(func(c *oktasim.Config) { c.SSWS, c.Settings.NoRateLimit = []string{admin}, true }))}
	h.Org.Update(func(s *oktasim.Settings) {
		s.RateLimits = map[string]int{}
		for _, bucket := range oktasim.Buckets() {
			s.RateLimits[bucket] = 100_000
		}
	})
	if blind {
		h.Ready.Demo.Custom.Scopes = strings.ReplaceAll(h.Ready.Demo.Custom.Scopes, "okta.logs.read", "")
	}
	h.app = h.App.Connect(org.CustomApp).ID
	h.group = h.call("POST", "/api/v1/groups", `{"profile":{"name":"On leave"}}`)
	given := h.call("POST", "/api/v1/groups", `{"profile":{"name":"Given"}}`)
	rule := func(name, expression string) string {
		return h.call("POST", "/api/v1/groups/rules", fmt.Sprintf(`{"type":"group_rule","name":%q,"conditions":{"expression":{"value":%q,"type":"urn:okta:expression:1.0"}},`+
			`"actions":{"assignUserToGroups":{"groupIds":[%q]}}}`, name, expression, given))
	}
	h.rule = rule("By title", `user.title=="Away"`)
	h.call("POST", "/api/v1/groups/rules/"+rule("Nobody", `user.title=="Nobody"`)+"/lifecycle/activate", "")
	h.forms = h.call("POST", "/api/v1/apps", `{"name":"bookmark","label":"Forms","signOnMode":"BOOKMARK","settings":{"app":{"url":"https://forms.example"}}}`)
	var rows []map[string]string
	for _, u := range h.Org.Users() {
		if u.Status == "ACTIVE" && len(u.Roles) == 0 && len(rows) < 8 {
			h.people, rows = append(h.people, u.ID), append(rows, map[string]string{"who": u.ID})
		}
	}
	d := workflow.Definition{Name: "Leave", ApplicationID: h.app, Inputs: []workflow.Input{{Name: "who", Label: "Who", Kind: form.User}}, Steps: []workflow.Step{
		{ID: "title", Title: "Title", Action: "user.update", Fields: map[string]string{"user": "{{ inputs.who }}", "title": "Away"}},
		{ID: "join", Title: "Join", Action: "group.add_member", Fields: map[string]string{"user": "{{ inputs.who }}", "group": h.group}}}}
	made, err := h.App.App.Rehearse.Begin(t.Context(), plan.Subject{Kind: plan.Steps, Definition: d, Rows: rows, Many: true}, by)
	if err != nil {
		t.Fatal(err)
	}
	h.App.App.Rehearse.Wait()
	h.Clock.Advance(time.Minute) // what was made above is not news any more
	if h.run, err = h.App.App.DB.Rehearsal(t.Context(), made.ID); err != nil || h.run.State != plan.Ready {
		t.Fatalf("%v %s %s", err, h.run.State, h.run.Error)
	}
	return h
}

// step compares a step of a row, counted from 1, and returns what differs in words and how many calls that took.
func (h *rowsHeld) step(row int, id string) (difference string, calls int) {
	h.t.Helper()
	before := h.calls()
	d, err := h.compare(row, id)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, n := range d.New {
		difference += n.Words() + "; "
	}
	return difference + d.Words, h.calls() - before
}

func (h *rowsHeld) compare(row int, id string) (plan.Difference, error) {
	c := engine.PlannedStep{RehearsalID: h.run.ID, Row: row, At: id, Title: id, ValuesKnown: true,
		Call: workflow.Call{RunID: fmt.Sprint("run_", row), ApplicationID: h.app, Action: "user.update", Input: map[string]string{"user": h.people[row-1], "title": "Away"}}}
	if id == "join" {
		c.Call.Action, c.Call.Input = "group.add_member", map[string]string{"user": h.people[row-1], "group": h.group}
	}
	return h.App.App.Rehearse.Checks().Step(h.t.Context(), c)
}

func (h *rowsHeld) calls() (n int) {
	for call, times := range h.Org.Calls() {
		if strings.Contains(call, " /api/v1/") {
			n += times
		}
	}
	return n
}

// TestRowsSeeWhatTheOrgChanges: what the org has changed of what rows reach through rules, groups and apps is seen at the next
// look, though no row reads all of that anew.
func TestRowsSeeWhatTheOrgChanges(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(h *rowsHeld)
		step   string
		want   string
	}{
		"nothing":                  {func(*rowsHeld) {}, "title", ""},
		"a rule is activated":      {func(h *rowsHeld) { h.call("POST", "/api/v1/groups/rules/"+h.rule+"/lifecycle/activate", "") }, "title", "joins Given"},
		"the group gets an app":    {func(h *rowsHeld) { h.call("PUT", "/api/v1/apps/"+h.forms+"/groups/"+h.group, "{}") }, "join", "gets Forms"},
		"the group has a new name": {func(h *rowsHeld) { h.call("PUT", "/api/v1/groups/"+h.group, `{"profile":{"name":"Away"}}`) }, "join", "joins Away"},
		"the person is suspended":  {func(h *rowsHeld) { h.call("POST", "/api/v1/users/"+h.people[2]+"/lifecycle/suspend", "") }, "title", ""},
		"the person has the title": {func(h *rowsHeld) { h.call("POST", "/api/v1/users/"+h.people[2], `{"profile":{"title":"Away"}}`) }, "title", "change nothing"},
		"the person is in it":      {func(h *rowsHeld) { h.call("PUT", "/api/v1/groups/"+h.group+"/users/"+h.people[2], "") }, "join", "change nothing"},
	} {
		for _, blind := range []bool{false, true} {
			t.Run(fmt.Sprint(name, ", blind ", blind), func(t *testing.T) {
				t.Parallel()
				h := newRowsHeld(t, blind)
				for row := 1; row <= 2; row++ {
					if d, _ := h.step(row, c.step); d != "" {
						t.Fatalf("row %d before the change: %s", row, d)
					}
				}
				if h.Clock.Advance(10 * time.Second); blind { // it has looked, and found nothing
					h.step(4, c.step)
				}
				c.change(h)
				if h.Clock.Advance(10 * time.Second); blind {
					h.Clock.Advance(time.Minute)
				}
				if d, _ := h.step(3, c.step); c.want == "" && d != "" || !strings.Contains(d, c.want) {
					t.Errorf("row 3 differs by %q and not by %q", d, c.want)
				}
			})
		}
	}
}

// TestNothingDiffersByWhatIsOld: what has been changed back is as planned, though what rows share was read in between.
func TestNothingDiffersByWhatIsOld(t *testing.T) {
	t.Parallel()
	h := newRowsHeld(t, false)
	h.call("POST", "/api/v1/groups/rules/"+h.rule+"/lifecycle/activate", "")
	if d, _ := h.step(1, "title"); !strings.Contains(d, "joins Given") {
		t.Fatalf("row 1 differs by %q", d)
	}
	h.call("POST", "/api/v1/groups/rules/"+h.rule+"/lifecycle/deactivate", "")
	h.Clock.Advance(time.Second)
	if d, _ := h.step(2, "title"); d != "" {
		t.Errorf("row 2 differs by %q", d)
	}
	h.Clock.Advance(6 * time.Second) // the next one is played in a new twin
	h.call("POST", "/api/v1/groups/rules/"+h.rule+"/lifecycle/activate", "")
	if d, _ := h.step(3, "title"); !strings.Contains(d, "joins Given") {
		t.Errorf("row 3 differs by %q", d)
	}
}

// TestRowsAtOnce: rows that are compared side by side, and looks meanwhile, disturb none of each other.
func TestRowsAtOnce(t *testing.T) {
	t.Parallel()
	h := newRowsHeld(t, false)
	var all sync.WaitGroup
	for row := range h.people {
		all.Go(func() {
			for _, id := range []string{"title", "join", "title", "join"} {
				h.Clock.Advance(2 * time.Second)
				if d, err := h.compare(row+1, id); err != nil || !d.None() {
					t.Errorf("row %d, %s: %+v, %v", row+1, id, d, err)
				}
			}
		})
	}
	all.Wait()
}

// TestRowsCostTheirOwnReads: a row costs the reads of its own objects, and a look every five seconds two or three more.
func TestRowsCostTheirOwnReads(t *testing.T) {
	t.Parallel()
	h := newRowsHeld(t, false)
	_, first := h.step(1, "title")
	_, second := h.step(2, "title")
	_, again := h.step(2, "join")
	h.Clock.Advance(10 * time.Second)
	_, looked := h.step(3, "title")
	h.Clock.Advance(time.Second)
	_, third := h.step(4, "title")
	if second > 3 || again > 2 || looked > second+3 || third != second || first < 2*second {
		t.Errorf("calls: the first row %d, the second %d and %d, one that looks %d, one after it %d", first, second, again, looked, third)
	}
}
