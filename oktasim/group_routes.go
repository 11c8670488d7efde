package oktasim

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

func (o *Org) groupRoutes() []route {
	const read, manage, one = "okta.groups.read", "okta.groups.manage", "/api/v1/groups/{groupId}"
	return []route{
		{method: "GET", pattern: "/api/v1/groups", scope: read, handle: (*call).listGroups},
		{method: "POST", pattern: "/api/v1/groups", scope: manage, handle: (*call).postGroup},
		{method: "GET", pattern: one, scope: read, handle: onGroup((*call).getGroup)},
		{method: "PUT", pattern: one, scope: manage, handle: onGroup((*call).putGroup)},
		{method: "DELETE", pattern: one, scope: manage, handle: onGroup((*call).removeGroup)},
		{method: "GET", pattern: one + "/users", scope: read, handle: onGroup((*call).listMembers)},
		{method: "PUT", pattern: one + "/users/{userId}", scope: manage, handle: onGroup((*call).putMember)},
		{method: "DELETE", pattern: one + "/users/{userId}", scope: manage, handle: onGroup((*call).deleteMember)},
		{method: "GET", pattern: one + "/apps", scope: read, handle: onGroup((*call).listGroupApps)},
		{method: "GET", pattern: one + "/owners", scope: read, handle: onGroup((*call).listOwners)},
		{method: "POST", pattern: one + "/owners", scope: manage, handle: onGroup((*call).postOwner)},
		{method: "DELETE", pattern: one + "/owners/{ownerId}", scope: manage, handle: onGroup((*call).deleteOwner)},
	}
}

func (c *call) findGroup(param string) (*group, *apiError) {
	if g := c.o.groups.byID[c.p(param)]; g != nil {
		return g, nil
	}
	return nil, errNotFound(c.p(param), "UserGroup")
}

func onGroup(do func(c *call, g *group) (int, any, *apiError)) func(*call) (int, any, *apiError) {
	return func(c *call) (int, any, *apiError) {
		g, err := c.findGroup("groupId")
		if err != nil {
			return 0, nil, err
		}
		return do(c, g)
	}
}

// groupJSON is "Group" in Okta's API reference.
type groupJSON struct {
	ID             string         `json:"id"`
	Created        string         `json:"created"`
	LastUpdated    string         `json:"lastUpdated"`
	LastMembership string         `json:"lastMembershipUpdated"`
	ObjectClass    []string       `json:"objectClass"`
	Type           string         `json:"type"`
	Profile        map[string]any `json:"profile"`
	Source         any            `json:"source,omitempty"`
	Embedded       any            `json:"_embedded,omitempty"`
	Links          map[string]any `json:"_links"`
}

func (c *call) groupView(g *group) groupJSON {
	self := c.url("/api/v1/groups/%s", g.id)
	logo := func(size string) map[string]any {
		return map[string]any{"name": size, "href": c.url("/assets/groups/okta-%s.png", size), "type": "image/png"}
	}
	v := groupJSON{
		ID: g.id, Created: stamp(g.created), LastUpdated: stamp(g.lastUpdated), LastMembership: stamp(g.lastMembership),
		ObjectClass: []string{g.class}, Type: g.kind, Profile: g.profile,
		Links: map[string]any{
			"logo":  []any{logo("medium"), logo("large")},
			"users": link(self + "/users"), "apps": link(self + "/apps"), "owners": link(self + "/owners"),
		},
	}
	if g.sourceID != "" {
		v.Source = map[string]any{"id": g.sourceID}
		v.Links["source"] = link(c.url("/api/v1/apps/%s", g.sourceID))
	}
	if slices.Contains(strings.Split(c.q("expand"), ","), "stats") {
		v.Embedded = map[string]any{"stats": map[string]any{
			"usersCount": len(g.members), "appsCount": len(c.o.appsOfGroup(g.id)), "hasAdminPrivilege": len(g.roles) > 0,
			"groupPushMappingsCount": 0,
			"_links":                 map[string]any{"users": link(self + "/users"), "apps": link(self + "/apps")},
		}}
	}
	return v
}

func (c *call) groupViews(list []*group) []groupJSON {
	out := make([]groupJSON, len(list))
	for i, g := range list {
		out[i] = c.groupView(g)
	}
	return out
}

// groupFilterAttrs are what `filter` of listGroups knows.
var groupFilterAttrs = map[string]string{
	"id": "eq", "type": "eq", "lastUpdated": "eq gt ge lt le", "lastMembershipUpdated": "eq gt ge lt le",
}

var groupDates = []string{"created", "lastUpdated", "lastMembershipUpdated"}

func (o *Org) groupSearchRule(attr, _ string) error {
	switch attr {
	case "id", "type", "created", "lastUpdated", "lastMembershipUpdated", "source.id":
		return nil
	}
	if name, ok := strings.CutPrefix(attr, "profile."); ok && o.schemas.group.property(name) != nil {
		return nil
	}
	return fmt.Errorf("the attribute %q cannot be searched", attr)
}

func (o *Org) groupGetter(g *group) scimGetter {
	return func(attr string) []any {
		switch attr {
		case "id":
			return []any{g.id}
		case "type":
			return []any{g.kind}
		case "source.id":
			if g.sourceID == "" {
				return nil
			}
			return []any{g.sourceID}
		case "created":
			return []any{g.created}
		case "lastUpdated":
			return []any{g.lastUpdated}
		case "lastMembershipUpdated":
			return []any{g.lastMembership}
		}
		return scimValues(g.profile[strings.TrimPrefix(attr, "profile.")])
	}
}

// listGroups is GET /api/v1/groups; `q` is a prefix of the name, and combines with `filter`.
func (c *call) listGroups() (int, any, *apiError) {
	o := c.o
	list := make([]*group, 0, len(o.groups.list))
	if c.query.Has("search") {
		if c.query.Has("q") || c.query.Has("filter") {
			return 0, nil, errSearchAndFilter()
		}
		e, err := parseQuery(c.q("search"), o.groupSearchRule, groupDates)
		if err != nil {
			return 0, nil, err
		}
		for _, g := range o.groups.list {
			if s := o.searchableGroup(g); s != nil && e.match(o.groupGetter(s)) {
				list = append(list, s)
			}
		}
		if err := sortFound(c, list, o.groupSearchRule, o.groupGetter); err != nil {
			return 0, nil, errSearch(err.Error())
		}
		return http.StatusOK, c.groupViews(page(c, list, 10000, 10000, groupID)), nil
	}
	keep := func(*group) bool { return true }
	if c.query.Has("filter") {
		e, err := parseQuery(c.q("filter"), filterRule(groupFilterAttrs), groupDates)
		if err != nil {
			return 0, nil, err
		}
		keep = func(g *group) bool { return e.match(o.groupGetter(g)) }
	}
	q := strings.ToLower(strings.TrimSpace(c.q("q")))
	for _, g := range o.groups.list {
		if strings.HasPrefix(strings.ToLower(g.name()), q) && keep(g) {
			list = append(list, g)
		}
	}
	if q != "" {
		return http.StatusOK, c.groupViews(unpaged(c, list, 300, 10000, groupID)), nil
	}
	return http.StatusOK, c.groupViews(page(c, list, 10000, 10000, groupID)), nil
}

func groupID(g *group) string { return g.id }
func userID(u *user) string   { return u.id }

type groupBody struct {
	Type    string         `json:"type"`
	Profile map[string]any `json:"profile"`
}

func (c *call) postGroup() (int, any, *apiError) {
	var in groupBody
	if err := c.decode(&in); err != nil {
		return 0, nil, err
	}
	g, err := c.o.createGroup(c, in.Profile)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, c.groupView(g), nil
}

func (c *call) getGroup(g *group) (int, any, *apiError) { return http.StatusOK, c.groupView(g), nil }

// putGroup replaces the profile: what is not said is removed. Only groups of type OKTA_GROUP can be changed.
func (c *call) putGroup(g *group) (int, any, *apiError) {
	var in groupBody
	if err := c.decode(&in); err != nil {
		return 0, nil, err
	}
	if err := g.managed(); err != nil {
		return 0, nil, err
	}
	if err := c.o.checkGroup(g, in.Profile); err != nil {
		return 0, nil, err
	}
	c.o.touchGroup(g)
	profile := maps.Clone(in.Profile)
	if _, ok := profile["description"]; !ok {
		profile["description"] = nil
	}
	g.setProfile(profile)
	g.lastUpdated = c.now()
	c.o.log(c, "group.profile.update", "Update group profile", g.target())
	return http.StatusOK, c.groupView(g), nil
}

func (c *call) removeGroup(g *group) (int, any, *apiError) {
	if err := g.managed(); err != nil {
		return 0, nil, err
	}
	c.o.deleteGroup(c, g)
	return http.StatusNoContent, nil, nil
}

func (c *call) listMembers(g *group) (int, any, *apiError) {
	return http.StatusOK, c.userViews(page(c, c.o.membersOf(g), 1000, 1000, userID)), nil
}

func (c *call) putMember(g *group) (int, any, *apiError) {
	u, err := c.findUser("userId")
	if err != nil {
		return 0, nil, err
	}
	if err := g.managed(); err != nil {
		return 0, nil, err
	}
	if u.status == statusDeprovisioned {
		return 0, nil, errStatus()
	}
	if c.o.addMember(c, g, u) {
		c.o.applyRules(c, u)
		c.o.countAdmin(u)
	}
	return http.StatusNoContent, nil, nil
}

func (c *call) deleteMember(g *group) (int, any, *apiError) {
	u, err := c.findUser("userId")
	if err != nil {
		return 0, nil, err
	}
	if err := g.managed(); err != nil {
		return 0, nil, err
	}
	c.o.removeMember(c, g, u)
	c.o.countAdmin(u)
	return http.StatusNoContent, nil, nil
}

// listGroupApps shows each app as the Apps API does.
func (c *call) listGroupApps(g *group) (int, any, *apiError) {
	list := page(c, c.o.appsOfGroup(g.id), 20, 200, func(a *app) string { return a.id })
	out := make([]any, len(list))
	for i, a := range list {
		out[i] = c.appView(a, false)
	}
	return http.StatusOK, out, nil
}

// groupOwner is who answers for a group: a user or a group ("GroupOwner").
type groupOwner struct {
	id, kind string
	updated  time.Time
}

func (c *call) ownerView(w *groupOwner, at string) map[string]any {
	name := ""
	if u := c.o.users.byID[w.id]; u != nil {
		name = u.displayName()
	} else if g := c.o.groups.byID[w.id]; g != nil {
		name = g.name()
	}
	return map[string]any{"id": w.id, "type": w.kind, "resolved": true, "originId": nil, "originType": "OKTA_DIRECTORY",
		"displayName": name, "lastUpdated": at}
}

func (c *call) listOwners(g *group) (int, any, *apiError) {
	out := []any{}
	for _, w := range unpaged(c, g.owners, 1000, 1000, func(w *groupOwner) string { return w.id }) {
		out = append(out, c.ownerView(w, w.updated.UTC().Format("2006-01-02 15:04:05.0")))
	}
	return http.StatusOK, out, nil
}

func (c *call) postOwner(g *group) (int, any, *apiError) {
	var in struct {
		ID   string `json:"id"`
		Type string `json:"type"`
	}
	if err := c.decode(&in); err != nil {
		return 0, nil, err
	}
	switch {
	case in.Type == "USER" && c.o.users.byID[in.ID] == nil:
		return 0, nil, errNotFound(in.ID, "User")
	case in.Type == "GROUP" && c.o.groups.byID[in.ID] == nil:
		return 0, nil, errNotFound(in.ID, "UserGroup")
	case in.Type != "USER" && in.Type != "GROUP":
		return 0, nil, errValidation("type", "type: The value is not one of the allowed values")
	}
	for _, w := range g.owners {
		if w.id == in.ID {
			return 0, nil, errValidation("id", "id: Provided owner is already assigned to this group")
		}
	}
	w := &groupOwner{id: in.ID, kind: in.Type, updated: c.now()}
	g.owners = append(g.owners, w)
	// The create answer writes the time unlike the list does.
	return http.StatusCreated, c.ownerView(w, w.updated.UTC().Format("Mon Jan 02 15:04:05 UTC 2006")), nil
}

func (c *call) deleteOwner(g *group) (int, any, *apiError) {
	n := len(g.owners)
	g.owners = slices.DeleteFunc(g.owners, func(w *groupOwner) bool { return w.id == c.p("ownerId") })
	if len(g.owners) == n {
		return 0, nil, errNotFound(c.p("ownerId"), "GroupOwner")
	}
	return http.StatusNoContent, nil, nil
}
