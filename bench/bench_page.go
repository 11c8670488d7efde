package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"time"

	"caracal/auth"
	"caracal/internal/app"
	"caracal/oktasim"
	"caracal/org"
	"caracal/secret"
	"caracal/web"
	"caracal/workflow"
)

const (
	manyRuns      = 10_000
	manyWorkflows = 500
	manyOrgs      = 50
	orgToken      = "bench" // an API token of the simulated org
)

// filled is a whole Caracal, not moving, with much in its database.
type filled struct {
	app                        *app.App
	sim                        *httptest.Server
	ada                        auth.User
	cookies                    []*http.Cookie
	application, workflow, run string
	live                       string // the one application whose org answers
	page                       bytes.Buffer
}

func (f *filled) close() error {
	f.sim.Close()
	return f.app.Close()
}

// fill makes one with 10,000 runs of 500 workflows on 50 orgs.
func fill(ctx context.Context, dir string) (*filled, error) {
	f, err := start(ctx, dir)
	if err != nil {
		return nil, err
	}
	for i := range manyOrgs {
		f.application = fmt.Sprintf("app_%d", i)
		if err := f.app.DB.CreateApplication(ctx, org.Application{ID: f.application, Name: fmt.Sprintf("Org %d", i), Domain: fmt.Sprintf("org%d.okta.com", i),
			Method: org.CustomApp, ClientID: "0oa1", Scopes: org.DefaultScopes, Granted: org.DefaultScopes, Status: org.Active, OrgID: fmt.Sprintf("00o%d", i),
			CreatedAt: time.Now(), CreatedBy: f.ada.ID}, f.ada); err != nil {
			return nil, err
		}
	}
	var versions []workflow.Version
	for i := range manyWorkflows {
		def := startRequest(i).Version.Definition
		w, err := f.app.DB.CreateWorkflow(ctx, def, f.ada)
		if err != nil {
			return nil, err
		}
		v, err := f.app.DB.Publish(ctx, w.ID, w.Revision, "", f.ada)
		if err != nil {
			return nil, err
		}
		versions, f.workflow = append(versions, v), w.ID
	}
	for i := range manyRuns {
		r := startRequest(i)
		r.Version = versions[i%manyWorkflows]
		if f.run, err = f.app.Engine.StartRun(ctx, r); err != nil {
			return nil, err
		}
		if i%3 == 0 {
			if err := f.app.Engine.Cancel(ctx, f.run, f.ada); err != nil {
				return nil, err
			}
		}
	}
	return f, nil
}

// start makes a whole Caracal that is signed in to and connected to a simulated org, and else empty.
func start(ctx context.Context, dir string) (*filled, error) {
	keys, err := secret.ParseKeyring(secret.NewKey("bench"))
	if err != nil {
		return nil, err
	}
	sim := oktasim.New(oktasim.Config{SSWS: []string{orgToken}, Settings: oktasim.Settings{
		RateLimits: map[string]int{"users": plenty, "groups": plenty, "apps": plenty, "token": plenty, "other": plenty}}})
	if err := sim.SeedCompany(); err != nil {
		return nil, err
	}
	f := &filled{sim: httptest.NewServer(sim)}
	sim.SetBaseURL(f.sim.URL)
	const url = "http://127.0.0.1:8080"
	ready, err := app.PrepareDemo(sim, f.sim.URL, url)
	if err != nil {
		return nil, err
	}
	f.app, err = app.New(ctx, app.Config{Database: filepath.Join(dir, "caracal.db"), Keys: keys, Version: "bench",
		PublicURL: url, SignIn: ready.SignIn, Limits: web.Limits{Changes: plenty}, Hosts: org.HostRule{Loopback: []string{strings.TrimPrefix(f.sim.URL, "http://")}}})
	if err != nil {
		return nil, err
	}
	signedIn := httptest.NewRecorder()
	ada, err := f.app.Server.Sessions().Begin(signedIn, httptest.NewRequest(http.MethodGet, "/", nil),
		auth.User{Issuer: f.sim.URL, Subject: "ada", Name: "Ada", Roles: []auth.Role{auth.Admin}},
		func(string) (secret.Sealed, error) { return nil, nil })
	if err != nil {
		return nil, err
	}
	f.ada, f.cookies = ada, signedIn.Result().Cookies()
	if err := f.connectSim(ctx, ready.Demo.Custom, ada); err != nil {
		return nil, err
	}
	return f, nil
}

// pages times the server's part of every page a person looks at often, beside an empty server that reads one
// row of the same database.
func (f *filled) pages() (lines []line, err error) {
	yardstick := timed(f.ask(f.empty(), "/"))
	for _, path := range []string{"/", "/runs", "/runs?state=cancelled", "/runs?q=person3@example.com", "/runs?workflow=" + f.workflow, "/runs/" + f.run,
		"/workflows", "/workflows/" + f.workflow, "/workflows/" + f.workflow + "/edit", "/workflows/" + f.workflow + "/run",
		"/workflows/" + f.workflow + "/versions", "/workflows/new", "/applications", "/applications/" + f.application, "/applications/" + f.application + "/health",
		"/applications/" + f.application + "/settings", "/applications/" + f.application + "/disconnect", "/applications/connect", "/applications/connect/okta", "/people", "/audit", "/audit?subject=" + f.run, "/account"} {
		what := "page " + strings.NewReplacer(f.workflow, "{id}", f.run, "{id}", f.application, "{id}").Replace(path)
		lines = append(lines, beside(what, timed(f.ask(f.app.Server, path)), yardstick, "empty server", "5ms, p99 25ms"))
		err = errors.Join(err, lines[len(lines)-1].err)
	}
	return lines, err
}

// empty is a server that reads one row of the same database.
func (f *filled) empty() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := f.app.DB.RunRevision(r.Context(), f.run); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		if _, err := io.WriteString(w, "<!doctype html><title>empty</title>"); err != nil {
			panic(http.ErrAbortHandler)
		}
	})
}

func (f *filled) ask(h http.Handler, path string) func() error {
	return func() error {
		_, err := f.send(h, httptest.NewRequest(http.MethodGet, path, nil))
		return err
	}
}

// send asks for a page as somebody who is signed in, and returns it; it is gone when the next one is asked for.
func (f *filled) send(h http.Handler, r *http.Request) (*httptest.ResponseRecorder, error) {
	for _, c := range f.cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	f.page.Reset()
	w.Body = &f.page // a socket would not keep the page
	h.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		return w, fmt.Errorf("%s %s: %d", r.Method, r.URL.Path, w.Code)
	}
	return w, nil
}
