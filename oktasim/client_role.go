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

// roleLabels are the standard roles and their names in the console ("RoleType" of the API).
var roleLabels = map[string]string{
	"SUPER_ADMIN":                 "Super Administrator",
	"ORG_ADMIN":                   "Organizational Administrator",
	"APP_ADMIN":                   "Application Administrator",
	"USER_ADMIN":                  "Group Administrator",
	"GROUP_MEMBERSHIP_ADMIN":      "Group Membership Administrator",
	"HELP_DESK_ADMIN":             "Help Desk Administrator",
	"READ_ONLY_ADMIN":             "Read Only Administrator",
	"REPORT_ADMIN":                "Report Administrator",
	"API_ACCESS_MANAGEMENT_ADMIN": "API Access Management Administrator",
	"MOBILE_ADMIN":                "Mobile Administrator",
	"WORKFLOWS_ADMIN":             "Workflows Administrator",
	"ACCESS_CERTIFICATIONS_ADMIN": "Access Certifications Administrator",
	"ACCESS_REQUESTS_ADMIN":       "Access Requests Administrator",
}

// standardRoles is the order in which the console offers them.
var standardRoles = []string{"SUPER_ADMIN", "ORG_ADMIN", "APP_ADMIN", "USER_ADMIN", "GROUP_MEMBERSHIP_ADMIN", "HELP_DESK_ADMIN",
	"READ_ONLY_ADMIN", "REPORT_ADMIN", "API_ACCESS_MANAGEMENT_ADMIN", "MOBILE_ADMIN", "WORKFLOWS_ADMIN",
	"ACCESS_CERTIFICATIONS_ADMIN", "ACCESS_REQUESTS_ADMIN"}

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
	if r.Type == "CUSTOM" {
		if _, ok := o.rolePermissions(r.CustomRole); !ok {
			return nil, errNotFound(r.CustomRole, "CustomRole")
		}
		if _, ok := o.setResources(r.ResourceSet); !ok {
			return nil, errNotFound(r.ResourceSet, "IAMPolicy")
		}
		id = o.newID("irb")
	} else if roleLabels[r.Type] == "" {
		return nil, errValidation("type", "type: The role specified is not valid.")
	}
	for _, old := range c.roles {
		if old.role.Type == r.Type && old.role.CustomRole == r.CustomRole && old.role.ResourceSet == r.ResourceSet {
			return nil, newError(http.StatusConflict, "E0000090", "The role specified is already assigned to the user.")
		}
	}
	a := &clientRole{id: id, role: r, created: o.now(), updated: o.now()}
	c.roles = append(c.roles, a)
	label := roleLabels[r.Type]
	if label == "" {
		label = r.CustomRole
	}
	o.log(by, "app.oauth2.client.privilege.grant", "Grant client privilege", c.actor(), target{ID: id, Type: "ROLE", AlternateID: r.Type, DisplayName: label})
	return a, nil
}

func (o *Org) unassignRole(by *call, c *client, r *clientRole) {
	c.roles = slices.DeleteFunc(c.roles, func(x *clientRole) bool { return x == r })
	o.log(by, "app.oauth2.client.privilege.revoke", "Revoke client privilege", c.actor(),
		target{ID: r.id, Type: "ROLE", AlternateID: r.role.Type, DisplayName: roleLabels[r.role.Type]})
}

// json is the role assignment as the API gives it.
func (r *clientRole) json(c *call, clientID string) map[string]any {
	out := map[string]any{
		"id": r.id, "label": roleLabels[r.role.Type], "type": r.role.Type, "status": "ACTIVE",
		"created": secondStamp(r.created), "lastUpdated": secondStamp(r.updated), "assignmentType": "CLIENT",
		"_links": map[string]any{"assignee": link(c.url("/oauth2/v1/clients/%s", clientID))},
	}
	if r.role.Type == "CUSTOM" {
		role, label := c.o.roleName(r.role.CustomRole)
		set := c.o.setID(r.role.ResourceSet)
		out["label"], out["role"], out["resource-set"] = label, role, set
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
