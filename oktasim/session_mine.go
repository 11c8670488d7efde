package oktasim

import "net/http"

// mySessionRoutes are the session of the browser that asks, by its cookie
// (getCurrentSession and its kin): no token takes part.
func (o *Org) mySessionRoutes() []route {
	const path = "/api/v1/sessions/me"
	return []route{
		{method: "GET", pattern: path, scope: "-", handle: getMySession},
		{method: "DELETE", pattern: path, scope: "-", handle: closeMySession},
		{method: "POST", pattern: path + "/lifecycle/refresh", scope: "-", handle: getMySession}, // being used renews a session
	}
}

func (c *call) mySession() (*seat, *apiError) {
	s := c.o.seat(c.r)
	if s == nil {
		return nil, errNotFound("me", "Session")
	}
	return s, nil
}

func getMySession(c *call) (int, any, *apiError) {
	s, err := c.mySession()
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, c.sessionJSON(s, "me"), nil
}

func closeMySession(c *call) (int, any, *apiError) {
	s, err := c.mySession()
	if err != nil {
		return 0, nil, err
	}
	c.o.endSeat(c.w, c.r, s)
	return http.StatusNoContent, nil, nil
}
