// Package testenv starts the whole app on a temporary database and a simulated org, over real HTTP, for tests.
//
//	app := testenv.New(t)                    // signed in as an admin
//	page := app.Post("/people/x/sessions/end").Follow()
//	page.Has("h1", "People")
//	operator := app.As(auth.Operator)        // another browser
package testenv

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"caracal/auth"
	"caracal/internal/app"
	"caracal/oktasim"
	"caracal/org"
	"caracal/secret"
)

// App is a whole Caracal beside a simulated org. It is also a browser signed in as an admin.
type App struct {
	*Browser
	App    *app.App
	URL    string
	Org    *oktasim.Org
	OrgURL string
	Ready  *app.DemoOrg // people, credentials, the client IDs in the org
	Clock  *Clock
	Logs   *Logs
	File   string // of the database
}

// Option changes how the app starts.
type Option func(*options)

type options struct {
	company bool
	stopped bool
	config  []func(*app.Config)
	sim     oktasim.Config
}

// Company fills the org with its 300 people; without it, it holds those of the demo alone.
func Company(o *options) { o.company = true }

// Stopped leaves the engine still, so that runs stay where they were put.
func Stopped(o *options) { o.stopped = true }

// Configure changes the app's configuration before it starts.
func Configure(change func(*app.Config)) Option {
	return func(o *options) { o.config = append(o.config, change) }
}

// Simulate changes the org before it starts.
func Simulate(change func(*oktasim.Config)) Option { return func(o *options) { change(&o.sim) } }

// New starts the app and the org, and stops both when the test ends.
func New(t testing.TB, opts ...Option) *App {
	t.Helper()
	o := options{}
	a := &App{Clock: &Clock{}, Logs: &Logs{}}
	a.Browser = &Browser{t: t, app: a} // until there is a server to sign in at
	o.sim.Clock = a.Clock.Now
	o.sim.Settings.OnUnknown = func(r *http.Request) { t.Errorf("the simulated org has no %s %s", r.Method, r.URL.Path) }
	for _, opt := range opts {
		opt(&o)
	}
	a.startOrg(t, o)
	server := httptest.NewUnstartedServer(nil)
	a.URL = "http://" + server.Listener.Addr().String()
	var err error
	if a.Ready, err = app.PrepareDemo(a.Org, a.OrgURL, a.URL); err != nil {
		t.Fatal(err)
	}
	a.startApp(t, o)
	server.Config = a.App.Server.HTTPServer()
	server.Start()
	t.Cleanup(server.Close)
	a.Browser = a.As(auth.Admin)
	return a
}

func (a *App) startOrg(t testing.TB, o options) {
	t.Helper()
	a.Org = oktasim.New(o.sim)
	if o.company {
		if err := a.Org.SeedCompany(); err != nil {
			t.Fatal(err)
		}
	}
	server := httptest.NewServer(a.Org)
	t.Cleanup(server.Close)
	a.OrgURL = server.URL
	a.Org.SetBaseURL(server.URL)
}

func (a *App) startApp(t testing.TB, o options) {
	t.Helper()
	keys, err := secret.ParseKeyring(secret.NewKey("test"))
	if err != nil {
		t.Fatal(err)
	}
	a.File = filepath.Join(t.TempDir(), "caracal.db")
	c := app.Config{
		Database: a.File, Keys: keys, Clock: a.Clock.Now, Version: "test",
		Log:       slog.New(slog.NewJSONHandler(a.Logs, &slog.HandlerOptions{Level: slog.LevelDebug})),
		PublicURL: a.URL, SignIn: a.Ready.SignIn, Demo: a.Ready.Demo, Contact: "the IT desk",
		Hosts: org.HostRule{Loopback: []string{strings.TrimPrefix(a.OrgURL, "http://")}},
	}
	c.Limits.Starts, c.Limits.Callbacks = 1000, 1000
	c.Limits.Page = 10 * time.Second // a busy machine is no slow org
	for _, change := range o.config {
		change(&c)
	}
	if a.App, err = app.New(context.Background(), c); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.App.Close(); err != nil {
			t.Errorf("close the app: %v", err)
		}
	})
	if o.stopped {
		return
	}
	if err := a.App.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// Connect connects the org by ready-made credentials, through the form, and returns the application.
func (a *App) Connect(m org.Method) org.Application {
	a.t.Helper()
	ready := a.Ready.Demo.OIN
	if m == org.CustomApp {
		ready = a.Ready.Demo.Custom
	}
	page := a.Post("/applications/connect/okta?method="+string(m), "method", string(m), "domain", ready.Domain,
		"client_id", ready.ClientID, "secret", ready.Secret.Reveal(), "scopes", ready.Scopes)
	page.Status(http.StatusSeeOther)
	apps, err := a.App.DB.Applications(context.Background())
	if err != nil || len(apps) == 0 {
		a.t.Fatalf("nothing was connected: %v", err)
	}
	newest := apps[0]
	for _, app := range apps {
		if app.CreatedAt.After(newest.CreatedAt) {
			newest = app
		}
	}
	return newest
}

// Eventually asks again and again until done says yes, and fails the test after ten seconds.
func (a *App) Eventually(what string, done func() bool) {
	a.t.Helper()
	deadline := time.After(10 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-deadline:
			a.t.Fatalf("waited ten seconds for %s\n%s", what, a.Logs)
		case <-tick.C:
		}
	}
}

// Pass lets time go by for app and org, and nudges the runs that wait: the queue itself goes by the real time.
// Sessions end meanwhile; sign in again.
func (a *App) Pass(d time.Duration) {
	a.t.Helper()
	a.Clock.Advance(d)
	if _, err := a.App.DB.Writer().Exec("UPDATE river_job SET state = 'available', scheduled_at = created_at WHERE state = 'scheduled'"); err != nil {
		a.t.Fatal(err)
	}
}

// Clock is the time of app and org: the real one, moved by what Advance added.
type Clock struct {
	mu    sync.Mutex
	ahead time.Duration
}

// Now returns the time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead)
}

// Advance moves the time forward.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += d
}

// Logs keeps everything that was logged.
type Logs struct {
	mu   sync.Mutex
	text strings.Builder
}

// Write adds to what was logged.
func (l *Logs) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

// String returns all of it.
func (l *Logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
