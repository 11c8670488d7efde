package crashtest

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"caracal/db"
	"caracal/org"
	"caracal/workflow"
)

// TestCrashRows kills the real program with kill -9 while the runs of a CSV's rows are made, and while they run, and starts
// it again each time. Each row has then one run, which has ended; the counts, the batch's end and the file with results
// agree with them; and no change was made twice.
func TestCrashRows(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	o := newOrg(t, "Rows", org.CustomApp)
	r, err := NewRig(t.Context(), built(t), filepath.Join(dir, "caracal.db"), dir, o)
	if err != nil {
		t.Fatal(err)
	}
	many, err := r.flow(t.Context(), o, workflow.Definition{Name: "Note", Steps: []workflow.Step{
		{ID: "note", Title: "Note", Action: workflow.FlowNote, Fields: map[string]string{"text": "{{ inputs.label }}"}}}})
	if err != nil {
		t.Fatal(err)
	}
	few, err := r.flow(t.Context(), o, workflow.Definition{Name: "Group and person", Steps: []workflow.Step{
		{ID: "group", Title: "Group", Action: "group.create", Fields: map[string]string{"name": "{{ inputs.label }}"}},
		{ID: "person", Title: "Person", Action: "user.create", Fields: map[string]string{"first_name": "Row", "last_name": "{{ inputs.label }}", "email": "{{ inputs.label }}@caracal.example", "when": "now"}},
		{ID: "member", Title: "Member", Action: "group.add_member", Fields: map[string]string{"user": "{{ steps.person.output.id }}", "group": "{{ steps.group.output.id }}"}}}})
	if err != nil {
		t.Fatal(err)
	}
	n, err := r.Node("only", r.Place)
	if err != nil {
		t.Fatal(err)
	}
	if err := n.mustStart(); err != nil {
		t.Fatal(err)
	}
	upload := func(flow, prefix string, rows int) rowsBatch {
		t.Helper()
		var labels []string
		for i := range rows {
			labels = append(labels, fmt.Sprintf("%s-%04d", prefix, i+1))
		}
		b, err := n.upload(t.Context(), flow, labels)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	// More than are made in one transaction, twice, and a whole number of such parts.
	notes, groups := upload(many, "note", 2000), upload(few, "group", 40)
	if err := n.Stop(); err != nil {
		t.Fatal(err)
	}
	o.Break(dropping)
	defer o.Break(nil)
	reached := map[string]int{}
	life := func(point string, after time.Duration, do func()) {
		t.Helper()
		ready, err := n.Start(point)
		if err != nil {
			t.Fatal(err)
		}
		if ready {
			n.Kill(after)
			if do != nil {
				do()
			}
		}
		if err := n.Wait(); err != nil {
			t.Fatal(err)
		}
		if !n.shot.Load() {
			reached[point]++
		}
	}
	// begin starts a batch, as often as the answer is lost with the program: one that was started is answered as it stands.
	begin := func(b *rowsBatch) {
		t.Helper()
		answered := false
		for range 5 {
			life("rows-made:1", 5*time.Second, func() {
				_, err := n.begin(context.Background(), b.ID, 10)
				answered = err == nil
			})
			if answered {
				return
			}
		}
		t.Error("no start of a batch was answered")
	}
	begin(&notes)
	for _, point := range []string{"rows-made:1", "rows-made:1", "rows-made:1"} { // the second part, the look for a third, and the end of making
		life(point, 2*time.Second, nil)
	}
	begin(&groups)
	if reached["rows-made:1"] < 4 {
		t.Errorf("killed while rows were made: %d times", reached["rows-made:1"])
	}
	for i := range 3 {
		for _, point := range []string{"after-start-before-call", "after-call-before-done", "before-end", "after-end"} {
			life(fmt.Sprintf("%s:%d", point, 2+3*i), 1500*time.Millisecond, nil)
		}
		life("", time.Duration(rand.IntN(400))*time.Millisecond, nil)
	}
	t.Logf("killed at points: %v", reached)
	if err := n.mustStart(); err != nil {
		t.Fatal(err)
	}
	load := r.Load(o)
	if err := load.Finish(t.Context(), 3*time.Minute, n); err != nil {
		t.Fatal(err)
	}
	for _, b := range []rowsBatch{notes, groups} {
		r.holdRows(t, n, b)
	}
	row, err := load.Verify(t.Context(), "kill -9, rows of a CSV", nil)
	if err != nil {
		t.Fatal(err)
	}
	row.Runs, row.Accepted = 2, 2 // the two files
	report(t, row)
	if err := n.Stop(); err != nil {
		t.Error(err)
	}
}

// holdRows holds a batch that has ended against its rows.
func (r *Rig) holdRows(t *testing.T, n *Node, b rowsBatch) {
	t.Helper()
	now, err := n.batch(t.Context(), http.MethodGet, "/batches/"+b.ID, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	if now.State != "started" || now.Rows != b.Rows || now.Counts[workflow.RunSucceeded] != b.Rows || len(now.Counts) != 1 {
		t.Errorf("%s: of %d rows the counts are %v", now.State, b.Rows, now.Counts)
	}
	d, err := r.reading(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close() //nolint:errcheck // it was only read
	whole, err := d.Run(t.Context(), now.Run)
	if err != nil {
		t.Fatal(err)
	}
	if whole.State != workflow.RunSucceeded || fmt.Sprint(whole.Steps[0].Output[workflow.DoneOutput]) != fmt.Sprint(b.Rows) {
		t.Errorf("the batch's run is %s: %s %v", whole.State, whole.Error, whole.Steps[0].Output)
	}
	runs := map[int]int{}
	if err := d.EachChild(t.Context(), now.Run, 0, func(run workflow.Run) error {
		runs[run.ItemNo]++
		return nil
	}); err != nil && !errors.Is(err, db.ErrNotFound) {
		t.Fatal(err)
	}
	for no := range b.Rows {
		if runs[no+1] != 1 {
			t.Errorf("row %d has %d runs", no+1, runs[no+1])
		}
	}
	text, err := n.api(t.Context(), http.MethodGet, "/batches/"+b.ID+"/rows.csv", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")))).ReadAll()
	if err != nil || len(lines) != b.Rows+1 {
		t.Fatalf("the file with results has %d lines for %d rows (%v)", len(lines), b.Rows, err)
	}
	seen := map[string]bool{}
	for _, line := range lines[1:] {
		if seen[line[0]] || line[1] != "succeeded" {
			t.Errorf("a line of the file with results: %q", line)
		}
		seen[line[0]] = true
	}
}
