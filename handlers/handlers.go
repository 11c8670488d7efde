// Package handlers turns one request into one decision and one page.
//
// A handler decodes, validates, acts and answers; it returns an error, which package web maps to a status, a
// page and a log level. Files are named object_verb.go after the route they serve.
package handlers

import (
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/a-h/templ"
	"github.com/gorilla/sessions"

	"caracal/auth"
	"caracal/catalog"
	"caracal/connect"
	"caracal/db"
	"caracal/engine"
	"caracal/health"
	"caracal/notify"
	"caracal/rehearse"
	"caracal/rowcheck"
	"caracal/secret"
	"caracal/undo"
	"caracal/workflow"
)

// Handlers holds what the handlers work with. Every field is set by internal/app before the first request.
type Handlers struct {
	DB       *db.DB
	Rehearse *rehearse.Service
	Undo     *undo.Service
	Engine   *engine.Engine
	Rows     *rowcheck.Service
	Connect  *connect.Service
	Health   *health.Service
	Notify   *notify.Service
	Catalog  *catalog.Live
	Catalogs *catalog.Library
	Registry *workflow.Registry // the actions that every workflow may use; see Handlers.actions
	Keys     *secret.Keyring    // seals the secrets of webhooks
	Sessions sessions.Store     // server-side sessions; carries flashes between requests
	Clock    func() time.Time
	Log      *slog.Logger

	RemoteAddr func(*http.Request) string // the client's address, behind trusted proxies; web sets it

	Mapping auth.Mapping  // which roles people get; web sets it
	Recheck time.Duration // after how long the org is asked again about a person; below zero is never; web sets it
	Proof   time.Duration // how long API tokens work after the roles of their person were last proved; web sets it

	Contact     string // whom a person without a role asks, as configured
	ListingName string // Caracal's entry in Okta's catalog, as configured; "" when there is none
	ListingURL  string
	PublicURL   string // https address of this installation, for the links that Okta needs
	Version     string

	Demo *Demo // nil unless this is the demo

	calls     calls
	standings standings
	orgs      orgWaits
}

// Demo is what the demo puts on pages so that nothing has to be looked up.
type Demo struct {
	OrgURL string       // the simulated org and its console
	People []DemoPerson // who can sign in
	OIN    Credentials  // ready-made credentials of a catalog integration
	Custom Credentials  // ready-made credentials of an API service app
}

// DemoPerson is somebody who can sign in to the demo.
type DemoPerson struct{ Name, Login, Role string }

// Credentials fill the connect form of the demo.
type Credentials struct {
	Domain   string
	ClientID string
	Secret   secret.Text // a client secret or a private key JSON, by the connection's kind
	Scopes   string      // comma separated, as the form takes them
}

// SessionName names the session in the sessions.Store; the cookie's own name is the store's business.
const SessionName = "caracal"

// HTMX's request headers (htmx 4: https://htmx.org/reference/#request_headers).
const (
	hxRequest     = "HX-Request"
	hxRequestType = "HX-Request-Type" // "full" or "partial"
	hxRedirect    = "HX-Redirect"
)

// render draws a page. It renders to memory first, so that a view that fails is a clean 500.
func (h *Handlers) render(w http.ResponseWriter, r *http.Request, status int, page templ.Component) error {
	var body pageBuffer
	defer body.free()
	if err := page.Render(r.Context(), &body); err != nil {
		return fmt.Errorf("render %s: %w", r.URL.Path, err)
	}
	h.saveSession(w, r)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	if _, err := body.WriteTo(w); err != nil {
		h.Log.Debug("the browser went away", "path", r.URL.Path, "err", err)
	}
	return nil
}

// wantsPart reports whether HTMX asked for a part of a page.
func wantsPart(r *http.Request) bool { return r.Header.Get(hxRequestType) == "partial" }

// redirect answers a POST that succeeded: 303, or the header that makes HTMX load the page as a whole.
func (h *Handlers) redirect(w http.ResponseWriter, r *http.Request, path string) error {
	w.Header().Add("Vary", hxRequest)
	h.saveSession(w, r)
	if r.Header.Get(hxRequest) == "true" {
		w.Header().Set(hxRedirect, path)
		w.WriteHeader(http.StatusOK)
		return nil
	}
	http.Redirect(w, r, path, http.StatusSeeOther)
	return nil
}
