package catalog

import (
	"strings"
	"testing"
)

func TestSearchFindsWhatIsMeant(t *testing.T) {
	t.Parallel()
	c := load(t)
	for _, tt := range []struct {
		typed string
		want  string // among the first
		among int
	}{
		{"deactivate usr", "deactivateUser", 1},
		{"deactivat user", "deactivateUser", 1},
		{"mfa reset", "resetFactors", 3},
		{"create group", "createGroup", 1},
		{"creat gruop", "createGroup", 1},
		{"list users", "listUsers", 1},
		{"listUsers", "listUsers", 1},
		{"users/00ub0oNGTSWTBKOLGLNR/lifecycle/suspend", "suspendUser", 1},
		{"/lifecycle/unsuspend", "unsuspendUser", 2},
		{"DELETE /api/v1/users/{userId}", "deleteUser", 1},
		{"https://acme.okta.com/api/v1/groups/rules?limit=5", "listGroupRules", 2},
		{"okta.logs.read", "listLogEvents", 1},
		{"system log", "listLogEvents", 1},
		{"remove user from group", "unassignUserFromGroup", 3},
		{"network zone", "getNetworkZone", 8},
		{"clear sessions", "revokeUserSessions", 3},
		{"expire pwd", "expirePassword", 3},
	} {
		found := c.Search(tt.typed)
		at := -1
		for i, op := range found {
			if op.ID == tt.want {
				at = i
				break
			}
		}
		if at < 0 || at >= tt.among {
			var first []string
			for _, op := range found[:min(6, len(found))] {
				first = append(first, op.ID)
			}
			t.Errorf("%q: %s is at %d of %d; first are %v", tt.typed, tt.want, at, len(found), first)
		}
	}
}

func TestSearchEdges(t *testing.T) {
	t.Parallel()
	c := load(t)
	if n := len(c.Search("  ")); n != 585 {
		t.Errorf("nothing typed: %d operations", n)
	}
	if found := c.Search("xyzzyplugh qwertzuiop"); len(found) != 0 {
		t.Errorf("nonsense finds %d, first %s", len(found), found[0].ID)
	}
	for _, odd := range []string{"/", "//", "okta.", "?", "://", "\x00", "é", strings.Repeat("a ", 5000), strings.Repeat("/", 5000)} {
		c.Search(odd) // must not panic
	}
	total := 0
	for _, tag := range c.Tags() {
		if n := len(c.Tagged(tag.Name)); n != tag.Count || tag.Name == "" {
			t.Errorf("tag %q: %d operations, counted %d", tag.Name, n, tag.Count)
		}
		total += tag.Count
	}
	if total != 585 {
		t.Errorf("%d operations under tags", total)
	}
}

func TestEveryOperationIsFoundByItsID(t *testing.T) {
	t.Parallel()
	c := load(t)
	for _, op := range c.Operations() {
		if found := c.Search(op.ID); len(found) == 0 || found[0].ID != op.ID {
			t.Errorf("%s is not the first that its id finds", op.ID)
		}
	}
}

func BenchmarkSearch(b *testing.B) {
	c := load(b)
	for _, typed := range []string{"u", "deactivate usr", "okta.users.manage", "remove user from group member now", "/api/v1/users/{userId}"} {
		b.Run(typed, func(b *testing.B) {
			for b.Loop() {
				c.Search(typed)
			}
		})
	}
}
