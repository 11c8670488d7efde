package browsertest_test

import (
	"os"
	"testing"

	"caracal/internal/browsertest"
	"caracal/internal/testenv"
)

// TestScreenshots takes the pictures of the README into the folder that CARACAL_SCREENSHOTS names; without it,
// it still walks the way, so that `make screenshots` does not break unseen.
func TestScreenshots(t *testing.T) {
	t.Parallel()
	app := testenv.New(t, testenv.Company)
	pages := map[string]string{}
	for _, p := range fill(t, app) {
		pages[p.name] = p.path
	}
	tab := browsertest.Open(t, app)
	tab.SignIn(ada)
	shoot := func(picture, name, see string) {
		t.Helper()
		tab.Go(pages[name])
		tab.See(see)
		tab.Screenshot(picture)
	}
	tab.Size(1280, 860)
	tab.Theme("light")
	shoot("applications", "applications", "Simulated org")
	shoot("health", "health", "Healthy")
	shoot("builder", "builder", "In words")
	shoot("run", "run", "Succeeded")
	tab.Size(1280, 2000) // so high that the bar which sticks to the window's end stands below the form
	tab.Go("/applications/connect/okta?method=custom")
	tab.Fill(`[name="domain"]`, "https://acme-admin.okta.com/admin/dashboard")
	tab.SeeAt("#c-domain", "Your org is acme.okta.com.")
	tab.Screenshot("connect")
	tab.Size(1280, 860)
	tab.Theme("dark")
	shoot("home-dark", "home", "Recent runs")
	if dir := os.Getenv("CARACAL_SCREENSHOTS"); dir != "" {
		files, err := os.ReadDir(dir)
		if err != nil || len(files) < 6 {
			t.Errorf("%d pictures in %s, %v", len(files), dir, err)
		}
	}
}
