package oktasim

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net/http"
	"slices"
)

// tokenRoutes are the org's API tokens ("ApiToken"). They are made in the
// console; the API lists and revokes them.
func (o *Org) tokenRoutes() []route {
	const base = "/api/v1/api-tokens"
	return []route{
		{method: "GET", pattern: base, scope: "okta.apiTokens.read", handle: (*call).tokenList},
		{method: "GET", pattern: base + "/{apiTokenId}", scope: "okta.apiTokens.read", handle: (*call).tokenGet},
		{method: "DELETE", pattern: base + "/{apiTokenId}", scope: "okta.apiTokens.manage", handle: (*call).tokenRevoke},
	}
}

// tokenID is a token's public id: it says nothing of the token.
func tokenID(token string) string {
	sum := sha256.Sum256([]byte(token))
	return "00T" + hex.EncodeToString(sum[:])[:17]
}

func (c *call) tokenView(token string) map[string]any {
	id := tokenID(token)
	return map[string]any{"id": id, "name": "API token " + id[3:7], "clientName": "Okta API", "userId": c.o.adminID, "tokenWindow": "P30D",
		"network": map[string]any{"connection": "ANYWHERE"}, "created": stamp(c.now()), "lastUpdated": stamp(c.now()),
		"expiresAt": stamp(c.now().AddDate(0, 0, 30)),
		"_link":     map[string]any{"self": link(c.url("/api/v1/api-tokens/%s", id), "GET", "DELETE")}}
}

func (c *call) tokenList() (int, any, *apiError) {
	out := []map[string]any{}
	for _, t := range slices.Sorted(maps.Keys(c.o.ssws)) {
		out = append(out, c.tokenView(t))
	}
	return http.StatusOK, out, nil
}

func (c *call) findToken() (string, *apiError) {
	for t := range c.o.ssws {
		if tokenID(t) == c.p("apiTokenId") {
			return t, nil
		}
	}
	return "", errNotFound(c.p("apiTokenId"), "ApiToken")
}

func (c *call) tokenGet() (int, any, *apiError) {
	t, err := c.findToken()
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, c.tokenView(t), nil
}

func (c *call) tokenRevoke() (int, any, *apiError) {
	t, err := c.findToken()
	if err != nil {
		return 0, nil, err
	}
	delete(c.o.ssws, t)
	c.o.log(c, "system.api_token.revoke", "Revoke API token", target{ID: tokenID(t), Type: "Token", AlternateID: "unknown", DisplayName: "API token"})
	return http.StatusNoContent, nil, nil
}
