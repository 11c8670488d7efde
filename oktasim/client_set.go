package oktasim

import (
	"fmt"
	"slices"
)

// GrantScope grants a scope to a client, as the Grant button of the tab Okta API Scopes does.
func (o *Org) GrantScope(clientID, scope string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	c := o.clientByID(clientID)
	if c == nil {
		return fmt.Errorf("grant %s: no client %s", scope, clientID)
	}
	return o.grant(nil, c, scope)
}

// RevokeScope takes a scope away from a client.
func (o *Org) RevokeScope(clientID, scope string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	c := o.clientByID(clientID)
	if c == nil {
		return fmt.Errorf("revoke %s: no client %s", scope, clientID)
	}
	o.revoke(nil, c, scope)
	return nil
}

func (o *Org) grant(by *call, c *client, scope string) error {
	if !isAPIScope(scope) {
		return fmt.Errorf("grant %q to %s: the org has no such scope", scope, c.name)
	}
	if slices.Contains(c.scopes, scope) {
		return nil
	}
	c.scopes = append(c.scopes, scope)
	o.log(by, "app.oauth2.admin.consent.grant", "Administrator consent granted for scope", target{ID: c.id, Type: "PublicClientApp", AlternateID: c.id, DisplayName: c.name},
		target{ID: scope, Type: "OAuth2Scope", AlternateID: scope, DisplayName: scope})
	if o.settings.PublicClientAdmins && c.kind == serviceClient && len(c.roles) == 0 {
		if _, err := o.assignRole(by, c, Role{Type: "SUPER_ADMIN"}); err != nil {
			return err
		}
	}
	return nil
}

// revoke takes a scope away. Tokens already issued keep what they carry until they end.
func (o *Org) revoke(by *call, c *client, scope string) {
	i := slices.Index(c.scopes, scope)
	if i < 0 {
		return
	}
	c.scopes = slices.Delete(c.scopes, i, i+1)
	o.log(by, "app.oauth2.admin.consent.revoke", "Administrator consent revoked for scope", target{ID: c.id, Type: "PublicClientApp", AlternateID: c.id, DisplayName: c.name},
		target{ID: scope, Type: "OAuth2Scope", AlternateID: scope, DisplayName: scope})
}

// RotateSecret gives a client a new secret, at once instead of the old one.
func (o *Org) RotateSecret(clientID string) (secret string, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	c := o.clientByID(clientID)
	if c == nil || c.secret == "" {
		return "", fmt.Errorf("rotate the secret of %s: no such client with a secret", clientID)
	}
	c.secret = randomToken(48)
	o.followClient(c)
	return c.secret, nil
}

// SetKeys replaces the public keys of an API Services app by a JWK or JWK set.
func (o *Org) SetKeys(clientID, jwks string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	c := o.clientByID(clientID)
	if c == nil {
		return fmt.Errorf("set the keys of %s: no such client", clientID)
	}
	keys, err := parseKeys([]byte(jwks))
	if err != nil {
		return fmt.Errorf("set the keys of %s: %w", clientID, err)
	}
	c.keys, c.jwksURI = nil, ""
	for _, k := range keys {
		c.keys = append(c.keys, o.newKey(k))
	}
	o.usePrivateKey(c)
	return nil
}

// SetDPoP ticks or clears a client's box "Require DPoP".
func (o *Org) SetDPoP(clientID string, required bool) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	c := o.clientByID(clientID)
	if c == nil {
		return fmt.Errorf("set DPoP of %s: no such client", clientID)
	}
	c.dpop = required
	o.followClient(c)
	return nil
}

// SetActive activates or deactivates a client.
func (o *Org) SetActive(clientID string, active bool) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	c := o.clientByID(clientID)
	if c == nil {
		return fmt.Errorf("set the status of %s: no such client", clientID)
	}
	c.active = active
	return nil
}
