package web

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"

	"caracal/auth"
	"caracal/fault"
	"caracal/handlers"
)

// middleware wraps the routes, outermost first: recover, request id and access log, security headers, body
// limit, session with the current user, cross-origin check. The role check belongs to the route line.
func (s *Server) middleware(routes http.Handler, bodyLimit func(*http.Request) int64) http.Handler {
	csrf := http.NewCrossOriginProtection()
	csrf.SetDenyHandler(http.HandlerFunc(s.denyCrossOrigin))
	h := csrf.Handler(routes)
	h = s.withUser(h)
	h = s.limitBody(h, bodyLimit)
	h = s.proxyOnly(h)
	h = s.withHeaders(h)
	h = s.withRecover(h)
	return s.withLog(h)
}

type requestKey struct{}

// requestInfo travels with a request and gathers what its line in the log says.
type requestInfo struct {
	id    string
	user  string
	route string
}

func infoOf(ctx context.Context) *requestInfo {
	if info, ok := ctx.Value(requestKey{}).(*requestInfo); ok {
		return info
	}
	return &requestInfo{}
}

// statusWriter remembers the status for the log. Unwrap lets http.ResponseController reach the connection.
type statusWriter struct {
	http.ResponseWriter
	status int
	bytes  int
}

func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(b)
	w.bytes += n
	return n, err
}

func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// withLog gives each request an id and a line in the log. The query is left out: it may hold a code or what
// somebody searched for. It stands outside recover, so that a panic has its line too.
func (s *Server) withLog(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := s.cfg.Clock()
		info := &requestInfo{id: strings.ToLower(rand.Text()[:16])}
		w.Header().Set("X-Request-Id", info.id)
		out := &statusWriter{ResponseWriter: w}
		next.ServeHTTP(out, r.WithContext(context.WithValue(r.Context(), requestKey{}, info)))
		level := slog.LevelInfo
		if isStatic(r) || isProbe(r) { // many and dull
			level = slog.LevelDebug
		}
		s.cfg.Log.LogAttrs(r.Context(), level, "request",
			slog.String("request", info.id), slog.String("method", r.Method), slog.String("path", r.URL.Path),
			slog.Int("status", out.status), slog.Int("bytes", out.bytes), slog.String("user", info.user),
			slog.String("ip", s.clientIP(r)), slog.Duration("took", s.cfg.Clock().Sub(began)))
	})
}

// withRecover turns a panic into a page, with the stack in the log.
func (s *Server) withRecover(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			if p == http.ErrAbortHandler {
				panic(p) // net/http's own way to drop a connection
			}
			err := fmt.Errorf("panic: %v\n%s", p, debug.Stack())
			if out, ok := w.(*statusWriter); ok && out.status != 0 {
				s.cfg.Log.Error("panic after the answer began", "request", infoOf(r.Context()).id, "err", err)
				panic(http.ErrAbortHandler)
			}
			s.fail(w, r, err)
		}()
		next.ServeHTTP(w, r)
	})
}

const (
	// script-src and style-src without 'unsafe-inline' or nonces: nothing inline is ever sent. img-src allows
	// data: for the small pictures inside the style sheet.
	contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
		"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
	strictTransport = "max-age=63072000; includeSubDomains"
)

// withHeaders sets what every answer carries. Pages are not stored anywhere; static files say otherwise.
func (s *Server) withHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
		h.Set("Cache-Control", "no-store")
		if s.secure() {
			h.Set("Strict-Transport-Security", strictTransport)
		}
		next.ServeHTTP(w, r)
	})
}

// proxyOnly keeps everybody but the trusted proxies from the plain HTTP behind them. The probes answer all the
// same.
func (s *Server) proxyOnly(next http.Handler) http.Handler {
	if !s.cfg.ProxyOnly {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.trusts(peerAddr(r)) && !isProbe(r) {
			s.fail(w, r, fault.New(fault.Forbidden, "Caracal answers only through its proxy; open %s instead.", s.cfg.PublicURL))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// probes are what programs around Caracal ask for: they say nothing of anybody, or only to who knows a token that is good
// for nothing else.
var probes = []string{"/healthz", "/readyz", "/metrics"}

func isProbe(r *http.Request) bool { return slices.Contains(probes, r.URL.Path) }

// isPoll reports whether a page asks by itself, again and again: nobody need be sitting in front of it.
func isPoll(r *http.Request) bool {
	of, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	return slices.Contains([]string{"runs", "results", "batches"}, of) && strings.HasSuffix(r.URL.Path, "/live")
}

// limitBody bounds the body of a request by its route. It is read after the person's role was looked at.
func (s *Server) limitBody(next http.Handler, bodyLimit func(*http.Request) int64) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		limit := bodyLimit(r)
		if r.ContentLength > limit { // said at once, before a handler takes what was read for the whole
			s.fail(w, r, &http.MaxBytesError{Limit: limit})
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, limit)
		next.ServeHTTP(w, r)
	})
}

// withUser reads the session and puts who is signed in into the context.
func (s *Server) withUser(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isStatic(r) {
			next.ServeHTTP(w, r)
			return
		}
		if strings.HasPrefix(r.URL.Path, "/api/") {
			s.withToken(next).ServeHTTP(w, r)
			return
		}
		if isProgram(r) {
			next.ServeHTTP(w, r)
			return
		}
		r = r.WithContext(handlers.WithPageTime(r.Context(), s.cfg.Limits.Page))
		open, ok, err := s.sessions.open(r, handlers.SessionName)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		if ok {
			if open.User, err = s.cfg.Handlers.Proved(r.Context(), open.User); err != nil {
				s.fail(w, r, err)
				return
			}
			infoOf(r.Context()).user = open.User.ID
			r = r.WithContext(auth.WithUser(r.Context(), open.User, open.Session))
		}
		next.ServeHTTP(w, r)
	})
}

func (s *Server) denyCrossOrigin(w http.ResponseWriter, r *http.Request) {
	s.fail(w, r, fault.New(fault.Forbidden,
		"This request came from another site, so it was not carried out; open the page here and try again.").
		Because(fmt.Errorf("origin %q, site %q", r.Header.Get("Origin"), r.Header.Get("Sec-Fetch-Site"))))
}
