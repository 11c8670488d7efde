package connect

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"caracal/db"
	"caracal/form"
	"caracal/internal/testpg"
	"caracal/oktasim"
	"caracal/org"
	"caracal/trigger"
	"caracal/workflow"
)

// hookWorld is two nodes on one PostgreSQL database, an org that lets them manage event hooks, and a trigger that listens.
type hookWorld struct {
	*world
	nodes [2]*Service
	app   string
}

func newHookWorld(t *testing.T) *hookWorld {
	t.Helper()
	w := &hookWorld{world: newWorld(t)}
	place, err := testpg.Shared(t).Make()
	if err != nil {
		t.Fatal(err)
	}
	receiver := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { // as Caracal answers Okta's challenge
		if err := json.NewEncoder(rw).Encode(map[string]string{"verification": r.Header.Get("X-Okta-Verification-Challenge")}); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(receiver.Close)
	for i := range w.nodes {
		store, err := db.Open(t.Context(), place, db.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := store.Close(); err != nil {
				t.Error(err)
			}
		})
		w.nodes[i] = &Service{DB: store, Clients: w.Clients, Keys: w.Keys, Catalog: w.Catalog, Hosts: w.Hosts, Clock: time.Now, Log: w.Log, PublicURL: receiver.URL}
	}
	w.Service = w.nodes[0]
	w.org.AddSSWS("root")
	w.org.Update(func(s *oktasim.Settings) { s.Latency = 3 * time.Millisecond })
	scopes := append([]org.Scope{HookScope}, org.DefaultScopes...)
	_, values := w.customApp(t, oktasim.ServiceApp{Scopes: names(scopes), Roles: []oktasim.Role{{Type: "SUPER_ADMIN"}}})
	values[FieldScopes] = org.JoinScopes(scopes)
	done, f := w.connect(t, org.CustomApp, values)
	if !f.OK() {
		t.Fatal(f.Errors, f.Error)
	}
	w.app = done.Application.ID
	flow, err := w.DB.CreateWorkflow(t.Context(), workflow.Definition{Name: "Heard", ApplicationID: w.app, Inputs: []workflow.Input{{Name: "x", Label: "X", Kind: form.Text}}}, ada)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.DB.CreateTrigger(t.Context(), trigger.Trigger{WorkflowID: flow.ID, Kind: trigger.OrgEvents, Name: "Heard", ApplicationID: w.app,
		Config: trigger.Config{Event: trigger.Listener{Types: []string{"group.lifecycle.create"}}}}, ada); err != nil {
		t.Fatal(err)
	}
	return w
}

// hooks lists what the org has.
func (w *hookWorld) hooks(t *testing.T) (list []eventHook) {
	t.Helper()
	w.bare(t, http.MethodGet, "/api/v1/eventHooks", nil, &list)
	return list
}

func (w *hookWorld) bare(t *testing.T, method, path string, body, v any) {
	t.Helper()
	r := httptest.NewRequest(method, "http://"+w.host+path, jsonBody(t, body))
	r.Header.Set("Authorization", "SSWS root")
	r.Header.Set("Content-Type", "application/json")
	out := httptest.NewRecorder()
	w.org.ServeHTTP(out, r)
	if out.Code >= http.StatusBadRequest {
		t.Fatalf("%s %s: %d %s", method, path, out.Code, out.Body)
	}
	if err := json.Unmarshal(out.Body.Bytes(), v); err != nil {
		t.Fatal(err)
	}
}

// TestTwoNodesRegisterOneHook: whatever two people do at the same moment on two nodes, the org has one hook or none, and
// both nodes know it.
func TestTwoNodesRegisterOneHook(t *testing.T) {
	t.Parallel()
	w := newHookWorld(t)
	both := func(do func(s *Service) error) {
		t.Helper()
		var all sync.WaitGroup
		for _, s := range w.nodes {
			all.Go(func() {
				if err := do(s); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
	}
	for range 4 {
		both(func(s *Service) error { return s.RegisterHook(t.Context(), w.app, ada) })
		list := w.hooks(t)
		src, err := w.nodes[1].DB.EventSource(t.Context(), w.app)
		if err != nil || len(list) != 1 || list[0].ID != src.HookID || list[0].Verification != "VERIFIED" || !src.HookOn || src.HookError != "" {
			t.Fatalf("the org has %+v, the nodes know %+v, %v", list, src, err)
		}
		both(func(s *Service) error { return s.UnregisterHook(t.Context(), w.app, ada) })
		if list := w.hooks(t); len(list) != 0 {
			t.Fatalf("the org still has %+v", list)
		}
	}
}

// TestAHookThatIsThereIsAdopted: a hook that calls our address already becomes ours, and those of others stay as they are.
func TestAHookThatIsThereIsAdopted(t *testing.T) {
	t.Parallel()
	w := newHookWorld(t)
	if _, err := w.MakeEventSecret(t.Context(), w.app, 0, db.SeenSecret(time.Time{}, time.Time{}), ada); err != nil {
		t.Fatal(err)
	}
	src, err := w.DB.EventSource(t.Context(), w.app)
	if err != nil {
		t.Fatal(err)
	}
	make1 := func(name, address string) string {
		t.Helper()
		var made eventHook
		w.bare(t, http.MethodPost, "/api/v1/eventHooks", eventHook{Name: name, Events: hookEvents{"EVENT_TYPE", []string{"user.lifecycle.create"}},
			Channel: hookChannel{"HTTP", "1.0.0", hookConfig{URI: address}}}, &made)
		return made.ID
	}
	others := make1("Somebody else's", w.PublicURL+"/elsewhere")
	mine := make1("Pasted by hand", w.EventURL(src))
	if err := w.RegisterHook(t.Context(), w.app, ada); err != nil {
		t.Fatal(err)
	}
	if src, err = w.DB.EventSource(t.Context(), w.app); err != nil || src.HookID != mine {
		t.Errorf("it registered %s beside %s, %v", src.HookID, mine, err)
	}
	for _, h := range w.hooks(t) {
		switch types := fmt.Sprint(h.Events.Items); {
		case h.ID == mine && types == "[group.lifecycle.create]" && h.Verification == "VERIFIED":
		case h.ID == others && types == "[user.lifecycle.create]":
		default:
			t.Errorf("the org has %+v", h)
		}
	}
	if n := len(w.hooks(t)); n != 2 {
		t.Errorf("the org has %d hooks", n)
	}
}

// TestAHookIsHeldByOne: while one node holds a hook no other gets it, and a node that died with it holds it for two minutes.
func TestAHookIsHeldByOne(t *testing.T) {
	t.Parallel()
	w := newHookWorld(t)
	ctx := t.Context()
	claim := func(s *Service, holder string, most time.Duration, want bool) {
		t.Helper()
		if held, err := s.DB.ClaimHook(ctx, w.app, holder, most); err != nil || held != want {
			t.Errorf("%s: %v, %v", holder, held, err)
		}
	}
	claim(w.nodes[0], "a", time.Minute, true)
	claim(w.nodes[1], "b", time.Minute, false)
	if err := w.nodes[1].DB.ReleaseHook(ctx, w.app, "b"); err != nil { // it has nothing to let go
		t.Error(err)
	}
	claim(w.nodes[1], "b", time.Minute, false)
	if err := w.nodes[0].DB.ReleaseHook(ctx, w.app, "a"); err != nil {
		t.Error(err)
	}
	claim(w.nodes[1], "b", -time.Second, true) // it died, and its time is over
	claim(w.nodes[0], "a", time.Minute, true)
}

func jsonBody(t *testing.T, v any) *bytes.Reader {
	t.Helper()
	if v == nil {
		return bytes.NewReader(nil)
	}
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.NewReader(text)
}
