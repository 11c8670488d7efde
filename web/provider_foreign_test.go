package web_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/oidc"

	"caracal/auth"
	"caracal/internal/app"
	"caracal/internal/testenv"
	"caracal/secret"
)

// foreignStorage is the example storage of zitadel/oidc, whose userinfo endpoint also tells groups; its ID
// tokens don't, as with a provider that leaves out what is large.
type foreignStorage struct{ *storage.Storage }

// SetUserinfoFromToken is asked for the userinfo endpoint.
func (s foreignStorage) SetUserinfoFromToken(ctx context.Context, info *oidc.UserInfo, tokenID, subject, origin string) error {
	if err := s.Storage.SetUserinfoFromToken(ctx, info, tokenID, subject, origin); err != nil {
		return err
	}
	if subject == "id1" {
		info.AppendClaims("groups", []string{"caracal-builder"})
	}
	return nil
}

// TestSignInAtAForeignProvider signs in at an OpenID Connect provider that others wrote.
func TestSignInAtAForeignProvider(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(nil)
	issuer := "http://localhost:" + port(t, "http://"+server.Listener.Addr().String())
	var store *storage.Storage
	env := testenv.New(t, testenv.Stopped, testenv.Configure(func(c *app.Config) {
		client := storage.WebClient("foreign", "foreign-secret", c.PublicURL+"/sign-in/callback")
		store = storage.NewStorageWithClients(storage.NewUserStore(issuer), map[string]*storage.Client{"foreign": client})
		c.SignIn.Issuer, c.SignIn.ClientID, c.SignIn.ClientSecret = issuer, "foreign", secret.NewText("foreign-secret")
		c.SignIn.Scopes = []string{"profile", "email"}
		c.SignIn.FirstAdmin = issuer + "|id1"
	}))
	server.Config.Handler = exampleop.SetupServer(issuer, foreignStorage{store}, slog.New(slog.DiscardHandler), false)
	server.Start()
	t.Cleanup(server.Close)

	signIn := func(b *testenv.Browser, username string) *testenv.Page {
		page := b.Get("/sign-in/start").FollowAll().Status(http.StatusOK)
		action := page.Attr("form", "action")
		return b.PostURL(issuer+action, "id", page.Value(`input[name="id"]`), "username", username, "password", "verysecure").FollowAll()
	}
	first := env.Anonymous()
	signIn(first, "test-user@localhost").Status(http.StatusOK).Has("h1", "Test User")
	first.Get("/account").Has("main", auth.Admin.Title()).Has("main", auth.Builder.Title())
	signIn(env.Anonymous(), "test-user2").Status(http.StatusForbidden).Has("main", "no role")

	page := first.Post("/sign-out").Status(http.StatusOK)
	if to := page.Response.Header.Get("Refresh"); !strings.Contains(to, issuer+"/end_session") {
		t.Errorf("leads on to %q", to)
	}
}

func port(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Port()
}
