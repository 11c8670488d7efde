package crashtest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"caracal/auth"
	"caracal/db"
	"caracal/form"
	"caracal/internal/app"
	"caracal/internal/testenv"
	"caracal/oktasim"
	"caracal/org"
	"caracal/secret"
	"caracal/workflow"
)

// points are the names that crash.At knows in the engine.
var points = []string{"run-accepted", "before-start", "after-start-before-call", "after-call-before-done", "before-find", "before-end", "after-end"}

// effects names, for each action of the workflow, the event that its change writes in the System Log, and the
// field of its input that the event's target is found by.
var effects = map[string]struct{ event, field string }{
	"group.create":    {"group.lifecycle.create", "name"},
	"user.create":     {"user.lifecycle.create", "email"},
	"user.reactivate": {"user.lifecycle.reactivate", "user"},
}

// crashSteps are the steps of the workflow that is killed.
var crashSteps = []workflow.Step{
	{ID: "group", Title: "Group", Action: "group.create", Fields: map[string]string{"name": "{{ inputs.label }}"}, Control: workflow.Control{OnlyIf: "{{ not empty(inputs.label) }}"}},
	{ID: "note", Title: "Note", Action: workflow.FlowNote, Fields: map[string]string{"text": "{{ inputs.label }}"}},
	{ID: "person", Title: "Person", Action: "user.create", Fields: map[string]string{"first_name": "Crash", "last_name": "{{ inputs.label }}",
		"email": "{{ inputs.label }}@caracal.example", "when": "now"}},
	{ID: "member", Title: "Member", Action: "group.add_member", Fields: map[string]string{"user": "{{ steps.person.output.id }}", "group": "{{ steps.group.output.id }}"}},
	{ID: "again", Title: "Again", Action: "user.reactivate", Fields: map[string]string{"user": "{{ steps.person.output.id }}", "send_email": "true"}},
	{ID: "wait", Title: "Wait", Action: workflow.FlowWait, Fields: map[string]string{"amount": "0.02", "unit": "minutes"}},
	{ID: "check", Title: "Check", Action: workflow.FlowStopUnless, Fields: map[string]string{"condition": "{{ not empty(steps.person.output.id) }}", "message": "Nobody."}},
}

// TestCrash kills the real program with kill -9, at every named point and at random, while it moves runs
// against an org that outlives it, and starts it again each time. Then every run that was accepted must be
// there and ended, every change that may not be repeated must be in the org's System Log exactly as often as
// the runs say, and every step in doubt must have been found out or asked about.
func TestCrash(t *testing.T) {
	t.Parallel()
	const perPoint, atRandom, perLife = 4, 24, 3
	p, env, workflowID := prepare(t)
	var labels []string
	accepted := map[string]string{}
	kills, reached := 0, map[string]int{}
	life := func(crashAt string, after time.Duration) {
		for range perLife {
			labels = append(labels, fmt.Sprintf("case-%04d", len(labels)))
		}
		c, ready := p.start(crashAt)
		if ready {
			c.kill(after)
			for label, id := range p.offer(workflowID, missing(labels, accepted)) {
				accepted[label] = id
			}
		} else if crashAt == "" {
			t.Error("the program died before it was ready")
		}
		c.wait()
		kills++
		point, _, _ := strings.Cut(crashAt, ":")
		if !c.shot.Load() { // it died of itself, so at the point
			reached[point]++
		}
	}
	for i := range perPoint {
		for _, point := range points {
			life(fmt.Sprintf("%s:%d", point, 1+i%3), 3*time.Second)
		}
	}
	for range atRandom {
		life("", time.Duration(rand.IntN(250))*time.Millisecond)
	}
	for _, point := range points {
		if reached[point] == 0 {
			t.Errorf("the program was never killed at %s", point)
		}
	}
	runs, asked := p.finish(env.Org, workflowID, missing(labels, accepted), accepted)
	verify(t, env.Org, labels, accepted, runs)
	found := 0
	for _, run := range runs {
		for _, s := range run.Steps {
			if s.Finding != "" {
				found++
			}
		}
	}
	t.Logf("%d kills (%v at points), %d runs, %d steps in doubt, %d asked about", kills, reached, len(runs), found, asked)
	if kills < 50 {
		t.Errorf("%d kills, want 50", kills)
	}
}

// prepare connects an org, publishes a workflow and signs a person in, in the folder that the program will
// then be started on.
func prepare(t *testing.T) (*program, *testenv.App, string) {
	t.Helper()
	p, env, id := prepareOn(t, func(connected org.Application) workflow.Definition {
		return workflow.Definition{Name: "Crash", ApplicationID: connected.ID, Inputs: []workflow.Input{{Name: "label", Label: "Label", Kind: form.Text, Required: true}},
			Steps: crashSteps}
	}, func(*testenv.App, workflow.Workflow) {})
	var requests atomic.Int64
	env.Org.SetFault(func(r *http.Request) *oktasim.Fault {
		switch n := requests.Add(1); {
		case r.Method == http.MethodGet || !strings.HasPrefix(r.URL.Path, "/api/"):
			return nil
		case n%29 == 0:
			return oktasim.DropAfter()
		case n%37 == 0:
			return oktasim.DropBefore()
		}
		return nil
	})
	return p, env, id
}

// prepareOn is prepare for any workflow; more sets up what comes besides.
func prepareOn(t *testing.T, define func(org.Application) workflow.Definition, more func(*testenv.App, workflow.Workflow)) (*program, *testenv.App, string) {
	t.Helper()
	data, key := t.TempDir(), secret.NewKey("demo")
	keys, err := secret.ParseKeyring(key)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(data, "demo.key"), []byte(key), 0o600); err != nil {
		t.Fatal(err)
	}
	env := testenv.New(t, testenv.Stopped,
		testenv.Simulate(func(c *oktasim.Config) {
			c.Settings.NoRateLimit, c.Settings.Latency = true, 2*time.Millisecond
		}),
		testenv.Configure(func(c *app.Config) {
			c.Database, c.Keys = filepath.Join(data, "caracal.db"), keys
		}))
	connected := env.Connect(org.CustomApp)
	def := define(connected)
	by := auth.User{ID: "u_test", Name: "Test"}
	w, err := env.App.DB.CreateWorkflow(t.Context(), def, by)
	if err == nil {
		_, err = env.App.DB.Publish(t.Context(), w.ID, w.Revision, "", by)
	}
	if err != nil {
		t.Fatal(err)
	}
	base, err := url.Parse(env.URL)
	if err != nil {
		t.Fatal(err)
	}
	var cookies []string
	for _, c := range env.Client.Jar.Cookies(base) {
		cookies = append(cookies, c.Name+"="+c.Value)
	}
	more(env, w)
	if err := env.App.Close(); err != nil {
		t.Fatal(err)
	}
	return &program{t: t, binary: build(t), data: data, addr: freeAddr(t), orgAddr: freeAddr(t), allowed: env.OrgURL,
		cookie: strings.Join(cookies, "; "), client: &http.Client{
			Transport:     &http.Transport{DisableKeepAlives: true},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}}, env, w.ID
}

func missing(labels []string, accepted map[string]string) (out []string) {
	for _, label := range labels {
		if accepted[label] == "" {
			out = append(out, label)
		}
	}
	return out
}

// finish lets the program move every run to its end, and answers what it asks as a person who looked.
func (p *program) finish(sim *oktasim.Org, workflowID string, labels []string, accepted map[string]string) (runs []workflow.Run, asked int) {
	p.t.Helper()
	c, ready := p.start("")
	if !ready {
		p.t.Fatal("the last start failed")
	}
	defer c.end()
	for label, id := range p.offer(workflowID, labels) {
		accepted[label] = id
	}
	d, err := db.OpenForReading(context.Background(), filepath.Join(p.data, "caracal.db"), db.Options{})
	if err != nil {
		p.t.Fatal(err)
	}
	defer d.Close()
	look := time.NewTicker(100 * time.Millisecond)
	defer look.Stop()
	deadline := time.After(2 * time.Minute)
	decided := map[string]int{}
	for {
		counts, err := d.RunCounts(context.Background(), db.RunFilter{})
		if err != nil {
			p.t.Fatal(err)
		}
		if counts[workflow.RunQueued]+counts[workflow.RunRunning]+counts[workflow.RunWaiting]+counts[workflow.RunAsking] == 0 {
			break
		}
		asking, _, err := d.RunList(context.Background(), db.RunFilter{State: workflow.RunAsking, Limit: 1000})
		if err != nil {
			p.t.Fatal(err)
		}
		for _, run := range asking {
			if run, err = d.Run(context.Background(), run.ID); err != nil {
				p.t.Fatal(err)
			}
			asked += p.decide(sim, run, decided)
		}
		select {
		case <-look.C:
		case <-deadline:
			p.t.Fatalf("two minutes later there is still %v", counts)
		}
	}
	list, _, err := d.RunList(context.Background(), db.RunFilter{Limit: 100_000})
	for i := range list {
		if list[i], err = d.Run(context.Background(), list[i].ID); err != nil {
			break
		}
	}
	if err != nil {
		p.t.Fatal(err)
	}
	return list, asked
}

// decide answers the step that a run asks about, with the truth.
func (p *program) decide(sim *oktasim.Org, run workflow.Run, decided map[string]int) (asked int) {
	p.t.Helper()
	for _, s := range run.Steps {
		if s.State != workflow.StepUncertain || decided[run.ID] == s.Attempts {
			continue
		}
		decided[run.ID] = s.Attempts
		answer := "repeat"
		if count(sim, s) > 0 {
			answer = "done"
		}
		if _, err := p.post("/runs/"+run.ID+"/decide", "step", fmt.Sprint(s.Index), "decision", answer); err != nil {
			p.t.Error(err)
		}
		asked++
	}
	return asked
}

// count returns how often the change of a step is in the org's log.
func count(sim *oktasim.Org, s workflow.RunStep) (n int) {
	effect := effects[s.Action]
	for _, e := range sim.Events(effect.event) {
		for _, target := range e.Target {
			if v := s.Input[effect.field]; v != "" && (target.ID == v || target.AlternateID == v || target.DisplayName == v) {
				n++
			}
		}
	}
	return n
}

// verify holds effects, not calls, against the runs.
func verify(t *testing.T, sim *oktasim.Org, labels []string, accepted map[string]string, runs []workflow.Run) {
	t.Helper()
	byID, byLabel := map[string]workflow.Run{}, map[string]int{}
	for _, run := range runs {
		byID[run.ID] = run
		byLabel[run.Input["label"]]++
	}
	for _, label := range labels {
		if n := byLabel[label]; n != 1 {
			t.Errorf("%s has %d runs, want 1", label, n)
		}
		if _, there := byID[accepted[label]]; !there {
			t.Errorf("%s was accepted as %s and is lost", label, accepted[label])
		}
	}
	for _, run := range runs {
		// A step that was cut off again and again may give up; it says so, and its effect is counted all the same.
		if run.State != workflow.RunSucceeded && !strings.Contains(run.Error, "stayed unclear each time") {
			t.Errorf("%s is %s: %s", run.ID, run.State, run.Error)
		}
		for _, s := range run.Steps {
			n := count(sim, s)
			if effects[s.Action].event != "" && (n > 1 || n == 0 && s.State == workflow.StepDone) {
				t.Errorf("%s, step %s is %s and was done %d times; attempts %d, finding %q", run.Input["label"], s.StepID, s.State, n, s.Attempts, s.Finding)
			}
		}
	}
}
