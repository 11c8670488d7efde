package actions

import (
	"testing"

	"caracal/org"
	"caracal/workflow"
)

// TestTemplatesAreSound: no template names an action or a field that is not there, and a connection with the
// scopes of the setup guides is enough for each.
func TestTemplatesAreSound(t *testing.T) {
	t.Parallel()
	set, err := NewSet(All())
	if err != nil {
		t.Fatal(err)
	}
	registry := set.Registry().With(workflow.FlowSpecs()...)
	app := &org.Application{ID: "app1", Name: "Acme", Status: org.Active, Scopes: org.DefaultScopes, Granted: org.DefaultScopes}
	for _, s := range workflow.Starters() {
		d := s.Definition.WithDefaults(registry)
		d.ApplicationID = app.ID
		if problems := workflow.Check(d, registry, app); len(problems) > 0 {
			t.Errorf("%s: %+v", s.ID, problems)
		}
		raw, err := workflow.WriteYAML(d, registry, workflow.WriteOptions{Application: "Acme"})
		if err != nil {
			t.Fatal(err)
		}
		if f, err := workflow.ReadYAML(raw, registry); err != nil || !f.Adopt(d, app.ID).Equal(d) {
			t.Errorf("%s does not come back as it was: %v\n%s", s.ID, err, raw)
		}
		if len(s.Scopes(registry)) == 0 {
			t.Errorf("%s takes no scope", s.ID)
		}
	}
}
