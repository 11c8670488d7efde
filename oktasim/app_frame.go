package oktasim

import (
	"fmt"
	"net/url"
	"slices"
)

// shapeFrame reads what every app has: accessibility, visibility, profile, licensing.
func (o *Org) shapeFrame(a *app, _ *integration, in map[string]any, _ *app) *apiError {
	acc := jsonMap(in, "accessibility")
	a.accessibility["selfService"] = jsonBool(acc, "selfService", false)
	for _, k := range []string{"errorRedirectUrl", "loginRedirectUrl"} {
		if s := jsonText(acc, k); s != "" {
			if !isWebURL(s) {
				return errValidation("accessibility."+k, "accessibility."+k+": Invalid URL")
			}
			a.accessibility[k] = s
		}
	}
	vis := jsonMap(in, "visibility")
	for _, k := range []string{"autoLaunch", "autoSubmitToolbar"} {
		a.visibility[k] = jsonBool(vis, k, a.visibility[k] == true)
	}
	hide := a.visibility["hide"].(map[string]any)
	for _, k := range []string{"iOS", "web"} {
		hide[k] = jsonBool(jsonMap(vis, "hide"), k, hide[k] == true)
	}
	links := a.visibility["appLinks"].(map[string]any)
	for k, v := range jsonMap(vis, "appLinks") {
		if _, known := links[k]; known {
			links[k] = v == true // links are the integration's; a request only shows or hides them
		}
	}
	if p := jsonMap(in, "profile"); p != nil {
		a.profile = jsonCopy(p)
	}
	if l := jsonMap(in, "licensing"); l != nil {
		a.licensing = jsonCopy(l)
	}
	return nil
}

// shapeSettings reads the settings common to all modes, and settings.app by the
// integration's list of fields.
func shapeSettings(a *app, entry *integration, in map[string]any, _ *app) *apiError {
	s := jsonMap(in, "settings")
	a.settings["manualProvisioning"] = jsonBool(s, "manualProvisioning", false)
	a.settings["implicitAssignment"] = jsonBool(s, "implicitAssignment", false)
	for _, k := range []string{"admin", "enduser"} {
		if v := jsonText(s, "notes", k); v != "" {
			jsonMap(a.settings, "notes")[k] = v
		}
	}
	for _, k := range []string{"inlineHookId", "identityStoreId"} {
		if v := jsonText(s, k); v != "" {
			a.settings[k] = v
		}
	}
	if vpn := jsonMap(s, "notifications", "vpn"); vpn != nil {
		if err := shapeVPN(jsonMap(a.settings, "notifications", "vpn"), vpn); err != nil {
			return err
		}
	}
	if entry == nil {
		return nil
	}
	return shapeAppSettings(a, entry, jsonMap(s, "app"))
}

func shapeVPN(vpn, in map[string]any) *apiError {
	if network := jsonMap(in, "network"); network != nil {
		connection := jsonText(network, "connection")
		if connection == "" {
			connection = "DISABLED"
		}
		if !slices.Contains([]string{"ANYWHERE", "DISABLED", "ON_NETWORK", "OFF_NETWORK", "ZONE"}, connection) {
			return errMalformed()
		}
		network := jsonCopy(network)
		network["connection"] = connection
		vpn["network"] = network
	}
	for _, k := range []string{"message", "helpUrl"} {
		if v := jsonText(in, k); v != "" {
			vpn[k] = v
		}
	}
	return nil
}

// shapeAppSettings reads settings.app. An empty text is as good as none.
func shapeAppSettings(a *app, entry *integration, in map[string]any) *apiError {
	out := jsonCopy(in)
	if entry.fields != nil {
		out = map[string]any{}
		for _, f := range entry.fields {
			out[f] = jsonClone(in[f])
		}
	}
	for k, v := range out {
		if v == "" {
			out[k] = nil
		}
	}
	if entry.name == "bookmark" {
		out["requestIntegration"] = jsonBool(in, "requestIntegration", false)
	}
	for _, f := range entry.required {
		if out[f] == nil {
			return errValidation("settings.app."+f, f+": The field cannot be left blank")
		}
	}
	for _, f := range []string{"url", "authURL", "targetURL"} {
		if entry.fields == nil || out[f] == nil {
			continue
		}
		if s, ok := out[f].(string); !ok || !isWebURL(s) {
			return errValidation("settings.app."+f, f+": The field must be a valid URL")
		}
	}
	a.settings["app"] = out
	return nil
}

var credentialSchemes = []string{"ADMIN_SETS_CREDENTIALS", "EDIT_PASSWORD_ONLY", "EDIT_USERNAME_AND_PASSWORD",
	"EXTERNAL_PASSWORD_SYNC", "SHARED_USERNAME_AND_PASSWORD"}

// shapeCredentials reads how the app's users are named, and for modes that fill
// in a password, who sets it.
func (o *Org) shapeCredentials(a *app, _ *integration, in map[string]any, old *app) *apiError {
	cred := jsonMap(in, "credentials")
	if t := jsonMap(cred, "userNameTemplate"); t != nil {
		kind := jsonText(t, "type")
		if kind == "" {
			kind = "BUILT_IN"
		}
		if !slices.Contains([]string{"BUILT_IN", "CUSTOM", "NONE"}, kind) {
			return errMalformed()
		}
		a.template = map[string]any{"template": jsonText(t, "template"), "type": kind}
		if a.template["template"] == "" {
			if kind == "CUSTOM" {
				return errValidation("credentials.userNameTemplate", "template: The field cannot be left blank")
			}
			a.template["template"] = "${source.login}"
		}
		for _, k := range []string{"suffix", "userSuffix"} {
			if v := jsonText(t, k); v != "" {
				a.template[k] = v
			}
		}
		if kind == "CUSTOM" {
			a.template["pushStatus"] = "DONT_PUSH"
		}
		if p := jsonText(t, "pushStatus"); p == "PUSH" || p == "DONT_PUSH" {
			a.template["pushStatus"] = p
		}
	}
	if !isSWA(a.signOnMode) {
		return nil
	}
	a.scheme = jsonText(cred, "scheme")
	if a.scheme == "" {
		a.scheme = "EDIT_USERNAME_AND_PASSWORD"
	}
	if !slices.Contains(credentialSchemes, a.scheme) {
		return errMalformed()
	}
	a.reveal = jsonBool(cred, "revealPassword", false)
	if a.scheme != "SHARED_USERNAME_AND_PASSWORD" {
		return nil
	}
	a.userName, a.password = jsonText(cred, "userName"), jsonText(cred, "password", "value")
	if a.password == "" && old != nil {
		a.password = old.password
	}
	if a.userName == "" || a.password == "" {
		return errValidation("credentials", "credentials: The scheme SHARED_USERNAME_AND_PASSWORD needs a userName and a password.")
	}
	return nil
}

// isWebURL says that s is an absolute http or https address.
func isWebURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// blank is Okta's cause for a missing member.
func blank(field string) string { return fmt.Sprintf("%s: The field cannot be left blank", field) }
