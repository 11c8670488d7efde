package handlers_test

import (
	"net/http"
	"testing"

	"caracal/auth"
	"caracal/internal/testenv"
	"caracal/org"
)

func TestAuditPage(t *testing.T) {
	t.Parallel()
	app := testenv.New(t)
	connected := app.Connect(org.CustomApp)
	app.Get("/audit").Status(http.StatusOK).Has("td code", "application.connected").Has(`td a[href="/applications/`+connected.ID+`"]`, connected.ID)
	for _, text := range app.Get("/audit?subject="+connected.ID).Has("td code", "application.connected").All(`[data-label="Subject"]`) {
		if text != connected.ID {
			t.Errorf("the list narrowed to %s holds %q", connected.ID, text)
		}
	}
	app.Get("/audit?subject=nothing").Has("h2", "No entry matches")
	app.Get("/audit?proof=1").Has(".alert", "The record is whole")
	app.Get("/audit?before=1").Has("h2", "No entry matches")
	app.Get("/audit?before=x").Status(http.StatusOK)
	app.As(auth.Auditor).Get("/audit").Status(http.StatusOK)
	app.As(auth.Builder).Get("/audit").Status(http.StatusForbidden)
}
