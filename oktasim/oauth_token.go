package oktasim

import (
	"crypto/sha256"
	"encoding/base64"
	"mime"
	"net/http"
	"slices"
	"strings"
)

var grantTypes = []string{"authorization_code", "client_credentials"}

// token answers POST /oauth2/v1/token.
func (o *Org) token(w http.ResponseWriter, r *http.Request) {
	body, problem := o.tokenRequest(w, r)
	switch {
	case problem == nil:
		writeJSON(w, http.StatusOK, body)
	case problem.status == http.StatusTooManyRequests:
		o.writeError(w, errRateLimit()) // the one refusal here in the shape of the Management API
	default:
		problem.write(w)
	}
}

func (o *Org) tokenRequest(w http.ResponseWriter, r *http.Request) (map[string]any, *oauthError) {
	if r.ContentLength != 0 {
		if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/x-www-form-urlencoded" {
			return nil, badRequest("invalid_request", "Invalid request")
		}
	}
	if err := r.ParseForm(); err != nil {
		return nil, badRequest("invalid_request", "Invalid request")
	}
	for _, values := range r.Form {
		if len(values) > 1 {
			return nil, badRequest("invalid_request", "The request contained multiple parameters with the same name.")
		}
	}
	login, problem := readLogin(r)
	if problem != nil {
		return nil, problem
	}
	o.fetchLoginKeys(r, &login)

	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.take(w.Header(), "token") {
		return nil, &oauthError{status: http.StatusTooManyRequests}
	}
	grant := r.Form.Get("grant_type")
	if grant == "" {
		return nil, badRequest("invalid_request", "The token request must specify a 'grant_type'. Valid values: ["+strings.Join(grantTypes, ", ")+"]")
	}
	c, problem := o.authenticateClient(r, login, grant)
	if problem != nil {
		o.logToken(r, nil, login.id, nil, problem)
		return nil, problem
	}
	body, problem := o.grantToken(r, c, grant)
	o.logToken(r, c, c.id, body, problem)
	return body, problem
}

// fetchLoginKeys reads the JWKS URL of the client that the request claims to
// come from, before the org is locked: the URL may lead back to this org.
func (o *Org) fetchLoginKeys(r *http.Request, l *clientLogin) {
	if l.assertion == "" {
		return
	}
	uri := locked(o, func() string {
		if c := o.clientByID(assertedIssuer(l.assertion)); c != nil {
			return c.jwksURI
		}
		return ""
	})
	if uri == "" {
		return
	}
	keys, err := fetchKeys(r.Context(), uri)
	l.fetched, l.fetchFailed = keys, err != nil
}

func (o *Org) grantToken(r *http.Request, c *client, grant string) (map[string]any, *oauthError) {
	switch {
	case !slices.Contains(grantTypes, grant):
		return nil, badRequest("unsupported_grant_type", "The authorization grant type is not supported by the authorization server. Configured grant types: ["+strings.Join(grantTypes, ", ")+"].")
	case grant == "client_credentials" && c.kind == webClient:
		return nil, invalidClient("Only clients with 'application_type' of 'service' may use the client_credentials 'grant_type' with the Org Authorization Server.")
	case grant == "authorization_code" && c.kind != webClient:
		return nil, badRequest("unauthorized_client", "The client is not authorized to use the provided grant type. Configured grant types: [client_credentials].")
	case grant == "authorization_code":
		return o.redeemCode(r, c)
	}
	return o.grantClientCredentials(r, c)
}

func (o *Org) grantClientCredentials(r *http.Request, c *client) (map[string]any, *oauthError) {
	jkt, kind := "", "Bearer"
	if c.dpop {
		var problem *oauthError
		if jkt, problem = o.checkProof(r, "", true); problem != nil {
			return nil, problem
		}
		kind = "DPoP"
	}
	scopes, problem := o.scopesFor(c, strings.Fields(r.Form.Get("scope")))
	if problem != nil {
		return nil, problem
	}
	t := &accessToken{clientID: c.id, scopeList: scopes, scopes: setOf(scopes), jkt: jkt}
	text, err := o.issueAccess(o.base(r), t)
	if err != nil {
		return nil, serverFailure(err)
	}
	return map[string]any{"token_type": kind, "expires_in": int(accessTokenLife.Seconds()), "access_token": text,
		"scope": strings.Join(scopes, " ")}, nil
}

// scopesFor decides which of the scopes asked for a client gets.
func (o *Org) scopesFor(c *client, asked []string) ([]string, *oauthError) {
	if len(asked) == 0 {
		return nil, badRequest("invalid_scope", "No scopes were requested.")
	}
	var got []string
	for _, s := range asked {
		switch {
		case isSignInScope(s):
			return nil, badRequest("invalid_scope", "Cannot request 'openid' scopes using client credentials.")
		case !isAPIScope(s):
			return nil, badRequest("invalid_scope", "One or more scopes are not configured for the authorization server resource.")
		case slices.Contains(c.scopes, s) && !slices.Contains(got, s):
			got = append(got, s)
		}
	}
	if len(got) == 0 {
		return nil, badRequest("consent_required", "You are not allowed any of the requested scopes.")
	}
	if o.settings.RefuseUngranted && len(got) < len(setOf(asked)) {
		return nil, badRequest("invalid_scope", "The requested scope is invalid, unknown, malformed, or exceeds the scope granted by the resource owner.")
	}
	return got, nil
}

func setOf(list []string) map[string]bool {
	m := make(map[string]bool, len(list))
	for _, s := range list {
		m[s] = true
	}
	return m
}

// redeemCode exchanges an authorization code for an ID token and an access token.
func (o *Org) redeemCode(r *http.Request, c *client) (map[string]any, *oauthError) {
	code := o.oauth.codes[r.Form.Get("code")]
	if code == nil || o.now().After(code.expires) {
		return nil, badRequest("invalid_grant", "The authorization code is invalid or has expired.")
	}
	if code.clientID != c.id {
		return nil, badRequest("invalid_grant", "The grant was issued to another client. Please make sure the 'client_id' matches the one used at the authorize request.")
	}
	if code.spent { // RFC 6749 section 4.1.2: a code used twice takes its tokens with it
		for _, t := range code.tokens {
			delete(o.oauth.access, t)
		}
		return nil, badRequest("invalid_grant", "The authorization code is invalid or has expired.")
	}
	if code.redirectURI != r.Form.Get("redirect_uri") {
		return nil, badRequest("invalid_grant", "The 'redirect_uri' does not match the redirection URI used in the authorization request.")
	}
	verifier := r.Form.Get("code_verifier")
	if code.challenge != "" {
		sum := sha256.Sum256([]byte(verifier))
		if verifier == "" || base64.RawURLEncoding.EncodeToString(sum[:]) != code.challenge {
			return nil, badRequest("invalid_grant", "PKCE verification failed.")
		}
	} else if verifier != "" {
		return nil, badRequest("invalid_grant", "PKCE verification failed.")
	}
	code.spent = true
	base := o.base(r)
	access, err := o.issueAccess(base, &accessToken{clientID: c.id, userID: code.userID, scopeList: code.scopes, scopes: setOf(code.scopes)})
	if err != nil {
		return nil, serverFailure(err)
	}
	code.tokens = append(code.tokens, access)
	idToken, err := o.issueID(base, c, code, access)
	if err != nil {
		return nil, serverFailure(err)
	}
	return map[string]any{"token_type": "Bearer", "expires_in": int(accessTokenLife.Seconds()), "access_token": access,
		"scope": strings.Join(code.scopes, " "), "id_token": idToken}, nil
}

// logToken writes the event of a token request. A nonce asked for is no event of its own.
func (o *Org) logToken(r *http.Request, c *client, clientID string, body map[string]any, problem *oauthError) {
	by := &call{o: o, r: r, requestID: requestIDFrom(r.Context())}
	actor := target{ID: clientID, Type: "PublicClientApp", AlternateID: clientID, DisplayName: clientID}
	if c != nil {
		actor = c.actor()
	}
	if problem != nil {
		e := o.logOutcome(by, "app.oauth2.token.grant.access_token", "OAuth2 access token is granted", "FAILURE", problem.code, actor)
		e.Actor = actor
		return
	}
	scopes, _ := body["scope"].(string)
	e := o.log(by, "app.oauth2.token.grant.access_token", "OAuth2 access token is granted",
		target{ID: clientID, Type: "access_token", AlternateID: "", DisplayName: "Access Token", DetailEntry: map[string]any{"grantedScopes": scopes}})
	e.Actor = actor
}
