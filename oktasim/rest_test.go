package oktasim

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// ask calls an org as Super Administrator.
func ask(o *Org, method, path, body string) (int, string) {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "SSWS t")
	w := httptest.NewRecorder()
	o.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func restOrg() *Org { return New(Config{SSWS: []string{"t"}, Settings: Settings{NoRateLimit: true}}) }

// TestEveryScopeHasAnOperation: a scope without one could not be checked.
func TestEveryScopeHasAnOperation(t *testing.T) {
	t.Parallel()
	o := restOrg()
	used := map[string]bool{}
	for _, rt := range o.allRoutes() {
		used[rt.scope] = true
	}
	// Okta declares these and has no operation for them, or only operations that
	// do something to the outside world and so have no harmless probe.
	none := []string{"okta.manifests", "okta.privilegedResources", "okta.resourceSelectors", "okta.riskEvents", "okta.dr.manage", "okta.features.manage"}
	for _, s := range apiScopes {
		if !used[s] && !slices.ContainsFunc(none, func(p string) bool { return strings.HasPrefix(s, p) }) {
			t.Errorf("no operation needs the scope %s", s)
		}
	}
}

// TestScopeIsEnforced tries every operation with its scope and without.
func TestScopeIsEnforced(t *testing.T) {
	t.Parallel()
	o := restOrg()
	for _, rt := range o.allRoutes() {
		if rt.scope == "" || rt.scope == "-" {
			continue
		}
		with := func(scopes ...string) *apiError {
			p := &principal{kind: clientPrincipal, client: &client{id: "0oa", kind: serviceClient}, scopes: map[string]bool{}, grants: &grants{all: true}}
			for _, s := range scopes {
				p.scopes[s] = true
			}
			r := httptest.NewRequest(rt.method, "/", nil)
			return o.authorize(&call{o: o, r: r, w: httptest.NewRecorder(), route: &rt, principal: p, params: map[string]string{}, query: r.URL.Query()})
		}
		if err := with(rt.scope); err != nil {
			t.Errorf("%s %s with %s: %v", rt.method, rt.pattern, rt.scope, err)
		}
		err := with("okta.nothing.read")
		if err == nil || err.status != http.StatusForbidden || !strings.Contains(err.header.Get("WWW-Authenticate"), rt.scope) {
			t.Errorf("%s %s without %s: %v", rt.method, rt.pattern, rt.scope, err)
		}
	}
}

// TestCollectionsAnswer lists every collection and asks each for an object that is not there.
func TestCollectionsAnswer(t *testing.T) {
	t.Parallel()
	o := restOrg()
	const bogus = "xxxNoSuchObject00001"
	for _, r := range restTable() {
		path := r.path
		inside := strings.Contains(path, "{")
		for strings.Contains(path, "{") {
			i, j := strings.Index(path, "{"), strings.Index(path, "}")
			path = path[:i] + bogus + path[j+1:]
		}
		if strings.Contains(r.ops, "l") {
			list := path
			if r.needs != "" {
				if code, _ := ask(o, "GET", list, ""); code != http.StatusBadRequest {
					t.Errorf("GET %s without %s: %d", list, r.needs, code)
				}
				list += "?" + r.needs + "=PASSWORD"
			}
			code, body := ask(o, "GET", list, "")
			switch {
			case inside && (code != http.StatusNotFound || !strings.Contains(body, "E0000007")):
				t.Errorf("GET %s inside nothing: %d %s", list, code, body)
			case !inside && (code != http.StatusOK || !json.Valid([]byte(body))):
				t.Errorf("GET %s: %d %s", list, code, body)
			}
		}
		for op, method := range map[string]string{"g": "GET", "d": "DELETE", "r": "PUT", "p": "PATCH"} {
			if !strings.Contains(r.ops, op) {
				continue
			}
			if code, body := ask(o, method, path+"/"+bogus, "{}"); code != http.StatusNotFound || !strings.Contains(body, "E0000007") {
				t.Errorf("%s %s/%s: %d %s", method, path, bogus, code, body)
			}
		}
	}
	for _, s := range singles() {
		if s.read != "" {
			if code, body := ask(o, "GET", s.path, ""); code != http.StatusOK || !json.Valid([]byte(body)) {
				t.Errorf("GET %s: %d %s", s.path, code, body)
			}
		}
	}
}

// TestCollectionRules takes network zones through their life, as an example of the table.
func TestCollectionRules(t *testing.T) {
	t.Parallel()
	o := restOrg()
	for body, field := range map[string]string{`{`: "E0000003", `{}`: "name", `{"name":"Z"}`: "type", `{"name":"Z","type":"SQUARE"}`: "type",
		`{"name":"blockedipzone","type":"IP"}`: "already exists"} {
		if code, text := ask(o, "POST", "/api/v1/zones", body); code != http.StatusBadRequest || !strings.Contains(text, field) {
			t.Errorf("POST %s: %d %s", body, code, text)
		}
	}
	code, text := ask(o, "POST", "/api/v1/zones", `{"name":"Office","type":"IP","gateways":[{"type":"CIDR","value":"10.0.0.0/8"}]}`)
	var zone struct{ ID, Status, Usage string }
	if err := json.Unmarshal([]byte(text), &zone); err != nil || code != http.StatusOK || zone.Status != "ACTIVE" || zone.Usage != "POLICY" {
		t.Fatalf("create: %d %s", code, text)
	}
	path := "/api/v1/zones/" + zone.ID
	if code, _ := ask(o, "DELETE", path, ""); code != http.StatusBadRequest {
		t.Errorf("an active zone was deleted: %d", code)
	}
	if code, text := ask(o, "POST", path+"/lifecycle/deactivate", ""); code != http.StatusOK || !strings.Contains(text, "INACTIVE") {
		t.Errorf("deactivate: %d %s", code, text)
	}
	if code, text := ask(o, "PUT", path, `{"name":"Home","type":"IP"}`); code != http.StatusOK || strings.Contains(text, "CIDR") || !strings.Contains(text, "INACTIVE") {
		t.Errorf("replace: %d %s", code, text)
	}
	if code, _ := ask(o, "DELETE", path, ""); code != http.StatusNoContent {
		t.Errorf("delete: %d", code)
	}
	for _, path := range []string{"/api/v1/policies/" + o.policyOfType("PASSWORD"), "/api/v1/zones/" + o.rest.items["/api/v1/zones"][0].id} {
		if code, _ := ask(o, "DELETE", path, ""); code != http.StatusForbidden {
			t.Errorf("Okta's own %s was deleted: %d", path, code)
		}
	}
}

// TestActions does what is more than reading and writing.
func TestActions(t *testing.T) {
	t.Parallel()
	o := restOrg()
	id := func(method, path, body string) string {
		code, text := ask(o, method, path, body)
		var made struct{ ID string }
		if err := json.Unmarshal([]byte(text), &made); err != nil || code >= 300 {
			t.Fatalf("%s %s: %d %s", method, path, code, text)
		}
		return made.ID
	}
	policy := "/api/v1/policies/" + o.policyOfType("ACCESS_POLICY")
	copied := "/api/v1/policies/" + id("POST", policy+"/clone", "")
	domain := "/api/v1/domains/" + id("POST", "/api/v1/domains", `{"domain":"login.example.com","certificateSourceType":"OKTA_MANAGED"}`)
	feature := "/api/v1/features/" + o.rest.items["/api/v1/features"][0].id
	brand := "/api/v1/brands/" + o.rest.items["/api/v1/brands"][0].id
	mail := brand + "/templates/email/UserActivation/customizations"
	id("POST", mail, `{"language":"en","subject":"Hello","body":"Hi"}`)
	for _, tt := range []struct {
		method, path, body, want string
		status                   int
	}{
		{"GET", copied + "/rules", "", "Catch-all Rule", 200},
		{"GET", copied, "", "[cloned] Any two factors", 200},
		{"POST", "/api/v1/policies/" + o.policyOfType("PASSWORD") + "/clone", "", "ACCESS_POLICY", 400},
		{"GET", policy + "/app", "", "Okta Admin Console", 200},
		{"POST", domain + "/verify", "", "VERIFIED", 200},
		{"POST", feature + "/disable", "", "DISABLED", 200},
		{"POST", feature + "/explode", "", "lifecycle", 400},
		{"GET", mail, "", "Hello", 200},
		{"POST", mail, `{"language":"fr","subject":"Bonjour"}`, "body", 400},
		{"POST", "/api/v1/org/preferences/hideEndUserFooter", "", "false", 200},
		{"GET", "/api/v1/org/preferences", "", "false", 200},
		{"POST", "/api/v1/org/privacy/oktaSupport/grant", "", "ENABLED", 200},
		{"GET", "/api/v1/org/contacts/BILLING", "", o.adminID, 200},
		{"PUT", "/api/v1/org/contacts/BILLING", `{"userId":"00uNoSuchUser0000000"}`, "E0000007", 404},
		{"GET", "/api/v1/org/contacts/NOBODY", "", "E0000007", 404},
		{"POST", "/api/v1/org", `{"city":"Oslo"}`, "Oslo", 200},
		{"PUT", "/api/v1/rate-limit-settings/per-client", `{"defaultMode":"SOMETIMES"}`, "defaultMode", 400},
	} {
		if code, text := ask(o, tt.method, tt.path, tt.body); code != tt.status || !strings.Contains(text, tt.want) {
			t.Errorf("%s %s: %d %s, want %d with %q", tt.method, tt.path, code, text, tt.status, tt.want)
		}
	}
}

func TestSecretsAreNotRead(t *testing.T) {
	t.Parallel()
	o := restOrg()
	for path, body := range map[string]string{
		"/api/v1/captchas":      `{"name":"C","siteKey":"s","secretKey":"hush-hush","type":"HCAPTCHA"}`,
		"/api/v1/email-servers": `{"alias":"a","host":"mail.example.com","password":"hush-hush","port":25,"username":"u"}`,
		"/api/v1/inlineHooks":   `{"name":"H","type":"com.okta.oauth2.tokens.transform","version":"1.0.0","channel":{"type":"HTTP","version":"1.0.0","config":{"uri":"https://example.com","authScheme":{"type":"HEADER","key":"Authorization","value":"hush-hush"}}}}`,
	} {
		code, made := ask(o, "POST", path, body)
		_, list := ask(o, "GET", path, "")
		if code >= 300 || strings.Contains(made+list, "hush-hush") {
			t.Errorf("POST %s: %d %s\n%s", path, code, made, list)
		}
	}
}

func TestLinkedObjects(t *testing.T) {
	t.Parallel()
	o := restOrg()
	const defs = "/api/v1/meta/schemas/user/linkedObjects"
	if code, text := ask(o, "POST", defs, `{"primary":{"name":"manager","title":"Manager","type":"USER"},"associated":{"name":"subordinate","title":"Subordinate","type":"USER"}}`); code != http.StatusCreated {
		t.Fatalf("define: %d %s", code, text)
	}
	ids := map[string]string{}
	for _, login := range []string{"ada@example.com", "ben@example.com"} {
		_, text := ask(o, "POST", "/api/v1/users", `{"profile":{"firstName":"A","lastName":"B","email":"`+login+`","login":"`+login+`"}}`)
		var u struct{ ID string }
		if err := json.Unmarshal([]byte(text), &u); err != nil || u.ID == "" {
			t.Fatalf("create %s: %s", login, text)
		}
		ids[login] = u.ID
	}
	if code, text := ask(o, "PUT", "/api/v1/users/ben@example.com/linkedObjects/manager/"+ids["ada@example.com"], ""); code != http.StatusNoContent {
		t.Fatalf("link: %d %s", code, text)
	}
	for path, want := range map[string]string{"ben@example.com/linkedObjects/manager": ids["ada@example.com"], "ada@example.com/linkedObjects/subordinate": ids["ben@example.com"]} {
		if code, text := ask(o, "GET", "/api/v1/users/"+path, ""); code != http.StatusOK || !strings.Contains(text, want) {
			t.Errorf("GET %s: %d %s", path, code, text)
		}
	}
	if code, _ := ask(o, "DELETE", defs+"/subordinate", ""); code != http.StatusNoContent {
		t.Errorf("delete by the other end's name: %d", code)
	}
	if code, _ := ask(o, "GET", "/api/v1/users/ben@example.com/linkedObjects/manager", ""); code != http.StatusNotFound {
		t.Errorf("a link outlived its relationship: %d", code)
	}
}
