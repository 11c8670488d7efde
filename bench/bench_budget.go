package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"caracal/auth"
	"caracal/engine"
	"caracal/form"
	"caracal/internal/app"
	"caracal/oktasim"
	"caracal/org"
	"caracal/secret"
	"caracal/workflow"
)

// budgetLimit is how many groups the org lets be made in a minute.
const budgetLimit = 600

// benchBudget goes through a long list for some whole minutes at a limit of 600 calls a minute and a share of all of
// them, while a person starts a run each few seconds.
func benchBudget(ctx context.Context, dir string, minutes int) (lines []line, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	sim := oktasim.New(oktasim.Config{Settings: oktasim.Settings{RateLimits: map[string]int{"groups": budgetLimit}}})
	counted := &minuteCount{next: sim, calls: map[time.Time]int{}}
	server := httptest.NewServer(counted)
	defer server.Close()
	sim.SetBaseURL(server.URL)
	const url = "http://127.0.0.1:8080"
	ready, err := app.PrepareDemo(sim, server.URL, url)
	if err != nil {
		return nil, err
	}
	keys, err := secret.ParseKeyring(secret.NewKey("bench"))
	if err != nil {
		return nil, err
	}
	a, err := app.New(ctx, app.Config{Database: filepath.Join(dir, "caracal.db"), Keys: keys, Version: "bench", PublicURL: url, SignIn: ready.SignIn,
		Share: 1, Hosts: org.HostRule{Loopback: []string{strings.TrimPrefix(server.URL, "http://")}}})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	if err := a.Start(ctx); err != nil {
		return nil, err
	}
	by := auth.User{ID: "usr_bench", Name: "Ada", Roles: []auth.Role{auth.Admin}}
	f := &filled{app: a, sim: server}
	if err := f.connectSim(ctx, ready.Demo.Custom, by); err != nil {
		return nil, err
	}
	version := func(id, name string, steps ...workflow.Step) workflow.Version {
		return workflow.Version{WorkflowID: id, Number: 1, Definition: workflow.Definition{Name: name, ApplicationID: f.live, Steps: steps,
			Inputs: []workflow.Input{{Name: "names", Label: "Names", Kind: form.Lines}}}}
	}
	single := func(name string) workflow.Step {
		return workflow.Step{ID: "one", Title: "Create a group", Action: "group.create", Fields: map[string]string{"name": name, "description": "made by the benchmark"}}
	}
	item := single("{{ item }}")
	item.In = "all"
	long := version("wf_long", "A long list", workflow.Step{ID: "all", Title: "All", Action: workflow.FlowForEach,
		Fields: map[string]string{workflow.ListField: "{{ inputs.names }}", "at_once": strconv.Itoa(workflow.MostAtOnce)}}, item)
	stored, err := a.DB.CreateWorkflow(ctx, long.Definition, by) // items look their workflow up
	if err != nil {
		return nil, err
	}
	if long, err = a.DB.Publish(ctx, stored.ID, stored.Revision, "", by); err != nil {
		return nil, err
	}
	var names []string
	for i := range (minutes + 2) * budgetLimit {
		names = append(names, "Group "+strconv.Itoa(i))
	}
	if _, err := a.Engine.StartRun(ctx, engine.StartRequest{Version: long, By: by, Input: map[string]string{"names": strings.Join(names, "\n")}}); err != nil {
		return nil, err
	}
	first := time.Now().Truncate(time.Minute).Add(time.Minute)
	end := first.Add(time.Duration(minutes) * time.Minute)
	var longest time.Duration
	for n := 0; time.Now().Before(end); n++ {
		began := time.Now()
		id, err := a.Engine.StartRun(ctx, engine.StartRequest{Version: version("wf_one", "One group", single("Person "+strconv.Itoa(n))), By: by})
		if err != nil {
			return nil, err
		}
		for {
			changed := a.Engine.Changed()
			run, err := a.DB.Run(ctx, id)
			if err != nil {
				return nil, err
			}
			if run.State.Ended() {
				if run.State != workflow.RunSucceeded {
					return nil, fmt.Errorf("a person's run %s: %s", run.State, run.Error)
				}
				break
			}
			<-changed
		}
		longest = max(longest, time.Since(began))
		time.Sleep(5 * time.Second) // the next person comes
	}
	counted.mu.Lock()
	defer counted.mu.Unlock()
	least := budgetLimit
	for at := first; at.Before(end); at = at.Add(time.Minute) {
		least = min(least, counted.calls[at])
	}
	lines = append(lines,
		line{what: fmt.Sprintf("calls of a long list in a minute, the least of %d", minutes), figure: fmt.Sprintf("%d, %d refused", least, counted.refused),
			yardstick: fmt.Sprintf("%d/min is the limit, share 100 %%", budgetLimit), ratio: fmt.Sprintf("%.3f", float64(least)/budgetLimit), goal: "0.95, none refused"},
		line{what: "a person's run meanwhile, the longest", figure: longest.Round(time.Millisecond).String(), goal: "within the minute"})
	return lines, nil
}

// minuteCount counts the groups that were made, by minute, and the calls that were refused.
type minuteCount struct {
	next http.Handler

	mu      sync.Mutex
	calls   map[time.Time]int
	refused int
}

// ServeHTTP hands on and counts.
func (m *minuteCount) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s := &statusWriter{ResponseWriter: w}
	m.next.ServeHTTP(s, r)
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case s.status == http.StatusTooManyRequests:
		m.refused++
	case r.Method == http.MethodPost && r.URL.Path == "/api/v1/groups":
		m.calls[time.Now().Truncate(time.Minute)]++
	}
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader notes the status.
func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}
