package oktasim

import (
	"encoding/base32"
	"net/http"
	"slices"
	"strings"
	"time"
)

// clientRole is one admin role assigned to a client.
type clientRole struct {
	id      string
	role    Role
	created time.Time
	updated time.Time
}

// SetRoles replaces the admin roles of a client.
func (o *Org) SetRoles(clientID string, roles ...Role) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	c := o.clientByID(clientID)
	if c == nil {
		return errNotFound(clientID, "PublicClientApp")
	}
	for _, r := range slices.Clone(c.roles) {
		o.unassignRole(nil, c, r)
	}
	for _, r := range roles {
		if _, err := o.assignRole(nil, c, r); err != nil {
			return err
		}
	}
	return nil
}

func (o *Org) assignRole(by *call, c *client, r Role) (*clientRole, *apiError) {
	id := strings.TrimRight(base32.StdEncoding.EncodeToString([]byte(r.Type)), "=") // as Okta forms them
	if r.Type == roleCustom {
		if _, ok := o.rolePermissions(r.CustomRole); !ok {
			return nil, errNotFound(r.CustomRole, "CustomRole")
		}
		if _, ok := o.setResources(r.ResourceSet); !ok {
			return nil, errNotFound(r.ResourceSet, "IAMPolicy")
		}
		id = o.newID("irb")
	} else if adminRoleOf(r.Type) == nil {
		return nil, errValidation("type", "type: The role specified is not valid.")
	}
	for _, old := range c.roles {
		if old.role.Type == r.Type && old.role.CustomRole == r.CustomRole && old.role.ResourceSet == r.ResourceSet {
			return nil, newError(http.StatusConflict, "E0000090", "The role specified is already assigned to the user.")
		}
	}
	a := &clientRole{id: id, role: r, created: o.now(), updated: o.now()}
	c.roles = append(c.roles, a)
	o.log(by, "app.oauth2.client.privilege.grant", "Grant client privilege", c.actor(), a.target(o))
	return a, nil
}

func (o *Org) unassignRole(by *call, c *client, r *clientRole) {
	c.roles = slices.DeleteFunc(c.roles, func(x *clientRole) bool { return x == r })
	o.log(by, "app.oauth2.client.privilege.revoke", "Revoke client privilege", c.actor(), r.target(o))
}

// label is the role's name in the API.
func (r *clientRole) label(o *Org) string {
	if standard := adminRoleOf(r.role.Type); standard != nil {
		return standard.label
	}
	_, label := o.roleName(r.role.CustomRole)
	return label
}

// target names the role in a log event.
func (r *clientRole) target(o *Org) target {
	return target{ID: r.id, Type: "ROLE", AlternateID: r.role.Type, DisplayName: r.label(o)}
}

// json is the role assignment as the API gives it.
func (r *clientRole) json(c *call, clientID string) map[string]any {
	out := map[string]any{
		"id": r.id, "label": r.label(c.o), "type": r.role.Type, "status": "ACTIVE",
		"created": secondStamp(r.created), "lastUpdated": secondStamp(r.updated), "assignmentType": "CLIENT",
		"_links": map[string]any{"assignee": link(c.url("/oauth2/v1/clients/%s", clientID))},
	}
	if r.role.Type == roleCustom {
		role, _ := c.o.roleName(r.role.CustomRole)
		set := c.o.setID(r.role.ResourceSet)
		out["role"], out["resource-set"] = role, set
		links := out["_links"].(map[string]any)
		links["role"] = link(c.url("/api/v1/iam/roles/%s", role))
		links["resource-set"] = link(c.url("/api/v1/iam/resource-sets/%s", set))
		links["permissions"] = link(c.url("/api/v1/iam/roles/%s/permissions", role))
		links["member"] = link(c.url("/api/v1/iam/resource-sets/%s/bindings/%s/members/%s", set, role, r.id))
	}
	return out
}

// secondStamp is stamp with the milliseconds cut, as role assignments have it.
func secondStamp(t time.Time) string { return stamp(t.Truncate(time.Second)) }

// roleName finds a custom role's id and label through the API.
func (o *Org) roleName(role string) (id, label string) {
	return o.idAndLabel("/api/v1/iam/roles/", role)
}

func (o *Org) setID(set string) string {
	id, _ := o.idAndLabel("/api/v1/iam/resource-sets/", set)
	return id
}
