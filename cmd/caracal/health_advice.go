package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"caracal/health"
)

// adviceSpan is how far back --advice looks at runs.
const adviceSpan = 90 * 24 * time.Hour

// printAdvice writes what is the least that an application could be granted. w keeps its first error.
func printAdvice(w io.Writer, a *health.Advice) {
	if a == nil {
		return
	}
	if len(a.Needs) == 0 {
		fmt.Fprintln(w, "  least privilege: no run of 90 days used it and no published workflow acts on it, so there is nothing to compare with")
		return
	}
	for _, part := range []struct {
		words  string
		scopes []health.ScopeAdvice
	}{{"missing", a.Missing}, {"not needed", a.Unneeded}, {"used by Caracal itself", a.Helpful}} {
		for _, s := range part.scopes {
			fmt.Fprintf(w, "  %s: %s. %s\n", part.words, s.Scope, s.Because)
			if s.Mend != "" {
				fmt.Fprintf(w, "    %s\n", s.Mend)
			}
		}
	}
	if len(a.Missing)+len(a.Unneeded) == 0 {
		fmt.Fprintln(w, "  least privilege: every granted scope is in use, and none is missing")
	}
	fmt.Fprintf(w, "  smallest standard role: %s\n", strings.Join(a.Roles, " and "))
	if len(a.Custom.Permissions) > 0 {
		fmt.Fprintf(w, "  or a custom role: %s on %s\n", strings.Join(a.Custom.Permissions, ", "), strings.Join(a.Custom.Resources, ", "))
	}
	if len(a.Custom.AlsoRoles) > 0 {
		fmt.Fprintf(w, "    and, for what no custom role covers: %s\n", strings.Join(a.Custom.AlsoRoles, ", "))
	}
	fmt.Fprintf(w, "    %s\n", a.RolePath)
}
