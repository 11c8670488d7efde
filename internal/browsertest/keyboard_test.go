package browsertest_test

import (
	"testing"

	"caracal/internal/browsertest"
	"caracal/internal/testenv"
)

// TestConnectByKeyboard connects an org with the keyboard alone, from the skip link to Submit.
func TestConnectByKeyboard(t *testing.T) {
	t.Parallel()
	app := testenv.New(t)
	ready := app.Ready.Demo.OIN
	tab := browsertest.Open(t, app)
	tab.SignIn(ada)
	tab.Go("/applications/connect/okta")
	tab.See("API Domain")
	tabTo(t, tab, `a.skip`)
	tab.Press("\r")
	for _, f := range []struct{ field, text string }{
		{`[name="domain"]`, ready.Domain}, {`[name="client_id"]`, ready.ClientID}, {`[name="secret"]`, ready.Secret.Reveal()},
	} {
		tabTo(t, tab, f.field)
		tab.Press(f.text)
	}
	tabTo(t, tab, `#connect button[type="submit"]:not([formaction])`)
	tab.Press("\r")
	tab.SeeAt("h1", "Simulated org")
}

// tabTo presses Tab until the element has the focus.
func tabTo(t *testing.T, tab *browsertest.Tab, selector string) {
	t.Helper()
	for range 60 {
		if tab.Eval("document.activeElement.matches(`"+selector+"`)") == "true" {
			return
		}
		tab.Press("\t")
	}
	t.Fatalf("sixty times Tab does not lead to %s", selector)
}
