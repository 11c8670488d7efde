package handlers_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"caracal/auth"
	"caracal/db"
	"caracal/internal/app"
	"caracal/internal/testenv"
	"caracal/internal/testpg"
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
