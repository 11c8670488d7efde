package oktasim_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// received is one call that an event hook got.
type received struct {
	auth, custom string
	body         struct {
		EventType string
		EventID   string
		Data      struct{ Events []struct{ EventType string } }
	}
}

// listen is a server that answers Okta's verification and keeps what it is sent.
func listen(t *testing.T) (address string, got chan received) {
	t.Helper()
	got = make(chan received, 10)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			fmt.Fprintf(w, `{"verification":%q}`, r.Header.Get("X-Okta-Verification-Challenge"))
			return
		}
		data, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("read the hook's call: %v", err)
		}
		x := received{auth: r.Header.Get("Authorization"), custom: r.Header.Get("X-Team")}
		if err := json.Unmarshal(data, &x.body); err != nil {
			t.Errorf("read %s: %v", data, err)
		}
		got <- x
	}))
	t.Cleanup(srv.Close)
	return srv.URL, got
}

func hookBody(name, uri, more string) string {
	return fmt.Sprintf(`{"name":%q,"events":{"type":"EVENT_TYPE","items":["group.lifecycle.create"]},"channel":{"type":"HTTP","version":"1.0.0",
		"config":{"uri":%q,"headers":[{"key":"X-Team","value":"blue"}],"authScheme":{"type":"HEADER","key":"Authorization","value":"the-hook-secret"}}}%s}`, name, uri, more)
}

func TestEventHookDelivery(t *testing.T) {
	w := newWorld(t)
	address, got := listen(t)
	made := w.api(root, "POST", "/api/v1/eventHooks", hookBody("H", address, ""))
	if made.status != 200 || strings.Contains(made.body, "the-hook-secret") {
		t.Fatalf("create: %d %s", made.status, made.body)
	}
	path := "/api/v1/eventHooks/" + made.json(t)["id"].(string)
	if v := made.json(t)["verificationStatus"]; v != "UNVERIFIED" {
		t.Fatalf("a new hook is %v", v)
	}
	w.make("/api/v1/groups", `{"profile":{"name":"Before"}}`) // unverified: nobody is told
	if v := w.api(root, "POST", path+"/lifecycle/verify", "").json(t)["verificationStatus"]; v != "VERIFIED" {
		t.Fatalf("after the verification: %v", v)
	}
	w.make("/api/v1/groups", `{"profile":{"name":"After"}}`)
	select {
	case x := <-got:
		if x.auth != "the-hook-secret" || x.custom != "blue" || x.body.EventType != "com.okta.event_hook" || x.body.EventID == "" ||
			len(x.body.Data.Events) != 1 || x.body.Data.Events[0].EventType != "group.lifecycle.create" {
			t.Errorf("the hook got %+v", x)
		}
	case <-t.Context().Done():
		t.Fatal("the hook was not told")
	}
	w.must("POST", path+"/lifecycle/deactivate", "")
	w.make("/api/v1/groups", `{"profile":{"name":"Off"}}`)
	if len(got) != 0 {
		t.Error("a hook that is switched off, or not verified, was told")
	}
	// Another address has to prove itself again.
	if v := w.api(root, "PUT", path, hookBody("H", address+"/new", `,"status":"ACTIVE"`)).json(t); v["verificationStatus"] != "UNVERIFIED" || v["status"] != "ACTIVE" {
		t.Errorf("after the move: %v", v)
	}
}

func TestEventHookRules(t *testing.T) {
	w := newWorld(t)
	id := w.make("/api/v1/eventHooks", hookBody("H", "https://example.com/hook", ""))
	if a := w.api(root, "DELETE", "/api/v1/eventHooks/"+id, ""); a.status != 400 {
		t.Errorf("an active hook was deleted: %d", a.status)
	}
	for name, body := range map[string]string{
		"a name twice":       hookBody("H", "https://example.com/other", ""),
		"no name":            hookBody("", "https://example.com/hook", ""),
		"plain http":         hookBody("I", "http://example.com/hook", ""),
		"no event types":     strings.Replace(hookBody("I", "https://example.com/hook", ""), `"group.lifecycle.create"`, "", 1),
		"a type only logged": strings.Replace(hookBody("I", "https://example.com/hook", ""), "group.lifecycle.create", "user.lifecycle.delete.completed", 1),
		"another channel":    strings.Replace(hookBody("I", "https://example.com/hook", ""), `"type":"HTTP"`, `"type":"FAX"`, 1),
	} {
		if a := w.api(root, "POST", "/api/v1/eventHooks", body); a.status != 400 || !strings.Contains(a.body, "E0000001") {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	w.must("POST", "/api/v1/eventHooks/"+id+"/lifecycle/deactivate", "")
	w.must("DELETE", "/api/v1/eventHooks/"+id, "")
	if a := w.api(root, "GET", "/api/v1/eventHooks/"+id, ""); a.status != 404 || !strings.Contains(a.body, "(Webhook)") {
		t.Errorf("a deleted hook: %d %s", a.status, a.body)
	}
}
