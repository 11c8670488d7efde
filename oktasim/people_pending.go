package oktasim

// SIM-PEOPLE: replace everything in this file; keep these names.

type userStore struct{}
type groupStore struct{}
type schemaStore struct{}
type iamStore struct{}

// initPeople makes Everyone, the default user type and schema, and the first
// admin (sets o.adminID).
func (o *Org) initPeople() { o.adminID = o.newID("00u") }

func (o *Org) peopleRoutes() []route { return nil }

// authenticateUser checks a login (or its part before the @) and a password
// against the users; only an ACTIVE (or PASSWORD_EXPIRED…) one may sign in. Failed tries count towards a lock-out as Okta's do.
func (o *Org) authenticateUser(login, password string) (id string, ok bool) { return "", false }

// userActor names a user as the System Log does: id, "User", login, display name.
func (o *Org) userActor(id string) EventActor { return EventActor{ID: id, Type: "User"} }

// isMember says whether a user is in a group.
func (o *Org) isMember(userID, groupID string) bool { return false }

// rolePermissions lists the permissions of a custom role, by id or label ("okta.users.read"…).
func (o *Org) rolePermissions(role string) (permissions []string, ok bool) { return nil, false }

// setResources lists the resources of a resource set, by id or label, as the URLs or ORNs it was given.
func (o *Org) setResources(set string) (resources []string, ok bool) { return nil, false }
