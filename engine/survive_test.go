package engine

import (
	"context"
	"testing"
	"time"

	"caracal/form"
	"caracal/trigger"
)

// broken is a log whose reading breaks down.
type broken struct{ orgModel }

// ReadLog panics.
func (*broken) ReadLog(context.Context, string, trigger.LogQuery) (trigger.LogPage, error) {
	panic("an answer that nobody thought of")
}

// TestOneEventEndsNoProcess: what breaks down over one org's log, or over one event, is put off, and the others go on.
func TestOneEventEndsNoProcess(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	model := &orgModel{}
	r.orgLog, r.Engine.orgLog = model, &broken{}
	r.listening()
	r.now = r.now.Add(time.Minute)
	if err := r.PollEvents(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i, uuid := range []string{"e1", "e2"} {
		model.log = append(model.log, happening{uuid: uuid, kind: created, result: "SUCCESS", actor: "u1", published: r.now.Add(time.Duration(i) * time.Second), stored: r.now})
	}
	r.now = r.now.Add(10 * time.Minute)
	r.Engine.orgLog = model
	if err := r.PollEvents(t.Context()); err != nil {
		t.Fatal(err)
	}
	tried := 0
	r.resolve = func(context.Context, string, *form.Form) error {
		if tried++; tried == 1 {
			panic("a value that nobody thought of")
		}
		return nil
	}
	if err := r.StartEvents(t.Context()); err != nil {
		t.Fatal(err)
	}
	counts, err := r.db.RunCounts(t.Context(), dbAll)
	if err != nil {
		t.Fatal(err)
	}
	started := 0
	for _, n := range counts {
		started += n
	}
	if started != tried-1 || started == 0 {
		t.Errorf("%d of %d were started", started, tried)
	}
	r.now = r.now.Add(time.Minute) // the one that broke down comes again
	if err := r.StartEvents(t.Context()); err != nil {
		t.Fatal(err)
	}
	if counts, err = r.db.RunCounts(t.Context(), dbAll); err != nil || counts["queued"] != tried-1 {
		t.Errorf("%v of %d, %v", counts, tried-1, err)
	}
}
