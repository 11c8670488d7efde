package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"caracal/auth"
	"caracal/connect"
	"caracal/form"
	"caracal/handlers"
	"caracal/org"
)

// plenty is a rate limit that no measurement reaches.
const plenty = 1_000_000

// connectSim connects the simulated org, so that pages can ask it.
func (f *filled) connectSim(ctx context.Context, ready handlers.Credentials, by auth.User) error {
	filled := form.DecodeFrom(connect.Fields(org.CustomApp), func(name string) string {
		return map[string]string{connect.FieldDomain: ready.Domain, connect.FieldClientID: ready.ClientID,
			connect.FieldSecret: ready.Secret.Reveal(), connect.FieldScopes: ready.Scopes}[name]
	})
	done, ok, err := f.app.Connect.Connect(ctx, org.CustomApp, filled, by)
	if err == nil && !ok {
		err = fmt.Errorf("the org was not connected: %s %v", filled.Error, filled.Errors)
	}
	f.live = done.Application.ID
	return err
}

// picks times the type-ahead of a picker beside the same question put to the org directly.
func (f *filled) picks() (lines []line, err error) {
	for _, c := range []struct{ kind, list, typed string }{{"user", "users", "a"}, {"group", "groups", "e"}, {"app", "apps", "s"}} {
		page := timed(f.ask(f.app.Server, "/pick/"+c.kind+"?application="+f.live+"&q="+c.typed))
		direct := timed(f.askOrg("/api/v1/" + c.list + "?limit=10&q=" + c.typed))
		l := beside("type-ahead of a picker: "+c.kind, page, direct, "the org's own answer", "30ms beyond it")
		lines = append(lines, l)
		err = errors.Join(err, l.err)
	}
	return lines, err
}

// askOrg asks the org itself over HTTP, with an API token.
func (f *filled) askOrg(path string) func() error {
	return func() (err error) {
		r, err := http.NewRequest(http.MethodGet, f.sim.URL+path, nil)
		if err != nil {
			return err
		}
		r.Header.Set("Authorization", "SSWS "+orgToken)
		resp, err := f.sim.Client().Do(r)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, resp.Body.Close()) }()
		if resp.StatusCode != http.StatusOK {
			return fmt.Errorf("GET %s at the org: %d", path, resp.StatusCode)
		}
		_, err = io.Copy(io.Discard, resp.Body)
		return err
	}
}
