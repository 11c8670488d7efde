package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"time"

	"caracal/db"
	"caracal/workflow"
)

// benchDatabase times queries and pages with 10,000 runs of 500 workflows on 50 orgs.
func benchDatabase(ctx context.Context, dir string, _, _ int) (lines []line, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	f, err := fill(ctx, dir)
	if err != nil {
		return nil, fmt.Errorf("fill the database: %w", err)
	}
	defer func() { err = errors.Join(err, f.close()) }()
	queries, err := f.queries(ctx)
	if err != nil {
		return nil, err
	}
	pages, err := f.pages()
	if err != nil {
		return nil, err
	}
	picks, err := f.picks()
	return slices.Concat(queries, pages, picks), err
}

// queries times what stands behind the pages of runs, beside reading one row by its key.
func (f *filled) queries(ctx context.Context) (lines []line, err error) {
	d := f.app.DB
	ping := timed(func() error { _, err := d.RunRevision(ctx, f.run); return err })
	for _, q := range []struct {
		what string
		ask  func() error
	}{
		{"list: newest", list(ctx, d, db.RunFilter{})},
		{"list: one workflow", list(ctx, d, db.RunFilter{WorkflowID: f.workflow})},
		{"list: one org", list(ctx, d, db.RunFilter{ApplicationID: f.application})},
		{"list: one state", list(ctx, d, db.RunFilter{State: workflow.RunCancelled})},
		{"list: workflow and state", list(ctx, d, db.RunFilter{WorkflowID: f.workflow, State: workflow.RunCancelled})},
		{"list: person", list(ctx, d, db.RunFilter{StartedBy: "u_3"})},
		{"list: last hour", list(ctx, d, db.RunFilter{From: time.Now().Add(-time.Hour)})},
		{"list: text, found at the far end", list(ctx, d, db.RunFilter{Query: "person3@example.com"})},
		{"list: text, not found", list(ctx, d, db.RunFilter{Query: "nobody at all"})},
		{"counts by state", func() error { _, err := d.RunCounts(ctx, db.RunFilter{}); return err }},
		{"one run with its steps", func() error { _, err := d.Run(ctx, f.run); return err }},
	} {
		lines = append(lines, beside(q.what, timed(q.ask), ping, "one row by key", "under the page's"))
		err = errors.Join(err, lines[len(lines)-1].err)
	}
	return lines, err
}

func list(ctx context.Context, d *db.DB, f db.RunFilter) func() error {
	return func() error { _, _, err := d.RunList(ctx, f); return err }
}

type times struct {
	median, p99 time.Duration
	made        uint64 // bytes that one time allocated, with whatever else the process did meanwhile
	err         error
}

func timed(ask func() error) (t times) {
	const n = 200
	all := make([]time.Duration, n)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for i := range all {
		start := time.Now()
		if t.err = ask(); t.err != nil {
			return t
		}
		all[i] = time.Since(start)
	}
	runtime.ReadMemStats(&after)
	t.made = (after.TotalAlloc - before.TotalAlloc) / n
	t.median = middle(all)
	t.p99 = all[n*99/100]
	return t
}

// middle sorts the durations and returns the one in the middle.
func middle(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)/2]
}

func beside(what string, t, yardstick times, name, goal string) line {
	l := line{what: what, figure: fmt.Sprintf("%s (p99 %s)", short(t.median), short(t.p99)), yardstick: short(yardstick.median) + " " + name,
		ratio: fmt.Sprintf("%.1f", float64(t.median)/float64(yardstick.median)), goal: goal}
	if err := errors.Join(t.err, yardstick.err); err != nil {
		l.err = fmt.Errorf("%s: %w", what, err)
	}
	return l
}

func short(d time.Duration) string { return d.Round(10 * time.Microsecond).String() }
