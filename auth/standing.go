package auth

import (
	"slices"
	"time"
)

// Mapping says which roles people get: by their groups, and one person whatever the groups say.
type Mapping struct {
	Groups     map[string]Role
	FirstAdmin string // subject, or issuer|subject
}

// RolesOf returns the roles that these groups give to a person.
func (m Mapping) RolesOf(issuer, subject string, groups []string) []Role {
	roles := MapGroups(m.Groups, groups)
	first := m.FirstAdmin
	if first != "" && (first == subject || first == issuer+"|"+subject) && !slices.Contains(roles, Admin) {
		roles = append([]Role{Admin}, roles...)
	}
	return roles
}

// Giving returns those of the groups that give a role.
func (m Mapping) Giving(groups []string) (out []string) {
	for _, g := range groups {
		if m.Groups[g] != "" {
			out = append(out, g)
		}
	}
	return out
}

// Standing is what the org at which a person signs in says of them now.
type Standing struct {
	Gone bool     // deactivated, suspended or deleted: they could not sign in
	Left []string // groups that they were in when they signed in, and are not in any more
}

// Roles returns what a person may do by a standing. Groups that the org does not know, such as names that only the
// provider's claim has, are left as they were at the sign-in.
func (s Standing) Roles(m Mapping, u User) []Role {
	if s.Gone {
		return nil
	}
	return m.RolesOf(u.Issuer, u.Subject, slices.DeleteFunc(slices.Clone(u.Groups), func(g string) bool { return slices.Contains(s.Left, g) }))
}

// ProvedAt is when the roles of a person were last proved: at a sign-in, or by a look in the org.
func (u User) ProvedAt() time.Time {
	if u.CheckedAt.After(u.SeenAt) {
		return u.CheckedAt
	}
	return u.SeenAt
}

// Within returns the roles that are in both lists, in the order of the first.
func Within(roles, most []Role) (out []Role) {
	for _, r := range roles {
		if slices.Contains(most, r) {
			out = append(out, r)
		}
	}
	return out
}
