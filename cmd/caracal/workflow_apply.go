package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"caracal/db"
	"caracal/fault"
	"caracal/filing"
	"caracal/workflow"
)

// exitTrouble is of `diff` alone, as of diff(1): 1 says that something differs.
const exitTrouble = 2

func diffFiles(ctx context.Context, p process, o *workflowOptions, files []string) int {
	if len(files) == 0 || o.ID != "" && len(files) > 1 {
		return complainUsage(p, "Name the files to compare; --id goes with one alone.")
	}
	reports, wrong, err := o.overFiles(ctx, p, files, "diff", o.compare)
	if err != nil {
		complain(p, err)
		return exitTrouble
	}
	if err := o.print(p, reports); err != nil || wrong {
		return exitTrouble
	}
	for _, r := range reports {
		if r.Outcome != "same" {
			return exitFail
		}
	}
	return exitOK
}

// compare fills in what each file changes.
func (o *workflowOptions) compare(ctx context.Context, p process, reports []filing.Report) (wrong bool, err error) {
	place, err := o.database(p)
	if err != nil {
		return false, err
	}
	d, err := db.OpenForReading(ctx, place, db.Options{})
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	return o.Compare(ctx, d, reports)
}

func applyFiles(ctx context.Context, p process, o *workflowOptions, files []string) int {
	switch {
	case len(files) == 0 || o.ID != "" && len(files) > 1:
		return complainUsage(p, "Name the files to apply; --id goes with one alone.")
	case o.Note != "" && !o.Publish:
		return complainUsage(p, "--note goes with --publish.")
	}
	reports, wrong, err := o.overFiles(ctx, p, files, "apply", o.apply)
	if err != nil {
		return complain(p, err)
	}
	if err := o.print(p, reports); err != nil {
		return complain(p, err)
	}
	if wrong {
		return exitFail
	}
	return exitOK
}

// apply stores the files when there is nothing wrong with any.
func (o *workflowOptions) apply(ctx context.Context, p process, reports []filing.Report) (wrong bool, err error) {
	path, err := o.database(p)
	if err != nil {
		return false, err
	}
	if _, err := os.Stat(path); err != nil && !db.IsURL(path) {
		return false, fault.New(fault.NotFound, "There is no database at %s; start `caracal serve` first, or name its folder with --data.", path).Because(err)
	}
	d, err := db.Open(ctx, path, db.Options{})
	if fault.Is(err, fault.Conflict) {
		return false, fault.New(fault.Conflict, "Caracal is running on %s; name its address with --url and a token, or stop it first.", path).Because(err)
	}
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	o.By = db.CommandLine
	return o.Apply(ctx, d, reports)
}

// overFiles does what a command does with files: over the API of a running Caracal where one is named, and else with the
// database.
func (o *workflowOptions) overFiles(ctx context.Context, p process, files []string, do string, local func(context.Context, process, []filing.Report) (bool, error)) (reports []filing.Report, wrong bool, err error) {
	list := sources(files)
	if err := o.remember(list); err != nil {
		return nil, false, err
	}
	if reports, wrong = filing.Read(list); wrong {
		return reports, true, nil
	}
	if o.remote.url != "" {
		return o.askFor(ctx, list, do)
	}
	wrong, err = local(ctx, p, reports)
	return reports, wrong, err
}

func exportFiles(ctx context.Context, p process, o *workflowOptions, names []string) int {
	if o.json {
		return complainUsage(p, "export writes YAML; leave --json away.")
	}
	if err := o.export(ctx, p, names); err != nil {
		return complain(p, err)
	}
	return exitOK
}

func (o *workflowOptions) export(ctx context.Context, p process, names []string) (err error) {
	if o.remote.url != "" {
		return o.exportRemote(ctx, p, names)
	}
	place, err := o.database(p)
	if err != nil {
		return err
	}
	d, err := db.OpenForReading(ctx, place, db.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	var list []workflow.Workflow
	for _, name := range names {
		w, err := d.Workflow(ctx, name)
		if errors.Is(err, db.ErrNotFound) {
			w, err = filing.ByName(ctx, d, name)
		}
		if err != nil {
			return err
		}
		if w.ID == "" {
			return fault.New(fault.NotFound, "No workflow is called %q.", name)
		}
		list = append(list, w)
	}
	if len(names) == 0 {
		if list, _, err = d.WorkflowList(ctx, db.WorkflowFilter{Limit: 10_000}); err != nil {
			return err
		}
	}
	if o.out == "" && len(list) != 1 {
		return fault.New(fault.Invalid, "There are %d workflows; name one, or a folder for all with --out.", len(list))
	}
	applications, err := filing.ApplicationNames(ctx, d)
	if err != nil {
		return err
	}
	specs, err := filing.Published(ctx, d, o.Registry, nil)
	if err != nil {
		return err
	}
	o.Registry = o.Registry.With(specs...)
	written := map[string]bool{}
	for _, w := range list {
		definition := w.Draft
		if w.Published > 0 && !o.draft {
			v, err := d.WorkflowVersion(ctx, w.ID, w.Published)
			if err != nil {
				return err
			}
			definition = v.Definition
		}
		text, err := filing.AsFile(definition, applications, o.Registry)
		if err != nil {
			return err
		}
		if o.out == "" {
			_, err = fmt.Fprint(p.stdout, text)
			return err
		}
		if err := o.writeFile(p, freshName(definition.Name, written), text); err != nil {
			return err
		}
	}
	return nil
}

// freshName makes a file name out of a workflow's, one that is not written yet.
func freshName(name string, written map[string]bool) string {
	base := workflow.Slug(name)
	if base == "" {
		base = "workflow"
	}
	file := base + ".yaml"
	for n := 2; written[file]; n++ {
		file = fmt.Sprintf("%s-%d.yaml", base, n)
	}
	written[file] = true
	return file
}

func (o *workflowOptions) writeFile(p process, name, text string) error {
	path := filepath.Join(o.out, name)
	if err := os.MkdirAll(o.out, 0o755); err != nil {
		return fmt.Errorf("make the folder: %w", err)
	}
	mode := os.O_WRONLY | os.O_CREATE | os.O_EXCL
	if o.force {
		mode = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	}
	file, err := os.OpenFile(path, mode, 0o644)
	if errors.Is(err, os.ErrExist) {
		return fault.New(fault.Conflict, "%s is there already and may hold your comments; choose another folder, or replace it with --force.", path)
	}
	if err != nil {
		return fmt.Errorf("write file: %w", err)
	}
	_, err = file.WriteString(text)
	if err = errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	_, err = fmt.Fprintln(p.stdout, strings.TrimSpace(path))
	return err
}
