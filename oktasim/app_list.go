package oktasim

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// appPage and appPageMax are the page sizes of listApplications.
const (
	appPage    = 20
	appPageMax = 200
)

// appList is listApplications: q finds a label or name that starts with it,
// filter takes a few attributes, expand=user/{id} embeds that user's assignment
// and leaves out apps without one.
func (c *call) appList() (int, any, *apiError) {
	match, err := appFilter(c.q("filter"))
	if err != nil {
		return 0, nil, err
	}
	expand, err := appExpand(c.q("expand"))
	if err != nil {
		return 0, nil, err
	}
	q := strings.ToLower(c.q("q"))
	found := make([]*app, 0, len(c.o.apps.list))
	for _, a := range c.o.apps.list {
		switch {
		case q != "" && !strings.HasPrefix(strings.ToLower(a.label), q) && !strings.HasPrefix(strings.ToLower(a.name), q):
		case !match(a):
		case expand != "" && a.user(expand) == nil && strings.Contains(c.q("filter"), "user.id"):
		default:
			found = append(found, a)
		}
	}
	out := []map[string]any{}
	for _, a := range page(c, found, appPage, appPageMax, func(a *app) string { return a.id }) {
		out = append(out, c.appEmbedded(a, expand))
	}
	return http.StatusOK, out, nil
}

// appGet is getApplication.
func (c *call) appGet() (int, any, *apiError) {
	a, err := c.findApp()
	if err != nil {
		return 0, nil, err
	}
	expand, err := appExpand(c.q("expand"))
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, c.appEmbedded(a, expand), nil
}

func (c *call) appEmbedded(a *app, expand string) map[string]any {
	view := c.appView(a, false)
	if expand == "" {
		return view
	}
	embedded := map[string]any{}
	if u := a.user(expand); u != nil {
		embedded["user"] = c.appUserView(a, u)
	}
	view["_embedded"] = embedded
	return view
}

// appExpand reads expand=user/{userId}; anything else is malformed.
func appExpand(expand string) (userID string, err *apiError) {
	if expand == "" {
		return "", nil
	}
	id, ok := strings.CutPrefix(expand, "user/")
	if !ok || id == "" || strings.ContainsAny(id, "/,") {
		return "", errValidation("RequestParams", "Expand query is malformed.")
	}
	return id, nil
}

// appFilter compiles the filter of listApplications. The attributes are those
// that the operation's description lists.
func appFilter(text string) (func(*app) bool, *apiError) {
	if text == "" {
		return func(*app) bool { return true }, nil
	}
	e, err := parseSCIM(text, func(attr, op string) error {
		if op != "eq" {
			return fmt.Errorf("the operator %s is not supported", op)
		}
		if !slices.Contains([]string{"id", "status", "name", "user.id", "group.id", "credentials.signing.kid", "settings.slo.enabled"}, attr) {
			return errors.New("the attribute " + attr + " is not supported")
		}
		return nil
	})
	if err != nil {
		return nil, errSearch(err.Error())
	}
	return func(a *app) bool {
		return e.match(func(attr string) []any { return a.attribute(attr) })
	}, nil
}

// attribute answers the values of one attribute of the filter.
func (a *app) attribute(name string) []any {
	switch name {
	case "id":
		return []any{a.id}
	case "status":
		return []any{a.status}
	case "name":
		return []any{a.name}
	case "credentials.signing.kid":
		return []any{a.signingKid}
	case "settings.slo.enabled":
		return []any{jsonBool(jsonMap(a.settings, "signOn", "slo"), "enabled", false)}
	}
	var out []any
	if name == "user.id" {
		for _, u := range a.users {
			out = append(out, u.userID)
		}
	} else {
		for _, g := range a.groups {
			out = append(out, g.groupID)
		}
	}
	return out
}
