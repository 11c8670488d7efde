package oktasim

import (
	"maps"
	"net/http"
	"regexp"
	"slices"
)

// Profile schemas of users and groups, and user types ("Schema" and "UserType").

func (o *Org) schemaRoutes() []route {
	const read, manage = "okta.schemas.read", "okta.schemas.manage"
	const typesRead, typesManage, one = "okta.userTypes.read", "okta.userTypes.manage", "/api/v1/meta/types/user/{typeId}"
	return []route{
		{method: "GET", pattern: "/api/v1/meta/schemas/user/{schemaId}", scope: read, handle: (*call).getUserSchema},
		{method: "POST", pattern: "/api/v1/meta/schemas/user/{schemaId}", scope: manage, handle: (*call).postUserSchema},
		{method: "GET", pattern: "/api/v1/meta/schemas/group/default", scope: read, handle: (*call).getGroupSchema},
		{method: "POST", pattern: "/api/v1/meta/schemas/group/default", scope: manage, handle: (*call).postGroupSchema},
		{method: "GET", pattern: "/api/v1/meta/types/user", scope: typesRead, handle: (*call).listUserTypes},
		{method: "POST", pattern: "/api/v1/meta/types/user", scope: typesManage, handle: (*call).postUserType},
		{method: "GET", pattern: one, scope: typesRead, handle: onUserType((*call).getUserType)},
		{method: "POST", pattern: one, scope: typesManage, handle: onUserType((*call).updateUserType)},
		{method: "PUT", pattern: one, scope: typesManage, handle: onUserType((*call).replaceUserType)},
		{method: "DELETE", pattern: one, scope: typesManage, handle: onUserType((*call).deleteUserType)},
	}
}

func (c *call) schemaView(s *schema, id, name, title, description string, links map[string]any) map[string]any {
	part := func(id string, m *orderedMap) map[string]any {
		return map[string]any{"id": id, "type": "object", "properties": m, "required": requiredOf(m)}
	}
	return map[string]any{
		"id": id, "$schema": "http://json-schema.org/draft-04/schema#", "name": name, "title": title, "description": description,
		"created": stamp(s.created), "lastUpdated": stamp(s.lastUpdated), "type": "object",
		"definitions": map[string]any{"custom": part("#custom", &s.custom), "base": part("#base", &s.base)},
		"properties": map[string]any{"profile": map[string]any{"allOf": []any{
			map[string]any{"$ref": "#/definitions/custom"}, map[string]any{"$ref": "#/definitions/base"}}}},
		"_links": links,
	}
}

func relLink(rel, href string) map[string]any {
	return map[string]any{"rel": rel, "href": href, "method": "GET"}
}

func (c *call) userSchemaView(t *userType, asked string) map[string]any {
	title := t.displayName
	return c.schemaView(t.schema, c.url("/meta/schemas/user/%s", asked), t.name, title, t.description, map[string]any{
		"self": relLink("self", c.url("/api/v1/meta/schemas/user/%s", t.schema.id)),
		"type": relLink("type", c.url("/api/v1/meta/types/user/%s", t.id)),
	})
}

func (c *call) groupSchemaView() map[string]any {
	return c.schemaView(c.o.schemas.group, c.url("/meta/schemas/group/default"), "group", "Okta group", "Okta group profile template",
		map[string]any{"self": relLink("self", c.url("/api/v1/meta/schemas/group/default"))})
}

func (c *call) pathSchema() (*userType, *apiError) {
	if t := c.o.schemas.typeBySchema(c.p("schemaId")); t != nil {
		return t, nil
	}
	return nil, errNotFound(c.p("schemaId"), "CVDSchema")
}

func (c *call) getUserSchema() (int, any, *apiError) {
	t, err := c.pathSchema()
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, c.userSchemaView(t, c.p("schemaId")), nil
}

func (c *call) postUserSchema() (int, any, *apiError) {
	t, err := c.pathSchema()
	if err != nil {
		return 0, nil, err
	}
	removed, err := c.changeSchema(t.schema)
	if err != nil {
		return 0, nil, err
	}
	for _, u := range c.o.users.list {
		if u.typeID == t.id {
			u.profile = without(u.profile, removed)
		}
	}
	return http.StatusOK, c.userSchemaView(t, c.p("schemaId")), nil
}

func (c *call) getGroupSchema() (int, any, *apiError) {
	return http.StatusOK, c.groupSchemaView(), nil
}

func (c *call) postGroupSchema() (int, any, *apiError) {
	removed, err := c.changeSchema(c.o.schemas.group)
	if err != nil {
		return 0, nil, err
	}
	for _, g := range c.o.groups.list {
		g.setProfile(without(g.profile, removed))
	}
	return http.StatusOK, c.groupSchemaView(), nil
}

func without(profile map[string]any, names []string) map[string]any {
	if len(names) == 0 {
		return profile
	}
	out := maps.Clone(profile)
	for _, n := range names {
		delete(out, n)
	}
	return out
}

type schemaBody struct {
	Title       string `json:"title"`
	Description string `json:"description"`
	Definitions struct {
		Custom struct {
			Properties map[string]map[string]any `json:"properties"`
		} `json:"custom"`
		Base struct {
			Properties map[string]map[string]any `json:"properties"`
		} `json:"base"`
	} `json:"definitions"`
}

// changeSchema merges the properties of the body into the schema: a custom
// property that is null is removed, one that is new is added. Nothing is changed
// unless all of it is right. It returns the names of the removed properties.
func (c *call) changeSchema(s *schema) (removed []string, err *apiError) {
	var in schemaBody
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	custom := map[string]map[string]any{}
	for name, def := range in.Definitions.Custom.Properties {
		if def == nil {
			continue
		}
		old := s.custom.get(name)
		next, err := customProperty(name, def, old)
		if err != nil {
			return nil, err
		}
		if s.base.get(name) != nil {
			return nil, errValidation("name", "name: The property "+name+" is already defined in the base schema")
		}
		custom[name] = next
	}
	base := map[string]map[string]any{}
	for name, def := range in.Definitions.Base.Properties {
		old := s.base.get(name)
		if old == nil {
			return nil, errValidation("definitions.base", "definitions.base: The property "+name+" is not a base property")
		}
		base[name] = baseChange(name, def, old)
		if !validPattern(base[name]) {
			return nil, errValidation(name, name+": The pattern is no regular expression")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(in.Definitions.Custom.Properties)) {
		if in.Definitions.Custom.Properties[name] == nil {
			if s.custom.get(name) != nil {
				removed = append(removed, name)
				s.custom.remove(name)
			}
			continue
		}
		s.custom.set(name, custom[name])
	}
	for name, def := range base {
		s.base.set(name, def)
	}
	s.lastUpdated = c.now()
	c.o.log(c, "directory.user_profile.update", "Update universal directory user profile",
		target{ID: s.id, Type: "Schema", AlternateID: "unknown", DisplayName: "profile"})
	return removed, nil
}

var propertyName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,254}$`)

// customKeys are what a custom property may say ("UserSchemaAttribute").
var customKeys = []string{"title", "description", "type", "mutability", "scope", "minLength", "maxLength", "pattern", "format",
	"enum", "oneOf", "items", "permissions", "master", "unique", "externalName", "externalNamespace"}

// customProperty checks a custom property and fills in what it leaves out. The type of an existing one stays.
func customProperty(name string, def, old map[string]any) (map[string]any, *apiError) {
	field := "definitions.custom.properties." + name
	if !propertyName.MatchString(name) {
		return nil, errValidation("name", "name: The property name "+name+" may only have letters, digits and underscores, and not begin with a digit")
	}
	out := map[string]any{}
	maps.Copy(out, old)
	for _, k := range customKeys {
		if v, ok := def[k]; ok {
			if v == nil {
				delete(out, k)
				continue
			}
			out[k] = v
		}
	}
	if isTrue(def["required"]) {
		out["required"] = true
	} else {
		delete(out, "required")
	}
	if asText(out["title"]) == "" {
		return nil, errValidation(field, field+": The title of the property cannot be left blank")
	}
	typ := asText(out["type"])
	if !slices.Contains([]string{"string", "boolean", "number", "integer", "array"}, typ) {
		return nil, errValidation(field, field+": The type of the property is not supported")
	}
	if old != nil && asText(old["type"]) != typ {
		return nil, errValidation(field, field+": The type of a property cannot be changed")
	}
	if typ == "array" {
		items, _ := out["items"].(map[string]any)
		if !slices.Contains([]string{"string", "number", "integer"}, asText(items["type"])) {
			return nil, errValidation(field, field+": The items of an array must be strings, numbers or integers")
		}
	}
	if err := checkEnumeration(field, out); err != nil {
		return nil, err
	}
	if !validPattern(out) {
		return nil, errValidation(field, field+": The pattern is no regular expression")
	}
	if u := asText(out["unique"]); u == "NOT_UNIQUE" || u == "false" {
		delete(out, "unique")
	}
	for k, v := range map[string]any{"mutability": "READ_WRITE", "scope": "NONE",
		"permissions": []any{map[string]any{"principal": "SELF", "action": accessRead}},
		"master":      map[string]any{"type": "PROFILE_MASTER"}} {
		if out[k] == nil {
			out[k] = v
		}
	}
	return out, nil
}

// baseChange changes what may be changed of a base property: who may see and write
// it, who is its source, whether a name is required, the pattern of the login.
func baseChange(name string, def, old map[string]any) map[string]any {
	out := maps.Clone(old)
	keys := []string{"permissions", "master"}
	switch name {
	case "firstName", "lastName":
		if required, ok := def["required"].(bool); ok {
			delete(out, "required")
			if required {
				out["required"] = true
			}
		}
	case "login":
		keys = append(keys, "pattern", "minLength", "maxLength")
	}
	for _, k := range keys {
		switch v, ok := def[k]; {
		case ok && v != nil:
			out[k] = v
		case ok && k == "pattern":
			delete(out, k) // back to the form of an e-mail address
		}
	}
	return out
}

// checkEnumeration: the values of an enumeration have the property's type and are
// those that oneOf names (E0000123). An array says so of its items.
func checkEnumeration(field string, def map[string]any) *apiError {
	if items, ok := def["items"].(map[string]any); ok {
		return checkEnumeration(field, items)
	}
	enum, _ := def["enum"].([]any)
	oneOf, _ := def["oneOf"].([]any)
	for _, v := range enum {
		if !typeFits(v, asText(def["type"])) {
			return errValidation(field, field+": A value of the enumeration does not match the type of the property")
		}
	}
	same := len(enum) == len(oneOf) || oneOf == nil
	for i := range oneOf {
		option, ok := oneOf[i].(map[string]any)
		same = same && ok && equalValues(option["const"], enum[i])
	}
	if !same {
		return newError(http.StatusBadRequest, "E0000123", "Array specified in enum field must match const values specified in oneOf field.")
	}
	return nil
}

func validPattern(def map[string]any) bool {
	_, err := regexp.Compile(asText(def["pattern"]))
	return err == nil
}
