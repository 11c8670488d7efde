package views

import (
	"fmt"
	"strings"

	"caracal/auth"
	"caracal/org"
	"caracal/views/ui"
)

// ScopeRow is one scope that an org knows, as the picker lists it.
type ScopeRow struct {
	Scope   org.Scope
	Words   string // what Okta says it allows
	Default bool   // one of the seven that the setup guides ask for
}

// ScopeState is one scope of an application.
type ScopeState struct {
	Scope   org.Scope
	Words   string
	Granted bool
}

// AbilityRow says what one kind of object may have done to it with the chosen scopes.
type AbilityRow struct {
	Object  string // "users"
	Manages bool
	Words   string
	Reads   int // operations that read
	Changes int // operations that change
	Samples []string
}

// MadeKey is a key that Caracal made: only its public half.
type MadeKey struct {
	ID         string
	PublicJWK  string
	JWKSURL    string // "" when this Caracal can't be reached by Okta
	Thumbprint string
}

// applicationTabs are the pages of one application, those of them that the person may open. "API Integration" is
// what the setup guides call the second.
func applicationTabs(s Shell, id, active string) []ui.Tab {
	at := "/applications/" + id
	tabs := []ui.Tab{
		{Label: "Overview", Href: at, Active: active == "overview"},
		{Label: "API Integration", Href: at + "/health", Active: active == "health"},
		{Label: "Events", Href: at + "/events", Active: active == "events"},
		{Label: "Least privilege", Href: at + "/privilege", Active: active == "privilege"},
	}
	if s.User.May(auth.ApplicationManage) {
		tabs = append(tabs, ui.Tab{Label: "Settings", Href: at + "/settings", Active: active == "settings"})
	}
	return tabs
}

var applicationCrumbs = []ui.Link{{Label: "Applications", Href: "/applications"}}

// crumbsOf leads back from a page under an application.
func crumbsOf(a org.Application, more ...ui.Link) []ui.Link {
	return append([]ui.Link{{Label: "Applications", Href: "/applications"}, {Label: a.Name, Href: "/applications/" + a.ID}}, more...)
}

// mendPath splits "Admin Console › Applications › Grant: and then…" into the way through the console and what
// is to be done there.
func mendPath(s string) (steps []string, rest string) {
	at, after, ok := strings.Cut(s, ": ")
	if !ok {
		at = s
	}
	steps = strings.Split(strings.TrimSuffix(at, "."), " › ")
	if len(steps) < 2 {
		return nil, s
	}
	if after != "" {
		rest = strings.ToUpper(after[:1]) + after[1:]
	}
	return steps, rest
}

// cellTitle names the kind of org that a domain belongs to.
func cellTitle(cell string) string {
	switch cell {
	case "", "production":
		return "Production"
	}
	return strings.ToUpper(cell[:1]) + cell[1:]
}

// orgURL returns the address of an org. Only the demo's own org, on loopback, has a port, and no TLS.
func orgURL(domain string) string {
	if strings.Contains(domain, ":") {
		return "http://" + domain
	}
	return "https://" + domain
}

// object returns the object part of a scope, as a word: okta.users.read is "users".
func object(s org.Scope) string {
	name := strings.TrimPrefix(string(s.Read()), "okta.")
	return strings.TrimSuffix(name, ".read")
}

// checkWords says the result of a run of checks in a sentence.
func checkWords(run org.CheckRun) string {
	if run.Error != "" {
		return run.Error
	}
	failed := 0
	for _, c := range run.Checks {
		if c.Verdict.Bad() {
			failed++
		}
	}
	switch {
	case failed > 0:
		return fmt.Sprintf("%d of %s failed.", failed, ui.Count(len(run.Checks), "scope"))
	case run.Verdict() == org.Warn:
		return "Everything answers, but the admin role does not see everything."
	}
	return "Every scope is granted and answers."
}
