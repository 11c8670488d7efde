package oktasim

import (
	"encoding/json"
	"slices"

	jose "github.com/go-jose/go-jose/v4"
)

// An OpenID Connect app is an OAuth 2.0 client. The authorization server reads
// clients, the Apps API writes apps; here one follows the other.

// appOfClient finds the app behind a client id.
func (o *Org) appOfClient(clientID string) *app {
	if a := o.apps.byID[clientID]; a != nil && a.oauth != nil && a.oauth.clientID == clientID {
		return a
	}
	for _, a := range o.apps.list {
		if a.oauth != nil && a.oauth.clientID == clientID {
			return a
		}
	}
	return nil
}

// clientOfApp makes the client that an app is.
func (o *Org) clientOfApp(a *app) *client {
	x := &client{id: a.oauth.clientID, appID: a.id, active: true, isApp: true, created: a.created}
	o.copyToClient(a, x)
	return x
}

// syncClient brings the client up to date after its app changed.
func (o *Org) syncClient(a *app) {
	if a.oauth == nil {
		return
	}
	if x := o.clients.byID[a.oauth.clientID]; x != nil {
		o.copyToClient(a, x)
	}
}

func (o *Org) copyToClient(a *app, x *client) {
	s := jsonMap(a.settings, "oauthClient")
	x.name, x.kind, x.authMethod, x.updated = a.label, webClient, a.oauth.method, o.now()
	if jsonText(s, "application_type") == "service" {
		x.kind = serviceClient
	}
	x.jwksURI = jsonText(s, "jwks_uri")
	x.dpop = jsonBool(s, "dpop_bound_access_tokens", false)
	x.redirectURIs = textsOf(s, "redirect_uris")
	x.postLogoutURIs = textsOf(s, "post_logout_redirect_uris")
	x.secret, x.moreSecrets = "", nil
	for _, secret := range a.oauth.secrets {
		switch {
		case secret.inactive:
		case x.secret == "":
			x.secret = secret.value
		default:
			x.moreSecrets = append(x.moreSecrets, secret.value)
		}
	}
	x.keys = nil
	for _, k := range a.oauth.keys {
		raw, err := json.Marshal(k.members)
		if err != nil {
			continue // members are plain text; this cannot happen
		}
		keys, err := parseKeys(raw)
		if err != nil || len(keys) != 1 {
			continue // Okta stores keys that it cannot verify with; such a key signs nobody in
		}
		x.keys = append(x.keys, &clientKey{id: k.id, jwk: keys[0], active: !k.inactive, created: k.created, updated: k.updated})
	}
}

// textsOf is jsonTexts for a member already checked.
func textsOf(m map[string]any, key string) []string {
	texts, _ := jsonTexts(m, key)
	return texts
}

// followClient brings an app up to date after its client was changed in the
// console or by a test: keys, secret, DPoP.
func (o *Org) followClient(x *client) {
	a := o.appOfClient(x.id)
	if a == nil {
		return
	}
	s := jsonMap(a.settings, "oauthClient")
	s["dpop_bound_access_tokens"] = x.dpop
	if x.jwksURI == "" {
		delete(s, "jwks_uri")
	} else {
		s["jwks_uri"] = x.jwksURI
	}
	if x.secret != "" && (len(a.oauth.secrets) == 0 || a.oauth.secrets[0].value != x.secret) {
		a.oauth.secrets = []*appSecret{o.newSecret(x.secret)}
		x.moreSecrets = nil
	}
	a.oauth.keys = nil
	for _, k := range x.keys {
		a.oauth.keys = append(a.oauth.keys, &appJWK{id: k.id, inactive: !k.active, members: jwkMembers(k.jwk),
			created: k.created, updated: k.updated})
	}
	a.updated = o.now()
}

func jwkMembers(k jose.JSONWebKey) map[string]any {
	members := map[string]any{}
	raw, err := k.MarshalJSON()
	if err != nil || json.Unmarshal(raw, &members) != nil {
		return members // go-jose wrote it, so it reads it
	}
	if members["use"] == nil {
		members["use"] = nil
	}
	return members
}

// dropClient forgets the client of a deleted app, and with it its roles and grants.
func (o *Org) dropClient(a *app) {
	if x := o.clients.byID[a.oauth.clientID]; x != nil {
		o.forgetClient(x)
	}
}

func (o *Org) forgetClient(x *client) {
	delete(o.clients.byID, x.id)
	o.clients.list = slices.DeleteFunc(o.clients.list, func(y *client) bool { return y == x })
}
