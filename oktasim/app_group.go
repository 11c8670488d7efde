package oktasim

import (
	"net/http"
	"slices"
	"strings"
)

const (
	appGroupPage    = 20
	appGroupPageMax = 200
)

// appGroupList is listApplicationGroupAssignments, by priority.
func (c *call) appGroupList() (int, any, *apiError) {
	a, err := c.findApp()
	if err != nil {
		return 0, nil, err
	}
	q := strings.ToLower(c.q("q"))
	var found []*appGroup
	for _, g := range a.groups {
		if group := c.o.groups.byID[g.groupID]; group != nil && strings.HasPrefix(strings.ToLower(group.name()), q) {
			found = append(found, g)
		}
	}
	out := []map[string]any{}
	for _, g := range page(c, found, appGroupPage, appGroupPageMax, func(g *appGroup) string { return g.groupID }) {
		out = append(out, c.appGroupExpanded(a, g))
	}
	return http.StatusOK, out, nil
}

// appGroupGet is getApplicationGroupAssignment.
func (c *call) appGroupGet() (int, any, *apiError) {
	a, g, err := c.findAppGroup()
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, c.appGroupExpanded(a, g), nil
}

func (c *call) findAppGroup() (*app, *appGroup, *apiError) {
	a, err := c.findApp()
	if err != nil {
		return nil, nil, err
	}
	if g := a.group(c.p("groupId")); g != nil {
		return a, g, nil
	}
	return nil, nil, errNotFound(c.p("groupId"), "ApplicationGroupAssignment")
}

// appGroupAssign is assignGroupToApplication; it also replaces an assignment.
func (c *call) appGroupAssign() (int, any, *apiError) {
	a, err := c.findApp()
	if err != nil {
		return 0, nil, err
	}
	var in map[string]any
	if err := c.decodeOptional(&in); err != nil {
		return 0, nil, err
	}
	g, err := c.o.assignGroup(c, a, c.p("groupId"), in)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, c.appGroupView(a, g), nil
}

// assignGroup assigns a group, and so its members, to an app; in is the body of
// assignGroupToApplication and may be nil. The lock is held.
func (o *Org) assignGroup(c *call, a *app, groupID string, in map[string]any) (*appGroup, *apiError) {
	group := o.groups.byID[groupID]
	if group == nil {
		return nil, errNotFound(groupID, "UserGroup")
	}
	priority, err := groupPriority(in)
	if err != nil {
		return nil, err
	}
	profile := jsonMap(in, "profile")
	if in["profile"] != nil && profile == nil {
		return nil, errMalformed()
	}
	if err := o.checkAppProfile(a, profile); err != nil {
		return nil, err
	}
	g, event, message := a.group(groupID), "group.application_assignment.update", "Update group application assignment"
	if g == nil {
		event, message = "group.application_assignment.add", "Add assigned application to group"
		g = &appGroup{groupID: groupID, priority: len(a.groups)}
		a.groups = append(a.groups, g)
	}
	g.profile, g.updated = jsonCopy(profile), o.now()
	if priority >= 0 {
		a.moveGroup(g, priority)
	}
	o.log(c, event, message, group.target(), a.target())
	for _, p := range o.membersOf(group) {
		o.assignThroughGroup(c, a, p)
	}
	return g, nil
}

// groupPriority reads the priority of a request: -1 if none is given.
func groupPriority(in map[string]any) (int, *apiError) {
	if in["priority"] == nil {
		return -1, nil
	}
	n, ok := jsonInt(in, "priority")
	if !ok {
		return 0, errMalformed()
	}
	if n < 0 || n > 100 {
		return 0, errValidation("priority", "priority: The value must be between 0 and 100.")
	}
	return n, nil
}

// moveGroup gives a group its place; those after it move back by one.
func (a *app) moveGroup(g *appGroup, priority int) {
	taken := slices.ContainsFunc(a.groups, func(x *appGroup) bool { return x != g && x.priority == priority })
	if taken {
		for _, x := range a.groups {
			if x != g && x.priority >= priority {
				x.priority++
			}
		}
	}
	g.priority = priority
	slices.SortStableFunc(a.groups, func(x, y *appGroup) int { return x.priority - y.priority })
}

// appGroupPatch is updateGroupAssignmentToApplication: a JSON Patch (RFC 6902)
// of "replace" operations on priority and profile.
func (c *call) appGroupPatch() (int, any, *apiError) {
	a, g, err := c.findAppGroup()
	if err != nil {
		return 0, nil, err
	}
	var ops []struct {
		Op, Path string
		Value    any
	}
	if err := c.decode(&ops); err != nil {
		return 0, nil, err
	}
	profile := jsonCopy(g.profile)
	in := map[string]any{}
	for _, op := range ops {
		if op.Op != "replace" {
			return 0, nil, errValidation("op", "op: Only 'replace' is supported.")
		}
		name, isProfile := strings.CutPrefix(op.Path, "/profile/")
		switch {
		case op.Path == "/priority":
			in["priority"] = op.Value
		case isProfile && name != "" && !strings.Contains(name, "/"):
			profile[name] = op.Value
		default:
			return 0, nil, errValidation("path", "path: Only /priority and /profile/{attribute} are supported.")
		}
	}
	in["profile"] = profile
	if g, err = c.o.assignGroup(c, a, g.groupID, in); err != nil {
		return 0, nil, err
	}
	return http.StatusOK, c.appGroupView(a, g), nil
}

// appGroupUnassign is unassignApplicationFromGroup: users who came through the
// group alone lose the app.
func (c *call) appGroupUnassign() (int, any, *apiError) {
	a, g, err := c.findAppGroup()
	if err != nil {
		return 0, nil, err
	}
	group := c.o.groups.byID[g.groupID]
	a.groups = slices.DeleteFunc(a.groups, func(x *appGroup) bool { return x == g })
	c.o.log(c, "group.application_assignment.remove", "Remove assigned application from group", group.target(), a.target())
	c.o.dropUngrouped(c, a)
	return http.StatusNoContent, nil, nil
}

// appGroupView is the assignment as the API shows it.
func (c *call) appGroupView(a *app, g *appGroup) map[string]any {
	return map[string]any{
		"id": g.groupID, "lastUpdated": stamp(g.updated), "priority": g.priority, "profile": g.profile,
		"_links": map[string]any{
			"app":   link(c.url("/api/v1/apps/%s", a.id)),
			"self":  link(c.url("/api/v1/apps/%s/groups/%s", a.id, g.groupID)),
			"group": link(c.url("/api/v1/groups/%s", g.groupID)),
		},
	}
}

func (c *call) appGroupExpanded(a *app, g *appGroup) map[string]any {
	view := c.appGroupView(a, g)
	if group := c.o.groups.byID[g.groupID]; group != nil && c.q("expand") == "group" {
		view["_embedded"] = map[string]any{"group": map[string]any{"id": group.id, "type": group.kind, "profile": group.profile}}
	}
	return view
}
