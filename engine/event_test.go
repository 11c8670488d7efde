package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"caracal/db"
	"caracal/fault"
	"caracal/form"
	"caracal/org"
	"caracal/trigger"
	"caracal/workflow"
)

// happening is one event of the model of an org.
type happening struct {
	uuid, kind, result, actor, request string
	published, stored                  time.Time // stored is when the log got it; zero is not yet
}

func (h happening) json() string {
	actorType := map[string]string{ownClient: "PublicClientApp", "system@okta.com": "SystemPrincipal"}[h.actor]
	return fmt.Sprintf(`{"uuid":%q,"eventType":%q,"published":%q,"outcome":{"result":%q},"actor":{"id":%q,"type":%q},"target":[],"transaction":{"id":%q}}`,
		h.uuid, h.kind, h.published.Format("2006-01-02T15:04:05.000Z"), h.result, h.actor, cmp.Or(actorType, "User"), h.request)
}

const ownClient = "0oaOwnClient"

// orgModel is an org's log as Okta says that polling requests see it: every event in the order in which it was stored,
// whatever its time, from a time of storing or from a cursor on; and a next link always.
type orgModel struct {
	mu   sync.Mutex
	log  []happening // in the order of storing
	fail error       // instead of the next page
	seen []trigger.LogQuery
}

// ReadLog returns a page.
func (m *orgModel) ReadLog(_ context.Context, _ string, q trigger.LogQuery) (trigger.LogPage, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.seen = append(m.seen, q)
	if err := m.fail; err != nil {
		m.fail = nil
		return trigger.LogPage{}, err
	}
	at, since, filter := 0, q.Since, q.Filter
	if q.Cursor != "" {
		u, err := url.Parse(q.Cursor)
		if err != nil {
			return trigger.LogPage{}, err
		}
		if at, err = strconv.Atoi(u.Query().Get("after")); err != nil {
			return trigger.LogPage{}, err
		}
		since, filter = time.Time{}, u.Query().Get("filter")
	}
	var page trigger.LogPage
	for ; at < len(m.log) && len(page.Events) < q.Limit; at++ {
		h := m.log[at]
		if !h.stored.Before(since) && (filter == "" || strings.Contains(filter, strconv.Quote(h.kind))) {
			page.Events = append(page.Events, json.RawMessage(h.json()))
		}
	}
	page.Next = "/api/v1/logs?" + url.Values{"after": {strconv.Itoa(at)}, "filter": {filter}}.Encode()
	return page, nil
}

// OrgTime is our own.
func (*orgModel) OrgTime(_ context.Context, _ string, t time.Time) (time.Time, error) { return t, nil }

// SyncHook has nothing to do: there is no hook of our own.
func (*orgModel) SyncHook(context.Context, string) error { return nil }

const created, removed, other = "user.lifecycle.create", "group.user_membership.remove", "user.session.start"

// listening makes an application and two triggers that listen to it: all of two types, and those of one that succeeded.
func (r *rig) listening() (all, some trigger.Trigger) {
	r.t.Helper()
	ctx := context.Background()
	app := org.Application{ID: "app_1", Name: "Acme", Domain: "acme.okta.com", Method: org.CustomApp, ClientID: ownClient, Status: org.Active, Credential: []byte("x"), CreatedBy: "u_ada", CreatedAt: r.now}
	if err := r.db.CreateApplication(ctx, app, ada); err != nil {
		r.t.Fatal(err)
	}
	def := version(step("set", "a")).Definition
	def.Inputs = []workflow.Input{{Name: "label", Label: "Label", Kind: form.Text, Required: true}}
	w, err := r.db.CreateWorkflow(ctx, def, ada)
	if err == nil {
		_, err = r.db.Publish(ctx, w.ID, w.Revision, "", ada)
	}
	if err != nil {
		r.t.Fatal(err)
	}
	make := func(name string, l trigger.Listener) trigger.Trigger {
		l.Map = map[string]string{"label": name + " {{ event.uuid }}"}
		t, err := r.db.CreateTrigger(ctx, trigger.Trigger{WorkflowID: w.ID, Kind: trigger.OrgEvents, Name: name, ApplicationID: app.ID,
			Config: trigger.Config{Event: l.Listen(trigger.Listener{}, r.now)}}, ada)
		if err != nil {
			r.t.Fatal(err)
		}
		return t
	}
	all = make("all", trigger.Listener{Types: []string{created, removed}})
	some = make("some", trigger.Listener{Types: []string{created}, Where: []trigger.Condition{{Field: "outcome.result", Op: trigger.Is, Value: "success"}}})
	return all, some
}

// wants returns what runs an event should have started, by the labels of the runs.
func (h happening) wants() (out []string) {
	if h.actor == ownClient || h.kind == other {
		return nil
	}
	out = append(out, "all "+h.uuid)
	if h.kind == created && h.result == "SUCCESS" {
		out = append(out, "some "+h.uuid)
	}
	return out
}

func (r *rig) labels() (out []string) {
	r.t.Helper()
	list, _, err := r.db.RunList(context.Background(), db.RunFilter{Limit: 10_000})
	if err != nil {
		r.t.Fatal(err)
	}
	for _, run := range list {
		out = append(out, run.Input["label"])
	}
	slices.Sort(out)
	return out
}

func (r *rig) mustStart() {
	r.t.Helper()
	if err := r.StartEvents(context.Background()); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) deliver(list ...happening) {
	r.t.Helper()
	var raw []string
	for _, h := range list {
		raw = append(raw, h.json())
	}
	events, bad, err := trigger.ReadDelivery([]byte(`{"eventType":"com.okta.event_hook","data":{"events":[` + strings.Join(raw, ",") + `]}}`))
	if err != nil || bad > 0 {
		r.t.Fatal(err, bad)
	}
	if err := r.TakeEvents(context.Background(), db.Intake{ApplicationID: "app_1", Events: events, By: db.ByHook}); err != nil {
		r.t.Fatal(err)
	}
}

// TestEventsStartOneRunEach lets hooks drop, double, reorder and delay events, lets the log get them late and out of
// order, and lets looks fail and processes end in any order. In the end each event has started exactly one run of each
// trigger that it fits.
func TestEventsStartOneRunEach(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.listening()
	began := r.now
	rapid.Check(t, func(rt *rapid.T) {
		for _, query := range []string{"DELETE FROM run", "DELETE FROM event_seen", "DELETE FROM event_start", "DELETE FROM trigger_event",
			"UPDATE event_source SET cursor = '', filter = '', read_to = '', due_at = '2026-11-23T12:00:00.000000Z', poll_error = ''"} {
			if _, err := r.db.Writer().Exec(query); err != nil {
				rt.Fatal(err)
			}
		}
		r.now = began
		m := &orgModel{}
		page := rapid.IntRange(1, 4).Draw(rt, "page")
		r.orgLog, r.Engine.orgLog, r.logPage = m, m, page
		reopen := func() {
			if err := r.db.Close(); err != nil {
				rt.Fatal(err)
			}
			r.open()
			r.logPage = page
		}
		var all []happening // in the order of happening
		var late []int      // of all: not in the log yet
		store := func(i int) {
			h := all[late[i]]
			late = slices.Delete(late, i, i+1)
			h.stored = r.now
			m.log = append(m.log, h)
		}
		look := func(rt *rapid.T) {
			if err := r.PollEvents(context.Background()); err != nil {
				rt.Fatal(err)
			}
		}
		rt.Repeat(map[string]func(*rapid.T){
			"something happens": func(rt *rapid.T) {
				r.now = r.now.Add(time.Duration(rapid.IntRange(1, 90).Draw(rt, "seconds")) * time.Second)
				all = append(all, happening{uuid: fmt.Sprintf("e%03d", len(all)), kind: rapid.SampledFrom([]string{created, created, removed, other}).Draw(rt, "kind"),
					result: rapid.SampledFrom([]string{"SUCCESS", "FAILURE"}).Draw(rt, "result"), actor: rapid.SampledFrom([]string{"00u1", "00u1", ownClient}).Draw(rt, "actor"), published: r.now})
				late = append(late, len(all)-1)
				if rapid.Bool().Draw(rt, "logged at once") {
					store(len(late) - 1)
				}
			},
			"the log gets one late": func(rt *rapid.T) {
				if len(late) > 0 {
					store(rapid.IntRange(0, len(late)-1).Draw(rt, "which"))
				}
			},
			"a hook delivers": func(rt *rapid.T) { // any of them, any number of times, in any order
				if len(all) > 0 {
					r.deliver(rapid.SliceOfN(rapid.SampledFrom(all), 1, 5).Draw(rt, "batch")...)
				}
			},
			"a look": look,
			"time passes": func(rt *rapid.T) {
				r.now = r.now.Add(time.Duration(rapid.IntRange(1, 600).Draw(rt, "seconds")) * time.Second)
			},
			"a look fails": func(rt *rapid.T) {
				m.fail = rapid.SampledFrom([]error{fault.New(fault.Busy, "Busy."), fault.New(fault.Invalid, "This cursor is too old."), fault.New(fault.Upstream, "Down.")}).Draw(rt, "why")
				look(rt)
			},
			"a look dies": func(rt *rapid.T) { // it was claimed, and its process is gone
				due, err := r.db.DueEventSources(context.Background(), r.now)
				if err != nil {
					rt.Fatal(err)
				}
				for _, s := range due {
					if _, err := r.db.ClaimEventSource(context.Background(), s, r.now.Add(lookFor)); err != nil {
						rt.Fatal(err)
					}
				}
			},
			"runs start":    func(*rapid.T) { r.mustStart() },
			"a new process": func(*rapid.T) { reopen() },
			"the types change": func(rt *rapid.T) { // of the filter that the log is read with
				if _, err := r.db.Writer().Exec("UPDATE event_source SET filter = 'another'"); err != nil {
					rt.Fatal(err)
				}
			},
		})
		for len(late) > 0 {
			store(0)
		}
		m.fail = nil
		for range 3 {
			r.now = r.now.Add(10 * time.Minute)
			look(rt)
		}
		r.mustStart()
		var want []string
		for _, h := range all {
			want = append(want, h.wants()...)
		}
		slices.Sort(want)
		if got := r.labels(); !slices.Equal(got, want) {
			rt.Fatalf("runs\n%q\nwant\n%q", got, want)
		}
	})
}

func (r *rig) eventNotes(t trigger.Trigger) (out []string) {
	r.t.Helper()
	list, err := r.db.TriggerEvents(context.Background(), t.ID)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, e := range list {
		out = append(out, string(e.Outcome)+": "+e.Words)
	}
	return out
}

func (r *rig) hasNote(t trigger.Trigger, outcome trigger.Outcome, words string) {
	r.t.Helper()
	for _, note := range r.eventNotes(t) {
		if strings.HasPrefix(note, string(outcome)+":") && strings.Contains(note, words) {
			return
		}
	}
	r.t.Errorf("no note %s with %q; there is %q", outcome, words, r.eventNotes(t))
}

func (r *rig) happened(uuid string, change ...func(*happening)) happening {
	h := happening{uuid: uuid, kind: created, result: "SUCCESS", actor: "00u1", published: r.now}
	for _, c := range change {
		c(&h)
	}
	return h
}

// TestEventsAfterALongPause: what happened before the time that is caught up is left out, and said so; the rest starts.
func TestEventsAfterALongPause(t *testing.T) {
	t.Parallel()
	m := &orgModel{}
	r := newRig(t)
	all, _ := r.listening()
	r.orgLog = m
	if err := r.db.Close(); err != nil {
		t.Fatal(err)
	}
	r.open()
	look := func() {
		t.Helper()
		if err := r.PollEvents(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	look()
	for i, ahead := range []time.Duration{time.Hour, 30 * time.Hour, 30 * time.Hour} {
		r.now = r.now.Add(ahead)
		m.log = append(m.log, happening{uuid: fmt.Sprintf("e%d", i), kind: created, result: "FAILURE", actor: "00u1", published: r.now, stored: r.now})
	}
	r.now = r.now.Add(time.Minute) // 61 hours after the look
	look()
	r.mustStart()
	if got := r.labels(); !slices.Equal(got, []string{"all e2"}) {
		t.Errorf("after the pause %q were started", got)
	}
	r.hasNote(all, trigger.Skipped, "more than 24 hours is not caught up")
	if n := len(r.eventNotes(all)); n != 2 {
		t.Errorf("%d notes", n)
	}
	src, err := r.db.EventSource(context.Background(), "app_1")
	if err != nil || !src.ReadTo.Equal(r.now) || src.PollError != "" {
		t.Errorf("%+v, %v", src, err)
	}
}

// TestEventGuardRails: the guard rails of other triggers hold for events as well.
func TestEventGuardRails(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	_, some := r.listening()
	seen := db.SeenTrigger(some)
	some.Guards = trigger.Guards{PerHour: 1}
	if _, err := r.db.SaveTrigger(context.Background(), some, seen, ada); err != nil {
		t.Fatal(err)
	}
	r.deliver(r.happened("a"), r.happened("b"))
	r.mustStart()
	r.hasNote(some, trigger.Started, "")
	r.hasNote(some, trigger.Waits, "1 run an hour")
	some, err := r.db.Trigger(context.Background(), some.ID)
	if err != nil {
		t.Fatal(err)
	}
	seen = db.SeenTrigger(some)
	some.Guards.Refuse = true
	if _, err := r.db.SaveTrigger(context.Background(), some, seen, ada); err != nil {
		t.Fatal(err)
	}
	r.deliver(r.happened("c"))
	r.mustStart()
	r.hasNote(some, trigger.Refused, "may start 1 run an hour")
	if got := r.labels(); !slices.Equal(got, []string{"all a", "all b", "all c", "some a", "some b"}) {
		t.Errorf("started were %q", got)
	}
	r.deliver(r.happened("c")) // what was refused is not tried again when it comes again
	r.mustStart()
	if got := len(r.labels()); got != 5 {
		t.Errorf("%d runs after a refused event came again", got)
	}
}

// TestEventWaitsForTheOrg: while the org can't be asked about the inputs, the event waits; what it refuses is kept.
func TestEventWaitsForTheOrg(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	all, _ := r.listening()
	answer := error(fault.New(fault.Busy, "Paused."))
	r.resolve = func(context.Context, string, *form.Form) error { return answer }
	r.deliver(r.happened("a", func(h *happening) { h.result = "FAILURE" }))
	r.mustStart()
	if n, err := r.db.WaitingEvents(context.Background(), all.ID); n != 1 || err != nil {
		t.Fatalf("%d wait, %v", n, err)
	}
	answer = nil
	r.mustStart() // not due yet
	if len(r.labels()) != 0 {
		t.Fatal("it was tried again at once")
	}
	r.now = r.now.Add(time.Minute)
	r.mustStart()
	if got := r.labels(); !slices.Equal(got, []string{"all a"}) {
		t.Errorf("started were %q", got)
	}
	answer = fault.New(fault.Upstream, "Down.")
	r.deliver(r.happened("b", func(h *happening) { h.result = "FAILURE" }))
	for range 200 {
		r.mustStart()
		r.now = r.now.Add(15 * time.Minute)
	}
	r.mustStart()
	r.hasNote(all, trigger.Refused, "For a day, the org could not be asked")
}

// TestEventOfOurOwnCall: an event that the org itself brought about waits while a call is under way whose request is not
// known yet, and counts as our own once it is.
func TestEventOfOurOwnCall(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	all, _ := r.listening()
	system := func(request string) happening {
		return happening{uuid: "by-" + request, kind: removed, result: "SUCCESS", actor: "system@okta.com", request: request, published: r.now}
	}
	var id string
	r.ledger.on(func(workflow.Call) (workflow.Result, error) {
		r.now = r.now.Add(time.Second)
		r.deliver(system("req-1"), system("req-of-another")) // while the answer is on its way
		r.mustStart()
		if got := len(r.labels()); got != 1 {
			t.Errorf("%d runs while the call is under way", got)
		}
		return workflow.Result{Output: workflow.Output{"id": "x"}, Request: "req-1", Changes: []workflow.SentChange{{Request: "req-1", At: r.now}}}, nil
	})
	id = r.start(version(step("set", "a")))
	r.expect(r.burst(id), workflow.RunSucceeded, done)
	r.now = r.now.Add(time.Minute)
	r.mustStart()
	if got := r.labels(); !slices.Equal(got, []string{"", "all by-req-of-another"}) {
		t.Errorf("there are the runs %q", got)
	}
	r.hasNote(all, trigger.Passed, "Caracal made this change itself")
}

// TestEventNobodyHears: a trigger that was paused, changed or deleted meanwhile starts nothing.
func TestEventNobodyHears(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	all, some := r.listening()
	r.deliver(r.happened("a"))
	if err := r.db.PauseTrigger(context.Background(), all, true, time.Time{}, ada); err != nil {
		t.Fatal(err)
	}
	if err := r.db.DeleteTrigger(context.Background(), some, ada); err != nil {
		t.Fatal(err)
	}
	r.deliver(r.happened("b"))
	r.mustStart()
	if got := r.labels(); len(got) != 0 {
		t.Errorf("started were %q", got)
	}
	r.hasNote(all, trigger.Skipped, "was paused before")
	r.now = r.now.Add(time.Hour)
	if err := r.db.PauseTrigger(context.Background(), all, false, r.now, ada); err != nil {
		t.Fatal(err)
	}
	r.deliver(r.happened("b", func(h *happening) { h.published = r.now.Add(-time.Minute) }), r.happened("old", func(h *happening) { h.published = r.now.AddDate(0, 0, -91) }), r.happened("c"))
	r.mustStart()
	if got := r.labels(); !slices.Equal(got, []string{"all c"}) {
		t.Errorf("started were %q", got)
	}
	if _, err := r.db.Writer().Exec("UPDATE run_trigger SET application_id = 'app_2'"); err != nil {
		t.Fatal(err)
	}
	r.deliver(r.happened("d"))
	r.mustStart()
	if got := len(r.labels()); got != 1 {
		t.Errorf("%d runs", got)
	}
}
