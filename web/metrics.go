package web

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strings"

	"caracal/fault"
)

// metrics answers Prometheus, for whoever knows the token of the configuration. That token is good for nothing else, so
// that it may lie with whatever watches. Without one there are no metrics.
func (s *Server) metrics(w http.ResponseWriter, r *http.Request) error {
	if s.cfg.MetricsToken.IsZero() {
		return fault.New(fault.NotFound, "There are no metrics here; set CARACAL_METRICS_TOKEN to have them.")
	}
	if !s.knocks.allow(network(s.clientIP(r)) + " metrics") {
		return tooOften(w, "You ask for metrics more often than they change; wait a minute.")
	}
	scheme, sent, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	a, b := sha256.Sum256([]byte(sent)), sha256.Sum256([]byte(s.cfg.MetricsToken.Reveal()))
	if subtle.ConstantTimeCompare(a[:], b[:]) != 1 || !strings.EqualFold(scheme, "Bearer") {
		s.page(w, r, http.StatusUnauthorized, "This address takes the token of CARACAL_METRICS_TOKEN; send it in the header Authorization, after Bearer.")
		return nil
	}
	text, err := s.cfg.Handlers.Metrics(r.Context())
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	if _, err := w.Write([]byte(text)); err != nil {
		s.cfg.Log.Debug("whoever asked for metrics went away", "err", err)
	}
	return nil
}
