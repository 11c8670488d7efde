package health

import (
	"regexp"
	"strings"
	"testing"

	"caracal/catalog"
	"caracal/org"
)

// TestProbesFollowTheDescription holds each probe against the operation it calls: it exists, takes the scope
// that the probe proves, and a plain check sends nothing that writes.
func TestProbesFollowTheDescription(t *testing.T) {
	t.Parallel()
	c, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	gap := regexp.MustCompile(`\{[^}]*\}`)
	known := map[string]catalog.Operation{}
	for _, op := range c.Operations() {
		known[op.Method+" "+gap.ReplaceAllString(op.Path, "{}")] = op
	}
	seen := map[string]bool{}
	for _, p := range probes {
		if seen[p.scope] {
			t.Errorf("%s has two probes", p.scope)
		}
		seen[p.scope] = true
		scope, ok := c.Scope(p.scope)
		if !ok {
			t.Errorf("%s is not a known scope", p.scope)
		}
		if p.kind == token {
			continue
		}
		if !scope.Manages && p.method != "GET" {
			t.Errorf("%s, a read scope, is probed by %s", p.scope, p.method)
		}
		if p.method != "GET" && !strings.Contains(p.path, "{id}") {
			t.Errorf("%s is probed by a write that could hit something real: %s %s", p.scope, p.method, p.path)
		}
		path, _, _ := strings.Cut(p.path, "?")
		path = strings.Replace(path, "/schemas/user/default", "/schemas/user/{}", 1) // default is an id there
		op, ok := known[p.method+" "+gap.ReplaceAllString(path, "{}")]
		if !ok {
			if len(scope.Operations) > 0 && !newerPath[p.path] {
				t.Errorf("%s: the description has no %s %s", p.scope, p.method, path)
			}
			continue
		}
		if strings.Join(op.Scopes, " ") != p.scope {
			t.Errorf("%s %s takes %v, not %s", p.method, path, op.Scopes, p.scope)
		}
	}
	for _, s := range c.Scopes() {
		if !seen[s.Name] {
			t.Errorf("%s has no probe", s.Name)
		}
	}
}

// newerPath are paths of scopes that the older description has too, under another path.
var newerPath = map[string]bool{}

func granted(scopes ...org.Scope) []org.Scope { return scopes }

func ok(p probe) outcome    { return outcome{probe: p, sent: true, status: 200} }
func empty(p probe) outcome { return outcome{probe: p, sent: true, status: 200, empty: true} }
func said(p probe, status int, code string) outcome {
	return outcome{probe: p, sent: true, status: status, code: code}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	read, deep := probesFor("okta.users.manage")
	zones, _ := probesFor("okta.networkZones.read")
	sessions, _ := probesFor("okta.sessions.read")
	noScope := outcome{probe: read, sent: true, status: 403, missing: "okta.users.read"}
	admin, app, helpdesk := role{Type: "SUPER_ADMIN"}, role{Type: "APP_ADMIN"}, role{Type: "HELP_DESK_ADMIN"}
	custom := role{Type: "CUSTOM", Label: "Caracal", permissions: []string{"okta.users.manage"}}
	for _, tt := range []struct {
		name string
		in   evidence
		want org.Verdict
		part [4]org.Verdict // granted, reachable, role, visible
		mend string         // a part of it
	}{
		{"read works", evidence{scope: "okta.users.read", granted: granted("okta.users.read"), read: ok(read)},
			org.Pass, [4]org.Verdict{org.Pass, org.Pass, org.Pass, org.Pass}, ""},
		{"manage includes read", evidence{scope: "okta.users.read", granted: granted("okta.users.manage"), read: ok(read)},
			org.Pass, [4]org.Verdict{org.Pass, org.Pass, org.Pass, org.Pass}, ""},
		{"not granted", evidence{scope: "okta.users.read", method: org.CustomApp, granted: granted("okta.logs.read")},
			org.Fail, [4]org.Verdict{org.Fail, org.Skipped, org.Skipped, org.Skipped}, "Okta API Scopes › okta.users.read › Grant"},
		{"not granted to an integration", evidence{scope: "okta.users.read", method: org.Integration},
			org.Fail, [4]org.Verdict{org.Fail, org.Skipped, org.Skipped, org.Skipped}, "fixed when it is installed"},
		{"taken away since the token", evidence{scope: "okta.users.read", method: org.CustomApp, granted: granted("okta.users.read"), read: noScope},
			org.Fail, [4]org.Verdict{org.Pass, org.Fail, org.Unprovable, org.Skipped}, "Okta API Scopes"},
		{"no role", evidence{scope: "okta.users.read", granted: granted("okta.users.read"), read: said(read, 403, "E0000006")},
			org.Fail, [4]org.Verdict{org.Pass, org.Pass, org.Fail, org.Skipped}, "Admin roles › Edit assignments"},
		{"empty though every org has users", evidence{scope: "okta.users.read", granted: granted("okta.users.read"), read: empty(read)},
			org.Warn, [4]org.Verdict{org.Pass, org.Pass, org.Pass, org.Warn}, "resource set"},
		{"empty and may be", evidence{scope: "okta.networkZones.read", granted: granted("okta.networkZones.read"), read: empty(zones)},
			org.Pass, [4]org.Verdict{org.Pass, org.Pass, org.Pass, org.Skipped}, ""},
		{"bogus id not found", evidence{scope: "okta.sessions.read", granted: granted("okta.sessions.read"), read: said(sessions, 404, "E0000007")},
			org.Pass, [4]org.Verdict{org.Pass, org.Pass, org.Unprovable, org.Skipped}, ""},
		{"feature off", evidence{scope: "okta.networkZones.read", granted: granted("okta.networkZones.read"), read: said(zones, 401, "E0000015")},
			org.Warn, [4]org.Verdict{org.Pass, org.Warn, org.Unprovable, org.Skipped}, ""},
		{"limit reached", evidence{scope: "okta.users.read", granted: granted("okta.users.read"), read: outcome{probe: read, sent: true, status: 429, failed: "wait", busy: true}},
			org.Unprovable, [4]org.Verdict{org.Pass, org.Unprovable, org.Unprovable, org.Skipped}, ""},
		{"org down", evidence{scope: "okta.users.read", granted: granted("okta.users.read"), read: outcome{probe: read, sent: true, failed: "no answer"}},
			org.Fail, [4]org.Verdict{org.Pass, org.Fail, org.Unprovable, org.Skipped}, ""},
		{"manage, roles not readable", evidence{scope: "okta.users.manage", granted: granted("okta.users.manage"), read: ok(read)},
			org.Pass, [4]org.Verdict{org.Pass, org.Pass, org.Unprovable, org.Pass}, ""},
		{"manage, super admin", evidence{scope: "okta.users.manage", granted: granted("okta.users.manage"), read: ok(read), roles: []role{app, admin}, rolesKnown: true},
			org.Pass, [4]org.Verdict{org.Pass, org.Pass, org.Pass, org.Pass}, ""},
		{"manage, custom role", evidence{scope: "okta.users.manage", granted: granted("okta.users.manage"), read: ok(read), roles: []role{custom}, rolesKnown: true},
			org.Pass, [4]org.Verdict{org.Pass, org.Pass, org.Pass, org.Pass}, ""},
		{"manage, role too small", evidence{scope: "okta.users.manage", granted: granted("okta.users.manage"), read: ok(read), roles: []role{app, helpdesk}, rolesKnown: true},
			org.Fail, [4]org.Verdict{org.Pass, org.Pass, org.Fail, org.Pass}, "add Group Administrator"},
		{"manage, no role", evidence{scope: "okta.users.manage", method: org.CustomApp, granted: granted("okta.users.manage"), read: said(read, 403, "E0000006"), rolesKnown: true},
			org.Fail, [4]org.Verdict{org.Pass, org.Pass, org.Fail, org.Skipped}, "Edit assignments"},
		{"deep, role checked first", evidence{scope: "okta.users.manage", granted: granted("okta.users.manage"), read: ok(read), deep: said(deep, 403, "E0000006")},
			org.Fail, [4]org.Verdict{org.Pass, org.Pass, org.Fail, org.Pass}, "Edit assignments"},
		{"deep, lookup first: the scope alone is proved", evidence{scope: "okta.users.manage", granted: granted("okta.users.manage"), read: ok(read), deep: said(deep, 404, "E0000007")},
			org.Pass, [4]org.Verdict{org.Pass, org.Pass, org.Unprovable, org.Pass}, ""},
		{"deep, scope refused", evidence{scope: "okta.users.manage", method: org.CustomApp, granted: granted("okta.users.manage"), read: ok(read), deep: outcome{probe: deep, sent: true, status: 403, missing: "okta.users.manage"}},
			org.Fail, [4]org.Verdict{org.Pass, org.Fail, org.Unprovable, org.Pass}, "okta.users.manage › Grant"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := judge(tt.in)
			if got.Verdict != tt.want {
				t.Errorf("verdict %s (%s), want %s", got.Verdict, got.Summary, tt.want)
			}
			if part := [4]org.Verdict{got.Granted.Verdict, got.Reachable.Verdict, got.Role.Verdict, got.Visible.Verdict}; part != tt.part {
				t.Errorf("answers %v, want %v", part, tt.part)
			}
			if !strings.Contains(got.Mend, tt.mend) || tt.mend == "" && got.Mend != "" {
				t.Errorf("mend %q, want %q", got.Mend, tt.mend)
			}
			if got.Summary == "" {
				t.Error("no summary")
			}
		})
	}
}
