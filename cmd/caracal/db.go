package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"caracal/db"
	"caracal/internal/crash"
)

const dbHelp = `Moves everything that Caracal keeps from one database to another: from the file of one machine to PostgreSQL, or back.

  caracal db copy FROM [TO]   copy FROM to TO, which is new; TO is CARACAL_DATABASE_URL when it is left out
  caracal db reopen PLACE     take a database back into use that was copied

A place is a file, the data folder that holds caracal.db, or postgres://USER@HOST:5432/NAME. A password in an argument
can be read by other accounts of the machine: leave it out and give it by PGPASSFILE or PGPASSWORD, or leave TO out and
give CARACAL_DATABASE_URL_FILE.`

const dbCopyHelp = `Copies every table to a database that is new, compares both to the byte and verifies the audit record's chain on the copy.
Stop Caracal first. From the first moment nothing serves the source any more, since two that carry out the same runs
would do everything twice; 'caracal db reopen' takes it back. When the command is cut off, run it again: it goes on
where it stopped, and until it has ended nothing serves the copy. Runs that are under way go on when the copy is
served. The master keys stay the same and are needed, as CARACAL_KEYS or CARACAL_KEY_FILE. Imported catalogs lie
beside the database, in the folder 'catalogs': copy it to each node.`

const dbReopenHelp = `Takes a database back into use that was copied, or whose copy was begun. The copy must not be served then: every
run under way would be carried out twice. Where the copy is whole, say with --copy-is-gone that it was thrown away.`

// runDB runs one of the commands about whole databases.
func runDB(ctx context.Context, p process, args []string) int {
	if len(args) > 0 {
		switch args[0] {
		case "copy":
			return runDBCopy(ctx, p, args[1:])
		case "reopen":
			return runDBReopen(ctx, p, args[1:])
		}
	}
	fs := newFlags(p, "db", dbHelp)
	if code, done := fs.parse(args); done {
		return code
	}
	fs.Usage()
	return exitUsage
}

func runDBCopy(ctx context.Context, p process, args []string) int {
	fs := newFlags(p, "db copy FROM [TO]", dbCopyHelp)
	o, asJSON := dbFlags(fs), fs.Bool("json", false, "print the report as JSON")
	places, code, done := fs.parseWithFiles(args)
	if done {
		return code
	}
	if len(places) == 1 {
		address, err := (&source{getenv: p.getenv}).lookupNamed("CARACAL_DATABASE_URL")
		if err != nil {
			return complain(p, err)
		}
		if address != "" {
			places = append(places, address)
		}
	}
	if len(places) != 2 {
		return complainUsage(p, "Name the database to copy from, and the new one to copy to: caracal db copy FROM TO.")
	}
	o.warn(p, args)
	options, err := o.options(p)
	if err != nil {
		return complain(p, err)
	}
	progress := &copyProgress{to: p.stderr, live: isTerminal(p.stderr)}
	options.Progress = progress.show
	report, err := db.Copy(ctx, placeOf(places[0]), placeOf(places[1]), options)
	progress.end()
	if ctx.Err() != nil {
		fmt.Fprintln(p.stderr, "Stopped. Run the same command again to go on where it stopped.")
		return exitFail
	}
	if err == nil && *asJSON {
		out := json.NewEncoder(p.stdout)
		out.SetIndent("", "  ")
		err = out.Encode(report)
	} else if err == nil {
		err = printCopy(p.stdout, report)
	}
	if err != nil {
		return complain(p, err)
	}
	return exitOK
}

func runDBReopen(ctx context.Context, p process, args []string) int {
	fs := newFlags(p, "db reopen PLACE", dbReopenHelp)
	o, gone := dbFlags(fs), fs.Bool("copy-is-gone", false, "the whole copy was thrown away, or will never be served")
	places, code, done := fs.parseWithFiles(args)
	if done {
		return code
	}
	if len(places) != 1 {
		return complainUsage(p, "Name the database to take back into use: caracal db reopen PLACE.")
	}
	o.warn(p, args)
	options, err := o.options(p)
	if err == nil {
		err = db.Reopen(ctx, placeOf(places[0]), *gone, options)
	}
	if err != nil {
		return complain(p, err)
	}
	fmt.Fprintf(p.stdout, "%s can be served again. Never serve its copy.\n", db.PlaceName(placeOf(places[0])))
	return exitOK
}

// dbOptions are the flags of both.
type dbOptions struct{ keyFile *string }

func dbFlags(fs *flags) dbOptions {
	return dbOptions{fs.String("key-file", "", "`FILE` of the master keys; also CARACAL_KEY_FILE or CARACAL_KEYS")}
}

// options finds the master keys.
func (o dbOptions) options(p process) (options db.CopyOptions, err error) {
	src := &source{given: map[string]string{}, getenv: p.getenv}
	if *o.keyFile != "" {
		src.given["key-file"] = *o.keyFile
	}
	var c Config
	for _, s := range settings() {
		if s.env != "CARACAL_KEYS" && s.env != "CARACAL_KEY_FILE" {
			continue
		}
		v, err := src.lookup(s)
		if err == nil && v != "" {
			err = s.set(&c, v)
		}
		if err != nil {
			return options, fmt.Errorf("%s: %w", s.env, err)
		}
	}
	options.Keys, err = keyringThere(c)
	return options, err
}

// warn says that an argument holds a password.
func (o dbOptions) warn(p process, args []string) {
	for _, a := range args {
		if db.IsURL(a) && db.HoldsPassword(a) {
			fmt.Fprintln(p.stderr, "A password stands in the arguments, where other accounts of this machine can read it; PGPASSFILE or CARACAL_DATABASE_URL_FILE keep it out.")
		}
	}
}

// placeOf takes the data folder for the database in it.
func placeOf(arg string) string {
	if db.IsURL(arg) {
		return arg
	}
	if info, err := os.Stat(arg); err == nil && info.IsDir() {
		return filepath.Join(arg, "caracal.db")
	}
	return arg
}

// copyProgress shows how far a copy is: one line that changes on a terminal, else a line for each table.
type copyProgress struct {
	to    io.Writer
	live  bool
	shown string
}

func (c *copyProgress) show(now db.CopyProgress) {
	verb := "copying"
	if now.Checking {
		verb = "comparing"
	}
	line := fmt.Sprintf("%s %s: %d of %d rows", verb, now.Table, now.Done, now.Of)
	switch {
	case c.live:
		fmt.Fprintf(c.to, "\r%-*s", len(c.shown), line)
		c.shown = line
	case now.Done == now.Of && line != c.shown:
		fmt.Fprintln(c.to, line)
		c.shown = line
	}
	if now.Stored > 0 {
		crash.At("copied-batch")
	}
}

func (c *copyProgress) end() {
	if c.live && c.shown != "" {
		fmt.Fprintf(c.to, "\r%s\r", strings.Repeat(" ", len(c.shown)))
	}
}

// printCopy prints what was copied, and what to do now.
func printCopy(w io.Writer, r db.CopyReport) error {
	if r.WasThere {
		_, err := fmt.Fprintf(w, "%s is a whole copy of %s already. Serve it.\n", r.To, r.From)
		return err
	}
	out := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	fmt.Fprintln(out, "table\trows\tSHA-256, the same on both sides")
	for _, t := range r.Tables {
		fmt.Fprintf(out, "%s\t%d\t%.16s…\n", t.Name, t.Rows, t.Hash)
	}
	if err := out.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(w, "\nThe audit record is whole: %d entries, the newest hash is %.16s…\n", r.Entries, r.Head)
	if r.Mended > 0 {
		fmt.Fprintf(w, "%d texts held bytes that PostgreSQL cannot store, and hold a � there now.\n", r.Mended)
	}
	if r.Unfinished > 0 {
		fmt.Fprintf(w, "%d runs are under way and go on when the copy is served.\n", r.Unfinished)
	}
	_, err := fmt.Fprintf(w, "Now serve %s with the same master keys. %s is closed; keep it as a backup.\n", r.To, r.From)
	return err
}
