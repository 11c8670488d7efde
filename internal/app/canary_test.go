package app_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"caracal/internal/app"
	"caracal/internal/testenv"
	"caracal/notify"
	"caracal/oktasim"
	"caracal/org"
	"caracal/secret"
)

// TestSecretsAreNowhere looks for credentials in everything that leaves the process: pages, headers, the log,
// the database file. It looks for the sign-in client's secret and the tokens too.
func TestSecretsAreNowhere(t *testing.T) {
	t.Parallel()
	const oin = "canary-5f0c7d3e-client-secret"
	env := testenv.New(t, testenv.Configure(func(c *app.Config) {
		c.Demo = nil
		c.Mailer = &notify.Mailer{Host: "127.0.0.1", Port: 1, TLS: notify.TLSStart, User: "caracal", Password: secret.NewText("canary-of-the-mail-server"), Hello: "localhost"}
	})) // the demo shows its credentials on purpose
	id, _, err := env.Org.AddIntegration(oktasim.Integration{Name: "Canary", Secret: oin, Scopes: []string{"okta.users.read", "okta.groups.manage"}})
	if err != nil {
		t.Fatal(err)
	}
	var key struct {
		D string `json:"d"`
	}
	if err := json.Unmarshal([]byte(env.Ready.Demo.Custom.Secret.Reveal()), &key); err != nil || key.D == "" {
		t.Fatal("the custom app's key is no private JWK", err)
	}
	canaries := map[string]string{
		"client secret": oin, "private key": key.D, "sign-in secret": env.Ready.SignIn.ClientSecret.Reveal(), "password": env.Ready.Password,
	}
	var pages strings.Builder
	see := func(p *testenv.Page) *testenv.Page {
		pages.WriteString(p.Text)
		if err := p.Response.Header.Write(&pages); err != nil {
			t.Fatal(err)
		}
		return p
	}

	person := env.Anonymous()
	see(person.SignIn("ada.admin@caracal.example"))
	canaries["session"] = person.Cookie("caracal_dev")
	form := func(secretText string) []string {
		return []string{"method", "integration", "domain", strings.TrimPrefix(env.OrgURL, "http://"), "client_id", id,
			"secret", secretText, "scopes", "okta.users.read, okta.groups.manage"}
	}
	canaries["refused secret"] = oin + "-wrong"
	see(env.Post("/applications/connect/okta?method=integration", form(oin+"-wrong")...)).Status(422)
	see(env.Post("/applications/connect/okta?method=integration", form(oin)...)).Status(303)
	custom := env.Connect(org.CustomApp)
	see(env.Post("/applications/" + custom.ID + "/health"))
	env.App.Health.Wait()
	apps, err := env.App.DB.Applications(t.Context())
	if err != nil || len(apps) != 2 {
		t.Fatalf("%d applications, %v", len(apps), err)
	}
	canaries["mail server's password"] = "canary-of-the-mail-server"
	canaries["webhook's secret"] = env.Submit("/applications/"+custom.ID+"/settings", "/applications/"+custom.ID+"/notify", "emails", "it@acme.example", "url", "https://hooks.invalid/a").Status(200).All("#notify .alert .code code")[0]
	for _, place := range [][2]string{{"email", "it@acme.example"}, {"webhook", "https://hooks.invalid/a"}} {
		see(see(env.Post("/applications/"+custom.ID+"/notify/test", "kind", place[0], "place", place[1])).Follow()).Has("body", "did not arrive")
	}
	for _, a := range apps {
		client, _, err := env.App.Connect.Client(t.Context(), a.ID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.Token(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, line := range env.App.Server.Paths() {
			see(env.Get(strings.ReplaceAll(line, "{id}", a.ID)))
		}
	}

	places := map[string]string{"pages": pages.String(), "log": env.Logs.String()}
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(env.File + suffix)
		if err != nil {
			t.Fatal(err)
		}
		places["database"+suffix] = string(b)
	}
	for name, canary := range canaries {
		if len(canary) < 12 {
			t.Errorf("the %s is %q: nothing to look for", name, canary)
			continue
		}
		for place, text := range places {
			if at := strings.Index(text, canary); at >= 0 {
				t.Errorf("the %s is in the %s: …%.200s…", name, place, text[max(0, at-80):])
			}
		}
	}
}
