package oktasim_test

import (
	"fmt"
	"strings"
	"testing"
)

const (
	samlSignOn = `{"ssoAcsUrl":"https://sp.example.com/acs","audience":"https://sp.example.com","recipient":"https://sp.example.com/acs",
		"destination":"https://sp.example.com/acs","subjectNameIdTemplate":"${user.userName}",
		"subjectNameIdFormat":"urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress","signatureAlgorithm":"RSA_SHA256",
		"digestAlgorithm":"SHA256","authnContextClassRef":"urn:oasis:names:tc:SAML:2.0:ac:classes:Password"%s}`
	oidcApp = `{"name":"oidc_client","label":"%s","signOnMode":"OPENID_CONNECT","credentials":{"oauthClient":%s},"settings":{"oauthClient":%s}}`
	webApp  = `{"application_type":"web","redirect_uris":["https://app.example.com/cb"],"grant_types":["authorization_code"],"response_types":["code"]}`
)

func samlApp(label, more string) string {
	return fmt.Sprintf(`{"label":"%s","signOnMode":"SAML_2_0","visibility":{"hide":{"iOS":false,"web":false}},"settings":{"signOn":`+samlSignOn+`}}`, label, more)
}

// at follows a dotted path into an answer.
func at(m map[string]any, path string) any {
	var v any = m
	for _, k := range strings.Split(path, ".") {
		o, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = o[k]
	}
	return v
}

func TestAppDefaults(t *testing.T) {
	w := newWorld(t)
	for _, tt := range []struct {
		name, body string
		want       map[string]any
	}{
		{"bookmark", `{"name":"bookmark","label":"B","settings":{"app":{"url":"https://example.com"}}}`, map[string]any{
			"signOnMode": "BOOKMARK", "status": "ACTIVE", "visibility.hide.web": false, "visibility.appLinks.login": true,
			"settings.app.requestIntegration": false, "credentials.scheme": nil, "credentials.userNameTemplate.template": "${source.login}"}},
		{"swa", `{"name":"template_swa","label":"S","signOnMode":"BROWSER_PLUGIN","settings":{"app":{"buttonField":"b","passwordField":"p","usernameField":"u","url":"https://example.com","checkbox":""}}}`, map[string]any{
			"credentials.scheme": "EDIT_USERNAME_AND_PASSWORD", "credentials.revealPassword": false, "settings.app.checkbox": nil}},
		{"shared", `{"name":"template_swa","label":"S","signOnMode":"BROWSER_PLUGIN","credentials":{"scheme":"SHARED_USERNAME_AND_PASSWORD","userName":"team","password":{"value":"s3cret"}},"settings":{"app":{"buttonField":"b","passwordField":"p","usernameField":"u","url":"https://example.com"}}}`, map[string]any{
			"credentials.userName": "team", "credentials.password.value": nil}},
		{"catalog swa", `{"name":"aws_console","label":"A","signOnMode":"AUTO_LOGIN"}`, map[string]any{
			"signOnMode": "BROWSER_PLUGIN", "visibility.appLinks.aws_console_login": true}},
		{"not listed", `{"name":"acme_portal","label":"P","signOnMode":"SAML_2_0","settings":{"app":{"siteUrl":"https://p.example.com"}}}`, map[string]any{
			"name": "acme_portal", "signOnMode": "SAML_2_0", "settings.app.siteUrl": "https://p.example.com"}},
		{"only provisioning", `{"name":"deelhr","label":"D","signOnMode":"AUTO_LOGIN"}`, map[string]any{"signOnMode": nil, "credentials.scheme": nil}},
		{"web client", fmt.Sprintf(oidcApp, "W", "{}", webApp), map[string]any{
			"visibility.hide.web": true, "settings.oauthClient.consent_method": "TRUSTED", "settings.oauthClient.issuer_mode": "DYNAMIC",
			"credentials.oauthClient.token_endpoint_auth_method": "client_secret_basic", "credentials.oauthClient.pkce_required": false,
			"settings.oauthClient.refresh_token": nil}},
		{"page client", fmt.Sprintf(oidcApp, "P", "{}", `{"application_type":"browser","redirect_uris":["https://a.example.com"],"grant_types":["authorization_code","refresh_token"]}`), map[string]any{
			"credentials.oauthClient.token_endpoint_auth_method": "none", "credentials.oauthClient.client_secret": nil,
			"credentials.oauthClient.pkce_required": true, "settings.oauthClient.refresh_token.rotation_type": "STATIC"}},
		{"saml", samlApp("Pay Roll!", ""), map[string]any{
			"name": "example_payroll_1", "visibility.appLinks.example_payroll_1_link": true, "settings.signOn.spIssuer": nil,
			"settings.signOn.slo.enabled": false, "settings.signOn.idpIssuer": "http://www.okta.com/${org.externalKey}"}},
		{"saml with logout", samlApp("Second", `,"slo":{"enabled":true,"issuer":"https://sp.example.com","logoutUrl":"https://sp.example.com/out"}`), map[string]any{
			"name": "example_second_2", "settings.signOn.spIssuer": "https://sp.example.com"}},
		{"custom swa", `{"label":"Own","signOnMode":"AUTO_LOGIN","visibility":{},"settings":{"signOn":{"loginUrl":"https://own.example.com"}}}`, map[string]any{
			"signOnMode": "AUTO_LOGIN", "name": "example_own_3", "credentials.scheme": "EDIT_USERNAME_AND_PASSWORD"}},
	} {
		a := w.api(root, "POST", "/api/v1/apps", tt.body)
		if a.status != 200 {
			t.Errorf("%s: %d %s", tt.name, a.status, a.body)
			continue
		}
		got := a.json(t)
		for path, want := range tt.want {
			if v := at(got, path); v != want {
				t.Errorf("%s: %s is %v, want %v", tt.name, path, v, want)
			}
		}
	}
}

func TestAppRefused(t *testing.T) {
	w := newWorld(t)
	w.make("/api/v1/apps", fmt.Sprintf(oidcApp, "Taken", "{}", webApp))
	service := func(cred, more string) string {
		return fmt.Sprintf(oidcApp, "X", cred, `{"application_type":"service","grant_types":["client_credentials"],"response_types":["token"]`+more+`}`)
	}
	for _, tt := range []struct{ name, body, code, text string }{
		{"no JSON", `{`, "E0000003", ""},
		{"a mode nobody knows", `{"name":"bookmark","label":"B","signOnMode":"MAGIC"}`, "E0000003", ""},
		{"settings of the wrong type", `{"name":"bookmark","label":"B","settings":[]}`, "E0000003", ""},
		{"no label", `{"name":"bookmark","settings":{"app":{"url":"https://example.com"}}}`, "E0000001", "label"},
		{"a long label", `{"name":"bookmark","label":"` + strings.Repeat("x", 101) + `","settings":{"app":{"url":"https://example.com"}}}`, "E0000001", "label"},
		{"no address", `{"name":"bookmark","label":"B"}`, "E0000001", "url"},
		{"a name no integration has", `{"name":"no such app","label":"B","signOnMode":"SAML_2_0"}`, "E0000001", "name"},
		{"a template Okta has not", `{"name":"template_magic","label":"B","signOnMode":"SAML_2_0"}`, "E0000001", "name"},
		{"another integration that does not say how it signs in", `{"name":"acme_portal","label":"B"}`, "E0000001", "name"},
		{"one of Okta's own", `{"name":"saasure","label":"B","signOnMode":"OPENID_CONNECT"}`, "E0000001", "name"},
		{"a mode the integration has not", `{"name":"bookmark","label":"B","signOnMode":"SAML_2_0"}`, "E0000001", "signOnMode"},
		{"an OpenID app without name", `{"label":"B","signOnMode":"OPENID_CONNECT"}`, "E0000001", "mediated"},
		{"SAML without visibility", strings.Replace(samlApp("S", ""), "visibility", "v", 1), "E0000001", "Missing visibility"},
		{"SAML without audience", strings.Replace(samlApp("S", ""), `"audience":"https://sp.example.com",`, "", 1), "E0000001", "audience"},
		{"shared without password", `{"name":"template_sps","label":"S","credentials":{"scheme":"SHARED_USERNAME_AND_PASSWORD","userName":"x"},"settings":{"app":{"passwordField":"p","usernameField":"u","url":"https://example.com"}}}`, "E0000001", "credentials"},
		{"a label another client has", fmt.Sprintf(oidcApp, "Taken", "{}", webApp), "E0000001", "already exists"},
		{"no redirect", fmt.Sprintf(oidcApp, "X", "{}", `{"application_type":"web"}`), "E0000001", "redirect_uris"},
		{"a grant the type has not", fmt.Sprintf(oidcApp, "X", "{}", `{"application_type":"service","grant_types":["authorization_code"]}`), "E0000001", "grant_types"},
		{"a response without its grant", fmt.Sprintf(oidcApp, "X", "{}", `{"application_type":"web","redirect_uris":["https://a.example.com"],"grant_types":["authorization_code"],"response_types":["code","id_token"]}`), "E0000001", "response_types"},
		{"a type nobody knows", fmt.Sprintf(oidcApp, "X", "{}", `{"application_type":"toaster"}`), "E0000001", "application_type"},
		{"a key missing", service(`{"token_endpoint_auth_method":"private_key_jwt"}`, ""), "E0000001", "jwks"},
		{"a private key", service(`{"token_endpoint_auth_method":"private_key_jwt"}`, `,"jwks":{"keys":[{"kty":"EC","kid":"1","x":"AAAA","y":"AAAA","d":"AAAA"}]}`), "E0000001", "private"},
		{"one kid twice", service(`{"token_endpoint_auth_method":"private_key_jwt"}`, `,"jwks":{"keys":[{"kty":"EC","kid":"1","x":"AAAA","y":"AAAA"},{"kty":"EC","kid":"1","x":"AAAB","y":"AAAB"}]}`), "E0000001", "kid"},
		{"a secret of two lines", fmt.Sprintf(oidcApp, "X", `{"client_secret":"one\ntwo"}`, webApp), "E0000001", "client_secret"},
		{"a service that does not authenticate", service(`{"token_endpoint_auth_method":"none"}`, ""), "E0000001", "token_endpoint_auth_method"},
	} {
		a := w.api(root, "POST", "/api/v1/apps", tt.body)
		if a.status != 400 || !strings.Contains(a.body, tt.code) || !strings.Contains(a.body, tt.text) {
			t.Errorf("%s: %d %s, want 400 %s with %q", tt.name, a.status, a.body, tt.code, tt.text)
		}
	}
	if n := len(w.org.Events("application.lifecycle.create")); n != 1 {
		t.Errorf("%d apps were created, want the first alone", n)
	}
}

func TestAppReplaceKeepsIdentity(t *testing.T) {
	w := newWorld(t)
	made := w.api(root, "POST", "/api/v1/apps", fmt.Sprintf(oidcApp, "One", "{}", webApp)).json(t)
	path := "/api/v1/apps/" + made["id"].(string)
	got := w.api(root, "PUT", path, fmt.Sprintf(oidcApp, "Two", `{"client_secret":""}`, webApp)).json(t)
	for _, p := range []string{"id", "created", "credentials.oauthClient.client_id", "credentials.oauthClient.client_secret"} {
		if at(got, p) != at(made, p) {
			t.Errorf("replace changed %s from %v to %v", p, at(made, p), at(got, p))
		}
	}
	if got["label"] != "Two" {
		t.Errorf("the label is %v", got["label"])
	}
	if read := w.api(root, "GET", path, "").json(t); at(read, "credentials.oauthClient.client_secret") != nil {
		t.Error("a GET shows the client secret")
	}
	if a := w.api(root, "PUT", path, `{"name":"bookmark","label":"Two","signOnMode":"BOOKMARK"}`); a.status != 400 {
		t.Errorf("an app became another: %d %s", a.status, a.body)
	}
}

func TestAppDeletedOnlyInactive(t *testing.T) {
	w := newWorld(t)
	id := w.make("/api/v1/apps", `{"name":"bookmark","label":"B","settings":{"app":{"url":"https://example.com"}}}`)
	path := "/api/v1/apps/" + id
	if a := w.api(root, "DELETE", path, ""); a.status != 403 || !strings.Contains(a.body, "E0000056") {
		t.Fatalf("delete of an active app: %d %s", a.status, a.body)
	}
	for range 2 { // a second time changes nothing
		if a := w.api(root, "POST", path+"/lifecycle/deactivate", ""); a.status != 200 || strings.TrimSpace(a.body) != "{}" {
			t.Fatalf("deactivate: %d %s", a.status, a.body)
		}
	}
	if got := w.api(root, "GET", path, "").json(t); got["status"] != "INACTIVE" || at(got, "_links.activate") == nil || at(got, "_links.deactivate") != nil {
		t.Errorf("an inactive app reads %v", got)
	}
	if a := w.api(root, "DELETE", path, ""); a.status != 204 {
		t.Fatalf("delete: %d %s", a.status, a.body)
	}
	if a := w.api(root, "GET", path, ""); a.status != 404 || !strings.Contains(a.body, "E0000007") {
		t.Errorf("a deleted app: %d %s", a.status, a.body)
	}
	for event, want := range map[string]int{"application.lifecycle.create": 1, "application.lifecycle.deactivate": 1, "application.lifecycle.delete": 1} {
		if n := len(w.org.Events(event)); n != want {
			t.Errorf("%d events %s, want %d", n, event, want)
		}
	}
	for _, a := range w.api(root, "GET", "/api/v1/apps", "").list(t) {
		if a["name"] == "saasure" {
			if r := w.api(root, "POST", "/api/v1/apps/"+a["id"].(string)+"/lifecycle/deactivate", ""); r.status != 403 {
				t.Errorf("the admin console was switched off: %d", r.status)
			}
		}
	}
}

func TestAppList(t *testing.T) {
	w := newWorld(t)
	for i := range 5 {
		w.make("/api/v1/apps", fmt.Sprintf(`{"name":"bookmark","label":"Mark %d","settings":{"app":{"url":"https://example.com"}}}`, i))
	}
	labels := func(path string) (out []string) {
		for path != "" {
			a := w.api(root, "GET", path, "")
			if a.status != 200 {
				t.Fatalf("GET %s: %d %s", path, a.status, a.body)
			}
			for _, app := range a.list(t) {
				out = append(out, app["label"].(string))
			}
			path = ""
			for _, l := range a.header.Values("Link") {
				if href, next := strings.CutSuffix(l, `>; rel="next"`); next {
					path = strings.TrimPrefix(href, "<")
				}
			}
		}
		return out
	}
	for query, want := range map[string]string{
		"?q=mark&limit=2": "Mark 0,Mark 1,Mark 2,Mark 3,Mark 4",
		"?q=nothing":      "",
		"?limit=200&filter=name+eq+%22saasure%22": "Okta Admin Console",
		"?filter=status+eq+%22INACTIVE%22":        "",
	} {
		if got := strings.Join(labels("/api/v1/apps"+query), ","); got != want {
			t.Errorf("%s lists %q, want %q", query, got, want)
		}
	}
	for query, want := range map[string]string{"?expand=user/id,group/id": "Expand query is malformed", "?filter=label+eq+%22x%22": "E0000031"} {
		if a := w.api(root, "GET", "/api/v1/apps"+query, ""); a.status != 400 || !strings.Contains(a.body, want) {
			t.Errorf("%s: %d %s", query, a.status, a.body)
		}
	}
}
