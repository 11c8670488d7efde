package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"caracal/catalog"
	"caracal/fault"
	"caracal/filing"
	"caracal/internal/app"
	"caracal/workflow"
)

const workflowHelp = `Keeps workflows as files, for Git: one readable YAML file for each, with the steps as the builder shows them.

  caracal workflow validate FILE…   check files, with no database and no org at hand
  caracal workflow diff FILE…       say what a file would change: 0 nothing, 1 something, 2 it could not be said
  caracal workflow apply FILE…      make each file the draft of the workflow of its name; --publish publishes it
  caracal workflow export [NAME…]   write workflows as files
  caracal workflow schema           print the JSON Schema of the files, for editors

With --url (or CARACAL_URL) and a token as "caracal run" takes them, diff, apply and export speak to a running Caracal; apply takes a
token that may change workflows and triggers. With --data, or where no address is given, they open the database: diff and export work
beside a running server, apply while it is stopped. No command rewrites a file that is there, so your comments stay.`

// workflowCommand is one word after `caracal workflow`.
type workflowCommand struct {
	name, about string
	run         func(ctx context.Context, p process, o *workflowOptions, args []string) int
	flags       func(fs *flags, o *workflowOptions)
}

// workflowOptions are the flags of all of them.
type workflowOptions struct {
	filing.Options
	remote             runOptions // of a running Caracal, where one is named
	data, out, seen    string
	json, draft, force bool
}

func workflowCommands() []workflowCommand {
	data := func(fs *flags, o *workflowOptions) {
		fs.StringVar(&o.data, "data", "", "`DIR` of the database, in place of a running Caracal; also CARACAL_DATA")
	}
	one := func(fs *flags, o *workflowOptions) {
		data(fs, o)
		fs.StringVar(&o.Application, "application", "", "`NAME` of the application to act on, instead of the file's")
		fs.StringVar(&o.ID, "id", "", "`ID` of the workflow, as in its address, for a file whose name is another's too or new")
	}
	return []workflowCommand{
		{"validate", "Checks files, with no database and no org at hand. It exits with 1 when one is wrong.", validateFiles, func(*flags, *workflowOptions) {}},
		{"diff", "Says what files would change, in words and as YAML. It exits with 0 for nothing, 1 for something, 2 for trouble.", diffFiles, func(fs *flags, o *workflowOptions) {
			one(fs, o)
			fs.BoolVar(&o.Published, "published", false, "compare with the published version instead of the draft")
		}},
		{"apply", "Makes each file the draft of the workflow of its name, or a new workflow. Nothing is applied when one file is wrong. A running server is named by --url; without one the database is opened, and the server must not be running.", applyFiles, func(fs *flags, o *workflowOptions) {
			one(fs, o)
			fs.BoolVar(&o.Publish, "publish", false, "publish the draft too")
			fs.StringVar(&o.seen, "seen", "", "`FILE` with what \"diff --json\" printed: refuse where somebody changed a draft since")
			fs.StringVar(&o.Note, "note", "", "`TEXT` for the history of the published version")
		}},
		{"export", "Writes the named workflows, or all, as files: the published version, or the draft where there is none.", exportFiles, func(fs *flags, o *workflowOptions) {
			data(fs, o)
			fs.StringVar(&o.out, "out", "", "`DIR` to write a file for each workflow into; without it one is printed")
			fs.BoolVar(&o.draft, "draft", false, "export drafts")
			fs.BoolVar(&o.force, "force", false, "replace files that are there, with the comments in them")
		}},
		{"schema", "Prints the JSON Schema of the files, for editors.", printSchema, func(*flags, *workflowOptions) {}},
	}
}

// runWorkflow runs one of the commands about files.
func runWorkflow(ctx context.Context, p process, args []string) int {
	if len(args) > 0 {
		for _, c := range workflowCommands() {
			if c.name != args[0] {
				continue
			}
			fs := newFlags(p, "workflow "+c.name, c.about)
			o := &workflowOptions{}
			c.flags(fs, o)
			if fs.Lookup("data") != nil {
				o.remote.reach(p, fs)
			}
			fs.BoolVar(&o.json, "json", false, "print JSON")
			files, code, done := fs.parseWithFiles(args[1:])
			if done {
				return code
			}
			named := false
			fs.Visit(func(f *flag.Flag) { named = named || f.Name == "url" })
			if named && o.data != "" {
				return complainUsage(p, "--data opens the database and --url asks a running Caracal; give one of them.")
			}
			if fs.Lookup("data") != nil && o.remote.url != "" && o.data == "" {
				o.remote.every = time.Second
				if err := o.remote.check(); err != nil {
					return complain(p, err)
				}
				return c.run(ctx, p, o, files)
			}
			o.remote.url = ""
			var err error
			if o.Registry, err = knownActions(p, o.data); err != nil {
				return complain(p, err)
			}
			return c.run(ctx, p, o, files)
		}
	}
	fs := newFlags(p, "workflow", workflowHelp)
	if code, done := fs.parse(args); done {
		return code
	}
	fs.Usage()
	return exitUsage
}

// knownActions returns what steps may do, by the description of Okta's API that the data folder has in use, or else
// by the one built-in.
func knownActions(p process, data string) (*workflow.Registry, error) {
	cat, err := catalogStore(p, data).Load()
	if err != nil {
		return nil, err
	}
	set, err := app.Actions(catalog.NewLive(cat))
	if err != nil {
		return nil, err
	}
	return set.Registry(workflow.FlowSpecs()...), nil
}

// parseWithFiles is parse for a command that takes files, before or after its flags.
func (f *flags) parseWithFiles(args []string) (files []string, code int, done bool) {
	for len(args) > 0 {
		for _, a := range args {
			if a == "-h" || a == "-help" || a == "--help" {
				f.Usage()
				return nil, exitOK, true
			}
		}
		if err := f.FlagSet.Parse(args); errors.Is(err, flag.ErrHelp) {
			return nil, exitOK, true
		} else if err != nil {
			return nil, exitUsage, true
		}
		if args = f.Args(); len(args) > 0 {
			files, args = append(files, args[0]), args[1:]
		}
	}
	return files, 0, false
}

// complain prints an error in one sentence.
func complain(p process, err error) int {
	if f := fault.As(err); f != nil {
		err = errors.New(f.Message)
	}
	fmt.Fprintln(p.stderr, err)
	return exitFail
}

// print writes the reports as JSON, or for people.
func (o *workflowOptions) print(p process, reports []filing.Report) error {
	if o.json {
		out := json.NewEncoder(p.stdout)
		out.SetEscapeHTML(false)
		out.SetIndent("", "  ")
		return out.Encode(reports)
	}
	for _, r := range reports {
		for _, m := range r.Mistakes {
			fmt.Fprintln(p.stderr, r.Place(m))
		}
		for _, m := range r.Advice {
			fmt.Fprintln(p.stderr, r.Place(m), "(advice)")
		}
		line := r.File + ": " + r.Outcome
		if r.Version > 0 {
			line += fmt.Sprintf(" as version %d", r.Version)
		}
		fmt.Fprintln(p.stdout, line)
		for _, c := range r.Changes {
			fmt.Fprintln(p.stdout, "  "+c)
		}
		if r.YAML != "" {
			fmt.Fprint(p.stdout, r.YAML)
		}
	}
	return nil
}

// readWorkflowFile reads no more than a workflow can be.
func readWorkflowFile(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, fmt.Errorf("it cannot be read: %w", err)
	}
	if !info.Mode().IsRegular() || info.Size() > workflow.MaxDefinition {
		return nil, fmt.Errorf("it is not a file of at most %d bytes", workflow.MaxDefinition)
	}
	return os.ReadFile(name)
}

// sources reads files.
func sources(files []string) (list []filing.Source) {
	for _, name := range files {
		s := filing.Source{Name: name}
		s.Text, s.Err = readWorkflowFile(name)
		list = append(list, s)
	}
	return list
}

func validateFiles(_ context.Context, p process, o *workflowOptions, files []string) int {
	if len(files) == 0 {
		return complainUsage(p, "Name the files to validate.")
	}
	reports, wrong := filing.Read(sources(files))
	if !wrong {
		wrong = o.Validate(reports)
	}
	if err := o.print(p, reports); err != nil {
		return complain(p, err)
	}
	if wrong {
		return exitFail
	}
	return exitOK
}

func complainUsage(p process, words string) int {
	fmt.Fprintln(p.stderr, words)
	return exitUsage
}

func printSchema(_ context.Context, p process, o *workflowOptions, files []string) int {
	if len(files) > 0 {
		return complainUsage(p, "schema takes no files; it prints.")
	}
	schema, err := workflow.Schema(o.Registry)
	if err == nil {
		_, err = p.stdout.Write(schema)
	}
	if err != nil {
		return complain(p, err)
	}
	return exitOK
}

// database finds the database of the installation: a folder that is named, else the one of the environment.
func (o *workflowOptions) database(p process) (string, error) {
	if o.data == "" {
		address, err := (&source{getenv: p.getenv}).lookupNamed("CARACAL_DATABASE_URL")
		if err != nil || address != "" {
			return address, err
		}
	}
	dir := o.data
	if dir == "" {
		var err error
		if dir, err = (&source{getenv: p.getenv}).lookupNamed("CARACAL_DATA"); err != nil {
			return "", err
		}
	}
	return filepath.Join(dir, "caracal.db"), nil
}
