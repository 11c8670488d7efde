package notify

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"caracal/auth"
	"caracal/db"
	"caracal/fault"
	"caracal/internal/testpg"
	"caracal/internal/testsmtp"
	"caracal/okta"
	"caracal/org"
	"caracal/secret"
	"caracal/trigger"
)

var ada = auth.User{ID: "u_ada", Name: "Ada"}

// world is a service with its database, a mail server and a webhook, and a clock that the test moves.
type world struct {
	*Service
	t    *testing.T
	mail *testsmtp.Server
	hook string

	mu     sync.Mutex
	now    time.Time
	status int
	calls  []hookCall
	onCall func(context.Context) // of the webhook, before it answers
	after  string                // its header Retry-After
}

type hookCall struct {
	header http.Header
	body   []byte
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return newWorldOn(t, filepath.Join(t.TempDir(), "caracal.db"))
}

// newWorldOn is newWorld on a database, a file or PostgreSQL.
func newWorldOn(t *testing.T, database string) *world {
	t.Helper()
	w := &world{t: t, now: testAt, status: http.StatusNoContent, mail: testsmtp.New(t, testsmtp.Options{Auth: "PLAIN", User: "caracal", Pass: "pa55word"})}
	server := httptest.NewServer(http.HandlerFunc(w.serve))
	t.Cleanup(server.Close)
	w.hook = server.URL + "/hook"
	store := w.open(database)
	keys, err := secret.ParseKeyring(secret.NewKey("test"))
	if err != nil {
		t.Fatal(err)
	}
	w.Service = &Service{DB: store, Keys: keys, Mailer: mailer(w.mail), PublicURL: "https://caracal.acme.example", Clock: w.clock, Log: slog.New(slog.DiscardHandler),
		Outbound: okta.NewOutbound(org.HostRule{Loopback: []string{strings.TrimPrefix(server.URL, "http://")}}, "caracal/test")}
	app := org.Application{ID: "app_1", Name: "Acme", Domain: "acme.okta.com", Method: org.CustomApp, Status: org.Active}
	if err := store.CreateApplication(t.Context(), app, ada); err != nil {
		t.Fatal(err)
	}
	return w
}

// open opens the database once more, as another node does.
func (w *world) open(database string) *db.DB {
	w.t.Helper()
	store, err := db.Open(context.Background(), database, db.Options{Clock: w.clock})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		if err := store.Close(); err != nil {
			w.t.Error(err)
		}
	})
	return store
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func (w *world) serve(out http.ResponseWriter, r *http.Request) {
	b, err := io.ReadAll(r.Body)
	if err != nil {
		w.t.Error(err)
	}
	if w.onCall != nil {
		w.onCall(r.Context())
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls = append(w.calls, hookCall{r.Header, b})
	if w.after != "" {
		out.Header().Set("Retry-After", w.after)
	}
	out.WriteHeader(w.status)
}

// answer changes what the webhook answers from now on.
func (w *world) answer(status int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.status = status
}

func (w *world) called() []hookCall {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]hookCall(nil), w.calls...)
}

// stored is where notices go now.
func (w *world) stored() org.Notify {
	w.t.Helper()
	n, err := w.DB.Notify(w.t.Context(), "app_1")
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// seenSecret marks the secret that there is now.
func (w *world) seenSecret() db.Seen {
	n := w.stored()
	return db.SeenSecret(n.SecretAt, n.OldAt)
}

// set says where notices go, and returns the secret that was made.
func (w *world) set(emails, address string) string {
	w.t.Helper()
	made, wrong, err := w.Set(w.t.Context(), "app_1", emails, address, db.SeenNotify(w.stored()), ada)
	if err != nil || len(wrong) > 0 {
		w.t.Fatal(wrong, err)
	}
	return made
}

func (w *world) tell(key string) {
	w.t.Helper()
	run := org.CheckRun{ID: "check_" + key, ApplicationID: "app_1", StartedAt: w.clock(), EndedAt: w.clock()}
	n := org.Notice{ApplicationID: "app_1", Key: key, At: w.clock(), Verdict: org.Fail, Title: "Acme is worse than before", Detail: "okta.users.read fails, and passed before."}
	if err := w.DB.SaveCheckRun(w.t.Context(), run, n); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) look() {
	w.t.Helper()
	if err := w.Deliver(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// state is what became of the newest notice, at its places in order.
func (w *world) state() []org.Delivery {
	w.t.Helper()
	list, err := w.DB.Notices(w.t.Context(), "app_1", 1)
	if err != nil || len(list) == 0 {
		w.t.Fatal("no notice", err)
	}
	by, err := w.DB.Deliveries(w.t.Context(), list)
	if err != nil {
		w.t.Fatal(err)
	}
	return by[list[0].ID]
}

// TestANoticeGoesOutOnce: one mail and one signed call, whoever looks and however often.
func TestANoticeGoesOutOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	key := w.set("ada@acme.example", w.hook)
	w.tell("a")
	var nodes sync.WaitGroup
	for range 4 {
		nodes.Go(func() {
			if err := w.Deliver(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	nodes.Wait()
	w.pass(time.Hour)
	w.look()
	mails, calls := w.mail.Mails(), w.called()
	if len(mails) != 1 || len(calls) != 1 {
		t.Fatalf("%d mails, %d calls", len(mails), len(calls))
	}
	for _, v := range w.state() {
		if v.SentAt.IsZero() || v.Attempts != 1 || v.Error != "" {
			t.Errorf("%+v", v)
		}
		id := calls[0].header.Get(trigger.KeyHeader)
		if v.Kind == org.ByEmail {
			id = strings.Trim(strings.TrimSuffix(mails[0].Header.Get("Message-Id"), "@caracal.acme.example>"), "<>")
		}
		if id != v.ID {
			t.Errorf("%s was sent as %q", v.ID, id)
		}
	}
	s, err := trigger.ParseSignature(calls[0].header.Get(trigger.SignatureHeader))
	if err == nil {
		err = s.Verify(key, calls[0].body, testAt, 5)
	}
	if err != nil || strings.Contains(string(calls[0].body), key) {
		t.Errorf("%v: %s", err, calls[0].body)
	}
}

// TestSeveralNodes look at one PostgreSQL database at once, again and again: every notice is sent once to each place.
func TestSeveralNodes(t *testing.T) {
	t.Parallel()
	url, err := testpg.Shared(t).Make()
	if err != nil {
		t.Fatal(err)
	}
	w := newWorldOn(t, url)
	w.set("ada@acme.example\nbo@acme.example", w.hook)
	const notices = 12
	for i := range notices {
		w.tell(strconv.Itoa(i))
	}
	var nodes sync.WaitGroup
	for range 3 {
		node := &Service{DB: w.open(url), Keys: w.Keys, Outbound: w.Outbound, Mailer: w.Mailer, PublicURL: w.PublicURL, Clock: w.clock, Log: w.Log}
		for range 2 {
			nodes.Go(func() {
				for range 3 {
					if err := node.Deliver(t.Context()); err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
	nodes.Wait()
	sent := map[string]int{}
	for _, m := range w.mail.Mails() {
		sent[m.Header.Get("Message-Id")]++
	}
	for _, c := range w.called() {
		sent[c.header.Get(trigger.KeyHeader)]++
	}
	for id, n := range sent {
		if n != 1 {
			t.Errorf("%s was sent %d times", id, n)
		}
	}
	if len(sent) != notices*3 {
		t.Errorf("%d of %d were sent", len(sent), notices*3)
	}
}

// TestACrashBetweenSendingAndMarking: it is sent a second time, under the same id, and once only.
func TestACrashBetweenSendingAndMarking(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set("ada@acme.example", w.hook)
	w.tell("a")
	due, err := w.DB.DueDeliveries(t.Context(), w.clock(), 10)
	if err != nil || len(due) != 2 {
		t.Fatal(due, err)
	}
	for _, v := range due { // a node takes them up, sends them, and dies
		if taken, err := w.DB.TakeDelivery(t.Context(), v, w.clock().Add(hold)); err != nil || !taken {
			t.Fatal(taken, err)
		}
		if err := w.attempt(t.Context(), v); err != nil {
			t.Fatal(err)
		}
	}
	w.look()
	if n := len(w.called()); n != 1 {
		t.Fatalf("sent again %d times while it was held", n-1)
	}
	w.pass(hold)
	w.look()
	w.pass(hold)
	w.look()
	calls, mails := w.called(), w.mail.Mails()
	if len(calls) != 2 || len(mails) != 2 {
		t.Fatalf("%d calls, %d mails", len(calls), len(mails))
	}
	if a, b := calls[0], calls[1]; a.header.Get(trigger.KeyHeader) != b.header.Get(trigger.KeyHeader) || string(a.body) != string(b.body) {
		t.Errorf("%+v, %+v", a, b)
	}
	if a, b := mails[0], mails[1]; a.Header.Get("Message-Id") != b.Header.Get("Message-Id") || a.Header.Get("Date") != b.Header.Get("Date") || a.Body != b.Body {
		t.Errorf("%+v, %+v", a, b)
	}
}

// TestAProcessThatStops leaves what is under way to be sent at once by another, and counts it as no failure.
func TestAProcessThatStops(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set("", w.hook)
	w.tell("a")
	ctx, stop := context.WithCancel(t.Context())
	w.onCall = func(asked context.Context) {
		stop()
		<-asked.Done()
	}
	if err := w.Deliver(ctx); err != nil {
		t.Fatal(err)
	}
	if v := w.state()[0]; !v.Waiting() || v.Error != "" || !v.DueAt.Equal(w.clock()) {
		t.Errorf("%+v", v)
	}
	if err := w.Deliver(ctx); err == nil && len(w.called()) > 1 {
		t.Error("a process that stopped went on sending")
	}
	w.onCall = nil
	w.look()
	if v := w.state()[0]; v.SentAt.IsZero() {
		t.Errorf("%+v", v)
	}
}

// TestSecretsOverlap: while a receiver is given the new secret, calls are signed by both.
func TestSecretsOverlap(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	old := w.set("", w.hook)
	if again := w.set("", w.hook+"?b"); again != "" {
		t.Error("a second secret was made")
	}
	fresh, err := w.MakeSecret(t.Context(), "app_1", 24*time.Hour, w.seenSecret(), ada)
	if err != nil || fresh == old || old == "" {
		t.Fatal(fresh, err)
	}
	app, err := w.DB.Application(t.Context(), "app_1")
	if err != nil {
		t.Fatal(err)
	}
	to := org.Place{Kind: org.ByWebhook, At: w.hook + "?b"}
	for _, both := range []bool{true, false} {
		if err := w.Test(t.Context(), app, to, ada); err != nil {
			t.Fatal(err)
		}
		calls := w.called()
		c := calls[len(calls)-1]
		s, err := trigger.ParseSignature(c.header.Get(trigger.SignatureHeader))
		if err != nil {
			t.Fatal(err)
		}
		if a, b := s.Verify(fresh, c.body, w.clock(), 1), s.Verify(old, c.body, w.clock(), 1); a != nil || (b == nil) != both {
			t.Errorf("by the new secret %v, by the old one %v", a, b)
		}
		w.pass(25 * time.Hour)
	}
	w.set("", "")
	if err := w.Test(t.Context(), app, to, ada); !fault.Is(err, fault.Conflict) {
		t.Errorf("a test to a place that notices do not go to: %v", err)
	}
	if _, err := w.MakeSecret(t.Context(), "app_1", 0, w.seenSecret(), ada); !fault.Is(err, fault.NotFound) {
		t.Errorf("a secret for no webhook: %v", err)
	}
	if made := w.set("", w.hook); made == "" || made == old || made == fresh {
		t.Error("a webhook that was set anew has no secret of its own")
	}
}

// TestWhatIsNotSet: each mistake is told beside its field, and nothing is stored.
func TestWhatIsNotSet(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, wrong, err := w.Set(t.Context(), "app_1", "ada@acme.example\r\nBcc: eve", "https://10.0.0.1/", "", ada)
	if err != nil || len(wrong) != 2 || wrong[0].Field != FieldEmails || wrong[1].Field != FieldURL {
		t.Errorf("%v %v", wrong, err)
	}
	w.Mailer = nil
	if _, wrong, err = w.Set(t.Context(), "app_1", "ada@acme.example", "", "", ada); err != nil || len(wrong) != 1 || !strings.Contains(wrong[0].Message, "CARACAL_SMTP_HOST") {
		t.Errorf("without a mail server: %v %v", wrong, err)
	}
	if n, err := w.DB.Notify(t.Context(), "app_1"); err != nil || len(n.Places()) != 0 {
		t.Errorf("%+v, %v", n, err)
	}
}
