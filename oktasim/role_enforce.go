package oktasim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// grants is what the admin roles of one client allow.
type grants struct {
	all  bool // a Super Administrator
	each []assignment
}

// assignment is one role and what it reaches.
type assignment struct {
	role        string   // a standard role; "" for a custom one
	permissions []string // of a custom role
	everything  bool     // no target narrows it
	users       reach
	groups      reach
	apps        reach
}

// reach is which objects of one kind an assignment covers.
type reach struct {
	all       bool
	ids       []string
	membersOf []string // of users: the groups whose members are covered
}

// clientGrants works out what a client's roles allow. Custom roles and resource
// sets are read each time, so a change in the console counts at once.
func (o *Org) clientGrants(c *client) *grants {
	if c.kind == integrationClient && !o.settings.IntegrationRoles {
		return nil // allowed by its scopes alone (see the package comment)
	}
	g := &grants{}
	for _, r := range c.roles {
		switch {
		case r.role.Type == "SUPER_ADMIN":
			return &grants{all: true}
		case r.role.Type == roleCustom:
			g.each = append(g.each, o.customAssignment(r.role))
		default:
			g.each = append(g.each, standardAssignment(r.role))
		}
	}
	return g
}

func standardAssignment(r Role) assignment {
	a := assignment{role: r.Type, everything: true}
	if len(r.Groups) > 0 {
		a.everything = false
		a.groups.ids, a.users.membersOf = r.Groups, r.Groups
	}
	if len(r.Apps) > 0 {
		a.everything = false
		a.apps.ids = r.Apps
		a.users.all, a.groups.all = true, true
	}
	return a
}

func (o *Org) customAssignment(r Role) assignment {
	permissions, _ := o.rolePermissions(r.CustomRole)
	resources, _ := o.setResources(r.ResourceSet)
	a := assignment{permissions: permissions}
	for _, res := range resources {
		a.addResource(res)
	}
	return a
}

// addResource reads one resource of a resource set: an ORN
// (orn:okta:directory:00o…:groups:00g…:contained_resources) or the URL of a
// user, group or app, or of a whole collection.
func (a *assignment) addResource(res string) {
	sep := "/"
	if strings.HasPrefix(res, "orn:") {
		sep = ":"
	}
	segs := strings.Split(strings.Trim(res, sep), sep)
	for i, s := range segs {
		var r *reach
		switch s {
		case "users":
			r = &a.users
		case "groups":
			r = &a.groups
		case "apps":
			r = &a.apps
		default:
			continue
		}
		rest := segs[i+1:]
		switch {
		case len(rest) == 0:
			r.all = true
		case s == "apps" && len(rest) == 1 && sep == ":" && !strings.HasPrefix(rest[0], "0oa"):
			r.all = true // orn:…:apps:<kind>: every app of a kind; kinds are not told apart
		case s == "groups" && len(rest) == 2 && (rest[1] == "users" || rest[1] == "contained_resources"):
			a.users.membersOf = append(a.users.membersOf, rest[0])
		default:
			r.ids = append(r.ids, rest[len(rest)-1])
		}
		return
	}
}

// authorize checks the scope, then the role, that the route asks for. The lock is held.
func (o *Org) authorize(c *call) *apiError {
	scope, p := c.route.scope, c.principal
	if p.kind != clientPrincipal || scope == "-" {
		return nil // an API token's owner is a Super Administrator
	}
	if scope == "" {
		return errPermission() // an operation for API tokens only
	}
	if !coversScope(p.scopes, scope) {
		return errInsufficientScope(o.base(c.r), scope, c.r.URL.EscapedPath())
	}
	if p.grants == nil || p.grants.all {
		return nil
	}
	kind, id := c.object()
	for _, a := range p.grants.each {
		if a.allows(c.route) && (id == "" || o.covers(a, kind, id)) {
			return nil
		}
	}
	if o.settings.RoleAfterLookup {
		if err := o.lookUp(c); err != nil {
			return err
		}
	}
	return errPermission()
}

// errInsufficientScope is the 403 without a body that Okta sends when the
// access token lacks the scope (RFC 6750 section 3.1).
func errInsufficientScope(base, scope, path string) *apiError {
	return &apiError{status: http.StatusForbidden, header: http.Header{"Www-Authenticate": {fmt.Sprintf(
		`Bearer authorization_uri="%s/oauth2/v1/authorize", realm="%s", scope="%s", error="insufficient_scope", `+
			`error_description="The access token provided does not contain the required scopes.", resource="%s"`,
		base, base, scope, path)}}}
}

// object names the user, group or app that the call's path is about.
func (c *call) object() (kind, id string) {
	segs := strings.Split(strings.Trim(c.route.pattern, "/"), "/")
	if len(segs) < 4 || segs[0] != "api" || !strings.HasPrefix(segs[3], "{") {
		return "", ""
	}
	kind = collectionKind("/" + strings.Join(segs[:3], "/"))
	if kind == "" {
		return "", ""
	}
	id = c.p(strings.Trim(segs[3], "{}"))
	if kind == "user" && !strings.HasPrefix(id, "00u") {
		var user struct{ ID string }
		if status, body := c.o.do(http.MethodGet, "/api/v1/users/"+pathSegment(id), nil); status == http.StatusOK && json.Unmarshal(body, &user) == nil {
			id = user.ID
		}
	}
	return kind, id
}

// lookUp is the 404 of the object that the path names first, if there is none.
func (o *Org) lookUp(c *call) *apiError {
	segs := strings.Split(strings.Trim(c.route.pattern, "/"), "/")
	path := ""
	for _, s := range segs {
		if strings.HasPrefix(s, "{") {
			id := c.p(strings.Trim(s, "{}"))
			rt, params, _ := o.routes.find(http.MethodGet, path+"/"+pathSegment(id))
			if rt == nil {
				return nil
			}
			_, _, err := rt.handle(&call{o: o, r: c.r, w: &discard{http.Header{}}, principal: o.adminPrincipal(),
				route: rt, params: params, requestID: c.requestID, query: c.query})
			if err != nil && err.status == http.StatusNotFound {
				return err
			}
			return nil
		}
		path += "/" + s
	}
	return nil
}

// collectionKind names what a collection holds, for the three kinds that
// resource sets narrow.
func collectionKind(pattern string) string {
	switch pattern {
	case "/api/v1/users":
		return "user"
	case "/api/v1/groups":
		return "group"
	case "/api/v1/apps":
		return "app"
	}
	return ""
}

// sees says whether the caller's roles let it see one user, group or app.
func (c *call) sees(kind, id string) bool {
	if c.principal.seesAll() {
		return true
	}
	for _, a := range c.principal.grants.each {
		if c.o.covers(a, kind, id) {
			return true
		}
	}
	return false
}

// covers says whether an assignment reaches one object.
func (o *Org) covers(a assignment, kind, id string) bool {
	if a.everything || kind == "" {
		return true
	}
	r := map[string]reach{"user": a.users, "group": a.groups, "app": a.apps}[kind]
	if r.all || slices.Contains(r.ids, id) {
		return true
	}
	for _, g := range r.membersOf {
		if o.isMember(id, g) {
			return true
		}
	}
	return false
}
