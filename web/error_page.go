package web

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"caracal/fault"
)

// errSignInFirst says that a page needs somebody signed in.
var errSignInFirst = errors.New("nobody is signed in")

var kindStatus = map[fault.Kind]int{
	fault.Internal:  http.StatusInternalServerError,
	fault.Invalid:   http.StatusUnprocessableEntity,
	fault.NotFound:  http.StatusNotFound,
	fault.Forbidden: http.StatusForbidden,
	fault.Conflict:  http.StatusConflict,
	fault.Upstream:  http.StatusBadGateway,
	fault.Busy:      http.StatusServiceUnavailable,
	fault.Uncertain: http.StatusBadGateway,
}

// fail maps an error to a status, a page and a level in the log. What the person reads is the fault's sentence;
// the cause goes to the log alone.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, errSignInFirst) && isProgram(r) {
		s.page(w, r, http.StatusUnauthorized, "This address takes an API token; send it in the header Authorization, after Bearer.")
		return
	}
	if errors.Is(err, errSignInFirst) {
		s.askToSignIn(w, r)
		return
	}
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		s.page(w, r, http.StatusRequestEntityTooLarge, "What you sent is larger than this page takes ("+
			strconv.FormatInt(tooLarge.Limit>>10, 10)+" KB); shorten it and try again.")
		return
	}
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		s.cfg.Log.Debug("the browser went away", "request", infoOf(r.Context()).id, "path", r.URL.Path)
		return
	}
	status := kindStatus[fault.KindOf(err)]
	var tooMany *tooManyError
	if errors.As(err, &tooMany) {
		status = http.StatusTooManyRequests
	}
	s.cfg.Log.Log(r.Context(), levelOf(status), "request failed",
		"request", infoOf(r.Context()).id, "path", r.URL.Path, "status", status, "err", err)
	if f := fault.As(err); f != nil && !f.RetryAt.IsZero() {
		wait := max(1, int(f.RetryAt.Sub(s.cfg.Clock()).Round(time.Second)/time.Second))
		w.Header().Set("Retry-After", strconv.Itoa(wait))
	}
	s.page(w, r, status, fault.Message(err))
}

func levelOf(status int) slog.Level {
	switch {
	case status == http.StatusInternalServerError:
		return slog.LevelError
	case status > http.StatusInternalServerError:
		return slog.LevelWarn
	}
	return slog.LevelInfo
}

// askToSignIn leads a page to the sign-in page and back; what would have changed something is not repeated
// after sign-in, and says so.
func (s *Server) askToSignIn(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		s.page(w, r, http.StatusUnauthorized, "Your session has ended, so nothing was changed; sign in, then do it again.")
		return
	}
	to, part := "/sign-in", r.Header.Get("HX-Request") == "true"
	path := localPath(r.URL.RequestURI())
	if page, err := url.Parse(r.Header.Get("HX-Current-URL")); part && err == nil {
		path = localPath(page.RequestURI()) // back to the page, and not to the part of it
	}
	if path != "/" {
		to += "?" + url.Values{"to": {path}}.Encode()
	}
	if part { // a part of a page asked: the page as a whole must move
		w.Header().Set("HX-Redirect", to)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// page draws an error page, and falls back to plain text when that fails too.
func (s *Server) page(w http.ResponseWriter, r *http.Request, status int, sentence string) {
	if isProgram(r) {
		if err := s.cfg.Handlers.ProblemJSON(w, r, status, "", sentence, nil); err != nil {
			s.cfg.Log.Error("write an error as JSON", "request", infoOf(r.Context()).id, "err", err)
		}
		return
	}
	err := s.cfg.Handlers.ErrorPage(w, r, status, sentence, infoOf(r.Context()).id)
	if err != nil {
		s.cfg.Log.Error("draw the error page", "request", infoOf(r.Context()).id, "err", err)
		http.Error(w, sentence, status)
	}
}
