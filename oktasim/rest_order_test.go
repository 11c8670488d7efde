package oktasim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// making makes objects as Super Administrator.
type making struct {
	t *testing.T
	o *Org
}

func (m making) id(path, body string) string {
	m.t.Helper()
	code, text := ask(m.o, "POST", path, body)
	var made struct{ ID, Kid string }
	if err := json.Unmarshal([]byte(text), &made); err != nil || code >= 300 {
		m.t.Fatalf("POST %s: %d %s", path, code, text)
	}
	return made.ID + made.Kid
}

// order is how a list shows its entries: by name, with their priorities.
func (m making) order(path string) string {
	m.t.Helper()
	_, text := ask(m.o, "GET", path, "")
	var list []struct {
		Name     string
		Priority int
	}
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		m.t.Fatalf("GET %s: %s", path, text)
	}
	byPriority := make([]string, 200)
	for _, e := range list {
		byPriority[e.Priority] += fmt.Sprintf("%s %d, ", e.Name, e.Priority)
	}
	return strings.TrimSuffix(strings.Join(byPriority, ""), ", ")
}

// TestPriorities holds how rules and policies are ordered: what has no priority comes last, a priority that is taken moves the
// others down, and what goes leaves a gap only before a catch-all.
func TestPriorities(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string][]string{
		"OKTA_SIGN_ON":  {"A 1, B 2, C 3", "D 1, A 2, B 3, C 4", "D 1, B 2, C 3", "D 1, A 2, B 3, C 4", "D 1, B 2, C 3, A 4"},
		"ACCESS_POLICY": {"A 1, B 2, C 3, Catch-all Rule 99", "D 1, A 2, B 3, C 4, Catch-all Rule 99", "D 1, B 3, C 4, Catch-all Rule 99", "D 1, A 2, B 3, C 4, Catch-all Rule 99", "D 1, B 3, C 4, A 5, Catch-all Rule 99"},
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			m := making{t, restOrg()}
			rules := "/api/v1/policies/" + m.id("/api/v1/policies", `{"type":"`+kind+`","name":"P"}`) + "/rules"
			see := func(i int) {
				t.Helper()
				if got := m.order(rules); got != want[i] {
					t.Errorf("%d: %s, want %s", i, got, want[i])
				}
			}
			ids := map[string]string{}
			for _, name := range []string{"A", "B", "C"} {
				ids[name] = m.id(rules, `{"name":"`+name+`"}`)
			}
			see(0)
			m.id(rules, `{"name":"D","priority":1}`)
			see(1)
			ask(m.o, "DELETE", rules+"/"+ids["A"], "")
			see(2)
			again := m.id(rules, `{"name":"A","priority":2}`)
			see(3)
			if code, text := ask(m.o, "PUT", rules+"/"+again, `{"name":"A","priority":`+map[string]string{"OKTA_SIGN_ON": "4", "ACCESS_POLICY": "5"}[kind]+`}`); code != http.StatusOK {
				t.Fatalf("replace: %d %s", code, text)
			}
			see(4)
		})
	}
	m := making{t, restOrg()}
	m.id("/api/v1/policies", `{"type":"PASSWORD","name":"First"}`)
	m.id("/api/v1/policies", `{"type":"PASSWORD","name":"Before","priority":1}`)
	if got := m.order("/api/v1/policies?type=PASSWORD"); got != "Before 1, First 2, Default Policy 3" {
		t.Errorf("policies: %s", got)
	}
}

// TestNamedByRules holds that what a rule names can't be deleted.
func TestNamedByRules(t *testing.T) {
	t.Parallel()
	m := making{t, restOrg()}
	zone := m.id("/api/v1/zones", `{"name":"HQ","type":"IP"}`)
	device := m.id("/api/v1/device-assurances", `{"name":"Phones","platform":"IOS"}`)
	ask(m.o, "POST", "/api/v1/zones/"+zone+"/lifecycle/deactivate", "")
	rules := "/api/v1/policies/" + m.id("/api/v1/policies", `{"type":"ACCESS_POLICY","name":"P"}`) + "/rules"
	rule := m.id(rules, `{"name":"R","conditions":{"network":{"connection":"ZONE","exclude":["`+zone+`"]},"device":{"assurance":{"include":["`+device+`"]}}}}`)
	for range 2 {
		for _, path := range []string{"/api/v1/zones/" + zone, "/api/v1/device-assurances/" + device} {
			if code, text := ask(m.o, "DELETE", path, ""); code != http.StatusBadRequest || !strings.Contains(text, "The rule 'R'") {
				t.Errorf("DELETE %s: %d %s", path, code, text)
			}
		}
	}
	ask(m.o, "DELETE", rules+"/"+rule, "")
	for _, path := range []string{"/api/v1/zones/" + zone, "/api/v1/device-assurances/" + device} {
		if code, text := ask(m.o, "DELETE", path, ""); code != http.StatusNoContent {
			t.Errorf("DELETE %s: %d %s", path, code, text)
		}
	}
}

// TestLeafObjects holds what some objects show of themselves, and how they go.
func TestLeafObjects(t *testing.T) {
	t.Parallel()
	m := making{t, restOrg()}
	policy := "/api/v1/policies/" + m.id("/api/v1/policies", `{"type":"ACCESS_POLICY","name":"P"}`)
	app := m.id("/api/v1/apps", `{"name":"bookmark","label":"Wiki","signOnMode":"BOOKMARK","settings":{"app":{"url":"https://wiki.example.com"}}}`)
	mapping := policy + "/mappings/" + m.id(policy+"/mappings", `{"resourceId":"`+app+`","resourceType":"APP"}`)
	if _, text := ask(m.o, "GET", mapping, ""); strings.Contains(text, "resourceId") || !strings.Contains(text, "/api/v1/apps/"+app) || !strings.Contains(text, policy+`"`) {
		t.Errorf("a mapping shows %s", text)
	}
	if code, text := ask(m.o, "POST", policy+"/mappings", `{"resourceId":"0oaNoSuchApp00000000","resourceType":"APP"}`); code != http.StatusNotFound {
		t.Errorf("an app that is not there was mapped: %d %s", code, text)
	}
	key := "/api/v1/idps/credentials/keys/" + m.id("/api/v1/idps/credentials/keys", `{"x5c":["MIID"]}`)
	if code, text := ask(m.o, "GET", key, ""); code != http.StatusOK || strings.Contains(text, `"id"`) || !strings.Contains(text, `"kid"`) {
		t.Errorf("a key shows %d %s", code, text)
	}
	server := "/api/v1/authorizationServers/" + m.id("/api/v1/authorizationServers", `{"name":"S","audiences":["api://s"]}`)
	claim := m.id(server+"/claims", `{"name":"c","claimType":"RESOURCE","value":"user.login","status":"INACTIVE"}`)
	if _, text := ask(m.o, "GET", server+"/claims/"+claim, ""); !strings.Contains(text, `"INACTIVE"`) {
		t.Errorf("a claim that is off shows %s", text)
	}
	mail := "/api/v1/brands/" + m.o.rest.items["/api/v1/brands"][0].id + "/templates/email/UserActivation/customizations"
	m.id(mail, `{"language":"en","subject":"Hello","body":"Hi"}`)
	m.id(mail, `{"language":"fr","subject":"Bonjour","body":"Salut"}`)
	if code, _ := ask(m.o, "DELETE", mail, ""); code != http.StatusNoContent {
		t.Errorf("delete all customizations: %d", code)
	}
	if _, text := ask(m.o, "GET", mail, ""); strings.TrimSpace(text) != "[]" {
		t.Errorf("left are %s", text)
	}
}
