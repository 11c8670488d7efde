package oktasim

import (
	"slices"
	"time"
)

// app is one application instance ("Application" in Okta's API reference).
type app struct {
	id, name, label string
	status          string // ACTIVE, INACTIVE
	signOnMode      string // "" for an integration that only provisions
	created         time.Time
	updated         time.Time
	system          bool // one of Okta's own apps, which every org has
	features        []string
	accessibility   map[string]any
	visibility      map[string]any
	profile         map[string]any // nil if never set
	licensing       map[string]any // nil if never set
	settings        map[string]any
	template        map[string]any // credentials.userNameTemplate
	scheme          string         // credentials.scheme, of modes that fill in passwords
	userName        string         // shared credentials
	password        string
	reveal          bool
	accessPolicy    string // id of its sign-on policy
	enrollPolicy    string // id of its profile enrolment policy
	logo            string // address of an uploaded logo

	signing    []*appKey // SAML and WS-Federation certificates
	signingKid string    // the one in use
	csrs       []*appCSR
	oauth      *appOAuth // of OpenID Connect apps
	grants     []*appGrant
	connection *appConnection
	provision  map[string]map[string]any // settings of the features, by name
	claims     []*appClaim
	schema     *schema  // of its users; nil until first asked for
	trusts     []string // ids of apps that may act on its behalf

	users  []*appUser
	byUser map[string]*appUser // users by id
	groups []*appGroup
}

// appOAuth is what makes an app an OAuth 2.0 client.
type appOAuth struct {
	clientID string
	method   string // token_endpoint_auth_method
	autoKey  bool
	pkce     bool
	secrets  []*appSecret
	keys     []*appJWK
}

// appUser is one user's assignment to an app ("AppUser").
type appUser struct {
	userID    string
	direct    bool // scope USER; otherwise it comes from a group
	created   time.Time
	updated   time.Time
	changed   time.Time // of status
	userName  string
	password  string
	passwords time.Time // when a password was last set
	profile   map[string]any
}

// appGroup is one group's assignment to an app ("ApplicationGroupAssignment").
type appGroup struct {
	groupID  string
	priority int
	updated  time.Time
	profile  map[string]any
}

type appStore struct {
	list    []*app
	byID    map[string]*app
	catalog map[string]*integration
	custom  int    // counts the apps made by the wizard, for their names
	kid     string // the org's key that signs ID tokens
}

// initApps makes the apps that every org has, and the objects of the rest of the API.
func (o *Org) initApps() {
	o.apps = appStore{byID: map[string]*app{}, catalog: map[string]*integration{}, kid: randomToken(32)}
	for _, in := range integrations() {
		o.apps.catalog[in.name] = &in
	}
	o.initRest()
	for _, in := range systemApps() {
		a := o.blankApp(&in, "OPENID_CONNECT")
		a.system = true
		a.label = in.label
		a.visibility["hide"] = map[string]any{"iOS": false, "web": false}
		delete(a.visibility, "autoLaunch")
		delete(a.settings, "notes")
		o.addApp(a)
	}
}

func (o *Org) addApp(a *app) {
	o.apps.list = append(o.apps.list, a)
	o.apps.byID[a.id] = a
}

// findApp looks an app up by the path's appId, or refuses as Okta does.
func (c *call) findApp() (*app, *apiError) { return c.o.findApp(c.p("appId")) }

func (o *Org) findApp(id string) (*app, *apiError) {
	if a := o.apps.byID[id]; a != nil {
		return a, nil
	}
	return nil, errNotFound(id, "AppInstance")
}

// appStatus tells an app's label and status (ACTIVE, INACTIVE); ok is false when there is none.
func (o *Org) appStatus(id string) (label, status string, ok bool) {
	a := o.apps.byID[id]
	if a == nil {
		return "", "", false
	}
	return a.label, a.status, true
}

// appsOfUser lists the apps that a user is assigned to, in the order of creation.
func (o *Org) appsOfUser(userID string) []*app {
	var out []*app
	for _, a := range o.apps.list {
		if a.user(userID) != nil {
			out = append(out, a)
		}
	}
	return out
}

// appsOfGroup lists the apps that a group is assigned to, in the order of creation.
func (o *Org) appsOfGroup(groupID string) []*app {
	var out []*app
	for _, a := range o.apps.list {
		if a.group(groupID) != nil {
			out = append(out, a)
		}
	}
	return out
}

func (a *app) user(id string) *appUser { return a.byUser[id] }

func (a *app) addUser(u *appUser) {
	if a.byUser == nil {
		a.byUser = map[string]*appUser{}
	}
	a.users, a.byUser[u.userID] = append(a.users, u), u
}

func (a *app) removeUser(u *appUser) {
	a.users = slices.DeleteFunc(a.users, func(x *appUser) bool { return x == u })
	delete(a.byUser, u.userID)
}

func (a *app) group(id string) *appGroup {
	for _, g := range a.groups {
		if g.groupID == id {
			return g
		}
	}
	return nil
}

// target names the app as the System Log does.
func (a *app) target() target {
	return target{ID: a.id, Type: "AppInstance", AlternateID: a.label, DisplayName: a.integrationName()}
}

// integrationName is the catalog's name for what the app is an instance of.
func (a *app) integrationName() string {
	switch {
	case a.oauth != nil:
		return "OpenID Connect Client"
	case a.name == "bookmark":
		return "Bookmark App"
	}
	return a.label
}

// touched notes a change.
func (a *app) touched(c *call) { a.updated = c.now() }

// isSWA says that the mode signs in by filling a password, so that the app has
// a credential scheme ("Secure Web Authentication").
func isSWA(mode string) bool {
	return slices.Contains([]string{"BASIC_AUTH", "BROWSER_PLUGIN", "SECURE_PASSWORD_STORE", "AUTO_LOGIN"}, mode)
}

// signs says that the mode has a signing key of the app's own.
func signs(mode string) bool {
	return slices.Contains([]string{"SAML_2_0", "SAML_1_1", "WS_FEDERATION"}, mode)
}
