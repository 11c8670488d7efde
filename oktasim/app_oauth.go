package oktasim

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// clientTypes says which grant types each application_type may have
// ("OpenIdConnectApplicationSettingsClient" and the Apps API's table of grant
// types by application type).
var clientTypes = map[string][]string{
	"web": {"authorization_code", "client_credentials", "implicit", "interaction_code", "password", "refresh_token", grantCIBA,
		grantDevice, grantSAMLBearer, grantExchange, grantJWTBearer},
	"native": {"authorization_code", "implicit", "interaction_code", "password", "refresh_token", grantCIBA, grantDevice,
		grantSAMLBearer, grantExchange, grantJWTBearer, grantOTP, grantOOB, grantMFAOTP, grantMFAOOB},
	"browser": {"authorization_code", "implicit", "interaction_code", "password", "refresh_token", grantExchange},
	"service": {"client_credentials", grantExchange, grantJWTBearer, grantCIBA},
}

const (
	grantCIBA       = "urn:openid:params:grant-type:ciba"
	grantDevice     = "urn:ietf:params:oauth:grant-type:device_code"
	grantSAMLBearer = "urn:ietf:params:oauth:grant-type:saml2-bearer"
	grantExchange   = "urn:ietf:params:oauth:grant-type:token-exchange"
	grantJWTBearer  = "urn:ietf:params:oauth:grant-type:jwt-bearer"
	grantOTP        = "urn:okta:params:oauth:grant-type:otp"
	grantOOB        = "urn:okta:params:oauth:grant-type:oob"
	grantMFAOTP     = "http://auth0.com/oauth/grant-type/mfa-otp"
	grantMFAOOB     = "http://auth0.com/oauth/grant-type/mfa-oob"
)

var clientAuthMethods = []string{"client_secret_basic", "client_secret_jwt", "client_secret_post", "none", "private_key_jwt"}

// shapeOAuth reads settings.oauthClient and credentials.oauthClient of an OpenID Connect app.
func (o *Org) shapeOAuth(a *app, entry *integration, in map[string]any, old *app) *apiError {
	if a.signOnMode != modeOIDC {
		a.oauth = nil
		return nil
	}
	settings := jsonCopy(jsonMap(in, "settings", "oauthClient"))
	kind, err := clientSettings(settings, a.name != "oidc_client")
	if err != nil {
		return err
	}
	cred := jsonMap(in, "credentials", "oauthClient")
	x := &appOAuth{clientID: a.id, method: "client_secret_basic", autoKey: jsonBool(cred, "autoKeyRotation", true)}
	if kind == "browser" {
		x.method = "none" // a page in a browser cannot keep a secret
	}
	if a.oauth != nil {
		x.clientID, x.method, x.secrets, x.keys = a.oauth.clientID, a.oauth.method, a.oauth.secrets, a.oauth.keys
	}
	if m := jsonText(cred, "token_endpoint_auth_method"); m != "" {
		x.method = m
	}
	if !slices.Contains(clientAuthMethods, x.method) {
		return errValidation("credentials.oauthClient.token_endpoint_auth_method",
			fmt.Sprintf("token_endpoint_auth_method: '%s' is not valid. Valid values: [%s].", x.method, strings.Join(clientAuthMethods, ", ")))
	}
	if x.method == "none" && kind == "service" {
		return errValidation("credentials.oauthClient.token_endpoint_auth_method",
			"token_endpoint_auth_method: A service app must authenticate.")
	}
	x.pkce = jsonBool(cred, "pkce_required", kind == "browser" || kind == "native")
	if err := o.takeClientID(a, x, jsonText(cred, "client_id"), old); err != nil {
		return err
	}
	if err := o.takeSecret(x, jsonText(cred, "client_secret")); err != nil {
		return err
	}
	if err := o.takeKeys(x, settings); err != nil {
		return err
	}
	if kid := jsonText(in, "credentials", "signing", "kid"); kid != "" {
		a.signingKid = kid
	}
	a.oauth = x
	a.settings["oauthClient"] = settings
	return nil
}

// takeClientID lets the caller choose the client id, once.
func (o *Org) takeClientID(a *app, x *appOAuth, want string, old *app) *apiError {
	if want == "" || want == x.clientID {
		return nil
	}
	if old != nil {
		return errValidation("credentials.oauthClient.client_id", "client_id: The client_id cannot be changed.")
	}
	if len(want) < 6 || len(want) > 100 || strings.ContainsFunc(want, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return errValidation("credentials.oauthClient.client_id", "client_id: Must be 6 to 100 printable ASCII characters without spaces.")
	}
	for _, other := range o.apps.list {
		if other.oauth != nil && other.oauth.clientID == want && other.id != a.id {
			return errValidation("credentials.oauthClient.client_id", "client_id: An app with this client_id already exists.")
		}
	}
	x.clientID = want
	return nil
}

// takeSecret gives the client the secret it asks for, or makes one when it needs one.
func (o *Org) takeSecret(x *appOAuth, want string) *apiError {
	if !strings.HasPrefix(x.method, "client_secret_") {
		x.secrets = nil
		return nil
	}
	if want != "" && !isSecret(want) {
		return errValidation("credentials.oauthClient.client_secret", "client_secret: "+causeSecret)
	}
	switch {
	case len(x.secrets) == 0:
		if want == "" {
			want = randomToken(48)
		}
		x.secrets = []*appSecret{o.newSecret(want)}
	case want != "" && want != x.secrets[0].value:
		x.secrets = append([]*appSecret{o.newSecret(want)}, x.secrets[1:]...)
	}
	return nil
}

const causeSecret = "Must be at most 100 printable ASCII characters."

// isSecret says whether a text may be a client secret.
func isSecret(s string) bool {
	return s != "" && len(s) <= 100 && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

// takeKeys reads settings.oauthClient.jwks. Its keys live in the app; the settings show them.
func (o *Org) takeKeys(x *appOAuth, settings map[string]any) *apiError {
	jwks := settings["jwks"]
	delete(settings, "jwks")
	if s, ok := settings["jwks_uri"].(string); ok && s != "" {
		if !isWebURL(s) {
			return errValidation("settings.oauthClient.jwks_uri", "jwks_uri: The field must be a valid URL")
		}
		if jwks == nil {
			x.keys = nil
		}
	}
	if jwks != nil {
		set, ok := jwks.(map[string]any)
		if !ok {
			return errMalformed()
		}
		list, ok := set["keys"].([]any)
		if !ok {
			return errMalformed()
		}
		if err := o.replaceKeys(x, list); err != nil {
			return err
		}
	}
	if x.method == "private_key_jwt" && len(x.keys) == 0 && settings["jwks_uri"] == nil {
		return errValidation("settings.oauthClient.jwks", "jwks: 'jwks' or 'jwks_uri' is required when token_endpoint_auth_method is 'private_key_jwt'.")
	}
	return nil
}

// clientSettings checks settings.oauthClient and fills its defaults; it returns
// the application type. A catalog integration brings its own redirect addresses.
func clientSettings(s map[string]any, catalog bool) (string, *apiError) {
	field := func(name, text string) *apiError {
		return errValidation("settings.oauthClient."+name, name+": "+text)
	}
	kind := jsonText(s, "application_type")
	if kind == "" {
		kind = "web"
	}
	allowed, ok := clientTypes[kind]
	if !ok {
		return "", field("application_type", fmt.Sprintf("'%s' is not valid. Valid values: [browser, native, service, web].", kind))
	}
	s["application_type"] = kind
	grants, ok := jsonTexts(s, "grant_types")
	if !ok {
		return "", errMalformed()
	}
	if len(grants) == 0 {
		grants = []string{"authorization_code"}
		if kind == "service" {
			grants = []string{"client_credentials"}
		}
	}
	for _, g := range grants {
		if !slices.Contains(allowed, g) {
			return "", field("grant_types", fmt.Sprintf("'%s' is not valid for application type '%s'.", g, kind))
		}
	}
	responses, ok := jsonTexts(s, "response_types")
	if !ok {
		return "", errMalformed()
	}
	if len(responses) == 0 {
		responses = defaultResponses(grants)
	}
	if err := checkResponses(grants, responses, field); err != nil {
		return "", err
	}
	redirects, ok := jsonTexts(s, "redirect_uris")
	if !ok {
		return "", errMalformed()
	}
	if len(redirects) == 0 && !catalog && (slices.Contains(grants, "authorization_code") || slices.Contains(grants, "implicit")) {
		return "", field("redirect_uris", "'redirect_uris' must have at least one value for the requested 'grant_types'.")
	}
	for _, r := range redirects {
		if u, err := url.Parse(r); err != nil || u.Scheme == "" || u.Fragment != "" {
			return "", field("redirect_uris", fmt.Sprintf("'%s' is not a valid redirect URI.", r))
		}
	}
	s["grant_types"], s["response_types"], s["redirect_uris"] = orEmpty(grants), orEmpty(responses), orEmpty(redirects)
	return kind, clientDefaults(s, grants, field)
}

// defaultResponses are the response types that the grant types imply.
func defaultResponses(grants []string) []string {
	var out []string
	if slices.Contains(grants, "authorization_code") || slices.Contains(grants, "interaction_code") {
		out = append(out, "code")
	}
	if slices.Contains(grants, "implicit") {
		out = append(out, "token", "id_token")
	}
	if out == nil {
		out = []string{"token"}
	}
	return out
}

func checkResponses(grants, responses []string, field func(string, string) *apiError) *apiError {
	for _, r := range responses {
		switch {
		case !slices.Contains([]string{"code", "id_token", "token"}, r):
			return field("response_types", fmt.Sprintf("'%s' is not valid. Valid values: [code, token, id_token].", r))
		case r == "code" && !slices.Contains(grants, "authorization_code") && !slices.Contains(grants, "interaction_code"):
			return field("response_types", "'code' requires the grant type 'authorization_code'.")
		case r == "id_token" && !slices.Contains(grants, "implicit"):
			return field("response_types", "'id_token' requires the grant type 'implicit'.")
		}
	}
	if slices.Contains(grants, "authorization_code") && !slices.Contains(responses, "code") {
		return field("grant_types", "'authorization_code' requires the response type 'code'.")
	}
	if slices.Contains(grants, "implicit") && !slices.Contains(responses, "token") && !slices.Contains(responses, "id_token") {
		return field("grant_types", "'implicit' requires the response type 'token' or 'id_token'.")
	}
	return nil
}

// clientDefaults checks the remaining choices of a client and fills what was left out.
func clientDefaults(s map[string]any, grants []string, field func(string, string) *apiError) *apiError {
	for _, choice := range []struct {
		name, absent string
		values       []string
	}{
		{"consent_method", "TRUSTED", []string{"REQUIRED", "TRUSTED"}},
		{"issuer_mode", "DYNAMIC", []string{"CUSTOM_URL", "DYNAMIC", "ORG_URL"}},
		{"wildcard_redirect", "DISABLED", []string{"DISABLED", "SUBDOMAIN"}},
	} {
		v := jsonText(s, choice.name)
		if v == "" {
			v = choice.absent
		}
		if !slices.Contains(choice.values, v) {
			return field(choice.name, fmt.Sprintf("'%s' is not valid. Valid values: [%s].", v, strings.Join(choice.values, ", ")))
		}
		s[choice.name] = v
	}
	for _, f := range []string{"client_uri", "logo_uri", "policy_uri", "tos_uri", "initiate_login_uri"} {
		if v := jsonText(s, f); v != "" && !isWebURL(v) {
			return field(f, "The field must be a valid URL")
		}
	}
	for _, f := range []string{"client_uri", "logo_uri"} {
		if jsonText(s, f) == "" {
			s[f] = nil
		}
	}
	login := jsonMap(s, "idp_initiated_login")
	if login == nil {
		login = map[string]any{}
		s["idp_initiated_login"] = login
	}
	jsonDefaults(login, map[string]any{"mode": "DISABLED", "default_scope": []any{}})
	if !slices.Contains([]string{"DISABLED", "OKTA", "SPEC"}, jsonText(login, "mode")) {
		return field("idp_initiated_login", "mode: Must be DISABLED, OKTA or SPEC")
	}
	s["dpop_bound_access_tokens"] = jsonBool(s, "dpop_bound_access_tokens", false)
	s["participate_slo"] = jsonBool(s, "participate_slo", false)
	if jsonText(s, "frontchannel_logout_uri") != "" {
		s["frontchannel_logout_session_required"] = jsonBool(s, "frontchannel_logout_session_required", false)
	}
	if slices.Contains(grants, grantCIBA) && jsonText(s, "backchannel_token_delivery_mode") == "" {
		s["backchannel_token_delivery_mode"] = "poll"
	}
	return refreshDefaults(s, grants, field)
}

// refreshDefaults: only a rotating refresh token has a leeway, and only the grant type has refresh tokens.
func refreshDefaults(s map[string]any, grants []string, field func(string, string) *apiError) *apiError {
	if !slices.Contains(grants, "refresh_token") {
		delete(s, "refresh_token")
		return nil
	}
	refresh := jsonMap(s, "refresh_token")
	switch jsonText(refresh, "rotation_type") {
	case "", "STATIC":
		s["refresh_token"] = map[string]any{"rotation_type": "STATIC"}
	case "ROTATE":
		leeway, ok := jsonInt(refresh, "leeway")
		if refresh["leeway"] != nil && (!ok || leeway < 0 || leeway > 60) {
			return field("refresh_token", "leeway: Must be 0 to 60 seconds")
		}
		if refresh["leeway"] == nil {
			leeway = 30
		}
		s["refresh_token"] = map[string]any{"rotation_type": "ROTATE", "leeway": leeway}
	default:
		return field("refresh_token", "rotation_type: Must be ROTATE or STATIC")
	}
	return nil
}

// isBase64URL says that s is non-empty base64url without padding, as JWK members are (RFC 7518 section 2).
func isBase64URL(s string) bool {
	_, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(s, "="))
	return s != "" && err == nil
}
