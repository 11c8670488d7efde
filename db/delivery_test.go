package db

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"caracal/fault"
	"caracal/org"
	"caracal/trigger"
	"caracal/workflow"
)

// notifying makes an application whose notices go to places, in a database whose clock the test moves.
func notifying(t *testing.T) (d *DB, id string, clock *time.Time) {
	t.Helper()
	now := testTime
	d = open(t, Options{Clock: func() time.Time { return now }})
	app := org.Application{ID: "app_1", Name: "Acme", Domain: "acme.okta.com", Method: org.CustomApp, Status: org.Active}
	if err := d.CreateApplication(t.Context(), app, ada); err != nil {
		t.Fatal(err)
	}
	return d, app.ID, &now
}

func tell(t *testing.T, d *DB, applicationID string, keys ...string) {
	t.Helper()
	var list []org.Notice
	for _, key := range keys {
		list = append(list, org.Notice{ApplicationID: applicationID, Key: key, At: d.Now(), Verdict: org.Fail, Title: "Acme is worse", Detail: "It is."})
	}
	if err := d.SaveCheckRun(t.Context(), org.CheckRun{ID: NewID("check", d.Now()), ApplicationID: applicationID, StartedAt: d.Now(), EndedAt: d.Now()}, list...); err != nil {
		t.Fatal(err)
	}
}

func setNotify(t *testing.T, d *DB, n org.Notify, want bool) {
	t.Helper()
	stored, err := d.Notify(t.Context(), n.ApplicationID)
	if err != nil {
		t.Fatal(err)
	}
	if used, err := d.SetNotify(t.Context(), n, Secret{Sealed: []byte("sealed"), At: d.Now()}, SeenNotify(stored), ada); err != nil || used != want {
		t.Fatalf("used %v, %v", used, err)
	}
}

func due(t *testing.T, d *DB) []org.Delivery {
	t.Helper()
	list, err := d.DueDeliveries(t.Context(), d.Now(), 100)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestDeliveriesAreQueuedOnce: one for each place, with the notice and never without, and none for what was told before.
func TestDeliveriesAreQueuedOnce(t *testing.T) {
	t.Parallel()
	d, id, clock := notifying(t)
	tell(t, d, id, "a")
	if got := due(t, d); len(got) != 0 {
		t.Fatalf("queued where notices go nowhere: %+v", got)
	}
	to := org.Notify{ApplicationID: id, Emails: []string{"ada@acme.example", "bo@acme.example"}, URL: "https://hooks.acme.example/x"}
	setNotify(t, d, to, true)
	if aged, err := d.AgedSecrets(t.Context(), id); err != nil || len(aged) != 1 || !aged[0].Since.Equal(testTime) || aged[0].ID != "notify:" {
		t.Errorf("%+v, %v", aged, err)
	}
	*clock = clock.Add(time.Minute)
	tell(t, d, id, "a", "b")
	tell(t, d, id, "b")
	got := due(t, d)
	var places []string
	for _, v := range got {
		places = append(places, v.At)
		if !v.Waiting() || !v.Since.Equal(*clock) || !v.DueAt.Equal(*clock) || !strings.HasPrefix(v.ID, "delivery_") || v.NoticeID != got[0].NoticeID {
			t.Errorf("%+v", v)
		}
	}
	slices.Sort(places)
	if !slices.Equal(places, []string{"ada@acme.example", "bo@acme.example", "https://hooks.acme.example/x"}) {
		t.Errorf("queued for %q", places)
	}
	notices, err := d.Notices(t.Context(), id, 10)
	if err != nil || len(notices) != 2 {
		t.Fatalf("%d notices, %v", len(notices), err)
	}
	if by, err := d.Deliveries(t.Context(), notices); err != nil || len(by[got[0].NoticeID]) != 3 || len(by) != 1 || by[got[0].NoticeID][0].Kind != org.ByEmail {
		t.Errorf("%+v, %v", by, err)
	}
	if n, err := d.Notice(t.Context(), got[0].NoticeID); err != nil || n.Key != "b" {
		t.Errorf("%+v, %v", n, err)
	}
}

// TestDeliveryIsTakenByOne: two nodes that look take one attempt up once; a node that dies leaves it to be taken later.
func TestDeliveryIsTakenByOne(t *testing.T) {
	t.Parallel()
	d, id, clock := notifying(t)
	setNotify(t, d, org.Notify{ApplicationID: id, Emails: []string{"ada@acme.example"}}, false)
	tell(t, d, id, "a")
	take := func(v org.Delivery, want bool) time.Time {
		t.Helper()
		until := clock.Add(2 * time.Minute)
		if taken, err := d.TakeDelivery(t.Context(), v, until); err != nil || taken != want {
			t.Fatalf("taken %v, %v", taken, err)
		}
		return until
	}
	seen := due(t, d)[0]
	first := take(seen, true)
	take(seen, false)
	if got := due(t, d); len(got) != 0 {
		t.Fatalf("due while it is held: %+v", got)
	}
	*clock = clock.Add(3 * time.Minute) // the first node is gone, or slow
	again := due(t, d)[0]
	second := take(again, true)
	if again.ID != seen.ID || again.Attempts != 1 {
		t.Errorf("%+v, before %+v", again, seen)
	}
	end := func(v org.Delivery, until time.Time) org.Delivery {
		t.Helper()
		if err := d.EndDelivery(t.Context(), v, until); err != nil {
			t.Fatal(err)
		}
		notices, err := d.Notices(t.Context(), id, 1)
		if err != nil {
			t.Fatal(err)
		}
		by, err := d.Deliveries(t.Context(), notices)
		if err != nil {
			t.Fatal(err)
		}
		return by[notices[0].ID][0]
	}
	late := again
	late.DueAt, late.Error = clock.Add(time.Hour), "It failed."
	if got := end(late, first); got.Error != "" || !got.DueAt.Equal(second) {
		t.Errorf("the slow node's failure was stored over the other's attempt: %+v", got)
	}
	sent := again
	sent.DueAt, sent.SentAt = time.Time{}, *clock
	if got := end(sent, first); got.Waiting() || !got.DueAt.IsZero() || got.Attempts != 2 {
		t.Errorf("the slow node sent it all the same: %+v", got)
	}
	if got := end(late, second); got.Waiting() || got.Error != "" {
		t.Errorf("what was sent failed afterwards: %+v", got)
	}
}

// TestPlacesThatAreLeftOut: what waits for them is given up, and goes out again only once notices go there again.
func TestPlacesThatAreLeftOut(t *testing.T) {
	t.Parallel()
	d, id, _ := notifying(t)
	both := org.Notify{ApplicationID: id, Emails: []string{"ada@acme.example"}, URL: "https://hooks.acme.example/x"}
	setNotify(t, d, both, true)
	tell(t, d, id, "a")
	setNotify(t, d, org.Notify{ApplicationID: id, Emails: []string{"ada@acme.example"}}, false)
	if got := due(t, d); len(got) != 1 || got[0].Kind != org.ByEmail {
		t.Errorf("%+v", got)
	}
	if _, err := d.NotifySecrets(t.Context(), id); !fault.Is(err, fault.NotFound) {
		t.Errorf("the secret of a webhook that was left out: %v", err)
	}
	notices, err := d.Notices(t.Context(), id, 1)
	if err != nil {
		t.Fatal(err)
	}
	by, err := d.Deliveries(t.Context(), notices)
	if err != nil {
		t.Fatal(err)
	}
	mail, hook := by[notices[0].ID][0], by[notices[0].ID][1]
	if hook.FailedAt.IsZero() || hook.Error != notGone {
		t.Errorf("%+v", hook)
	}
	for _, c := range []struct {
		app, delivery string
		kind          fault.Kind
	}{{id, hook.ID, fault.Conflict}, {id, mail.ID, fault.Conflict}, {"app_other", hook.ID, fault.NotFound}, {id, "delivery_none", fault.NotFound}} {
		if err := d.SendAgain(t.Context(), c.app, c.delivery, ada); !fault.Is(err, c.kind) {
			t.Errorf("send %s of %s again: %v", c.delivery, c.app, err)
		}
	}
	setNotify(t, d, both, true)
	if err := d.SendAgain(t.Context(), id, hook.ID, ada); err != nil {
		t.Fatal(err)
	}
	if got := due(t, d); len(got) != 2 {
		t.Errorf("%+v", got)
	}
	entries, _, err := d.AuditList(t.Context(), AuditFilter{Subject: id})
	var actions []string
	for _, e := range entries {
		actions = append(actions, e.Action)
		if strings.Contains(e.Action, "notify") && strings.Contains(fmt.Sprint(e.Detail), "/x") {
			t.Errorf("%s holds the path of the webhook: %s", e.Action, e.Detail)
		}
	}
	slices.Reverse(actions)
	if err != nil || strings.Join(actions, " ") != "application.connected application.notify_changed application.notify_changed application.notify_changed application.notice_sent_again" {
		t.Errorf("audited %q, %v", actions, err)
	}
}

// TestWebhooksThatStartWorkflowsGrowOld: their secrets are told of with those of the application that they act on, unless they
// are paused.
func TestWebhooksThatStartWorkflowsGrowOld(t *testing.T) {
	t.Parallel()
	d, id, clock := notifying(t)
	w, err := d.CreateWorkflow(t.Context(), workflow.Definition{Name: "New hire", ApplicationID: id}, ada)
	if err != nil {
		t.Fatal(err)
	}
	hook, err := d.CreateTrigger(t.Context(), trigger.Trigger{WorkflowID: w.ID, Kind: trigger.Webhook, Name: "HR", Address: "a1"}, ada)
	if err != nil {
		t.Fatal(err)
	}
	aged := func(want ...string) {
		t.Helper()
		list, err := d.AgedSecrets(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, a := range list {
			got = append(got, a.ID+" "+a.What)
			if !a.Since.Equal(testTime.Add(time.Hour)) || a.Mend == "" {
				t.Errorf("%+v", a)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
	aged()
	*clock = clock.Add(time.Hour)
	if err := d.SetTriggerSecret(t.Context(), hook, Secret{Sealed: []byte("sealed"), At: d.Now()}, time.Time{}, SeenSecret(time.Time{}, time.Time{}), ada); err != nil {
		t.Fatal(err)
	}
	aged("trigger:" + hook.ID + " secret of the webhook “HR”")
	if hook, err = d.Trigger(t.Context(), hook.ID); err != nil {
		t.Fatal(err)
	}
	if err := d.PauseTrigger(t.Context(), hook, true, time.Time{}, ada); err != nil {
		t.Fatal(err)
	}
	aged()
}
