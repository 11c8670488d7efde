package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"caracal/catalog"
	"caracal/db"
	"caracal/fault"
	"caracal/internal/app"
	"caracal/workflow"
)

const workflowHelp = `Keeps workflows as files, for Git: one readable YAML file for each, with the steps as the builder shows them.

  caracal workflow validate FILE…   check files, with no database and no org at hand
  caracal workflow diff FILE…       say what a file would change: 0 nothing, 1 something, 2 it could not be said
  caracal workflow apply FILE…      make each file the draft of the workflow of its name; --publish publishes it
  caracal workflow export [NAME…]   write workflows as files
  caracal workflow schema           print the JSON Schema of the files, for editors

validate, diff and export work beside a running server. apply changes the database, so the server has to be
stopped: while it runs, import the file under Workflows › New workflow instead. No command rewrites a file that
is there, so your comments stay.`

// workflowCommand is one word after `caracal workflow`.
type workflowCommand struct {
	name, about string
	run         func(ctx context.Context, p process, o *workflowOptions, args []string) int
	flags       func(fs *flags, o *workflowOptions)
}

// workflowOptions are the flags of all of them.
type workflowOptions struct {
	data, application, id, note, out string
	json, publish, published         bool
	draft, force                     bool
	registry                         *workflow.Registry
}

func workflowCommands() []workflowCommand {
	data := func(fs *flags, o *workflowOptions) {
		fs.StringVar(&o.data, "data", "", "`DIR` of the database; also CARACAL_DATA")
	}
	one := func(fs *flags, o *workflowOptions) {
		data(fs, o)
		fs.StringVar(&o.application, "application", "", "`NAME` of the application to act on, instead of the file's")
		fs.StringVar(&o.id, "id", "", "`ID` of the workflow, as in its address, for a file whose name is another's too or new")
	}
	return []workflowCommand{
		{"validate", "Checks files, with no database and no org at hand. It exits with 1 when one is wrong.", validateFiles, func(*flags, *workflowOptions) {}},
		{"diff", "Says what files would change, in words and as YAML. It exits with 0 for nothing, 1 for something, 2 for trouble.", diffFiles, func(fs *flags, o *workflowOptions) {
			one(fs, o)
			fs.BoolVar(&o.published, "published", false, "compare with the published version instead of the draft")
		}},
		{"apply", "Makes each file the draft of the workflow of its name, or a new workflow. Nothing is applied when one file is wrong. The server must not be running.", applyFiles, func(fs *flags, o *workflowOptions) {
			one(fs, o)
			fs.BoolVar(&o.publish, "publish", false, "publish the draft too")
			fs.StringVar(&o.note, "note", "", "`TEXT` for the history of the published version")
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
			fs.BoolVar(&o.json, "json", false, "print JSON")
			files, code, done := fs.parseWithFiles(args[1:])
			if done {
				return code
			}
			var err error
			if o.registry, err = knownActions(p, o.data); err != nil {
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

// fileReport is what came of one file.
type fileReport struct {
	File     string            `json:"file"`
	Name     string            `json:"name,omitempty"`
	ID       string            `json:"id,omitempty"`
	Outcome  string            `json:"outcome"` // valid, wrong, same, different, created, updated, unchanged, published
	Version  int               `json:"version,omitempty"`
	Mistakes workflow.Mistakes `json:"mistakes,omitempty"`
	Advice   workflow.Mistakes `json:"advice,omitempty"`
	Changes  []string          `json:"changes,omitempty"`
	YAML     string            `json:"yaml,omitempty"`

	raw         []byte
	read        workflow.File
	was         workflow.Workflow
	application string // id
	definition  workflow.Definition
}

func (r *fileReport) wrong(mistakes ...workflow.Mistake) {
	r.Outcome, r.Mistakes = "wrong", append(r.Mistakes, mistakes...)
}

// print writes the reports as JSON, or for people.
func (o *workflowOptions) print(p process, reports []fileReport) error {
	if o.json {
		out := json.NewEncoder(p.stdout)
		out.SetEscapeHTML(false)
		out.SetIndent("", "  ")
		return out.Encode(reports)
	}
	for _, r := range reports {
		for _, m := range r.Mistakes {
			fmt.Fprintln(p.stderr, r.place(m))
		}
		for _, m := range r.Advice {
			fmt.Fprintln(p.stderr, r.place(m), "(advice)")
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

// place writes a mistake as compilers do, so that editors find the line.
func (r fileReport) place(m workflow.Mistake) string {
	if m.Line == 0 {
		return r.File + ": " + m.Message
	}
	return fmt.Sprintf("%s:%d: %s", r.File, m.Line, m.Message)
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

func validateFiles(_ context.Context, p process, o *workflowOptions, files []string) int {
	if len(files) == 0 {
		return complainUsage(p, "Name the files to validate.")
	}
	reports, wrong := o.readFiles(files)
	if !wrong {
		o.registry = o.registry.With(alone(reports, o.registry)...)
		wrong = o.readAgain(reports)
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
	schema, err := workflow.Schema(o.registry)
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

// find sets which workflow a file is of, and the application it is to act on. A workflow that is not there is a new one.
func (o *workflowOptions) find(ctx context.Context, d *db.DB, r *fileReport) error {
	var err error
	if o.id != "" {
		r.was, err = d.Workflow(ctx, o.id)
	} else {
		r.was, err = byName(ctx, d, r.Name)
	}
	if err != nil {
		return err
	}
	r.ID = r.was.ID
	name, application := o.application, r.was.Draft.ApplicationID
	if name == "" {
		name = r.read.Application
	}
	if name != "" {
		apps, err := d.Applications(ctx)
		if err != nil {
			return err
		}
		application = ""
		for _, a := range apps {
			if a.Name == name && application != "" {
				return fault.New(fault.Conflict, "Several applications are called %q; rename one under Applications.", name)
			}
			if a.Name == name {
				application = a.ID
			}
		}
		if application == "" {
			return fault.New(fault.NotFound, "No application is called %q here; name one with --application.", name)
		}
	}
	r.application = application
	return nil
}

// byName returns the one workflow of a name that is not archived, or none at all.
func byName(ctx context.Context, d *db.DB, name string) (found workflow.Workflow, err error) {
	list, _, err := d.WorkflowList(ctx, db.WorkflowFilter{Query: name, Limit: 1000})
	if err != nil {
		return found, err
	}
	for _, w := range list {
		if w.Draft.Name != name {
			continue
		}
		if found.ID != "" {
			return found, fault.New(fault.Conflict, "Several workflows are called %q; say which with --id, as it stands in the address of its page.", name)
		}
		found = w
	}
	return found, nil
}
