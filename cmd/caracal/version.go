package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
)

// runVersion prints what this program was built from.
func runVersion(_ context.Context, p process, args []string) int {
	fs := newFlags(p, "version", "Prints the version, the commit it was built from and the Go version.")
	if code, done := fs.parse(args); done {
		return code
	}
	fmt.Fprintf(p.stdout, "caracal %s %s/%s %s\n", version(), runtime.GOOS, runtime.GOARCH, runtime.Version())
	return exitOK
}

// version names the release or, in between, the commit. Go stamps both into the binary.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	commit, changed := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			commit = s.Value[:min(12, len(s.Value))]
		case s.Key == "vcs.modified" && s.Value == "true":
			changed = "+changes"
		}
	}
	if commit == "" {
		return "development"
	}
	return commit + changed
}
