package catalog

import (
	"strings"
	"testing"

	"caracal/fault"
	"caracal/org"
)

func load(t testing.TB) *Catalog {
	t.Helper()
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCatalogHoldsTheWholeAPI(t *testing.T) {
	t.Parallel()
	c := load(t)
	if n := len(c.Operations()); n != 585 {
		t.Errorf("%d operations, want 585", n)
	}
	without := 0
	for _, op := range c.Operations() {
		if op.ID == "" || op.Path == "" || op.Summary == "" || op.Tag == "" {
			t.Errorf("incomplete: %+v", op)
		}
		if len(op.Scopes) == 0 {
			without++
		}
	}
	if without != 11 {
		t.Errorf("%d operations without a scope, want 11", without)
	}
	for _, s := range c.Scopes() {
		if s.Words == "" || s.Object == "" {
			t.Errorf("%s says nothing", s.Name)
		}
	}
	for _, s := range org.DefaultScopes {
		if got, ok := c.Scope(string(s)); !ok || len(got.Operations) == 0 {
			t.Errorf("default scope %s is not known", s)
		}
	}
}

func TestParseScopes(t *testing.T) {
	t.Parallel()
	c := load(t)
	for _, tt := range []struct {
		in, want, problem string
	}{
		{"okta.users.read, okta.users.manage", "okta.users.read, okta.users.manage", ""},
		{" okta.users.read,,okta.users.read ;\r\nokta.logs.read,", "okta.users.read, okta.logs.read", ""},
		{"okta.users.reed", "", "did you mean okta.users.read?"},
		{"okta.users.read,openid", "", "signing people in"},
		{"nonsense", "", "no scope"},
		{" ,, ", "", "at least one scope"},
	} {
		got, err := c.ParseScopes("scopes", tt.in)
		if tt.problem == "" {
			if err != nil || org.JoinScopes(got) != tt.want {
				t.Errorf("%q: %v, %v", tt.in, got, err)
			}
			continue
		}
		if e := fault.As(err); e == nil || e.Field != "scopes" || !strings.Contains(e.Message, tt.problem) {
			t.Errorf("%q: error %v, want %q", tt.in, err, tt.problem)
		}
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	if got := object("okta.authorizationServers.manage"); got != "authorization servers" {
		t.Errorf("object: %q", got)
	}
	if got := sentence("okta.x.read", "Allows the app to read X in your Okta organization"); got != "Read X" {
		t.Errorf("sentence: %q", got)
	}
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		load(b)
	}
}

func BenchmarkIndex(b *testing.B) {
	c := load(b)
	for b.Loop() {
		newIndex(c.operations)
	}
}
