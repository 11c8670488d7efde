package handlers_test

import (
	"strings"
	"testing"

	"caracal/internal/testenv"
	"caracal/okta"
	"caracal/org"
)

// TestPageKnowsTheLastToken takes the key of a connected app away: the next call that needs a token, whoever
// makes it, leaves Okta's refusal on the application's page, and the next token takes it off again.
func TestPageKnowsTheLastToken(t *testing.T) {
	t.Parallel()
	app := testenv.New(t)
	connected := app.Connect(org.CustomApp)
	at, ready := "/applications/"+connected.ID, app.Ready.Demo.Custom
	const refused = "Okta refused the last token"
	page := func() string { // after a call that needed a new token
		app.App.Clients.Forget(connected.ID)
		app.Get("/pick/group?application=" + connected.ID + "&q=every")
		return app.Get(at).Text
	}
	other, err := okta.GenerateKey(okta.ES256)
	if err != nil {
		t.Fatal(err)
	}
	mine, err := okta.ParseKey(ready.Secret.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	set := func(k okta.Key) {
		t.Helper()
		if err := app.Org.SetKeys(ready.ClientID, `{"keys":[`+k.PublicJWK()+`]}`); err != nil {
			t.Fatal(err)
		}
	}
	set(other)
	app.Eventually("the refusal to be on the page", func() bool {
		text := page()
		return strings.Contains(text, refused) && strings.Contains(text, "does not accept this key")
	})
	set(mine)
	app.Eventually("the refusal to be off the page", func() bool { return !strings.Contains(page(), refused) })
}
