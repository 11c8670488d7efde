package oktasim

import (
	"html/template"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Config says how an org begins.
type Config struct {
	// Clock gives the org its time; nil is the system's.
	Clock func() time.Time
	// BaseURL is the org's own address (https://example.okta.com). Empty, it
	// is taken from each request's Host.
	BaseURL string
	// SSWS are API tokens that act with the first admin's Super Administrator role.
	SSWS []string
	// Settings begin the org's settings; the zero value is Okta's behaviour
	// with the planning values for rate limits.
	Settings Settings
	// CompanyName names the org; empty is "Example".
	CompanyName string
}

// Org is one Okta org in memory. It is an http.Handler; its methods may be
// called from any goroutine.
type Org struct {
	mu       sync.Mutex                 // guards all below
	fault    func(*http.Request) *Fault // asked before each request; see SetFault
	faults   *faultPlan                 // what --faults or the console breaks
	clock    func() time.Time
	frozen   time.Time // while seeding: the time that things happen at
	baseURL  string
	company  string
	settings Settings
	sequence int64
	id       string
	adminID  string // the first admin, whom API tokens act for
	ssws     map[string]bool
	calls    map[string]int
	inFlight int
	limits   map[string]*window

	routes *routeNode
	web    *http.ServeMux
	pages  func() map[string]*template.Template // parsed on first use

	logs    logStore
	oauth   oauthStore
	clients clientStore
	seats   sessionStore // sessions of the API and of the sign-in page

	users   userStore
	groups  groupStore
	schemas schemaStore
	iam     iamStore
	apps    appStore
	hooks   hookStore
	rest    restStore
	twin    *twinBase // nil unless the org stands for another
}

// New returns an org that holds what every org has: Everyone, the default
// policies and types, the first admin.
func New(cfg Config) *Org {
	o := &Org{
		clock:    cfg.Clock,
		baseURL:  strings.TrimRight(cfg.BaseURL, "/"),
		company:  cfg.CompanyName,
		settings: cfg.Settings,
		ssws:     map[string]bool{},
		calls:    map[string]int{},
		limits:   map[string]*window{},
		pages:    sync.OnceValue(parsePages),
		faults:   &faultPlan{},
	}
	if o.clock == nil {
		o.clock = time.Now
	}
	if o.company == "" {
		o.company = "Example"
	}
	for _, t := range cfg.SSWS {
		o.ssws[t] = true
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.id = o.newID("00o")
	o.logs.init()
	o.oauth.init(o)
	o.clients.init()
	o.seats.init()
	o.initPeople()
	o.initApps()
	o.routes = newRouteTree(o.allRoutes())
	o.web = o.webRoutes()
	return o
}

// allRoutes lists the Management API.
func (o *Org) allRoutes() []route {
	var all []route
	for _, part := range [][]route{
		o.logRoutes(), o.clientRoutes(), o.sessionRoutes(), o.authnRoutes(), o.orgRoutes(),
		o.privilegeRoutes(), o.mySessionRoutes(), o.installRoutes(),
		o.peopleRoutes(), o.appsRoutes(),
	} {
		all = append(all, part...)
	}
	return all
}

// SetBaseURL fixes the org's own address, used in links and as the issuer.
func (o *Org) SetBaseURL(u string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.baseURL = strings.TrimRight(u, "/")
}

// ID is the org's id ("00o…"), as /.well-known/okta-organization gives it.
func (o *Org) ID() string { return o.id }

// AddSSWS makes one more API token valid.
func (o *Org) AddSSWS(token string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.ssws[token] = true
}

// Calls counts the API calls answered so far by "METHOD /pattern".
func (o *Org) Calls() map[string]int {
	o.mu.Lock()
	defer o.mu.Unlock()
	out := make(map[string]int, len(o.calls))
	for k, n := range o.calls {
		out[k] = n
	}
	return out
}

// locked runs f with the org's lock held, and frees it even if f panics.
func locked[T any](o *Org, f func() T) T {
	o.mu.Lock()
	defer o.mu.Unlock()
	return f()
}

// now is the org's time; the lock is held.
func (o *Org) now() time.Time {
	if !o.frozen.IsZero() {
		return o.frozen
	}
	return o.clock()
}

// base is the org's address as the caller knows it, without a final slash; the lock is held.
func (o *Org) base(r *http.Request) string {
	if o.baseURL != "" {
		return o.baseURL
	}
	if r == nil || r.Host == "" {
		return "http://127.0.0.1"
	}
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}
