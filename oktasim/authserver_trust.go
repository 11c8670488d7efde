package oktasim

import (
	"net/http"
	"slices"
	"strings"
)

// The authorization servers that another one trusts ("AuthorizationServerAssoc" in Okta's Management API description).
// restItem.trusted holds their ids.

const authServers = "/api/v1/authorizationServers"

// listAssociated is listAssociatedServersByTrustedType: those that are trusted, or with trusted=false the others, whose name
// or audience has what q gives.
func listAssociated(c *call, key string, it *restItem) (int, any, *apiError) {
	wanted, q := c.qBool("trusted", true), strings.ToLower(c.q("q"))
	var found []*restItem
	for _, other := range c.o.rest.items[key] {
		if other != it && slices.Contains(it.trusted, other.id) == wanted && other.namedLike(q) {
			found = append(found, other)
		}
	}
	out := []any{}
	for _, other := range page(c, found, 200, 200, func(it *restItem) string { return it.id }) {
		out = append(out, c.o.rest.byPath[authServers].view(c, key, other))
	}
	return http.StatusOK, out, nil
}

// namedLike reports whether the name or an audience of an authorization server has q, which is in lower case.
func (it *restItem) namedLike(q string) bool {
	audiences, _ := it.body["audiences"].([]any)
	return slices.ContainsFunc(append([]any{it.body["name"]}, audiences...), func(v any) bool {
		return strings.Contains(strings.ToLower(asText(v)), q)
	})
}

// addAssociated is createAssociatedServers: it adds to those that are trusted, and all have to exist. They are named by
// their ids (AssociatedServerMediated); "default" is a name in paths alone.
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
		if other == nil || other == it || other.id != id {
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

// removeAssociated is deleteAssociatedServer. A server that was deleted is trusted no more.
func removeAssociated(c *call, key string, it *restItem) (int, any, *apiError) {
	id := c.p("associatedServerId")
	i := slices.Index(it.trusted, id)
	if i < 0 || c.o.rest.find(key, id) == nil {
		return 0, nil, errNotFound(id, "AuthorizationServer")
	}
	it.trusted = slices.Delete(it.trusted, i, i+1)
	return http.StatusNoContent, nil, nil
}
