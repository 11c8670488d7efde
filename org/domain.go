package org

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"caracal/fault"
)

// Domain is the host name of an Okta org, mended from what a person typed.
type Domain struct {
	Host  string   // lower case, with a port only for a loopback org
	Cell  string   // production, preview, emea, gov, mil, custom or simulated
	Notes []string // what was changed, one sentence each
}

// The cells that are not Okta's own.
const (
	CellCustom    = "custom"
	CellSimulated = "simulated"
)

// cells are the domains under which Okta hosts orgs (Okta docs, "Okta organizations", and the OAuth provider
// domains that Okta's partners list for government orgs).
var cells = []struct{ suffix, name string }{
	{"okta.com", "production"},
	{"oktapreview.com", "preview"},
	{"okta-emea.com", "emea"},
	{"okta-gov.com", "gov"},
	{"okta.mil", "mil"},
}

// reserved are names under okta.com that are Okta's own sites and never a customer's org.
var reserved = []string{
	"www", "login", "admin", "api", "auth", "blog", "developer", "docs", "help", "id", "mail", "mtls",
	"sso", "status", "support", "system", "trust",
}

// maxDomainInput is how much pasted text is looked at; a tracking link can be long, a novel is a mistake.
const maxDomainInput = 4096

// ParseDomain reads the address of an Okta org as people paste it: with scheme, path, query, -admin, capitals
// or a trailing dot. It returns what was meant with notes on what was changed, or an Invalid fault with one
// sentence; the caller names the field.
func ParseDomain(raw string, rule HostRule) (Domain, error) {
	text := strings.Trim(strings.TrimSpace(raw), "<>\"'")
	if text == "" {
		return Domain{}, refuse("Enter the address of your Okta org, like acme.okta.com.")
	}
	if problem := unreadable(text); problem != "" {
		return Domain{}, refuse("%s", problem)
	}
	u, d, err := splitAddress(text)
	if err != nil {
		return Domain{}, err
	}
	if rule.IsLoopback(u.Host) {
		d.Host, d.Cell = u.Host, CellSimulated
		return d, nil
	}
	if err := checkPort(u); err != nil {
		return Domain{}, err
	}
	if u.Scheme == "http" {
		d.Notes = append(d.Notes, "Changed http to https: Okta answers nothing else.")
	}
	host := strings.TrimRight(u.Hostname(), ".")
	if lower := strings.ToLower(host); lower != u.Hostname() {
		d.Notes = append(d.Notes, "Wrote the address as "+lower+".")
		host = lower
	}
	if slices.ContainsFunc(rule.Custom, func(c string) bool { return strings.EqualFold(c, host) }) {
		d.Host, d.Cell = host, CellCustom
		return d, nil
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return Domain{}, refuse("%s is an IP address; enter the name of your Okta org, like acme.okta.com.", host)
	}
	return oktaDomain(host, text, d)
}

// oktaDomain accepts one label under a domain of Okta's.
func oktaDomain(host, text string, d Domain) (Domain, error) {
	for _, cell := range cells {
		if host == cell.suffix {
			return Domain{}, refuse("%s is Okta's own site; put your org's name in front, like acme.%s.", host, cell.suffix)
		}
		label, ok := strings.CutSuffix(host, "."+cell.suffix)
		if !ok {
			continue
		}
		if name, isAdmin := strings.CutSuffix(label, "-admin"); isAdmin && name != "" {
			label = name
			d.Notes = append(d.Notes, "Left out -admin: the API answers at "+label+"."+cell.suffix+".")
		}
		switch {
		case strings.Contains(label, "."):
			return Domain{}, refuse("%s has one name too many; an Okta org is one name in front of %s, like acme.%s.", host, cell.suffix, cell.suffix)
		case slices.Contains(reserved, label):
			return Domain{}, refuse("%s is Okta's own site and not an org; enter the address you see when you are signed in to yours, like acme.%s.", host, cell.suffix)
		case !isLabel(label):
			return Domain{}, refuse("%q is not the name of an Okta org; it has letters, digits and hyphens only, like acme.%s.", label, cell.suffix)
		}
		d.Host, d.Cell = label+"."+cell.suffix, cell.name
		return d, nil
	}
	if passesOkta(host, text) {
		return Domain{}, refuse("This link goes through %s first; open it and copy the address that the browser then shows.", host)
	}
	if !strings.Contains(host, ".") {
		return Domain{}, refuse("%q is not a whole address; write it like acme.okta.com.", host)
	}
	return Domain{}, refuse("%s is not an address of Okta's (okta.com, oktapreview.com, okta-emea.com, okta-gov.com, okta.mil); for a custom domain, use the org's okta.com address or have your administrator allow it in the configuration.", host)
}

// splitAddress parses the text as an https or http address and notes what is dropped.
func splitAddress(text string) (*url.URL, Domain, error) {
	var d Domain
	if !strings.Contains(text, "://") {
		text = "https://" + strings.TrimLeft(text, "/")
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Opaque != "" {
		return nil, d, refuse("This does not read as an address; write it like acme.okta.com.")
	}
	if u.Scheme != "https" && u.Scheme != "http" {
		return nil, d, refuse("An address that starts with %s: is not an Okta org; write it like acme.okta.com.", u.Scheme)
	}
	if u.User != nil {
		return nil, d, refuse("There is an @ in the address; enter only the part after it, like acme.okta.com.")
	}
	if strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		// What is dropped is not quoted: a pasted link may hold a one-time token.
		d.Notes = append(d.Notes, "Left out everything after the domain.")
	}
	return u, d, nil
}

func checkPort(u *url.URL) error {
	switch port := u.Port(); {
	case port == "", port == "443", port == "80" && u.Scheme == "http":
		return nil
	default:
		return refuse("Okta answers on the usual https port only; leave out :%s.", port)
	}
}

// unreadable says what keeps the text from being an address at all.
func unreadable(text string) string {
	switch {
	case len(text) > maxDomainInput:
		return "This is too long for an address; enter only the domain, like acme.okta.com."
	case strings.ContainsAny(text, " \t\r\n"):
		return "There is a space in the address; enter one address, like acme.okta.com."
	case strings.ContainsFunc(text, func(r rune) bool { return r > 0x7e }):
		return "The address holds characters that no Okta address has; type it by hand, like acme.okta.com."
	case strings.ContainsFunc(text, func(r rune) bool { return r < 0x20 }) || strings.Contains(text, `\`):
		return "This does not read as an address; write it like acme.okta.com."
	case strings.ContainsAny(text, "{}"):
		return "Put your org's own name in place of the braces, like acme.okta.com."
	}
	return ""
}

// passesOkta reports whether a link to somewhere else carries an Okta address in it, as tracking links do.
func passesOkta(host, text string) bool {
	_, rest, _ := strings.Cut(strings.ToLower(text), host)
	if plain, err := url.QueryUnescape(rest); err == nil {
		rest = plain
	}
	return strings.HasPrefix(rest, "/") && slices.ContainsFunc(cells, func(c struct{ suffix, name string }) bool {
		return strings.Contains(rest, "."+c.suffix)
	})
}

// isLabel reports whether s is one DNS label (RFC 1123, section 2.1), lower case.
func isLabel(s string) bool {
	if s == "" || len(s) > 63 || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-'
	})
}

func refuse(format string, args ...any) error { return fault.New(fault.Invalid, format, args...) }
