package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"caracal/internal/crashtest"
	"caracal/internal/testpg"
)

// benchFaults is the long form of the fault tests: it kills the real program and breaks what it depends on, and prints a
// line for each fault. It ends with an error when anything is lost, doubled or otherwise not as it should be.
func benchFaults(ctx context.Context, args []string) (err error) {
	fs := flag.NewFlagSet("bench faults", flag.ExitOnError)
	kills := fs.Int("kills", 200, "times that the program on SQLite is killed at random")
	runs := fs.Int("runs", 2000, "runs offered meanwhile")
	nodeKills := fs.Int("node-kills", 40, "times that one node of three on PostgreSQL is killed")
	restarts := fs.Int("restarts", 20, "times that PostgreSQL is restarted")
	cuts := fs.Int("cuts", 5, "times that a node is cut off from PostgreSQL, in each of two ways")
	goOnKills := fs.Int("continue-kills", 60, "times that a program is killed while two people continue runs, on each database")
	orgRuns := fs.Int("org-runs", 100, "runs in each org that is broken, on each database")
	if err := fs.Parse(args); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "caracal-faults-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a temporary folder
	binary, err := crashtest.Build(ctx, dir)
	if err != nil {
		return err
	}
	server, err := testpg.Start()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	var rows []crashtest.Row
	made := 0
	folder := func() string {
		made++
		at := filepath.Join(dir, fmt.Sprint(made))
		if err == nil {
			err = os.MkdirAll(at, 0o700)
		}
		return at
	}
	place := func() (url string) {
		if err == nil {
			url, err = server.Make()
		}
		return url
	}
	keep := func(more ...crashtest.Row) func(error) {
		return func(failed error) {
			rows = append(rows, more...)
			if err == nil {
				err = failed
			}
			for _, row := range more {
				fmt.Fprintf(os.Stderr, "%s, %s: %s\n", row.Fault, row.Database, row.Took.Round(time.Second))
			}
		}
	}
	const limit = 20 * time.Minute
	alone := folder()
	row, failed := crashtest.KillAlone(ctx, binary, alone, *kills, *runs, limit)
	keep(row)(failed)
	row, failed = crashtest.KillNodes(ctx, binary, place(), folder(), *nodeKills, 10, limit)
	keep(row)(failed)
	row, failed = crashtest.RestartPostgres(ctx, binary, server, folder(), *restarts, 10, limit)
	keep(row)(failed)
	onDisk := folder()
	row, failed = crashtest.KillContinuing(ctx, binary, crashtest.File(onDisk), onDisk, *goOnKills, 5, limit)
	keep(row)(failed)
	row, failed = crashtest.KillContinuing(ctx, binary, place(), folder(), *goOnKills, 5, limit)
	keep(row)(failed)
	for _, silently := range []bool{false, true} {
		row, failed = crashtest.CutOff(ctx, binary, place(), folder(), silently, *cuts, 20, 20*time.Second, limit)
		keep(row)(failed)
	}
	row, failed = crashtest.FullDisk(ctx, binary, folder(), 3, 20, limit)
	keep(row)(failed)
	onFile := folder()
	for _, at := range []string{crashtest.File(onFile), place()} {
		dir := onFile
		if at != crashtest.File(onFile) {
			dir = folder()
		}
		all, failed := crashtest.RunOrgFaults(ctx, binary, at, dir, crashtest.OrgFaults(), *orgRuns, 15*time.Second, limit)
		keep(all...)(failed)
	}
	fmt.Println()
	if printed := crashtest.Print(os.Stdout, rows); err == nil {
		err = printed
	}
	wrong := 0
	for _, row := range rows {
		for _, problem := range row.Problems {
			wrong++
			fmt.Printf("%s, %s: %s\n", row.Fault, row.Database, problem)
		}
	}
	if err == nil && wrong > 0 {
		err = fmt.Errorf("%d things are not as they should be", wrong)
	}
	return err
}
