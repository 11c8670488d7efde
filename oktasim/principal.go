package oktasim

import (
	"net/http"
	"strings"
)

const (
	anonymousPrincipal = "anonymous"
	tokenPrincipal     = "token"  // an API token, acting for the first admin
	clientPrincipal    = "client" // an OAuth 2.0 client
)

// principal is who makes a call.
type principal struct {
	kind   string
	userID string          // of a token: whose it is
	client *client         // of a client
	scopes map[string]bool // of a client: what its access token carries
	grants *grants         // what its roles allow; nil allows everything
}

// adminPrincipal is the org itself acting as its first admin.
func (o *Org) adminPrincipal() *principal {
	return &principal{kind: tokenPrincipal, userID: o.adminID}
}

// seesAll says that no resource set narrows what the caller sees.
func (p *principal) seesAll() bool {
	return p == nil || p.grants == nil || p.grants.all
}

// authenticate finds out who calls: an API token (SSWS), or an OAuth 2.0
// access token (Bearer, DPoP).
func (o *Org) authenticate(r *http.Request) (*principal, *apiError) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	token = strings.TrimSpace(token)
	switch strings.ToLower(scheme) {
	case "":
		return nil, errNoSession()
	case "ssws":
		if !o.ssws[token] {
			return nil, errInvalidToken()
		}
		return o.adminPrincipal(), nil
	case "bearer", "dpop":
		return o.authenticateAccess(r, scheme, token)
	}
	return nil, errInvalidToken()
}
