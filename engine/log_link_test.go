package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"caracal/fault"
	"caracal/workflow"
)

// logBook stands for the log of an org: it shows events from a time on, and counts what it is asked.
type logBook struct {
	rig   *rig
	shows map[string]time.Time // by request; missing is never
	asked [][]string
	err   error
}

func (b *logBook) events(_ context.Context, _ string, changes []workflow.SentChange) (found []workflow.LogEvent, err error) {
	var ids []string
	for _, c := range changes {
		ids = append(ids, c.Request)
		if from, ok := b.shows[c.Request]; ok && !b.rig.now.Before(from) {
			found = append(found, workflow.LogEvent{Request: c.Request, UUID: "uuid-" + c.Request, Published: c.At, Type: "group.lifecycle.create",
				Message: "Create group", Outcome: "SUCCESS", Targets: []workflow.LogTarget{{ID: "00g1", Type: "UserGroup", Name: "Sales"}}})
		}
	}
	b.asked = append(b.asked, ids)
	return found, b.err
}

// logRig is a rig whose calls change something, each under a request id of its own.
func logRig(t *testing.T) (*rig, *logBook) {
	t.Helper()
	r := newRig(t)
	book := &logBook{rig: r, shows: map[string]time.Time{}}
	r.execute.Events = book.events
	n := 0
	r.ledger.on(func(c workflow.Call) (workflow.Result, error) {
		n++
		return workflow.Result{Output: workflow.Output{"id": "x"}, Changes: []workflow.SentChange{{Request: fmt.Sprint("req-", n), At: r.now}}}, nil
	})
	return r, book
}

func (r *rig) log(runID string) map[int]workflow.StepLog {
	r.t.Helper()
	log, err := r.db.RunLog(context.Background(), runID)
	if err != nil {
		r.t.Fatal(err)
	}
	return log
}

func (r *rig) link() {
	r.t.Helper()
	if err := r.LinkEvents(context.Background()); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) wait(d time.Duration) { r.now = r.now.Add(d) }

func TestChangesAreLinkedAsTheLogShowsThem(t *testing.T) {
	r, book := logRig(t)
	id := r.start(version(step("set", "a"), step("set", "b"), step("set", "c")))
	r.expect(r.burst(id), workflow.RunSucceeded, done, done, done)
	book.shows["req-1"] = r.now.Add(2 * time.Second)
	book.shows["req-2"] = r.now.Add(time.Minute)

	r.link()
	if len(book.asked) != 0 || r.log(id)[0].Awaited != 1 {
		t.Fatalf("asked at once: %v, %+v", book.asked, r.log(id))
	}
	r.wait(4 * time.Second)
	before := r.run(id).Revision
	r.link()
	log := r.log(id)
	if len(log[0].Events) != 1 || log[0].Events[0].UUID != "uuid-req-1" || log[0].Events[0].Targets[0].Name != "Sales" || log[0].Awaited != 0 || log[1].Awaited != 1 {
		t.Errorf("after four seconds: %+v", log)
	}
	if r.run(id).Revision == before {
		t.Error("a page that watches does not see it")
	}
	if len(book.asked) != 1 || !slices.Equal(book.asked[0], []string{"req-1", "req-2", "req-3"}) {
		t.Errorf("one call for all of them: %v", book.asked)
	}
	r.link()
	if len(book.asked) != 1 {
		t.Error("the log is asked again at once")
	}
	r.wait(2 * time.Minute)
	r.link()
	if log := r.log(id); len(log[1].Events) != 1 || log[2].Awaited != 1 {
		t.Errorf("two minutes later: %+v", log)
	}
	for range 20 {
		r.wait(time.Hour)
		r.link()
	}
	log = r.log(id)
	if log[2].Silent != 1 || log[2].Awaited != 0 {
		t.Errorf("what the log never shows: %+v", log[2])
	}
	if n := len(book.asked); n > len(workflow.LogPatience)+2 {
		t.Errorf("the log was asked %d times", n)
	}
}

// TestManyChangesAreReadTogether: while a long list is under way, its log is read now and then and not at every tick.
func TestManyChangesAreReadTogether(t *testing.T) {
	r, book := logRig(t)
	n := 0
	r.ledger.on(func(workflow.Call) (workflow.Result, error) {
		var sent []workflow.SentChange
		for range linkMany {
			n++
			sent = append(sent, workflow.SentChange{Request: fmt.Sprint("many-", n), At: r.now})
			book.shows[fmt.Sprint("many-", n)] = r.now
		}
		return workflow.Result{Output: workflow.Output{"id": "x"}, Changes: sent}, nil
	})
	id := r.start(version(step("set", "a"), step("set", "b")))
	r.burst(id)
	r.wait(5 * time.Second)
	r.link()
	if len(book.asked) != 1 || len(book.asked[0]) != 2*linkMany || len(r.log(id)[1].Events) != linkMany {
		t.Fatalf("%d goes, the first for %d; %d events at the second step", len(book.asked), len(book.asked[0]), len(r.log(id)[1].Events))
	}
	second := r.start(version(step("set", "a")))
	r.burst(second)
	r.wait(5 * time.Second)
	r.link()
	if len(book.asked) != 1 {
		t.Error("it is read again at once")
	}
	r.wait(linkPause)
	r.link()
	if len(book.asked) != 2 || len(r.log(second)[0].Events) != linkMany || r.log(second)[0].Awaited != 0 {
		t.Errorf("after the pause: %d goes, %+v", len(book.asked), r.log(second)[0].Awaited)
	}
}

func TestOneNodeReadsALog(t *testing.T) {
	r, book := logRig(t)
	id := r.start(version(step("set", "a")))
	r.burst(id)
	book.shows["req-1"] = r.now
	r.wait(5 * time.Second)
	app, list, err := r.db.ClaimRequests(context.Background(), 10)
	if err != nil || app != "app_1" || len(list) != 1 || list[0].Request != "req-1" || list[0].RunID != id {
		t.Fatalf("%q %+v %v", app, list, err)
	}
	r.link() // the node that claimed it is at work, or gone
	if len(book.asked) != 0 {
		t.Error("a second node reads the same log")
	}
	r.wait(3 * time.Minute)
	r.link()
	if len(r.log(id)[0].Events) != 1 {
		t.Error("what a dead node had claimed is lost")
	}
}

func TestALogThatCannotBeRead(t *testing.T) {
	r, book := logRig(t)
	id := r.start(version(step("set", "a")))
	r.burst(id)
	f := fault.New(fault.Forbidden, "Caracal may not read the log.")
	f.Scope = "okta.logs.read"
	book.err, book.shows["req-1"] = f, r.now.Add(time.Minute)
	r.wait(5 * time.Second)
	r.link()
	r.link()
	problem, scope, err := r.db.LogProblem(context.Background(), "app_1")
	if err != nil || problem != "Caracal may not read the log." || scope != "okta.logs.read" || len(book.asked) != 1 {
		t.Fatalf("%q %q %v, asked %d times", problem, scope, err, len(book.asked))
	}
	if log := r.log(id)[0]; log.Awaited != 1 {
		t.Errorf("given up: %+v", log)
	}
	book.err = nil // the scope is granted
	r.wait(20 * time.Minute)
	r.link()
	problem, _, err = r.db.LogProblem(context.Background(), "app_1")
	if log := r.log(id)[0]; err != nil || problem != "" || len(log.Events) != 1 {
		t.Errorf("%q %v %+v", problem, err, log)
	}

	second := r.start(version(step("set", "a")))
	r.burst(second)
	book.err = errors.New("broken")
	for range 24 {
		r.wait(2 * time.Hour)
		r.link()
	}
	if log := r.log(second)[0]; log.Awaited != 0 || log.Silent != 1 {
		t.Errorf("after two days: %+v", log)
	}
}

// TestSecretsStayOutOfTheLink leaves the names out of events whose step was given a secret.
func TestSecretsStayOutOfTheLink(t *testing.T) {
	r, book := logRig(t)
	id := r.start(version(workflow.Step{Action: "make", Fields: map[string]string{"name": "x", "hush": "a secret of seven words"}}))
	r.burst(id)
	book.shows["req-1"] = r.now
	r.wait(5 * time.Second)
	r.link()
	if log := r.log(id)[0]; len(log.Events) != 1 || log.Events[0].Targets[0].Name != "" || log.Events[0].Targets[0].ID != "00g1" {
		t.Errorf("got %+v", log)
	}
}

// TestChangesOfAFailedStepAreLinked keeps what a step changed before it failed, and over several tries.
func TestChangesOfAFailedStepAreLinked(t *testing.T) {
	r, book := logRig(t)
	n := 0
	r.ledger.on(func(workflow.Call) (workflow.Result, error) {
		n++
		return workflow.Result{Changes: []workflow.SentChange{{Request: fmt.Sprint("try-", n), At: r.now}}}, fault.New(fault.Invalid, "No.")
	})
	s := step("set", "a")
	s.Retries, s.Pause = 1, 60
	id := r.start(version(s))
	r.burst(id)
	r.wait(time.Minute)
	r.expect(r.burst(id), workflow.RunFailed, failed)
	book.shows["try-1"], book.shows["try-2"] = r.now, r.now
	r.wait(5 * time.Second)
	r.link()
	if log := r.log(id)[0]; len(log.Events) != 2 {
		t.Errorf("got %+v", log)
	}
}
