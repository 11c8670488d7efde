package oktasim

import "net/http"

// To be replaced by SIM-CORE, file by file.
type oauthStore struct{}

func (s *oauthStore) init(o *Org) {}

type clientStore struct{}

func (s *clientStore) init() {}

type sessionStore struct{}

func (s *sessionStore) init() {}

type client struct{}

func (c *client) actor() EventActor { return EventActor{} }

func (o *Org) authenticateAccess(r *http.Request, scheme, token string) (*principal, *apiError) {
	return nil, errInvalidToken()
}
func (o *Org) logRoutes() []route        { return nil }
func (o *Org) clientRoutes() []route     { return nil }
func (o *Org) sessionRoutes() []route    { return nil }
func (o *Org) orgRoutes() []route        { return nil }
func (o *Org) webRoutes() *http.ServeMux { return http.NewServeMux() }

// SeedCompany is on its way.
func (o *Org) SeedCompany() {}
