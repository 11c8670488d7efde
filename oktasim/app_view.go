package oktasim

import "maps"

// appView is the app as the API shows it. The client secret is shown only in
// the answer to a write.
func (c *call) appView(a *app, withSecret bool) map[string]any {
	var mode any
	if a.signOnMode != "" {
		mode = a.signOnMode
	}
	view := map[string]any{
		"id": a.id, "orn": "orn:okta:idp:" + c.o.id + ":apps:" + a.name + ":" + a.id,
		"name": a.name, "label": a.label, "status": a.status,
		"created": stamp(a.created), "lastUpdated": stamp(a.updated),
		"accessibility": a.accessibility, "visibility": a.visibility, "features": a.features, "signOnMode": mode,
		"credentials": a.credentialsView(withSecret), "universalLogout": a.universalLogout(),
		"settings": c.appSettingsView(a), "_links": c.appLinks(a),
	}
	if a.profile != nil {
		view["profile"] = a.profile
	}
	if a.licensing != nil {
		view["licensing"] = a.licensing
	}
	return view
}

// universalLogout: apps that federate can be told to end sessions, others cannot.
func (a *app) universalLogout() any {
	switch {
	case a.system:
		return nil
	case a.signOnMode == modeOIDC, a.signOnMode == modeSAML:
		return map[string]any{"status": "DISABLED", "supportType": "FULL", "identityStack": "NOT_SHARED",
			"protocol": "GLOBAL_TOKEN_REVOCATION"}
	}
	return map[string]any{"status": "UNSUPPORTED"}
}

func (a *app) credentialsView(withSecret bool) map[string]any {
	signing := map[string]any{}
	if a.signingKid != "" {
		signing["kid"] = a.signingKid
	}
	cred := map[string]any{"userNameTemplate": a.template, "signing": signing}
	if a.scheme != "" {
		cred["scheme"] = a.scheme
		cred["revealPassword"] = a.reveal
		if a.scheme == "SHARED_USERNAME_AND_PASSWORD" {
			cred["userName"] = a.userName
			cred["password"] = map[string]any{}
		}
	}
	if x := a.oauth; x != nil {
		oauth := map[string]any{"autoKeyRotation": x.autoKey, "client_id": x.clientID,
			"token_endpoint_auth_method": x.method, "pkce_required": x.pkce}
		if withSecret && len(x.secrets) > 0 {
			oauth["client_secret"] = x.secrets[0].value
		}
		cred["oauthClient"] = oauth
	}
	return cred
}

// appSettingsView adds to the stored settings what is kept elsewhere or linked.
func (c *call) appSettingsView(a *app) map[string]any {
	out := maps.Clone(a.settings)
	if a.oauth != nil && len(a.oauth.keys) > 0 {
		client := maps.Clone(jsonMap(a.settings, "oauthClient"))
		keys := make([]any, len(a.oauth.keys))
		for i, k := range a.oauth.keys {
			keys[i] = k.brief()
		}
		client["jwks"] = map[string]any{"keys": keys}
		out["oauthClient"] = client
	}
	signOn := jsonMap(a.settings, "signOn")
	if hooks, ok := signOn["inlineHooks"].([]any); ok && len(hooks) > 0 {
		signOn = maps.Clone(signOn)
		linked := make([]any, len(hooks))
		for i, h := range hooks {
			hook, _ := h.(map[string]any)
			id, _ := hook["id"].(string)
			linked[i] = map[string]any{"id": id, "_links": map[string]any{
				"self": link(c.url("/api/v1/inlineHooks/%s", id), "GET", "PUT", "DELETE")}}
		}
		signOn["inlineHooks"] = linked
		out["signOn"] = signOn
	}
	return out
}

// appLinks are the app's links ("ApplicationLinks").
func (c *call) appLinks(a *app) map[string]any {
	at := func(rest string, allow ...string) map[string]any {
		return link(c.url("/api/v1/apps/%s", a.id)+rest, allow...)
	}
	logo := a.logo
	if logo == "" {
		logo = c.url("/assets/img/logos/default.png")
	}
	dashboard := []any{}
	for _, name := range sortedKeys(jsonMap(a.visibility, "appLinks")) {
		dashboard = append(dashboard, map[string]any{"name": name, "type": "text/html",
			"href": c.url("/home/%s/%s/%s", a.name, a.id, name)})
	}
	links := map[string]any{
		"users": at("/users"), "groups": at("/groups"), "uploadLogo": at("/logo", "POST"),
		"policies": at("/policies", "PUT"), "appLinks": dashboard,
		"logo":              []any{map[string]any{"name": "medium", "href": logo, "type": "image/png"}},
		"accessPolicy":      link(c.url("/api/v1/policies/%s", a.accessPolicy)),
		"profileEnrollment": link(c.url("/api/v1/policies/%s", a.enrollPolicy)),
	}
	if a.status == "ACTIVE" {
		links["deactivate"] = at("/lifecycle/deactivate")
	} else {
		links["activate"] = at("/lifecycle/activate")
	}
	if a.oauth != nil {
		switch {
		case len(a.oauth.secrets) > 0:
			links["clientCredentials"] = []any{map[string]any{"name": "secrets", "href": c.url("/api/v1/apps/%s/credentials/secrets", a.id)}}
		case a.oauth.method == "private_key_jwt":
			links["clientCredentials"] = []any{map[string]any{"name": "jwks", "href": c.url("/api/v1/apps/%s/credentials/jwks", a.id)}}
		}
	}
	if signs(a.signOnMode) {
		help := c.url("/admin/app/%s/%s/setup/help/%s/instructions", a.name, a.id, a.signOnMode)
		links["help"] = map[string]any{"href": help, "type": "text/html"}
		links["metadata"] = map[string]any{"href": c.url("/api/v1/apps/%s/sso/saml/metadata", a.id), "type": "application/xml"}
	}
	return links
}
