package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"caracal/fault"
	"caracal/health"
	"caracal/internal/app"
	"caracal/org"
	"caracal/secret"
)

const healthHelp = `Runs the health checks of every connected application, scope by scope, and prints for each red one what to
do in Okta's console. It reads the database beside a running server, and stores nothing. It exits with 1 when
anything is red; a neutral verdict is no error.`

// report is the outcome for one application.
type report struct {
	Application string         `json:"application"`
	Domain      string         `json:"domain"`
	Status      org.Status     `json:"status"`
	Healthy     bool           `json:"healthy"`
	Error       string         `json:"error,omitempty"` // why there was no check at all
	Run         *org.CheckRun  `json:"run,omitempty"`
	Advice      *health.Advice `json:"advice,omitempty"` // with --advice
}

// runHealth checks and prints.
func runHealth(ctx context.Context, p process, args []string) int {
	fs := newFlags(p, "health", healthHelp)
	src := configFlags(fs, p.getenv)
	only := fs.String("application", "", "`NAME` or id of the one application to check")
	deep := fs.Bool("deep", false, "prove manage scopes too, by a change on an id that cannot exist")
	advice := fs.Bool("advice", false, "also compare what is granted with what the runs of 90 days and published workflows need")
	asJSON := fs.Bool("json", false, "print JSON")
	demoDir := fs.String("demo", "", "`DIR` of a running demo, as it printed it, to check what is connected there")
	if code, done := fs.parse(args); done {
		return code
	}
	c, err := healthConfig(src, *demoDir)
	if err != nil {
		fmt.Fprintf(p.stderr, "%s\n", err)
		return exitUsage
	}
	reports, err := checkAll(ctx, c, *only, *deep, *advice)
	if err == nil && *asJSON {
		out := json.NewEncoder(p.stdout)
		out.SetIndent("", "  ")
		err = out.Encode(reports)
	} else if err == nil {
		err = printReports(p.stdout, reports)
	}
	if err != nil {
		if f := fault.As(err); f != nil {
			err = errors.New(f.Message)
		}
		fmt.Fprintf(p.stderr, "%s\n", err)
		return exitFail
	}
	for _, r := range reports {
		if !r.Healthy {
			return exitFail
		}
	}
	return exitOK
}

// healthConfig reads the configuration of the server, or of a demo.
func healthConfig(src *source, demoDir string) (app.Config, error) {
	c := app.Config{Clock: time.Now, Version: version()}
	if demoDir != "" {
		about, keys, err := readDemo(demoDir)
		c.Folder = demoDir
		c.Database, c.Keys, c.Hosts = cmp.Or(about.Database, filepath.Join(demoDir, "caracal.db")), keys, org.HostRule{Loopback: about.Loopback}
		return c, err
	}
	config, err := src.read()
	if err != nil {
		return c, fmt.Errorf("this has to be mended first:\n%s", bullets(err))
	}
	c.Keys, err = keyringThere(config)
	c.Folder = config.Data
	c.Database, c.Hosts, c.Share = config.database(), config.hosts(), float64(config.RateShare)/100
	return c, err
}

// checkAll runs the checks one application after the other, so that the output has an order.
func checkAll(ctx context.Context, c app.Config, only string, deep, advice bool) (reports []report, err error) {
	reports = []report{} // JSON says [] and not null
	checker, err := app.NewChecker(ctx, c)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, checker.DB.Close()) }()
	apps, err := checker.DB.Applications(ctx)
	if err != nil {
		return nil, err
	}
	for _, a := range apps {
		if only != "" && only != a.ID && !strings.EqualFold(only, a.Name) || only == "" && a.Status == org.Disconnected {
			continue
		}
		r := report{Application: a.Name, Domain: a.Domain, Status: a.Status}
		run, err := checker.Health.Now(ctx, a.ID, "caracal health", deep)
		switch {
		case fault.Is(err, fault.Busy) && a.Status == org.Paused:
			r.Healthy, r.Error = true, fault.Message(err) // paused on purpose: nothing is wrong with it
		case err != nil:
			r.Error = fault.Message(err)
		default:
			r.Run, r.Error, r.Healthy = &run, run.Error, healthy(run)
		}
		if advice {
			a, err := checker.Advise(ctx, a, c.Clock().Add(-adviceSpan))
			if err != nil {
				return nil, err
			}
			r.Advice = &a
		}
		reports = append(reports, r)
	}
	if len(reports) == 0 && only != "" {
		return nil, fmt.Errorf("no application is named %q; `caracal health` without --application lists all", only)
	}
	return reports, nil
}

func healthy(run org.CheckRun) bool {
	for _, c := range run.Checks {
		if c.Verdict.Bad() {
			return false
		}
	}
	return run.Error == ""
}

var verdictWords = map[org.Verdict]string{
	org.Pass: "ok", org.Fail: "FAILED", org.Warn: "look", org.Unprovable: "not provable", org.Skipped: "skipped",
}

// printReports writes a table for each application, and below it what to mend.
func printReports(w io.Writer, reports []report) error {
	if len(reports) == 0 {
		_, err := fmt.Fprintln(w, "No application is connected yet; connect one under Applications › Connect New +.")
		return err
	}
	out := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	for i, r := range reports {
		if i > 0 {
			fmt.Fprintln(out)
		}
		fmt.Fprintf(out, "%s (%s)\n", r.Application, r.Domain)
		if r.Error != "" {
			fmt.Fprintf(out, "  %s\n", r.Error)
		}
		if r.Run == nil {
			printAdvice(out, r.Advice)
			continue
		}
		for _, c := range r.Run.Checks {
			fmt.Fprintf(out, "  %s\t%s\t%s\n", c.Scope, verdictWords[c.Verdict], c.Summary)
		}
		for _, c := range r.Run.Checks {
			if c.Verdict.Bad() && c.Mend != "" {
				fmt.Fprintf(out, "  to mend %s: %s\n", c.Scope, c.Mend)
			}
		}
		printAdvice(out, r.Advice)
	}
	return out.Flush()
}

// demoFacts is what a demo writes beside its database, so that `caracal health --demo` can look at it.
type demoFacts struct {
	Loopback []string `json:"loopback"` // the simulated org, and what --allow-org named
	Database string   `json:"database"` // on PostgreSQL
}

const demoFactsFile, demoKeyFile = "demo.json", "demo.key"

func readDemo(dir string) (about demoFacts, keys *secret.Keyring, err error) {
	b, err := os.ReadFile(filepath.Join(dir, demoFactsFile))
	if err != nil {
		return about, nil, fmt.Errorf("there is no running demo in %s: %w", dir, err)
	}
	if err := json.Unmarshal(b, &about); err != nil {
		return about, nil, fmt.Errorf("read %s: %w", demoFactsFile, err)
	}
	key, err := os.ReadFile(filepath.Join(dir, demoKeyFile))
	if err != nil {
		return about, nil, fmt.Errorf("read the demo's key: %w", err)
	}
	keys, err = secret.ParseKeyring(string(key))
	return about, keys, err
}
