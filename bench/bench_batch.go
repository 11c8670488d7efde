package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"caracal/batch"
	"caracal/internal/crashtest"
)

// benchBatch lets the real program carry out the rows of a CSV beside a bare loop of the same calls, in an org that answers
// as Okta does, which the goal is about, and in one that answers at once, which shows what the program itself costs.
func benchBatch(ctx context.Context, dir string, _, _ int) (lines []line, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	binary, err := crashtest.Build(ctx, dir)
	if err != nil {
		return nil, err
	}
	for _, latency := range []time.Duration{orgLatency, 0} {
		place := filepath.Join(dir, latency.String())
		if err := os.MkdirAll(place, 0o700); err != nil {
			return nil, err
		}
		s, err := crashtest.MeasureRows(ctx, binary, place, csvRows, batch.DefaultAtOnce, latency)
		if err != nil {
			return nil, err
		}
		what := fmt.Sprintf("CSV of %d rows, %d at once, calls of %s", csvRows, batch.DefaultAtOnce, latency)
		goal := ""
		if latency > 0 {
			goal = "0.75"
		}
		lines = append(lines,
			line{what: what, figure: fmt.Sprintf("%.0f/s", s.PerSecond), yardstick: fmt.Sprintf("%.0f/s bare loop, same calls", s.Bare), ratio: fmt.Sprintf("%.2f", s.PerSecond/s.Bare), goal: goal},
			line{what: "  enqueued", figure: s.Enqueued.Round(10 * time.Millisecond).String(), goal: "2s"},
			line{what: "  memory, at most", figure: fmt.Sprintf("%d MB", s.Peak>>10), goal: "120 MB"})
		for _, page := range slices.Sorted(maps.Keys(s.Pages)) {
			lines = append(lines, line{what: "  page " + page + " meanwhile, p99", figure: s.Pages[page].Round(100 * time.Microsecond).String(), goal: "50ms"})
		}
	}
	return lines, nil
}
