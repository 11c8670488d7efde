package oktasim

import (
	"encoding/json"
	"net/http"
)

// oauthError is a refusal of the authorization server (RFC 6749 section 5.2).
// The texts are those of Okta's list of OAuth 2.0 error codes.
type oauthError struct {
	status      int
	code        string
	description string
	nonce       string // sent as DPoP-Nonce
}

func invalidClient(description string) *oauthError {
	return &oauthError{status: http.StatusUnauthorized, code: "invalid_client", description: description}
}

func badRequest(code, description string) *oauthError {
	return &oauthError{status: http.StatusBadRequest, code: code, description: description}
}

func serverFailure(err error) *oauthError {
	return &oauthError{status: http.StatusInternalServerError, code: "server_error", description: err.Error()}
}

func (e *oauthError) write(w http.ResponseWriter) {
	if e.nonce != "" {
		w.Header().Set("DPoP-Nonce", e.nonce)
	}
	if e.status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Basic realm="oauth"`)
	}
	writeJSON(w, e.status, map[string]string{"error": e.code, "error_description": e.description})
}

// writeJSON answers with a JSON object that no cache may keep.
func writeJSON(w http.ResponseWriter, status int, v any) {
	data, err := json.Marshal(v)
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.Header().Set("Pragma", "no-cache")
	writeBody(w, status, "application/json", data)
}
