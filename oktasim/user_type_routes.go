package oktasim

import (
	"net/http"
	"regexp"
	"slices"
)

func onUserType(do func(c *call, t *userType) (int, any, *apiError)) func(*call) (int, any, *apiError) {
	return func(c *call) (int, any, *apiError) {
		t := c.o.schemas.typeByID(c.p("typeId"))
		if t == nil {
			return 0, nil, errNotFound(c.p("typeId"), "CVDType")
		}
		return do(c, t)
	}
}

func (c *call) userTypeView(t *userType) map[string]any {
	return map[string]any{
		"id": t.id, "displayName": t.displayName, "name": t.name, "description": t.description, "default": t.isDefault,
		"createdBy": t.createdBy, "lastUpdatedBy": t.updatedBy, "created": stamp(t.created), "lastUpdated": stamp(t.lastUpdated),
		"_links": map[string]any{
			"self":   relLink("self", c.url("/api/v1/meta/types/user/%s", t.id)),
			"schema": relLink("schema", c.url("/api/v1/meta/schemas/user/%s", t.schema.id)),
		},
	}
}

func (t *userType) target() target {
	return target{ID: t.id, Type: "UserType", AlternateID: t.name, DisplayName: t.displayName}
}

func (c *call) listUserTypes() (int, any, *apiError) {
	out := make([]any, len(c.o.schemas.types))
	for i, t := range c.o.schemas.types {
		out[i] = c.userTypeView(t)
	}
	return http.StatusOK, out, nil
}

type userTypeBody struct {
	Name        *string `json:"name"`
	DisplayName *string `json:"displayName"`
	Description *string `json:"description"`
}

func textOf(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

var typeName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,63}$`)

// maxUserTypes is how many user types an org may have, the default one included ("User types").
const maxUserTypes = 10

func (c *call) postUserType() (int, any, *apiError) {
	var in userTypeBody
	if err := c.decode(&in); err != nil {
		return 0, nil, err
	}
	if !typeName.MatchString(textOf(in.Name)) {
		return 0, nil, errValidation("name", "name: "+causePattern)
	}
	if textOf(in.DisplayName) == "" {
		return 0, nil, errValidation("displayName", "displayName: "+causeBlank)
	}
	for _, t := range c.o.schemas.types {
		if t.name == *in.Name {
			return 0, nil, errValidation("name", "name: "+causeTaken)
		}
	}
	if len(c.o.schemas.types) >= maxUserTypes {
		return 0, nil, newError(http.StatusForbidden, "E0000060", "Unsupported operation.", "The org has as many user types as it may have.")
	}
	now := c.now()
	t := &userType{id: c.o.newID("oty"), name: *in.Name, displayName: *in.DisplayName, description: textOf(in.Description),
		created: now, lastUpdated: now, createdBy: c.actorID(), updatedBy: c.actorID(), schema: c.o.newSchema("osc", userBase)}
	c.o.schemas.types = append(c.o.schemas.types, t)
	c.o.log(c, "directory.non_default_user_profile.create", "Create non-default universal directory user profile", t.target())
	return http.StatusOK, c.userTypeView(t), nil
}

// actorID is who makes the call, as createdBy names them.
func (c *call) actorID() string { return c.o.actorOf(c.principal).ID }

func (c *call) getUserType(t *userType) (int, any, *apiError) {
	return http.StatusOK, c.userTypeView(t), nil
}

func (c *call) updateUserType(t *userType) (int, any, *apiError)  { return c.changeUserType(t, false) }
func (c *call) replaceUserType(t *userType) (int, any, *apiError) { return c.changeUserType(t, true) }

func (c *call) changeUserType(t *userType, replace bool) (int, any, *apiError) {
	var in userTypeBody
	if err := c.decode(&in); err != nil {
		return 0, nil, err
	}
	if in.Name != nil && *in.Name != t.name || replace && in.Name == nil {
		return 0, nil, errValidation("name", "name: The name of a user type cannot be changed.")
	}
	if (replace || in.DisplayName != nil) && textOf(in.DisplayName) == "" {
		return 0, nil, errValidation("displayName", "displayName: "+causeBlank)
	}
	if in.DisplayName != nil {
		t.displayName = *in.DisplayName
	}
	if in.Description != nil || replace {
		t.description = textOf(in.Description)
	}
	t.lastUpdated, t.updatedBy = c.now(), c.actorID()
	c.o.log(c, "directory.user_profile.update", "Update universal directory user profile", t.target())
	return http.StatusOK, c.userTypeView(t), nil
}

// deleteUserType refuses the default type and one that people have.
func (c *call) deleteUserType(t *userType) (int, any, *apiError) {
	used := slices.ContainsFunc(c.o.users.list, func(u *user) bool { return u.typeID == t.id })
	if t.isDefault || used {
		return 0, nil, newError(http.StatusForbidden, "E0000142", "This User Type cannot be deleted.")
	}
	c.o.schemas.types = slices.DeleteFunc(c.o.schemas.types, func(x *userType) bool { return x == t })
	return http.StatusNoContent, nil, nil
}
