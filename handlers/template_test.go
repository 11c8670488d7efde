package handlers_test

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"caracal/auth"
	"caracal/form"
	"caracal/internal/testenv"
	"caracal/oktasim"
	"caracal/org"
	"caracal/workflow"
)

// tried is one template, run against the simulated org as people would.
type tried struct {
	before func(t *testing.T, p *people)                                       // what the org must be like
	inputs func(p *people) []string                                            // names and values in turn
	during func(t *testing.T, p *people, run workflow.Run)                     // what the org must be like, and what happens, while it waits for its time
	check  func(t *testing.T, p *people, run workflow.Run, u oktasim.UserInfo) // u is whom it was about
	who    string                                                              // login of whom it is about
	ends   workflow.RunState                                                   // succeeded, when empty
}

// people are those of the company that the templates act on.
type people struct {
	app              *testenv.App
	application      string
	ada, sales, team string   // ids: of a person, and of two groups
	wiki             string   // of an app
	subject          string   // of whom the present one is about
	asked            []string // what approvers were asked
	free             []string // ids of active people whom no template was about yet
	crowd            []string // ids of the people whom the present one is about, when they are several
}

func (p *people) user(t *testing.T, ref string) oktasim.UserInfo {
	t.Helper()
	u, ok := p.app.Org.FindUser(ref)
	if !ok {
		t.Fatalf("the org has no user %s", ref)
	}
	return u
}

func newPerson(login string, more ...string) func(*people) []string {
	return func(p *people) []string {
		fields := []string{"first_name", "Zoë", "last_name", "Neil", "email", login}
		for i := 0; i+1 < len(more); i += 2 {
			value := more[i+1]
			switch value {
			case "ADA":
				value = p.ada
			case "SALES":
				value = p.sales
			case "TEAM":
				value = p.team
			case "WIKI":
				value = p.wiki
			}
			fields = append(fields, more[i], value)
		}
		return fields
	}
}

func about(more ...string) func(*people) []string {
	return func(p *people) []string {
		return append([]string{"person", p.subject}, newPerson("", more...)(p)[6:]...)
	}
}

func has(t *testing.T, u oktasim.UserInfo, status string, groups ...string) {
	t.Helper()
	if status != "" && u.Status != status {
		t.Errorf("%s is %s, not %s", u.Login, u.Status, status)
	}
	for _, g := range groups {
		if !slices.Contains(u.Groups, g) {
			t.Errorf("%s is in %v, not in %s", u.Login, u.Groups, g)
		}
	}
}

func profile(t *testing.T, u oktasim.UserInfo, want map[string]string) {
	t.Helper()
	for k, v := range want {
		if got := fmt.Sprint(u.Profile[k]); got != v {
			t.Errorf("%s of %s is %q, not %q", k, u.Login, got, v)
		}
	}
}

var templates = map[string]tried{
	"create_group": {inputs: func(*people) []string { return []string{"group_name", "Chess club", "what_it_is_for", "Thursdays"} },
		check: func(t *testing.T, p *people, _ workflow.Run, _ oktasim.UserInfo) {
			if g, ok := p.app.Org.FindGroup("Chess club"); !ok || g.Description != "Thursdays" {
				t.Errorf("group %+v", g)
			}
		}},
	"new_user": {inputs: newPerson("zoe1@caracal.example", "team", "TEAM", "site", "SALES"), who: "zoe1@caracal.example",
		check: func(t *testing.T, _ *people, _ workflow.Run, u oktasim.UserInfo) {
			has(t, u, "", "Engineering", "Sales")
		}},
	"contractor": {inputs: func(p *people) []string {
		return newPerson("zoe3@caracal.example", "company", "Acme & Sons", "sponsor", "ADA", "access", "SALES", "last_day", p.day(60))(p)
	}, who: "zoe3@caracal.example",
		during: func(t *testing.T, p *people, run workflow.Run) {
			u := p.user(t, "zoe3@caracal.example")
			has(t, u, "", "Sales")
			if u.Status == "DEPROVISIONED" || run.WaitUntil.Format(time.DateOnly) != p.day(61) {
				t.Errorf("%s, waits until %s", u.Status, run.WaitUntil)
			}
			profile(t, u, map[string]string{"userType": "Contractor", "organization": "Acme & Sons", "managerId": p.ada})
		},
		check: func(t *testing.T, _ *people, _ workflow.Run, u oktasim.UserInfo) { has(t, u, "DEPROVISIONED") }},
	"access_hours": {inputs: about("access", "SALES", "hours", "6", "reason", "the year's end"),
		during: func(t *testing.T, p *people, run workflow.Run) {
			u := p.user(t, p.subject)
			has(t, u, "ACTIVE", "Sales")
			if left := run.WaitUntil.Sub(p.app.Clock.Now()); left < 5*time.Hour || left > 6*time.Hour {
				t.Errorf("waits another %s", left)
			}
			p.was(t, u.Login, "in Sales for 6 hours", "the year's end")
		},
		check: func(t *testing.T, _ *people, _ workflow.Run, u oktasim.UserInfo) {
			if slices.Contains(u.Groups, "Sales") {
				t.Error("still in the group")
			}
		}},
	"leaver_today": {inputs: about(), check: func(t *testing.T, p *people, _ workflow.Run, u oktasim.UserInfo) {
		has(t, u, "SUSPENDED")
		if len(p.app.Org.Events("user.session.clear")) == 0 {
			t.Error("no session was ended")
		}
	}},
	"offboard": {before: inTeam, inputs: about("team", "TEAM"), check: func(t *testing.T, _ *people, _ workflow.Run, u oktasim.UserInfo) {
		has(t, u, "DEPROVISIONED")
		if slices.Contains(u.Groups, "Engineering") {
			t.Error("still in the team")
		}
	}},
	"suspend": {inputs: about("reason", "a long leave"), check: func(t *testing.T, _ *people, run workflow.Run, u oktasim.UserInfo) {
		has(t, u, "SUSPENDED")
		if run.Input["reason"] != "a long leave" {
			t.Errorf("the reason is not kept: %v", run.Input)
		}
	}},
	"return": {before: func(t *testing.T, p *people) { p.call(t, "POST", "/api/v1/users/"+p.subject+"/lifecycle/suspend", "") }, inputs: about(),
		check: func(t *testing.T, _ *people, _ workflow.Run, u oktasim.UserInfo) { has(t, u, "ACTIVE") }},
	"group_access": {inputs: about("access", "SALES", "reason", "a project"),
		check: func(t *testing.T, _ *people, _ workflow.Run, u oktasim.UserInfo) { has(t, u, "ACTIVE", "Sales") }},
	"group_rule": {inputs: func(*people) []string {
		return []string{"group_name", "All of legal", "department", `Legal" || true || "`}
	},
		check: func(t *testing.T, p *people, run workflow.Run, _ oktasim.UserInfo) {
			if got := run.Steps[1].Input["expression"]; got != `user.department == "Legal || true || "` {
				t.Errorf("the condition is %s", got)
			}
			if run.Steps[2].Output["status"] != "ACTIVE" || len(p.app.Org.Members("All of legal")) != 0 {
				t.Errorf("rule %v", run.Steps[2].Output)
			}
		}},
	"app_group": {inputs: func(p *people) []string { return []string{"app", p.wiki, "group_name", "Wiki people", "owner", p.ada} },
		check: func(t *testing.T, p *people, run workflow.Run, _ oktasim.UserInfo) {
			if len(p.app.Org.Members("Wiki people")) != 1 || run.Steps[1].Output["app"] != p.wiki {
				t.Errorf("members %v", p.app.Org.Members("Wiki people"))
			}
		}},
	"reset_mfa": {before: withPhone, inputs: about("identity_check", "In person"), check: func(t *testing.T, p *people, _ workflow.Run, u oktasim.UserInfo) {
		p.was(t, u.Login, "In person", "text message")
		if len(p.app.Org.Events("user.mfa.factor.reset_all")) == 0 {
			t.Error("no factor was reset")
		}
	}},
	"taken_over": {inputs: about(), check: func(t *testing.T, _ *people, run workflow.Run, u oktasim.UserInfo) {
		has(t, u, "SUSPENDED")
		if !strings.Contains(fmt.Sprint(run.Steps[3].Output["events"]), "user.lifecycle.suspend") {
			t.Errorf("the log is %v", run.Steps[3].Output)
		}
	}},
	"failed_sign_ins": {before: func(t *testing.T, p *people) {
		resp, err := http.PostForm(p.app.OrgURL+"/login/signin", url.Values{"username": {p.user(t, p.subject).Login}, "password": {"wrong"}})
		if err != nil || resp.StatusCode != http.StatusUnauthorized || resp.Body.Close() != nil {
			t.Fatal(resp, err)
		}
	}, check: func(t *testing.T, p *people, run workflow.Run, _ oktasim.UserInfo) {
		if !strings.Contains(fmt.Sprint(run.Steps[0].Output["events"]), "FAILURE") {
			t.Errorf("the log is %v", run.Steps[0].Output)
		}
	}},
	"person_log": {before: func(t *testing.T, p *people) { p.call(t, "POST", "/api/v1/users/"+p.subject+"/lifecycle/suspend", "") }, inputs: about(),
		check: func(t *testing.T, _ *people, run workflow.Run, _ oktasim.UserInfo) {
			if !strings.Contains(fmt.Sprint(run.Steps[0].Output["events"]), "user.lifecycle.suspend") {
				t.Errorf("the log is %v", run.Steps[0].Output)
			}
		}},
}

// withPhone gives the subject a second factor.
func withPhone(t *testing.T, p *people) {
	p.call(t, "POST", "/api/v1/users/"+p.subject+"/factors?activate=true", `{"factorType":"sms","provider":"OKTA","profile":{"phoneNumber":"+14155551337"}}`)
}

// day is a date so many days from now.
func (p *people) day(days int) string {
	return p.app.Clock.Now().UTC().AddDate(0, 0, days).Format(time.DateOnly)
}

// was says that approvers were asked in these words.
func (p *people) was(t *testing.T, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(strings.Join(p.asked, "\n"), w) {
			t.Errorf("asked was %q, without %s", p.asked, w)
		}
	}
}

func inTeam(t *testing.T, p *people) {
	p.call(t, "PUT", "/api/v1/groups/"+p.team+"/users/"+p.subject, "")
}

// TestTemplates installs every template, publishes and runs it, and looks at the org.
func TestTemplates(t *testing.T) {
	t.Parallel()
	const admin = "template-test-token"
	app := testenv.New(t, testenv.Company, testenv.Simulate(func(c *oktasim.Config) { c.SSWS = []string{admin}; c.Settings.NoRateLimit = true }))
	connected := app.Connect(org.CustomApp)
	p := &people{app: app, application: connected.ID,
		ada: pick(t, app, connected.ID, form.User, "Ada"), team: pick(t, app, connected.ID, form.Group, "Engineering"), sales: pick(t, app, connected.ID, form.Group, "Sales")}
	var active []string
	for _, u := range app.Org.Users() {
		if u.Status == "ACTIVE" && len(u.Roles) == 0 && u.ID != p.ada && !slices.Contains(u.Groups, "Engineering") && !slices.Contains(u.Groups, "Sales") {
			active = append(active, u.ID)
		}
	}
	p.wiki, p.free = p.bookmark(t, "Team wiki"), active
	trials := maps.Clone(templates)
	maps.Copy(trials, loopTemplates)
	for _, s := range workflow.Starters() {
		try, ok := trials[s.ID]
		if !ok {
			t.Errorf("%s has no trial", s.ID)
			continue
		}
		t.Run(s.ID, func(t *testing.T) { // one after the other: they share the org
			p.subject, p.asked, p.crowd = p.take(1)[0], nil, nil
			app.Org.SetFault(nil)
			app.Browser = app.As(auth.Admin) // time passes, and sessions end
			if try.before != nil {
				try.before(t, p)
			}
			path := app.Post("/workflows", "name", "", "application_id", connected.ID, "starter", s.ID).Status(http.StatusSeeOther).Response.Header.Get("Location")
			path = strings.TrimSuffix(path, "/edit")
			app.Post(path+"/publish", "revision", "1", "note", "").Status(http.StatusSeeOther)
			fields := []string{"once", app.Get(path + "/run").Value(`input[name="once"]`), "version", "1", "confirm", s.Title}
			if try.inputs != nil {
				fields = append(fields, try.inputs(p)...)
			}
			at := app.Post(path+"/runs", fields...).Status(http.StatusSeeOther).Response.Header.Get("Location")
			run := p.drive(t, at, try)
			if want := cmp.Or(try.ends, workflow.RunSucceeded); run.State != want {
				t.Fatalf("%s: %s", run.State, run.Error)
			}
			who := p.subject
			if try.who != "" {
				who = try.who
			}
			try.check(t, p, run, p.user(t, who))
		})
	}
}

// drive brings a run to its end: an approver agrees to what is asked, and the time that a step waits for passes.
func (p *people) drive(t *testing.T, at string, try tried) workflow.Run {
	t.Helper()
	passed := map[int]bool{}
	for {
		var run workflow.Run
		next := -1
		p.app.Eventually("the run to end or to wait", func() bool {
			run = runOf(t, p.app, at)
			next = slices.IndexFunc(run.Steps, func(s workflow.RunStep) bool {
				return s.State == workflow.StepWaiting && (s.Action == workflow.FlowApproval || s.Action == workflow.FlowWait)
			})
			return run.State.Ended() || next >= 0 && run.State == workflow.RunWaiting && !passed[next]
		})
		if run.State.Ended() {
			return run
		}
		passed[next] = true
		step := run.Steps[next]
		if step.Action == workflow.FlowApproval {
			p.asked = append(p.asked, step.Input["message"])
			p.app.As(auth.Approver).Post(at+"/approve", "step", fmt.Sprint(next), "answer", "yes", "comment", "fine").Status(http.StatusSeeOther)
			continue
		}
		if try.during != nil {
			try.during(t, p, run)
		}
		p.app.Pass(step.DueAt.Sub(p.app.Clock.Now()) + time.Second)
	}
}

// call changes the org as its admin, past the code under test.
func (p *people) call(t *testing.T, method, path, body string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), method, p.app.OrgURL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "SSWS template-test-token")
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := resp.Body.Close(); err != nil {
			t.Error(err)
		}
	})
	if resp.StatusCode >= 300 {
		t.Fatalf("%s %s: %s", method, path, resp.Status)
	}
	return resp
}

// take returns people whom nothing was about yet.
func (p *people) take(n int) []string {
	out := p.free[:n]
	p.free = p.free[n:]
	return out
}

func (p *people) bookmark(t *testing.T, label string) string {
	t.Helper()
	p.call(t, "POST", "/api/v1/apps", `{"name":"bookmark","label":"`+label+`","signOnMode":"BOOKMARK","settings":{"app":{"url":"https://wiki.example.com"}}}`)
	return pick(t, p.app, p.application, form.App, label)
}
