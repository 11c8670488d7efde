package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"caracal/internal/crashtest"
	"caracal/internal/testpg"
)

// The org of the nodes' figures takes this long for each call, as Okta does, so that the nodes and not the cores of
// this machine are measured.
const (
	orgLatency = 45 * time.Millisecond
	nodeRuns   = 1500
	idleTimes  = 11
)

// benchNodes measures real processes: from a click to the first call when nothing else is to be done, on both databases,
// and what a second node on PostgreSQL adds.
func benchNodes(ctx context.Context, dir string, _, _ int) (lines []line, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	binary, err := crashtest.Build(ctx, dir)
	if err != nil {
		return nil, err
	}
	server, err := testpg.Start()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	folder := func(name string) string {
		at := filepath.Join(dir, name)
		if err == nil {
			err = os.MkdirAll(at, 0o700)
		}
		return at
	}
	sqlite, onSQLite := folder("sqlite"), time.Duration(0)
	if onSQLite, err = crashtest.IdleToFirstCall(ctx, binary, crashtest.File(sqlite), sqlite, idleTimes); err != nil {
		return nil, err
	}
	lines = append(lines, line{what: "idle to first call, SQLite", figure: onSQLite.Round(time.Millisecond).String(), goal: "60ms"})
	place, err := server.Make()
	if err != nil {
		return nil, err
	}
	onPostgres, err := crashtest.IdleToFirstCall(ctx, binary, place, folder("postgres"), idleTimes)
	if err != nil {
		return nil, err
	}
	lines = append(lines, line{what: "idle to first call, PostgreSQL", figure: onPostgres.Round(time.Millisecond).String(), goal: "20ms"})
	var rates [3]float64
	for nodes := 1; nodes <= 2; nodes++ {
		if place, err = server.Make(); err != nil {
			return nil, err
		}
		if rates[nodes], err = crashtest.Throughput(ctx, binary, place, folder(fmt.Sprint(nodes)), nodes, nodeRuns, orgLatency); err != nil {
			return nil, err
		}
	}
	return append(lines, line{what: "two nodes on PostgreSQL, 20 runs at once each", figure: fmt.Sprintf("%.0f/s", rates[2]),
		yardstick: fmt.Sprintf("%.0f/s one node, same calls of %s", rates[1], orgLatency), ratio: fmt.Sprintf("%.2f", rates[2]/rates[1]), goal: "1.60"}), nil
}
