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
	"time"

	"caracal/auth"
	"caracal/form"
	"caracal/internal/app"
	"caracal/oktasim"
	"caracal/org"
	"caracal/plan"
	"caracal/secret"
	"caracal/workflow"
)

// benchRows is how many rows are rehearsed.
const benchRows = 1000

// benchRehearsal rehearses a list of rows, each of which changes somebody else, beside a bare loop that reads as often
// as the rehearsal did.
func benchRehearsal(ctx context.Context, dir string, _, _ int) (lines []line, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	sim := oktasim.New(oktasim.Config{Settings: oktasim.Settings{RateLimits: map[string]int{"users": 1e6, "user": 1e6, "user-get": 1e6, "groups": 1e6, "group": 1e6, "apps": 1e6, "app": 1e6, "other": 1e6}}})
	server := httptest.NewServer(sim)
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
	by := auth.User{ID: "usr_bench", Name: "Ada", Roles: []auth.Role{auth.Admin}}
	f := &filled{app: a, sim: server}
	if err := f.connectSim(ctx, ready.Demo.Custom, by); err != nil {
		return nil, err
	}
	var rows []map[string]string
	for i := range benchRows {
		login := "row" + strconv.Itoa(i) + "@example.com"
		id, err := sim.AddPerson(oktasim.Person{First: "Row", Last: strconv.Itoa(i), Login: login})
		if err != nil {
			return nil, err
		}
		rows = append(rows, map[string]string{"who": id})
	}
	d := workflow.Definition{Name: "Leave", ApplicationID: f.live, Inputs: []workflow.Input{{Name: "who", Label: "Who", Kind: form.User}},
		Steps: []workflow.Step{
			{ID: "title", Title: "Title", Action: "user.update", Fields: map[string]string{"user": "{{ inputs.who }}", "title": "On leave"}},
			{ID: "hold", Title: "Suspend", Action: "user.suspend", Fields: map[string]string{"user": "{{ inputs.who }}"}}}}
	before, began := sim.Calls(), time.Now()
	p, err := a.Rehearse.Now(ctx, plan.Subject{Kind: plan.Steps, Definition: d, Rows: rows, Many: true}, by)
	if err != nil {
		return nil, err
	}
	took := time.Since(began)
	people, writes := 0, 0
	for call, n := range sim.Calls() {
		n -= before[call]
		switch method, path, _ := strings.Cut(call, " "); {
		case call == "GET /api/v1/users/{userId}":
			people = n
		case method != http.MethodGet && strings.HasPrefix(path, "/api/v1/"):
			writes += n
		}
	}
	if p.Count(plan.Person) != benchRows {
		return nil, fmt.Errorf("%d people change in the rehearsal of %d rows", p.Count(plan.Person), benchRows)
	}
	began = time.Now()
	for range p.Reads {
		if err := get(ctx, server.URL+"/.well-known/okta-organization"); err != nil {
			return nil, err
		}
	}
	bare := time.Since(began)
	return []line{
		{what: fmt.Sprintf("rehearsal of %d rows", benchRows), figure: took.Round(time.Millisecond).String(), yardstick: fmt.Sprintf("%s bare loop of as many reads", bare.Round(time.Millisecond)),
			ratio: fmt.Sprintf("%.1f", took.Seconds()/bare.Seconds())},
		{what: "its reads, and of people", figure: fmt.Sprintf("%d, %d", p.Reads, people), yardstick: fmt.Sprintf("%d calls of the run", p.Writes), goal: "each person once"},
		{what: "its changes sent to the org", figure: strconv.Itoa(writes), goal: "0"},
	}, nil
}
