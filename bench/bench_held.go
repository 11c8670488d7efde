package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"caracal/batch"
	"caracal/internal/crashtest"
)

// benchHeld lets the real program carry out the rows of a CSV that are held to the plan of their rehearsal, beside a bare loop
// of as many calls, and beside the same rows that are held to nothing.
func benchHeld(ctx context.Context, dir string, _, _ int) ([]line, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	binary, err := crashtest.Build(ctx, dir)
	if err != nil {
		return nil, err
	}
	s, err := crashtest.MeasureHeld(ctx, binary, dir, csvRows, batch.DefaultAtOnce, orgLatency)
	if err != nil {
		return nil, err
	}
	rows := func(n float64) string { return fmt.Sprintf("%.0f rows/s", n) }
	return []line{
		{what: fmt.Sprintf("CSV of %d rows held to a plan, calls of %s", csvRows, orgLatency), figure: rows(s.PerSecond), yardstick: rows(s.Bare) + " bare loop, as many calls",
			ratio: fmt.Sprintf("%.2f", s.PerSecond/s.Bare), goal: "0.75"},
		{what: "  beside the same held to nothing", figure: rows(s.PerSecond), yardstick: rows(s.Free), ratio: fmt.Sprintf("%.2f", s.PerSecond/s.Free)},
		{what: "  held to nothing", figure: rows(s.Free), yardstick: rows(s.FreeBare) + " bare loop, same calls", ratio: fmt.Sprintf("%.2f", s.Free/s.FreeBare)},
		{what: "  calls of a row", figure: fmt.Sprintf("%.2f", s.Calls), yardstick: fmt.Sprintf("%.2f held to nothing", s.FreeCalls), ratio: fmt.Sprintf("%.1f", s.Calls/s.FreeCalls)},
		{what: "  memory, at most", figure: fmt.Sprintf("%d MB", s.Peak>>10), goal: "120 MB"},
		{what: "  rehearsed before", figure: s.Rehearsed.Round(100 * time.Millisecond).String(), yardstick: fmt.Sprintf("%d MB at most", s.Rehearsing>>10)},
	}, nil
}
