package oktasim

import (
	"encoding/json"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// pageFuncs are what the templates may call.
var pageFuncs = template.FuncMap{"role": consoleRoleLabel, "inc": func(i int) int { return i + 1 }}

// consolePage is what every page of the console is drawn from.
type consolePage struct {
	Title, Org, Who, Problem, Done string
	Nav                            []navItem
	Data                           any
}

type navItem struct {
	Heading, Label, Href string
	Here                 bool
}

var consoleNav = []navItem{
	{Label: "Dashboard", Href: "/admin/", Heading: "Home"},
	{Label: "People", Href: "/admin/people", Heading: "Directory"},
	{Label: "Groups", Href: "/admin/groups"},
	{Label: "Applications", Href: "/admin/apps", Heading: "Applications"},
	{Label: "API Service Integrations", Href: "/admin/integrations"},
	{Label: "Administrators", Href: "/admin/administrators", Heading: "Security"},
	{Label: "Event Hooks", Href: "/admin/workflow/eventhooks", Heading: "Workflow"},
	{Label: "System Log", Href: "/admin/log", Heading: "Reports"},
	{Label: "Account", Href: "/admin/settings/account", Heading: "Settings"},
	{Label: "Simulation", Href: "/admin/settings/simulation"},
}

// visit is one request to the console by a Super Administrator, with the
// org's lock held.
type visit struct {
	o    *Org
	w    http.ResponseWriter
	r    *http.Request
	by   *call // who changes things, for the log
	seat *seat
}

// show draws a console page.
func (v *visit) show(page, title string, data any) { v.showWith(http.StatusOK, page, title, "", data) }

func (v *visit) showWith(status int, page, title, problem string, data any) {
	nav := slices.Clone(consoleNav)
	here := 0
	for i := range nav {
		if nav[i].Href != "/admin/" && strings.HasPrefix(v.r.URL.Path, nav[i].Href) {
			here = i
		}
	}
	nav[here].Here = true
	v.o.render(v.w, status, page, consolePage{Title: title, Org: v.o.company, Who: v.o.userActor(v.seat.userID).DisplayName,
		Problem: problem, Done: doneTexts[v.r.URL.Query().Get("done")], Nav: nav, Data: data})
}

// doneTexts are what a page says after a change; the address carries only the key.
var doneTexts = map[string]string{
	"saved": "Saved.", "granted": "The scope is granted.", "revoked": "The scope is revoked. New tokens come without it.",
	"key": "The key is saved: it is listed below.", "created": "Created.", "deleted": "Deleted.", "roles": "The admin roles are saved.",
}

// back sends the browser on after a change.
func (v *visit) back(path, done string) {
	u, err := url.Parse(path)
	if err == nil && done != "" {
		q := u.Query()
		q.Set("done", done)
		u.RawQuery = q.Encode()
		path = u.String()
	}
	http.Redirect(v.w, v.r, path, http.StatusSeeOther)
}

func (v *visit) notFound() {
	v.o.errorPage(v.w, http.StatusNotFound, "There is nothing at this address in the console.")
}

// consoleRoutes are the pages under /admin, for Super Administrators.
func (o *Org) consoleRoutes(mux *http.ServeMux, guard *http.CrossOriginProtection) {
	get := func(pattern string, h func(v *visit)) { mux.Handle("GET "+pattern, o.console(h)) }
	post := func(pattern string, h func(v *visit)) { mux.Handle("POST "+pattern, guard.Handler(o.console(h))) }
	get("/admin/{$}", consoleHome)
	get("/admin/people", consolePeople)
	get("/admin/groups", consoleGroups)
	get("/admin/groups/{id}", consoleGroup)
	get("/admin/log", consoleLog)
	get("/report/system_log_2", consoleLogSearch)
	get("/admin/apps", consoleApps)
	get("/admin/apps/new", func(v *visit) { v.show("app_new", "Create app integration", "") })
	post("/admin/apps", consoleAppCreate)
	get("/admin/apps/{id}", consoleApp)
	post("/admin/apps/{id}/status", consoleAppStatus)
	post("/admin/apps/{id}/dpop", consoleAppDPoP)
	get("/admin/apps/{id}/credentials", consoleCredentials)
	post("/admin/apps/{id}/credentials", consoleCredentialsSave)
	post("/admin/apps/{id}/secrets", consoleSecretNew)
	post("/admin/apps/{id}/secrets/{secret}", consoleSecretChange)
	post("/admin/apps/{id}/scopes", consoleAppScope)
	get("/admin/apps/{id}/keys/new", consoleKeyNew)
	post("/admin/apps/{id}/keys/generate", consoleKeyGenerate)
	post("/admin/apps/{id}/keys", consoleKeySave)
	post("/admin/apps/{id}/keys/{key}", consoleKeyChange)
	get("/admin/apps/{id}/roles/edit", consoleRolesEdit)
	post("/admin/apps/{id}/roles", consoleRolesSave)
	get("/admin/integrations", consoleIntegrations)
	get("/admin/integrations/catalog", consoleCatalog)
	get("/admin/integrations/catalog/{key}", consoleListing)
	post("/admin/integrations/catalog/{key}", consoleInstall)
	get("/admin/integrations/catalog/{key}/authorize", consoleAuthorize)
	get("/admin/administrators", consoleAdministrators)
	post("/admin/administrators/sets", consoleSetCreate)
	post("/admin/administrators/roles", consoleRoleCreate)
	get("/admin/workflow/eventhooks", consoleHooks)
	post("/admin/workflow/eventhooks", consoleHookCreate)
	post("/admin/workflow/eventhooks/{id}", consoleHookDo)
	get("/admin/settings/account", consoleAccount)
	post("/admin/settings/account", consoleAccountSave)
	get("/admin/settings/simulation", consoleSimulation)
	post("/admin/settings/simulation", consoleSimulationSave)
	get("/admin", func(v *visit) { http.Redirect(v.w, v.r, "/admin/", http.StatusFound) })
	get("/admin/", func(v *visit) { v.notFound() })
}

// console lets Super Administrators in, and sends others to the sign-in page.
func (o *Org) console(h func(v *visit)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			o.errorPage(w, http.StatusBadRequest, "The form could not be read.")
			return
		}
		o.mu.Lock()
		defer o.mu.Unlock()
		s := o.seat(r)
		if s == nil {
			next := r.URL.RequestURI()
			if r.Method != http.MethodGet {
				next = "/admin/"
			}
			http.Redirect(w, r, "/login/signin?"+url.Values{"next": {next}}.Encode(), http.StatusSeeOther)
			return
		}
		if !o.isSuperAdmin(s.userID) {
			o.errorPage(w, http.StatusForbidden, "Only a Super Administrator of the org may use its console. Sign out and sign in as one.")
			return
		}
		by := &call{o: o, r: r, requestID: requestIDFrom(r.Context()), principal: &principal{kind: tokenPrincipal, userID: s.userID}}
		h(&visit{o: o, w: w, r: r, by: by, seat: s})
	})
}

func (o *Org) isSuperAdmin(userID string) bool {
	var roles []struct{ Type string }
	o.read("/api/v1/users/"+pathSegment(userID)+"/roles", &roles)
	for _, r := range roles {
		if r.Type == "SUPER_ADMIN" {
			return true
		}
	}
	return false
}

// read gets an object or a list from the org's own API; v stays as it is when there is none.
func (o *Org) read(path string, v any) bool {
	status, body := o.do(http.MethodGet, path, nil)
	return status == http.StatusOK && json.Unmarshal(body, v) == nil
}
