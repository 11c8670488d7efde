package handlers_test

import (
	"net/http"
	"testing"

	"caracal/catalog"
	"caracal/internal/testenv"
	"caracal/org"
)

func TestEveryScopeHasAPage(t *testing.T) {
	t.Parallel()
	app := testenv.New(t, testenv.Stopped)
	connected := app.Connect(org.CustomApp)
	c, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	list := app.Get("/scopes").Status(http.StatusOK)
	for _, s := range c.Scopes() {
		list.Has(`a[href="/scopes/`+s.Name+`"]`, s.Words)
		app.Get("/scopes/"+s.Name).Status(http.StatusOK).Has("h1", s.Name).Has(".lead", s.Words)
	}
	app.Get("/scopes?q=groups+manage").Status(http.StatusOK).Has("#scopes", "okta.groups.manage")
	app.Get("/scopes?q=xyzzy").Status(http.StatusOK).Has("#scopes", "No scope has these words")
	app.Get("/scopes/okta.users.manage").Has("main", "Deactivate a User", "Suspend a user", "granted", connected.Name, "by okta.users.read")
	app.Get("/scopes/okta.nothing.read").Status(http.StatusNotFound)
	app.Get("/operations/deactivateUser").Has(`a[href="/scopes/okta.users.manage"]`, "okta.users.manage")
	app.Get("/applications/"+connected.ID).Has(`a[href="/scopes/okta.users.read"]`, "okta.users.read")
}
