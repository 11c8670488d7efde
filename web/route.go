package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"caracal/auth"
	"caracal/fault"
	"caracal/handlers"
	"caracal/static"
)

// action answers one request, or says why not.
type action func(w http.ResponseWriter, r *http.Request) error

// route is one line of the list in routes.go.
type route struct {
	method  string
	pattern string // as http.ServeMux takes it
	access  auth.Permission
	do      action

	body     int64         // what a request's body may weigh
	patience time.Duration // for a body that takes long to come; 0 is the server's own
	changes  bool          // takes a token that may change workflows and triggers
}

// The bodies of forms, and how long a large one may take to come.
const (
	maxBody    = 256 << 10
	uploadTime = 3 * time.Minute
)

// taking is the route for a larger body, and more patience with it.
func (rt route) taking(body int64, patience time.Duration) route {
	rt.body, rt.patience = body, patience
	return rt
}

// changing is the route for tokens that were given the right to change workflows and triggers, and no others.
func (rt route) changing() route {
	rt.changes = true
	return rt
}

func get(pattern string, access auth.Permission, do action) route {
	return route{method: http.MethodGet, pattern: pattern, access: access, do: do, body: maxBody}
}

func post(pattern string, access auth.Permission, do action) route {
	return route{method: http.MethodPost, pattern: pattern, access: access, do: do, body: maxBody}
}

// routes builds the handler of everything.
func (s *Server) routes() (http.Handler, error) {
	mux := http.NewServeMux()
	bodies := map[string]int64{}
	for _, rt := range s.list() {
		bodies[rt.method+" "+rt.pattern] = rt.body
		if s.cfg.ProbesOnly && !slices.Contains(probes, rt.pattern) {
			continue
		}
		mux.Handle(rt.method+" "+rt.pattern, s.guard(rt))
	}
	mux.Handle("GET "+static.Prefix, static.Handler())
	limit := func(r *http.Request) int64 {
		if _, pattern := mux.Handler(r); bodies[pattern] > 0 {
			return bodies[pattern]
		}
		return maxBody
	}
	return s.middleware(s.orNotFound(mux), limit), nil
}

// guard checks access and turns an error into a page.
func (s *Server) guard(rt route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		infoOf(r.Context()).route = rt.method + " " + rt.pattern
		if err := s.authorize(w, r, rt.access); err != nil {
			s.fail(w, r, err)
			return
		}
		if rt.changes {
			if err := handlers.MayChange(r); err != nil {
				s.fail(w, r, err)
				return
			}
		}
		if rt.patience > 0 { // only now that it is known who sends
			if err := patient(w, rt.patience); err != nil {
				s.fail(w, r, err)
				return
			}
		}
		if err := rt.do(w, r); err != nil {
			s.fail(w, r, err)
		}
	})
}

// patient gives a request more time to come, and its answer as much.
func patient(w http.ResponseWriter, more time.Duration) error {
	c := http.NewResponseController(w)
	err := errors.Join(c.SetReadDeadline(time.Now().Add(more)), c.SetWriteDeadline(time.Now().Add(more+30*time.Second)))
	if errors.Is(err, http.ErrNotSupported) { // a test's recorder
		return nil
	}
	return err
}

// authorize says whether the request may go on: everybody to what is public, and otherwise whoever holds the
// permission. What a permission does not name is refused.
func (s *Server) authorize(w http.ResponseWriter, r *http.Request, need auth.Permission) error {
	if need == auth.Public {
		return nil
	}
	user, _, ok := auth.From(r.Context())
	if !ok {
		return errSignInFirst
	}
	if !user.May(need) {
		return fault.New(fault.Forbidden,
			"Your role does not allow this; %s can give you one that does.", s.whomToAsk())
	}
	if costly(r) && !s.changes.allow(user.ID) {
		return tooOften(w, "You asked for more in a minute than one person can; wait a minute, then go on.")
	}
	return nil
}

// costly reports whether a request writes, or asks an org: one person who does so without end takes the database
// and the org's rate limit from everybody else's runs.
func costly(r *http.Request) bool {
	return r.Method == http.MethodPost || strings.HasPrefix(r.URL.Path, "/pick/")
}

// orNotFound answers what no route matches with our own page instead of the mux's text.
func (s *Server) orNotFound(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, pattern := mux.Handler(r); pattern == "" {
			for _, method := range []string{http.MethodGet, http.MethodPost} {
				other := &http.Request{Method: method, URL: r.URL, Host: r.Host}
				if _, pattern := mux.Handler(other); pattern != "" && method != r.Method {
					w.Header().Set("Allow", method)
					sentence := "This address does not take this kind of request; go back and use the page's own buttons."
					if isProgram(r) {
						sentence = "This address takes " + method + ", and not " + r.Method + "; send it so."
					}
					s.page(w, r, http.StatusMethodNotAllowed, sentence)
					return
				}
			}
			s.fail(w, r, fault.New(fault.NotFound, "There is no page at this address; it may have moved, or the link is incomplete."))
			return
		}
		mux.ServeHTTP(w, r)
	})
}

func isStatic(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, static.Prefix) }

// localPath returns where to go after sign-in: a path on this host, or "/" for anything that a browser could
// read as another host.
func localPath(to string) string {
	u, err := url.Parse(to)
	if err != nil || u.IsAbs() || u.Host != "" || u.User != nil || u.Opaque != "" ||
		!strings.HasPrefix(u.Path, "/") || strings.HasPrefix(u.Path, "//") ||
		strings.ContainsAny(to, "\\\r\n\t\x00") || strings.ContainsAny(u.Path, "\\\r\n\t\x00") ||
		strings.HasPrefix(u.Path, "/sign-") {
		return "/"
	}
	return u.RequestURI()
}
