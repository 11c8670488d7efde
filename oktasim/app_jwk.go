package oktasim

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"
)

// appJWK is a public key that a client registered.
type appJWK struct {
	id               string
	inactive         bool
	members          map[string]any // kty, kid, use and the key itself
	created, updated time.Time
}

// brief is the key as the app's settings show it.
func (k *appJWK) brief() map[string]any {
	out := maps.Clone(k.members)
	out["id"], out["status"] = k.id, statusOf(k.inactive)
	return out
}

// keyMembers are the public members of a JWK (RFC 7518 section 6) that Okta keeps.
var keyMembers = []string{"kty", "kid", "use", "alg", "n", "e", "crv", "x", "y"}

// newJWK reads one public key. A private member refuses it.
func (o *Org) newJWK(v any) (*appJWK, *apiError) {
	in, ok := v.(map[string]any)
	if !ok {
		return nil, errMalformed()
	}
	bad := func(text string) (*appJWK, *apiError) { return nil, errValidation("settings.oauthClient.jwks", text) }
	for _, private := range []string{"d", "p", "q", "dp", "dq", "qi", "k"} {
		if in[private] != nil {
			return bad("jwks: A private key must not be registered; send its public members only.")
		}
	}
	need := map[string][]string{"RSA": {"n", "e"}, "EC": {"x", "y"}}[jsonText(in, "kty")]
	if need == nil {
		return bad("kty: Must be RSA or EC")
	}
	for _, m := range need {
		if !isBase64URL(jsonText(in, m)) {
			return bad(fmt.Sprintf("%s: The field must be base64url", m))
		}
	}
	k := &appJWK{members: map[string]any{"use": nil}, created: o.now(), updated: o.now()}
	for _, m := range keyMembers {
		if v := in[m]; v != nil {
			k.members[m] = v
		}
	}
	if k.members["kty"] == "EC" && k.members["crv"] == nil {
		// The length of a coordinate tells the curve (RFC 7518 section 6.2.1.2).
		k.members["crv"] = map[bool]string{true: "P-256", false: "P-521"}[len(jsonText(in, "x")) <= 43]
		if n := len(jsonText(in, "x")); n == 64 {
			k.members["crv"] = "P-384"
		}
	}
	switch jsonText(in, "status") {
	case "", "ACTIVE":
	case "INACTIVE":
		k.inactive = true
	default:
		return bad("status: Must be ACTIVE or INACTIVE")
	}
	k.id = o.newID("pks")
	return k, nil
}

// replaceKeys makes the list the client's keys; one with the id or kid of a
// present key keeps its id.
func (o *Org) replaceKeys(x *appOAuth, list []any) *apiError {
	if len(list) > keyLimit {
		return errValidation("settings.oauthClient.jwks", fmt.Sprintf("jwks: A client may have at most %d keys.", keyLimit))
	}
	keys, kids := []*appJWK{}, map[any]bool{}
	for _, v := range list {
		k, err := o.newJWK(v)
		if err != nil {
			return err
		}
		kid := k.members["kid"]
		if kid == nil && len(list) > 1 {
			return errValidation("settings.oauthClient.jwks", blank("kid"))
		}
		if kid != nil && kids[kid] {
			return errValidation("settings.oauthClient.jwks", fmt.Sprintf("kid: Two keys have the id '%v'.", kid))
		}
		kids[kid] = true
		for _, old := range x.keys {
			if kid != nil && old.members["kid"] == kid {
				k.id, k.created = old.id, old.created
			}
		}
		keys = append(keys, k)
	}
	x.keys = keys
	return nil
}

func (c *call) jwkView(a *app, k *appJWK) map[string]any {
	self := c.url("/api/v1/apps/%s/credentials/jwks/%s", a.id, k.id)
	out := k.brief()
	out["created"], out["lastUpdated"] = stamp(k.created), stamp(k.updated)
	links := map[string]any{"deactivate": link(self+"/lifecycle/deactivate", "POST")}
	if k.inactive {
		links = map[string]any{"activate": link(self+"/lifecycle/activate", "POST"), "delete": link(self, "DELETE")}
	}
	out["_links"] = links
	return out
}

func (c *call) findAppJWK() (*app, *appJWK, *apiError) {
	a, err := c.findClientApp()
	if err != nil {
		return nil, nil, err
	}
	for _, k := range a.oauth.keys {
		if k.id == c.p("keyId") {
			return a, k, nil
		}
	}
	return nil, nil, errNotFound(c.p("keyId"), "OAuth2ClientJsonWebKey")
}

// appJWKList is listJwk.
func (c *call) appJWKList() (int, any, *apiError) {
	a, err := c.findClientApp()
	if err != nil {
		return 0, nil, err
	}
	keys := []map[string]any{}
	for _, k := range a.oauth.keys {
		keys = append(keys, c.jwkView(a, k))
	}
	return http.StatusOK, map[string]any{"jwks": map[string]any{"keys": keys}}, nil
}

// appJWKGet is getJwk.
func (c *call) appJWKGet() (int, any, *apiError) {
	a, k, err := c.findAppJWK()
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, c.jwkView(a, k), nil
}

// appJWKAdd is addJwk.
func (c *call) appJWKAdd() (int, any, *apiError) {
	a, err := c.findClientApp()
	if err != nil {
		return 0, nil, err
	}
	var in map[string]any
	if err := c.decode(&in); err != nil {
		return 0, nil, err
	}
	k, err := c.o.newJWK(in)
	if err != nil {
		return 0, nil, err
	}
	if k.members["kid"] == nil {
		k.members["kid"] = randomToken(16)
	}
	if len(a.oauth.keys) >= keyLimit {
		return 0, nil, errValidation("jwks", fmt.Sprintf("jwks: A client may have at most %d keys.", keyLimit))
	}
	if slices.ContainsFunc(a.oauth.keys, func(x *appJWK) bool { return x.members["kid"] == k.members["kid"] }) {
		return 0, nil, errValidation("kid", "kid: A key with this id already exists.")
	}
	a.oauth.keys = append(a.oauth.keys, k)
	c.o.syncClient(a)
	c.o.logCredential(c, a, k.id, "create")
	return http.StatusCreated, c.jwkView(a, k), nil
}

// appJWKDelete is deleteJwk: only an inactive key.
func (c *call) appJWKDelete() (int, any, *apiError) {
	a, k, err := c.findAppJWK()
	if err != nil {
		return 0, nil, err
	}
	if !k.inactive {
		return 0, nil, errValidation("status", "You can't delete an active key. Deactivate it first.")
	}
	a.oauth.keys = slices.DeleteFunc(a.oauth.keys, func(x *appJWK) bool { return x == k })
	c.o.syncClient(a)
	c.o.logCredential(c, a, k.id, "delete")
	return http.StatusNoContent, nil, nil
}

// appJWKStatus answers the two lifecycle operations of a key.
func (c *call) appJWKStatus(inactive bool) (int, any, *apiError) {
	a, k, err := c.findAppJWK()
	if err != nil {
		return 0, nil, err
	}
	last := !slices.ContainsFunc(a.oauth.keys, func(x *appJWK) bool { return x != k && !x.inactive })
	if inactive && last && a.oauth.method == "private_key_jwt" && jsonText(a.settings, "oauthClient", "jwks_uri") == "" {
		return 0, nil, errValidation("status", "You can't deactivate the only active key of a client.")
	}
	k.inactive, k.updated = inactive, c.now()
	c.o.syncClient(a)
	c.o.logCredential(c, a, k.id, switchVerb(inactive))
	return http.StatusOK, c.jwkView(a, k), nil
}
