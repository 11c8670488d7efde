package oktasim

import (
	"net/http"
	"slices"
)

// The authorization servers that another one trusts ("AuthorizationServerAssoc" in Okta's Management API description).
// restItem.trusted holds their ids.

const authServers = "/api/v1/authorizationServers"

// listAssociated is listAssociatedServersByTrustedType: those that are trusted, or with trusted=false the others.
func listAssociated(c *call, key string, it *restItem) (int, any, *apiError) {
	wanted := c.r.URL.Query().Get("trusted") != "false"
	var found []*restItem
	for _, other := range c.o.rest.items[key] {
		if other != it && slices.Contains(it.trusted, other.id) == wanted {
			found = append(found, other)
		}
	}
	out := []any{}
	for _, other := range page(c, found, 200, 200, func(it *restItem) string { return it.id }) {
		out = append(out, c.o.rest.byPath[authServers].view(c, key, other))
	}
	return http.StatusOK, out, nil
}

// addAssociated is createAssociatedServers: it adds to those that are trusted, and all have to exist.
func addAssociated(c *call, key string, it *restItem) (int, any, *apiError) {
	var in struct {
		Trusted []string `json:"trusted"`
	}
	if err := c.decode(&in); err != nil {
		return 0, nil, err
	}
	if len(in.Trusted) == 0 {
		return 0, nil, errValidation("trusted", blank("trusted"))
	}
	out := []any{}
	for _, id := range in.Trusted {
		other := c.o.rest.find(key, id)
		if other == nil || other == it {
			return 0, nil, errNotFound(id, "AuthorizationServer")
		}
		out = append(out, c.o.rest.byPath[authServers].view(c, key, other))
	}
	for _, id := range in.Trusted {
		if !slices.Contains(it.trusted, id) {
			it.trusted = append(it.trusted, id)
		}
	}
	return http.StatusOK, out, nil
}

// removeAssociated is deleteAssociatedServer.
func removeAssociated(c *call, _ string, it *restItem) (int, any, *apiError) {
	i := slices.Index(it.trusted, c.p("associatedServerId"))
	if i < 0 {
		return 0, nil, errNotFound(c.p("associatedServerId"), "AuthorizationServer")
	}
	it.trusted = slices.Delete(it.trusted, i, i+1)
	return http.StatusNoContent, nil, nil
}
