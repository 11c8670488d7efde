package browsertest_test

import (
	"testing"

	"caracal/internal/browsertest"
	"caracal/internal/testenv"
)

// TestSignInAndOut goes from the first page to the last, at a provider on another origin.
func TestSignInAndOut(t *testing.T) {
	t.Parallel()
	tab := browsertest.Open(t, testenv.New(t))
	tab.Go("/people")
	tab.SeeAt("h1", "Sign in to Caracal")
	tab.Axe()
	tab.Theme("dark")
	tab.Axe()
	tab.SignIn("ada.admin@caracal.example")
	tab.Axe()
	tab.Go("/account")
	tab.SeeAt("table", "This one")
	tab.Axe()
	tab.Size(390, 844)
	tab.Go("/people")
	tab.SeeAt("h1", "People")
	tab.Axe()
	tab.Size(1280, 900)
	tab.Go("/account")
	tab.Click("details.account summary")
	tab.Click("text=Sign out")
	tab.SeeAt("h1", "Sign in to Caracal") // back from the provider's own sign-out
	tab.Go("/account")
	tab.SeeAt("h1", "Sign in to Caracal")
	tab.Click("text=Continue with single sign-on")
	tab.SeeAt("label", "Password") // signed out there too
}
