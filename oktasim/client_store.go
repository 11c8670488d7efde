package oktasim

import (
	"fmt"
	"slices"
	"time"

	jose "github.com/go-jose/go-jose/v4"
)

const (
	serviceClient     = "service"     // a custom app of the type API Services
	integrationClient = "integration" // an API service integration from the catalog
	webClient         = "web"         // an OpenID Connect web app
)

// client is an OAuth 2.0 client of the org.
type client struct {
	id, name, kind string
	appID          string   // of an app's client: the app, whose id may differ
	secret         string   // of integrations and web apps
	moreSecrets    []string // further secrets of an app, while one is rotated
	authMethod     string
	keys           []*clientKey
	jwksURI        string
	dpop           bool
	scopes         []string // granted, in the order of granting
	roles          []*clientRole
	active         bool
	isApp          bool // listed under /api/v1/apps, whose status counts
	redirectURIs   []string
	postLogoutURIs []string
	groupsFilter   string // regular expression of the groups claim; "" = no claim
	created        time.Time
	updated        time.Time
}

// clientKey is one public key registered for a client.
type clientKey struct {
	id      string
	jwk     jose.JSONWebKey
	active  bool
	created time.Time
	updated time.Time
}

type clientStore struct {
	list []*client
	byID map[string]*client

	listings []Listing // the catalog of integrations
}

func (s *clientStore) init() {
	s.byID = map[string]*client{}
	s.listings = slices.Clone(catalogListings)
}

func (s *clientStore) add(c *client) {
	s.list = append(s.list, c)
	s.byID[c.id] = c
}

// actor names the client as the System Log does.
func (c *client) actor() EventActor {
	return EventActor{ID: c.id, Type: "PublicClientApp", AlternateID: c.id, DisplayName: c.name}
}

// Role is an admin role to assign to a client.
type Role struct {
	// Type is a standard role such as SUPER_ADMIN, or CUSTOM.
	Type string
	// CustomRole and ResourceSet name, by id or label, what a CUSTOM role is made of.
	CustomRole, ResourceSet string
	// Groups and Apps narrow a standard role to these group ids and app ids.
	Groups, Apps []string
}

// ServiceApp is a custom app integration of the type API Services.
type ServiceApp struct {
	Name string
	// JWKS is a public JWK or a JWK set, in JSON.
	JWKS string
	// JWKSURI is where the app publishes its keys, instead of JWKS.
	JWKSURI string
	// DPoP is the box "Require Demonstrating Proof of Possession (DPoP) header in token requests".
	DPoP   bool
	Scopes []string
	Roles  []Role
}

// Integration is an API service integration from the catalog.
type Integration struct {
	Name string
	// ClientID and Secret are made up when empty.
	ClientID, Secret string
	DPoP             bool
	Scopes           []string
	Roles            []Role
}

// WebApp is an OpenID Connect web app that people sign in to.
type WebApp struct {
	Name string
	// ClientID and Secret are made up when empty.
	ClientID, Secret             string
	RedirectURIs, PostLogoutURIs []string
	// GroupsFilter is the regular expression of the `groups` claim; "" sends none.
	GroupsFilter string
}

// AddServiceApp creates an API Services app and returns its client ID.
func (o *Org) AddServiceApp(a ServiceApp) (clientID string, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	c := &client{name: a.Name, kind: serviceClient, authMethod: "private_key_jwt", dpop: a.DPoP, jwksURI: a.JWKSURI, active: true}
	if a.JWKS != "" {
		keys, err := parseKeys([]byte(a.JWKS))
		if err != nil {
			return "", fmt.Errorf("read the keys of %s: %w", a.Name, err)
		}
		for _, k := range keys {
			c.keys = append(c.keys, o.newKey(k))
		}
	}
	err = o.register(c, a.Scopes, a.Roles)
	return c.id, err
}

// AddIntegration installs a catalog integration and returns its client ID and secret.
func (o *Org) AddIntegration(a Integration) (clientID, secret string, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	c := &client{id: a.ClientID, name: a.Name, kind: integrationClient, authMethod: "client_secret_basic",
		secret: a.Secret, dpop: a.DPoP, active: true}
	if c.secret == "" {
		c.secret = randomToken(48)
	}
	err = o.register(c, a.Scopes, a.Roles)
	return c.id, c.secret, err
}

// AddWebApp creates an OpenID Connect web app and returns its client ID and secret.
func (o *Org) AddWebApp(a WebApp) (clientID, secret string, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	c := &client{id: a.ClientID, name: a.Name, kind: webClient, authMethod: "client_secret_basic", secret: a.Secret,
		redirectURIs: a.RedirectURIs, postLogoutURIs: a.PostLogoutURIs, groupsFilter: a.GroupsFilter, active: true}
	if c.secret == "" {
		c.secret = randomToken(48)
	}
	err = o.register(c, nil, nil)
	return c.id, c.secret, err
}

// register files a new client. A custom app is an app of the org as well.
func (o *Org) register(c *client, scopes []string, roles []Role) error {
	c.created, c.updated = o.now(), o.now()
	if c.kind != integrationClient {
		o.createApp(c)
	}
	if c.id == "" {
		c.id = o.newID("0oa")
	}
	if o.clients.byID[c.id] != nil {
		return fmt.Errorf("register %s: the client ID %s is taken", c.name, c.id)
	}
	o.clients.add(c)
	o.followClient(c)
	for _, s := range scopes {
		if err := o.grant(nil, c, s); err != nil {
			return err
		}
	}
	for _, r := range roles {
		if _, err := o.assignRole(nil, c, r); err != nil {
			return fmt.Errorf("assign %s to %s: %s", r.Type, c.name, err.summary)
		}
	}
	return nil
}

// createApp lists the client among the org's apps. The app's id is the client
// ID unless one was asked for. An app that cannot be made leaves the client on its own.
func (o *Org) createApp(c *client) {
	oauth := map[string]any{"application_type": "service", "grant_types": []string{"client_credentials"},
		"response_types": []string{"token"}, "consent_method": "REQUIRED", "dpop_bound_access_tokens": c.dpop}
	if c.kind == webClient {
		oauth = map[string]any{"application_type": "web", "grant_types": []string{"authorization_code"},
			"response_types": []string{"code"}, "redirect_uris": c.redirectURIs,
			"post_logout_redirect_uris": orEmpty(c.postLogoutURIs), "consent_method": "TRUSTED"}
	}
	if c.jwksURI != "" {
		oauth["jwks_uri"] = c.jwksURI
	}
	if c.kind == serviceClient && c.jwksURI == "" && len(c.keys) == 0 {
		c.authMethod = "client_secret_basic" // as the console's wizard leaves it, until a key is added
	}
	credentials := map[string]any{"token_endpoint_auth_method": c.authMethod, "autoKeyRotation": true}
	if c.id != "" {
		credentials["client_id"] = c.id
	}
	if len(c.keys) > 0 {
		set := make([]jose.JSONWebKey, len(c.keys))
		for i, k := range c.keys {
			set[i] = k.jwk
		}
		oauth["jwks"] = map[string]any{"keys": set}
	}
	id, err := o.create("/api/v1/apps", map[string]any{
		"name": "oidc_client", "label": c.name, "signOnMode": "OPENID_CONNECT",
		"credentials": map[string]any{"oauthClient": credentials},
		"settings":    map[string]any{"oauthClient": oauth},
	})
	if err != nil {
		return
	}
	c.appID, c.isApp = id, true
	if c.id == "" {
		c.id = id
	}
}

// clientByID finds a client, also one whose app was created over the API.
func (o *Org) clientByID(id string) *client {
	if c := o.clients.byID[id]; c != nil || id == "" {
		return c
	}
	a := o.appOfClient(id)
	if a == nil {
		return nil
	}
	c := o.clientOfApp(a)
	o.clients.add(c)
	return c
}

// usePrivateKey switches a client to Public key / Private key.
func (o *Org) usePrivateKey(c *client) {
	c.authMethod = "private_key_jwt"
	if a := o.appOfClient(c.id); a != nil {
		a.oauth.method = c.authMethod
	}
	o.followClient(c)
}

// usable says whether the client may ask for tokens.
func (o *Org) usable(c *client) bool {
	if c.isApp {
		_, status, ok := o.appStatus(c.appID)
		return ok && status == "ACTIVE" && c.active
	}
	return c.active
}
