package db

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"caracal/auth"
	"caracal/fault"
	"caracal/workflow"
)

var ada, omar = auth.User{ID: "person_ada", Name: "Ada"}, auth.User{ID: "person_omar", Name: "Omar"}

func draft(name string) workflow.Definition {
	return workflow.Definition{Name: name, Runners: []auth.Role{auth.Operator}, Steps: []workflow.Step{{ID: "a", Title: "Look up", Action: "user.find"}}}
}

func TestDraftsAreComparedAndSet(t *testing.T) {
	t.Parallel()
	d, ctx := open(t, Options{}), context.Background()
	w, err := d.CreateWorkflow(ctx, draft("One"), ada)
	if err != nil {
		t.Fatal(err)
	}
	rev, err := d.SaveDraft(ctx, w.ID, draft("Two"), 1, "page1", ada)
	if err != nil || rev != 2 {
		t.Fatal(rev, err)
	}
	if rev, err = d.SaveDraft(ctx, w.ID, draft("Two"), 2, "page1", ada); err != nil || rev != 2 {
		t.Error("an unchanged draft made a revision", rev, err)
	}
	if rev, err = d.SaveDraft(ctx, w.ID, draft("Three"), 1, "page1", ada); err != nil || rev != 3 {
		t.Error("a page is in conflict with itself", rev, err)
	}
	var conflict *DraftConflict
	if _, err = d.SaveDraft(ctx, w.ID, draft("Mine"), 1, "page2", omar); !errors.As(err, &conflict) || conflict.Theirs.Draft.Name != "Three" || !fault.Is(err, fault.Conflict) {
		t.Fatalf("second editor: %v", err)
	}
	if rev, err = d.SaveDraft(ctx, w.ID, draft("Mine"), conflict.Theirs.Revision, "page2", omar); err != nil || rev != 4 {
		t.Error("overwriting knowingly", rev, err)
	}
	if _, err = d.SaveDraft(ctx, w.ID, draft("Four"), 3, "page1", ada); !errors.As(err, &conflict) {
		t.Errorf("first editor was not told: %v", err)
	}
	if old, err := d.DraftAt(ctx, w.ID, 2); err != nil || old.Name != "Two" {
		t.Error(old, err)
	}
	if _, err := d.DraftAt(ctx, w.ID, 99); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	lines, _, err := d.AuditList(ctx, AuditFilter{Subject: w.ID})
	if err != nil || len(lines) != 3 {
		t.Errorf("audit: %d lines (%v), want one for creating and one for each page", len(lines), err)
	}
}

func TestOnlyOneOfManyEditorsWins(t *testing.T) {
	t.Parallel()
	d, ctx := open(t, Options{}), context.Background()
	w, err := d.CreateWorkflow(ctx, draft("One"), ada)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	errs := make([]error, 20)
	for i := range errs {
		wg.Go(func() {
			_, errs[i] = d.SaveDraft(ctx, w.ID, draft(fmt.Sprint("by ", i)), 1, fmt.Sprint("page", i), ada)
		})
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		var conflict *DraftConflict
		if err == nil {
			won++
		} else if !errors.As(err, &conflict) {
			t.Error(err)
		}
	}
	if won != 1 {
		t.Errorf("%d editors won", won)
	}
}

func TestPublish(t *testing.T) {
	t.Parallel()
	d, ctx := open(t, Options{}), context.Background()
	w, err := d.CreateWorkflow(ctx, draft("One"), ada)
	if err != nil {
		t.Fatal(err)
	}
	v, err := d.Publish(ctx, w.ID, 1, "first", ada)
	if err != nil || v.Number != 1 {
		t.Fatal(v, err)
	}
	if _, err := d.Publish(ctx, w.ID, 1, "", ada); !fault.Is(err, fault.Conflict) || !strings.Contains(fault.Message(err), "Nothing has changed") {
		t.Error(err)
	}
	if w, err = d.Workflow(ctx, w.ID); err != nil || w.Dirty || w.Published != 1 {
		t.Errorf("%+v %v", w, err)
	}
	if _, err := d.SaveDraft(ctx, w.ID, draft("Two"), 1, "p", ada); err != nil {
		t.Fatal(err)
	}
	var conflict *DraftConflict
	if _, err := d.Publish(ctx, w.ID, 1, "", ada); !errors.As(err, &conflict) {
		t.Errorf("published what was not looked at: %v", err)
	}
	if _, err := d.SaveDraft(ctx, w.ID, draft("One"), 2, "p", ada); err != nil {
		t.Fatal(err)
	}
	if w, err = d.Workflow(ctx, w.ID); err != nil || w.Dirty {
		t.Error("a draft taken back to the version is still dirty", err)
	}
	if _, err := d.SaveDraft(ctx, w.ID, draft("Three"), 3, "p", ada); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Publish(ctx, w.ID, 4, "second", omar); err != nil {
		t.Fatal(err)
	}
	list, err := d.WorkflowVersions(ctx, w.ID)
	if err != nil || len(list) != 2 || list[0].Definition.Name != "Three" || list[1].Note != "first" || list[0].CreatedBy != omar.ID {
		t.Errorf("%+v %v", list, err)
	}
	if _, err := d.WorkflowVersion(ctx, w.ID, 3); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	if _, err := d.write.Exec("UPDATE workflow_version SET note = 'x'"); err == nil {
		t.Error("a version could be changed")
	}
}

func TestWorkflowList(t *testing.T) {
	t.Parallel()
	d, ctx := open(t, Options{}), context.Background()
	var ids []string
	for _, name := range []string{"charlie", "Alpha", "bravo"} {
		w, err := d.CreateWorkflow(ctx, draft(name), ada)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, w.ID)
	}
	if _, err := d.Publish(ctx, ids[2], 1, "", ada); err != nil {
		t.Fatal(err)
	}
	names := func(f WorkflowFilter) (string, string) {
		t.Helper()
		list, next, err := d.WorkflowList(ctx, f)
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, w := range list {
			out = append(out, w.Draft.Name)
		}
		return strings.Join(out, " "), next
	}
	page, next := names(WorkflowFilter{Limit: 2})
	rest, end := names(WorkflowFilter{Limit: 2, After: next})
	if page != "Alpha bravo" || rest != "charlie" || end != "" {
		t.Errorf("pages %q and %q, end %q", page, rest, end)
	}
	if got, _ := names(WorkflowFilter{Query: "LOOK char"}); got != "charlie" {
		t.Error(got)
	}
	if got, _ := names(WorkflowFilter{Runners: []auth.Role{auth.Auditor, auth.Operator}}); got != "bravo" {
		t.Error(got)
	}
	if got, _ := names(WorkflowFilter{Runners: []auth.Role{auth.Auditor}}); got != "" {
		t.Error(got)
	}
	if got, _ := names(WorkflowFilter{State: WorkflowDraft}); got != "Alpha charlie" {
		t.Error(got)
	}
	if err := d.ArchiveWorkflow(ctx, ids[0], true, omar); err != nil {
		t.Fatal(err)
	}
	if err := d.ArchiveWorkflow(ctx, ids[0], true, omar); err != nil {
		t.Error("archiving twice:", err)
	}
	if err := d.ArchiveWorkflow(ctx, "wf_none", true, omar); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	if got, _ := names(WorkflowFilter{}); got != "Alpha bravo" {
		t.Error(got)
	}
	if got, _ := names(WorkflowFilter{Archived: true}); got != "charlie" {
		t.Error(got)
	}
	if _, err := d.SaveDraft(ctx, ids[0], draft("x"), 1, "p", ada); !fault.Is(err, fault.Conflict) {
		t.Error("changed an archived workflow:", err)
	}
	if last, err := d.LastRuns(ctx, ids); err != nil || len(last) != 0 {
		t.Error(last, err)
	}
}

// TestPublishNoCircle: two that run one another can't both be published, whoever checked what before.
func TestPublishNoCircle(t *testing.T) {
	t.Parallel()
	d, ctx := open(t, Options{}), context.Background()
	made := map[string]workflow.Workflow{}
	for _, name := range []string{"A", "B", "C"} {
		w, err := d.CreateWorkflow(ctx, draft(name), ada)
		if err != nil {
			t.Fatal(err)
		}
		made[name] = w
	}
	publish := func(name, runs string) error {
		w := made[name]
		definition := draft(name)
		definition.Steps = append(definition.Steps, workflow.Step{ID: "call", Title: "Call", Action: workflow.CallAction(made[runs].ID)})
		rev, err := d.SaveDraft(ctx, w.ID, definition, w.Revision, "page", ada)
		if err != nil {
			t.Fatal(err)
		}
		_, err = d.Publish(ctx, w.ID, rev, "", ada)
		return err
	}
	for _, one := range []struct{ name, runs, says string }{
		{"A", "A", "“Call” leads in a circle. This step runs the workflow that it stands in"},
		{"A", "B", ""}, {"B", "C", ""},
		{"C", "A", "This step runs “A”, which runs “B”, which runs this workflow again"},
	} {
		if err := publish(one.name, one.runs); one.says == "" && err != nil || one.says != "" && (!fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), one.says)) {
			t.Errorf("%s runs %s: %v", one.name, one.runs, err)
		}
	}
	if err := d.ArchiveWorkflow(ctx, made["A"].ID, true, ada); err != nil { // it may come back
		t.Fatal(err)
	}
	if err := publish("C", "A"); !fault.Is(err, fault.Invalid) {
		t.Errorf("over one that is archived: %v", err)
	}
}
