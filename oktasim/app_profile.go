package oktasim

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// oidcProfile are the attributes of an OpenID Connect app's user profile (the
// standard claims of OpenID Connect Core section 5.1) and the attribute of the
// Okta user that Okta's default mapping takes each from.
var oidcProfile = []struct{ name, title, from string }{
	{"name", "Name", "displayName"}, {"given_name", "Given name", "firstName"}, {"family_name", "Family name", "lastName"},
	{"middle_name", "Middle name", "middleName"}, {"nickname", "Nickname", "nickName"}, {"profile", "Profile", "profileUrl"},
	{"picture", "Picture", ""}, {"website", "Website", ""}, {"gender", "Gender", ""}, {"birthdate", "Birthdate", ""},
	{"zoneinfo", "Zoneinfo", "timezone"}, {"locale", "Locale", "locale"}, {"email", "Email", "email"},
	{"phone_number", "Phone number", "primaryPhone"}, {"formatted", "Address", "postalAddress"},
	{"street_address", "Street address", "streetAddress"}, {"locality", "Locality", "city"}, {"region", "Region", "state"},
	{"postal_code", "Postal code", "zipCode"}, {"country", "Country", "countryCode"},
}

// appUserProfile is an app user's profile: for OpenID Connect what the default
// mapping yields, then the custom attributes, then what was set for this user.
func (o *Org) appUserProfile(a *app, u *appUser) map[string]any {
	out := map[string]any{}
	if a.oauth != nil {
		if p := o.users.byID[u.userID]; p != nil {
			maps.Copy(out, mappedProfile(p))
		}
	}
	for _, name := range o.appAttributes(a) {
		out[name] = nil
	}
	if !u.direct {
		if g := o.grantingGroup(a, u.userID); g != nil {
			maps.Copy(out, a.group(g.id).profile)
		}
	}
	maps.Copy(out, u.profile)
	return out
}

func mappedProfile(p *user) map[string]any {
	out := map[string]any{}
	for _, m := range oidcProfile {
		out[m.name] = nil
		if v := p.text(m.from); v != "" {
			out[m.name] = v
		}
	}
	if out["name"] == nil {
		out["name"] = p.displayName()
	}
	// An org's own locale and time zone fill in for a person without one.
	for name, v := range map[string]string{"locale": "en_US", "zoneinfo": "America/Los_Angeles"} {
		if out[name] == nil {
			out[name] = v
		}
	}
	return out
}

// checkAppProfile refuses attributes that the app's user schema does not have.
func (o *Org) checkAppProfile(a *app, profile map[string]any) *apiError {
	known := o.appAttributes(a)
	if a.oauth != nil {
		for _, m := range oidcProfile {
			known = append(known, m.name)
		}
	}
	for _, k := range sortedKeys(profile) {
		// A catalog integration brings attributes of its own, which this org does not list.
		if entry := o.apps.catalog[a.name]; entry != nil && entry.features != nil {
			return nil
		}
		if !slices.Contains(known, k) {
			return errValidation("profile", fmt.Sprintf("Property name %s is not defined in the schema.", k))
		}
	}
	return nil
}

var (
	templateRef  = regexp.MustCompile(`\$\{(?:source|user)\.([A-Za-z]+)\}`)
	templateHead = regexp.MustCompile(`^\$\{fn:substringBefore\((?:source|user)\.([A-Za-z]+), ?["']([^"']*)["']\)\}$`)
)

// appUserName works out a user's name in an app from the app's user name
// template: Okta's built-in ${source.…} forms, or an Okta expression.
func (o *Org) appUserName(a *app, p *user) string {
	if a.scheme == "SHARED_USERNAME_AND_PASSWORD" {
		return a.userName
	}
	text := jsonText(a.template, "template")
	name := ""
	switch jsonText(a.template, "type") {
	case "NONE":
		return ""
	case "CUSTOM":
		name = o.customUserName(text, p)
	default:
		if m := templateHead.FindStringSubmatch(text); m != nil {
			name, _, _ = strings.Cut(sourceValue(p, m[1]), m[2])
			break
		}
		name = templateRef.ReplaceAllStringFunc(text, func(ref string) string {
			return sourceValue(p, templateRef.FindStringSubmatch(ref)[1])
		})
	}
	for _, k := range []string{"suffix", "userSuffix"} {
		name += jsonText(a.template, k)
	}
	return name
}

// sourceValue is a profile attribute under the name that templates use.
func sourceValue(p *user, name string) string {
	if name == "userName" || name == "samAccountName" {
		name = "login"
	}
	return p.text(name)
}

// customUserName evaluates an Okta expression such as user.firstName; one that
// cannot be evaluated gives the login.
func (o *Org) customUserName(text string, p *user) string {
	if strings.Contains(text, "${") {
		return templateRef.ReplaceAllStringFunc(text, func(ref string) string {
			return sourceValue(p, templateRef.FindStringSubmatch(ref)[1])
		})
	}
	env := &expressionEnv{
		attr:   func(name string) any { return p.profile[strings.TrimPrefix(name, "user.")] },
		groups: func() []*group { return o.groupsOf(p.id) },
	}
	name := ""
	for _, part := range splitSum(text) {
		e, err := parseExpression(part, func(string) bool { return true })
		if err != nil {
			return p.login()
		}
		name += asText(e.eval(env))
	}
	return name
}

// splitSum cuts an expression at the + signs that join texts: those outside
// quotes and parentheses.
func splitSum(text string) []string {
	var parts []string
	depth, start, quote := 0, 0, rune(0)
	for i, r := range text {
		switch {
		case quote != 0:
			if r == quote {
				quote = 0
			}
		case r == '"' || r == '\'':
			quote = r
		case r == '(':
			depth++
		case r == ')':
			depth--
		case r == '+' && depth == 0:
			parts = append(parts, text[start:i])
			start = i + 1
		}
	}
	return append(parts, text[start:])
}

func sortedKeys(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }
