package handlers

import (
	"net/http"

	"caracal/auth"
	"caracal/views"
)

// shell returns what surrounds a page of the signed-in person; active is the key of its entry in the
// navigation. It takes the messages kept for this page, so it is called once for each page drawn.
func (h *Handlers) shell(r *http.Request, active string) views.Shell {
	user, _, _ := auth.From(r.Context())
	s := views.Shell{User: user, Active: active, Flashes: h.takeFlashes(r)}
	if h.Demo != nil {
		s.Demo = &views.DemoShell{OrgURL: h.Demo.OrgURL + "/admin"}
	}
	return s
}

// user returns who is signed in. Routes that are not public have somebody.
func user(r *http.Request) auth.User {
	u, _, _ := auth.From(r.Context())
	return u
}
