package okta

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"caracal/fault"
	"caracal/org"
)

// oauthError is the token endpoint's refusal (RFC 6749, section 5.2).
type oauthError struct {
	Error       string `json:"error"`
	Description string `json:"error_description"`
}

// skewLimit is how far our clock may be from Okta's before a refused proof of time is blamed on it.
const skewLimit = 2 * time.Minute

// tokenFault says what a refused token request means, beside the form field it is about. hide are the
// credentials that were sent.
func tokenFault(resp *Response, s *tokenSource, scopes []org.Scope, began time.Time, hide []string) *fault.Error {
	var e oauthError
	if json.Unmarshal(resp.Body, &e) != nil || e.Error == "" {
		return otherTokenFault(resp, s, hide)
	}
	words := clean(e.Description, hide...)
	f := refusal(e.Error, words, s, scopes)
	if e.Error == "invalid_client" && s.method == org.CustomApp || e.Error == "invalid_dpop_proof" {
		if text := skewText(resp.Header, began, s.host.name); text != "" {
			f = fault.New(fault.Forbidden, "%s", text)
		}
	}
	if words != "" {
		f.Message = strings.TrimSuffix(f.Message, ".") + " (Okta says: " + words + ")."
	}
	return withAnswer(f, resp, e.Error)
}

// otherTokenFault is for answers that are no OAuth error: Okta's own error object, or not Okta at all.
func otherTokenFault(resp *Response, s *tokenSource, hide []string) *fault.Error {
	now := s.clients.opts.Clock()
	var e apiError
	isOkta := json.Unmarshal(resp.Body, &e) == nil && e.Code != ""
	if !isOkta && resp.Status != http.StatusTooManyRequests && resp.Status < 500 && resp.Status >= 400 {
		return withAnswer(notOkta(s.host.name, resp), resp, "")
	}
	f := apiFault(resp, s.host.name, now, hide...)
	f.Field = "domain"
	if resp.Status >= 500 {
		f.Kind, f.RetryAt = fault.Busy, now.Add(unreachableWait)
	}
	return f
}

// refusal maps an OAuth error of Okta's token endpoint (Okta docs, "OAuth 2.0 and OpenID Connect error codes").
func refusal(code, words string, s *tokenSource, scopes []org.Scope) *fault.Error {
	lower := strings.ToLower(words)
	at := func(kind fault.Kind, field, format string, args ...any) *fault.Error {
		f := fault.New(kind, format, args...)
		f.Field = field
		return f
	}
	switch code {
	case "invalid_client":
		return invalidClient(lower, s.method)
	case "invalid_scope":
		f := at(fault.Invalid, "scopes", "Okta does not know one of these scopes, or the app may not ask for it: %s; check the spelling.", org.JoinScopes(scopes))
		f.Scope = single(scopes)
		return f
	case "consent_required":
		f := at(fault.Forbidden, "scopes", "None of these scopes is granted to the app: %s; a Super Administrator grants them in Okta under Applications › your app › Okta API Scopes.", org.JoinScopes(scopes))
		f.Scope = single(scopes)
		return f
	case "access_denied":
		return at(fault.Forbidden, "domain", "Okta refused this machine's address: refused by a network zone; allow the address under Security › Networks, or in the app's own network settings.")
	case "unauthorized_client":
		return at(fault.Forbidden, "client_id", "This app may not ask for a token by itself; in Okta it must be an API Services app or an API service integration.")
	case "invalid_dpop_proof", "use_dpop_nonce":
		return at(fault.Upstream, "client_id", "Okta did not accept the proof of possession (DPoP); try again, and if it stays, untick “Require Demonstrating Proof of Possession” in the app's General settings.")
	case "invalid_grant", "unsupported_grant_type", "invalid_request":
		return at(fault.Upstream, "client_id", "Okta did not accept the token request; check that the app is an API Services app or an API service integration.")
	case "temporarily_unavailable", "server_error":
		f := at(fault.Busy, "domain", "Okta cannot give tokens now; try again in a minute.")
		f.RetryAt = s.clients.opts.Clock().Add(unreachableWait)
		return f
	}
	return at(fault.Upstream, "client_id", "Okta refused to give a token (%s); check the app in Okta.", clean(code))
}

// invalidClient tells the cases of Okta's most general refusal apart by its text.
func invalidClient(lower string, method org.Method) *fault.Error {
	at := func(field, text string) *fault.Error {
		f := fault.New(fault.Forbidden, "%s", text)
		f.Field = field
		return f
	}
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(lower, w) {
				return true
			}
		}
		return false
	}
	switch {
	case method != org.CustomApp && has("must use the private_key_jwt", "private_key_jwt token_endpoint_auth_method"):
		return at("secret", "This app takes a private key and no secret; connect it under Custom app.")
	case method == org.CustomApp && has("client_secret_basic", "token_endpoint_auth_method"):
		return at("secret", "This app does not take a private key as it is set up; choose “Public key / Private key” in its General settings, or connect it under Okta Integration Network with its secret.")
	case has("client_id", "client id", "no client", "client not found", "invalid client", "not active", "inactive", "deactivated"):
		return at("client_id", "Okta knows no active app with this client ID; copy it from the app's General tab, and check that the app is active and the domain is right.")
	case method != org.CustomApp && has("secret"):
		return at("secret", "Okta refused the client secret; copy it again, or make a new one in the integration, since Okta shows it only once.")
	case method == org.CustomApp && has("expir", "exp ", "'exp'", "issued", "iat"):
		return at("secret", "Okta refused the time in the signed request; set this machine's clock right, and try again.")
	case method == org.CustomApp && has("already", "jti"):
		return at("secret", "Okta took the signed request for a repeated one; try again.")
	case method == org.CustomApp && has("aud"):
		return at("domain", "Okta says the signed request was meant for another org; use the org's own okta.com address.")
	case method == org.CustomApp && has("signature", "kid", "jwk", "key", "assertion"):
		return at("secret", "Okta does not accept this key for the app; check under Public keys that it is listed and active, and that Save was pressed after it was added.")
	}
	return at("client_id", "Okta refused the client ID or its credential; check both in Okta.")
}

func single(scopes []org.Scope) string {
	if len(scopes) == 1 {
		return string(scopes[0])
	}
	return ""
}

// skewText compares the answer's Date with our clock and says so when they differ too much for a signed time.
func skewText(h http.Header, now time.Time, host string) string {
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return ""
	}
	skew := now.Sub(date)
	if skew.Abs() < skewLimit {
		return ""
	}
	direction := "ahead of"
	if skew < 0 {
		direction = "behind"
	}
	return fmt.Sprintf("This machine's clock is %d minutes %s that of %s, so Okta refuses what it signs; set the clock right (turn on time synchronisation) and try again.",
		int(skew.Abs().Round(time.Minute)/time.Minute), direction, host)
}

// notOkta is for a host that answers as no Okta org does.
func notOkta(host string, resp *Response) *fault.Error {
	f := fault.New(fault.Upstream, "%s answers, but not as an Okta org does; check the address.", host)
	f.Field, f.Status, f.Request = "domain", resp.Status, resp.RequestID
	return f
}
