package oktasim

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// The resource sets of /api/v1/iam/resource-sets ("RoleCResourceSet…").

func (o *Org) iamSetRoutes() []route {
	const read, manage, set = "okta.roles.read", "okta.roles.manage", "/api/v1/iam/resource-sets/{resourceSetId}"
	const members = set + "/bindings/{roleIdOrLabel}/members"
	return []route{
		{method: "GET", pattern: "/api/v1/iam/resource-sets", scope: read, handle: (*call).listSets},
		{method: "POST", pattern: "/api/v1/iam/resource-sets", scope: manage, handle: (*call).postSet},
		{method: "GET", pattern: set, scope: read, handle: onSet((*call).getSet)},
		{method: "PUT", pattern: set, scope: manage, handle: onSet((*call).putSet)},
		{method: "DELETE", pattern: set, scope: manage, handle: onSet((*call).deleteSet)},
		{method: "GET", pattern: set + "/resources", scope: read, handle: onSet((*call).listSetResources)},
		{method: "POST", pattern: set + "/resources", scope: manage, handle: onSet((*call).postSetResource)},
		{method: "PATCH", pattern: set + "/resources", scope: manage, handle: onSet((*call).patchSetResources)},
		{method: "GET", pattern: set + "/resources/{resourceId}", scope: read, handle: onSet((*call).getSetResource)},
		{method: "DELETE", pattern: set + "/resources/{resourceId}", scope: manage, handle: onSet((*call).deleteSetResource)},
		{method: "GET", pattern: set + "/bindings", scope: read, handle: onSet((*call).listBindings)},
		{method: "POST", pattern: set + "/bindings", scope: manage, handle: onSet((*call).postBinding)},
		{method: "GET", pattern: set + "/bindings/{roleIdOrLabel}", scope: read, handle: onBinding((*call).getBinding)},
		{method: "DELETE", pattern: set + "/bindings/{roleIdOrLabel}", scope: manage, handle: onBinding((*call).deleteBinding)},
		{method: "GET", pattern: members, scope: read, handle: onBinding((*call).listBindingMembers)},
		{method: "PATCH", pattern: members, scope: manage, handle: onBinding((*call).patchBindingMembers)},
		{method: "GET", pattern: members + "/{memberId}", scope: read, handle: onBinding((*call).getBindingMember)},
		{method: "DELETE", pattern: members + "/{memberId}", scope: manage, handle: onBinding((*call).deleteBindingMember)},
		{method: "GET", pattern: "/api/v1/iam/assignees/users", scope: read, handle: (*call).listAssignees},
	}
}

func onSet(do func(c *call, s *resourceSet) (int, any, *apiError)) func(*call) (int, any, *apiError) {
	return func(c *call) (int, any, *apiError) {
		s := c.o.iam.set(c.p("resourceSetId"))
		if s == nil {
			return 0, nil, errNotFound(c.p("resourceSetId"), "IAMPolicy")
		}
		return do(c, s)
	}
}

func (s *resourceSet) target() target {
	return target{ID: s.id, Type: "RESOURCE_SET", AlternateID: "unknown", DisplayName: s.label}
}

func (c *call) setView(s *resourceSet) map[string]any {
	self := c.url("/api/v1/iam/resource-sets/%s", s.id)
	return map[string]any{
		"id": s.id, "label": s.label, "description": s.description, "created": stamp(s.created), "lastUpdated": stamp(s.lastUpdated),
		"_links": map[string]any{"self": link(self), "resources": link(self + "/resources"), "bindings": link(self + "/bindings")},
	}
}

func (c *call) listSets() (int, any, *apiError) {
	out := []any{}
	links := map[string]any{"self": link(c.url("/api/v1/iam/resource-sets"))}
	for _, s := range iamPage(c, c.o.iam.sets, links, func(s *resourceSet) string { return s.id }) {
		out = append(out, c.setView(s))
	}
	return http.StatusOK, map[string]any{"resource-sets": out, "_links": links}, nil
}

type setBody struct {
	Label       string   `json:"label"`
	Description string   `json:"description"`
	Resources   []string `json:"resources"`
}

func (c *call) checkSet(s *resourceSet, in setBody) *apiError {
	if err := checkLabel(in.Label, in.Description); err != nil {
		return err
	}
	for _, other := range c.o.iam.sets {
		if other != s && other.label == in.Label {
			return errValidation("label", "label: There is already a resource set with this name.")
		}
	}
	return nil
}

func (c *call) postSet() (int, any, *apiError) {
	var in setBody
	if err := c.decode(&in); err != nil {
		return 0, nil, err
	}
	if err := c.checkSet(nil, in); err != nil {
		return 0, nil, err
	}
	if len(in.Resources) == 0 {
		return 0, nil, errValidation("resources", "resources: At least one resource must be specified")
	}
	s := &resourceSet{label: in.Label, description: in.Description, created: c.now(), lastUpdated: c.now()}
	for _, ref := range in.Resources {
		if err := c.addResource(s, ref); err != nil {
			return 0, nil, err
		}
	}
	s.id = c.o.newID("iam")
	c.o.iam.sets = append(c.o.iam.sets, s)
	c.o.log(c, "iam.resourceset.create", "Create resource set", s.target())
	return http.StatusOK, c.setView(s), nil
}

// addResource checks and adds a resource: an ORN of Okta's, or the URL of a user,
// group, app or collection of this org, which must exist.
func (c *call) addResource(s *resourceSet, ref string) *apiError {
	bad := errValidation("resources", "resources: The resource "+ref+" is not valid.")
	segs, kindAt := strings.Split(ref, ":"), 4
	if segs[0] == "orn" {
		if len(segs) < 5 || segs[2] == "" || segs[4] == "" {
			return bad
		}
	} else {
		u, err := url.Parse(ref)
		path, ok := "", false
		if err == nil {
			path, ok = strings.CutPrefix(u.Path, "/api/v1/")
		}
		if !ok || u.Scheme != "https" && u.Scheme != "http" {
			return bad
		}
		segs, kindAt = strings.Split(strings.Trim(path, "/"), "/"), 0
	}
	if id := resourceID(segs[kindAt:]); id != "" && !c.o.holds(segs[kindAt], id) {
		return errNotFound(id, "Resource")
	}
	for _, r := range s.resources {
		if r.ref == ref {
			return nil
		}
	}
	s.resources = append(s.resources, &setResource{id: c.o.newID("ire"), ref: ref, created: c.now(), lastUpdated: c.now()})
	return nil
}

// resourceID is the id in [kind, id, …], or for apps in [apps, name, id]; "" for a whole collection.
func resourceID(segs []string) string {
	for _, s := range segs[1:] {
		if strings.HasPrefix(s, "00u") || strings.HasPrefix(s, "00g") || strings.HasPrefix(s, "0oa") {
			return s
		}
	}
	return ""
}

func (o *Org) holds(kind, id string) bool {
	switch kind {
	case "users":
		return o.users.byID[id] != nil
	case "groups":
		return o.groups.byID[id] != nil
	case "apps":
		_, _, ok := o.appStatus(id)
		return ok
	}
	return true
}

func (c *call) getSet(s *resourceSet) (int, any, *apiError) { return http.StatusOK, c.setView(s), nil }

func (c *call) putSet(s *resourceSet) (int, any, *apiError) {
	var in setBody
	if err := c.decode(&in); err != nil {
		return 0, nil, err
	}
	if err := c.checkSet(s, in); err != nil {
		return 0, nil, err
	}
	s.label, s.description, s.lastUpdated = in.Label, in.Description, c.now()
	c.o.log(c, "iam.resourceset.update", "Update resource set", s.target())
	return http.StatusOK, c.setView(s), nil
}

func (c *call) deleteSet(s *resourceSet) (int, any, *apiError) {
	c.o.iam.sets = slices.DeleteFunc(c.o.iam.sets, func(x *resourceSet) bool { return x == s })
	c.o.log(c, "iam.resourceset.delete", "Delete resource set", s.target())
	return http.StatusNoContent, nil, nil
}

func (c *call) setResourceView(s *resourceSet, r *setResource) map[string]any {
	links := map[string]any{"resource": link(c.url("/api/v1/iam/resource-sets/%s/resources/%s", s.id, r.id))}
	out := map[string]any{"id": r.id, "created": stamp(r.created), "lastUpdated": stamp(r.lastUpdated), "_links": links}
	if !strings.HasPrefix(r.ref, "orn:") {
		links["self"] = link(r.ref)
		out["orn"] = c.ornOf(r.ref)
		return out
	}
	out["orn"] = r.ref
	segs := strings.Split(r.ref, ":")
	self := c.url("/api/v1/%s", segs[4])
	if id := resourceID(segs[4:]); id != "" {
		self += "/" + id
		if segs[len(segs)-1] == membersOfGroup {
			self += "/users"
		}
	}
	links["self"] = link(self)
	return out
}

// membersOfGroup ends the ORN that stands for the members of a group, not the group.
const membersOfGroup = "contained_resources"

// ornOf writes the URL of one of the org's objects as an Okta resource name.
func (c *call) ornOf(ref string) string {
	_, path, _ := strings.Cut(ref, "/api/v1/")
	service := "directory"
	if strings.HasPrefix(path, "apps") {
		service = "idp"
	}
	path = strings.Trim(path, "/")
	if group, members := strings.CutSuffix(path, "/users"); members {
		path = group + ":" + membersOfGroup
	}
	return "orn:okta:" + service + ":" + c.o.id + ":" + strings.ReplaceAll(path, "/", ":")
}

func (c *call) listSetResources(s *resourceSet) (int, any, *apiError) {
	out := []any{}
	self := c.url("/api/v1/iam/resource-sets/%s", s.id)
	links := map[string]any{"self": link(self + "/resources"), "resource-set": link(self)}
	for _, r := range iamPage(c, s.resources, links, func(r *setResource) string { return r.id }) {
		out = append(out, c.setResourceView(s, r))
	}
	return http.StatusOK, map[string]any{"resources": out, "_links": links}, nil
}

func (c *call) patchSetResources(s *resourceSet) (int, any, *apiError) {
	var in struct {
		Additions []string `json:"additions"`
	}
	if err := c.decode(&in); err != nil {
		return 0, nil, err
	}
	if len(in.Additions) == 0 {
		return 0, nil, errValidation("additions", "additions: At least one resource must be specified")
	}
	for _, ref := range in.Additions {
		if err := c.addResource(s, ref); err != nil {
			return 0, nil, err
		}
	}
	s.lastUpdated = c.now()
	c.o.log(c, "iam.resourceset.resources.add", "Add resources to resource set", s.target())
	return http.StatusOK, c.setView(s), nil
}

func (c *call) postSetResource(s *resourceSet) (int, any, *apiError) {
	var in struct {
		ORN string `json:"resourceOrnOrUrl"`
	}
	if err := c.decode(&in); err != nil {
		return 0, nil, err
	}
	if err := c.addResource(s, in.ORN); err != nil {
		return 0, nil, err
	}
	s.lastUpdated = c.now()
	c.o.log(c, "iam.resourceset.resources.add", "Add resources to resource set", s.target())
	return http.StatusOK, c.setResourceView(s, s.resources[len(s.resources)-1]), nil
}

func (c *call) resource(s *resourceSet) (*setResource, *apiError) {
	for _, r := range s.resources {
		if r.id == c.p("resourceId") {
			return r, nil
		}
	}
	return nil, errNotFound(c.p("resourceId"), "IAMPolicyResource")
}

func (c *call) getSetResource(s *resourceSet) (int, any, *apiError) {
	r, err := c.resource(s)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, c.setResourceView(s, r), nil
}

func (c *call) deleteSetResource(s *resourceSet) (int, any, *apiError) {
	r, err := c.resource(s)
	if err != nil {
		return 0, nil, err
	}
	s.resources = slices.DeleteFunc(s.resources, func(x *setResource) bool { return x == r })
	s.lastUpdated = c.now()
	c.o.log(c, "iam.resourceset.resources.delete", "Delete resources from resource set", s.target())
	return http.StatusNoContent, nil, nil
}
