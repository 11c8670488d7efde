package oktasim

import (
	"fmt"
	"net/http"
	"slices"
)

// linkedEnd is one end of a relationship between users.
type linkedEnd struct {
	Name        string `json:"name"`
	Title       string `json:"title"`
	Description string `json:"description"`
	Type        string `json:"type"`
}

// linkedObject defines a relationship, such as manager and subordinate ("LinkedObject").
type linkedObject struct {
	Primary    linkedEnd `json:"primary"`
	Associated linkedEnd `json:"associated"`
}

// linkedRoutes are the relationships between users and the links of one user.
func (o *Org) linkedRoutes() []route {
	const base, user = "/api/v1/meta/schemas/user/linkedObjects", "/api/v1/users/{userId}/linkedObjects"
	read, manage := "okta.linkedObjects.read", "okta.linkedObjects.manage"
	return []route{
		{method: "GET", pattern: base, scope: read, handle: (*call).linkedList},
		{method: "POST", pattern: base, scope: manage, handle: (*call).linkedCreate},
		{method: "GET", pattern: base + "/{linkedObjectName}", scope: read, handle: (*call).linkedGet},
		{method: "DELETE", pattern: base + "/{linkedObjectName}", scope: manage, handle: (*call).linkedDelete},
		{method: "GET", pattern: user + "/{relationshipName}", scope: "okta.users.read", handle: (*call).userLinkList},
		{method: "PUT", pattern: user + "/{relationshipName}/{primaryUserId}", scope: "okta.users.manage", handle: (*call).userLinkSet},
		{method: "DELETE", pattern: user + "/{relationshipName}", scope: "okta.users.manage", handle: (*call).userLinkDelete},
	}
}

// relationship finds a definition by the name of either end.
func (o *Org) relationship(name string) *linkedObject {
	for _, l := range o.rest.linked {
		if l.Primary.Name == name || l.Associated.Name == name {
			return l
		}
	}
	return nil
}

func (c *call) findLinked(name string) (*linkedObject, *apiError) {
	if l := c.o.relationship(name); l != nil {
		return l, nil
	}
	return nil, errNotFound(name, "LinkedObject")
}

func (c *call) linkedView(l *linkedObject) map[string]any {
	return map[string]any{"primary": l.Primary, "associated": l.Associated, "_links": map[string]any{
		"self": link(c.url("/api/v1/meta/schemas/user/linkedObjects/%s", l.Primary.Name))}}
}

func (c *call) linkedList() (int, any, *apiError) {
	out := []map[string]any{}
	for _, l := range c.o.rest.linked {
		out = append(out, c.linkedView(l))
	}
	return http.StatusOK, out, nil
}

func (c *call) linkedGet() (int, any, *apiError) {
	l, err := c.findLinked(c.p("linkedObjectName"))
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, c.linkedView(l), nil
}

func (c *call) linkedCreate() (int, any, *apiError) {
	l := &linkedObject{}
	if err := c.decode(l); err != nil {
		return 0, nil, err
	}
	for i, end := range []linkedEnd{l.Primary, l.Associated} {
		field := []string{"primary", "associated"}[i]
		switch {
		case !propertyName.MatchString(end.Name):
			return 0, nil, errValidation(field+".name", "name: Must begin with a letter and have letters, digits and underscores only")
		case end.Title == "":
			return 0, nil, errValidation(field+".title", blank("title"))
		case end.Type != "USER":
			return 0, nil, errValidation(field+".type", "type: Must be USER")
		case c.o.relationship(end.Name) != nil:
			return 0, nil, errValidation(field+".name", fmt.Sprintf("name: A linked object with the name '%s' already exists.", end.Name))
		}
	}
	if l.Primary.Name == l.Associated.Name {
		return 0, nil, errValidation("associated.name", "name: The two ends need different names.")
	}
	c.o.rest.linked = append(c.o.rest.linked, l)
	return http.StatusCreated, c.linkedView(l), nil
}

// linkedDelete removes a relationship and every link of it.
func (c *call) linkedDelete() (int, any, *apiError) {
	l, err := c.findLinked(c.p("linkedObjectName"))
	if err != nil {
		return 0, nil, err
	}
	for _, u := range c.o.users.list {
		delete(u.linked, l.Primary.Name)
	}
	c.o.rest.linked = slices.DeleteFunc(c.o.rest.linked, func(x *linkedObject) bool { return x == l })
	return http.StatusNoContent, nil, nil
}

// findPerson looks a user up by id or login.
func (c *call) findPerson(ref string) (*user, *apiError) {
	if u := c.o.users.find(ref); u != nil {
		return u, nil
	}
	return nil, errNotFound(ref, "User")
}

// userLinkSet is replaceLinkedObjectForUser: it gives the user their primary user.
func (c *call) userLinkSet() (int, any, *apiError) {
	u, err := c.findPerson(c.p("userId"))
	if err != nil {
		return 0, nil, err
	}
	primary, err := c.findPerson(c.p("primaryUserId"))
	if err != nil {
		return 0, nil, err
	}
	l, err := c.findLinked(c.p("relationshipName"))
	if err != nil {
		return 0, nil, err
	}
	if l.Primary.Name != c.p("relationshipName") {
		return 0, nil, errValidation("primaryRelationshipName", "Only the primary end of a relationship can be set.")
	}
	if primary == u {
		return 0, nil, errValidation("primaryUserId", "A user cannot be linked to themself.")
	}
	if u.linked == nil {
		u.linked = map[string]string{}
	}
	u.linked[l.Primary.Name] = primary.id
	return http.StatusNoContent, nil, nil
}

// userLinkList is listLinkedObjectsForUser, for either end.
func (c *call) userLinkList() (int, any, *apiError) {
	u, err := c.findPerson(c.p("userId"))
	if err != nil {
		return 0, nil, err
	}
	name := c.p("relationshipName")
	l, err := c.findLinked(name)
	if err != nil {
		return 0, nil, err
	}
	var ids []string
	for _, other := range c.o.users.list {
		if name == l.Primary.Name && u.linked[name] == other.id || name == l.Associated.Name && other.linked[l.Primary.Name] == u.id {
			ids = append(ids, other.id)
		}
	}
	out := []map[string]any{}
	for _, id := range page(c, ids, 20, 200, func(id string) string { return id }) {
		out = append(out, map[string]any{"_links": map[string]any{"self": link(c.url("/api/v1/users/%s", id))}})
	}
	return http.StatusOK, out, nil
}

// userLinkDelete is deleteLinkedObjectForUser.
func (c *call) userLinkDelete() (int, any, *apiError) {
	u, err := c.findPerson(c.p("userId"))
	if err != nil {
		return 0, nil, err
	}
	l, err := c.findLinked(c.p("relationshipName"))
	if err != nil {
		return 0, nil, err
	}
	delete(u.linked, l.Primary.Name)
	return http.StatusNoContent, nil, nil
}
