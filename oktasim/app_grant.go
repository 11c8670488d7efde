package oktasim

import (
	"fmt"
	"net/http"
	"slices"
	"time"
)

// appGrant is an admin's consent to a scope ("OAuth2ScopeConsentGrant"). Which
// scopes are granted is kept by the client; this keeps the grants' ids.
type appGrant struct {
	id, scope, by    string
	created, updated time.Time
}

// grantsOf lists the grants of an app, also of scopes granted in the console.
func (o *Org) grantsOf(a *app) []*appGrant {
	x := o.clientByID(a.oauth.clientID)
	if x == nil {
		return nil
	}
	a.grants = slices.DeleteFunc(a.grants, func(g *appGrant) bool { return !slices.Contains(x.scopes, g.scope) })
	for _, s := range x.scopes {
		if !slices.ContainsFunc(a.grants, func(g *appGrant) bool { return g.scope == s }) {
			a.grants = append(a.grants, &appGrant{id: o.newID("oag"), scope: s, by: o.adminID, created: o.now(), updated: o.now()})
		}
	}
	return a.grants
}

func (c *call) grantView(a *app, g *appGrant) map[string]any {
	view := map[string]any{
		"id": g.id, "status": "ACTIVE", "source": "ADMIN", "scopeId": g.scope, "clientId": a.oauth.clientID,
		"issuer": c.o.base(c.r), "created": stamp(g.created), "lastUpdated": stamp(g.updated),
		"createdBy": map[string]any{"id": g.by, "type": "User"},
		"_links": map[string]any{
			"app":    map[string]any{"href": c.url("/api/v1/apps/%s", a.id), "title": a.label},
			"self":   link(c.url("/api/v1/apps/%s/grants/%s", a.id, g.id), "GET", "DELETE"),
			"client": map[string]any{"href": c.url("/oauth2/v1/clients/%s", a.oauth.clientID), "title": a.label},
		},
	}
	if c.q("expand") == "scope" {
		view["_embedded"] = map[string]any{"scope": map[string]any{"id": g.scope}}
	}
	return view
}

func (c *call) findGrant() (*app, *appGrant, *apiError) {
	a, err := c.findClientApp()
	if err != nil {
		return nil, nil, err
	}
	for _, g := range c.o.grantsOf(a) {
		if g.id == c.p("grantId") {
			return a, g, nil
		}
	}
	return nil, nil, errNotFound(c.p("grantId"), "OAuth2ScopeConsentGrant")
}

// appGrantList is listScopeConsentGrants.
func (c *call) appGrantList() (int, any, *apiError) {
	a, err := c.findClientApp()
	if err != nil {
		return 0, nil, err
	}
	out := []map[string]any{}
	for _, g := range c.o.grantsOf(a) {
		out = append(out, c.grantView(a, g))
	}
	return http.StatusOK, out, nil
}

// appGrantGet is getScopeConsentGrant.
func (c *call) appGrantGet() (int, any, *apiError) {
	a, g, err := c.findGrant()
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, c.grantView(a, g), nil
}

// appGrantCreate is grantConsentToScope.
func (c *call) appGrantCreate() (int, any, *apiError) {
	a, err := c.findClientApp()
	if err != nil {
		return 0, nil, err
	}
	var in struct{ Issuer, ScopeID string }
	if err := c.decode(&in); err != nil {
		return 0, nil, err
	}
	switch {
	case in.ScopeID == "":
		return 0, nil, errValidation("scopeId", blank("scopeId"))
	case in.Issuer == "":
		return 0, nil, errValidation("issuer", blank("issuer"))
	case in.Issuer != c.o.base(c.r):
		return 0, nil, errValidation("issuer", "issuer: The issuer must be the org's own address.")
	case !isAPIScope(in.ScopeID):
		return 0, nil, errValidation("scopeId", fmt.Sprintf("scopeId: The scope '%s' does not exist.", in.ScopeID))
	}
	x := c.o.clientByID(a.oauth.clientID)
	if x == nil {
		return 0, nil, errNotFound(a.oauth.clientID, "PublicClientApp")
	}
	if slices.Contains(x.scopes, in.ScopeID) {
		return 0, nil, errValidation("scopeId", "scopeId: The scope is already granted.")
	}
	if err := c.o.grant(c, x, in.ScopeID); err != nil {
		return 0, nil, errValidation("scopeId", err.Error())
	}
	by := c.o.adminID
	if c.principal != nil && c.principal.userID != "" {
		by = c.principal.userID
	}
	g := &appGrant{id: c.o.newID("oag"), scope: in.ScopeID, by: by, created: c.now(), updated: c.now()}
	a.grants = append(a.grants, g)
	return http.StatusCreated, c.grantView(a, g), nil
}

// appGrantRevoke is revokeScopeConsentGrant.
func (c *call) appGrantRevoke() (int, any, *apiError) {
	a, g, err := c.findGrant()
	if err != nil {
		return 0, nil, err
	}
	if x := c.o.clientByID(a.oauth.clientID); x != nil {
		c.o.revoke(c, x, g.scope)
	}
	a.grants = slices.DeleteFunc(a.grants, func(y *appGrant) bool { return y == g })
	return http.StatusNoContent, nil, nil
}

// appTokenList is listOAuth2TokensForApplication. This org's authorization
// server issues no refresh tokens, so an app never has any.
func (c *call) appTokenList() (int, any, *apiError) {
	if _, err := c.findClientApp(); err != nil {
		return 0, nil, err
	}
	return http.StatusOK, page(c, []string{}, 20, 200, func(id string) string { return id }), nil
}

// appTokenGet answers a token's id, which can only be unknown.
func (c *call) appTokenGet() (int, any, *apiError) {
	if _, err := c.findClientApp(); err != nil {
		return 0, nil, err
	}
	return 0, nil, errNotFound(c.p("tokenId"), "OAuth2RefreshToken")
}

// appTokenRevokeAll is revokeOAuth2TokensForApplication.
func (c *call) appTokenRevokeAll() (int, any, *apiError) {
	if _, err := c.findClientApp(); err != nil {
		return 0, nil, err
	}
	return http.StatusNoContent, nil, nil
}
