package main

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"caracal/auth"
	"caracal/form"
	"caracal/handlers"
	"caracal/internal/testenv"
	"caracal/oktasim"
	"caracal/workflow"
)

// TestRunDecideOverTheAPI: a change is lost on its way, of which Okta keeps no trace but its log. The command prints what was
// looked at, and answers once.
func TestRunDecideOverTheAPI(t *testing.T) {
	t.Parallel()
	app := newRemote(t, testenv.Company, testenv.Simulate(func(c *oktasim.Config) { c.Settings.NoRateLimit = true }))
	w := app.publish(workflow.Definition{Name: "Expire", Runners: []auth.Role{auth.Operator},
		Inputs: []workflow.Input{{Name: "who", Label: "Who", Kind: form.User, Required: true}},
		Steps:  []workflow.Step{{ID: "expire", Title: "Expire the password", Action: "operation.expire_password", Fields: map[string]string{"userId": "{{ inputs.who }}"}}}})
	var person string
	for _, u := range app.Org.Users() {
		if u.Status == "ACTIVE" && len(u.Roles) == 0 {
			person = u.ID
		}
	}
	var dropped atomic.Bool
	app.Org.SetFault(func(r *http.Request) *oktasim.Fault {
		if r.Method != http.MethodGet && strings.Contains(r.URL.Path, "/lifecycle/expire_password") && dropped.CompareAndSwap(false, true) {
			return oktasim.DropBefore()
		}
		return nil
	})
	_, stdout, stderr := app.call("run", w.ID, "--input", "who="+person)
	if stdout == "" {
		t.Fatal(stderr)
	}
	id := strings.TrimPrefix(strings.Fields(stdout)[0], app.URL+"/runs/")
	if code, _, stderr := app.call("run", "decide", id, "--answer", "done"); code != exitFail || !strings.Contains(stderr, "waits for a decision") && !strings.Contains(stderr, "no longer waits") {
		t.Errorf("nothing asks yet: %d %s", code, stderr)
	}
	state := func(want workflow.RunState) workflow.Run {
		t.Helper()
		var run workflow.Run
		app.Eventually("the run to be "+string(want), func() bool {
			var err error
			if run, err = app.App.DB.Run(t.Context(), id); err != nil {
				t.Fatal(err)
			}
			if run.State == workflow.RunWaiting && run.WaitUntil.After(app.Clock.Now()) {
				app.Pass(run.WaitUntil.Sub(app.Clock.Now()) + time.Millisecond)
			}
			return run.State == want
		})
		return run
	}
	state(workflow.RunAsking)

	code, stdout, stderr := app.call("run", "decide", id)
	for _, want := range []string{"Expire the password of Expire", "What was looked at", "System Log: ", "It has no such event", "Nothing was decided"} {
		if code != exitOK || !strings.Contains(stdout, want) {
			t.Errorf("%d, without %q:\n%s%s", code, want, stdout, stderr)
		}
	}
	code, stdout, _ = app.call("run", "decide", id, "--json")
	var run handlers.RunJSON
	if err := json.Unmarshal([]byte(stdout), &run); code != exitOK || err != nil || run.State != "asking" || run.Steps[0].State != "uncertain" || run.Steps[0].Evidence == nil || run.Steps[0].Evidence.Log == nil {
		t.Errorf("%d %s %v", code, stdout, err)
	}
	for _, args := range [][]string{{}, {id, id}, {id, "--wait"}, {id, "--answer", "maybe"}} {
		if code, _, stderr := app.call(append([]string{"run", "decide"}, args...)...); code != exitUsage || stderr == "" {
			t.Errorf("%v: %d %s", args, code, stderr)
		}
	}
	if state(workflow.RunAsking).Steps[0].State != workflow.StepUncertain {
		t.Error("something was decided though nobody said so")
	}

	if code, stdout, stderr := app.call("run", "decide", id, "--answer", "repeat"); code != exitOK || !strings.Contains(stdout, "looked at") {
		t.Errorf("%d\n%s%s", code, stdout, stderr)
	}
	if got := state(workflow.RunSucceeded); got.Steps[0].Attempts < 1 || !strings.Contains(got.Steps[0].Finding, "asked to do it again") {
		t.Errorf("%+v", got.Steps[0])
	}
	times := 0
	for _, e := range app.Org.Events("user.account.expire_password") {
		if e.Target[0].ID == person {
			times++
		}
	}
	if times != 1 {
		t.Errorf("it was done %d times", times)
	}
	if code, _, stderr := app.call("run", "decide", id, "--answer", "repeat"); code != exitFail || !strings.Contains(stderr, "No step of this run waits") {
		t.Errorf("a second time: %d %s", code, stderr)
	}
}

// TestDecideRefusals: what a program sends that is no answer, and whose token does not reach the run.
func TestDecideRefusals(t *testing.T) {
	t.Parallel()
	app := newRemote(t)
	w := app.publish(workflow.Definition{Name: "Group", Runners: []auth.Role{auth.Operator},
		Steps: []workflow.Step{{ID: "wait", Title: "Wait", Action: workflow.FlowWait, Fields: map[string]string{"for": "1", "unit": "days"}}}})
	_, stdout, stderr := app.call("run", w.ID)
	if stdout == "" {
		t.Fatal(stderr)
	}
	at := "/api/v1/runs/" + strings.TrimPrefix(strings.Fields(stdout)[0], app.URL+"/runs/") + "/decide"
	for _, c := range []struct {
		role   auth.Role
		body   string
		status int
		says   string
	}{
		{auth.Admin, `{"step": "wait", "decision": "done"}`, http.StatusConflict, "no longer waits"},
		{auth.Admin, `{"step": "other", "decision": "done"}`, http.StatusUnprocessableEntity, `no step \"other\"`},
		{auth.Admin, `{"step": "wait", "decision": "maybe"}`, http.StatusBadRequest, "can't be read"},
		{auth.Admin, `{"step": "wait", "decision": "done", "by": "me"}`, http.StatusBadRequest, "can't be read"},
		{auth.Admin, `done`, http.StatusBadRequest, "can't be read"},
		{auth.Auditor, `{"step": "wait", "decision": "done"}`, http.StatusForbidden, ""},
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, app.URL+at, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+app.Token(c.role))
		r.Header.Set("Content-Type", "application/json")
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close() //nolint:errcheck // what it held was read
		if err != nil || response.StatusCode != c.status || !strings.Contains(string(body), c.says) {
			t.Errorf("%s %s: %d %s %v", c.role, c.body, response.StatusCode, body, err)
		}
	}
}
