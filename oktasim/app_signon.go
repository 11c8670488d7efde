package oktasim

import (
	"fmt"
	"slices"
	"strings"
)

// samlRequired are the members of a custom SAML app's settings.signOn that
// have no default ("SamlApplicationSettingsSignOn" and the Apps API's table
// "SAML 2.0 settings").
var samlRequired = []string{"ssoAcsUrl", "audience", "recipient", "destination", "subjectNameIdTemplate",
	"subjectNameIdFormat", "signatureAlgorithm", "digestAlgorithm", "authnContextClassRef"}

// shapeSignOn reads settings.signOn of the modes that have it.
func (o *Org) shapeSignOn(a *app, entry *integration, in map[string]any, old *app) *apiError {
	signOn := jsonMap(in, "settings", "signOn")
	var err *apiError
	switch {
	case a.signOnMode == modeSAML && entry == nil:
		err = shapeSAML(a, signOn)
	case a.signOnMode == modeSAML, a.signOnMode == "SAML_1_1":
		shapeCatalogSAML(a, signOn)
	case a.signOnMode == modeAuto && entry == nil:
		err = shapeCustomSWA(a, signOn)
	}
	if err != nil {
		return err
	}
	if !signs(a.signOnMode) {
		return nil
	}
	if len(a.signing) == 0 {
		key, err := newAppKey(o, a.label, signingYears)
		if err != nil {
			return errInternal(err)
		}
		a.signing, a.signingKid = []*appKey{key}, key.kid
	}
	if kid := jsonText(in, "credentials", "signing", "kid"); kid != "" && old != nil {
		if !slices.ContainsFunc(a.signing, func(k *appKey) bool { return k.kid == kid }) {
			return errValidation("credentials.signing.kid", fmt.Sprintf("kid: No key of this app has the id %q.", kid))
		}
		a.signingKid = kid
	}
	return nil
}

// shapeSAML reads a custom SAML app's settings: what was sent, with defaults.
func shapeSAML(a *app, in map[string]any) *apiError {
	out := jsonCopy(in)
	for _, f := range samlRequired {
		if s, ok := out[f].(string); !ok || strings.TrimSpace(s) == "" {
			return errValidation("settings.signOn."+f, blank(f))
		}
	}
	for _, f := range []string{"ssoAcsUrl", "recipient", "destination"} {
		if !isWebURL(jsonText(out, f)) {
			return errValidation("settings.signOn."+f, f+": The field must be a valid URL")
		}
	}
	if !slices.Contains([]string{"RSA_SHA1", "RSA_SHA256"}, jsonText(out, "signatureAlgorithm")) {
		return errValidation("settings.signOn.signatureAlgorithm", "signatureAlgorithm: Must be RSA_SHA1 or RSA_SHA256")
	}
	if !slices.Contains([]string{"SHA1", "SHA256"}, jsonText(out, "digestAlgorithm")) {
		return errValidation("settings.signOn.digestAlgorithm", "digestAlgorithm: Must be SHA1 or SHA256")
	}
	// The overrides belong to catalog apps.
	for _, f := range []string{"ssoAcsUrlOverride", "audienceOverride", "recipientOverride", "destinationOverride"} {
		delete(out, f)
	}
	for _, f := range []string{"responseSigned", "assertionSigned", "honorForceAuthn"} {
		if v, set := out[f]; set && v != nil {
			if _, ok := v.(bool); !ok {
				return errMalformed()
			}
		}
	}
	out = jsonDefaults(out, map[string]any{
		"idpIssuer": "http://www.okta.com/${org.externalKey}", "responseSigned": true, "assertionSigned": true,
		"honorForceAuthn": true, "requestCompressed": false, "attributeStatements": []any{}, "inlineHooks": []any{},
		"assertionEncryption": map[string]any{"enabled": false}, "allowMultipleAcsEndpoints": false,
		"acsEndpoints": []any{}, "samlSignedRequestEnabled": false, "slo": map[string]any{"enabled": false},
	})
	if _, set := out["defaultRelayState"]; !set {
		out["defaultRelayState"] = nil
	}
	out["spIssuer"] = nil
	slo := jsonMap(out, "slo")
	if jsonBool(slo, "enabled", false) {
		out["spIssuer"] = slo["issuer"]
		for _, f := range []string{"issuer", "logoutUrl"} {
			if jsonText(slo, f) == "" {
				return errValidation("settings.signOn.slo."+f, blank(f))
			}
		}
	} else if slo != nil {
		out["slo"] = map[string]any{"enabled": false}
	}
	if err := shapeInlineHooks(out); err != nil {
		return err
	}
	if err := checkAttributeStatements(out); err != nil {
		return err
	}
	a.settings["signOn"] = out
	return nil
}

// shapeInlineHooks keeps only the ids of the inline hooks; their links are made when shown.
func shapeInlineHooks(signOn map[string]any) *apiError {
	list, ok := signOn["inlineHooks"].([]any)
	if !ok {
		return errMalformed()
	}
	for i, h := range list {
		hook, ok := h.(map[string]any)
		if !ok {
			return errMalformed()
		}
		list[i] = map[string]any{"id": hook["id"]}
	}
	return nil
}

func checkAttributeStatements(signOn map[string]any) *apiError {
	list, ok := signOn["attributeStatements"].([]any)
	if !ok {
		return errMalformed()
	}
	for _, s := range list {
		statement, ok := s.(map[string]any)
		if !ok {
			return errMalformed()
		}
		if jsonText(statement, "name") == "" {
			return errValidation("settings.signOn.attributeStatements", blank("name"))
		}
		switch jsonText(statement, "type") {
		case "EXPRESSION":
			if _, ok := jsonTexts(statement, "values"); !ok {
				return errMalformed()
			}
		case "GROUP":
			if !slices.Contains([]string{"CONTAINS", "EQUALS", "REGEX", "STARTS_WITH"}, jsonText(statement, "filterType")) {
				return errValidation("settings.signOn.attributeStatements", "filterType: Must be CONTAINS, EQUALS, REGEX or STARTS_WITH")
			}
		default:
			return errValidation("settings.signOn.attributeStatements", "type: Must be EXPRESSION or GROUP")
		}
	}
	return nil
}

// shapeCatalogSAML reads what an admin may override in a catalog app's SAML settings.
func shapeCatalogSAML(a *app, in map[string]any) {
	out := map[string]any{}
	for _, f := range []string{"defaultRelayState", "ssoAcsUrlOverride", "audienceOverride", "recipientOverride", "destinationOverride"} {
		out[f] = nil
		if s := jsonText(in, f); s != "" {
			out[f] = s
		}
	}
	for _, f := range []string{"attributeStatements", "configuredAttributeStatements"} {
		out[f] = []any{}
		if l, ok := in[f].([]any); ok {
			out[f] = jsonClone(l)
		}
	}
	for _, f := range []string{"samlAssertionLifetimeSeconds", "spCertificate", "slo"} {
		if v := in[f]; v != nil {
			out[f] = jsonClone(v)
		}
	}
	a.settings["signOn"] = out
}

// shapeCustomSWA reads the sign-in page of a custom SWA app.
func shapeCustomSWA(a *app, in map[string]any) *apiError {
	login := jsonText(in, "loginUrl")
	if login == "" {
		return errValidation("settings.signOn.loginUrl", blank("loginUrl"))
	}
	if !isWebURL(login) {
		return errValidation("settings.signOn.loginUrl", "loginUrl: The field must be a valid URL")
	}
	out := map[string]any{"loginUrl": login, "redirectUrl": nil}
	if s := jsonText(in, "redirectUrl"); s != "" {
		out["redirectUrl"] = s
	}
	a.settings["signOn"] = out
	return nil
}
