package oktasim

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

func onBinding(do func(c *call, s *resourceSet, b *binding) (int, any, *apiError)) func(*call) (int, any, *apiError) {
	return onSet(func(c *call, s *resourceSet) (int, any, *apiError) {
		r := c.o.iam.role(c.p("roleIdOrLabel"))
		if r == nil {
			return 0, nil, errNotFound(c.p("roleIdOrLabel"), "CustomRole")
		}
		b := s.binding(r)
		if b == nil {
			return 0, nil, errNotFound(c.p("roleIdOrLabel"), "RoleResourceSetBinding")
		}
		return do(c, s, b)
	})
}

func (c *call) bindingURL(s *resourceSet, b *binding) string {
	return c.url("/api/v1/iam/resource-sets/%s/bindings/%s", s.id, b.role.id)
}

func (c *call) bindingView(s *resourceSet, b *binding) map[string]any {
	self := c.bindingURL(s, b)
	return map[string]any{"id": b.role.id, "_links": map[string]any{
		"self": link(self), "members": link(self + "/members"),
		"bindings":     link(c.url("/api/v1/iam/resource-sets/%s/bindings", s.id)),
		"resource-set": link(c.url("/api/v1/iam/resource-sets/%s", s.id)),
	}}
}

func (c *call) listBindings(s *resourceSet) (int, any, *apiError) {
	out := []any{}
	set := c.url("/api/v1/iam/resource-sets/%s", s.id)
	links := map[string]any{"self": link(set + "/bindings"), "resource-set": link(set)}
	for _, b := range iamPage(c, s.bindings, links, func(b *binding) string { return b.role.id }) {
		out = append(out, map[string]any{"id": b.role.id, "_links": map[string]any{
			"self": link(c.bindingURL(s, b)), "members": link(c.bindingURL(s, b) + "/members")}})
	}
	return http.StatusOK, map[string]any{"roles": out, "_links": links}, nil
}

// holder reads a member's URL: a user, a group, or a client of this org.
func (c *call) holder(ref string) (kind, id string, err *apiError) {
	u, parseErr := url.Parse(ref)
	bad := errValidation("members", "members: The member "+ref+" is not valid.")
	if parseErr != nil {
		return "", "", bad
	}
	path, ok := strings.CutPrefix(u.Path, "/api/v1/")
	if !ok {
		if path, ok = strings.CutPrefix(u.Path, "/oauth2/v1/"); !ok {
			return "", "", bad
		}
	}
	kind, id, _ = strings.Cut(strings.Trim(path, "/"), "/")
	switch {
	case kind == "users" && c.o.users.byID[id] != nil, kind == "groups" && c.o.groups.byID[id] != nil,
		kind == "clients" && c.o.clientByID(id) != nil:
		return kind, id, nil
	case kind == "users" || kind == "groups" || kind == "clients":
		return "", "", errNotFound(id, map[string]string{"users": "User", "groups": "UserGroup", "clients": "PublicClientApp"}[kind])
	}
	return "", "", bad
}

// bindAll adds members; a client's role is kept with the client as well, where its
// calls look for it.
func (c *call) bindAll(s *resourceSet, r *customRole, refs []string) *apiError {
	if len(refs) == 0 {
		return errValidation("members", "members: At least one member must be specified")
	}
	type one struct{ kind, id string }
	var all []one
	for _, ref := range refs {
		kind, id, err := c.holder(ref)
		if err != nil {
			return err
		}
		all = append(all, one{kind, id})
	}
	for _, m := range all {
		if _, added := c.o.bind(s, r, m.kind, m.id); !added {
			continue
		}
		c.o.countAdmins(m.id)
		if m.kind == "clients" {
			_, err := c.o.assignRole(c, c.o.clientByID(m.id), Role{Type: roleCustom, CustomRole: r.id, ResourceSet: s.id})
			if err != nil && err.code != "E0000090" {
				return err
			}
		}
	}
	c.o.log(c, "iam.resourceset.bindings.add", "Add bindings to resource set", s.target(), r.target())
	return nil
}

func (c *call) postBinding(s *resourceSet) (int, any, *apiError) {
	var in struct {
		Role    string   `json:"role"`
		Members []string `json:"members"`
	}
	if err := c.decode(&in); err != nil {
		return 0, nil, err
	}
	r := c.o.iam.role(in.Role)
	if r == nil {
		return 0, nil, errNotFound(in.Role, "CustomRole")
	}
	if err := c.bindAll(s, r, in.Members); err != nil {
		return 0, nil, err
	}
	return http.StatusOK, c.bindingView(s, s.binding(r)), nil
}

func (c *call) getBinding(s *resourceSet, b *binding) (int, any, *apiError) {
	return http.StatusOK, c.bindingView(s, b), nil
}

func (c *call) deleteBinding(s *resourceSet, b *binding) (int, any, *apiError) {
	for _, m := range slices.Clone(b.members) {
		c.unbind(s, b, m)
	}
	return http.StatusNoContent, nil, nil
}

func (c *call) unbind(s *resourceSet, b *binding, m *bindingMember) {
	b.members = slices.DeleteFunc(b.members, func(x *bindingMember) bool { return x == m })
	s.dropEmpty()
	c.o.countAdmins(m.holder)
	if m.kind == "clients" {
		if client := c.o.clientByID(m.holder); client != nil {
			for _, r := range slices.Clone(client.roles) {
				if r.role.Type == roleCustom && c.o.iam.role(r.role.CustomRole) == b.role && c.o.iam.set(r.role.ResourceSet) == s {
					c.o.unassignRole(c, client, r)
				}
			}
		}
	}
	c.o.log(c, "iam.resourceset.bindings.delete", "Delete bindings from resource set", s.target(), b.role.target())
}

func (c *call) memberView(s *resourceSet, b *binding, m *bindingMember) map[string]any {
	holder := c.url("/api/v1/%s/%s", m.kind, m.holder)
	service := "directory"
	if m.kind == "clients" {
		holder, service = c.url("/oauth2/v1/clients/%s", m.holder), "apps"
	}
	return map[string]any{
		"id": m.id, "orn": "orn:okta:" + service + ":" + c.o.id + ":" + m.kind + ":" + m.holder,
		"created": stamp(m.created), "lastUpdated": stamp(m.lastUpdated),
		"_links": map[string]any{"self": link(holder), "member": link(c.bindingURL(s, b) + "/members/" + m.id)},
	}
}

func (c *call) listBindingMembers(s *resourceSet, b *binding) (int, any, *apiError) {
	out := []any{}
	links := map[string]any{"self": link(c.bindingURL(s, b) + "/members"), "binding": link(c.bindingURL(s, b))}
	for _, m := range iamPage(c, b.members, links, func(m *bindingMember) string { return m.id }) {
		out = append(out, c.memberView(s, b, m))
	}
	return http.StatusOK, map[string]any{"members": out, "_links": links}, nil
}

func (c *call) patchBindingMembers(s *resourceSet, b *binding) (int, any, *apiError) {
	var in struct {
		Additions []string `json:"additions"`
	}
	if err := c.decode(&in); err != nil {
		return 0, nil, err
	}
	if err := c.bindAll(s, b.role, in.Additions); err != nil {
		return 0, nil, err
	}
	return http.StatusOK, c.bindingView(s, b), nil
}

func (c *call) bindingMember(b *binding) (*bindingMember, *apiError) {
	for _, m := range b.members {
		if m.id == c.p("memberId") {
			return m, nil
		}
	}
	return nil, errNotFound(c.p("memberId"), "RoleResourceSetBindingMember")
}

func (c *call) getBindingMember(s *resourceSet, b *binding) (int, any, *apiError) {
	m, err := c.bindingMember(b)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, c.memberView(s, b, m), nil
}

func (c *call) deleteBindingMember(s *resourceSet, b *binding) (int, any, *apiError) {
	m, err := c.bindingMember(b)
	if err != nil {
		return 0, nil, err
	}
	c.unbind(s, b, m)
	return http.StatusNoContent, nil, nil
}

// listAssignees lists the users who hold an admin role themselves.
func (c *call) listAssignees() (int, any, *apiError) {
	var holders []*user
	for _, u := range c.o.users.list {
		if len(u.roles) > 0 || len(c.o.customRolesOf(u.id)) > 0 {
			holders = append(holders, u)
		}
	}
	out, links := []any{}, map[string]any{}
	for _, u := range iamPage(c, holders, links, userID) {
		self := c.url("/api/v1/users/%s", u.id)
		out = append(out, map[string]any{"id": u.id, "orn": "orn:okta:directory:" + c.o.id + ":users:" + u.id,
			"_links": map[string]any{"self": link(self), "roles": link(self + "/roles")}})
	}
	answer := map[string]any{"value": out}
	if len(links) > 0 {
		answer["_links"] = links
	}
	return http.StatusOK, answer, nil
}
