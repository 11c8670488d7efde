package oktasim

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

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
