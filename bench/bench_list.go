package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"caracal/auth"
	"caracal/db"
	"caracal/engine"
	"caracal/workflow"
)

const listed = 10_000

// benchLists times the queries behind the run pages with 10,000 runs of 500 workflows on 50 orgs.
func benchLists(ctx context.Context, dir string, _, _ int) ([]line, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	d, err := db.Open(ctx, filepath.Join(dir, "caracal.db"), db.Options{})
	if err != nil {
		return nil, err
	}
	defer d.Close() //nolint:errcheck // a temporary file
	e, err := engine.New(engine.Config{DB: d, Spec: workflow.NewRegistry(nil).Get, Executor: workflow.Executor{
		Do:   func(context.Context, workflow.Call) (workflow.Result, error) { return workflow.Result{}, nil },
		Find: func(context.Context, workflow.Call) (workflow.Finding, error) { return workflow.Finding{}, nil }}})
	if err != nil {
		return nil, err
	}
	var some string
	for i := range listed {
		id, err := e.StartRun(ctx, startRequest(i))
		if err != nil {
			return nil, err
		}
		if i%3 == 0 {
			if err := e.Cancel(ctx, id, auth.User{ID: "u_1"}); err != nil {
				return nil, err
			}
		}
		some = id
	}
	ping := median(func() error { _, err := d.RunRevision(ctx, some); return err })
	if ping.err != nil {
		return nil, ping.err
	}
	var lines []line
	for _, q := range []struct {
		what string
		ask  func() error
	}{
		{"list: newest", list(ctx, d, db.RunFilter{})},
		{"list: one workflow", list(ctx, d, db.RunFilter{WorkflowID: "wf_7"})},
		{"list: one org", list(ctx, d, db.RunFilter{ApplicationID: "app_7"})},
		{"list: one state", list(ctx, d, db.RunFilter{State: workflow.RunCancelled})},
		{"list: workflow and state", list(ctx, d, db.RunFilter{WorkflowID: "wf_7", State: workflow.RunCancelled})},
		{"list: person", list(ctx, d, db.RunFilter{StartedBy: "u_3"})},
		{"list: last hour", list(ctx, d, db.RunFilter{From: time.Now().Add(-time.Hour)})},
		{"list: text, found at the far end", list(ctx, d, db.RunFilter{Query: "person3@example.com"})},
		{"list: text, not found", list(ctx, d, db.RunFilter{Query: "nobody at all"})},
		{"counts by state", func() error { _, err := d.RunCounts(ctx, db.RunFilter{}); return err }},
		{"people who started runs", func() error { _, err := d.RunPeople(ctx); return err }},
		{"one run with its steps", func() error { _, err := d.Run(ctx, some); return err }},
	} {
		m := median(q.ask)
		if m.err != nil {
			return nil, fmt.Errorf("%s: %w", q.what, m.err)
		}
		lines = append(lines, line{q.what, fmt.Sprintf("%s (p99 %s)", short(m.median), short(m.p99)), short(ping.median) + " one row by key",
			fmt.Sprintf("%.1f", float64(m.median)/float64(ping.median)), "5ms, p99 25ms with its page"})
	}
	return lines, nil
}

func list(ctx context.Context, d *db.DB, f db.RunFilter) func() error {
	return func() error { _, _, err := d.RunList(ctx, f); return err }
}

type times struct {
	median, p99 time.Duration
	err         error
}

func median(ask func() error) (t times) {
	const n = 200
	all := make([]time.Duration, n)
	for i := range all {
		start := time.Now()
		if t.err = ask(); t.err != nil {
			return t
		}
		all[i] = time.Since(start)
	}
	slices.Sort(all)
	t.median, t.p99 = all[n/2], all[n*99/100]
	return t
}

func short(d time.Duration) string { return d.Round(10 * time.Microsecond).String() }
