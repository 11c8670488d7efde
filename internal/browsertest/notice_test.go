package browsertest_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"strings"
	"sync/atomic"
	"testing"

	"caracal/internal/app"
	"caracal/internal/browsertest"
	"caracal/internal/testenv"
	"caracal/internal/testsmtp"
	"caracal/notify"
	"caracal/org"
)

// TestTellPeople sets where notices go, tries it, and sees what became of a notice: one that arrived, and one that was
// given up and is sent again.
func TestTellPeople(t *testing.T) {
	t.Parallel()
	var status, calls atomic.Int64
	status.Store(http.StatusOK)
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			t.Error(err)
		}
		calls.Add(1)
		w.WriteHeader(int(status.Load()))
	}))
	t.Cleanup(hook.Close)
	mails := testsmtp.New(t, testsmtp.Options{})
	env := testenv.New(t, testenv.Configure(func(c *app.Config) {
		c.Mailer = &notify.Mailer{Host: mails.Host, Port: mails.Port, TLS: notify.TLSStart, From: mail.Address{Address: "caracal@acme.example"}, Hello: "localhost", Roots: mails.Roots}
		c.Hosts.Loopback = append(c.Hosts.Loopback, strings.TrimPrefix(hook.URL, "http://"))
	}))
	connected := env.Connect(org.CustomApp)
	at := "/applications/" + connected.ID
	tab := browsertest.Open(t, env)
	look := func(picture string) {
		t.Helper()
		tab.Axe()
		tab.Screenshot(picture)
		tab.Size(390, 844)
		tab.NoSidewaysScroll()
		tab.Axe()
		tab.Screenshot(picture + "-390")
		tab.Size(1280, 900)
	}
	tab.SignIn(ada)
	tab.Go(at + "/settings")
	tab.Fill(`[name="emails"]`, "the help desk")
	tab.Click("text=Save where notices go")
	tab.SeeAt("#f-emails-error", "is no e-mail address")
	look("notify-refused")
	tab.Fill(`[name="emails"]`, "it@acme.example")
	tab.Fill(`[name="url"]`, hook.URL+"/hook")
	tab.Click("text=Save where notices go")
	tab.SeeAt("#notify .alert", "shown only now")
	look("notify-secret")
	tab.Click("text=Send a test notice")
	tab.SeeAt(".toast", "took the test notice for it@acme.example")
	if n := len(mails.Mails()); n != 1 {
		t.Fatalf("%d mails", n)
	}

	status.Store(http.StatusGone)
	if err := env.Org.RevokeScope(connected.ClientID, "okta.users.manage"); err != nil {
		t.Fatal(err)
	}
	tab.Go(at + "/health")
	tab.Click("text=Run health checks")
	tab.SeeAt("#notices", "is worse than before")
	deliver := func() {
		t.Helper()
		env.App.Health.Wait()
		if err := env.App.Notify.Deliver(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	deliver()
	tab.Go(at + "/health")
	tab.SeeAt("#notices .places", "Sent")
	tab.SeeAt("#notices .places", "gone for good (410)")
	look("notice-given-up")
	status.Store(http.StatusOK)
	tab.Click("text=Send again")
	tab.SeeAt(".toast", "sent again")
	deliver()
	tab.Go(at + "/health")
	tab.WaitCount("#notices .places [data-tone=good]", 2)
	if n := calls.Load(); n != 2 || len(mails.Mails()) != 2 {
		t.Errorf("%d calls, %d mails", n, len(mails.Mails()))
	}
}
