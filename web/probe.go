package web

import (
	"net/http"

	"caracal/fault"
)

// healthz says that the process answers, and nothing else.
func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) error {
	return plain(w, http.StatusOK, "ok")
}

// readyz says whether requests should be sent here: not while stopping, and not without the database.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) error {
	if s.stopping.Load() {
		return plain(w, http.StatusServiceUnavailable, "stopping")
	}
	err := s.cfg.DB.Ready(r.Context())
	if err == nil && s.cfg.Ready != nil {
		err = s.cfg.Ready(r.Context())
	}
	if err != nil {
		s.cfg.Log.Error("not ready", "err", err)
		return plain(w, http.StatusServiceUnavailable, fault.Message(err))
	}
	return plain(w, http.StatusOK, "ok")
}

func plain(w http.ResponseWriter, status int, text string) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, err := w.Write([]byte(text + "\n"))
	return err
}
