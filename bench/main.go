// Command bench measures Caracal beside yardsticks from the same run: a bare loop that makes the same calls and
// the same number of commits, and an empty Go server on the same database. It prints one table; figures of one
// machine mean little, ratios of one run mean more.
//
//	go run ./bench [-runs 2000] [-workers 20] [-only engine,batch] [-profile cpu.out]
//
// `go run ./bench faults` kills the real program and breaks what it depends on, and prints what came of each fault.
//
//	go run ./bench -budget 2
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"text/tabwriter"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "faults" {
		if err := benchFaults(context.Background(), os.Args[2:]); err != nil {
			log.Fatal(err)
		}
		return
	}
	runs := flag.Int("runs", 2000, "runs of three steps to move")
	workers := flag.Int("workers", 20, "bursts, or bare loops, at once")
	flag.IntVar(&csvRows, "rows", csvRows, "rows of a CSV, where one is measured")
	minutes := flag.Int("budget", 0, "minutes for which the use of Okta's limit is measured, and nothing else")
	nodes := flag.Bool("nodes", false, "measure the nodes, and nothing else; as -only nodes")
	only := flag.String("only", "", "measure these and nothing else, with commas between them: "+strings.Join(names(), ", "))
	profile := flag.String("profile", "", "a file for the CPU profile of what is measured in this process")
	allocs := flag.String("allocs", "", "a file for the profile of what was allocated in this process")
	flag.Parse()
	if *allocs != "" {
		runtime.MemProfileRate = 16 << 10
	}
	switch {
	case *minutes > 0:
		*only = "budget"
	case *nodes:
		*only = "nodes"
	}
	if err := bench(context.Background(), *runs, *workers, *minutes, *only, *profile, *allocs); err != nil {
		log.Fatal(err)
	}
}

// csvRows is how many rows a CSV has.
var csvRows = 10_000

// measure is one part of the table.
type measure struct {
	name string
	do   func(ctx context.Context, dir string, runs, workers int) ([]line, error)
}

var measures = []measure{{"engine", benchEngine}, {"batch", benchBatch}, {"held", benchHeld}, {"database", benchDatabase}, {"builder", benchBuilder}, {"catalog", benchCatalog},
	{"start", benchStart}, {"rehearsal", benchRehearsal}, {"undo", benchUndo}, {"continue", benchContinue}, {"nodes", benchNodes}}

func names() (list []string) {
	for _, m := range measures {
		list = append(list, m.name)
	}
	return list
}

// chosen are the measures that are named, all of them without a name.
func chosen(only string, minutes int) ([]measure, error) {
	if only == "" {
		return measures, nil
	}
	all := append(slices.Clone(measures), measure{"budget", func(ctx context.Context, dir string, _, _ int) ([]line, error) {
		return benchBudget(ctx, dir, max(1, minutes))
	}})
	var list []measure
	for name := range strings.SplitSeq(only, ",") {
		i := slices.IndexFunc(all, func(m measure) bool { return m.name == strings.TrimSpace(name) })
		if i < 0 {
			return nil, fmt.Errorf("nothing called %q is measured; there is %s", name, strings.Join(names(), ", "))
		}
		list = append(list, all[i])
	}
	return list, nil
}

// line is one figure beside its yardstick.
type line struct {
	what, figure, yardstick, ratio, goal string
	err                                  error
}

func bench(ctx context.Context, runs, workers, minutes int, only, profile, allocs string) (err error) {
	list, err := chosen(only, minutes)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "caracal-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a temporary folder
	if profile != "" {
		f, err := os.Create(profile)
		if err != nil {
			return err
		}
		if err := pprof.StartCPUProfile(f); err != nil {
			return errors.Join(err, f.Close())
		}
		defer func() {
			pprof.StopCPUProfile()
			err = errors.Join(err, f.Close())
		}()
	}
	if allocs != "" {
		defer func() { err = errors.Join(err, writeAllocs(allocs)) }()
	}
	var table []line
	for _, m := range list {
		lines, err := m.do(ctx, filepath.Join(dir, m.name), runs, workers)
		if err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
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

// writeAllocs writes the profile of what was allocated since the start.
func writeAllocs(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(pprof.Lookup("allocs").WriteTo(f, 0), f.Close())
}
