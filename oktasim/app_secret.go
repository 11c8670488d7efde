package oktasim

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"slices"
	"time"
)

// secretLimit and keyLimit are how many secrets and keys a client may have at once.
const (
	secretLimit = 2
	keyLimit    = 50
)

// appSecret is one client secret ("OAuth2ClientSecret").
type appSecret struct {
	id, value        string
	inactive         bool
	created, updated time.Time
}

func (o *Org) newSecret(value string) *appSecret {
	return &appSecret{id: o.newID("ocs"), value: value, created: o.now(), updated: o.now()}
}

func statusOf(inactive bool) string {
	if inactive {
		return "INACTIVE"
	}
	return "ACTIVE"
}

func (c *call) secretView(a *app, s *appSecret) map[string]any {
	return s.view(c.url("/api/v1/apps/%s/credentials/secrets/%s", a.id, s.id))
}

// view is the secret as the API shows it; self is its address.
func (s *appSecret) view(self string) map[string]any {
	hash := sha256.Sum256([]byte(s.value))
	links := map[string]any{"deactivate": link(self+"/lifecycle/deactivate", "POST")}
	if s.inactive {
		links = map[string]any{"activate": link(self+"/lifecycle/activate", "POST"), "delete": link(self, "DELETE")}
	}
	return map[string]any{"id": s.id, "status": statusOf(s.inactive), "client_secret": s.value,
		"secret_hash": base64.RawURLEncoding.EncodeToString(hash[:16]),
		"created":     stamp(s.created), "lastUpdated": stamp(s.updated), "_links": links}
}

// findClientApp is findApp for an OpenID Connect app.
func (c *call) findClientApp() (*app, *apiError) {
	a, err := c.findApp()
	if err != nil {
		return nil, err
	}
	if a.oauth == nil {
		return nil, errNotFound(a.id, "OAuth2Client")
	}
	return a, nil
}

func (c *call) findAppSecret() (*app, *appSecret, *apiError) {
	a, err := c.findClientApp()
	if err != nil {
		return nil, nil, err
	}
	for _, s := range a.oauth.secrets {
		if s.id == c.p("secretId") {
			return a, s, nil
		}
	}
	return nil, nil, errNotFound(c.p("secretId"), "OAuth2ClientSecret")
}

// appSecretList is listOAuth2ClientSecrets.
func (c *call) appSecretList() (int, any, *apiError) {
	a, err := c.findClientApp()
	if err != nil {
		return 0, nil, err
	}
	out := []map[string]any{}
	for _, s := range a.oauth.secrets {
		out = append(out, c.secretView(a, s))
	}
	return http.StatusOK, out, nil
}

// appSecretGet is getOAuth2ClientSecret.
func (c *call) appSecretGet() (int, any, *apiError) {
	a, s, err := c.findAppSecret()
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, c.secretView(a, s), nil
}

// appSecretCreate is createOAuth2ClientSecret.
func (c *call) appSecretCreate() (int, any, *apiError) {
	a, err := c.findClientApp()
	if err != nil {
		return 0, nil, err
	}
	var in map[string]any
	if err := c.decodeOptional(&in); err != nil {
		return 0, nil, err
	}
	if len(a.oauth.secrets) >= secretLimit {
		return 0, nil, errValidation("client_secret", "You have reached the maximum number of client secrets per client.")
	}
	value := jsonText(in, "client_secret")
	if value == "" {
		value = randomToken(48)
	}
	if !isSecret(value) {
		return 0, nil, errValidation("client_secret", "client_secret: "+causeSecret)
	}
	s := c.o.newSecret(value)
	s.inactive = jsonText(in, "status") == "INACTIVE"
	a.oauth.secrets = append(a.oauth.secrets, s)
	c.o.syncClient(a)
	c.o.logCredential(c, a, s.id, "create")
	return http.StatusCreated, c.secretView(a, s), nil
}

// appSecretDelete is deleteOAuth2ClientSecret: only an inactive one.
func (c *call) appSecretDelete() (int, any, *apiError) {
	a, s, err := c.findAppSecret()
	if err != nil {
		return 0, nil, err
	}
	if !s.inactive {
		return 0, nil, errValidation("status", "You can't delete an active secret. Deactivate it first.")
	}
	a.oauth.secrets = slices.DeleteFunc(a.oauth.secrets, func(x *appSecret) bool { return x == s })
	c.o.syncClient(a)
	c.o.logCredential(c, a, s.id, "delete")
	return http.StatusNoContent, nil, nil
}

// appSecretStatus answers the two lifecycle operations of a secret.
func (c *call) appSecretStatus(inactive bool) (int, any, *apiError) {
	a, s, err := c.findAppSecret()
	if err != nil {
		return 0, nil, err
	}
	last := !slices.ContainsFunc(a.oauth.secrets, func(x *appSecret) bool { return x != s && !x.inactive })
	if inactive && last {
		return 0, nil, errValidation("status", "You can't deactivate the only active secret of a client.")
	}
	s.inactive, s.updated = inactive, c.now()
	c.o.syncClient(a)
	c.o.logCredential(c, a, s.id, switchVerb(inactive))
	return http.StatusOK, c.secretView(a, s), nil
}

func switchVerb(inactive bool) string {
	if inactive {
		return "deactivate"
	}
	return "activate"
}

// logCredential writes what happened to a secret or a key of a client.
func (o *Org) logCredential(c *call, a *app, id, verb string) {
	o.log(c, "app.oauth2.credentials.lifecycle."+verb, "OAuth client credentials "+verb, a.target(),
		target{ID: id, Type: "ClientCredentials", AlternateID: "unknown", DisplayName: a.label})
}
