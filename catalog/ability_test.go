package catalog

import (
	"testing"

	"caracal/org"
)

func TestAbilities(t *testing.T) {
	t.Parallel()
	c := load(t)
	got := c.Abilities(org.DefaultScopes)
	if len(got) != 4 {
		t.Fatalf("the seven default scopes are about 4 kinds of object, got %d: %+v", len(got), got)
	}
	for i, want := range []struct {
		object  string
		manages bool
	}{{"apps", true}, {"users", true}, {"groups", true}, {"logs", false}} {
		a := got[i]
		if a.Object != want.object || a.Manages != want.manages || a.Words == "" || len(a.Samples) == 0 || a.Reads == 0 {
			t.Errorf("ability %d: %+v, want %+v", i, a, want)
		}
		if want.manages != (a.Changes > 0) {
			t.Errorf("%s: %d operations change", a.Object, a.Changes)
		}
	}
	if got := c.Abilities([]org.Scope{"okta.users.read"}); len(got) != 1 || got[0].Manages || got[0].Changes != 0 {
		t.Errorf("reading alone: %+v", got)
	}
}
