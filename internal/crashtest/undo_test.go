package crashtest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"caracal/auth"
	"caracal/db"
	"caracal/form"
	"caracal/internal/app"
	"caracal/org"
	"caracal/twin"
	"caracal/undo"
	"caracal/workflow"
)

// undoPoints are the names that crash.At knows on the way of an undo.
var undoPoints = []string{"undo-accepted", "before-start", "after-start-before-call", "after-call-before-done", "before-end", "after-end"}

// undone is a run that is taken back, as a person sends it from the page that asks once more.
type undone struct {
	keeper string // login of whom it changed
	run    string
	fields []string
	by     string // the run that takes it back
}

// TestCrashUndo kills the real program with kill -9 while it takes runs back against an org that drops connections, and
// starts it again each time. Then each undo was accepted once and has ended well, the org is as it was before the runs, and
// its log holds each thing that can't be done twice exactly once.
func TestCrashUndo(t *testing.T) {
	t.Parallel()
	const runs, perPoint, atRandom = 3, 2, 12
	dir := t.TempDir()
	o := newOrg(t, "Undo", org.CustomApp)
	r, err := NewRig(t.Context(), built(t), filepath.Join(dir, "caracal.db"), dir, o)
	if err != nil {
		t.Fatal(err)
	}
	n, err := r.Node("only", r.Place)
	if err != nil {
		t.Fatal(err)
	}
	var list []*undone
	for i := range runs {
		list = append(list, &undone{keeper: fmt.Sprintf("keeper%d@caracal.example", i)})
	}
	flow := undoable(t, r, o, list)
	before := o.Sim.State()
	carryOut(t, n, flow, list)
	beside(t, r, func(whole *app.App) { // while the program is not there
		for _, u := range list {
			p, err := whole.Undo.Plan(t.Context(), u.run, &undo.Selection{Rest: true})
			if err == nil {
				chosen := &undo.Selection{IDs: map[string]bool{}, Rest: true}
				for _, e := range p.Entries {
					if e.Listed && e.Offered() {
						chosen.IDs[e.ID] = true
						u.fields = append(u.fields, "do", e.ID)
					}
				}
				p, err = whole.Undo.Plan(t.Context(), u.run, chosen)
			}
			if err != nil {
				t.Fatal(err)
			}
			u.fields = append(u.fields, "rest", "1", "hash", p.Hash, "once", "once-token-of-"+u.run, "confirm", "Many")
			if len(p.Ticked()) != 3*undoItems+3 {
				t.Fatalf("%d of %d are taken back", len(p.Ticked()), len(p.Entries))
			}
		}
	})
	logged := len(o.Sim.Log())

	o.Break(dropping)
	reached, kills := map[string]int{}, 0
	life := func(crashAt string, after time.Duration) {
		ready, err := n.Start(crashAt)
		if err != nil {
			t.Fatal(err)
		}
		if ready {
			n.Kill(after)
			for i, u := range list { // the later ones are sent when the earlier ones are under way
				if i <= kills/5 {
					u.send(t, n)
				}
			}
		}
		if err := n.Wait(); err != nil {
			t.Fatal(err)
		}
		kills++
		if point, _, _ := strings.Cut(crashAt, ":"); !n.shot.Load() {
			reached[point]++
		}
	}
	for i := range perPoint {
		for _, point := range undoPoints {
			life(fmt.Sprintf("%s:%d", point, 1+2*i), time.Second)
		}
	}
	for range atRandom {
		life("", time.Duration(rand.IntN(400))*time.Millisecond)
	}
	finishUndos(t, n, list)

	for _, c := range twin.Diff(before, o.Sim.State()) {
		t.Errorf("after the undos: %s", c.Words())
	}
	times := map[string]int{}
	for _, e := range o.Sim.Log()[logged:] {
		switch e.EventType {
		case "group.lifecycle.delete", "user.lifecycle.unsuspend", "user.lifecycle.delete.initiated":
			times[e.EventType]++
			if times[e.EventType+e.Target[0].ID]++; times[e.EventType+e.Target[0].ID] > 1 {
				t.Errorf("%s of %s was done %d times", e.EventType, e.Target[0].AlternateID, times[e.EventType+e.Target[0].ID])
			}
		}
	}
	if times["group.lifecycle.delete"] != runs*undoItems || times["user.lifecycle.unsuspend"] != runs || times["user.lifecycle.delete.initiated"] != runs {
		t.Errorf("done in the undos: %v", times)
	}
	if kills < 20 || len(reached) < 4 {
		t.Errorf("%d kills, at points: %v", kills, reached)
	}
	t.Logf("%d kills (%v at points), %d connections dropped, %d changes of %d runs taken back", kills, reached, o.struck.Load(), runs*(3*undoItems+3), runs)
}

// undoItems is how many items the loop of the workflow has.
const undoItems = 12

// undoable makes somebody for each run, and publishes a workflow whose runs can be taken back whole.
func undoable(t *testing.T, r *Rig, o *Org, list []*undone) (flow workflow.Workflow) {
	t.Helper()
	for _, u := range list {
		err := o.post(t.Context(), http.DefaultClient, "/api/v1/users?activate=true", map[string]any{
			"profile":     map[string]string{"login": u.keeper, "email": u.keeper, "firstName": "K", "lastName": "K", "title": "Old"},
			"credentials": map[string]any{"password": map[string]string{"value": "Analytical1Engine"}}})
		if err != nil {
			t.Fatal(err)
		}
	}
	var items []string
	for i := range undoItems {
		items = append(items, fmt.Sprintf("%q", fmt.Sprint("item", i)))
	}
	step := func(id, action string, in string, fields ...string) workflow.Step {
		s := workflow.Step{ID: id, Title: id, Action: action, Fields: map[string]string{}, Control: workflow.Control{In: in}}
		for i := 0; i < len(fields); i += 2 {
			s.Fields[fields[i]] = fields[i+1]
		}
		return s
	}
	beside(t, r, func(whole *app.App) {
		var err error
		flow, err = whole.DB.CreateWorkflow(t.Context(), workflow.Definition{Name: "Many", ApplicationID: o.id, Inputs: []workflow.Input{{Name: "label", Label: "Label", Kind: form.Text, Required: true}},
			Steps: []workflow.Step{
				step("keeper", "user.find", "", "login", "{{ inputs.label }}"),
				step("person", "user.create", "", "first_name", "New", "last_name", "New", "email", "new-{{ inputs.label }}", "when", "now"),
				step("each", workflow.FlowForEach, "", "list", "{{ ["+strings.Join(items, ", ")+"] }}", "at_once", "3"),
				step("made", "group.create", "each", "name", "{{ inputs.label }}-{{ item }}"),
				step("told", "group.update", "each", "group", "{{ steps.made.output.id }}", "description", "Told"),
				step("member", "group.add_member", "each", "user", "{{ steps.keeper.output.id }}", "group", "{{ steps.made.output.id }}"),
				step("title", "user.update", "", "user", "{{ steps.keeper.output.id }}", "title", "New"),
				step("hold", "user.suspend", "", "user", "{{ steps.keeper.output.id }}"),
			}}, auth.User{ID: "u_test", Name: "Test"})
		if err == nil {
			_, err = whole.DB.Publish(t.Context(), flow.ID, flow.Revision, "", auth.User{ID: "u_test", Name: "Test"})
		}
		if err != nil {
			t.Fatal(err)
		}
	})
	return flow
}

// beside opens the installation in this process, while no program runs on it.
func beside(t *testing.T, r *Rig, do func(whole *app.App)) {
	t.Helper()
	whole, err := r.open(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	do(whole)
	if err := whole.Close(); err != nil {
		t.Fatal(err)
	}
}

// carryOut makes the runs, undisturbed.
func carryOut(t *testing.T, n *Node, flow workflow.Workflow, list []*undone) {
	t.Helper()
	if ready, err := n.Start(""); err != nil || !ready {
		t.Fatalf("the first start failed: %v %s", err, n.log)
	}
	for _, u := range list {
		at, err := n.post("/workflows/"+flow.ID+"/runs", "label", u.keeper, "version", "1", "once", "once-token-of-"+u.keeper)
		if err != nil {
			t.Fatal(err, n.log)
		}
		u.run = strings.TrimPrefix(at, "/runs/")
	}
	ended(t, n, func(u *undone) string { return u.run }, list)
	if err := n.Stop(); err != nil {
		t.Fatal(err)
	}
}

// send sends the form of an undo, as often as it takes until it is accepted.
func (u *undone) send(t *testing.T, n *Node) {
	t.Helper()
	at, err := n.post("/runs/"+u.run+"/undo", u.fields...)
	if odd := new(statusError); errors.As(err, &odd) {
		t.Errorf("%v\n%s", err, n.log)
	}
	if err != nil {
		return // it is dead
	}
	if by := strings.TrimPrefix(at, "/runs/"); u.by == "" {
		u.by = by
	} else if u.by != by {
		t.Errorf("the undo of %s was accepted twice, as %s and %s", u.run, u.by, by)
	}
}

// finishUndos lets the program bring everything to its end.
func finishUndos(t *testing.T, n *Node, list []*undone) {
	t.Helper()
	if ready, err := n.Start(""); err != nil || !ready {
		t.Fatalf("the last start failed: %v %s", err, n.log)
	}
	for _, u := range list {
		if u.send(t, n); u.by == "" {
			t.Fatalf("the undo of %s was not accepted", u.run)
		}
	}
	ended(t, n, func(u *undone) string { return u.by }, list)
	if err := n.Stop(); err != nil {
		t.Error(err)
	}
}

// ended waits until runs have ended well.
func ended(t *testing.T, n *Node, which func(*undone) string, list []*undone) {
	t.Helper()
	d, err := n.rig.reading(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close() //nolint:errcheck // it was only read
	look := time.NewTicker(100 * time.Millisecond)
	defer look.Stop()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	for _, u := range list {
		for {
			run, err := d.Run(ctx, which(u))
			if err == nil && run.State == workflow.RunSucceeded {
				if list, err := d.UndosOf(ctx, u.run); err != nil || len(list) > 1 {
					t.Errorf("the run %s is taken back by %d runs: %v", u.run, len(list), err)
				}
				break
			}
			if err == nil && run.State.Ended() || ctx.Err() != nil || errors.Is(err, db.ErrNotFound) {
				t.Fatalf("the run %s %s: %s %s %v", which(u), run.State, run.Error, run.WaitReason, err)
			}
			select {
			case <-look.C:
			case <-ctx.Done():
			}
		}
	}
}
