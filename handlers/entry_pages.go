package handlers

import (
	"net/http"

	"caracal/auth"
	"caracal/views"
)

// The pages around signing in, and the error page. Package web decides when each is shown.

// SignInPage leads to the sign-in provider, or says which settings are missing.
func (h *Handlers) SignInPage(w http.ResponseWriter, r *http.Request, to string, missing []string) error {
	p := views.SignInProps{To: to, Missing: missing}
	status := http.StatusOK
	if len(missing) > 0 {
		status = http.StatusServiceUnavailable
	}
	if h.Demo != nil {
		for _, person := range h.Demo.People {
			p.Demo = append(p.Demo, views.DemoPerson(person))
		}
	}
	return h.render(w, r, status, views.SignInPage(p))
}

// NoRolePage says whom to ask, to somebody whom the provider knows and no role is mapped for.
func (h *Handlers) NoRolePage(w http.ResponseWriter, r *http.Request, u auth.User) error {
	return h.render(w, r, http.StatusForbidden, views.NoRolePage(views.NoRoleProps{User: u, Contact: h.Contact}))
}

// SignedOutPage says that the session has ended; leadOn is the provider's own sign-out, or "".
func (h *Handlers) SignedOutPage(w http.ResponseWriter, r *http.Request, leadOn string) error {
	return h.render(w, r, http.StatusOK, views.SignedOutPage(views.SignedOutProps{LeadOn: leadOn}))
}

// ErrorPage says what happened and what to do next.
func (h *Handlers) ErrorPage(w http.ResponseWriter, r *http.Request, status int, sentence, request string) error {
	p := views.ErrorProps{Status: status, Sentence: sentence, Request: request, Shell: h.shellIfSignedIn(r)}
	return h.render(w, r, status, views.ErrorPage(p))
}

// shellIfSignedIn returns the shell, or nil when nobody is signed in.
func (h *Handlers) shellIfSignedIn(r *http.Request) *views.Shell {
	if _, _, ok := auth.From(r.Context()); !ok {
		return nil
	}
	s := h.shell(r, "")
	return &s
}
