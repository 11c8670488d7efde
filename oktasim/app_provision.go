package oktasim

import (
	"net/http"
	"slices"
)

// appConnection is an app's provisioning connection ("ProvisioningConnection").
type appConnection struct {
	scheme, token string
	enabled       bool
}

// errNoProvisioning refuses provisioning operations on an app whose integration has none.
func errNoProvisioning() *apiError {
	return errValidation("provisioning", "Provisioning is not supported.")
}

// findProvisioning is findApp for an app whose integration can provision.
func (c *call) findProvisioning() (*app, *integration, *apiError) {
	a, err := c.findApp()
	if err != nil {
		return nil, nil, err
	}
	entry := c.o.apps.catalog[a.name]
	if entry == nil || entry.features == nil {
		return nil, nil, errNoProvisioning()
	}
	return a, entry, nil
}

func (c *call) connectionView(a *app) map[string]any {
	self := c.url("/api/v1/apps/%s/connections/default", a.id)
	links := map[string]any{"self": link(self, "GET", "POST")}
	status, scheme := "DISABLED", "UNKNOWN"
	if a.connection != nil {
		scheme = a.connection.scheme
		links["activate"] = link(self+"/lifecycle/activate", "POST")
		if a.connection.enabled {
			status = "ENABLED"
			delete(links, "activate")
			links["deactivate"] = link(self+"/lifecycle/deactivate", "POST")
		}
	}
	return map[string]any{"authScheme": scheme, "status": status, "profile": map[string]any{"authScheme": scheme}, "_links": links}
}

// appConnectionGet is getDefaultProvisioningConnectionForApplication.
func (c *call) appConnectionGet() (int, any, *apiError) {
	a, _, err := c.findProvisioning()
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, c.connectionView(a), nil
}

// appConnectionSet is updateDefaultProvisioningConnectionForApplication.
func (c *call) appConnectionSet() (int, any, *apiError) {
	a, entry, err := c.findProvisioning()
	if err != nil {
		return 0, nil, err
	}
	var in map[string]any
	if err := c.decode(&in); err != nil {
		return 0, nil, err
	}
	scheme, token := jsonText(in, "profile", "authScheme"), jsonText(in, "profile", "token")
	if !slices.Contains([]string{"TOKEN", "OAUTH2"}, scheme) {
		return 0, nil, errValidation("profile.authScheme", "authScheme: Must be TOKEN or OAUTH2")
	}
	if scheme == "TOKEN" && token == "" {
		return 0, nil, errValidation("profile.token", blank("token"))
	}
	status := http.StatusOK
	if a.connection == nil {
		status = http.StatusCreated
	}
	a.connection = &appConnection{scheme: scheme, token: token, enabled: c.qBool("activate", false)}
	c.o.provisioningChanged(c, a, entry)
	return status, c.connectionView(a), nil
}

// appConnectionSwitch answers the two lifecycle operations of the connection.
func (c *call) appConnectionSwitch(on bool) (int, any, *apiError) {
	a, entry, err := c.findProvisioning()
	if err != nil {
		return 0, nil, err
	}
	if a.connection == nil {
		return 0, nil, errNotFound(a.id, "ProvisioningConnection")
	}
	a.connection.enabled = on
	c.o.provisioningChanged(c, a, entry)
	return http.StatusNoContent, nil, nil
}

// provisioningChanged: an app shows the features of its integration while its connection is enabled.
func (o *Org) provisioningChanged(c *call, a *app, entry *integration) {
	a.features = []string{}
	if a.connection.enabled {
		a.features = slices.Clone(entry.features)
	}
	a.touched(c)
	o.log(c, "application.lifecycle.update", "Update application", a.target())
}

// provisionFeatures are the features of an app with full provisioning, with what they are for.
var provisionFeatures = []struct{ name, description string }{
	{"USER_PROVISIONING", "User provisioning settings from Okta to a downstream application"},
	{"INBOUND_PROVISIONING", "In-bound provisioning settings from an application to Okta"},
}

// featureDefaults are a feature's capabilities before anyone sets them.
func featureDefaults(name string) map[string]any {
	off := func() map[string]any { return map[string]any{"status": "DISABLED"} }
	if name == "INBOUND_PROVISIONING" {
		return map[string]any{
			"importSettings": map[string]any{
				"username": map[string]any{"usernameFormat": "EMAIL"},
				"schedule": map[string]any{"status": "DISABLED"},
			},
			"importRules": map[string]any{"userCreateAndMatch": map[string]any{"exactMatchCriteria": "EMAIL",
				"allowPartialMatch": false, "autoConfirmPartialMatch": false, "autoConfirmExactMatch": false,
				"autoConfirmNewUsers": false, "autoActivateNewUsers": false}},
		}
	}
	return map[string]any{
		"create": map[string]any{"lifecycleCreate": off()},
		"update": map[string]any{"profile": off(), "lifecycleDeactivate": off(),
			"password": map[string]any{"status": "DISABLED", "seed": "RANDOM", "change": "KEEP_EXISTING"}},
	}
}

func (c *call) featureView(a *app, name, description string) map[string]any {
	settings := a.provision[name]
	if settings == nil {
		settings = featureDefaults(name)
	}
	return map[string]any{"name": name, "description": description, "status": "ENABLED", "capabilities": settings,
		"_links": map[string]any{"self": link(c.url("/api/v1/apps/%s/features/%s", a.id, name), "GET", "PUT")}}
}

// findEnabled is findProvisioning for an app whose connection is enabled: only then does it have features.
func (c *call) findEnabled() (*app, *apiError) {
	a, _, err := c.findProvisioning()
	if err != nil {
		return nil, err
	}
	if a.connection == nil || !a.connection.enabled {
		return nil, errValidation("provisioning", "Provisioning is not enabled for this app.")
	}
	return a, nil
}

// appFeatureList is listFeaturesForApplication.
func (c *call) appFeatureList() (int, any, *apiError) {
	a, err := c.findEnabled()
	if err != nil {
		return 0, nil, err
	}
	out := []map[string]any{}
	for _, f := range provisionFeatures {
		out = append(out, c.featureView(a, f.name, f.description))
	}
	return http.StatusOK, out, nil
}

// appFeatureGet is getFeatureForApplication.
func (c *call) appFeatureGet() (int, any, *apiError) {
	a, err := c.findEnabled()
	if err != nil {
		return 0, nil, err
	}
	for _, f := range provisionFeatures {
		if f.name == c.p("featureName") {
			return http.StatusOK, c.featureView(a, f.name, f.description), nil
		}
	}
	return 0, nil, errNotFound(c.p("featureName"), "ApplicationFeature")
}

// appFeatureSet is updateFeatureForApplication: what is sent replaces, the rest stays.
func (c *call) appFeatureSet() (int, any, *apiError) {
	a, err := c.findEnabled()
	if err != nil {
		return 0, nil, err
	}
	var in map[string]any
	if err := c.decode(&in); err != nil {
		return 0, nil, err
	}
	name := c.p("featureName")
	if !slices.ContainsFunc(provisionFeatures, func(f struct{ name, description string }) bool { return f.name == name }) {
		return 0, nil, errNotFound(name, "ApplicationFeature")
	}
	if a.provision == nil {
		a.provision = map[string]map[string]any{}
	}
	now := a.provision[name]
	if now == nil {
		now = featureDefaults(name)
	}
	a.provision[name] = jsonDefaults(jsonCopy(in), now)
	a.touched(c)
	c.o.log(c, "application.lifecycle.update", "Update application", a.target())
	return c.appFeatureGet()
}
