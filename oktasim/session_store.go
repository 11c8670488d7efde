package oktasim

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// cookieName is the org's own: cookies ignore ports, and an app under test
// may share the address.
const cookieName = "oktasim_sid"

// seat is a session of a person at the org: of the sign-in page, or made over
// the Sessions API.
type seat struct {
	id       string
	userID   string
	csrf     string
	signedIn time.Time
	expires  time.Time
}

type sessionStore struct {
	byID   map[string]*seat
	people []Person // whom the sign-in page lists
}

func (s *sessionStore) init() { s.byID = map[string]*seat{} }

// openSeat begins a session.
func (o *Org) openSeat(userID string) *seat {
	now := o.now()
	s := &seat{id: "102" + randomText(22, base62), userID: userID, csrf: randomToken(24), signedIn: now, expires: now.Add(sessionLife)}
	o.seats.byID[s.id] = s
	return s
}

// seat finds the session of a request by the org's cookie.
func (o *Org) seat(r *http.Request) *seat {
	cookie, err := r.Cookie(cookieName)
	if err != nil {
		return nil
	}
	s := o.seats.byID[cookie.Value]
	if s == nil || o.now().After(s.expires) {
		return nil
	}
	if !o.maySignIn(s.userID) {
		delete(o.seats.byID, s.id)
		return nil
	}
	s.expires = o.now().Add(sessionLife)
	return s
}

// maySignIn says whether the user's status still lets a session go on.
func (o *Org) maySignIn(userID string) bool {
	var user struct{ Status string }
	status, body := o.do(http.MethodGet, "/api/v1/users/"+pathSegment(userID), nil)
	return status == http.StatusOK && json.Unmarshal(body, &user) == nil && user.Status == "ACTIVE"
}

// endSeat ends a session and takes its cookie away.
func (o *Org) endSeat(w http.ResponseWriter, r *http.Request, s *seat) {
	delete(o.seats.byID, s.id)
	http.SetCookie(w, &http.Cookie{Name: cookieName, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	by := &call{o: o, r: r, requestID: requestIDFrom(r.Context()), principal: &principal{kind: tokenPrincipal, userID: s.userID}}
	o.log(by, "user.session.end", "User logout from Okta", o.userActor(s.userID))
}

// endSeatsOf ends every session of a user, as clearing sessions, suspending and deactivating do.
func (o *Org) endSeatsOf(userID string) {
	for id, s := range o.seats.byID {
		if s.userID == userID {
			delete(o.seats.byID, id)
		}
	}
}

// sessionRoutes are the Sessions API.
func (o *Org) sessionRoutes() []route {
	return []route{
		{method: "POST", pattern: "/api/v1/sessions", scope: "", handle: createSession},
		{method: "GET", pattern: "/api/v1/sessions/{sessionId}", scope: "okta.sessions.read", handle: getSession},
		{method: "DELETE", pattern: "/api/v1/sessions/{sessionId}", scope: "okta.sessions.manage", handle: deleteSession},
		{method: "POST", pattern: "/api/v1/sessions/{sessionId}/lifecycle/refresh", scope: "okta.sessions.manage", handle: refreshSession},
	}
}

func (c *call) sessionJSON(s *seat, name string) map[string]any {
	user := s.userID
	if name == "me" {
		user = "me"
	}
	return map[string]any{
		"id": s.id, "userId": s.userID, "login": c.o.userActor(s.userID).AlternateID, "createdAt": stamp(s.signedIn),
		"expiresAt": stamp(s.expires), "status": "ACTIVE", "lastPasswordVerification": stamp(s.signedIn),
		"lastFactorVerification": nil, "amr": []string{"pwd"}, "idp": map[string]string{"id": c.o.id, "type": "OKTA"}, "mfaActive": false,
		"_links": map[string]any{
			"self":    link(c.url("/api/v1/sessions/%s", name), "GET", "DELETE"),
			"refresh": link(c.url("/api/v1/sessions/%s/lifecycle/refresh", name), "POST"),
			"user": map[string]any{"name": c.o.userActor(s.userID).DisplayName, "href": c.url("/api/v1/users/%s", user),
				"hints": map[string]any{"allow": []string{"GET"}}},
		},
	}
}

// createSession redeems a session token of the Authentication API (authn_create.go).
func createSession(c *call) (int, any, *apiError) {
	var in struct {
		SessionToken string `json:"sessionToken"`
	}
	if err := c.decode(&in); err != nil {
		return 0, nil, err
	}
	userID, ok := c.o.redeemSessionToken(in.SessionToken)
	if !ok {
		return 0, nil, errAuthentication()
	}
	return http.StatusOK, c.sessionJSON(c.o.openSeat(userID), "me"), nil
}

// redeemSessionToken checks a session token, good for one session.
func (o *Org) redeemSessionToken(token string) (userID string, ok bool) {
	s := o.seats.byID["token "+token]
	if s == nil || o.now().After(s.expires) {
		return "", false
	}
	delete(o.seats.byID, "token "+token)
	return s.userID, true
}

func (c *call) session() (*seat, *apiError) {
	id := c.p("sessionId")
	s := c.o.seats.byID[id]
	if s == nil || strings.Contains(id, " ") || c.o.now().After(s.expires) {
		return nil, errNotFound(id, "AppSession")
	}
	return s, nil
}

func getSession(c *call) (int, any, *apiError) {
	s, err := c.session()
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, c.sessionJSON(s, s.id), nil
}

func deleteSession(c *call) (int, any, *apiError) {
	s, err := c.session()
	if err != nil {
		return 0, nil, err
	}
	delete(c.o.seats.byID, s.id)
	c.o.log(c, "user.session.end", "User logout from Okta", c.o.userActor(s.userID))
	return http.StatusNoContent, nil, nil
}

func refreshSession(c *call) (int, any, *apiError) {
	s, err := c.session()
	if err != nil {
		return 0, nil, err
	}
	s.expires = c.now().Add(sessionLife)
	return http.StatusOK, c.sessionJSON(s, s.id), nil
}
