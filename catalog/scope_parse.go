package catalog

import (
	"fmt"
	"strings"

	"caracal/fault"
	"caracal/org"
)

// ParseScopes reads a comma separated list of scopes as people paste it: doubled commas, spaces and line
// breaks are mended, each scope comes once, and an unknown one is refused with a hint. field is the form
// field to blame.
func (c *Catalog) ParseScopes(field, text string) ([]org.Scope, error) {
	var out []org.Scope
	seen := map[string]bool{}
	for _, name := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ';' || r == ' ' || r == '\n' || r == '\t' || r == '\r' }) {
		name = strings.Trim(name, `"'`)
		if name == "" || seen[name] {
			continue
		}
		seen[name] = true
		if _, ok := c.Scope(name); !ok {
			return nil, fault.In(field, "%s", c.unknown(name))
		}
		out = append(out, org.Scope(name))
	}
	if len(out) == 0 {
		return nil, fault.In(field, "Enter at least one scope; Okta gives no token without one.")
	}
	return out, nil
}

func (c *Catalog) unknown(name string) string {
	switch name {
	case "openid", "profile", "email", "address", "phone", "offline_access", "groups", "device_sso":
		return fmt.Sprintf("%q is for signing people in, not for the Management API; remove it and keep scopes like okta.users.read.", name)
	}
	if near := c.Nearest(name); near != "" {
		return fmt.Sprintf("Okta has no scope %q; did you mean %s?", name, near)
	}
	return fmt.Sprintf("Okta has no scope %q; choose one from the list, such as okta.users.read.", name)
}
