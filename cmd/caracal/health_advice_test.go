package main

import (
	"bytes"
	"strings"
	"testing"

	"caracal/health"
	"caracal/org"
)

func TestPrintAdvice(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	printAdvice(&out, nil)
	if out.Len() != 0 {
		t.Errorf("without --advice: %s", out.String())
	}
	printAdvice(&out, &health.Advice{})
	if !strings.Contains(out.String(), "nothing to compare with") {
		t.Errorf("nothing used: %s", out.String())
	}
	app := org.Application{Method: org.CustomApp, Granted: []org.Scope{"okta.apps.manage", "okta.logs.read"}}
	a := health.Advise(app, []org.Need{{Action: "user.suspend", Title: "Suspend a user", Scopes: []org.Scope{"okta.users.manage"}, Role: "Group Administrator", Times: 3}})
	out.Reset()
	printAdvice(&out, &a)
	for _, want := range []string{"missing: okta.users.manage. Suspend a user; used 3 times.", "not needed: okta.apps.manage.", "› Revoke", "used by Caracal itself: okta.logs.read",
		"smallest standard role: Group Administrator", "okta.users.lifecycle.suspend", "Admin roles"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in:\n%s", want, out.String())
		}
	}
}
