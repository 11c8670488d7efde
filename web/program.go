package web

import (
	"errors"
	"net/http"
	"strings"

	"caracal/auth"
	"caracal/fault"
	"caracal/handlers"
)

// isProgram reports whether a request is of a program: it is answered in JSON, never with a page, and a cookie counts
// for nothing.
func isProgram(r *http.Request) bool {
	return r.URL.Path == "/metrics" || strings.HasPrefix(r.URL.Path, "/api/") || strings.HasPrefix(r.URL.Path, "/hooks/") || strings.HasPrefix(r.URL.Path, "/events/")
}

// knock bounds how often one address may call one webhook.
func (s *Server) knock(do action) action {
	return func(w http.ResponseWriter, r *http.Request) error {
		if !s.knocks.allow(s.knocker(r)) {
			return tooOften(w, "This address gets more deliveries than it takes; wait a minute, then go on.")
		}
		return do(w, r)
	}
}

// maxAddress is longer than the address of any hook: what a stranger makes up is not remembered in full.
const maxAddress = 64

// knocker is who calls which hook.
func (s *Server) knocker(r *http.Request) string {
	address := r.PathValue("address")
	if len(address) > maxAddress {
		address = "?"
	}
	return network(s.clientIP(r)) + " " + address
}

// hear bounds how often one address may call one event hook: far more often than Okta does, which sends many events
// in one call and what is refused for this no second time.
func (s *Server) hear(do action) action {
	return func(w http.ResponseWriter, r *http.Request) error {
		if !s.heard.allow(s.knocker(r)) {
			return tooOften(w, "This address gets more deliveries than it takes; wait a minute, then go on.")
		}
		return do(w, r)
	}
}

// withToken finds whose token a request to the API carries, and puts the person into the context in place of a
// session. A wrong token is refused here; without any, the route's own line decides.
func (s *Server) withToken(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.knocks.allow(network(s.clientIP(r)) + " api") {
			s.fail(w, r, tooOften(w, "You send more requests than one program may; wait a minute, then go on."))
			return
		}
		in, err := s.cfg.Handlers.TokenUser(r)
		switch {
		case errors.Is(err, handlers.ErrNoToken):
		case fault.Is(err, fault.Forbidden):
			s.page(w, r, http.StatusUnauthorized, fault.Message(err))
			return
		case err != nil:
			s.fail(w, r, err)
			return
		default:
			infoOf(r.Context()).user = in.User.ID
			r = r.WithContext(handlers.WithToken(auth.WithUser(r.Context(), in.User, auth.Session{}), in.Token))
		}
		next.ServeHTTP(w, r)
	})
}
