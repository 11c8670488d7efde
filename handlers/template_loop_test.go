package handlers_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"caracal/auth"
	"caracal/form"
	"caracal/internal/testenv"
	"caracal/oktasim"
	"caracal/workflow"
)

// given returns what a step of a run gave.
func given(t *testing.T, run workflow.Run, step, output string) any {
	t.Helper()
	i := slices.IndexFunc(run.Steps, func(s workflow.RunStep) bool { return s.StepID == step })
	if i < 0 {
		t.Fatalf("the run has no step %s", step)
	}
	return run.Steps[i].Output[output]
}

// gave says what a step gave, lists in the order of the alphabet.
func gave(t *testing.T, run workflow.Run, step, output string, want ...any) {
	t.Helper()
	got := []string{fmt.Sprint(given(t, run, step, output))}
	if list, ok := given(t, run, step, output).([]any); ok {
		got = []string{}
		for _, v := range list {
			got = append(got, fmt.Sprint(v))
		}
	}
	wanted := []string{}
	for _, w := range want {
		wanted = append(wanted, fmt.Sprint(w))
	}
	slices.Sort(got)
	slices.Sort(wanted)
	if !slices.Equal(got, wanted) {
		t.Errorf("%s of %s is %q, not %q", output, step, got, wanted)
	}
}

// noted says what a note of the run holds.
func noted(t *testing.T, run workflow.Run, step string, words ...string) {
	t.Helper()
	i := slices.IndexFunc(run.Steps, func(s workflow.RunStep) bool { return s.StepID == step })
	if i < 0 {
		t.Fatalf("the run has no step %s", step)
	}
	for _, w := range words {
		if !strings.Contains(run.Steps[i].Input["text"], w) {
			t.Errorf("the note %s is %q, without %s", step, run.Steps[i].Input["text"], w)
		}
	}
}

// refuse lets the org refuse a change of one person.
func (p *people) refuse(user, path string) {
	p.app.Org.SetFault(func(r *http.Request) *oktasim.Fault {
		if r.Method != http.MethodGet && strings.Contains(r.URL.Path, user) && strings.Contains(r.URL.Path, path) {
			return oktasim.ErrorFault(http.StatusForbidden, "E0000006", "You do not have permission to perform the requested action")
		}
		return nil
	})
}

// gather takes people for a template, each with these attributes.
func gather(n int, attributes map[string]any) func(t *testing.T, p *people) {
	return func(t *testing.T, p *people) {
		p.crowd = p.take(n)
		for _, u := range p.crowd {
			p.profile(t, u, attributes)
		}
	}
}

func (p *people) profile(t *testing.T, user string, attributes map[string]any) {
	t.Helper()
	raw, err := json.Marshal(map[string]any{"profile": attributes})
	if err != nil {
		t.Fatal(err)
	}
	p.call(t, "POST", "/api/v1/users/"+user, string(raw))
}

// logins are those of the crowd, from one to another.
func (p *people) logins(t *testing.T, from, to int) (out []any) {
	t.Helper()
	for _, id := range p.crowd[from:to] {
		out = append(out, p.user(t, id).Login)
	}
	return out
}

func (p *people) group(t *testing.T, name string, members ...string) string {
	t.Helper()
	p.call(t, "POST", "/api/v1/groups", `{"profile":{"name":"`+name+`"}}`)
	id := pick(t, p.app, p.application, form.Group, name)
	for _, m := range members {
		p.call(t, "PUT", "/api/v1/groups/"+id+"/users/"+m, "")
	}
	return id
}

func (p *people) everyone(*testing.T) []string {
	return []string{"people", strings.Join(p.crowd, ","), "reason", "the site closes"}
}

// Templates that go over lists.
var loopTemplates = map[string]tried{
	"new_hire": {inputs: newPerson("Zoe2@caracal.example", "job_title", "Engineer", "department", "Engineering", "manager", "ADA", "groups", "SALES", "apps", "team wiki\nNo such app"), who: "zoe2@caracal.example",
		check: func(t *testing.T, p *people, run workflow.Run, u oktasim.UserInfo) {
			has(t, u, "", "Engineering", "Sales")
			profile(t, u, map[string]string{"title": "Engineer", "department": "Engineering", "managerId": p.ada})
			gave(t, run, "give_apps", "gathered", "Team wiki")
			gave(t, run, "give_apps", "failed", 1)
			noted(t, run, "welcome", "zoe2@caracal.example", "Not given: No such app")
			if len(p.app.Org.Events("application.user_membership.add")) == 0 {
				t.Error("the org's log knows of no assigned app")
			}
		}},
	"mover": {before: func(t *testing.T, p *people) {
		p.group(t, "Old team", p.subject)
		p.group(t, "Book club", p.subject)
	}, inputs: func(p *people) []string {
		return about("job_title", "Seller", "department", "Selling", "manager", "ADA", "role", p.sales+","+p.team, "keep", p.named("Book club"))(p)
	}, check: func(t *testing.T, p *people, run workflow.Run, u oktasim.UserInfo) {
		has(t, u, "ACTIVE", "Sales", "Engineering", "Book club", "Everyone")
		if slices.Contains(u.Groups, "Old team") {
			t.Error("still in the old team")
		}
		p.was(t, "Gets: ", "Engineering", "Sales", "Loses: ", "Old team")
		profile(t, u, map[string]string{"title": "Seller", "department": "Selling", "managerId": p.ada})
		gave(t, run, "join", "done", 2)
	}},
	"leaver": {before: func(t *testing.T, p *people) {
		gather(1, map[string]any{"managerId": p.subject})(t, p)
		p.profile(t, p.subject, map[string]any{"managerId": p.ada, "manager": "Ada Admin"})
		p.group(t, "Chess", p.subject)
		p.call(t, "POST", "/api/v1/apps/"+p.bookmark(t, "Leaver's app")+"/users", `{"id":"`+p.subject+`","scope":"USER"}`)
		p.refuse("/groups/"+p.group(t, "Stuck", p.subject), p.subject)
	}, inputs: about(), during: func(t *testing.T, p *people, run workflow.Run) {
		u := p.user(t, p.subject)
		has(t, u, "SUSPENDED", "Stuck", "Everyone")
		if slices.Contains(u.Groups, "Chess") || len(p.app.Org.Events("user.session.clear")) == 0 {
			t.Errorf("in %v", u.Groups)
		}
		noted(t, run, "hand_over", "Ada Admin", "Chess", "Leaver's app", p.user(t, p.crowd[0]).Login)
		p.was(t, "Chess", "Leaver's app", u.Login)
		gave(t, run, "take_apps", "gathered", "Leaver's app")
		gave(t, run, "leave_groups", "failed", 1)
		if !slices.Contains(given(t, run, "leave_groups", "gathered").([]any), any("Chess")) {
			t.Error("Chess is not in the record")
		}
		if left := run.WaitUntil.Sub(p.app.Clock.Now()); left < 29*24*time.Hour || left > 30*24*time.Hour {
			t.Errorf("waits another %s", left)
		}
	}, check: func(t *testing.T, _ *people, _ workflow.Run, u oktasim.UserInfo) { has(t, u, "DEPROVISIONED") }},
	"offboard_list": {before: func(t *testing.T, p *people) {
		gather(3, map[string]any{"city": "Bonn"})(t, p)
		p.group(t, "Skat", p.crowd...)
		p.refuse(p.crowd[1], "/lifecycle/deactivate")
	}, inputs: func(p *people) []string { return p.everyone(nil) },
		check: func(t *testing.T, p *people, run workflow.Run, _ oktasim.UserInfo) {
			has(t, p.user(t, p.crowd[0]), "DEPROVISIONED")
			has(t, p.user(t, p.crowd[1]), "ACTIVE", "Skat")
			has(t, p.user(t, p.crowd[2]), "DEPROVISIONED")
			if m := p.app.Org.Members("Skat"); len(m) != 1 {
				t.Errorf("members are %v", m)
			}
			gave(t, run, "each", "done", 2)
			gave(t, run, "each", "failed_items", p.crowd[1])
			p.was(t, "3 people", p.user(t, p.crowd[0]).Login, "the site closes")
			noted(t, run, "report", "Closed 2 of 3", "Skat")
		}},
	"suspend_list": {before: func(t *testing.T, p *people) {
		gather(4, map[string]any{"city": "Bonn"})(t, p)
		p.call(t, "POST", "/api/v1/users/"+p.crowd[2]+"/lifecycle/deactivate", "") // can't be suspended
	}, inputs: func(p *people) []string { return p.everyone(nil) },
		check: func(t *testing.T, p *people, run workflow.Run, _ oktasim.UserInfo) {
			for i, want := range []string{"SUSPENDED", "SUSPENDED", "DEPROVISIONED", "SUSPENDED"} {
				has(t, p.user(t, p.crowd[i]), want)
			}
			gave(t, run, "each", "gathered", append(p.logins(t, 0, 2), p.logins(t, 3, 4)...)...)
			gave(t, run, "each", "failed_items", p.crowd[2])
			noted(t, run, "report", "Suspended 3 of 4 people; 1 failed")
			itemsShow(t, p.app, run)
		}},
	"group_rotate": {before: func(t *testing.T, p *people) {
		gather(4, map[string]any{"city": "Ulm"})(t, p)
		p.profile(t, p.crowd[3], map[string]any{"city": "Bonn"})
		p.group(t, "Ulm people", p.crowd[0], p.crowd[3])
		p.refuse("/users/"+p.crowd[2], "/groups/")
	}, inputs: func(p *people) []string {
		return []string{"group", p.named("Ulm people"), "condition", `profile.city eq "Ulm"`}
	}, check: func(t *testing.T, p *people, run workflow.Run, _ oktasim.UserInfo) {
		got := p.app.Org.Members("Ulm people")
		if len(got) != 2 || !slices.Contains(got, p.user(t, p.crowd[0]).Login) || !slices.Contains(got, p.user(t, p.crowd[1]).Login) {
			t.Errorf("members are %v", got)
		}
		gave(t, run, "come", "gathered", p.logins(t, 1, 2)...)
		gave(t, run, "come", "failed", 1)
		gave(t, run, "go", "gathered", p.logins(t, 3, 4)...)
		p.was(t, "Come: ", p.user(t, p.crowd[1]).Login, "Go: "+p.user(t, p.crowd[3]).Login)
	}},
	"no_mfa": {before: func(t *testing.T, p *people) {
		gather(3, map[string]any{"department": "Masts"})(t, p)
		subject := p.subject
		p.subject = p.crowd[1]
		withPhone(t, p)
		p.subject = subject
		p.call(t, "POST", "/api/v1/users/"+p.crowd[2]+"/factors", `{"factorType":"question","provider":"OKTA","profile":{"question":"disliked_food","answer":"mayonnaise"}}`)
	}, inputs: func(*people) []string { return []string{"department", "Masts"} },
		check: func(t *testing.T, p *people, run workflow.Run, _ oktasim.UserInfo) {
			gave(t, run, "each", "gathered", append(p.logins(t, 0, 1), p.logins(t, 2, 3)...)...)
			noted(t, run, "report", "2 of 3 people have no second factor", "Everybody was looked at")
		}},
	"unused_apps": {before: func(t *testing.T, p *people) {
		p.call(t, "PUT", "/api/v1/apps/"+p.bookmark(t, "Nobody's app")+"/groups/"+p.group(t, "Two", p.take(2)...), "{}")
	}, inputs: func(*people) []string { return []string{"days", "90"} },
		check: func(t *testing.T, p *people, run workflow.Run, _ oktasim.UserInfo) {
			if got := given(t, run, "each", "gathered").([]any); !slices.Contains(got, any("Nobody's app, given to 2 people")) {
				t.Errorf("unused are %v", got)
			}
			noted(t, run, "report", "Nobody's app", "90 days")
		}},
	"stale_accounts": {before: func(t *testing.T, p *people) {
		gather(3, map[string]any{"department": "Sails"})(t, p)
		p.refuse(p.crowd[1], "/lifecycle/suspend")
	}, inputs: func(*people) []string { return []string{"days", "1", "department", "Sails"} },
		check: func(t *testing.T, p *people, run workflow.Run, _ oktasim.UserInfo) {
			for i, want := range []string{"SUSPENDED", "ACTIVE", "SUSPENDED"} {
				has(t, p.user(t, p.crowd[i]), want)
			}
			p.was(t, "3 people", p.user(t, p.crowd[1]).Login)
			gave(t, run, "each", "failed", 1)
			noted(t, run, "report", "Suspended 2 of 3", "last sign-in")
		}},
	"guests": {before: func(t *testing.T, p *people) {
		gather(3, map[string]any{"userType": "Guest", "managerId": p.ada})(t, p)
		p.profile(t, p.crowd[1], map[string]any{"managerId": "gone"})
		p.refuse(p.crowd[2], "/lifecycle/deactivate")
	}, inputs: func(*people) []string { return []string{"user_type", "Guest", "days", "1"} },
		check: func(t *testing.T, p *people, run workflow.Run, _ oktasim.UserInfo) {
			for i, want := range []string{"DEPROVISIONED", "DEPROVISIONED", "ACTIVE"} {
				has(t, p.user(t, p.crowd[i]), want)
			}
			gave(t, run, "each", "gathered", p.user(t, p.crowd[0]).Login+", answered for by "+p.user(t, p.ada).Login, p.user(t, p.crowd[1]).Login+", answered for by nobody")
			noted(t, run, "report", "Closed 2 of 3 accounts; 1 failed")
		}},
	"profile_fix": {before: func(t *testing.T, p *people) {
		gather(3, map[string]any{"division": "Rigging"})(t, p)
		p.refuse(p.crowd[0], "/users/")
	}, inputs: func(*people) []string {
		return []string{"attribute", "division", "old_value", "Rigging", "new_value", "Rig & Sail"}
	}, check: func(t *testing.T, p *people, run workflow.Run, _ oktasim.UserInfo) {
		for i, want := range []string{"Rigging", "Rig & Sail", "Rig & Sail"} {
			profile(t, p.user(t, p.crowd[i]), map[string]string{"division": want})
		}
		gave(t, run, "each", "gathered", p.logins(t, 1, 3)...)
		p.was(t, "division", "Rigging", "3 people")
	}},
}

// named returns the id of a group.
func (p *people) named(name string) string {
	g, _ := p.app.Org.FindGroup(name)
	return g.ID
}

// itemsShow looks at a run that went through four items, of which the third failed, as its reader does: from the
// list to one item and back.
func itemsShow(t *testing.T, app *testenv.App, run workflow.Run) {
	t.Helper()
	reader := app.As(auth.Operator)
	step := run.Steps[slices.IndexFunc(run.Steps, func(s workflow.RunStep) bool { return s.StepID == "each" })].Index
	list := fmt.Sprintf("#items-%d ", step)
	page := reader.Get("/runs/"+run.ID).Status(http.StatusOK).Has(list+".run-states", "All", "4", "Failed", "1")
	if rows := page.All(list + ".item-rows > li"); len(rows) != 4 {
		t.Fatalf("the page shows the items %q", rows)
	}
	failed := reader.Get(fmt.Sprintf("/runs/%s?items=%d&state=failed", run.ID, step)).Status(http.StatusOK)
	if rows := failed.All(list + ".item-rows > li"); len(rows) != 1 || !strings.Contains(rows[0], "3") {
		t.Fatalf("the failed items are %q", rows)
	}
	reader.Get(fmt.Sprintf("/runs/%s?items=%d&from=4", run.ID, step)).Status(http.StatusOK).Has(list+".pager", "From the first")
	reader.Get(fmt.Sprintf("/runs/%s?items=nonsense&state=odd&from=-3", run.ID)).Status(http.StatusOK).Has(list + ".item-rows > li")
	item := reader.Get(failed.Attr(list+".row-title", "href")).Status(http.StatusOK).Has(".run-step", "Failed")
	if back := item.All("nav a[href='/runs/" + run.ID + "']"); len(back) != 1 {
		t.Fatalf("the page of an item does not lead back to its run: %q", back)
	}
	if rows := reader.Get("/runs").Status(http.StatusOK).All("tbody tr a[href='" + failed.Attr(list+".row-title", "href") + "']"); len(rows) != 0 {
		t.Error("an item stands in the list of runs")
	}
}
