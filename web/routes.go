package web

import "caracal/auth"

// list is every route but the static files: method, path, who may, what answers. Access sits on the route's
// line, so it cannot drift from it; a test asks every line as every role.
func (s *Server) list() []route {
	h := s.cfg.Handlers
	return []route{
		get("/healthz", auth.Public, s.healthz),
		get("/readyz", auth.Public, s.readyz),

		get("/sign-in", auth.Public, s.signInPage),
		get("/sign-in/start", auth.Public, s.signInStart),
		get("/sign-in/callback", auth.Public, s.signInFinish),
		post("/sign-out", auth.Public, s.signOut),

		get("/{$}", auth.SignedIn, h.Home),
		get("/account", auth.SignedIn, h.AccountShow),
		post("/account/sessions/{id}/end", auth.SignedIn, h.SessionEnd),
		get("/people", auth.PeopleManage, h.PeopleList),
		post("/people/{id}/sessions/end", auth.PeopleManage, h.PeopleSessionsEnd),
		get("/licences", auth.Public, h.LicenceList),
	}
}
