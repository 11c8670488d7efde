package oktasim_test

import (
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"caracal/oktasim"
)

// consoleWorld is a browser signed in at the console as Super Administrator.
func consoleWorld(t *testing.T) *world {
	t.Helper()
	w, _, _ := webWorld(t)
	b := w.browser()
	if a := b.post("/login/signin", url.Values{"username": {"mia@example.com"}, "password": {"Right-1234"}}); a.status != 303 {
		t.Fatalf("sign in: %d", a.status)
	}
	return b
}

// see gets a page and checks that it says all of these.
func (w *world) see(path string, texts ...string) string {
	w.t.Helper()
	path, _, _ = strings.Cut(path, "#")
	a := w.send(w.request("GET", path, ""))
	if a.status != 200 {
		w.t.Fatalf("%s: %d %s", path, a.status, a.body)
	}
	if csp := a.header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") {
		w.t.Errorf("%s: policy %q", path, csp)
	}
	for _, text := range texts {
		if !strings.Contains(a.body, text) {
			w.t.Errorf("%s does not say %q", path, text)
		}
	}
	return a.body
}

// press posts a form and returns where it leads.
func (w *world) press(path string, form url.Values) string {
	w.t.Helper()
	a := w.post(path, form)
	if a.status != 303 {
		w.t.Fatalf("%s: %d %s", path, a.status, a.body)
	}
	return a.header.Get("Location")
}

// TestConsoleCustomApp follows the setup guide of a custom app to the letter.
func TestConsoleCustomApp(t *testing.T) {
	w := consoleWorld(t)
	w.see("/admin/apps/new", "API Services", "App integration name")
	at := w.press("/admin/apps", url.Values{"name": {"Caracal"}})
	id := strings.TrimPrefix(strings.SplitN(at, "?", 2)[0], "/admin/apps/")
	w.see(at, "Caracal", id, "Client Credentials", "Edit", "Client secret", "DPoP", "checked", "No keys are saved")
	edit := "/admin/apps/" + id + "/credentials"
	w.see(edit, "Public key / Private key", "Public keys", "Save keys in Okta", "Use a URL to fetch keys dynamically", "Add key", "Save")
	if a := w.post(edit, url.Values{"method": {"secret"}, "keys": {"saved"}}); a.status != 422 {
		t.Errorf("a client secret for an API Services app: %d", a.status)
	}
	if a := w.post(edit, url.Values{"method": {"key"}, "keys": {"url"}, "uri": {"example"}}); a.status != 422 || !strings.Contains(a.body, `value="example"`) {
		t.Errorf("a wrong URL: %d %s", a.status, a.body)
	}

	k := newKey(t, "mine")
	if a := w.post("/admin/apps/"+id+"/keys", url.Values{"jwk": {`{"kty":"oct","k":"x"}`}}); a.status != 422 || !strings.Contains(a.body, "not saved") {
		t.Errorf("a wrong key: %d", a.status)
	}
	w.see(w.press("/admin/apps/"+id+"/keys", url.Values{"jwk": {k.public(t)}}), "mine", "The key is saved")
	w.see(w.press(edit, url.Values{"method": {"key"}, "keys": {"saved"}}), "Public key / Private key", "mine")
	w.press("/admin/apps/"+id+"/dpop", url.Values{})

	if a := w.token(w.assertion(id, k, "okta.users.read", nil)); !strings.Contains(a.body, "consent_required") {
		t.Errorf("before granting: %s", a.body)
	}
	w.see(w.press("/admin/apps/"+id+"/scopes", url.Values{"scope": {"okta.users.read"}, "to": {"grant"}}), "The scope is granted", "1 granted")
	bearer := w.bearer(id, k, "okta.users.read")
	if a := w.api(bearer, "GET", "/api/v1/users", ""); a.status != 403 {
		t.Errorf("before a role: %d", a.status)
	}
	w.see("/admin/apps/"+id+"/roles/edit", "Edit assignments", "Add assignment")
	more := w.post("/admin/apps/"+id+"/roles", url.Values{"add": {"1"}})
	for _, label := range []string{"Super Administrator", "Group Administrator", "Organization Administrator", "Application Administrator", "Save Changes"} {
		if !strings.Contains(more.body, label) {
			t.Errorf("a new assignment cannot be %s", label)
		}
	}
	w.see(w.press("/admin/apps/"+id+"/roles", url.Values{"role": {"READ_ONLY_ADMIN"}}), "Read-only Administrator")
	if a := w.api(bearer, "GET", "/api/v1/users", ""); a.status != 200 {
		t.Errorf("with the role: %d %s", a.status, a.body)
	}
	w.press("/admin/apps/"+id+"/scopes", url.Values{"scope": {"okta.users.read"}, "to": {"revoke"}})
	if a := w.token(w.assertion(id, k, "okta.users.read", nil)); !strings.Contains(a.body, "consent_required") {
		t.Errorf("after revoking: %s", a.body)
	}
	var app string
	for _, a := range w.api(root, "GET", "/api/v1/apps", "").list(t) {
		if a["id"] == id {
			app = a["label"].(string)
		}
	}
	if app != "Caracal" {
		t.Errorf("the app in the API: %q", app)
	}
}

func TestConsoleGeneratedKey(t *testing.T) {
	w := consoleWorld(t)
	id, err := w.org.AddServiceApp(oktasim.ServiceApp{Name: "Gen", Scopes: []string{"okta.users.read"}})
	if err != nil {
		t.Fatal(err)
	}
	a := w.post("/admin/apps/"+id+"/keys/generate", url.Values{"type": {"EC"}})
	private := regexp.MustCompile(`(?s)id="private-key">(.*?)</pre>`).FindStringSubmatch(a.body)
	public := regexp.MustCompile(`name="jwk" value="(.*?)"`).FindStringSubmatch(strings.ReplaceAll(a.body, "\n", " "))
	if private == nil || public == nil || !strings.Contains(html.UnescapeString(private[1]), `"d":`) || strings.Contains(html.UnescapeString(public[1]), `"d":`) {
		t.Fatalf("the pair: %s", a.body)
	}
	if page := w.see("/admin/apps/" + id); !strings.Contains(page, "No keys are saved") {
		t.Error("the key was saved before Done")
	}
	w.press("/admin/apps/"+id+"/keys", url.Values{"jwk": {html.UnescapeString(public[1])}})
	if page := w.see("/admin/apps/" + id); strings.Contains(page, "No keys are saved") {
		t.Error("the key was not saved by Done")
	}
}

func TestConsoleCatalog(t *testing.T) {
	w := consoleWorld(t)
	w.see("/admin/integrations/catalog?q=carac", "Caracal")
	w.see("/admin/integrations/catalog/caracal", "Add Integration")
	w.see("/admin/integrations/catalog/caracal/authorize", "Install and Authorize", "okta.groups.manage")
	a := w.post("/admin/integrations/catalog/caracal", url.Values{})
	id := regexp.MustCompile(`id="client-id">(.*?)<`).FindStringSubmatch(a.body)
	secret := regexp.MustCompile(`id="client-secret">(.*?)<`).FindStringSubmatch(a.body)
	if id == nil || secret == nil {
		t.Fatalf("install: %d %s", a.status, a.body)
	}
	form := url.Values{"grant_type": {"client_credentials"}, "scope": {"okta.users.read"}}
	if a := w.token(form, basic(id[1], secret[1])); a.status != 200 {
		t.Errorf("token: %d %s", a.status, a.body)
	}
	page := w.see("/admin/apps/"+id[1], "Client secrets", "Generate new secret")
	if strings.Contains(page, secret[1]) {
		t.Error("the secret is shown again")
	}
	first := regexp.MustCompile(`/secrets/(\w+)"`).FindStringSubmatch(page)
	second := regexp.MustCompile(`id="client-secret">(.*?)<`).FindStringSubmatch(w.post("/admin/apps/"+id[1]+"/secrets", url.Values{}).body)
	if first == nil || second == nil {
		t.Fatal("no second secret")
	}
	if a := w.post("/admin/apps/"+id[1]+"/secrets", url.Values{}); a.status != 409 {
		t.Errorf("a third secret: %d", a.status)
	}
	w.press("/admin/apps/"+id[1]+"/secrets/"+first[1], url.Values{"to": {"deactivate"}})
	for s, status := range map[string]int{secret[1]: 401, second[1]: 200} {
		if a := w.token(form, basic(id[1], s)); a.status != status {
			t.Errorf("token with %s…: %d, not %d", s[:4], a.status, status)
		}
	}
	w.see("/admin/integrations", "Caracal", id[1])
}

func TestConsoleAdministrators(t *testing.T) {
	w := consoleWorld(t)
	w.see(w.press("/admin/administrators/sets", url.Values{"label": {"Caracal set"}, "description": {"all"}, "resource": {"/api/v1/users", "/api/v1/groups"}}), "Caracal set", "/api/v1/users")
	w.see(w.press("/admin/administrators/roles", url.Values{"label": {"Caracal role"}, "description": {"r"}, "permission": {"okta.users.manage"}}), "Caracal role", "okta.users.manage")
	id, k := w.serviceApp(oktasim.ServiceApp{Scopes: []string{"okta.users.read"}})
	page := w.post("/admin/apps/"+id+"/roles", url.Values{"add": {"1"}}).body
	role := regexp.MustCompile(`<option value="([^"]+)">Caracal role`).FindStringSubmatch(page)
	set := regexp.MustCompile(`<option value="([^"]+)">Caracal set`).FindStringSubmatch(page)
	if role == nil || set == nil {
		t.Fatal("the new role or set cannot be chosen")
	}
	w.see(w.press("/admin/apps/"+id+"/roles", url.Values{"role": {role[1]}, "set": {set[1]}}), "Caracal role", "Caracal set")
	if a := w.api(w.bearer(id, k, "okta.users.read"), "GET", "/api/v1/users", ""); a.status != 200 || a.body == "[]\n" {
		t.Errorf("by the custom role: %d %s", a.status, a.body)
	}
}

// TestConsoleSimulation turns every setting of the org on its own page.
func TestConsoleSimulation(t *testing.T) {
	w := consoleWorld(t)
	page := "/admin/settings/simulation"
	w.see(page, "simulator's own", "drops after the change was made", "Latency")
	form := url.Values{"rate-limits": {"okta"}, "limit-groups": {"2"}, "concurrency": {"9"}, "latency": {"0"}, "search-lag": {"60000"}, "log-lag": {"2000"},
		"ungranted": {"refuse"}, "role-check": {"after"}, "integration-roles": {"1"}, "fault": {"500"}, "every": {"0"}}
	w.see(w.press(page, form), "Saved.", `name="limit-groups" value="2"`)
	s := w.org.Settings()
	if s.NoRateLimit || s.RateLimits["groups"] != 2 || s.Concurrency != 9 || s.SearchLag != time.Minute || s.LogLag != 2*time.Second || !s.RefuseUngranted || !s.RoleAfterLookup || !s.IntegrationRoles {
		t.Errorf("the settings: %+v", s)
	}
	for i, status := range []int{500, 200, 200, 429} { // the next request only; then the limit of two
		if a := w.api(root, "GET", "/api/v1/groups", ""); a.status != status {
			t.Errorf("request %d: %d, not %d", i, a.status, status)
		}
	}
	form.Set("latency", "soon")
	form.Set("limit-groups", "")
	if a := w.post(page, form); a.status != 422 || !strings.Contains(a.body, `value="soon"`) {
		t.Errorf("a wrong latency: %d", a.status)
	}
	form.Set("latency", "3600000")
	w.press(page, form)
	w.see(page, `value="3600000"`) // an hour later for everybody but the console
	form.Set("latency", "0")
	form.Set("fault", "503")
	form.Set("every", "2")
	w.see(w.press(page, form), `name="limit-groups" value=""`, `name="every" value="2"`)
	for i, status := range []int{200, 503, 200, 503} {
		if a := w.api(root, "GET", "/api/v1/groups", ""); a.status != status {
			t.Errorf("request %d: %d, not %d", i, a.status, status)
		}
	}
	w.see(w.press("/admin/settings/account", url.Values{"public-client-admins": {"1"}}), "Public client app admins", "checked")
	if !w.org.Settings().PublicClientAdmins {
		t.Error("the account setting was not saved")
	}
}

func TestConsoleLooks(t *testing.T) {
	w := consoleWorld(t)
	if err := w.org.SeedCompany(); err != nil {
		t.Fatal(err)
	}
	w.see("/admin/", "Dashboard", w.org.ID())
	w.see("/admin/people?q=engineer")
	w.see("/admin/people", "Engineering", "SUSPENDED", "DEPROVISIONED")
	page := w.see("/admin/groups", "Production Access")
	link := regexp.MustCompile(`/admin/groups/(00g\w+)">Production Access`).FindStringSubmatch(page)
	if link == nil {
		t.Fatal("no link to the group")
	}
	w.see("/admin/groups/"+link[1], "Production Access", "@northwind-rail.example")
	w.see("/admin/apps", "Salesforce")
	w.see("/admin/log", "User login to Okta")
	if a := w.send(w.request("GET", "/admin/nothing", "")); a.status != 404 {
		t.Errorf("an unknown page: %d", a.status)
	}
	if a := w.send(w.request("GET", "/assets/sim.css", "")); a.status != 200 || !strings.Contains(a.header.Get("Content-Type"), "css") {
		t.Errorf("the style: %d %v", a.status, a.header)
	}
}

func TestConsoleIsForSuperAdmins(t *testing.T) {
	w := newWorld(t)
	if _, err := w.org.AddPerson(oktasim.Person{First: "No", Last: "Body", Login: "no@example.com", Password: "Right-1234"}); err != nil {
		t.Fatal(err)
	}
	b := w.browser()
	if a := b.send(b.request("GET", "/admin/people", "")); a.status != 303 || !strings.HasPrefix(a.header.Get("Location"), "/login/signin?next=%2Fadmin%2Fpeople") {
		t.Errorf("signed out: %d %v", a.status, a.header)
	}
	b.post("/login/signin", url.Values{"username": {"no@example.com"}, "password": {"Right-1234"}})
	for _, path := range []string{"/admin/", "/admin/people", "/admin/apps", "/admin/log"} {
		if a := b.send(b.request("GET", path, "")); a.status != 403 {
			t.Errorf("%s: %d", path, a.status)
		}
	}
	if a := b.post("/admin/apps", url.Values{"name": {"x"}}); a.status != 403 {
		t.Errorf("a form: %d", a.status)
	}
	admin := consoleCookie(t, w)
	cross := admin.request("POST", "/admin/apps", "name=x")
	cross.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	cross.Header.Set("Sec-Fetch-Site", "same-site") // another port of this host
	if a := admin.send(cross); a.status != 403 {
		t.Errorf("a form from another origin: %d", a.status)
	}
}

// consoleCookie signs the first admin in.
func consoleCookie(t *testing.T, w *world) *world {
	t.Helper()
	login, err := w.org.SetAdminPassword("Right-1234")
	if err != nil {
		t.Fatal(err)
	}
	b := w.browser()
	if a := b.post("/login/signin", url.Values{"username": {login}, "password": {"Right-1234"}}); a.status != 303 {
		t.Fatalf("sign in: %d %s", a.status, a.body)
	}
	return b
}

func TestSeededCompany(t *testing.T) {
	w := newWorld(t)
	if err := w.org.SeedCompany(); err != nil {
		t.Fatal(err)
	}
	count := func(path string) int {
		n := 0
		for path != "" {
			a := w.api(root, "GET", path, "")
			if a.status != 200 {
				t.Fatalf("%s: %d %s", path, a.status, a.body)
			}
			n += len(a.list(t))
			path = nextLink(a)
		}
		return n
	}
	gone := count("/api/v1/users?limit=200&filter=" + url.QueryEscape(`status eq "DEPROVISIONED"`))
	here := count("/api/v1/users?limit=200")
	if gone < 5 || here < 280 || here+gone > 310 {
		t.Errorf("%d people, %d gone", here, gone)
	}
	if n := count("/api/v1/groups"); n < 40 || n > 45 {
		t.Errorf("%d groups", n)
	}
	if n := count("/api/v1/groups/rules"); n < 15 {
		t.Errorf("%d rules", n)
	}
	for _, status := range []string{"SUSPENDED", "LOCKED_OUT", "STAGED", "PASSWORD_EXPIRED", "RECOVERY"} {
		if count("/api/v1/users?filter="+url.QueryEscape(`status eq "`+status+`"`)) == 0 {
			t.Errorf("nobody is %s", status)
		}
	}
	groups := w.api(root, "GET", "/api/v1/groups?q=Engineering", "").list(t)
	if n := count("/api/v1/groups/" + groups[0]["id"].(string) + "/users"); n < 40 {
		t.Errorf("the rule put %d into Engineering", n)
	}
	for _, e := range w.org.Log() {
		if at := e.Published; at > w.clock.now().Format("2006-01-02T15:04:05.000Z") || at < w.clock.now().AddDate(0, 0, -5).Format("2006-01-02") {
			t.Errorf("an event of %s", at)
		}
	}
}

// TestConsoleEventHooks makes a hook by hand, as Caracal's page says: it is verified, switched off and deleted, and what
// the org refuses is said where it was typed.
func TestConsoleEventHooks(t *testing.T) {
	w := consoleWorld(t)
	const at = "/admin/workflow/eventhooks"
	secret := make(chan string, 10)
	hook := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		secret <- r.Header.Get("Authorization")
		if _, err := rw.Write([]byte(`{"verification":"` + r.Header.Get("X-Okta-Verification-Challenge") + `"}`)); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(hook.Close)
	w.see(at, "Event Hooks", "None yet", "Authentication field", `value="Authorization"`)
	form := url.Values{"name": {"Mine"}, "url": {"ftp://example.com"}, "field": {"Authorization"}, "value": {"whsec_canary"}, "events": {"user.lifecycle.create, group.user_membership.add"}}
	if a := w.post(at, form); a.status != 422 || !strings.Contains(a.body, "valid https URL") || !strings.Contains(a.body, `value="ftp://example.com"`) || strings.Contains(a.body, "whsec_canary") {
		t.Errorf("a wrong address: %d %s", a.status, a.body)
	}
	form.Set("url", hook.URL)
	page := w.see(w.press(at, form), "Created.", "Mine", hook.URL, "user.lifecycle.create", "group.user_membership.add", "ACTIVE", "VERIFIED", "Deactivate")
	if strings.Contains(page, "whsec_canary") {
		t.Error("the secret is shown")
	}
	if got := <-secret; got != "whsec_canary" {
		t.Errorf("it was verified with %q", got)
	}
	one := at + "/" + w.api(root, "GET", "/api/v1/eventHooks", "").list(t)[0]["id"].(string)
	if a := w.post(one, url.Values{"do": {"delete"}}); a.status != 422 || !strings.Contains(a.body, "Deactivate it first") {
		t.Errorf("an active hook is deleted: %d", a.status)
	}
	w.see(w.press(one, url.Values{"do": {"deactivate"}}), "INACTIVE", "Activate")
	w.see(w.press(one, url.Values{"do": {"activate"}}), "ACTIVE")
	w.press(one, url.Values{"do": {"deactivate"}})
	w.see(w.press(one, url.Values{"do": {"delete"}}), "Deleted.", "None yet")
	hook.Close()
	if a := w.post(at, form); a.status != 422 || !strings.Contains(a.body, "not verified") || !strings.Contains(a.body, ">Verify<") {
		t.Errorf("a hook that does not answer: %d %s", a.status, a.body)
	}
	if a := w.post(at+"/none", url.Values{"do": {"verify"}}); a.status != 422 {
		t.Errorf("a hook that is not there: %d", a.status)
	}
}
