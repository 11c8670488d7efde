package oktasim

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"time"
)

// A twin is an org that begins with nothing of its own: what it holds was read from another org and adopted,
// with the ids that it has there. Changes to a twin follow the same rules as changes to any org here, so that
// one can see what they would do. See twin_adopt.go and twin_state.go.

// NewTwin returns an org for adopting another's objects. base is the address of the other, which its links
// name; scopes are what its callers hold. It has no rate limit, delivers no hooks and knows no people.
func NewTwin(base string, clock func() time.Time) *Org {
	o := New(Config{Clock: clock, BaseURL: base, Settings: Settings{NoRateLimit: true}})
	o.mu.Lock()
	defer o.mu.Unlock()
	o.users.list, o.users.byID, o.users.byLogin = nil, map[string]*user{}, map[string]*user{}
	o.groups.everyone.members, o.groups.admins.members = map[string]membership{}, map[string]membership{}
	o.groups.list = nil // the two groups that every org has are listed once they were adopted
	o.apps.list, o.apps.byID = nil, map[string]*app{}
	o.logs.events = nil
	o.twin = &twinBase{state: newState(), settled: map[string]bool{}}
	return o
}

// twinBase is what a twin remembers of the org it stands for.
type twinBase struct {
	state      State           // as it was when it was adopted
	settled    map[string]bool // "group user rule": memberships whose cause was worked out
	openSchema bool            // nobody could read the profile schema: properties are learned from the people
	typeKnown  bool            // the default user type has the id that it has there
}

// TwinCall answers one API call of a caller who holds these scopes, as ServeHTTP would answer a client with
// them whose roles allow everything: what its roles forbid, nobody can read from an org.
func (o *Org) TwinCall(r *http.Request, scopes []string) *http.Response {
	w := httptest.NewRecorder()
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			o.writeError(w, errMalformed())
			return w.Result()
		}
	}
	requestID := newRequestID()
	w.Header().Set("X-Okta-Request-Id", requestID)
	w.Header().Set("Date", o.Now().UTC().Format(http.TimeFormat))
	rt, params, known := o.routes.find(r.Method, r.URL.EscapedPath())
	switch {
	case rt == nil && known:
		o.writeError(w, errMethod())
		return w.Result()
	case rt == nil:
		o.writeError(w, errNoRoute())
		return w.Result()
	}
	held := map[string]bool{}
	for _, s := range scopes {
		held[s] = true
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	c := &call{o: o, r: r, w: w, route: rt, params: params, raw: body, requestID: requestID, query: r.URL.Query(),
		principal: &principal{kind: clientPrincipal, client: &client{id: "rehearsal", name: "Rehearsal"}, scopes: held}}
	status, contentType, data, apiErr := o.handleTwin(c)
	if apiErr != nil {
		o.writeError(w, apiErr)
	} else {
		writeBody(w, status, contentType, data)
	}
	return w.Result()
}

// handleTwin is handle for a caller whom nobody has to authenticate.
func (o *Org) handleTwin(c *call) (status int, contentType string, data []byte, apiErr *apiError) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if apiErr := o.authorize(c); apiErr != nil {
		return 0, "", nil, apiErr
	}
	status, out, apiErr := c.route.handle(c)
	if apiErr != nil {
		return 0, "", nil, apiErr
	}
	data, contentType, err := encode(out)
	if err != nil {
		return 0, "", nil, errInternal(err)
	}
	return status, contentType, data, nil
}

// Knows reports whether the twin can answer an operation at all.
func (o *Org) Knows(method, escapedPath string) bool {
	rt, _, _ := o.routes.find(method, escapedPath)
	return rt != nil
}

// Pattern returns the route that a call takes, such as /api/v1/users/{userId}, and its parameters.
func (o *Org) Pattern(method, escapedPath string) (pattern string, params map[string]string) {
	rt, params, _ := o.routes.find(method, escapedPath)
	if rt == nil {
		return "", nil
	}
	return rt.pattern, params
}

// RuleGroups returns the groups that the twin's active rules give, each once.
func (o *Org) RuleGroups() []string {
	return locked(o, func() (out []string) {
		for _, r := range o.groups.rules {
			if r.status != ruleActive {
				continue
			}
			for _, id := range r.groupIDs {
				if !slices.Contains(out, id) {
					out = append(out, id)
				}
			}
		}
		return out
	})
}

// Met reports whether an id is known to the twin: adopted, also when it is deleted there since, or its own. kind
// is users, groups or apps.
func (o *Org) Met(kind, id string) bool {
	return locked(o, func() bool {
		switch kind {
		case "users":
			_, adopted := o.twin.state.Users[id]
			return adopted || o.users.byID[id] != nil
		case "groups":
			_, adopted := o.twin.state.Groups[id]
			return adopted || o.groups.byID[id] != nil && id != o.groups.everyone.id && id != o.groups.admins.id
		case "apps":
			_, adopted := o.twin.state.Apps[id]
			return adopted || o.apps.byID[id] != nil
		}
		return false
	})
}

// UserID returns the id of the person whom a path names by id, login or short name, or "".
func (o *Org) UserID(ref string) string {
	return locked(o, func() string {
		if u := o.users.find(ref); u != nil {
			return u.id
		}
		return ""
	})
}

// Made reports whether an object of the twin is its own: the org that it stands for knows nothing of it.
func (o *Org) Made(kind, id string) bool {
	return locked(o, func() bool {
		switch kind {
		case "users":
			_, adopted := o.twin.state.Users[id]
			return !adopted && o.users.byID[id] != nil
		case "groups":
			_, adopted := o.twin.state.Groups[id]
			return !adopted && o.groups.byID[id] != nil
		case "apps":
			_, adopted := o.twin.state.Apps[id]
			return !adopted && o.apps.byID[id] != nil
		}
		return false
	})
}

// EveryoneID returns the id of the group that everybody is in.
func (o *Org) EveryoneID() string { return locked(o, func() string { return o.groups.everyone.id }) }

// AllRuleGroups returns the groups that any rule gives, active or not, each once.
func (o *Org) AllRuleGroups() []string {
	return locked(o, func() (out []string) {
		for _, r := range o.groups.rules {
			for _, id := range r.groupIDs {
				if !slices.Contains(out, id) {
					out = append(out, id)
				}
			}
		}
		return out
	})
}

// AppsOf returns the apps that are assigned to a group.
func (o *Org) AppsOf(groupID string) []string {
	return locked(o, func() (out []string) {
		for _, a := range o.appsOfGroup(groupID) {
			out = append(out, a.id)
		}
		return out
	})
}

// GroupsOfApp returns the groups that an app is assigned to.
func (o *Org) GroupsOfApp(appID string) []string {
	return locked(o, func() (out []string) {
		if a := o.apps.byID[appID]; a != nil {
			for _, g := range a.groups {
				out = append(out, g.groupID)
			}
		}
		return out
	})
}
