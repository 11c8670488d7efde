package oktasim

import (
	"net/http"
	"slices"
	"strings"
)

const (
	appUserPage    = 50
	appUserPageMax = 500
)

// appUserList is listApplicationUsers.
func (c *call) appUserList() (int, any, *apiError) {
	a, err := c.findApp()
	if err != nil {
		return 0, nil, err
	}
	q := strings.ToLower(c.q("q"))
	var found []*appUser
	for _, u := range a.users {
		if q == "" || c.o.appUserMatches(u, q) {
			found = append(found, u)
		}
	}
	slices.SortFunc(found, func(x, y *appUser) int { return strings.Compare(x.userID, y.userID) })
	out := []map[string]any{}
	for _, u := range page(c, found, appUserPage, appUserPageMax, func(u *appUser) string { return u.userID }) {
		out = append(out, c.appUserExpanded(a, u))
	}
	return http.StatusOK, out, nil
}

// appUserMatches: q is the start of the app's user name, or of the person's names or e-mail.
func (o *Org) appUserMatches(u *appUser, q string) bool {
	texts := []string{u.userName}
	if p := o.users.byID[u.userID]; p != nil {
		texts = append(texts, p.text("firstName"), p.text("lastName"), p.text("email"), p.login())
	}
	return slices.ContainsFunc(texts, func(t string) bool { return strings.HasPrefix(strings.ToLower(t), q) })
}

// appUserGet is getApplicationUser.
func (c *call) appUserGet() (int, any, *apiError) {
	a, u, err := c.findAppUser()
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, c.appUserExpanded(a, u), nil
}

func (c *call) findAppUser() (*app, *appUser, *apiError) {
	a, err := c.findApp()
	if err != nil {
		return nil, nil, err
	}
	id := c.p("userId")
	if p := c.o.users.find(id); p != nil {
		id = p.id
	}
	if u := a.user(id); u != nil {
		return a, u, nil
	}
	return nil, nil, errNotFound(id, "AppUser")
}

// appUserAssign is assignUserToApplication.
func (c *call) appUserAssign() (int, any, *apiError) {
	a, err := c.findApp()
	if err != nil {
		return 0, nil, err
	}
	var in map[string]any
	if err := c.decode(&in); err != nil {
		return 0, nil, err
	}
	id := jsonText(in, "id")
	if id == "" {
		return 0, nil, errValidation("id", blank("id"))
	}
	u, err := c.o.assignUser(c, a, id, in)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, c.appUserView(a, u), nil
}

// assignUser assigns a user to an app by hand; in is the body of
// assignUserToApplication and may be nil. A user assigned through a group
// becomes assigned by hand. The lock is held.
func (o *Org) assignUser(c *call, a *app, userID string, in map[string]any) (*appUser, *apiError) {
	p := o.users.find(userID)
	if p == nil {
		return nil, errNotFound(userID, "User")
	}
	if p.status == statusDeprovisioned {
		return nil, newError(http.StatusForbidden, "E0000038", "This operation is not allowed in the user's current status.")
	}
	switch jsonText(in, "scope") {
	case "", "USER":
	case "GROUP":
		return nil, errValidation("scope", "scope: An assignment with the scope GROUP comes from a group.")
	default:
		return nil, errMalformed()
	}
	u := a.user(p.id)
	added := u == nil
	now := o.now()
	if added {
		u = &appUser{userID: p.id, created: now, updated: now, changed: now, userName: o.appUserName(a, p), profile: map[string]any{}}
	}
	if err := o.changeAppUser(a, u, in); err != nil {
		return nil, err
	}
	if a.scheme == "" && u.userName == "" && jsonText(a.template, "type") == "NONE" {
		return nil, errValidation("credentials.userName", blank("userName"))
	}
	u.direct = true
	u.updated = now
	if added {
		a.addUser(u)
		o.log(c, "application.user_membership.add", "Add user to application membership", o.appUserTarget(a, u), a.target(), p.target())
	}
	return u, nil
}

// appUserUpdate is updateApplicationUser.
func (c *call) appUserUpdate() (int, any, *apiError) {
	a, u, err := c.findAppUser()
	if err != nil {
		return 0, nil, err
	}
	var in map[string]any
	if err := c.decode(&in); err != nil {
		return 0, nil, err
	}
	before := *u
	if err := c.o.changeAppUser(a, u, in); err != nil {
		return 0, nil, err
	}
	if jsonText(in, "scope") == "USER" {
		u.direct = true
	}
	u.updated = c.now()
	targets := []target{c.o.appUserTarget(a, u), a.target()}
	if before.userName != u.userName {
		c.o.log(c, "application.user_membership.change_username", "Change users application username", targets...)
	}
	if before.passwords != u.passwords {
		c.o.log(c, "application.user_membership.change_password", "Change users application password", targets...)
	}
	c.o.log(c, "application.user_membership.update", "Update application user membership", targets...)
	return http.StatusOK, c.appUserView(a, u), nil
}

// changeAppUser reads credentials and profile of an app user from a request.
func (o *Org) changeAppUser(a *app, u *appUser, in map[string]any) *apiError {
	for _, k := range []string{"credentials", "profile"} {
		if v := in[k]; v != nil {
			if _, ok := v.(map[string]any); !ok {
				return errMalformed()
			}
		}
	}
	password := jsonText(in, "credentials", "password", "value")
	if password != "" && (a.scheme == "" || a.scheme == "SHARED_USERNAME_AND_PASSWORD") {
		return newError(http.StatusBadRequest, "E0000041", "Credentials should not be set on this resource based on the scheme.")
	}
	profile := jsonMap(in, "profile")
	if err := o.checkAppProfile(a, profile); err != nil {
		return err
	}
	if name := jsonText(in, "credentials", "userName"); name != "" {
		u.userName = name
	}
	if password != "" {
		u.password, u.passwords = password, o.now()
	}
	merged := jsonCopy(u.profile)
	for k, v := range profile {
		merged[k] = jsonClone(v)
	}
	u.profile = merged
	return nil
}

// appUserUnassign is unassignUserFromApplication. Who is assigned through a
// group stays until they leave it.
func (c *call) appUserUnassign() (int, any, *apiError) {
	a, u, err := c.findAppUser()
	if err != nil {
		return 0, nil, err
	}
	if !u.direct {
		return 0, nil, errValidation("scope", "The user is assigned to the app through a group. Remove the user from the group instead.")
	}
	if c.o.assignedByGroup(a, u.userID) {
		u.direct = false
		u.updated = c.now()
		return http.StatusNoContent, nil, nil
	}
	c.o.unassignUser(c, a, u)
	return http.StatusNoContent, nil, nil
}

func (o *Org) unassignUser(c *call, a *app, u *appUser) {
	a.removeUser(u)
	targets := []target{o.appUserTarget(a, u), a.target()}
	if p := o.users.byID[u.userID]; p != nil {
		targets = append(targets, p.target())
	}
	o.log(c, "application.user_membership.remove", "Remove user's application membership", targets...)
}

func (o *Org) appUserTarget(a *app, u *appUser) target {
	name := u.userName
	if p := o.users.byID[u.userID]; p != nil {
		name = p.displayName()
	}
	return target{ID: u.userID, Type: "AppUser", AlternateID: u.userName, DisplayName: name}
}

// appUserView is the assignment as the API shows it ("AppUser").
func (c *call) appUserView(a *app, u *appUser) map[string]any {
	scope := "GROUP"
	if u.direct {
		scope = "USER"
	}
	cred := map[string]any{}
	if u.userName != "" {
		cred["userName"] = u.userName
	}
	if !u.passwords.IsZero() {
		cred["password"] = map[string]any{}
	}
	view := map[string]any{
		"id": u.userID, "externalId": nil, "created": stamp(u.created), "lastUpdated": stamp(u.updated),
		"scope": scope, "status": "ACTIVE", "statusChanged": stamp(u.changed), "passwordChanged": timeOrNull(u.passwords),
		"syncState": "DISABLED", "credentials": cred, "profile": c.o.appUserProfile(a, u),
		"_links": map[string]any{"app": link(c.url("/api/v1/apps/%s", a.id)), "user": link(c.url("/api/v1/users/%s", u.userID))},
	}
	if !u.direct {
		if g := c.o.grantingGroup(a, u.userID); g != nil {
			view["_links"].(map[string]any)["group"] = map[string]any{"name": g.name(), "href": c.url("/api/v1/groups/%s", g.id)}
		}
	}
	return view
}

// appUserExpanded adds the user when the query asks for expand=user.
func (c *call) appUserExpanded(a *app, u *appUser) map[string]any {
	view := c.appUserView(a, u)
	if p := c.o.users.byID[u.userID]; p != nil && c.q("expand") == "user" {
		view["_embedded"] = map[string]any{"user": c.userView(p, false)}
	}
	return view
}
