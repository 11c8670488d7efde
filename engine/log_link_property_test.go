package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"caracal/fault"
	"caracal/workflow"
)

// orgLog is the log of an org as it comes to be seen: out of order, late, doubled, and full of what others did.
type orgLog struct {
	rig    *rig
	events []seenEvent
	next   func() error // what the next reading ends with
}

type seenEvent struct {
	workflow.LogEvent
	from time.Time
}

// read answers as one that is asked for more than it was: whatever can be seen of the org comes back. A reading that ends in the
// middle of its pages gives an error and no event.
func (l *orgLog) read(context.Context, string, []workflow.SentChange) (found []workflow.LogEvent, err error) {
	if err := l.next(); err != nil {
		return nil, err
	}
	for _, e := range l.events {
		if !l.rig.now.Before(e.from) {
			found = append(found, e.LogEvent)
		}
	}
	return found, nil
}

// TestEachChangeIsLinkedToItsOwnEvents: whatever the log does, each change ends with events of its own request or is said
// to have none, and none ends with another's.
func TestEachChangeIsLinkedToItsOwnEvents(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	rapid.Check(t, func(rt *rapid.T) {
		for _, table := range []string{"run", "river_job", "log_reader"} {
			if _, err := r.db.Writer().Exec("DELETE FROM " + table); err != nil {
				rt.Fatal(err)
			}
		}
		r.wait(48 * time.Hour)
		began, requests := r.now, 0
		sent := map[string][]string{} // requests by step, which its name tells
		r.ledger.on(func(c workflow.Call) (workflow.Result, error) {
			out := workflow.Result{Output: workflow.Output{"id": "x"}}
			for range rapid.IntRange(0, 3).Draw(rt, "changes") {
				requests++
				id := fmt.Sprintf("req-%d-%d", began.Unix(), requests)
				sent[c.Input["name"]] = append(sent[c.Input["name"]], id)
				out.Changes = append(out.Changes, workflow.SentChange{Request: id, At: r.now})
			}
			return out, nil
		})
		var runs []string
		for n := range rapid.IntRange(1, 3).Draw(rt, "runs") {
			id := r.start(version(step("set", fmt.Sprint(n, "-0")), step("set", fmt.Sprint(n, "-1"))))
			r.burst(id)
			runs = append(runs, id)
		}

		log := &orgLog{rig: r}
		r.execute.Events = log.read
		failures := rapid.IntRange(0, 3).Draw(rt, "failures")
		log.next = func() error {
			if failures > 0 && rapid.Bool().Draw(rt, "fails") {
				failures--
				return rapid.SampledFrom([]error{errors.New("cut off"), fault.New(fault.Busy, "Later."), fault.New(fault.Forbidden, "No.")}).Draw(rt, "error")
			}
			return nil
		}
		first := map[string]time.Time{} // when the first event of a request can be seen
		put := func(request string) {
			e := workflow.LogEvent{Request: request, UUID: fmt.Sprintf("uuid-%s-%d", request, len(log.events)), Published: began, Type: "x", Outcome: "SUCCESS"}
			from := began.Add(time.Duration(rapid.IntRange(0, 5*3600).Draw(rt, "late")) * time.Second)
			if at, there := first[request]; !there || from.Before(at) {
				first[request] = from
			}
			for range rapid.IntRange(1, 2).Draw(rt, "doubled") {
				log.events = append(log.events, seenEvent{e, from})
			}
		}
		for _, list := range sent {
			for _, request := range list {
				for range rapid.IntRange(0, 3).Draw(rt, "events") {
					put(request)
				}
			}
		}
		for range rapid.IntRange(0, 3).Draw(rt, "others") {
			put(rapid.SampledFrom([]string{"", "req-of-others", "REQ-1", fmt.Sprintf("req-%d-", began.Unix())}).Draw(rt, "other"))
		}
		order := make([]int, len(log.events))
		for i := range order {
			order[i] = i
		}
		var shuffled []seenEvent
		for _, i := range rapid.Permutation(order).Draw(rt, "order") {
			shuffled = append(shuffled, log.events[i])
		}
		log.events = shuffled

		for n := range 65 { // longer than its patience
			least, most := 1, 60
			if n > 5 {
				least, most = 600, 3600
			}
			r.wait(time.Duration(rapid.IntRange(least, most).Draw(rt, "wait")) * time.Second)
			if err := r.LinkEvents(context.Background()); err != nil {
				rt.Fatal(err)
			}
		}
		r.wait(48 * time.Hour)
		if err := r.LinkEvents(context.Background()); err != nil {
			rt.Fatal(err)
		}
		for n, id := range runs {
			steps, err := r.db.RunLog(context.Background(), id)
			if err != nil {
				rt.Fatal(err)
			}
			for i := range 2 {
				own, got, linked := sent[fmt.Sprint(n, "-", i)], steps[i], map[string]bool{}
				if got.Awaited != 0 {
					rt.Errorf("run %d, step %d: %d changes are still awaited", n, i, got.Awaited)
				}
				for j, e := range got.Events {
					linked[e.Request] = true
					if !slices.Contains(own, e.Request) {
						rt.Errorf("run %d, step %d is linked to %s, which is another's: %v", n, i, e.Request, own)
					}
					if slices.ContainsFunc(got.Events[:j], func(o workflow.LogEvent) bool { return o.UUID == e.UUID }) {
						rt.Errorf("run %d, step %d is linked to %s twice", n, i, e.UUID)
					}
				}
				silent := 0
				for _, request := range own {
					at, there := first[request]
					switch {
					case there && !linked[request]:
						rt.Errorf("run %d, step %d: %s could be seen after %s and is not linked", n, i, request, at.Sub(began))
					case !there:
						silent++
					}
				}
				if got.Silent != silent {
					rt.Errorf("run %d, step %d: %d changes are said to have no event, and %d have none", n, i, got.Silent, silent)
				}
			}
		}
	})
}
