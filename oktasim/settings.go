package oktasim

import (
	"net/http"
	"time"
)

// Settings are what a test or a demo turns while the org runs.
type Settings struct {
	// RateLimits overrides the calls per minute of a bucket, by the bucket's
	// name (see rate_limit.go).
	RateLimits map[string]int
	// NoRateLimit sends the headers but refuses nothing.
	NoRateLimit bool
	// Concurrency is how many requests may be under way at once; 0 is Okta's 75.
	Concurrency int
	// Latency is added to every answer but the console's.
	Latency time.Duration
	// SearchLag is how long a change stays unseen by `search` on users and groups.
	SearchLag time.Duration
	// LogLag is how long an event that happens stays unseen in the System Log. Event
	// hooks are not held up by it.
	LogLag time.Duration
	// LogDelay is what comes on top for the events of a type, so that they reach
	// the log out of order; nil is nothing. Okta calls such delays rare but
	// possible.
	LogDelay func(eventType string) time.Duration
	// RefuseUngranted answers a token request that asks for one scope not
	// granted among others with 400, instead of leaving the scope out. Which
	// of the two Okta does is not documented.
	RefuseUngranted bool
	// RoleAfterLookup checks the admin role only after the object was found,
	// so that an id which does not exist is 404 also without the role.
	// Which of the two Okta does is not documented.
	RoleAfterLookup bool
	// IntegrationRoles makes catalog integrations need an admin role as API
	// service apps do. Okta does not say; without it their scopes suffice.
	IntegrationRoles bool
	// PublicClientAdmins is the org setting of that name: an API service app
	// becomes Super Administrator with the first scope it is granted.
	PublicClientAdmins bool
	// OnUnknown is called for a request to a route that the org does not
	// have, before Okta's 404 is sent. A test sets it to fail loudly.
	OnUnknown func(*http.Request)
}

// Settings returns the org's settings.
func (o *Org) Settings() Settings {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.settings
}

// Update changes the org's settings.
func (o *Org) Update(change func(*Settings)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	change(&o.settings)
}

// searchSees says whether a change made at t has reached the search index.
func (o *Org) searchSees(t time.Time) bool {
	return o.settings.SearchLag == 0 || !t.Add(o.settings.SearchLag).After(o.now())
}
