package handlers_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"caracal/auth"
	"caracal/db"
	"caracal/engine"
	"caracal/form"
	"caracal/internal/app"
	"caracal/internal/testenv"
	"caracal/internal/testpg"
	"caracal/oktasim"
	"caracal/org"
	"caracal/workflow"
)

// TestNodesPage: an admin sees the one node of a file, the queue and the database; the page asks for its body again.
func TestNodesPage(t *testing.T) {
	t.Parallel()
	app := testenv.New(t)
	page := app.Get("/nodes").Status(http.StatusOK).Has("h1", "Nodes").Has("h2", "Everything moves").Has("h2", "1 node").Has("dd", "SQLite").Has("code", app.File)
	if rows := page.Has(`[hx-get="/nodes"]`, "Queue").All("tbody tr"); len(rows) != 1 {
		t.Errorf("%d nodes", len(rows))
	}
	app.As(auth.Auditor).Get("/nodes").Status(http.StatusOK)
	app.As(auth.Builder).Get("/nodes").Status(http.StatusForbidden)
	app.Anonymous().Get("/nodes").Status(http.StatusSeeOther)
}

// TestNodesPageOfSeveral: on PostgreSQL, with a node that serves pages alone, the page says that none moves runs.
func TestNodesPageOfSeveral(t *testing.T) {
	t.Parallel()
	url, err := testpg.Shared(t).Make()
	if err != nil {
		t.Fatal(err)
	}
	web := testenv.New(t, testenv.Configure(func(c *app.Config) { c.Database, c.Mode = url, app.ModeWeb }))
	web.Get("/nodes").Has("h2", "No node moves runs").Has("dd", "PostgreSQL").Has("td", "serves pages")
	other, err := db.Open(t.Context(), url, db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if _, err := other.Beat(context.Background(), db.Node{Name: "worker-7", Mode: "worker", Workers: 9, StartedAt: time.Now()}); err != nil {
		t.Fatal(err)
	}
	web.Get("/nodes").Has("h2", "2 nodes").Has("td strong", "worker-7").Has("h2", "Everything moves")
}

// TestPersonBeforeBulkOnAnotherNode: a long list has used up its part of a limit on one node. The runs that a person starts on
// another one still get, within the same minute, the calls that are held back for people; the list gets none of them there.
func TestPersonBeforeBulkOnAnotherNode(t *testing.T) {
	t.Parallel()
	url, err := testpg.Shared(t).Make()
	if err != nil {
		t.Fatal(err)
	}
	const limit, share, held = 200, 0.5, 4 // of the share 4 % are held back
	env := testenv.New(t, testenv.Configure(func(c *app.Config) { c.Database, c.Share = url, share }),
		testenv.Simulate(func(c *oktasim.Config) { c.Settings.RateLimits = map[string]int{"groups": limit} }))
	application := env.Connect(org.CustomApp).ID
	other, err := app.New(t.Context(), app.Config{Database: url, Keys: env.App.Keys, Clock: env.Clock.Now, Version: "test", PublicURL: env.URL, SignIn: env.Ready.SignIn,
		Share: share, Hosts: env.App.Connect.Hosts})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := other.Close(); err != nil {
			t.Error(err)
		}
	})
	window := func() time.Time { return env.Clock.Now().Truncate(time.Minute) }
	if passed := env.Clock.Now().Sub(window()); passed > 15*time.Second { // else it might end in the middle of this
		env.Clock.Advance(time.Minute - passed + time.Second)
	}
	began := window()

	var names []string
	for i := range limit {
		names = append(names, fmt.Sprint("Many ", i))
	}
	make1 := func(id, name string) workflow.Step {
		return workflow.Step{ID: id, Title: "Make it", Action: "group.create", Fields: map[string]string{"name": name}}
	}
	list := make1("make", "{{ item }}")
	list.Control.In = "each"
	start := func(a *app.App, once string, steps ...workflow.Step) string {
		t.Helper()
		d := workflow.Definition{Name: once, ApplicationID: application, Steps: steps, Inputs: []workflow.Input{{Name: "names", Label: "Names", Kind: form.LongText}}}
		w, err := a.DB.CreateWorkflow(t.Context(), d, auth.User{ID: "usr_ada"})
		if err != nil {
			t.Fatal(err)
		}
		v, err := a.DB.Publish(t.Context(), w.ID, w.Revision, "", auth.User{ID: "usr_ada"})
		if err != nil {
			t.Fatal(err)
		}
		id, err := a.Engine.StartRun(t.Context(), engine.StartRequest{Version: v, Input: map[string]string{"names": strings.Join(names, ",")}, By: auth.User{ID: "usr_ada"}, OnceToken: once})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	bulk := start(env.App, "bulk", workflow.Step{ID: "each", Title: "Each", Action: workflow.FlowForEach,
		Fields: map[string]string{"list": `{{ split(inputs.names, ",") }}`, "at_once": "10", "on_failed": workflow.LoopGoesOn}}, list)
	groups := func() int { return env.Org.Calls()["POST /api/v1/groups"] }
	env.Eventually("the list to rest", func() bool {
		counts, err := env.App.DB.ChildCounts(t.Context(), bulk, 0)
		return err == nil && counts[workflow.RunWaiting] >= 10 && groups() >= limit*share-2*held
	})
	if err := env.App.Engine.Stop(context.Background()); err != nil { // so that the other one has to move what comes
		t.Fatal(err)
	}
	before := groups()
	if err := other.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i := range held - 1 { // the node's own first call tells it the limit
		id := start(other, fmt.Sprint("person-", i), make1("one", fmt.Sprint("Mine ", i)))
		env.Eventually("a person's run", func() bool {
			run, err := other.DB.Run(t.Context(), id)
			return err == nil && run.State == workflow.RunSucceeded
		})
	}
	if made := groups() - before; window() != began || made != held-1 || groups() > limit*share {
		t.Errorf("%d groups were made, of %d in all; the window is that of before: %v", made, groups(), window() == began)
	}
}
