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
	"caracal/org"
	"caracal/workflow"
)

// exitTrouble is of `diff` alone, as of diff(1): 1 says that something differs.
const exitTrouble = 2

func diffFiles(ctx context.Context, p process, o *workflowOptions, files []string) int {
	if len(files) == 0 || o.id != "" && len(files) > 1 {
		return complainUsage(p, "Name the files to compare; --id goes with one alone.")
	}
	reports, wrong := o.readFiles(files)
	if !wrong {
		var err error
		if wrong, err = o.compare(ctx, p, reports); err != nil {
			complain(p, err)
			return exitTrouble
		}
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
func (o *workflowOptions) compare(ctx context.Context, p process, reports []fileReport) (wrong bool, err error) {
	place, err := o.database(p)
	if err != nil {
		return false, err
	}
	d, err := db.OpenForReading(ctx, place, db.Options{})
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	names, err := applicationNames(ctx, d)
	if err != nil {
		return false, err
	}
	if wrong, err = o.meet(ctx, d, reports); err != nil || wrong {
		return wrong, err
	}
	for i := range reports {
		r := &reports[i]
		was := r.was.Draft
		if o.published {
			was = workflow.Definition{}
			if r.was.Published > 0 {
				v, err := d.WorkflowVersion(ctx, r.was.ID, r.was.Published)
				if err != nil {
					return false, err
				}
				was = v.Definition
			}
		}
		if err := r.differ(was, names, o.registry); err != nil {
			return false, err
		}
	}
	return false, nil
}

// differ says what differs, in words and as YAML.
func (r *fileReport) differ(was workflow.Definition, names map[string]string, registry *workflow.Registry) error {
	r.Outcome = "same"
	for _, c := range workflow.Diff(was, r.definition, registry) {
		if c.What == "Application" {
			c.Before, c.After = names[c.Before], names[c.After]
		}
		r.Changes = append(r.Changes, c.String())
	}
	before, err := asFile(was, names, registry)
	if err != nil {
		return err
	}
	after, err := asFile(r.definition, names, registry)
	if err != nil {
		return err
	}
	for _, l := range workflow.DiffText(before, after) {
		r.YAML += l.Mark + " " + l.Text + "\n"
	}
	if r.YAML != "" || len(r.Changes) > 0 {
		r.Outcome = "different"
	}
	return nil
}

// asFile writes a definition as export does; one that is not there is empty.
func asFile(d workflow.Definition, names map[string]string, registry *workflow.Registry) (string, error) {
	if d.Equal(workflow.Definition{}) {
		return "", nil
	}
	raw, err := workflow.WriteYAML(d, registry, workflow.WriteOptions{Application: names[d.ApplicationID]})
	return string(raw), err
}

func applicationNames(ctx context.Context, d *db.DB) (map[string]string, error) {
	apps, err := d.Applications(ctx)
	names := map[string]string{}
	for _, a := range apps {
		names[a.ID] = a.Name
	}
	return names, err
}

// about puts the file in front of what is wrong with it.
func about(file string, err error) error {
	if f := fault.As(err); f != nil {
		return fmt.Errorf("%s: %s", file, f.Message)
	}
	return fmt.Errorf("%s: %w", file, err)
}

func applyFiles(ctx context.Context, p process, o *workflowOptions, files []string) int {
	switch {
	case len(files) == 0 || o.id != "" && len(files) > 1:
		return complainUsage(p, "Name the files to apply; --id goes with one alone.")
	case o.note != "" && !o.publish:
		return complainUsage(p, "--note goes with --publish.")
	}
	reports, wrong := o.readFiles(files)
	if !wrong {
		var err error
		if wrong, err = o.apply(ctx, p, reports); err != nil {
			return complain(p, err)
		}
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
func (o *workflowOptions) apply(ctx context.Context, p process, reports []fileReport) (wrong bool, err error) {
	path, err := o.database(p)
	if err != nil {
		return false, err
	}
	if _, err := os.Stat(path); err != nil && !db.IsURL(path) {
		return false, fault.New(fault.NotFound, "There is no database at %s; start `caracal serve` first, or name its folder with --data.", path).Because(err)
	}
	d, err := db.Open(ctx, path, db.Options{})
	if fault.Is(err, fault.Conflict) {
		return false, fault.New(fault.Conflict, "Caracal is running on %s; stop it first, or import the file under Workflows › New workflow.", path).Because(err)
	}
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	ids := map[string]string{}
	for _, r := range reports {
		if other, twice := ids[r.Name]; twice {
			return false, fmt.Errorf("%s and %s are both of the workflow %q", other, r.File, r.Name)
		}
		ids[r.Name] = r.File
	}
	if wrong, err = o.meet(ctx, d, reports); err != nil || wrong {
		return wrong, err
	}
	for i := range reports {
		r := &reports[i]
		if err := o.check(ctx, d, r); err != nil {
			return false, err
		}
		wrong = wrong || len(r.Mistakes) > 0
	}
	if wrong {
		return true, nil
	}
	stored := map[string]string{} // actions that run a new workflow by its name, and by its id
	for _, i := range inOrder(reports) {
		r := &reports[i]
		for j, s := range r.definition.Steps {
			if action, ok := stored[s.Action]; ok {
				r.definition.Steps[j].Action = action
			}
		}
		if err := o.store(ctx, d, r); err != nil {
			return false, about(r.File, err)
		}
		stored[workflow.CallAction(r.Name)] = workflow.CallAction(r.ID)
	}
	return false, nil
}

// check finds what stands against publishing, where that is asked for.
func (o *workflowOptions) check(ctx context.Context, d *db.DB, r *fileReport) error {
	var application *org.Application
	if r.definition.ApplicationID != "" {
		app, err := d.Application(ctx, r.definition.ApplicationID)
		if err != nil && !errors.Is(err, db.ErrNotFound) {
			return err
		}
		if err == nil {
			application = &app
		}
	}
	for _, q := range workflow.Check(r.definition, o.registry, application) {
		m := workflow.Mistake{Line: r.read.Line(q), Message: q.Message}
		if o.publish && !q.Advice {
			r.wrong(m)
		} else {
			r.Advice = append(r.Advice, m)
		}
	}
	return nil
}

// store makes the file the draft, and publishes it when that is asked for.
func (o *workflowOptions) store(ctx context.Context, d *db.DB, r *fileReport) error {
	revision := r.was.Revision
	switch {
	case r.ID == "":
		made, err := d.CreateWorkflow(ctx, r.definition, db.CommandLine)
		if err != nil {
			return err
		}
		r.ID, revision, r.Outcome = made.ID, made.Revision, "created"
	default:
		saved, err := d.SaveDraft(ctx, r.ID, r.definition, revision, "", db.CommandLine)
		if err != nil {
			return err
		}
		r.Outcome = "updated"
		if saved == revision {
			r.Outcome = "unchanged"
		}
		revision = saved
	}
	if !o.publish {
		return nil
	}
	now, err := d.Workflow(ctx, r.ID)
	if err != nil || now.Published > 0 && !now.Dirty {
		return err // nothing new: applying the same files again is no mistake
	}
	v, err := d.Publish(ctx, r.ID, revision, o.note, db.CommandLine)
	if err == nil {
		r.Outcome, r.Version = "published", v.Number
	}
	return err
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
			w, err = byName(ctx, d, name)
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
	applications, err := applicationNames(ctx, d)
	if err != nil {
		return err
	}
	specs, err := published(ctx, d, o.registry, nil)
	if err != nil {
		return err
	}
	o.registry = o.registry.With(specs...)
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
		text, err := asFile(definition, applications, o.registry)
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
