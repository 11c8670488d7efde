package oktasim

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// userFilterAttrs are the only ones that `filter` knows, with the operators it
// takes for them ("filter" of listUsers).
var userFilterAttrs = map[string]string{
	"status": "eq", "id": "eq", "lastUpdated": "eq gt ge lt le",
	"profile.login": "eq", "profile.email": "eq", "profile.firstName": "eq", "profile.lastName": "eq",
}

var userDates = []string{"created", "activated", "statusChanged", "lastUpdated", "lastLogin", "passwordChanged"}

// errSearchAndFilter is E0000033.
func errSearchAndFilter() *apiError {
	return newError(http.StatusBadRequest, "E0000033", "Bad request. Can't specify a search query and filter in the same request.")
}

// parseQuery parses an expression and checks the dates in it (E0000030).
func parseQuery(text string, rule scimRule, dates []string) (scimExpr, *apiError) {
	e, err := parseSCIM(text, rule)
	if err != nil {
		return nil, errSearch(err.Error())
	}
	bad := ""
	eachTest(e, func(t scimTest) {
		if t.op == "pr" || !slices.Contains(dates, t.attr) {
			return
		}
		if _, err := time.Parse(time.RFC3339Nano, asText(t.value)); err != nil {
			bad = asText(t.value)
		}
	})
	if bad != "" {
		return nil, newError(http.StatusBadRequest, "E0000030",
			"Bad request. Invalid date. Dates must be of the form yyyy-MM-dd'T'HH:mm:ss.SSSZZ, e.g. 2013-01-01T12:00:00.000-07:00.", bad)
	}
	return e, nil
}

func filterRule(allowed map[string]string) scimRule {
	return func(attr, op string) error {
		ops, ok := allowed[attr]
		if !ok {
			return fmt.Errorf("the attribute %q cannot be used in a filter", attr)
		}
		if !slices.Contains(strings.Fields(ops), op) {
			return fmt.Errorf("the operator %s cannot be used with %s in a filter", op, attr)
		}
		return nil
	}
}

// userSearchRule: `search` knows the top-level properties, the type, and all
// profile properties that a schema of the org defines.
func (o *Org) userSearchRule(attr, _ string) error {
	switch attr {
	case "id", "status", "type.id", "realmId", "credentials.provider.type", "credentials.provider.name":
		return nil
	}
	if slices.Contains(userDates, attr) {
		return nil
	}
	name, ok := strings.CutPrefix(attr, "profile.")
	if ok {
		for _, t := range o.schemas.types {
			if t.schema.property(name) != nil {
				return nil
			}
		}
	}
	return fmt.Errorf("the attribute %q cannot be searched", attr)
}

func (o *Org) userGetter(u *user) scimGetter {
	return func(attr string) []any {
		switch attr {
		case "id":
			return []any{u.id}
		case "status":
			return []any{u.status}
		case "type.id":
			return []any{u.typeID}
		case "realmId":
			return []any{o.users.realmID}
		case "credentials.provider.type", "credentials.provider.name":
			return []any{u.provider}
		case "created":
			return scimValues(u.created)
		case "activated":
			return scimValues(u.activated)
		case "statusChanged":
			return scimValues(u.statusChanged)
		case "lastUpdated":
			return scimValues(u.lastUpdated)
		case "lastLogin":
			return scimValues(u.lastLogin)
		case "passwordChanged":
			return scimValues(u.passwordChanged)
		}
		return scimValues(u.profile[strings.TrimPrefix(attr, "profile.")])
	}
}

// listUsers is GET /api/v1/users. Without a filter or search, those DEPROVISIONED
// are left out. Only `search` is behind by the index's lag.
func (c *call) listUsers() (int, any, *apiError) {
	o := c.o
	var list []*user
	switch {
	case c.query.Has("search"):
		if c.query.Has("q") || c.query.Has("filter") {
			return 0, nil, errSearchAndFilter()
		}
		e, err := parseQuery(c.q("search"), o.userSearchRule, userDates)
		if err != nil {
			return 0, nil, err
		}
		for _, u := range o.users.list {
			if s := o.searchable(u); s != nil && e.match(o.userGetter(s)) {
				list = append(list, s)
			}
		}
		if err := sortFound(c, list, o.userSearchRule, o.userGetter); err != nil {
			return 0, nil, errSearch(err.Error())
		}
	case c.query.Has("filter"):
		if c.query.Has("q") {
			return 0, nil, errSearchAndFilter()
		}
		e, err := parseQuery(c.q("filter"), filterRule(userFilterAttrs), userDates)
		if err != nil {
			return 0, nil, err
		}
		for _, u := range o.users.list {
			if e.match(o.userGetter(u)) {
				list = append(list, u)
			}
		}
	default:
		q := strings.ToLower(strings.TrimSpace(c.q("q")))
		for _, u := range o.users.list {
			if u.status != statusDeprovisioned && (q == "" || u.startsWith(q)) {
				list = append(list, u)
			}
		}
		if q != "" {
			return http.StatusOK, c.userViews(unpaged(c, list, 10, 200, userID)), nil
		}
	}
	return http.StatusOK, c.userViews(page(c, list, 200, 200, userID)), nil
}

// unpaged is the first page without Link headers: "paging and searching are
// mutually exclusive" where `q` is concerned (listGroups, listUsers).
func unpaged[T any](c *call, items []T, def, limit int, key func(T) string) []T {
	out := page(c, items, def, limit, key)
	c.w.Header().Del("Link")
	return out
}

// startsWith is what `q` does: a prefix of first name, last name or e-mail address.
func (u *user) startsWith(q string) bool {
	for _, name := range []string{"firstName", "lastName", "email"} {
		if strings.HasPrefix(strings.ToLower(u.text(name)), q) {
			return true
		}
	}
	return strings.HasPrefix(strings.ToLower(u.text("firstName")+" "+u.text("lastName")), q)
}

// sortFound orders the results of a search by `sortBy`; equal ones by id.
func sortFound[T any](c *call, list []T, rule scimRule, getter func(T) scimGetter) error {
	by := c.q("sortBy")
	if by == "" {
		return nil
	}
	if err := rule(by, "eq"); err != nil {
		return err
	}
	desc := false
	switch strings.ToLower(c.q("sortOrder")) {
	case "", "asc":
	case "desc":
		desc = true
	default:
		return errors.New("sortOrder must be asc or desc")
	}
	slices.SortStableFunc(list, func(a, b T) int {
		order := compareValues(getter(a)(by), getter(b)(by))
		if desc {
			return -order
		}
		return order
	})
	return nil
}

// compareValues orders by the first value, without regard to case; those without one come last.
func compareValues(a, b []any) int {
	switch {
	case len(a) == 0 && len(b) == 0:
		return 0
	case len(a) == 0:
		return 1
	case len(b) == 0:
		return -1
	case scimLess(a[0], b[0]):
		return -1
	case scimLess(b[0], a[0]):
		return 1
	}
	return 0
}
