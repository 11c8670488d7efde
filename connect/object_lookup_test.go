package connect

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"caracal/batch"
	"caracal/fault"
	"caracal/form"
	"caracal/okta"
	"caracal/oktasim"
	"caracal/org"
)

// TestLookUp finds users, groups and apps by whatever a file may name them by, in few calls, and says of the rest why not.
func TestLookUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := w.org.SeedCompany(); err != nil {
		t.Fatal(err)
	}
	_, values := w.customApp(t, oktasim.ServiceApp{Scopes: names(org.DefaultScopes), Roles: []oktasim.Role{{Type: "SUPER_ADMIN"}}})
	done, _ := w.connect(t, org.CustomApp, values)
	id := done.Application.ID
	client, _, err := w.Client(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	post := func(path string, body any) string {
		t.Helper()
		resp, err := client.Do(t.Context(), okta.Request{Method: http.MethodPost, Path: path, Body: body})
		if err != nil {
			t.Fatal(err)
		}
		_, rest, _ := strings.Cut(string(resp.Body), `"id":"`)
		made, _, _ := strings.Cut(rest, `"`)
		return made
	}
	person := func(login, email string) string {
		return post("/api/v1/users?activate=false", map[string]any{"profile": map[string]string{"firstName": "A", "lastName": "B", "login": login, "email": email}})
	}
	zoe := person("Zoe@acme.example", "zoe.zimmer@acme.example")
	person("one@acme.example", "shared@acme.example")
	person("two@acme.example", "shared@acme.example")
	quoted := post("/api/v1/groups", map[string]any{"profile": map[string]string{"name": `Say "hi" \ bye`}})
	var users, groups []object
	if err := client.Get(t.Context(), "/api/v1/users", nil, &users); err != nil || len(users) < 100 {
		t.Fatalf("%d users, %v", len(users), err)
	}
	if err := client.Get(t.Context(), "/api/v1/groups", nil, &groups); err != nil || len(groups) < 5 {
		t.Fatalf("%d groups, %v", len(groups), err)
	}
	var calls atomic.Int64
	w.org.SetFault(func(r *http.Request) *oktasim.Fault {
		if strings.HasPrefix(r.URL.Path, "/api/") {
			calls.Add(1)
			if len(r.URL.RequestURI()) > 4096 {
				t.Errorf("an address of %d bytes", len(r.URL.RequestURI()))
			}
		}
		return nil
	})
	many := map[string]string{} // every one of them by login or by id
	var typed []string
	for i, u := range users[:LookupMost] {
		name := u.Profile.Login
		if i%3 == 0 {
			name = u.ID
		}
		many[name] = u.ID
		typed = append(typed, name)
	}
	found, err := w.LookUp(t.Context(), id, form.User, typed)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range many {
		if found[name] != (batch.Found{ID: want}) {
			t.Errorf("%s is %+v, want %s", name, found[name], want)
		}
	}
	if n := calls.Load(); n > 2 {
		t.Errorf("%d calls for %d users", n, len(typed))
	}
	for kind, asks := range map[form.Kind]map[string]string{ // the id, or a part of what is wrong
		form.User: {"zoe@ACME.example": zoe, "zoe.zimmer@acme.example": zoe, zoe: zoe, "shared@acme.example": "several called", "nobody@acme.example": "has nobody with",
			"00u00000000000000000": "has nobody with", `quote"d`: "has nobody with", "tab\there": "has nobody with"},
		form.Group: {groups[0].Profile.Name: groups[0].ID, strings.ToUpper(groups[1].Profile.Name): groups[1].ID, groups[2].ID: groups[2].ID, `Say "hi" \ bye`: quoted,
			"No such group": "has no group with", "00g00000000000000000": "has no group with"},
		form.App: {"No such app": "has nothing called"},
	} {
		var typed []string
		for name := range asks {
			typed = append(typed, name)
		}
		found, err := w.LookUp(t.Context(), id, kind, typed)
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range asks {
			if got := found[name]; got.ID != want && (got.Problem == "" || !strings.Contains(got.Problem, want)) {
				t.Errorf("%s %q is %+v, want %s", kind, name, got, want)
			}
		}
	}
	if _, err := w.LookUp(t.Context(), id, form.User, make([]string, LookupMost+1)); err == nil {
		t.Error("more names than one call takes were taken")
	}
	w.org.SetFault(func(*http.Request) *oktasim.Fault { return oktasim.RateLimited(time.Minute) })
	if _, err := w.LookUp(t.Context(), id, form.Group, []string{"later"}); !fault.Is(err, fault.Busy) {
		t.Errorf("at the limit: %v", err)
	}
}
