package oktasim

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// signOnModes are the values of Application.signOnMode.
var signOnModes = []string{"AUTO_LOGIN", "BASIC_AUTH", "BOOKMARK", "BROWSER_PLUGIN", "OPENID_CONNECT",
	"SAML_1_1", "SAML_2_0", "SECURE_PASSWORD_STORE", "WS_FEDERATION"}

// labelLimit is the longest label of an app.
const labelLimit = 100

// appCreate is createApplication.
func (c *call) appCreate() (int, any, *apiError) {
	var in map[string]any
	if err := c.decode(&in); err != nil {
		return 0, nil, err
	}
	a, err := c.o.makeApp(c, in, c.qBool("activate", true))
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, c.appView(a, true), nil
}

// makeApp makes an app from the body of createApplication. The lock is held.
func (o *Org) makeApp(c *call, in map[string]any, activate bool) (*app, *apiError) {
	a, err := o.shapeApp(in, nil)
	if err != nil {
		return nil, err
	}
	a.status = "INACTIVE"
	if activate {
		a.status = "ACTIVE"
	}
	if a.oauth != nil && activate {
		if err := o.oneActiveClient(a); err != nil {
			return nil, err
		}
	}
	if entry := unlisted(a.name, a.signOnMode); entry != nil && jsonText(in, "name") != "" && o.apps.catalog[a.name] == nil {
		o.apps.catalog[a.name] = entry
	}
	o.addApp(a)
	o.log(c, "application.lifecycle.create", "Create application", a.target())
	if activate {
		o.log(c, "application.lifecycle.activate", "Activate application", a.target())
	}
	if a.oauth != nil {
		o.log(c, "app.oauth2.client.lifecycle.create", "Create OAuth client", a.target())
	}
	return a, nil
}

// oneActiveClient refuses a second active OAuth client of the same label, as
// Okta does (okta/okta-cli issue 56 quotes its answer).
func (o *Org) oneActiveClient(a *app) *apiError {
	for _, other := range o.apps.list {
		if other.id != a.id && other.oauth != nil && other.status == "ACTIVE" && other.label == a.label {
			return errValidation("label", fmt.Sprintf("label: An active OpenID Connect Client instance with the label %q already exists.", a.label))
		}
	}
	return nil
}

// blankApp is an app with every default of its mode.
func (o *Org) blankApp(in *integration, mode string) *app {
	now := o.now()
	a := &app{
		id: o.newID("0oa"), signOnMode: mode, status: "ACTIVE", created: now, updated: now,
		features:     []string{},
		accessPolicy: o.policyOfType("ACCESS_POLICY"), enrollPolicy: o.policyOfType("PROFILE_ENROLLMENT"),
		template:      map[string]any{"template": "${source.login}", "type": "BUILT_IN"},
		accessibility: map[string]any{"selfService": false, "errorRedirectUrl": nil, "loginRedirectUrl": nil},
		visibility: map[string]any{
			"autoLaunch": false, "autoSubmitToolbar": false,
			// An OAuth client shows on no dashboard unless it is asked to.
			"hide":     map[string]any{"iOS": mode == modeOIDC, "web": mode == modeOIDC},
			"appLinks": map[string]any{},
		},
		settings: map[string]any{
			"app": map[string]any{}, "manualProvisioning": false, "implicitAssignment": false, "emOptInStatus": "NONE",
			"notifications": map[string]any{"vpn": map[string]any{
				"network": map[string]any{"connection": "DISABLED"}, "message": nil, "helpUrl": nil}},
			"notes": map[string]any{"admin": nil, "enduser": nil},
		},
	}
	if mode == modeOIDC {
		a.signingKid = o.apps.kid // the org signs for its OAuth clients
	}
	if in != nil {
		a.name = in.name
		for _, l := range in.links {
			a.visibility["appLinks"].(map[string]any)[l] = true
		}
	}
	return a
}

// shapeApp reads a create or replace request into an app, with every default;
// old is the app being replaced, or nil. Nothing is stored.
func (o *Org) shapeApp(in map[string]any, old *app) (*app, *apiError) {
	entry, mode, err := o.integrationFor(in, old)
	if err != nil {
		return nil, err
	}
	if err := checkAppShape(in); err != nil {
		return nil, err
	}
	label := jsonText(in, "label")
	if strings.TrimSpace(label) == "" {
		return nil, errValidation("label", "label: The field cannot be left blank")
	}
	if len([]rune(label)) > labelLimit {
		return nil, errValidation("label", fmt.Sprintf("label: The field is too long. The maximum is %d characters.", labelLimit))
	}
	a := o.blankApp(entry, mode)
	if old != nil {
		a.keep(old)
	} else if entry == nil {
		o.nameCustom(a, label)
	}
	a.label = label
	for _, step := range []func(*app, *integration, map[string]any, *app) *apiError{
		o.shapeFrame, shapeSettings, o.shapeCredentials, o.shapeSignOn, o.shapeOAuth,
	} {
		if err := step(a, entry, in, old); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// integrationFor finds what the request wants an instance of, and its mode. A
// request without a name makes a custom app, which signs in by SAML 2.0 or SWA.
func (o *Org) integrationFor(in map[string]any, old *app) (*integration, string, *apiError) {
	mode, isText := in["signOnMode"].(string)
	if in["signOnMode"] != nil && (!isText || !slices.Contains(signOnModes, mode)) {
		return nil, "", errMalformed()
	}
	name, isText := in["name"].(string)
	if in["name"] != nil && !isText {
		return nil, "", errMalformed()
	}
	if old != nil {
		// The name of a custom app is Okta's to give, so what a request says of it is not read.
		if name != "" && name != old.name && o.apps.catalog[old.name] != nil {
			return nil, "", errValidation("name", "name: The name of an app cannot be changed.")
		}
		name = old.name
		if mode == "" {
			mode = old.signOnMode
		}
		if o.apps.catalog[name] == nil {
			if mode != old.signOnMode {
				return nil, "", errValidation("signOnMode", "signOnMode: The sign-on mode of a custom app cannot be changed.")
			}
			return nil, mode, nil
		}
	}
	if name == "" {
		return nil, mode, checkMediated(in, mode)
	}
	entry := o.apps.catalog[name]
	if entry == nil && !slices.ContainsFunc(o.apps.list, func(a *app) bool { return a.name == name }) {
		entry = unlisted(name, mode) // unless a custom app or one of Okta's own has the name
	}
	if entry == nil {
		return nil, "", errValidation("name", fmt.Sprintf("name: No app definition is named %q.", name))
	}
	switch {
	case mode == "" && len(entry.modes) > 0:
		mode = entry.modes[0]
	case mode != "" && !entry.offers(mode):
		return nil, "", errValidation("signOnMode", fmt.Sprintf("signOnMode: %s does not support %s.", name, mode))
	default:
		mode = entry.modeFor(mode)
	}
	return entry, mode, nil
}

// checkMediated refuses a custom app that is not one, with Okta's texts
// (okta/okta-aspnet issue 268 quotes its answer).
func checkMediated(in map[string]any, mode string) *apiError {
	var causes []string
	if mode != modeSAML && mode != modeAuto {
		causes = append(causes, "Invalid signOnMode")
	}
	if jsonMap(in, "settings", "signOn") == nil {
		causes = append(causes, "The settings.signOn object doesn't match the type indicated by signOnMode value or is ill defined")
	}
	if in["visibility"] == nil {
		causes = append(causes, "Missing visibility", "visibility: The field cannot be left blank")
	}
	if causes != nil {
		return errValidation("mediated", causes...)
	}
	return nil
}

// nameCustom names a custom app after the org, its label and a running number.
func (o *Org) nameCustom(a *app, label string) {
	o.apps.custom++
	slug := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(label))
	if slug == "" {
		slug = "app"
	}
	a.name = fmt.Sprintf("%s_%s_%d", o.subdomain(), slug, o.apps.custom)
	a.visibility["appLinks"] = map[string]any{a.name + "_link": true}
}

// subdomain is the first label of the org's address; an org on a bare address takes its company's name.
func (o *Org) subdomain() string {
	if u, err := url.Parse(o.baseURL); err == nil {
		if host := u.Hostname(); strings.Count(host, ".") > 1 && strings.Trim(host, "0123456789.") != "" {
			return strings.SplitN(host, ".", 2)[0]
		}
	}
	return strings.ToLower(strings.Join(strings.Fields(o.company), ""))
}

// checkAppShape refuses members of the wrong JSON type.
func checkAppShape(in map[string]any) *apiError {
	for _, k := range []string{"accessibility", "visibility", "credentials", "settings", "profile", "licensing"} {
		if v := in[k]; v != nil {
			if _, ok := v.(map[string]any); !ok {
				return errMalformed()
			}
		}
	}
	for _, path := range [][]string{{"settings", "app"}, {"settings", "signOn"}, {"settings", "oauthClient"}, {"settings", "notes"},
		{"settings", "notifications"}, {"credentials", "oauthClient"}, {"credentials", "userNameTemplate"}, {"credentials", "password"},
		{"credentials", "signing"}, {"visibility", "hide"}, {"visibility", "appLinks"}} {
		if v := jsonMap(in, path[0])[path[1]]; v != nil {
			if _, ok := v.(map[string]any); !ok {
				return errMalformed()
			}
		}
	}
	if v := in["label"]; v != nil {
		if _, ok := v.(string); !ok {
			return errMalformed()
		}
	}
	return nil
}

// keep carries over what a replacement does not touch.
func (a *app) keep(old *app) {
	a.id, a.name, a.status, a.created = old.id, old.name, old.status, old.created
	a.features, a.logo, a.accessPolicy, a.enrollPolicy = old.features, old.logo, old.accessPolicy, old.enrollPolicy
	a.signing, a.signingKid, a.csrs = old.signing, old.signingKid, old.csrs
	a.grants, a.connection, a.provision, a.claims = old.grants, old.connection, old.provision, old.claims
	a.users, a.byUser, a.groups, a.schema, a.trusts = old.users, old.byUser, old.groups, old.schema, old.trusts
	a.oauth = old.oauth
	a.visibility["appLinks"] = jsonCopy(jsonMap(old.visibility, "appLinks"))
}
