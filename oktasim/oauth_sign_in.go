package oktasim

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// authorizePage answers GET /oauth2/v1/authorize (OpenID Connect Core section 3.1.2, RFC 7636).
// Every active user of the org may sign in to every web app.
func (o *Org) authorizePage(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		o.errorPage(w, http.StatusBadRequest, "The request could not be read.")
		return
	}
	q := r.Form
	o.mu.Lock()
	defer o.mu.Unlock()
	c := o.clientByID(q.Get("client_id"))
	if c == nil || c.kind != webClient || !o.usable(c) {
		o.errorPage(w, http.StatusBadRequest, "Invalid value for 'client_id' parameter.")
		return
	}
	redirect := q.Get("redirect_uri")
	if !slices.Contains(c.redirectURIs, redirect) {
		o.errorPage(w, http.StatusBadRequest, "The 'redirect_uri' parameter must be a Login redirect URI in the client app settings.")
		return
	}
	back := func(values url.Values) {
		if s := q.Get("state"); s != "" {
			values.Set("state", s)
		}
		u, err := url.Parse(redirect)
		if err != nil {
			o.errorPage(w, http.StatusBadRequest, "The 'redirect_uri' parameter must be a Login redirect URI in the client app settings.")
			return
		}
		old := u.Query()
		for k, v := range values {
			old[k] = v
		}
		u.RawQuery = old.Encode()
		http.Redirect(w, r, u.String(), http.StatusFound)
	}
	if problem := checkAuthorize(q); problem != nil {
		back(url.Values{"error": {problem.code}, "error_description": {problem.description}})
		return
	}
	s := o.seat(r)
	if s == nil || o.mustSignInAgain(s, q) {
		if q.Get("prompt") == "none" {
			back(url.Values{"error": {"login_required"}, "error_description": {"The client specified not to prompt, but the user is not logged in."}})
			return
		}
		http.Redirect(w, r, "/login/signin?"+url.Values{"next": {r.URL.Path + "?" + q.Encode()}, "username": {q.Get("login_hint")}}.Encode(), http.StatusFound)
		return
	}
	code := randomToken(32)
	o.oauth.codes[code] = &authCode{clientID: c.id, userID: s.userID, redirectURI: redirect, nonce: q.Get("nonce"),
		challenge: q.Get("code_challenge"), scopes: strings.Fields(q.Get("scope")), authTime: s.signedIn, expires: o.now().Add(codeLife)}
	by := &call{o: o, r: r, requestID: requestIDFrom(r.Context()), principal: &principal{kind: tokenPrincipal, userID: s.userID}}
	o.log(by, "user.authentication.sso", "User single sign on to app",
		target{ID: c.id, Type: "AppInstance", AlternateID: c.name, DisplayName: "OpenID Connect Client"}, o.userActor(s.userID))
	back(url.Values{"code": {code}})
}

// mustSignInAgain says whether the app wants a sign-in newer than the session's
// (prompt=login, max_age: OpenID Connect Core section 3.1.2.1).
func (o *Org) mustSignInAgain(s *seat, q url.Values) bool {
	age := o.now().Sub(s.signedIn)
	if q.Get("prompt") == "login" && age > justNow {
		return true
	}
	limit, err := strconv.Atoi(q.Get("max_age"))
	return err == nil && limit >= 0 && age > max(time.Duration(limit)*time.Second, justNow)
}

// justNow is how old a sign-in may be that was asked for anew: the way back
// from the sign-in page takes a moment.
const justNow = 30 * time.Second

// checkAuthorize checks what the answer can tell the app about by a redirect.
func checkAuthorize(q url.Values) *oauthError {
	scopes := strings.Fields(q.Get("scope"))
	switch {
	case q.Get("response_type") != "code":
		return badRequest("unsupported_response_type", "The response type is not supported by the authorization server. Configured response types: [code]")
	case q.Get("state") == "":
		return badRequest("invalid_request", "The authentication request has an invalid 'state' parameter.")
	case len(scopes) == 0:
		return badRequest("invalid_scope", "No scopes were requested.")
	case !slices.Contains(scopes, "openid"):
		return badRequest("invalid_scope", "Requests for ID tokens or access tokens with OpenID scopes require the 'openid' scope.")
	case slices.ContainsFunc(scopes, func(s string) bool { return !isSignInScope(s) }):
		return badRequest("invalid_scope", "One or more scopes are not configured for the authorization server resource.")
	case q.Get("code_challenge") == "" && q.Get("code_challenge_method") != "":
		return badRequest("invalid_request", "PKCE code challenge contains illegal characters.")
	case q.Get("code_challenge") != "" && q.Get("code_challenge_method") != "S256":
		return badRequest("invalid_request", "PKCE code challenge method is not supported. Valid values: [S256]")
	case q.Get("code_challenge") != "" && !challengeShape.MatchString(q.Get("code_challenge")):
		return badRequest("invalid_request", "PKCE code challenge contains illegal characters.")
	case !slices.Contains([]string{"", "none", "login", "consent", "select_account"}, q.Get("prompt")):
		return badRequest("invalid_request", "Invalid value for 'prompt' parameter. Supported values: [none, login, consent]")
	}
	return nil
}

// challengeShape is a code challenge of RFC 7636 section 4.2.
var challengeShape = regexp.MustCompile(`^[A-Za-z0-9._~-]{43,128}$`)

// issueID makes the ID token. Beside an access token it is thin, as Okta's
// is: more of the profile comes from /userinfo.
func (o *Org) issueID(base string, c *client, code *authCode, access string) (string, error) {
	now := o.now()
	half := sha256.Sum256([]byte(access))
	claims := map[string]any{
		"sub": code.userID, "ver": 1, "iss": base, "aud": c.id, "iat": now.Unix(), "exp": now.Add(idTokenLife).Unix(),
		"jti": "ID." + randomToken(32), "amr": []string{"pwd"}, "idp": o.id, "auth_time": code.authTime.Unix(),
		"at_hash": base64.RawURLEncoding.EncodeToString(half[:16]),
	}
	if code.nonce != "" {
		claims["nonce"] = code.nonce
	}
	profile := o.profileOf(code.userID)
	if slices.Contains(code.scopes, "profile") {
		claims["name"], claims["preferred_username"] = profile.name(), profile.Login
	}
	if slices.Contains(code.scopes, "email") {
		claims["email"] = profile.Email
	}
	if groups := o.groupsClaim(c, code.userID, code.scopes); groups != nil {
		claims["groups"] = groups
	}
	return o.sign(claims)
}

// groupsClaim lists the user's groups whose names match the app's filter, for
// those who ask for the scope `groups`.
func (o *Org) groupsClaim(c *client, userID string, scopes []string) []string {
	if c.groupsFilter == "" || !slices.Contains(scopes, "groups") {
		return nil
	}
	filter, err := regexp.Compile("^(?:" + c.groupsFilter + ")$")
	if err != nil {
		return nil
	}
	var groups []struct{ Profile struct{ Name string } }
	status, body := o.do(http.MethodGet, "/api/v1/users/"+pathSegment(userID)+"/groups", nil)
	if status != http.StatusOK || json.Unmarshal(body, &groups) != nil {
		return nil
	}
	names := []string{}
	for _, g := range groups {
		if filter.MatchString(g.Profile.Name) {
			names = append(names, g.Profile.Name)
		}
	}
	return names
}

// userProfile is what the authorization server tells about a person.
type userProfile struct {
	Login, Email, FirstName, LastName, MiddleName, NickName string
	Locale, Timezone, MobilePhone                           string
}

func (p userProfile) name() string { return strings.TrimSpace(p.FirstName + " " + p.LastName) }

func (o *Org) profileOf(userID string) userProfile {
	var user struct{ Profile userProfile }
	status, body := o.do(http.MethodGet, "/api/v1/users/"+pathSegment(userID), nil)
	if status != http.StatusOK || json.Unmarshal(body, &user) != nil {
		return userProfile{}
	}
	return user.Profile
}
