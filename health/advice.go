package health

import (
	"fmt"
	"slices"
	"strings"

	"caracal/org"
)

// Advice is the least that an application's uses take, beside what it has. Nothing acts on it.
type Advice struct {
	Needs    []org.Need
	Kept     []ScopeAdvice // granted and needed
	Unneeded []ScopeAdvice // granted, and nothing needs it
	Helpful  []ScopeAdvice // granted, and Caracal itself makes use of it
	Missing  []ScopeAdvice // needed and not granted
	Roles    []string      // the smallest standard admin roles, together
	Single   string        // the smallest one role that covers them all, when they are several
	Custom   Proposal      // the smallest custom role instead
	RolePath string        // where in the console the role is set
}

// ScopeAdvice is one scope, why it is where it is, and the way through the console to mend it.
type ScopeAdvice struct {
	Scope   org.Scope
	Because string
	Mend    string
}

// helpful are scopes that no step takes and Caracal uses when it has them.
var helpful = map[org.Scope]string{
	"okta.roles.read":   "The health checks read the app's own admin roles with it.",
	"okta.logs.read":    "A step that was cut off looks in the System Log with it for whether it was done.",
	"okta.schemas.read": "The forms of operations list the org's own profile attributes with it.",
	"okta.groups.read":  "Forms say with it whether a group rule will fight a change, and choose groups.",
	"okta.users.read":   "Forms choose people with it.",
	"okta.apps.read":    "Forms choose apps with it.",
}

// Advise compares what an application is granted with what it is used for.
func Advise(app org.Application, needs []org.Need) Advice {
	a := Advice{Needs: needs, RolePath: "Admin Console › Applications › Applications › your app › Admin roles › Edit assignments"}
	var needed []org.Scope
	for _, n := range needs {
		needed = add(needed, n.Scopes...)
	}
	for _, s := range needed {
		if !app.Has(s) {
			a.Missing = append(a.Missing, ScopeAdvice{s, becauseOf(needs, s), evidence{scope: s, method: app.Method}.grantPath()})
		}
	}
	for _, s := range app.Granted {
		revoke := revokePath(app.Method, s)
		switch {
		case slices.Contains(needed, s) && !(!s.Manages() && slices.Contains(app.Granted, s.Manage()) && slices.Contains(needed, s.Manage())):
			a.Kept = append(a.Kept, ScopeAdvice{Scope: s, Because: becauseOf(needs, s)})
		case s.Manages() && slices.Contains(needed, s.Read()) && !slices.Contains(app.Granted, s.Read()):
			a.Unneeded = append(a.Unneeded, ScopeAdvice{s, fmt.Sprintf("Only reading is needed: %s is enough. Grant that first.", s.Read()), revoke})
		case !s.Manages() && slices.Contains(app.Granted, s.Manage()) && slices.Contains(needed, s.Manage()):
			a.Unneeded = append(a.Unneeded, ScopeAdvice{s, fmt.Sprintf("%s is needed and includes it.", s.Manage()), revoke})
		case helpful[s] != "":
			a.Helpful = append(a.Helpful, ScopeAdvice{Scope: s, Because: helpful[s]})
		default:
			a.Unneeded = append(a.Unneeded, ScopeAdvice{s, "No run used it and no published workflow needs it.", revoke})
		}
	}
	a.Roles, a.Single = leastRoles(needs)
	a.Custom = proposeFor(needs)
	return a
}

// becauseOf says in words what needs a scope.
func becauseOf(needs []org.Need, s org.Scope) string {
	var titles []string
	times := 0
	for _, n := range needs {
		if slices.Contains(n.Scopes, s) {
			titles, times = add(titles, n.Title), times+n.Times
		}
	}
	more := ""
	if n := len(titles) - 3; n > 0 {
		titles, more = titles[:3], fmt.Sprintf(" and %d more", n)
	}
	out := strings.Join(titles, ", ") + more
	switch {
	case times == 1:
		return out + "; used once."
	case times > 1:
		return fmt.Sprintf("%s; used %d times.", out, times)
	}
	return out + "; published workflows need it."
}

func revokePath(m org.Method, s org.Scope) string {
	if m == org.Integration {
		return fmt.Sprintf("Scopes of a catalog integration are fixed when it is installed; to do without %s, connect a custom app instead.", s)
	}
	return fmt.Sprintf("Admin Console › Applications › Applications › your app › Okta API Scopes › %s › Revoke: then take it off this application's scopes under Settings, and check again.", s)
}
