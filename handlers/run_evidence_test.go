package handlers_test

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"caracal/auth"
	"caracal/oktasim"
	"caracal/workflow"
)

// expiring is a workflow of a step of which only the System Log can tell whether it was done, and one more.
var expiring = []workflow.Step{
	{ID: "expire", Title: "Expire the password", Action: "operation.expire_password", Fields: map[string]string{"userId": "{{ inputs.who }}"}},
	{ID: "make", Title: "Make the group", Action: "group.create", Fields: map[string]string{"name": "Expired"}},
}

// drop breaks the connection of the first change below a path that reaches the org.
func (h *held) drop(path string, f *oktasim.Fault) {
	var done atomic.Bool
	h.app.Org.SetFault(func(r *http.Request) *oktasim.Fault {
		if r.Method != http.MethodGet && strings.Contains(r.URL.Path, path) && done.CompareAndSwap(false, true) {
			return f
		}
		return nil
	})
}

// expired counts how often the person's password was expired.
func (h *held) expired() (n int) {
	for _, e := range h.app.Org.Events("user.account.expire_password") {
		if e.Target[0].ID == h.person.ID {
			n++
		}
	}
	return n
}

// begun starts a run of the workflow.
func (h *held) begun() string {
	h.t.Helper()
	once := h.app.Get(h.flow + "/run").Value(`input[name="once"]`)
	return h.app.Post(h.flow+"/runs", "once", once, "version", "1", "who", h.person.ID).Status(http.StatusSeeOther).Response.Header.Get("Location")
}

// wakes lets time pass until the run stands in a state.
func (h *held) wakes(run string, state workflow.RunState) workflow.Run {
	h.t.Helper()
	h.app.Eventually("the run to be "+string(state), func() bool {
		r := runOf(h.t, h.app, run)
		if r.State == workflow.RunWaiting && r.WaitUntil.After(h.app.Clock.Now()) {
			h.app.Pass(r.WaitUntil.Sub(h.app.Clock.Now()) + time.Millisecond)
		}
		return r.State == state
	})
	return runOf(h.t, h.app, run)
}

// linkedOnce holds that each change of the connection's in the org's log is linked with one step of one run, and nothing else is.
func (h *held) linkedOnce(runs ...string) {
	h.t.Helper()
	for range 3 {
		h.app.Clock.Advance(time.Minute)
		if err := h.app.App.Engine.LinkEvents(h.t.Context()); err != nil {
			h.t.Fatal(err)
		}
	}
	linked := map[string]int{}
	for _, run := range runs {
		steps, err := h.app.App.DB.RunLog(context.Background(), strings.TrimPrefix(run, "/runs/"))
		if err != nil {
			h.t.Fatal(err)
		}
		for _, s := range steps {
			for _, e := range s.Events {
				linked[e.UUID]++
			}
		}
	}
	changes := 0
	for _, e := range h.app.Org.Log() {
		if e.Actor.Type != "PublicClientApp" || e.Outcome.Result != "SUCCESS" || strings.HasPrefix(e.EventType, "app.oauth2.") {
			continue
		}
		changes++
		if linked[e.UUID] != 1 {
			h.t.Errorf("%s of %s is linked %d times", e.EventType, e.Target[0].DisplayName, linked[e.UUID])
		}
		delete(linked, e.UUID)
	}
	if len(linked) > 0 || changes == 0 {
		h.t.Errorf("%d changes, and linked besides: %v", changes, linked)
	}
}

// TestTheLogSettlesAStepInDoubt: the answer of a change was lost that only the System Log shows, late. The step goes on, its
// event is linked, and its page shows what was looked at.
func TestTheLogSettlesAStepInDoubt(t *testing.T) {
	t.Parallel()
	h := newHeld(t, expiring...)
	h.app.Org.Update(func(s *oktasim.Settings) { s.LogLag = 12 * time.Second })
	h.drop("/lifecycle/expire_password", oktasim.DropAfter())
	run := h.begun()
	r := h.wakes(run, workflow.RunSucceeded)
	s := r.Steps[0]
	if s.Attempts != 1 || s.Evidence == nil || s.Evidence.Log == nil || len(s.Evidence.Log.Events) == 0 || s.Request == "" {
		t.Fatalf("%+v, %+v", s, s.Evidence)
	}
	if n := h.expired(); n != 1 {
		t.Errorf("it was done %d times", n)
	}
	h.app.Get(run).Has("#step-evidence-0", "What was looked at", "requestUri eq", "/lifecycle/expire_password", "Search Okta's log", "Expire password", "request "+s.Request, "Open in Okta").
		Has(`[data-step="1"] .finding`, "The System Log shows that it was done")
	h.linkedOnce(run)
}

// TestTheLogDoesNotSettleWhatItDoesNotShow asks a person, once, and does it again when they say so.
func TestTheLogDoesNotSettleWhatItDoesNotShow(t *testing.T) {
	t.Parallel()
	h := newHeld(t, expiring...)
	h.drop("/lifecycle/expire_password", oktasim.DropBefore())
	run := h.begun()
	h.wakes(run, workflow.RunAsking)
	page := h.app.Get(run).Has(".asks .evidence", "It has no such event", "proves nothing", "requestUri eq")
	if n := len(page.All(".evidence")); n != 1 {
		t.Errorf("the evidence stands there %d times", n)
	}
	h.app.Post(run+"/decide", "step", "0", "decision", "repeat").Status(http.StatusSeeOther)
	h.wakes(run, workflow.RunSucceeded)
	if n := h.expired(); n != 1 {
		t.Errorf("it was done %d times", n)
	}
	h.linkedOnce(run)
}

// TestOneEventSettlesOneStep: two runs do the same and both answers are lost; one change arrived. One of them takes the event,
// and of the other a person is asked.
func TestOneEventSettlesOneStep(t *testing.T) {
	t.Parallel()
	h := newHeld(t, expiring[:1]...)
	var calls atomic.Int32
	h.app.Org.SetFault(func(r *http.Request) *oktasim.Fault {
		if r.Method == http.MethodGet || !strings.HasSuffix(r.URL.Path, "/lifecycle/expire_password") {
			return nil
		}
		if calls.Add(1) == 1 {
			return oktasim.DropAfter()
		}
		return oktasim.DropBefore()
	})
	runs := []string{h.begun(), h.begun()}
	states := map[workflow.RunState]int{}
	for _, run := range runs {
		h.app.Eventually("the run to end or ask", func() bool {
			r := runOf(t, h.app, run)
			if r.State == workflow.RunWaiting && r.WaitUntil.After(h.app.Clock.Now()) {
				h.app.Pass(r.WaitUntil.Sub(h.app.Clock.Now()) + time.Millisecond)
			}
			return r.State.Ended() || r.State == workflow.RunAsking
		})
		states[runOf(t, h.app, run).State]++
	}
	if states[workflow.RunSucceeded] != 1 || states[workflow.RunAsking] != 1 {
		t.Errorf("the runs stand %v", states)
	}
	h.app.Org.SetFault(nil)
	h.linkedOnce(runs...)
}

// TestContinuedChangesAreLinkedOnce: what a continued run took over stays linked with the run that did it.
func TestContinuedChangesAreLinkedOnce(t *testing.T) {
	t.Parallel()
	h := newHeld(t, heldSteps...)
	h.breakAt("/api/v1/groups")
	first := h.begun()
	ended(t, h.app, first)
	h.app.Org.SetFault(nil)
	second := goOn(t, h.app.As(auth.Admin), first)
	if r := ended(t, h.app, second); r.State != workflow.RunSucceeded {
		t.Fatalf("%s: %s", r.State, r.Error)
	}
	h.linkedOnce(first, second)
}
