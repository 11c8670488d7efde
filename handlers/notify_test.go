package handlers_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"caracal/auth"
	"caracal/internal/app"
	"caracal/internal/testenv"
	"caracal/internal/testsmtp"
	"caracal/notify"
	"caracal/org"
	"caracal/trigger"
)

// receiver is a webhook of somebody else's.
type receiver struct {
	address string
	mu      sync.Mutex
	status  int
	calls   []call
}

type call struct {
	header http.Header
	body   string
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	h := &receiver{status: http.StatusOK}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		h.calls = append(h.calls, call{r.Header, string(b)})
		w.WriteHeader(h.status)
	}))
	t.Cleanup(server.Close)
	h.address = server.URL
	return h
}

func (h *receiver) answer(status int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.status = status
}

func (h *receiver) got() []call {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]call(nil), h.calls...)
}

// notified is an app with a mail server and a webhook beside it.
func notified(t *testing.T) (*testenv.App, *testsmtp.Server, *receiver) {
	t.Helper()
	mails, hook := testsmtp.New(t, testsmtp.Options{}), newReceiver(t)
	return testenv.New(t, testenv.Stopped, testenv.Configure(func(c *app.Config) {
		c.Mailer = &notify.Mailer{Host: mails.Host, Port: mails.Port, TLS: notify.TLSStart, From: mail.Address{Name: "Caracal", Address: "caracal@acme.example"}, Hello: "localhost", Roots: mails.Roots}
		c.Hosts.Loopback = append(c.Hosts.Loopback, strings.TrimPrefix(hook.address, "http://"))
	})), mails, hook
}

// TestNoticesGoOut: a verdict that changes is one mail and one signed call, and the page says what became of them.
func TestNoticesGoOut(t *testing.T) {
	t.Parallel()
	app, mails, hook := notified(t)
	a := app.Connect(org.CustomApp)
	at, ctx := "/applications/"+a.ID, context.Background()
	app.Submit(at+"/settings", at+"/watch", "every", "hourly", "at", "08:00", "zone", "UTC", "first_age", "60", "max_age", "90").Status(http.StatusSeeOther)
	deliver := func() {
		t.Helper()
		if err := app.App.Notify.Deliver(ctx); err != nil {
			t.Fatal(err)
		}
	}
	check := func() {
		t.Helper()
		app.Clock.Advance(61 * time.Minute)
		if err := app.App.Health.Tick(ctx); err != nil {
			t.Fatal(err)
		}
		app.App.Health.Wait()
		deliver()
	}
	check() // what there is to say at first is told on the pages alone
	admin := app.As(auth.Admin)
	key := admin.Submit(at+"/settings", at+"/notify", "emails", "it@acme.example", "url", hook.address+"/hook").Status(http.StatusOK).
		Has("#notify", "shown only now", "it@acme.example", hook.address+"/hook").All("#notify .alert .code code")[0]
	if len(mails.Mails())+len(hook.got()) != 0 {
		t.Fatal("something was sent before anything happened")
	}
	if err := app.Org.RevokeScope(a.ClientID, "okta.users.manage"); err != nil {
		t.Fatal(err)
	}
	check()
	check()
	sent, calls := mails.Mails(), hook.got()
	if len(sent) != 1 || len(calls) != 1 {
		t.Fatalf("%d mails, %d calls", len(sent), len(calls))
	}
	if sent[0].To != "it@acme.example" || !sent[0].TLS || !strings.Contains(sent[0].Header.Get("Subject"), "is worse than before") || !strings.Contains(sent[0].Body, "okta.users.manage fails, and passed before") {
		t.Errorf("%+v", sent[0])
	}
	s, err := trigger.ParseSignature(calls[0].header.Get(trigger.SignatureHeader))
	if err == nil {
		err = s.Verify(key, []byte(calls[0].body), app.Clock.Now(), 120)
	}
	if err != nil || !strings.Contains(calls[0].body, "okta.users.manage fails, and passed before") || strings.Contains(calls[0].body, key) {
		t.Errorf("%v %s", err, calls[0].body)
	}
	admin = app.As(auth.Admin)
	admin.Get(at+"/health").Has("#notices", "by mail and to a webhook").Has("#notices .places li", "it@acme.example", "Sent").Has("#notices .places li", "webhook at 127.0.0.1", "Sent")

	hook.answer(http.StatusGone)
	if err := app.Org.GrantScope(a.ClientID, "okta.users.manage"); err != nil {
		t.Fatal(err)
	}
	check()
	page := app.As(auth.Auditor).Get(at+"/health").Has("#notices .places li", "webhook at", "Given up", "gone for good (410)")
	if strings.Contains(page.Text, "/hook<") {
		t.Error("the path of the webhook is shown to who may not set it")
	}
	page.HasNot("#notices .places form")
	admin = app.As(auth.Admin)
	again := admin.Get(at+"/health").Attr("#notices .places form", "action")
	app.As(auth.Builder).Post(again).Status(http.StatusForbidden)
	hook.answer(http.StatusOK)
	admin.Post(again).Status(http.StatusSeeOther)
	deliver()
	if len(mails.Mails()) != 2 || len(hook.got()) != 3 {
		t.Errorf("%d mails, %d calls", len(mails.Mails()), len(hook.got()))
	}
	admin.Post(again).Status(http.StatusConflict)
	app.Clock.Advance(61 * 24 * time.Hour)
	check()
	check()
	old := ""
	for _, m := range mails.Mails()[2:] {
		old += m.Header.Get("Subject") + "\n"
	}
	if strings.Count(old, "\n") != 2 || !strings.Contains(old, "The private key of Simulated org is 61 days old") || !strings.Contains(old, "secret that signs the notices") {
		t.Errorf("told of what grew old: %q", old)
	}
}

// TestWhereNoticesGo: an admin sets it, mistakes stay beside their fields, and a test notice says what became of it.
func TestWhereNoticesGo(t *testing.T) {
	t.Parallel()
	app, mails, hook := notified(t)
	a := app.Connect(org.CustomApp)
	at := "/applications/" + a.ID
	app.As(auth.Builder).Post(at+"/notify", "emails", "eve@evil.example").Status(http.StatusForbidden)
	app.Submit(at+"/settings", at+"/notify", "emails", "it@acme.example\r\nBcc: eve", "url", "https://169.254.169.254/latest").Status(http.StatusUnprocessableEntity).
		Has("#f-emails-error", "Bcc: eve").Has("#f-url-error", "not a public address").Has("#f-emails", "Bcc: eve").HasNot("#notify .places")
	app.Submit(at+"/settings", at+"/notify", "emails", "it@acme.example", "url", hook.address).Status(http.StatusOK)
	app.Get(at+"/settings").HasNot("#notify .alert").Has("#notify .places li", "it@acme.example").Has("#notify", "The secret was made")
	test := func(kind, place string) *testenv.Page {
		return app.Post(at+"/notify/test", "kind", kind, "place", place)
	}
	test("email", "it@acme.example").Follow().Has("body", "The mail server took the test notice for it@acme.example")
	test("webhook", hook.address).Follow().Has("body", "took the test notice")
	test("email", "eve@evil.example").Follow().Has("body", "did not arrive", "Notices do not go there")
	if sent, calls := mails.Mails(), hook.got(); len(sent) != 1 || len(calls) != 1 || !strings.Contains(calls[0].body, `"health.test"`) {
		t.Errorf("%+v, %+v", sent, calls)
	}
	hook.answer(http.StatusInternalServerError)
	mails.Answer("RCPT", "550 5.1.1 No such user")
	test("webhook", hook.address).Follow().Has("body", "did not arrive", "answered 500")
	test("email", "it@acme.example").Follow().Has("body", "did not arrive", "550 5.1.1 No such user")
	app.Submit(at+"/settings", at+"/notify/secret", "overlap", "24").Status(http.StatusOK).Has("#notify", "shown only now", "The old one")
	app.Post(at + "/notify/secret/end").Follow().HasNot(".secret-old")
	app.Get("/audit").Has("body", "application.notify_changed")
	app.Submit(at+"/settings", at+"/notify", "emails", "", "url", "").Follow().HasNot("#notify .places")
	if list, err := app.App.DB.Notify(t.Context(), a.ID); err != nil || len(list.Places()) != 0 || !list.SecretAt.IsZero() {
		t.Errorf("%+v, %v", list, err)
	}
}
