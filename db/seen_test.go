package db

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"caracal/org"
	"caracal/trigger"
	"caracal/workflow"
)

// TestOneOfManyWhoSaveTheSameSettings: of those who were shown the same settings and save at once, one is stored and the
// others are told, on either database.
func TestOneOfManyWhoSaveTheSameSettings(t *testing.T) {
	t.Parallel()
	d, id, _ := notifying(t)
	flow, err := d.CreateWorkflow(t.Context(), workflow.Definition{Name: "Greet"}, ada)
	if err != nil {
		t.Fatal(err)
	}
	stored := func(kind trigger.Kind) trigger.Trigger {
		t.Helper()
		tr, err := d.BuiltIn(t.Context(), flow.ID, kind)
		if err != nil {
			t.Fatal(err)
		}
		return tr
	}
	watch, err := d.Watch(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	src, err := d.EventSource(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	to, err := d.Notify(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	form := stored(trigger.Form)
	hook, err := d.CreateTrigger(t.Context(), trigger.Trigger{WorkflowID: flow.ID, Kind: trigger.Webhook, Name: "Desk", Address: trigger.NewAddress()}, ada)
	if err != nil {
		t.Fatal(err)
	}
	for name, save := range map[string]func(n int) error{
		"watch": func(n int) error {
			return d.SetWatch(t.Context(), org.Watch{ApplicationID: id, Every: org.Hourly, MaxAge: 10 + n}, SeenWatch(watch), ada)
		},
		"notify": func(n int) error {
			_, err := d.SetNotify(t.Context(), org.Notify{ApplicationID: id, URL: fmt.Sprintf("https://hooks.example.com/%d", n)}, Secret{Sealed: []byte("s"), At: d.Now()}, SeenNotify(to), ada)
			return err
		},
		"polling": func(n int) error {
			return d.SetPolling(t.Context(), trigger.Source{ApplicationID: id, Polls: true, Every: 100 + n, CatchUp: 24}, SeenPolling(src), ada)
		},
		"event secret": func(int) error {
			return d.SetEventSecret(t.Context(), id, trigger.NewAddress(), Secret{Sealed: []byte("s"), At: d.Now()}, time.Time{}, SeenSecret(src.SecretAt, src.OldAt), ada)
		},
		"built-in trigger": func(n int) error {
			next := form
			next.Guards.PerHour = 1 + n
			_, err := d.SaveTrigger(t.Context(), next, SeenTrigger(form), ada)
			return err
		},
		"webhook": func(n int) error {
			next := hook
			next.Webhook.Map = map[string]string{"who": fmt.Sprintf("{{ body.n%d }}", n)}
			_, err := d.SaveTrigger(t.Context(), next, SeenTrigger(hook), ada)
			return err
		},
		"webhook secret": func(int) error {
			return d.SetTriggerSecret(t.Context(), hook, Secret{Sealed: []byte("s"), At: d.Now()}, time.Time{}, SeenSecret(time.Time{}, time.Time{}), ada)
		},
	} {
		const people = 6
		errs := make([]error, people)
		var all sync.WaitGroup
		for n := range people {
			all.Go(func() { errs[n] = save(n) })
		}
		all.Wait()
		saved := 0
		for _, err := range errs {
			switch {
			case err == nil:
				saved++
			case !errors.Is(err, ErrStale):
				t.Errorf("%s: %v", name, err)
			}
		}
		if saved != 1 {
			t.Errorf("%s: %d of %d were stored", name, saved, people)
		}
	}
	if by, at, err := d.LastChange(t.Context(), id, "application.watch_changed"); err != nil || by != ada.ID || at.IsZero() {
		t.Errorf("the last change is by %q at %s, %v", by, at, err)
	}
}

// TestWhatIsNotedIsNoChange: what Caracal notes beside settings does not refuse whoever edits them.
func TestWhatIsNotedIsNoChange(t *testing.T) {
	t.Parallel()
	a := trigger.Trigger{ID: "trg_1", Kind: trigger.OrgEvents, Name: "New", Config: trigger.Config{Event: trigger.Listener{Types: []string{"user.lifecycle.create"}}}}
	b := a
	b.Paused, b.Revision, b.DueAt = true, 7, testTime
	b.Event.From = map[string]time.Time{"user.lifecycle.create": testTime}
	if SeenTrigger(a) != SeenTrigger(b) || a.Event.From != nil {
		t.Error("a pause counts as other settings")
	}
	b.Event.Own = true
	if SeenTrigger(a) == SeenTrigger(b) {
		t.Error("other settings have the same mark")
	}
	if err := Seen("").Still("", "x"); !errors.Is(err, ErrStale) {
		t.Errorf("a mark that is missing was taken: %v", err)
	}
}
