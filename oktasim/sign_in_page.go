package oktasim

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

type signInData struct {
	Title, Org, Next, Username, Problem string
	People                              []signInPerson
}

type signInPerson struct {
	Person
	Link   string
	Chosen bool
}

// signInPage asks who comes. `next` is where they go then: a path of this org.
func (o *Org) signInPage(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	q := r.URL.Query()
	o.renderSignIn(w, http.StatusOK, safeNext(q.Get("next")), q.Get("username"), "")
}

func (o *Org) renderSignIn(w http.ResponseWriter, status int, next, username, problem string) {
	d := signInData{Title: "Sign in", Org: o.company, Next: next, Username: username, Problem: problem}
	for _, p := range o.seats.people {
		d.People = append(d.People, signInPerson{Person: p, Chosen: p.Login == username,
			Link: "/login/signin?" + url.Values{"next": {next}, "username": {p.Login}}.Encode()})
	}
	// The form's answer leads by redirects to the app that sent the person
	// here; browsers hold form-action against the whole chain.
	o.render(w, status, "signin", d, o.appOrigins()...)
}

// appOrigins are where the web apps live.
func (o *Org) appOrigins() []string {
	var out []string
	for _, c := range o.clients.list {
		for _, uri := range c.redirectURIs {
			u, err := url.Parse(uri)
			if err != nil || u.Host == "" || strings.ContainsAny(u.Host, " ;,'") {
				continue
			}
			if origin := u.Scheme + "://" + u.Host; !slices.Contains(out, origin) {
				out = append(out, origin)
			}
		}
	}
	return out
}

func (o *Org) signIn(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		o.errorPage(w, http.StatusBadRequest, "The form could not be read.")
		return
	}
	next, username := safeNext(r.PostForm.Get("next")), strings.TrimSpace(r.PostForm.Get("username"))
	o.mu.Lock()
	defer o.mu.Unlock()
	by := &call{o: o, r: r, requestID: requestIDFrom(r.Context())}
	id, ok := o.authenticateUser(username, r.PostForm.Get("password"))
	if !ok {
		o.logOutcome(by, "user.session.start", "User login to Okta", "FAILURE", "INVALID_CREDENTIALS",
			target{ID: "unknown", Type: "User", AlternateID: username, DisplayName: "unknown"})
		o.renderSignIn(w, http.StatusUnauthorized, next, username, "Unable to sign in. Check the username and the password.")
		return
	}
	if old := o.seat(r); old != nil {
		delete(o.seats.byID, old.id)
	}
	s := o.openSeat(id)
	http.SetCookie(w, &http.Cookie{Name: cookieName, Value: s.id, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: r.TLS != nil})
	by.principal = &principal{kind: tokenPrincipal, userID: id}
	o.log(by, "user.session.start", "User login to Okta", o.userActor(id))
	http.Redirect(w, r, next, http.StatusSeeOther)
}

func (o *Org) signOut(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if s := o.seat(r); s != nil {
		o.endSeat(w, r, s)
	}
	http.Redirect(w, r, "/login/signin", http.StatusSeeOther)
}

// safeNext keeps a return address within this org.
func safeNext(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.Contains(next, "\\") {
		return "/admin/"
	}
	return next
}
