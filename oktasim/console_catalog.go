package oktasim

import (
	"slices"
	"strings"
)

// Listing is one API service integration in the org's catalog.
type Listing struct {
	// Key is the listing's place in the catalog's address; made of the name when empty.
	Key, Name, About string
	Scopes           []string
}

// catalogListings are in every org's catalog.
var catalogListings = []Listing{
	{Key: "caracal", Name: "Caracal", About: "Automates joiners, movers and leavers with workflows built from forms.",
		Scopes: []string{"okta.apps.read", "okta.apps.manage", "okta.users.read", "okta.users.manage", "okta.groups.read", "okta.groups.manage", "okta.logs.read"}},
	{Key: "access-report", Name: "Access Report", About: "Reads people, groups and applications for a yearly review.",
		Scopes: []string{"okta.apps.read", "okta.groups.read", "okta.users.read"}},
	{Key: "log-collector", Name: "Log Collector", About: "Copies the System Log to a security data lake.", Scopes: []string{"okta.logs.read"}},
	{Key: "device-inventory", Name: "Device Inventory", About: "Keeps a list of registered devices.", Scopes: []string{"okta.devices.read", "okta.users.read"}},
}

// AddListing puts a listing into the catalog, or replaces the one of the same key.
func (o *Org) AddListing(l Listing) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if l.Key == "" {
		l.Key = strings.ReplaceAll(strings.ToLower(l.Name), " ", "-")
	}
	o.clients.listings = slices.DeleteFunc(o.clients.listings, func(x Listing) bool { return x.Key == l.Key })
	o.clients.listings = append(o.clients.listings, l)
}

func consoleIntegrations(v *visit) {
	var rows []appRow
	for _, c := range v.o.clients.list {
		if c.kind == integrationClient {
			status := "INACTIVE"
			if c.active {
				status = "ACTIVE"
			}
			rows = append(rows, appRow{ID: c.id, Label: c.name, Status: status})
		}
	}
	v.show("integrations", "API Service Integrations", rows)
}

func consoleCatalog(v *visit) {
	q := v.r.Form.Get("q")
	found := slices.DeleteFunc(slices.Clone(v.o.clients.listings), func(l Listing) bool { return !holds(q, l.Name, l.About) })
	v.show("catalog", "App Integration Catalog", map[string]any{"Query": q, "Listings": found})
}

func (v *visit) listing() *Listing {
	for i, l := range v.o.clients.listings {
		if l.Key == v.r.PathValue("key") {
			return &v.o.clients.listings[i]
		}
	}
	v.notFound()
	return nil
}

// listingView is a listing's page: what it is, then what it asks for, then what was installed.
type listingView struct {
	Listing          *Listing
	Authorize        bool
	ID, Secret, Base string
}

func consoleListing(v *visit) {
	if l := v.listing(); l != nil {
		v.show("listing", l.Name, listingView{Listing: l})
	}
}

func consoleAuthorize(v *visit) {
	if l := v.listing(); l != nil {
		v.show("listing", l.Name, listingView{Listing: l, Authorize: true})
	}
}

// consoleInstall installs a listing and shows the secret in the answer itself: once.
func consoleInstall(v *visit) {
	l := v.listing()
	if l == nil {
		return
	}
	c := &client{name: l.Name, kind: integrationClient, authMethod: "client_secret_basic", secret: randomToken(48), active: true}
	if err := v.o.register(c, l.Scopes, nil); err != nil {
		v.o.errorPage(v.w, 422, err.Error())
		return
	}
	v.o.log(v.by, "app.oauth2.client.lifecycle.create", "Create OAuth2 client", c.actor())
	v.show("listing", l.Name, listingView{Listing: l, ID: c.id, Secret: c.secret, Base: v.o.base(v.r)})
}
