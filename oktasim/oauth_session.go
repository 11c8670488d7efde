package oktasim

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	jose "github.com/go-jose/go-jose/v4"
)

// discovery answers /.well-known/openid-configuration and
// /.well-known/oauth-authorization-server (OpenID Connect Discovery, RFC 8414).
func (o *Org) discovery(w http.ResponseWriter, r *http.Request) {
	base := locked(o, func() string { return o.base(r) })
	methods := []string{"client_secret_basic", "client_secret_post", "private_key_jwt"}
	writeJSON(w, http.StatusOK, map[string]any{
		"issuer":                                           base,
		"authorization_endpoint":                           base + "/oauth2/v1/authorize",
		"token_endpoint":                                   base + "/oauth2/v1/token",
		"userinfo_endpoint":                                base + "/oauth2/v1/userinfo",
		"jwks_uri":                                         base + "/oauth2/v1/keys",
		"end_session_endpoint":                             base + "/oauth2/v1/logout",
		"introspection_endpoint":                           base + "/oauth2/v1/introspect",
		"revocation_endpoint":                              base + "/oauth2/v1/revoke",
		"response_types_supported":                         []string{"code"},
		"response_modes_supported":                         []string{"query"},
		"grant_types_supported":                            grantTypes,
		"subject_types_supported":                          []string{"public"},
		"id_token_signing_alg_values_supported":            []string{"RS256"},
		"scopes_supported":                                 signInScopes,
		"claims_supported":                                 []string{"iss", "ver", "sub", "aud", "iat", "exp", "jti", "auth_time", "amr", "idp", "nonce", "name", "email", "preferred_username", "at_hash", "groups"},
		"code_challenge_methods_supported":                 []string{"S256"},
		"token_endpoint_auth_methods_supported":            methods,
		"introspection_endpoint_auth_methods_supported":    methods,
		"revocation_endpoint_auth_methods_supported":       methods,
		"token_endpoint_auth_signing_alg_values_supported": algorithmNames(),
		"dpop_signing_alg_values_supported":                algorithmNames(),
	})
}

// keys answers /oauth2/v1/keys.
func (o *Org) keys(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	_, public, err := o.signingKey()
	if err != nil {
		serverFailure(err).write(w)
		return
	}
	writeJSON(w, http.StatusOK, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{public}})
}

// userinfo answers /oauth2/v1/userinfo (OpenID Connect Core section 5.3).
func (o *Org) userinfo(w http.ResponseWriter, r *http.Request) {
	scheme, text, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	o.mu.Lock()
	defer o.mu.Unlock()
	t := o.oauth.access[strings.TrimSpace(text)]
	if !strings.EqualFold(scheme, "Bearer") || t == nil || t.userID == "" || o.now().After(t.expires) {
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token", error_description="The token is invalid."`)
		writeBody(w, http.StatusUnauthorized, "", nil)
		return
	}
	p := o.profileOf(t.userID)
	out := map[string]any{"sub": t.userID}
	if t.scopes["profile"] {
		out["name"], out["given_name"], out["family_name"] = p.name(), p.FirstName, p.LastName
		out["preferred_username"], out["locale"], out["zoneinfo"] = p.Login, p.Locale, p.Timezone
		if p.MiddleName != "" {
			out["middle_name"] = p.MiddleName
		}
		if p.NickName != "" {
			out["nickname"] = p.NickName
		}
	}
	if t.scopes["email"] {
		out["email"], out["email_verified"] = p.Email, true
	}
	if t.scopes["phone"] && p.MobilePhone != "" {
		out["phone_number"] = p.MobilePhone
	}
	if c := o.clients.byID[t.clientID]; c != nil {
		if groups := o.groupsClaim(c, t.userID, t.scopeList); groups != nil {
			out["groups"] = groups
		}
	}
	writeJSON(w, http.StatusOK, out)
}

// logout answers /oauth2/v1/logout (OpenID Connect RP-Initiated Logout).
func (o *Org) logout(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		o.errorPage(w, http.StatusBadRequest, "The request could not be read.")
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	c, userID := o.readIDToken(r, r.Form.Get("id_token_hint"))
	if c == nil {
		o.errorPage(w, http.StatusBadRequest, "The 'id_token_hint' parameter must be an ID token of this org.")
		return
	}
	back := r.Form.Get("post_logout_redirect_uri")
	if back != "" && !slices.Contains(c.postLogoutURIs, back) {
		o.errorPage(w, http.StatusBadRequest, "The 'post_logout_redirect_uri' parameter must be a Logout redirect URI in the client app settings.")
		return
	}
	if s := o.seat(r); s != nil && s.userID == userID {
		o.endSeat(w, r, s)
	}
	if back == "" {
		http.Redirect(w, r, "/login/signin", http.StatusFound)
		return
	}
	if state := r.Form.Get("state"); state != "" {
		u, err := url.Parse(back)
		if err != nil {
			o.errorPage(w, http.StatusBadRequest, "The 'post_logout_redirect_uri' parameter must be a Logout redirect URI in the client app settings.")
			return
		}
		q := u.Query()
		q.Set("state", state)
		u.RawQuery = q.Encode()
		back = u.String()
	}
	http.Redirect(w, r, back, http.StatusFound)
}

// readIDToken checks an ID token's signature and issuer, but not its expiry:
// a hint may be old. It returns the app it was for.
func (o *Org) readIDToken(r *http.Request, text string) (c *client, userID string) {
	jws, err := jose.ParseSignedCompact(text, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return nil, ""
	}
	_, public, err := o.signingKey()
	if err != nil {
		return nil, ""
	}
	payload, err := jws.Verify(public)
	var claims struct{ Iss, Aud, Sub, JTI string }
	if err != nil || json.Unmarshal(payload, &claims) != nil || claims.Iss != o.base(r) || !strings.HasPrefix(claims.JTI, "ID.") {
		return nil, ""
	}
	return o.clients.byID[claims.Aud], claims.Sub
}

// introspect answers /oauth2/v1/introspect (RFC 7662).
func (o *Org) introspect(w http.ResponseWriter, r *http.Request) {
	c, text, ok := o.tokenCaller(w, r)
	if !ok {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	t := o.oauth.access[text]
	if t == nil || t.clientID != c.id || o.now().After(t.expires) {
		writeJSON(w, http.StatusOK, map[string]any{"active": false})
		return
	}
	kind := "Bearer"
	if t.jkt != "" {
		kind = "DPoP"
	}
	writeJSON(w, http.StatusOK, map[string]any{"active": true, "scope": strings.Join(t.scopeList, " "), "client_id": t.clientID,
		"token_type": kind, "exp": t.expires.Unix(), "iat": t.issued.Unix(), "iss": o.base(r), "aud": o.base(r), "uid": t.userID})
}

// revokeToken answers /oauth2/v1/revoke (RFC 7009). A token nobody knows is no error.
func (o *Org) revokeToken(w http.ResponseWriter, r *http.Request) {
	c, text, ok := o.tokenCaller(w, r)
	if !ok {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if t := o.oauth.access[text]; t != nil && t.clientID == c.id {
		delete(o.oauth.access, text)
	}
	writeBody(w, http.StatusOK, "", nil)
}

// tokenCaller authenticates the client of /introspect and /revoke and reads the token they are about.
func (o *Org) tokenCaller(w http.ResponseWriter, r *http.Request) (*client, string, bool) {
	if err := r.ParseForm(); err != nil {
		badRequest("invalid_request", "Invalid request").write(w)
		return nil, "", false
	}
	login, problem := readLogin(r)
	if problem != nil {
		problem.write(w)
		return nil, "", false
	}
	o.fetchLoginKeys(r, &login)
	var c *client
	problem = locked(o, func() (bad *oauthError) {
		c, bad = o.authenticateClient(r, login, "")
		return bad
	})
	if problem == nil && r.Form.Get("token") == "" {
		problem = badRequest("invalid_request", "The 'token' parameter is required.")
	}
	if problem != nil {
		problem.write(w)
		return nil, "", false
	}
	return c, r.Form.Get("token"), true
}

// sessionLife is how long a session of the org lasts without use.
const sessionLife = 2 * time.Hour

// sessionTokenLife is how long a session token waits to be redeemed.
const sessionTokenLife = 5 * time.Minute
