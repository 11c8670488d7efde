package browsertest_test

import (
	"testing"

	"caracal/internal/browsertest"
	"caracal/internal/testenv"
	"caracal/org"
)

// TestTryAnOperation finds an operation by typing, sees its request grow as the form is filled, reads with it,
// and makes a change after it was shown.
func TestTryAnOperation(t *testing.T) {
	t.Parallel()
	app := testenv.New(t)
	app.Connect(org.CustomApp)
	tab := browsertest.Open(t, app)
	tab.SignIn(ada)
	tab.Go("/operations")
	tab.SeeAt("#operations", "User Factor")
	tab.Axe()
	tab.Fill("#q", "creat gruop")
	tab.SeeAt("#operations li:first-child", "Create a Group")
	tab.Axe()

	tab.Click(`#operations li:first-child a`)
	tab.SeeAt("h1", "Create a Group")
	tab.Click(".op-group > summary") // the profile
	tab.Fill(`[name="body.profile.name"]`, "Made in a browser")
	tab.SeeAt("#operation-request", `"name": "Made in a browser"`)
	tab.Axe()
	tab.Click("text=Look at the change…")
	tab.SeeAt("main", "Nothing has been sent yet")
	tab.Axe()
	tab.NoSidewaysScroll()
	tab.Click(`form[action$="/send"] button`)
	tab.SeeAt("#answer", "200")
	tab.Axe()

	tab.Go("/operations/createNetworkZone")
	tab.Eval(`(() => { const s = document.getElementById("f-variant"); s.value = "IP"; s.dispatchEvent(new Event("change", {bubbles: true})); return "" })()`)
	tab.WaitFor("the fields of the kind", `!!document.querySelector('[name="body.gateways"]')`)
	tab.Axe()

	tab.Size(390, 844)
	tab.Theme("dark")
	tab.Go("/operations/listGroups")
	tab.Click("text=Read now")
	tab.SeeAt("#answer", "Made in a browser")
	tab.Axe()
	tab.NoSidewaysScroll()
}
