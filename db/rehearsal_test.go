package db

import (
	"database/sql"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"caracal/fault"
	"caracal/plan"
	"caracal/workflow"
)

// aPlan is what a rehearsal found: a group, and two people who join it in a for-each, of whom one brings an app along.
func aPlan() plan.Plan {
	p := plan.Plan{Hash: "whole", Changes: []plan.Change{
		{Kind: plan.Group, Verb: plan.Created, Subject: "Chess", By: []int{1}},
		{Kind: plan.Membership, Verb: plan.Added, Subject: "ada@example.com", Object: "Chess", By: []int{3}},
		{Kind: plan.Membership, Verb: plan.Added, Subject: "ben@example.com", Object: "Chess", By: []int{4}},
		{Kind: plan.Assignment, Verb: plan.Added, Subject: "ben@example.com", Object: "Wiki", Follows: true, By: []int{4}}},
		Steps: []plan.Step{{Row: 1, Title: "Club", State: workflow.StepDone}, {Row: 1, At: "make", Title: "Make", State: workflow.StepDone, Effect: "e-make"},
			{Row: 1, At: "each", Title: "Each", State: workflow.StepDone}, {Row: 1, At: "each/join", Title: "Join", State: workflow.StepDone, Effect: "e-ada"},
			{Row: 1, At: "each/join", Title: "Join", State: workflow.StepFailed, Effect: "e-ben"}}}
	return p
}

func TestRehearsalIsKept(t *testing.T) {
	t.Parallel()
	d := open(t, Options{})
	ctx := t.Context()
	r, err := d.CreateRehearsal(ctx, plan.Subject{Kind: plan.Version, WorkflowID: "wf_1", Version: 2, Rows: []map[string]string{{"who": "ada"}}}, starter)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.NoteRehearsal(ctx, r.ID, 1); err != nil {
		t.Fatal(err)
	}
	p := aPlan()
	if err := d.FinishRehearsal(ctx, r.ID, p, p.Summary()); err != nil {
		t.Fatal(err)
	}
	if r, err = d.Rehearsal(ctx, r.ID); err != nil || r.State != plan.Ready || r.Done != 1 || r.Summary.Hash != "whole" || r.Subject.Rows[0]["who"] != "ada" {
		t.Fatalf("%+v, %v", r, err)
	}
	if err := d.FinishRehearsal(ctx, r.ID, plan.Plan{}, plan.Summary{}); err == nil {
		t.Error("a rehearsal ended twice")
	}

	words := func(list []plan.Change, err error) (out []string) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range list {
			out = append(out, c.Words())
		}
		return out
	}
	const ada, ben, wiki = "ada@example.com joins Chess", "ben@example.com joins Chess", "ben@example.com gets Wiki"
	for _, c := range []struct {
		filter ChangeFilter
		want   []string
		next   int
	}{
		{ChangeFilter{}, []string{"Chess is created", ada, ben, wiki}, 0},
		{ChangeFilter{Limit: 3}, []string{"Chess is created", ada, ben}, 3},
		{ChangeFilter{From: 3, Limit: 3}, []string{wiki}, 0},
		{ChangeFilter{Kind: plan.Membership}, []string{ada, ben}, 0},
		{ChangeFilter{Follows: true}, []string{wiki}, 0},
		{ChangeFilter{Query: "BEN chess"}, []string{ben}, 0},
		{ChangeFilter{Limit: -1}, []string{"Chess is created", ada, ben, wiki}, 0},
	} {
		list, next, err := d.RehearsalChanges(ctx, r.ID, c.filter)
		if got := words(list, err); !slices.Equal(got, c.want) || next != c.next {
			t.Errorf("%+v: %q, and more from %d", c.filter, got, next)
		}
	}

	for _, c := range []struct {
		at, effect string
		want       bool
	}{{"make", "e-make", true}, {"each/join", "e-ada", true}, {"each/join", "e-ben", true}, {"each/join", "e-make", false}, {"make", "", false}, {"", "e-make", false}} {
		if planned, err := d.Planned(ctx, r.ID, c.at, c.effect); err != nil || planned != c.want {
			t.Errorf("%q at %q is planned: %v, %v", c.effect, c.at, planned, err)
		}
	}
	if planned, err := d.Planned(ctx, "reh_none", "make", "e-make"); err != nil || planned {
		t.Errorf("a rehearsal that is not there has planned it: %v", err)
	}
	for _, c := range []struct {
		at    string
		steps int
		want  []string
	}{{"make", 1, []string{"Chess is created"}}, {"each/join", 2, []string{ada, ben, wiki}}, {"elsewhere", 0, nil}} {
		steps, err := d.StepsAt(ctx, r.ID, c.at, 0)
		if err != nil {
			t.Fatal(err)
		}
		list, err := d.PlannedAt(ctx, r.ID, c.at, 0)
		if got := words(list, err); !slices.Equal(got, c.want) || steps != c.steps {
			t.Errorf("at %q %d steps make %q", c.at, steps, got)
		}
	}
	if rows, err := d.RehearsalRows(ctx, r.ID); err != nil || len(rows) != 1 || rows[0].Title != "Club" {
		t.Errorf("rows: %+v, %v", rows, err)
	}
	if failing, next, err := d.RehearsalSteps(ctx, r.ID, true, 0, 10); err != nil || len(failing) != 1 || failing[0].Index != 4 || next != 0 {
		t.Errorf("steps that would fail: %+v, %v", failing, err)
	}
	if steps, next, err := d.RehearsalSteps(ctx, r.ID, false, 2, 2); err != nil || len(steps) != 2 || next != 4 {
		t.Errorf("a page of steps: %+v from %d, %v", steps, next, err)
	}
	if makers, err := d.RehearsalMakers(ctx, r.ID, []int{1, 4}); err != nil || len(makers) != 2 || makers[4].Title != "Join" {
		t.Errorf("makers: %+v, %v", makers, err)
	}
	if err := d.DropRehearsals(ctx, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Rehearsal(ctx, r.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("a dropped one: %v", err)
	}
	if planned, err := d.Planned(ctx, r.ID, "make", "e-make"); err != nil || planned {
		t.Errorf("its steps are still there: %v", err)
	}
}

// TestPlannedOfARow: what one row of many was to do is found by its number, and no other row's is looked at.
func TestPlannedOfARow(t *testing.T) {
	t.Parallel()
	d := open(t, Options{})
	ctx := t.Context()
	const many = 30
	var p plan.Plan
	for i := range many {
		who := string(rune('A' + i))
		p.Steps = append(p.Steps, plan.Step{Row: i + 1, State: workflow.StepDone}, plan.Step{Row: i + 1, At: "join", State: workflow.StepDone, Effect: who})
		p.Changes = append(p.Changes, plan.Change{Kind: plan.Membership, Verb: plan.Added, Subject: who, Object: "Chess", By: []int{2*i + 1, 2*i + 1}})
	}
	r, err := d.CreateRehearsal(ctx, plan.Subject{Kind: plan.Version, WorkflowID: "wf_1"}, starter)
	if err == nil {
		err = d.FinishRehearsal(ctx, r.ID, p, p.Summary())
	}
	if err != nil {
		t.Fatal(err)
	}
	for row, want := range map[int]string{1: "A", 7: "G", many + 1: ""} {
		list, err := d.PlannedAt(ctx, r.ID, "join", row)
		steps, problem := d.StepsAt(ctx, r.ID, "join", row)
		if err != nil || problem != nil || steps != len(list) || want == "" && steps > 0 || want != "" && (steps != 1 || list[0].Subject != want) {
			t.Errorf("row %d: %d steps make %+v; %v, %v", row, steps, list, err, problem)
		}
	}
	if onPostgres {
		return // it has a planner of its own
	}
	query, args := plannedAt(r.ID, "join", 7)
	if err := rows(ctx, d.read, func(row *sql.Rows) error {
		var how string
		err := row.Scan(new(int), new(int), new(int), &how)
		if strings.HasPrefix(how, "SCAN") || strings.Contains(how, " s ") && !strings.Contains(how, "row_no=?") {
			t.Errorf("of every row: %s", how)
		}
		return err
	}, "EXPLAIN QUERY PLAN "+query, args...); err != nil {
		t.Fatal(err)
	}
}

// TestPlanOfARun holds that the runs within one are held to its plan, and where they stand in it.
func TestPlanOfARun(t *testing.T) {
	t.Parallel()
	d := open(t, Options{})
	ctx := t.Context()
	outer, middle, inner := create(t, d, testRun("")), create(t, d, testRun("")), create(t, d, testRun(""))
	if err := d.Write(ctx, func(tx *sql.Tx) error {
		for child, parent := range map[string]string{middle: outer, inner: middle} {
			if _, err := exec(ctx, tx, "UPDATE run SET parent_id = $1, parent_step = 1 WHERE id = $2", parent, child); err != nil {
				return err
			}
		}
		return insertRunPlan(ctx, tx, outer, RunPlan{RehearsalID: "reh_1", Row: 3, Hash: "h", Summary: aPlan().Summary()})
	}); err != nil {
		t.Fatal(err)
	}
	for run, place := range map[string]string{outer: "", middle: "add/", inner: "add/add/"} {
		p, err := d.PlanOf(ctx, run)
		if err != nil || p.RunID != outer || p.RehearsalID != "reh_1" || p.Row != 3 || !p.Stepwise() || p.Summary.Changes() != 4 || !p.CheckedAt.IsZero() || p.Difference != nil {
			t.Errorf("the plan of %s is %+v, %v", place, p, err)
		}
		if got, err := d.PlaceOf(ctx, run); err != nil || got != place {
			t.Errorf("it stands at %q and not at %q: %v", got, place, err)
		}
	}
	if err := d.NotePlan(ctx, RunPlan{RunID: outer}, nil); err != nil {
		t.Fatal(err)
	}
	if p, err := d.PlanOf(ctx, inner); err != nil || p.CheckedAt.IsZero() {
		t.Errorf("it was compared: %+v, %v", p, err)
	}
	if err := d.NotePlan(ctx, RunPlan{RunID: outer}, &plan.Difference{Words: "It differs.", Lost: aPlan().Changes[:1]}); err != nil {
		t.Fatal(err)
	}
	if p, err := d.PlanOf(ctx, inner); err != nil || p.Difference == nil || p.Difference.Words != "It differs." || len(p.Difference.Lost) != 1 {
		t.Errorf("it differs: %+v, %v", p, err)
	}
	if p, err := d.PlanOf(ctx, create(t, d, testRun(""))); err != nil || p.RehearsalID != "" {
		t.Errorf("a run without a plan: %+v, %v", p, err)
	}
}

// TestTwoItemsOfARowDiffer holds that two items of a row which both read the plan before either found a difference both may say so.
func TestTwoItemsOfARowDiffer(t *testing.T) {
	t.Parallel()
	d := open(t, Options{})
	ctx := t.Context()
	row := create(t, d, testRun(""))
	lent := RunPlan{RunID: row, RehearsalID: "reh_1", Row: 2, Hash: "h", Summary: aPlan().Summary(), lent: true}
	for _, words := range []string{"The first differs.", "The second differs."} {
		if err := d.NotePlan(ctx, lent, &plan.Difference{Words: words}); err != nil {
			t.Fatalf("%s %v", words, err)
		}
	}
	if p, err := d.PlanOf(ctx, row); err != nil || p.lent || p.RunID != row || p.Difference == nil || p.Difference.Words != "The second differs." {
		t.Errorf("%+v, %v", p, err)
	}
}

// TestUndoIsStored holds that an undo is stored with the runs within it, that nothing is taken back by two, and that what
// failed may be tried again.
func TestUndoIsStored(t *testing.T) {
	t.Parallel()
	d := open(t, Options{})
	ctx := t.Context()
	run, item := create(t, d, testRun("")), create(t, d, testRun(""))
	if err := d.Write(ctx, func(tx *sql.Tx) error {
		_, err := exec(ctx, tx, "UPDATE run SET parent_id = $1, parent_step = 1, item_no = 1, item = '\"a\"' WHERE id = $2", run, item)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	back := func(of string, step int) workflow.RunStep {
		return workflow.RunStep{StepID: "undo_1", Title: "Take back", Action: "group.delete", Fields: map[string]string{"group": "00g1"},
			Undoes: &workflow.Undoing{RunID: of, Step: step, Guard: workflow.Guard{Expect: []workflow.Fact{{Key: "/a", Value: true}}}}}
	}
	undo := func() Undo {
		return Undo{By: starter, UndoRun: UndoRun{Run: workflow.Run{WorkflowID: "wf_1", Version: 2, ApplicationID: "app_1", Name: "Undo of New hire", Undoes: run, StartedBy: starter.ID,
			Steps: []workflow.RunStep{{StepID: "undo_2", Title: "Within", Action: workflow.FlowUndo}, back(run, 0)}},
			Within: map[int][]UndoRun{0: {{Run: workflow.Run{Name: "Undo of an item", Undoes: item, ItemNo: 1, Item: "a", Steps: []workflow.RunStep{back(item, 1)}}}}}}}
	}
	started, err := d.StartUndo(ctx, undo(), noQueue)
	if err != nil || !started.Created {
		t.Fatal(started, err)
	}
	tree, err := d.RunTree(ctx, started.ID)
	if err != nil || len(tree) != 2 || len(tree[started.ID].Steps) != 2 {
		t.Fatalf("%+v, %v", tree, err)
	}
	if u := tree[started.ID].Steps[1].Undoes; u == nil || u.RunID != run || len(u.Guard.Expect) != 1 {
		t.Errorf("a step of it is %+v", u)
	}
	if whole, err := d.RunTree(ctx, run); err != nil || len(whole) != 2 {
		t.Errorf("the run with its item: %d, %v", len(whole), err)
	}
	taken, err := d.TakenBack(ctx, run)
	if err != nil || len(taken) != 2 || taken[0].Ended || taken[0].State != workflow.StepPending {
		t.Errorf("taken back: %+v, %v", taken, err)
	}
	if _, err := d.StartUndo(ctx, undo(), noQueue); !fault.Is(err, fault.Conflict) {
		t.Errorf("a second one: %v", err)
	}
	if list, err := d.UndosOf(ctx, run); err != nil || len(list) != 1 || list[0].ID != started.ID {
		t.Errorf("undos: %v, %v", list, err)
	}
	if err := d.Write(ctx, func(tx *sql.Tx) error {
		_, err := exec(ctx, tx, "UPDATE run_step SET state = 'failed' WHERE undoes_run <> ''")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if again, err := d.StartUndo(ctx, undo(), noQueue); err != nil || !again.Created {
		t.Errorf("what failed can't be tried again: %v", err)
	}
}
