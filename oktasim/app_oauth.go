package oktasim

import (
	"fmt"
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
