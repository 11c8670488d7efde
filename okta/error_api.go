package okta

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"caracal/fault"
	"caracal/org"
)

// apiError is Okta's error object (Okta docs, "Core Okta API", errors). Only the code is stable.
type apiError struct {
	Code    string `json:"errorCode"`
	Summary string `json:"errorSummary"`
	ID      string `json:"errorId"`
	Causes  []struct {
		Summary string `json:"errorSummary"`
	} `json:"errorCauses"`
}

// words joins the summary and the causes, which is where the reason usually is.
func (e apiError) words() string {
	summary := strings.TrimSpace(e.Summary)
	var causes []string
	for _, c := range e.Causes {
		if s := strings.TrimSpace(c.Summary); s != "" && s != summary {
			causes = append(causes, strings.TrimSuffix(s, "."))
		}
	}
	switch {
	case len(causes) > 0 && (e.Code == "E0000001" || summary == ""):
		return strings.Join(causes, "; ")
	case len(causes) > 0:
		return strings.TrimSuffix(summary, ".") + ": " + strings.Join(causes, "; ")
	}
	return strings.TrimSuffix(summary, ".")
}

// meaning says what an error code means to the reader. %s is Okta's own words.
type meaning struct {
	kind fault.Kind
	text string
}

// meanings by code (Okta docs, "Okta error codes and descriptions").
var meanings = map[string]meaning{
	"E0000001": {fault.Invalid, "Okta did not accept the values: %s."},
	"E0000002": {fault.Invalid, "Okta does not allow this argument: %s."},
	"E0000003": {fault.Invalid, "Okta could not read the request: %s; check the step's values."},
	"E0000004": {fault.Forbidden, "Okta refused the sign-in; check the application's credential."},
	"E0000005": {fault.Forbidden, "Okta does not accept the session; run the health checks of the application."},
	"E0000006": {fault.Forbidden, "The connection has the scope but its admin role does not allow this; in Okta open Applications › your app › Admin roles › Edit assignments and add a role that does."},
	"E0000007": {fault.NotFound, "Okta found nothing there: %s; it may have been deleted or belong to another org, so choose it again."},
	"E0000008": {fault.NotFound, "This org's API does not have this operation; check the path, or ask Okta whether the feature is part of the org."},
	"E0000009": {fault.Upstream, "Okta had an internal error; try again, and give Okta's support the request id if it stays."},
	"E0000010": {fault.Busy, "The org is in read-only mode while Okta does maintenance; it goes on by itself when that ends."},
	"E0000011": {fault.Forbidden, "Okta does not accept the access token; check that the app is active in Okta and run the health checks of the application."},
	"E0000012": {fault.Invalid, "Okta does not take this content type: %s."},
	"E0000014": {fault.Invalid, "Okta did not accept the new password or other credential: %s."},
	"E0000015": {fault.Forbidden, "This org does not have the feature that this takes; ask your Okta administrator or Okta whether it can be turned on."},
	"E0000016": {fault.Conflict, "The user is active already; nothing needs to be done."},
	"E0000017": {fault.Conflict, "Okta could not reset the password: %s."},
	"E0000022": {fault.Upstream, "This org's API does not have this operation; ask Okta whether the feature is part of the org."},
	"E0000031": {fault.Invalid, "Okta could not read the search: %s."},
	"E0000032": {fault.Conflict, "Okta could not unlock the user: %s."},
	"E0000034": {fault.Conflict, "The user's recovery question is not set, so the password cannot be reset this way: %s."},
	"E0000036": {fault.Upstream, "Okta could not reach the directory or app behind this object: %s."},
	"E0000038": {fault.Conflict, "Okta does not allow this in the user's present status: %s; look at the user's status in Okta first."},
	"E0000039": {fault.Invalid, "Okta does not allow this on the object: %s."},
	"E0000047": {fault.Busy, "Okta's rate limit for this minute is reached; it goes on by itself when the limit is reset."},
	"E0000054": {fault.Upstream, "Okta's feature for this is not available now: %s."},
	"E0000055": {fault.Conflict, "A group with this name exists already; choose another name."},
	"E0000056": {fault.Conflict, "Okta does not delete an app that is active; deactivate it first."},
	"E0000060": {fault.Upstream, "Okta does not support this here: %s."},
	"E0000090": {fault.Conflict, "The user already has this admin role; nothing needs to be done."},
	"E0000112": {fault.Busy, "The user is still being activated; it goes on by itself in a moment."},
	"E0000167": {fault.Upstream, "Okta is not configured for this: %s."},
}

// byStatus is the meaning of an answer without a known code.
var byStatus = map[int]meaning{
	http.StatusBadRequest:            {fault.Invalid, "Okta did not accept the values: %s."},
	http.StatusUnauthorized:          {fault.Forbidden, "Okta does not accept the access token; check that the app is active in Okta and run the health checks of the application."},
	http.StatusForbidden:             {fault.Forbidden, "Okta does not allow this: %s."},
	http.StatusMethodNotAllowed:      {fault.Upstream, "This org's API does not have this operation; ask Okta whether the feature is part of the org."},
	http.StatusNotFound:              {fault.NotFound, "Okta found nothing there: %s."},
	http.StatusConflict:              {fault.Conflict, "Okta refused because of what is there already: %s."},
	http.StatusRequestEntityTooLarge: {fault.Invalid, "The values are too long for Okta; shorten them."},
	http.StatusRequestURITooLong:     {fault.Invalid, "The values are too long for Okta; shorten them."},
	http.StatusTooManyRequests:       {fault.Busy, "Okta's rate limit for this minute is reached; it goes on by itself when the limit is reset."},
}

// plainStatus say what they mean without Okta's words; another status without them may be of whoever is in between.
var plainStatus = []int{http.StatusTooManyRequests, http.StatusUnauthorized, http.StatusMethodNotAllowed}

// readOnlyWait and activatingWait are when a run tries again.
const (
	readOnlyWait   = 5 * time.Minute
	activatingWait = 15 * time.Second
)

// apiFault says what an answer that is not 2xx means. hide are texts that must not show, should the other side
// send them back.
func apiFault(resp *Response, host string, now time.Time, hide ...string) *fault.Error {
	if resp.Status >= 300 && resp.Status < 400 {
		return withAnswer(redirected(resp, host), resp, "")
	}
	if scope := missingScope(resp.Header); scope != "" {
		f := fault.New(fault.Forbidden, "The scope %s is not granted to the app; in Okta open Applications › your app › Okta API Scopes and press Grant beside it, then try again.", scope)
		f.Scope = scope
		return withAnswer(f, resp, "insufficient_scope")
	}
	var e apiError
	if json.Unmarshal(resp.Body, &e) != nil {
		e = apiError{}
	}
	m, known := meanings[e.Code]
	if !known {
		if m, known = byStatus[resp.Status]; !known || e.Code == "" && !slices.Contains(plainStatus, resp.Status) {
			m = meaning{fault.Upstream, fmt.Sprintf("%s answered with status %d", host, resp.Status) + ": %s."}
		}
		if isHTML(resp) {
			m = meaning{fault.Upstream, fmt.Sprintf("%s answered with a web page and status %d instead of data; Okta may have trouble, or a proxy stands in between, so try again.", host, resp.Status)}
		}
	}
	text := m.text
	if strings.Contains(text, "%s") {
		words := clean(e.words(), hide...)
		if strings.Contains(words, "already exists") {
			text = strings.TrimSuffix(text, ".") + "; choose another, or work with the one that is there."
		}
		if words == "" {
			words = "it gave no reason"
		}
		text = fmt.Sprintf(text, words)
	}
	f := &fault.Error{Kind: m.kind, Message: text}
	switch {
	case e.Code == "E0000010":
		f.RetryAt = now.Add(readOnlyWait)
	case e.Code == "E0000112":
		f.RetryAt = now.Add(activatingWait)
	case f.Kind == fault.Busy:
		wait, _ := rateWait(resp.Header, now, 1)
		f.RetryAt = now.Add(wait)
	}
	return withAnswer(f, resp, e.Code)
}

func withAnswer(f *fault.Error, resp *Response, code string) *fault.Error {
	f.Status, f.Request, f.Code = resp.Status, resp.RequestID, code
	return f
}

func redirected(resp *Response, host string) *fault.Error {
	if u, err := url.Parse(resp.Header.Get("Location")); err == nil && u.Host != "" && u.Host != host {
		return fault.New(fault.Upstream, "%s sends callers on to %s, which Caracal does not follow; enter the org's own okta.com address.", host, u.Host)
	}
	return fault.New(fault.Upstream, "%s sends callers elsewhere instead of answering, which Caracal does not follow; check the address.", host)
}

// scopePattern finds the scope in WWW-Authenticate: Bearer ... error="insufficient_scope" (RFC 6750, section 3).
var scopePattern = regexp.MustCompile(`scope="([A-Za-z0-9._ -]+)"`)

func missingScope(h http.Header) string {
	for _, v := range h.Values("WWW-Authenticate") {
		if strings.Contains(v, "insufficient_scope") {
			if m := scopePattern.FindStringSubmatch(v); m != nil {
				return m[1]
			}
			return "that this call takes" // reads on in the sentence; Okta always names it
		}
	}
	return ""
}

// refusesToken reports whether a 401 is about the token, and not about a feature or a password.
func refusesToken(resp *Response) bool {
	var e apiError
	if json.Unmarshal(resp.Body, &e) != nil || e.Code == "" {
		return true
	}
	return e.Code == "E0000011" || e.Code == "E0000005"
}

// readable refuses a web page where data was asked for.
func readable(resp *Response, host string) *fault.Error {
	if !isHTML(resp) {
		return nil
	}
	f := fault.New(fault.Upstream, "%s answered with a web page instead of data; check that the address is the Okta org itself, and that no proxy stands in between.", host)
	return withAnswer(f, resp, "")
}

func isHTML(resp *Response) bool {
	kind := resp.Header.Get("Content-Type")
	return strings.Contains(kind, "text/html") || !strings.Contains(kind, "xml") && // some operations answer with XML
		strings.HasPrefix(strings.TrimSpace(string(resp.Body[:min(len(resp.Body), 64)])), "<")
}

// clean makes Okta's words fit for a sentence: one line, not too long, without what must be hidden.
func clean(s string, hide ...string) string {
	for _, h := range hide {
		if h != "" {
			s = strings.ReplaceAll(s, h, "[hidden]")
		}
	}
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) { // Cf turns text around on the page
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > 300 {
		s = string(r[:299]) + "…"
	}
	return strings.TrimSuffix(s, ".")
}

// requestOf returns Okta's request id of an answer or a fault.
func requestOf(resp *Response, err error) string {
	if resp != nil {
		return resp.RequestID
	}
	if f := fault.As(err); f != nil {
		return f.Request
	}
	return ""
}

// MissingScope returns the scope that a failure names, if that is its reason.
func MissingScope(err error) org.Scope {
	if f := fault.As(err); f != nil {
		return org.Scope(f.Scope)
	}
	return ""
}
