package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"caracal/auth"
	"caracal/internal/testenv"
	"caracal/okta"
)

// TestConnectChecksFields: each field says how it was read before anything is submitted, and nothing is asked of an org
// or stored meanwhile.
func TestConnectChecksFields(t *testing.T) {
	t.Parallel()
	app := testenv.New(t)
	key, err := okta.GenerateKey(okta.ES256)
	if err != nil {
		t.Fatal(err)
	}
	private, err := key.Private()
	if err != nil {
		t.Fatal(err)
	}
	get := func(method, field, value string) *testenv.Page {
		return app.Get("/applications/connect/okta/check?" + url.Values{"method": {method}, "field": {field}, field: {value}}.Encode())
	}
	calls := len(app.Org.Calls())
	for _, test := range []struct{ method, field, value, at, want string }{
		{"integration", "domain", "https://acme-admin.okta.com/admin/apps", "#c-domain .field-good", "Your org is acme.okta.com."},
		{"integration", "domain", "https://acme-admin.okta.com/admin/apps", "#c-domain .field-good", "Left out -admin"},
		{"integration", "domain", "acme.example.com", "#c-domain .error", "is not an address of Okta's"},
		{"custom", "domain", strings.Repeat("x", 5000), "#c-domain .error", "shorten it"},
		{"custom", "client_id", "a b", "#c-client_id .error", "letters and digits"},
	} {
		get(test.method, test.field, test.value).Status(http.StatusOK).Has(test.at, test.want)
	}
	if page := get("custom", "domain", "acme.okta.com"); page.Attr("#connect-console a", "href") != "https://acme-admin.okta.com/admin/apps/active" {
		t.Errorf("the console is elsewhere:\n%s", page.Text)
	}
	get("custom", "domain", "").HasNot("#c-domain p").HasNot("#connect-console a")
	get("custom", "client_id", "0oa1b2c3d4e5f6g7h8i9").HasNot("#c-client_id p")
	get("custom", "secret", private.Reveal()).Status(http.StatusNotFound) // a secret stands in no address

	for _, test := range []struct{ method, secret, keyID, at, want string }{
		{"custom", private.Reveal(), "", ".field-good", "This is a private key"},
		{"custom", private.Reveal(), "mine", ".field-good", "with the KID mine"},
		{"custom", key.PublicJWK(), "", ".error", "This is the public key"},
		{"custom", private.Reveal()[:60], "", ".error", "breaks off"},
		{"custom", "a-client-secret", "", ".error", "Okta refuses a client secret"},
		{"integration", private.Reveal(), "", ".error", "use the Custom app tab"},
		{"integration", "two words", "", ".error", "no spaces"},
	} {
		page := app.Post("/applications/connect/okta/check?method="+test.method, "secret", test.secret, "key_id", test.keyID)
		page.Status(http.StatusOK).Has("#c-secret "+test.at, test.want)
		if strings.Contains(page.Text, test.secret) {
			t.Errorf("the answer shows the secret:\n%s", page.Text)
		}
	}
	if n := len(app.Org.Calls()); n != calls {
		t.Errorf("the org was called: %v", app.Org.Calls())
	}
	app.As(auth.Builder).Post("/applications/connect/okta/check", "secret", "x").Status(http.StatusForbidden)
}

// TestConnectKeepsWhatBothMethodsAsk: changing the method keeps the domain, the client ID, the scopes and the name, and
// no secret; a form that failed says that its secret has to be pasted again.
func TestConnectKeepsWhatBothMethodsAsk(t *testing.T) {
	t.Parallel()
	app := testenv.New(t)
	typed := []string{"domain", "acme.okta.com", "client_id", "0oa1", "secret", "s3cret", "scopes", "okta.users.read", "name", "Acme"}
	page := app.Post("/applications/connect/okta/method?method=custom", typed...).Status(http.StatusOK).HasNot(".error")
	page.Has(`label[for="f-domain"]`, "Instance ID")
	if page.Value(`[name="domain"]`) != "acme.okta.com" || page.Value(`[name="client_id"]`) != "0oa1" || page.Value(`[name="name"]`) != "Acme" {
		t.Error("what was typed is gone")
	}
	page.Has(`[name="scopes"]`, "okta.users.read")
	if strings.Contains(page.Text, "s3cret") {
		t.Error("the secret came back")
	}
	failed := app.Post("/applications/connect/okta?method=integration", append([]string{"method", "integration"}, append(typed[:2:2], "client_id", "a b", "secret", "s3cret", "scopes", "okta.users.read")...)...)
	failed.Status(http.StatusUnprocessableEntity).Has("#f-secret-help", "Paste it again")
	if strings.Contains(failed.Text, "s3cret") {
		t.Error("the secret came back")
	}
}
