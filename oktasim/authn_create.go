package oktasim

import "net/http"

// authnRoutes are the one step of the Authentication API that makes a session
// token: a login and a password, without further factors.
func (o *Org) authnRoutes() []route {
	return []route{{method: "POST", pattern: "/api/v1/authn", scope: "-", handle: authenticatePrimary}}
}

func authenticatePrimary(c *call) (int, any, *apiError) {
	var in struct{ Username, Password string }
	if err := c.decode(&in); err != nil {
		return 0, nil, err
	}
	id, ok := c.o.authenticateUser(in.Username, in.Password)
	if !ok {
		return 0, nil, errAuthentication()
	}
	token, now := "20111"+randomToken(24), c.now()
	c.o.seats.byID["token "+token] = &seat{userID: id, expires: now.Add(sessionTokenLife)}
	profile := c.o.profileOf(id)
	return http.StatusOK, map[string]any{
		"expiresAt": stamp(now.Add(sessionTokenLife)), "status": "SUCCESS", "sessionToken": token,
		"_embedded": map[string]any{"user": map[string]any{"id": id, "passwordChanged": nil, "profile": map[string]any{
			"login": profile.Login, "firstName": profile.FirstName, "lastName": profile.LastName,
			"locale": profile.Locale, "timeZone": profile.Timezone}}},
		"_links": map[string]any{"cancel": link(c.url("/api/v1/authn/cancel"), "POST")},
	}, nil
}
