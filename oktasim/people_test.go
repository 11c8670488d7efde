package oktasim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// peopleOrg is an org with its API token and a clock that the test moves.
type peopleOrg struct {
	t   *testing.T
	org *Org
	now time.Time
}

func newPeopleOrg(t *testing.T) *peopleOrg {
	t.Helper()
	p := &peopleOrg{t: t, now: time.Date(2026, 5, 4, 10, 0, 0, 0, time.UTC)}
	p.org = New(Config{SSWS: []string{"secret"}, BaseURL: "https://org.example.com", Clock: func() time.Time { return p.now },
		Settings: Settings{NoRateLimit: true}})
	return p
}

// call sends one request and returns the status, the body, and the answer's header.
func (p *peopleOrg) call(method, path string, body any) (int, map[string]any, http.Header) {
	p.t.Helper()
	status, raw, header := p.raw(method, path, body)
	var out map[string]any
	if len(raw) > 0 && raw[0] == '{' {
		if err := json.Unmarshal(raw, &out); err != nil {
			p.t.Fatalf("%s %s: %v in %s", method, path, err, raw)
		}
	}
	return status, out, header
}

func (p *peopleOrg) raw(method, path string, body any) (int, []byte, http.Header) {
	p.t.Helper()
	var buf bytes.Buffer
	switch b := body.(type) {
	case nil:
	case string:
		buf.WriteString(b)
	default:
		if err := json.NewEncoder(&buf).Encode(b); err != nil {
			p.t.Fatal(err)
		}
	}
	r := httptest.NewRequest(method, path, &buf)
	r.Header.Set("Authorization", "SSWS secret")
	w := httptest.NewRecorder()
	p.org.ServeHTTP(w, r)
	return w.Code, bytes.TrimSpace(w.Body.Bytes()), w.Result().Header
}

// must is call for a request that has to succeed.
func (p *peopleOrg) must(method, path string, body any) map[string]any {
	p.t.Helper()
	status, out, _ := p.call(method, path, body)
	if status >= 300 {
		p.t.Fatalf("%s %s: %d %v", method, path, status, out)
	}
	return out
}

// refused is call for a request that has to fail with the status and Okta's code.
func (p *peopleOrg) refused(method, path string, body any, status int, code string) map[string]any {
	p.t.Helper()
	got, out, _ := p.call(method, path, body)
	if got != status || out["errorCode"] != code {
		p.t.Fatalf("%s %s: got %d %v %v, want %d %s", method, path, got, out["errorCode"], out["errorCauses"], status, code)
	}
	return out
}

func (p *peopleOrg) list(path string) []map[string]any {
	p.t.Helper()
	status, raw, _ := p.raw(http.MethodGet, path, nil)
	var out []map[string]any
	if status != http.StatusOK || json.Unmarshal(raw, &out) != nil {
		p.t.Fatalf("GET %s: %d %s", path, status, raw)
	}
	return out
}

func person(name string, more ...string) map[string]any {
	profile := map[string]any{"firstName": name, "lastName": "Test", "login": strings.ToLower(name) + "@example.com", "email": strings.ToLower(name) + "@example.com"}
	for i := 0; i+1 < len(more); i += 2 {
		profile[more[i]] = more[i+1]
	}
	return profile
}

func (p *peopleOrg) user(profile map[string]any) string {
	p.t.Helper()
	return p.must(http.MethodPost, "/api/v1/users", map[string]any{"profile": profile,
		"credentials": map[string]any{"password": map[string]any{"value": "Quiet7river"}}})["id"].(string)
}

func (p *peopleOrg) group(name string) string {
	p.t.Helper()
	return p.must(http.MethodPost, "/api/v1/groups", map[string]any{"profile": map[string]any{"name": name}})["id"].(string)
}

func (p *peopleOrg) rule(name, expression, groupID string) string {
	p.t.Helper()
	return p.must(http.MethodPost, "/api/v1/groups/rules", ruleOf(name, expression, groupID))["id"].(string)
}

func ruleOf(name, expression, groupID string) map[string]any {
	return map[string]any{"type": "group_rule", "name": name,
		"conditions": map[string]any{"expression": map[string]any{"value": expression, "type": "urn:okta:expression:1.0"}},
		"actions":    map[string]any{"assignUserToGroups": map[string]any{"groupIds": []string{groupID}}}}
}

func (p *peopleOrg) status(id string) string {
	u, ok := p.org.FindUser(id)
	if !ok {
		return "gone"
	}
	return u.Status
}

func (p *peopleOrg) members(group string) string { return strings.Join(p.org.Members(group), " ") }

func cause(out map[string]any) string {
	causes, _ := out["errorCauses"].([]any)
	if len(causes) == 0 {
		return ""
	}
	return fmt.Sprint(causes[0].(map[string]any)["errorSummary"])
}
