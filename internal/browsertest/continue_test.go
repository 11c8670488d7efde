package browsertest_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"caracal/auth"
	"caracal/engine"
	"caracal/form"
	"caracal/internal/browsertest"
	"caracal/internal/testenv"
	"caracal/oktasim"
	"caracal/org"
	"caracal/workflow"
)

// TestContinueJourney goes on with a run that failed after its first step, whose answer was lost: what was looked at stands
// folded beside the step, what will be done is drawn anew as the input is changed, and both runs lead to each other.
func TestContinueJourney(t *testing.T) {
	t.Parallel()
	env := testenv.New(t)
	connected := env.Connect(org.CustomApp)
	w, err := env.App.DB.CreateWorkflow(t.Context(), workflow.Definition{Name: "Two groups", ApplicationID: connected.ID,
		Inputs: []workflow.Input{{Name: "one", Label: "One", Kind: form.Text, Required: true}, {Name: "two", Label: "Two", Kind: form.Text, Required: true}},
		Steps: []workflow.Step{{ID: "first", Title: "Make one", Action: "group.create", Fields: map[string]string{"name": "{{ inputs.one }}"}},
			{ID: "second", Title: "Make two", Action: "group.create", Fields: map[string]string{"name": "{{ inputs.two }}"}}}}, auth.User{ID: "u"})
	if err != nil {
		t.Fatal(err)
	}
	v, err := env.App.DB.Publish(t.Context(), w.ID, w.Revision, "", auth.User{ID: "u"})
	if err != nil {
		t.Fatal(err)
	}
	var dropped atomic.Bool
	env.Org.SetFault(func(r *http.Request) *oktasim.Fault {
		if r.Method == http.MethodPost && r.URL.Path == "/api/v1/groups" && dropped.CompareAndSwap(false, true) {
			return oktasim.DropAfter()
		}
		return nil
	})
	id, err := env.App.Engine.StartRun(t.Context(), engine.StartRequest{Version: v, Input: map[string]string{"one": "Red", "two": "Everyone"}, By: auth.User{ID: "u", Roles: []auth.Role{auth.Admin}}})
	if err != nil {
		t.Fatal(err)
	}
	tab := browsertest.Open(t, env)
	tab.SignIn(ada)
	tab.Go("/runs/" + id)
	tab.See("choose another")
	tab.SeeAt("#run-step-0 .finding", "was made by this step")
	tab.Click("#step-evidence-0 summary")
	tab.SeeAt("#step-evidence-0", "GET /api/v1/groups")
	tab.Axe()
	tab.Screenshot("evidence")
	tab.Click(`a[href$="/continue"]`)
	tab.SeeAt(`[data-step="first"]`, "Stays done")
	tab.Fill("#f-two", "Blue")
	tab.SeeAt(`[data-step="second"]`, "which was changed")
	tab.Axe()
	tab.Size(390, 844)
	tab.NoSidewaysScroll()
	tab.Size(1280, 900)
	tab.Click(`button[value="continue"]`)
	tab.SeeAt("#run", "Succeeded")
	tab.See("an earlier run")
	tab.Click(`.finding a[href="/runs/` + id + `"]`)
	tab.See("A later run")
	made := 0
	for _, e := range env.Org.Events("group.lifecycle.create") {
		if name := e.Target[0].DisplayName; name == "Red" || name == "Blue" {
			made++
		}
	}
	if made != 2 || !strings.HasPrefix(id, "run_") {
		t.Errorf("%d groups were made", made)
	}
}
