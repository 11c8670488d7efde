package org

import (
	"slices"
	"strings"
)

// Scope is one okta.* OAuth 2.0 scope.
type Scope string

// DefaultScopes are the seven that the setup guides ask for.
var DefaultScopes = []Scope{
	"okta.apps.read", "okta.apps.manage", "okta.users.read", "okta.users.manage",
	"okta.groups.read", "okta.groups.manage", "okta.logs.read",
}

// Manages reports whether the scope allows changes.
func (s Scope) Manages() bool { return strings.HasSuffix(string(s), ".manage") }

// Read returns the read scope of the same objects.
func (s Scope) Read() Scope {
	if s.Manages() {
		return Scope(strings.TrimSuffix(string(s), ".manage") + ".read")
	}
	return s
}

// Manage returns the manage scope of the same objects.
func (s Scope) Manage() Scope {
	return Scope(strings.TrimSuffix(string(s.Read()), ".read") + ".manage")
}

// Holds reports whether a set of scopes lets one call what takes s: Okta's manage scopes include read access
// (Okta docs, "Build an API integration").
func Holds(have []Scope, s Scope) bool {
	return slices.Contains(have, s) || !s.Manages() && slices.Contains(have, s.Manage())
}

// JoinScopes writes scopes as the forms show them.
func JoinScopes(scopes []Scope) string {
	out := make([]string, len(scopes))
	for i, s := range scopes {
		out[i] = string(s)
	}
	return strings.Join(out, ", ")
}
