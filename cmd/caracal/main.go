// Command caracal serves Caracal, shows its demo, and does the few things that need no browser. Each command
// has a file of its own; each explains itself with --help.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// command is one word after `caracal`.
type command struct {
	name, about string
	run         func(ctx context.Context, p process, args []string) int
}

// process is what a command has of the operating system, so that tests can run it in theirs.
type process struct {
	stdout, stderr io.Writer
	getenv         func(string) string
}

// Exit codes.
const (
	exitOK    = 0
	exitFail  = 1
	exitUsage = 2
)

func commands() []command {
	return []command{
		{"serve", "serve Caracal, with the configuration of the environment and the flags", runServe},
		{"demo", "show the whole product against a simulated org, with nothing to configure", runDemo},
		{"health", "run the health checks of connected applications in the terminal", runHealth},
		{"catalog", "look operations of Okta's API up, and import a newer description of them", runCatalog},
		{"workflow", "keep workflows as files: validate, diff, apply, export, schema", runWorkflow},
		{"run", "start, continue, decide and undo runs on a running Caracal, by its API", runRun},
		{"rehearse", "show what a run of a workflow would change, by the API of a running Caracal", runRehearse},
		{"trigger", "make and change what starts workflows, print the times of a timetable, sign a webhook's body", runTrigger},
		{"db", "copy the database to PostgreSQL, or back", runDB},
		{"config", "print the configuration, and every mistake in it", runConfig},
		{"sim", "run the simulated Okta org alone", func(_ context.Context, p process, args []string) int {
			return runSim(args, p.stdout, p.stderr)
		}},
		{"probe", "ask a running Caracal whether it is ready, for a container's health check", runProbe},
		{"version", "print the version", runVersion},
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends at once what the first asked to end in good order
	code := dispatch(ctx, process{os.Stdout, os.Stderr, os.Getenv}, os.Args[1:])
	stop()
	os.Exit(code)
}

func dispatch(ctx context.Context, p process, args []string) int {
	if len(args) == 0 {
		usage(p.stderr)
		return exitUsage
	}
	if args[0] == "--version" || args[0] == "-version" {
		args[0] = "version"
	}
	for _, c := range commands() {
		if c.name == args[0] {
			return c.run(ctx, p, args[1:])
		}
	}
	switch args[0] {
	case "help", "-h", "-help", "--help":
		usage(p.stdout)
		return exitOK
	}
	fmt.Fprintf(p.stderr, "caracal has no command %q.\n\n", args[0])
	usage(p.stderr)
	return exitUsage
}

func usage(w io.Writer) {
	fmt.Fprint(w, "Caracal runs your Okta org: connect it, prove the connection, build workflows from forms, run them.\n\nusage: caracal COMMAND [flags]\n\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "  %-9s %s\n", c.name, c.about)
	}
	fmt.Fprint(w, "\nNew here? Run `caracal demo`. Each command explains itself with --help.\n")
}
