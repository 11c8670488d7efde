package oktasim

import (
	"slices"
	"time"
)

// schema is a profile schema: base properties that Okta defines and custom ones
// that the org adds ("UserSchema" and "GroupSchema" in the API reference).
type schema struct {
	id                   string
	base, custom         orderedMap
	created, lastUpdated time.Time
}

// userType is a kind of user with a schema of its own.
type userType struct {
	id, name, displayName, description string
	isDefault                          bool
	created, lastUpdated               time.Time
	createdBy, updatedBy               string
	schema                             *schema
}

// schemaStore holds the user types with their schemas, and the schema of groups.
type schemaStore struct {
	types []*userType
	group *schema
}

// property is a property's definition by its name, of the base or the custom part.
func (s *schema) property(name string) map[string]any {
	if p := s.base.get(name); p != nil {
		return p
	}
	return s.custom.get(name)
}

// names lists all properties, base first.
func (s *schema) names() []string { return slices.Concat(s.base.keys, s.custom.keys) }

// required lists the required properties of one part.
func requiredOf(part *orderedMap) []string {
	out := []string{}
	for _, k := range part.keys {
		if isTrue(part.values[k]["required"]) {
			out = append(out, k)
		}
	}
	return out
}

func (s *schemaStore) defaultType() *userType { return s.types[0] }

// typeByID finds a user type; "" and "default" are the default one.
func (s *schemaStore) typeByID(id string) *userType {
	for _, t := range s.types {
		if t.id == id || t.isDefault && (id == "" || id == "default") {
			return t
		}
	}
	return nil
}

// typeBySchema finds a user type by the id of its schema.
func (s *schemaStore) typeBySchema(id string) *userType {
	for _, t := range s.types {
		if t.schema.id == id || t.isDefault && id == "default" {
			return t
		}
	}
	return nil
}

// baseProperty is one row of the base schema.
type baseProperty struct {
	name, title, access, format string
	required                    bool
	minLength, maxLength        int
}

const (
	accessRead  = "READ_ONLY"
	accessWrite = "READ_WRITE"
	accessHide  = "HIDE"
)

// userBase is the base of every user schema: 31 properties, most of them from
// SCIM's core and enterprise schemas (RFC 7643).
var userBase = []baseProperty{
	{name: "login", title: "Username", access: accessRead, required: true, minLength: 5, maxLength: 100},
	{name: "firstName", title: "First name", access: accessWrite, required: true, minLength: 1, maxLength: 50},
	{name: "lastName", title: "Last name", access: accessWrite, required: true, minLength: 1, maxLength: 50},
	{name: "middleName", title: "Middle name", access: accessRead},
	{name: "honorificPrefix", title: "Honorific prefix", access: accessRead},
	{name: "honorificSuffix", title: "Honorific suffix", access: accessRead},
	{name: "email", title: "Primary email", access: accessWrite, format: "email", required: true},
	{name: "title", title: "Title", access: accessRead},
	{name: "displayName", title: "Display name", access: accessRead},
	{name: "nickName", title: "Nickname", access: accessRead},
	{name: "profileUrl", title: "Profile Url", access: accessRead, format: "uri"},
	{name: "secondEmail", title: "Secondary email", access: accessWrite, format: "email"},
	{name: "mobilePhone", title: "Mobile phone", access: accessWrite, maxLength: 100},
	{name: "primaryPhone", title: "Primary phone", access: accessHide, maxLength: 100},
	{name: "streetAddress", title: "Street address", access: accessHide},
	{name: "city", title: "City", access: accessHide},
	{name: "state", title: "State", access: accessHide},
	{name: "zipCode", title: "Zip code", access: accessHide},
	{name: "countryCode", title: "Country code", access: accessHide, format: "country-code"},
	{name: "postalAddress", title: "Postal Address", access: accessHide},
	{name: "preferredLanguage", title: "Preferred language", access: accessRead, format: "language-code"},
	{name: "locale", title: "Locale", access: accessRead, format: "locale"},
	{name: "timezone", title: "Time zone", access: accessRead, format: "timezone"},
	{name: "userType", title: "User type", access: accessRead},
	{name: "employeeNumber", title: "Employee number", access: accessRead},
	{name: "costCenter", title: "Cost center", access: accessRead},
	{name: "organization", title: "Organization", access: accessRead},
	{name: "division", title: "Division", access: accessRead},
	{name: "department", title: "Department", access: accessRead},
	{name: "managerId", title: "ManagerId", access: accessRead},
	{name: "manager", title: "Manager", access: accessRead},
}

var groupBase = []baseProperty{
	{name: "name", title: "Name", access: accessWrite, required: true, maxLength: 255},
	{name: "description", title: "Description", access: accessWrite, maxLength: 1024},
}

func (p baseProperty) definition() map[string]any {
	d := map[string]any{
		"title": p.title, "type": "string", "mutability": "READ_WRITE", "scope": "NONE",
		"permissions": []any{map[string]any{"principal": "SELF", "action": p.access}},
		"master":      map[string]any{"type": "PROFILE_MASTER"},
	}
	if p.required {
		d["required"] = true
	}
	if p.format != "" {
		d["format"] = p.format
	}
	if p.minLength > 0 {
		d["minLength"] = p.minLength
	}
	if p.maxLength > 0 {
		d["maxLength"] = p.maxLength
	}
	return d
}

func (o *Org) newSchema(prefix string, base []baseProperty) *schema {
	s := &schema{id: o.newID(prefix), created: o.now(), lastUpdated: o.now()}
	for _, p := range base {
		s.base.set(p.name, p.definition())
	}
	return s
}

func (s *schemaStore) init(o *Org) {
	now := o.now()
	s.types = []*userType{{
		id: o.newID("oty"), name: "user", displayName: "User", isDefault: true,
		description: "Okta user profile template with default permission settings",
		created:     now, lastUpdated: now, schema: o.newSchema("osc", userBase),
	}}
	s.group = o.newSchema("osc", groupBase)
}
