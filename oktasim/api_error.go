package oktasim

import (
	"fmt"
	"net/http"
)

// apiError is an answer that refuses a request, in the shape of Okta's Error
// object. With an empty code the answer has no body (as for a missing scope).
type apiError struct {
	status  int
	code    string
	summary string
	causes  []string
	header  http.Header
}

// Error makes apiError an error, for tests and for internal calls.
func (e *apiError) Error() string { return fmt.Sprintf("%d %s: %s", e.status, e.code, e.summary) }

// body is the Error object of the Okta API ("Errors" in its reference).
func (e *apiError) body() any {
	causes := make([]map[string]string, 0, len(e.causes))
	for _, c := range e.causes {
		causes = append(causes, map[string]string{"errorSummary": c})
	}
	return struct {
		Code    string              `json:"errorCode"`
		Summary string              `json:"errorSummary"`
		Link    string              `json:"errorLink"`
		ID      string              `json:"errorId"`
		Causes  []map[string]string `json:"errorCauses"`
	}{e.code, e.summary, e.code, "oae" + randomText(22, base62), causes}
}

func newError(status int, code, summary string, causes ...string) *apiError {
	return &apiError{status: status, code: code, summary: summary, causes: causes}
}

// errNotFound is E0000007, naming the id and the kind as Okta's classes are named: UserGroup, User, AppInstance…
func errNotFound(id, kind string) *apiError {
	return newError(http.StatusNotFound, "E0000007", fmt.Sprintf("Not found: Resource not found: %s (%s)", id, kind))
}

// errValidation is E0000001 for a field, with one cause for each thing wrong.
func errValidation(field string, causes ...string) *apiError {
	return newError(http.StatusBadRequest, "E0000001", "Api validation failed: "+field, causes...)
}

func errMalformed() *apiError {
	return newError(http.StatusBadRequest, "E0000003", "The request body was not well-formed.")
}

func errAuthentication() *apiError {
	return newError(http.StatusUnauthorized, "E0000004", "Authentication failed")
}

func errNoSession() *apiError {
	return newError(http.StatusForbidden, "E0000005", "Invalid session")
}

// errPermission is E0000006: the scope is there, the admin role is not.
func errPermission() *apiError {
	return newError(http.StatusForbidden, "E0000006", "You do not have permission to perform the requested action")
}

func errNoRoute() *apiError {
	return newError(http.StatusNotFound, "E0000008", "The requested path was not found")
}

func errInvalidToken() *apiError {
	return newError(http.StatusUnauthorized, "E0000011", "Invalid token provided")
}

func errMethod() *apiError {
	return newError(http.StatusMethodNotAllowed, "E0000022", "The endpoint does not support the provided HTTP method")
}

// errSearch is E0000031 for a filter or search expression that does not parse.
func errSearch(cause string) *apiError {
	return newError(http.StatusBadRequest, "E0000031", "Invalid search criteria.", cause)
}

// errLogQuery is what the System Log answers to a filter or a time that it does not take ("Errors" of the System Log
// query guide).
func errLogQuery(summary string) *apiError {
	return newError(http.StatusBadRequest, "E0000053", summary)
}

func errRateLimit() *apiError {
	return newError(http.StatusTooManyRequests, "E0000047", "API call exceeded rate limit due to too many requests.")
}
