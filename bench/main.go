// Command bench measures Caracal beside yardsticks from the same run: a bare loop that makes the same calls and
// the same number of commits, and an empty Go server on the same database. It prints one table; figures of one
// machine mean little, ratios of one run mean more.
//
//	go run ./bench [-runs 2000] [-workers 20] [-nodes]
//
// `go run ./bench faults` kills the real program and breaks what it depends on, and prints what came of each fault.
//
//	go run ./bench -budget 2
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"runtime"
	"text/tabwriter"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "faults" {
		if err := benchFaults(context.Background(), os.Args[2:]); err != nil {
			log.Fatal(err)
		}
		return
	}
	nodes := flag.Bool("nodes", false, "measure the nodes, and nothing else")
	runs := flag.Int("runs", 2000, "runs of three steps to move")
	workers := flag.Int("workers", 20, "bursts, or bare loops, at once")
	minutes := flag.Int("budget", 0, "minutes for which the use of Okta's limit is measured, and nothing else")
	flag.Parse()
	if err := bench(context.Background(), *runs, *workers, *minutes, *nodes); err != nil {
		log.Fatal(err)
	}
}

// line is one figure beside its yardstick.
type line struct {
	what, figure, yardstick, ratio, goal string
	err                                  error
}

func bench(ctx context.Context, runs, workers, minutes int, nodes bool) error {
	dir, err := os.MkdirTemp("", "caracal-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a temporary folder
	var table []line
	all := []func(context.Context, string, int, int) ([]line, error){benchEngine, benchDatabase, benchBuilder, benchCatalog, benchStart, benchRehearsal, benchNodes}
	if minutes > 0 {
		all = []func(context.Context, string, int, int) ([]line, error){func(ctx context.Context, dir string, _, _ int) ([]line, error) { return benchBudget(ctx, dir, minutes) }}
	}
	if nodes {
		all = all[len(all)-1:]
	}
	for _, measure := range all {
		lines, err := measure(ctx, filepath.Join(dir, fmt.Sprintf("%d", len(table))), runs, workers)
		if err != nil {
			return err
		}
		table = append(table, lines...)
	}
	fmt.Printf("%s, %d cores, %s, %d runs, %d at once\n\n", runtime.GOARCH, runtime.NumCPU(), runtime.Version(), runs, workers)
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "what\tCaracal\tyardstick\tratio\tgoal")
	for _, l := range table {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", l.what, l.figure, l.yardstick, l.ratio, l.goal)
	}
	return w.Flush()
}
