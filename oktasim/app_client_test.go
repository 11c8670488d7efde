package oktasim_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"caracal/oktasim"
)

// TestServiceAppOverAPI makes an API service app by the API alone, grants it a
// scope, and uses it.
func TestServiceAppOverAPI(t *testing.T) {
	w := newWorld(t)
	k, other := newKey(t, "k1"), newKey(t, "k2")
	id := w.make("/api/v1/apps", fmt.Sprintf(oidcApp, "Robot", `{"token_endpoint_auth_method":"private_key_jwt"}`,
		`{"application_type":"service","grant_types":["client_credentials"],"response_types":["token"],"jwks":{"keys":[`+k.public(t)+`]}}`))
	ask := func(k key) answer { return w.token(w.assertion(id, k, "okta.groups.read", nil)) }
	grants := "/api/v1/apps/" + id + "/grants"

	if a := ask(k); a.status != 400 {
		t.Fatalf("a token without a grant: %d %s", a.status, a.body)
	}
	for _, body := range []string{`{}`, `{"scopeId":"okta.groups.read"}`, `{"issuer":"https://evil.example.com","scopeId":"okta.groups.read"}`,
		`{"issuer":"` + w.url + `","scopeId":"okta.nothing.read"}`} {
		if a := w.api(root, "POST", grants, body); a.status != 400 {
			t.Errorf("grant %s: %d %s", body, a.status, a.body)
		}
	}
	grant := w.make(grants, `{"issuer":"`+w.url+`","scopeId":"okta.groups.read"}`)
	if a := ask(k); a.status != 200 {
		t.Fatalf("a token with the grant: %d %s", a.status, a.body)
	}
	if a := ask(other); a.status != 401 {
		t.Errorf("a token by a key that is not registered: %d", a.status)
	}

	added := w.api(root, "POST", "/api/v1/apps/"+id+"/credentials/jwks", other.public(t))
	if added.status != 201 {
		t.Fatalf("add a key: %d %s", added.status, added.body)
	}
	if a := ask(other); a.status != 200 {
		t.Errorf("a token by the new key: %d %s", a.status, a.body)
	}
	jwk := "/api/v1/apps/" + id + "/credentials/jwks/" + added.json(t)["id"].(string)
	if a := w.api(root, "DELETE", jwk, ""); a.status != 400 {
		t.Errorf("an active key was deleted: %d", a.status)
	}
	w.must("POST", jwk+"/lifecycle/deactivate", "")
	if a := ask(other); a.status != 401 {
		t.Errorf("a token by a key that is switched off: %d", a.status)
	}
	w.must("DELETE", jwk, "")

	w.must("DELETE", grants+"/"+grant, "")
	if a := ask(k); a.status != 400 {
		t.Errorf("a token after the grant was revoked: %d", a.status)
	}
	w.must("POST", "/api/v1/apps/"+id+"/lifecycle/deactivate", "")
	if a := ask(k); a.status != 401 {
		t.Errorf("a token for an inactive app: %d %s", a.status, a.body)
	}
	w.must("DELETE", "/api/v1/apps/"+id, "")
	if a := ask(k); a.status != 401 {
		t.Errorf("a token for a deleted app: %d", a.status)
	}
}

func TestClientSecretRotation(t *testing.T) {
	w := newWorld(t)
	id := w.make("/api/v1/apps", fmt.Sprintf(oidcApp, "Site", `{"client_secret":"first-secret-of-all"}`, webApp))
	path := "/api/v1/apps/" + id + "/credentials/secrets"
	// The code is wrong, so a client that authenticates gets invalid_grant and one that does not invalid_client.
	knows := func(secret string) bool {
		a := w.token(url.Values{"grant_type": {"authorization_code"}, "code": {"x"}, "redirect_uri": {"https://app.example.com/cb"}, "code_verifier": {"x"}}, basic(id, secret))
		return !strings.Contains(a.body, "invalid_client")
	}
	if !knows("first-secret-of-all") || knows("some-other-secret") {
		t.Fatal("the secret that was set is not the secret")
	}
	second := w.api(root, "POST", path, `{"client_secret":"second-secret-of-all"}`)
	if second.status != 201 || !knows("second-secret-of-all") || !knows("first-secret-of-all") {
		t.Fatalf("both secrets should do: %d %s", second.status, second.body)
	}
	if a := w.api(root, "POST", path, `{}`); a.status != 400 {
		t.Errorf("a third secret: %d", a.status)
	}
	first := w.api(root, "GET", path, "").list(t)[0]["id"].(string)
	if a := w.api(root, "DELETE", path+"/"+first, ""); a.status != 400 {
		t.Errorf("an active secret was deleted: %d", a.status)
	}
	w.must("POST", path+"/"+first+"/lifecycle/deactivate", "")
	if knows("first-secret-of-all") || !knows("second-secret-of-all") {
		t.Error("the inactive secret still does, or the active one does not")
	}
	if a := w.api(root, "POST", path+"/"+second.json(t)["id"].(string)+"/lifecycle/deactivate", ""); a.status != 400 {
		t.Errorf("the last active secret was switched off: %d", a.status)
	}
}

func TestSigningKeys(t *testing.T) {
	w := newWorld(t)
	id := w.make("/api/v1/apps", samlApp("S", ""))
	path := "/api/v1/apps/" + id
	if a := w.api(root, "GET", path+"/sso/saml/metadata", ""); a.status != 200 || !strings.Contains(a.body, "X509Certificate") {
		t.Fatalf("metadata: %d %s", a.status, a.body)
	}
	if a := w.api(root, "POST", path+"/credentials/keys/generate?validityYears=1", ""); a.status != 400 {
		t.Errorf("a key for one year: %d", a.status)
	}
	made := w.api(root, "POST", path+"/credentials/keys/generate?validityYears=2", "")
	if made.status != 201 {
		t.Fatalf("generate: %d %s", made.status, made.body)
	}
	kid := made.json(t)["kid"].(string)
	body := strings.TrimSuffix(samlApp("S", ""), "}") + `,"credentials":{"signing":{"kid":"%s"}}}`
	if a := w.api(root, "PUT", path, fmt.Sprintf(body, "no-such-key")); a.status != 400 {
		t.Errorf("a kid that is not there: %d %s", a.status, a.body)
	}
	if got := w.api(root, "PUT", path, fmt.Sprintf(body, kid)).json(t); at(got, "credentials.signing.kid") != kid {
		t.Errorf("the kid in use is %v, want %s", at(got, "credentials.signing.kid"), kid)
	}
	if n := len(w.api(root, "GET", path+"/credentials/keys", "").list(t)); n != 2 {
		t.Errorf("%d keys, want 2", n)
	}
}

func TestIntegrationSecrets(t *testing.T) {
	w := newWorld(t)
	const base = "/integrations/api/v1/api-services"
	id, first, err := w.org.AddIntegration(oktasim.Integration{Name: "Vendor", Scopes: []string{"okta.users.read"}})
	if err != nil {
		t.Fatal(err)
	}
	works := func(secret string) bool {
		return w.token(url.Values{"grant_type": {"client_credentials"}, "scope": {"okta.users.read"}}, basic(id, secret)).status == 200
	}
	secrets := base + "/" + id + "/credentials/secrets"
	old := w.api(root, "GET", secrets, "").list(t)[0]["id"].(string)
	if a := w.api(root, "POST", secrets+"/"+old+"/lifecycle/deactivate", ""); a.status != 400 {
		t.Errorf("the only secret was switched off: %d", a.status)
	}
	second := w.api(root, "POST", secrets, "").json(t)["client_secret"].(string)
	if !works(first) || !works(second) || works("another") {
		t.Fatal("both secrets should do, and no other")
	}
	if a := w.api(root, "GET", secrets, ""); strings.Contains(a.body, first) || strings.Contains(a.body, second) {
		t.Errorf("a list shows a secret: %s", a.body)
	}
	w.must("POST", secrets+"/"+old+"/lifecycle/deactivate", "")
	if works(first) || !works(second) {
		t.Error("the inactive secret still does, or the active one does not")
	}
	w.must("DELETE", secrets+"/"+old, "")
	w.must("DELETE", base+"/"+id, "")
	if works(second) {
		t.Error("a removed integration gets a token")
	}
}

// TestOneSigningKey checks that the key id an OpenID Connect app names is the one that signs its ID tokens.
func TestOneSigningKey(t *testing.T) {
	w := newWorld(t)
	app := w.api(root, "POST", "/api/v1/apps", fmt.Sprintf(oidcApp, "W", "{}", webApp)).json(t)
	kid, ok := at(app, "credentials.signing.kid").(string)
	if keys := w.api("", "GET", "/oauth2/v1/keys", ""); !ok || !strings.Contains(keys.body, kid) {
		t.Errorf("the app's key %v is not among %s", at(app, "credentials.signing.kid"), keys.body)
	}
}
