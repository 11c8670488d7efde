package oktasim

import (
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	jose "github.com/go-jose/go-jose/v4"
)

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// clientLogin is what a token request brings to authenticate its client.
type clientLogin struct {
	basic        bool
	id, secret   string
	assertion    string
	assertionTyp string
	fetched      []jose.JSONWebKey // from the client's JWKS URL, read without the org's lock
	fetchFailed  bool
}

// readLogin takes the credentials out of a token request.
func readLogin(r *http.Request) (clientLogin, *oauthError) {
	var l clientLogin
	if r.URL.Query().Has("client_secret") {
		return l, badRequest("invalid_request", "Client credentials cannot be supplied via query parameters.")
	}
	l.id = r.Form.Get("client_id")
	l.secret = r.Form.Get("client_secret")
	l.assertion, l.assertionTyp = r.Form.Get("client_assertion"), r.Form.Get("client_assertion_type")
	header := r.Header.Get("Authorization")
	ways := 0
	for _, there := range []bool{header != "", l.secret != "", l.assertion != ""} {
		if there {
			ways++
		}
	}
	if ways > 1 {
		return l, badRequest("invalid_request", "Cannot supply multiple client credentials. Use one of the following: "+
			"credentials in the Authorization header, credentials in the post body, or a client_assertion in the post body.")
	}
	if header == "" {
		return l, nil
	}
	const invalid = "Found Authentication header but was not valid client credentials."
	user, pass, ok := r.BasicAuth()
	if !ok {
		return l, invalidClient(invalid)
	}
	// RFC 6749 section 2.3.1: both are form-encoded before they are joined.
	id, err := url.QueryUnescape(user)
	secret, err2 := url.QueryUnescape(pass)
	if err != nil || err2 != nil {
		return l, invalidClient(invalid)
	}
	if l.id != "" && l.id != id {
		return l, invalidClient("Invalid value for 'client_id' parameter.")
	}
	l.basic, l.id, l.secret = true, id, secret
	return l, nil
}

// assertedIssuer reads the issuer of an assertion without trusting it, to
// find the client whose keys will check it.
func assertedIssuer(assertion string) string {
	parts := strings.Split(assertion, ".")
	if len(parts) != 3 {
		return ""
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	var claims struct{ Iss string }
	if err != nil || json.Unmarshal(payload, &claims) != nil {
		return ""
	}
	return claims.Iss
}

// authenticateClient finds the client and checks its secret or its assertion.
func (o *Org) authenticateClient(r *http.Request, l clientLogin, grant string) (*client, *oauthError) {
	if l.assertion != "" || l.assertionTyp != "" {
		return o.checkAssertion(r, l)
	}
	if l.id == "" {
		return nil, invalidClient("No client credentials found.")
	}
	c := o.clientByID(l.id)
	if c == nil || !o.usable(c) {
		return nil, invalidClient("Invalid value for 'client_id' parameter.")
	}
	if grant == "client_credentials" {
		switch {
		case c.kind == serviceClient:
			return nil, invalidClient("Client Credentials requests to the Org Authorization Server must use the private_key_jwt token_endpoint_auth_method.")
		case c.kind == integrationClient && !l.basic:
			return nil, invalidClient("Client Credentials requests to the Org Authorization Server must use either private_key_jwt or client_secret_basic token_endpoint_auth_method.")
		}
	}
	if l.secret == "" {
		return nil, invalidClient("No client credentials found.")
	}
	if !c.hasSecret(l.secret) {
		return nil, invalidClient("The client secret supplied for a confidential client is invalid.")
	}
	return c, nil
}

// hasSecret compares without telling by its time how much was right.
func (c *client) hasSecret(secret string) bool {
	found := false
	for _, s := range append([]string{c.secret}, c.moreSecrets...) {
		if s != "" && subtle.ConstantTimeCompare([]byte(s), []byte(secret)) == 1 {
			found = true
		}
	}
	return found
}

// checkAssertion checks a private_key_jwt (RFC 7523 section 3; Okta's limits
// are in its guide to service apps: exp at most an hour ahead, iat and jti as
// one likes).
func (o *Org) checkAssertion(r *http.Request, l clientLogin) (*client, *oauthError) {
	if l.assertionTyp != assertionType {
		return nil, invalidClient("The client_assertion_type is invalid.")
	}
	parts := strings.Split(l.assertion, ".")
	var header struct{ Alg, Kid string }
	raw, err := base64.RawURLEncoding.DecodeString(parts[0])
	if len(parts) != 3 || err != nil || json.Unmarshal(raw, &header) != nil {
		return nil, invalidClient("The parsing of the client_assertion failed.")
	}
	if !slices.Contains(algorithms, jose.SignatureAlgorithm(header.Alg)) {
		return nil, invalidClient("The client_assertion JWT signature algorithm is invalid.")
	}
	jws, err := jose.ParseSignedCompact(l.assertion, algorithms)
	if err != nil {
		return nil, invalidClient("The parsing of the client_assertion failed.")
	}
	var claims struct {
		Iss, Sub, JTI string
		Aud           any
		Exp, IAT      *float64
	}
	if json.Unmarshal(jws.UnsafePayloadWithoutVerification(), &claims) != nil {
		return nil, invalidClient("The parsing of the client_assertion failed.")
	}
	c := o.clientByID(claims.Iss)
	if c == nil || !o.usable(c) {
		return nil, invalidClient("The issuer claim for client_assertion is not a valid client_id.")
	}
	if claims.Sub != claims.Iss {
		return nil, invalidClient("The subject claim for client_assertion is not a valid client_id.")
	}
	if l.id != "" && l.id != c.id {
		return nil, invalidClient("Invalid value for 'client_id' parameter.")
	}
	key, problem := c.assertionKey(l, header.Kid)
	if problem != nil {
		return nil, problem
	}
	if _, err := jws.Verify(key); err != nil {
		return nil, invalidClient("The client_assertion signature is invalid.")
	}
	if problem := o.checkAssertionTimes(claims.Exp, claims.IAT); problem != nil {
		return nil, problem
	}
	if !hasAudience(claims.Aud, o.base(r)+"/oauth2/v1/token") {
		return nil, invalidClient("The audience claim for client_assertion must be the endpoint invoked for the request.")
	}
	if claims.JTI != "" && !o.useOnce("assertion "+c.id+" "+claims.JTI, seconds(*claims.Exp)) {
		return nil, invalidClient("The client_assertion token has already been used.")
	}
	return c, nil
}

func (o *Org) checkAssertionTimes(exp, iat *float64) *oauthError {
	now := o.now()
	switch {
	case exp == nil:
		return invalidClient("The client_assertion must contain the 'exp' claim as seconds since epoch.")
	case !seconds(*exp).After(now):
		return invalidClient("The client_assertion token is expired.")
	case seconds(*exp).After(now.Add(time.Hour)):
		return invalidClient("The client_assertion token has an expiration too far into the future.")
	case iat != nil && seconds(*iat).After(now):
		return invalidClient("The client_assertion token must be issued before the current time.")
	}
	return nil
}

// assertionKey finds the registered key by the assertion's kid. Without a kid the only key is meant.
func (c *client) assertionKey(l clientLogin, kid string) (jose.JSONWebKey, *oauthError) {
	if l.fetchFailed {
		return jose.JSONWebKey{}, invalidClient("The client JWKSet is invalid.")
	}
	keys := l.fetched
	for _, k := range c.keys {
		if k.active {
			keys = append(keys, k.jwk)
		}
	}
	if len(keys) == 0 {
		return jose.JSONWebKey{}, invalidClient("The client JWKSet is invalid.")
	}
	if kid == "" && len(keys) == 1 {
		return keys[0], nil
	}
	for _, k := range keys {
		if k.KeyID == kid && kid != "" {
			return k, nil
		}
	}
	return jose.JSONWebKey{}, invalidClient("The client_assertion JWT kid is invalid.")
}

func hasAudience(aud any, want string) bool {
	switch a := aud.(type) {
	case string:
		return a == want
	case []any:
		return slices.Contains(a, any(want))
	}
	return false
}

func seconds(f float64) time.Time {
	whole, part := math.Modf(f)
	return time.Unix(int64(whole), int64(part*1e9))
}
