package oktasim

import (
	"net/http"
	"slices"
)

// integrationSecrets are the secrets of a catalog integration. The client holds
// the active ones; what the console changed there is taken over first.
func (o *Org) integrationSecrets(x *client) []*appSecret {
	valid := append([]string{x.secret}, x.moreSecrets...)
	kept := slices.DeleteFunc(o.rest.secrets[x.id], func(s *appSecret) bool { return !s.inactive && !slices.Contains(valid, s.value) })
	for _, v := range valid {
		if v != "" && !slices.ContainsFunc(kept, func(s *appSecret) bool { return !s.inactive && s.value == v }) {
			kept = append(kept, o.newSecret(v))
		}
	}
	o.rest.secrets[x.id] = kept
	return kept
}

// setIntegrationSecrets stores them and tells the client which are active.
func (o *Org) setIntegrationSecrets(x *client, list []*appSecret) {
	o.rest.secrets[x.id] = list
	x.secret, x.moreSecrets = "", nil
	for _, s := range list {
		switch {
		case s.inactive:
		case x.secret == "":
			x.secret = s.value
		default:
			x.moreSecrets = append(x.moreSecrets, s.value)
		}
	}
}

// integrationSecretView shows a secret's text only when it was just made.
func (c *call) integrationSecretView(x *client, s *appSecret, withValue bool) map[string]any {
	view := s.view(c.url("/integrations/api/v1/api-services/%s/credentials/secrets/%s", x.id, s.id))
	if !withValue {
		view["client_secret"] = "***" + s.value[max(0, len(s.value)-4):]
	}
	return view
}

func (c *call) findIntegrationSecret() (*client, []*appSecret, *appSecret, *apiError) {
	x, err := c.findIntegration()
	if err != nil {
		return nil, nil, nil, err
	}
	list := c.o.integrationSecrets(x)
	for _, s := range list {
		if s.id == c.p("secretId") {
			return x, list, s, nil
		}
	}
	return nil, nil, nil, errNotFound(c.p("secretId"), "OAuth2ClientSecret")
}

// integrationSecretList is listApiServiceIntegrationInstanceSecrets.
func (c *call) integrationSecretList() (int, any, *apiError) {
	x, err := c.findIntegration()
	if err != nil {
		return 0, nil, err
	}
	out := []map[string]any{}
	for _, s := range c.o.integrationSecrets(x) {
		out = append(out, c.integrationSecretView(x, s, false))
	}
	return http.StatusOK, out, nil
}

// integrationSecretCreate is createApiServiceIntegrationInstanceSecret.
func (c *call) integrationSecretCreate() (int, any, *apiError) {
	x, err := c.findIntegration()
	if err != nil {
		return 0, nil, err
	}
	list := c.o.integrationSecrets(x)
	if len(list) >= secretLimit {
		return 0, nil, errValidation("client_secret", "You have reached the maximum number of client secrets per client.")
	}
	s := c.o.newSecret(randomToken(48))
	c.o.setIntegrationSecrets(x, append(list, s))
	return http.StatusCreated, c.integrationSecretView(x, s, true), nil
}

// integrationSecretDelete is deleteApiServiceIntegrationInstanceSecret: only an inactive one.
func (c *call) integrationSecretDelete() (int, any, *apiError) {
	x, list, s, err := c.findIntegrationSecret()
	if err != nil {
		return 0, nil, err
	}
	if !s.inactive {
		return 0, nil, errValidation("status", "You can't delete an active secret. Deactivate it first.")
	}
	c.o.setIntegrationSecrets(x, slices.DeleteFunc(list, func(y *appSecret) bool { return y == s }))
	return http.StatusNoContent, nil, nil
}

// integrationSecretStatus answers the two lifecycle operations of a secret.
func (c *call) integrationSecretStatus(inactive bool) (int, any, *apiError) {
	x, list, s, err := c.findIntegrationSecret()
	if err != nil {
		return 0, nil, err
	}
	if inactive && !slices.ContainsFunc(list, func(y *appSecret) bool { return y != s && !y.inactive }) {
		return 0, nil, errValidation("status", "You can't deactivate the only active secret of a client.")
	}
	s.inactive, s.updated = inactive, c.now()
	c.o.setIntegrationSecrets(x, list)
	return http.StatusOK, c.integrationSecretView(x, s, false), nil
}
