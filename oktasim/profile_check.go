package oktasim

import (
	"encoding/json"
	"fmt"
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"
)

// profileFault gathers what is wrong with a profile: Okta names the first field
// in the summary and has one cause for each thing.
type profileFault struct {
	field  string
	causes []string
}

func (f *profileFault) add(field, cause string) {
	if f.field == "" {
		f.field = field
	}
	f.causes = append(f.causes, field+": "+cause)
}

func (f *profileFault) err() *apiError {
	if f.field == "" {
		return nil
	}
	return errValidation(f.field, f.causes...)
}

const (
	causeBlank   = "The field cannot be left blank"
	causePattern = "Does not match required pattern"
	causeTaken   = "An object with this field already exists in the current organization"
)

// checkProfile checks a user's whole new profile: known properties of the right
// type and length, the required ones, a login in the form of an e-mail address
// that nobody else has.
func (o *Org) checkProfile(u *user, profile map[string]any, typ *userType) *apiError {
	if err := checkKnown(profile, typ.schema, "newUser"); err != nil {
		return err
	}
	var f profileFault
	for _, name := range typ.schema.names() {
		def := typ.schema.property(name)
		checkProperty(&f, name, profile[name], def)
		if profile[name] != nil && asText(def["unique"]) == "UNIQUE_VALIDATED" && o.valueTaken(u, name, profile[name]) {
			f.add(name, causeTaken)
		}
	}
	if login, ok := profile["login"].(string); ok && login != "" {
		// A pattern set for the login takes the place of the e-mail form.
		if typ.schema.property("login")["pattern"] == nil && !isMailAddress(login) {
			f.add("login", "Username must be in the form of an email address")
		} else if other := o.users.byLogin[strings.ToLower(login)]; other != nil && other != u {
			f.add("login", causeTaken)
		}
	}
	return f.err()
}

// checkKnown refuses properties that the schema does not define.
func checkKnown(profile map[string]any, s *schema, what string) *apiError {
	var causes []string
	for name := range profile {
		if s.property(name) == nil {
			causes = append(causes, fmt.Sprintf("Property name '%s' is not defined in profile", name))
		}
	}
	if causes == nil {
		return nil
	}
	sort.Strings(causes)
	return errValidation(what, causes...)
}

func (o *Org) valueTaken(u *user, name string, v any) bool {
	for _, other := range o.users.list {
		if other != u && other.profile[name] != nil && equalValues(other.profile[name], v) {
			return true
		}
	}
	return false
}

// checkProperty checks one value against its definition.
func checkProperty(f *profileFault, name string, v any, def map[string]any) {
	if v == nil || v == "" {
		if isTrue(def["required"]) {
			f.add(name, causeBlank)
		}
		return
	}
	if !typeFits(v, asText(def["type"])) {
		f.add(name, "The value does not match the type "+asText(def["type"])+" of the property")
		return
	}
	if list, ok := v.([]any); ok {
		items, _ := def["items"].(map[string]any)
		for _, e := range list {
			if !typeFits(e, asText(items["type"])) {
				f.add(name, "An element does not match the type "+asText(items["type"])+" of the property")
				return
			}
			checkEnum(f, name, e, items)
		}
		return
	}
	checkEnum(f, name, v, def)
	text, ok := v.(string)
	if !ok {
		return
	}
	n := utf8.RuneCountInString(text)
	if limit, ok := asNumber(def["minLength"]); ok && float64(n) < limit {
		f.add(name, fmt.Sprintf("The field must be at least %d characters long", int(limit)))
	}
	if limit, ok := asNumber(def["maxLength"]); ok && float64(n) > limit {
		f.add(name, fmt.Sprintf("The field must be at most %d characters long", int(limit)))
	}
	if hasWideRune(text) {
		// "Characters that need four bytes in UTF-8 are not supported" (Core Okta API).
		f.add(name, "The field contains characters that are not supported")
	}
	if pattern := asText(def["pattern"]); pattern != "" {
		if re, err := regexp.Compile("^(?:" + pattern + ")$"); err != nil || !re.MatchString(text) {
			f.add(name, causePattern)
		}
	}
	if !formatFits(text, asText(def["format"])) {
		f.add(name, causePattern)
	}
}

func checkEnum(f *profileFault, name string, v any, def map[string]any) {
	allowed, ok := def["enum"].([]any)
	if ok && !slices.ContainsFunc(allowed, func(a any) bool { return equalValues(a, v) }) {
		f.add(name, "The value is not one of the allowed values")
	}
}

func typeFits(v any, typ string) bool {
	switch typ {
	case "", "string":
		_, ok := v.(string)
		return ok
	case "boolean":
		_, ok := v.(bool)
		return ok
	case "array":
		_, ok := v.([]any)
		return ok
	case "integer":
		if n, ok := v.(json.Number); ok {
			_, err := n.Int64()
			return err == nil
		}
		n, ok := asNumber(v)
		return ok && n == float64(int64(n))
	case "number":
		_, ok := asNumber(v)
		return ok
	}
	return false
}

var (
	countryPattern  = regexp.MustCompile(`^[A-Z]{2}$`)
	languagePattern = regexp.MustCompile(`^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$`)
	zonePattern     = regexp.MustCompile(`^[A-Za-z]+(?:[/_+-][A-Za-z0-9]+)*$`)
	mailHost        = regexp.MustCompile(`^[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)+$`)
)

func formatFits(text, format string) bool {
	switch format {
	case "email":
		return isMailAddress(text)
	case "uri":
		u, err := url.Parse(text)
		return err == nil && u.Scheme != "" && (u.Host != "" || u.Opaque != "")
	case "country-code":
		return countryPattern.MatchString(text)
	case "language-code", "locale":
		return languagePattern.MatchString(text)
	case "timezone":
		return zonePattern.MatchString(text)
	}
	return true
}

// isMailAddress accepts a bare address (RFC 5322 addr-spec) at a dotted host name.
func isMailAddress(s string) bool {
	at := strings.LastIndexByte(s, '@')
	if at < 1 || strings.ContainsAny(s, " \t\r\n<>()\",;:\\") || !mailHost.MatchString(s[at+1:]) {
		return false
	}
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s
}

func hasWideRune(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r > 0xFFFF })
}

// passwordNeeds is the text of the default password policy, as Okta writes it.
const passwordNeeds = "Password requirements were not met. Password requirements: at least 8 characters, a lowercase letter, an uppercase letter, a number, no parts of your username."

// meetsPolicy says whether a password satisfies the default password policy.
func meetsPolicy(password, login string) bool {
	n := utf8.RuneCountInString(password)
	if n < 8 || n > 72 || !strings.ContainsFunc(password, func(r rune) bool { return r >= 'a' && r <= 'z' }) ||
		!strings.ContainsFunc(password, func(r rune) bool { return r >= 'A' && r <= 'Z' }) ||
		!strings.ContainsFunc(password, func(r rune) bool { return r >= '0' && r <= '9' }) {
		return false
	}
	lower := strings.ToLower(password)
	for _, part := range strings.FieldsFunc(strings.ToLower(login), func(r rune) bool { return strings.ContainsRune(".,-_#@", r) }) {
		if len(part) >= 4 && strings.Contains(lower, part) {
			return false
		}
	}
	return true
}

// checkPassword refuses a password for a new or updated user.
func checkPassword(password, login string) *apiError {
	if meetsPolicy(password, login) {
		return nil
	}
	return errValidation("password", "password: "+passwordNeeds)
}
