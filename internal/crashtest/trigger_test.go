package crashtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"caracal/auth"
	"caracal/db"
	"caracal/form"
	"caracal/org"
	"caracal/trigger"
	"caracal/workflow"
)

// triggerPoints are the names that crash.At knows where triggers start runs.
var triggerPoints = []string{"schedule-due", "schedule-half-stored", "schedule-fired", "events-stored", "before-event-start", "event-half-started", "event-started",
	"before-log-page", "log-page-stored"}

// TestCrashTriggers kills the real program with kill -9 while schedules fall due, an event hook delivers and the org's
// log is read, and starts it again each time. Each due time has then started exactly one run, and so has each event that
// was answered with 200 or that is in the log, however often it came and by whichever way.
func TestCrashTriggers(t *testing.T) {
	t.Parallel()
	const perPoint, atRandom = 2, 8
	by := auth.User{ID: "u_test", Name: "Test"}
	dir := t.TempDir()
	o := newOrg(t, "Triggers", org.CustomApp)
	r, err := NewRig(t.Context(), built(t), filepath.Join(dir, "caracal.db"), dir, o)
	if err != nil {
		t.Fatal(err)
	}
	flow, address, secretText := listenTo(t, r, o, by)
	p, err := r.Node("only", r.Place)
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	between := func(do func(d *db.DB)) { // while the program is dead
		t.Helper()
		d, err := db.Open(context.Background(), r.Place, db.Options{})
		if err != nil {
			t.Fatal(err)
		}
		do(d)
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
	// fallDue makes schedules that have just fallen due, and will again in a year.
	fallDue := func() {
		between(func(d *db.DB) {
			due := time.Now().UTC().Truncate(time.Minute)
			for range 2 {
				label := fmt.Sprintf("due %d", len(want))
				want = append(want, label)
				if _, err := d.CreateTrigger(context.Background(), trigger.Trigger{WorkflowID: flow.ID, Kind: trigger.Schedule, Name: label, DueAt: due, Config: trigger.Config{
					Inputs:   map[string]string{"label": label},
					Schedule: trigger.Timetable{Cron: fmt.Sprintf("%d %d %d %d *", due.Minute(), due.Hour(), due.Day(), due.Month()), Zone: "UTC", CatchUp: trigger.CatchOnce}}}, by); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := d.Writer().Exec("UPDATE event_source SET every = 1"); err != nil {
				t.Fatal(err)
			}
		})
	}
	offered, owed := 0, map[string]string{} // events by uuid that were not answered with 200 yet
	// happen makes two events in the org, of which its log has one, and the hook is to deliver both.
	happen := func() {
		offered++
		if err := o.post(context.Background(), http.DefaultClient, "/api/v1/groups", map[string]any{"profile": map[string]string{"name": fmt.Sprintf("crash-%d", offered)}}); err != nil {
			t.Fatal(err)
		}
		logged := o.Sim.Events("group.lifecycle.create")
		raw, err := json.Marshal(&logged[len(logged)-1])
		if err != nil {
			t.Fatal(err)
		}
		if offered%2 == 0 { // every other one the hook misses
			owed[logged[len(logged)-1].UUID] = string(raw)
		}
		only := fmt.Sprintf("hook-%d", offered)
		owed[only] = fmt.Sprintf(`{"uuid":%q,"eventType":"user.lifecycle.create","published":%q,"outcome":{"result":"SUCCESS"},"actor":{"id":"00u1","type":"User"},"target":[]}`,
			only, time.Now().UTC().Format(time.RFC3339Nano))
		want = append(want, "event "+logged[len(logged)-1].UUID, "event "+only)
	}
	// offer delivers what is owed, all of it twice, until the program dies.
	offer := func() {
		for range 2 {
			for _, uuid := range slices.Sorted(maps.Keys(owed)) {
				if taken, err := p.hear(address, secretText, owed[uuid]); !taken {
					if err != nil {
						t.Error(err)
					}
					return
				}
			}
		}
		clear(owed)
	}
	reached := map[string]int{}
	life := func(crashAt string, after time.Duration) {
		fallDue()
		happen()
		ready, err := p.Start(crashAt)
		if err != nil {
			t.Fatal(err)
		}
		if ready {
			p.Kill(after)
			offer()
		}
		if err := p.Wait(); err != nil {
			t.Fatal(err)
		}
		point, _, _ := strings.Cut(crashAt, ":")
		if !p.shot.Load() {
			reached[point]++
		}
	}
	for i := range perPoint {
		for _, point := range triggerPoints {
			life(fmt.Sprintf("%s:%d", point, 1+i), 4*time.Second)
		}
	}
	for range atRandom {
		life("", time.Duration(rand.IntN(400))*time.Millisecond)
	}
	for _, point := range triggerPoints {
		if reached[point] == 0 {
			t.Errorf("the program was never killed at %s", point)
		}
	}
	got := settleTriggers(t, p, len(want), offer)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%d runs, want %d:\n%q\nwant\n%q", len(got), len(want), got, want)
	}
	t.Logf("%d kills (%v at points), %d due times and events, %d runs", len(triggerPoints)*perPoint+atRandom, reached, len(want), len(got))
}

// listenTo publishes a workflow that only takes a note, and a trigger that starts it for two types of event.
func listenTo(t *testing.T, r *Rig, o *Org, by auth.User) (flow workflow.Workflow, address, secretText string) {
	t.Helper()
	ctx := context.Background()
	whole, err := r.open(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	flow, err = whole.DB.CreateWorkflow(ctx, workflow.Definition{Name: "Note", ApplicationID: o.id, Inputs: []workflow.Input{{Name: "label", Label: "Label", Kind: form.Text, Required: true}},
		Steps: []workflow.Step{{ID: "note", Title: "Note", Action: workflow.FlowNote, Fields: map[string]string{"text": "{{ inputs.label }}"}}}}, by)
	if err == nil {
		_, err = whole.DB.Publish(ctx, flow.ID, flow.Revision, "", by)
	}
	if err == nil {
		l := trigger.Listener{Types: []string{"group.lifecycle.create", "user.lifecycle.create"}, Map: map[string]string{"label": "event {{ event.uuid }}"}}
		_, err = whole.DB.CreateTrigger(ctx, trigger.Trigger{WorkflowID: flow.ID, Kind: trigger.OrgEvents, Name: "Events", ApplicationID: o.id,
			Config: trigger.Config{Event: l.Listen(trigger.Listener{}, time.Now().UTC())}}, by)
	}
	if err == nil {
		secretText, err = whole.Connect.MakeEventSecret(ctx, o.id, 0, db.SeenSecret(time.Time{}, time.Time{}), by)
	}
	var src trigger.Source
	if err == nil {
		src, err = whole.DB.EventSource(ctx, o.id)
	}
	if err := errors.Join(err, whole.Close()); err != nil {
		t.Fatal(err)
	}
	return flow, src.Address, secretText
}

// hear delivers one event to the program's event hook, and reports whether it was taken. No answer is no error: the
// program may be dead.
func (n *Node) hear(address, secret, event string) (taken bool, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+n.addr+"/events/"+address,
		strings.NewReader(`{"eventType":"com.okta.event_hook","data":{"events":[`+event+`]}}`))
	if err != nil {
		return false, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", secret)
	resp, err := n.rig.client.Do(r)
	if err != nil {
		return false, nil
	}
	if err := resp.Body.Close(); err != nil {
		return false, nil
	}
	if resp.StatusCode != http.StatusOK {
		return false, fmt.Errorf("a delivery is answered with %s", resp.Status)
	}
	return true, nil
}

// settleTriggers lets the program start what it owes, waits until nothing more comes, and returns the labels of all runs.
func settleTriggers(t *testing.T, n *Node, want int, offer func()) (labels []string) {
	t.Helper()
	if ready, err := n.Start(""); err != nil || !ready {
		t.Fatalf("the last start failed: %v %s", err, n.log)
	}
	defer func() {
		if err := n.Stop(); err != nil {
			t.Error(err)
		}
	}()
	offer()
	d, err := n.rig.reading(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	look := time.NewTicker(100 * time.Millisecond)
	defer look.Stop()
	deadline := time.After(2 * time.Minute)
	began := time.Now()
	for {
		counts, err := d.RunCounts(context.Background(), db.RunFilter{})
		if err != nil {
			t.Fatal(err)
		}
		sum := 0
		for _, n := range counts {
			sum += n
		}
		sources, err := d.DueEventSources(context.Background(), time.Now().AddDate(1, 0, 0))
		if err != nil {
			t.Fatal(err)
		}
		// Everything is there, and the log was read to its end since.
		if sum >= want && len(sources) == 1 && sources[0].ReadTo.After(began.Add(5*time.Second)) {
			break
		}
		select {
		case <-look.C:
		case <-deadline:
			t.Fatalf("two minutes later there are %d runs of %d, and the log was read to %v", sum, want, sources)
		}
	}
	list, _, err := d.RunList(context.Background(), db.RunFilter{Limit: 100_000})
	if err != nil {
		t.Fatal(err)
	}
	for _, run := range list {
		labels = append(labels, run.Input["label"])
	}
	slices.Sort(labels)
	return labels
}
