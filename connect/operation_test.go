package connect

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"caracal/auth"
	"caracal/catalog"
	"caracal/fault"
	"caracal/okta"
	"caracal/oktasim"
	"caracal/org"
)

// tryWorld is a connected application that may also read schemas.
func tryWorld(t *testing.T) (*world, org.Application) {
	t.Helper()
	w := newWorld(t)
	scopes := append(slices.Clone(org.DefaultScopes), schemaScope, "okta.schemas.manage")
	_, values := w.customApp(t, oktasim.ServiceApp{Name: "Caracal", Scopes: names(scopes), Roles: []oktasim.Role{{Type: "SUPER_ADMIN"}}})
	values[FieldScopes] = org.JoinScopes(scopes)
	done, f := w.connect(t, org.CustomApp, values)
	if !f.OK() {
		t.Fatal(f.Errors, f.Error)
	}
	return w, done.Application
}

func (w *world) operation(t *testing.T, id string, values map[string]string) (catalog.Operation, catalog.Call) {
	t.Helper()
	op, ok := w.Catalog.Now().Operation(id)
	if !ok {
		t.Fatalf("no operation %s", id)
	}
	call, problems := w.Catalog.Now().Form(op, catalog.Choose{}).Request(func(key string) string { return values[key] })
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return op, call
}

// TestTryStopsOddAnswers: whatever stands in for Okta ends in one sentence, never in a page that hangs or lies.
func TestTryStopsOddAnswers(t *testing.T) {
	t.Parallel()
	w, app := tryWorld(t)
	list, listCall := w.operation(t, "listGroups", nil)
	one, oneCall := w.operation(t, "getGroup", map[string]string{"path.groupId": "00g1"})
	for _, tt := range []struct {
		name string
		with *oktasim.Fault
		says string
	}{
		{"a web page", oktasim.StatusFault(200, "<html><body>Hello</body></html>"), "web page"},
		{"50 MB", oktasim.StatusFault(200, strings.Repeat("x", 50<<20)), "MB, which Caracal does not read"},
		{"no JSON", oktasim.StatusFault(200, "fine, thanks"), ""},
		{"feature off", oktasim.ErrorFault(401, "E0000015", "You do not have permission to access the feature you are requesting"), "does not have the feature"},
		{"no such path", oktasim.ErrorFault(404, "E0000008", "The requested path was not found"), "does not have this operation"},
		{"no such method", oktasim.ErrorFault(405, "E0000022", "The endpoint does not support the provided HTTP method"), "does not have this operation"},
	} {
		w.org.SetFault(func(r *http.Request) *oktasim.Fault {
			if strings.HasPrefix(r.URL.Path, "/api/v1/groups") {
				return tt.with
			}
			return nil
		})
		for _, c := range []struct {
			op   catalog.Operation
			call catalog.Call
		}{{list, listCall}, {one, oneCall}} {
			_, err := w.Try(t.Context(), app.ID, c.op, c.call, 10, ada)
			if f := fault.As(err); f == nil || f.Kind == fault.Internal || !strings.Contains(f.Message, tt.says) {
				t.Errorf("%s to %s: %v", tt.name, c.op.ID, err)
			}
		}
	}
}

func TestConfirmationIsOnesOwnAndPasses(t *testing.T) {
	t.Parallel()
	w, app := tryWorld(t)
	now := time.Now()
	w.Clock = func() time.Time { return now }
	_, call := w.operation(t, "createGroup", map[string]string{"body.profile.name": "x"})
	sealed, err := w.Ask(app.ID, call, ada)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Confirmed(sealed, auth.User{ID: "u2"}); !fault.Is(err, fault.Conflict) {
		t.Errorf("another person: %v", err)
	}
	got, err := w.Confirmed(sealed, ada)
	if err != nil || string(got.Call.Body) != string(call.Body) || got.Application != app.ID {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := w.Confirmed(sealed, ada); !fault.Is(err, fault.Conflict) {
		t.Errorf("a second time: %v", err)
	}
	late, err := w.Ask(app.ID, call, ada)
	if err != nil {
		t.Fatal(err)
	}
	now = now.Add(confirmFor + time.Second)
	if _, err := w.Confirmed(late, ada); !fault.Is(err, fault.Conflict) {
		t.Errorf("too late: %v", err)
	}
}

func TestProfileFieldsComeFromTheOrg(t *testing.T) {
	t.Parallel()
	w, app := tryWorld(t)
	if !MayReadSchemas(app) {
		t.Fatalf("granted are %v", app.Granted)
	}
	fields, err := w.ProfileFields(t.Context(), app, Profile{Shape: "UserProfile"})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(fields, func(v catalog.Value) bool { return v.Name == "login" }) {
		t.Errorf("there is no login among %d fields", len(fields))
	}
	change, call := w.operation(t, "updateUserProfile", map[string]string{"path.schemaId": "default", catalog.KeyMode: catalog.ModeRaw,
		catalog.KeyRaw: `{"definitions":{"custom":{"id":"#custom","type":"object","properties":{"badge":{"title":"Badge","type":"string"}}}}}`})
	if _, err := w.Try(t.Context(), app.ID, change, call, 1, ada); err != nil {
		t.Fatal(err)
	}
	fields, err = w.ProfileFields(t.Context(), app, Profile{Shape: "UserProfile"})
	if err != nil || !slices.ContainsFunc(fields, func(v catalog.Value) bool { return v.Name == "badge" }) {
		t.Errorf("the property that was just made is not among %d fields, %v", len(fields), err)
	}
	app.Granted = nil
	if fields, err := w.ProfileFields(t.Context(), app, Profile{Shape: "UserProfile"}); fields != nil || err != nil {
		t.Errorf("without the scope: %d fields, %v", len(fields), err)
	}
	if fields, err := w.ProfileFields(t.Context(), app, Profile{Shape: "AppUserProfile"}); fields != nil || err != nil {
		t.Errorf("without an app: %d fields, %v", len(fields), err)
	}
}

func TestTryOfAPausedApplication(t *testing.T) {
	t.Parallel()
	w, app := tryWorld(t)
	if err := w.Pause(t.Context(), app.ID, ada); err != nil {
		t.Fatal(err)
	}
	op, call := w.operation(t, "listGroups", nil)
	if _, err := w.Try(t.Context(), app.ID, op, call, 10, ada); !fault.Is(err, fault.Busy) {
		t.Errorf("%v", err)
	}
}

// TestTryFollowsListsWithinObjects: a list that an object holds is read over all its pages, as any other.
func TestTryFollowsListsWithinObjects(t *testing.T) {
	t.Parallel()
	w, app := tryWorld(t)
	op, call := w.operation(t, "listRoles", nil)
	if !op.Pages() {
		t.Error("nobody may say how many are read")
	}
	w.Clients = okta.NewClients(okta.Options{Hosts: w.Hosts, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.URL.Path != call.Path {
			return http.DefaultTransport.RoundTrip(r)
		}
		n := len(r.URL.Query().Get("after"))
		next := ""
		if n < 2 {
			next = fmt.Sprintf(`"next":{"href":"%s%s?after=%s"}`, w.Hosts.URL(app.Domain), call.Path, strings.Repeat("x", n+1))
		}
		answer := httptest.NewRecorder()
		answer.Header().Set("Content-Type", catalog.JSON)
		fmt.Fprintf(answer, `{"roles":[{"id":"cr%d"},{"id":"cr%d"}],"_links":{%s}}`, 2*n, 2*n+1, next)
		return answer.Result(), nil
	})})
	for max, want := range map[int]int{3: 3, 10: 6} {
		answer, err := w.Try(t.Context(), app.ID, op, call, max, ada)
		if err != nil || len(answer.Entries) != want || !answer.List || answer.Within != "roles" || answer.More != (want < 6) {
			t.Errorf("at most %d: %d entries, %+v, %v", max, len(answer.Entries), answer, err)
		}
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
