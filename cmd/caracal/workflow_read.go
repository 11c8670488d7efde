package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"caracal/db"
	"caracal/form"
	"caracal/workflow"
)

// readFiles reads each file as far as that goes without knowing what else there is: which workflows it names, what
// they ask for and which others they run.
func (o *workflowOptions) readFiles(files []string) (reports []fileReport, wrong bool) {
	reports = []fileReport{}
	for _, file := range files {
		r := fileReport{File: file, Outcome: "valid"}
		var err error
		if r.raw, err = readWorkflowFile(file); err == nil {
			r.read, err = workflow.ReadYAML(r.raw, nil)
		}
		r.refuse(err)
		r.Name = r.read.Definition.Name
		wrong = wrong || len(r.Mistakes) > 0
		reports = append(reports, r)
	}
	return reports, wrong
}

// readAgain reads the files with everything that a step may do, what they give one another included, and checks them.
func (o *workflowOptions) readAgain(reports []fileReport) (wrong bool) {
	called := map[string]workflow.Called{}
	for i := range reports {
		r := &reports[i]
		var err error
		r.read, err = workflow.ReadYAML(r.raw, o.registry)
		r.refuse(err)
		called[r.id()] = r.read.Definition.Called()
	}
	look := func(id string) (workflow.Called, bool) {
		if c, ok := called[id]; ok {
			return c, true
		}
		return o.registry.Called(id)
	}
	for i := range reports {
		r := &reports[i]
		if len(r.Mistakes) == 0 {
			for _, q := range append(workflow.Check(r.read.Definition, o.registry, nil), workflow.CheckCalls(r.id(), r.read.Definition, look)...) {
				m := workflow.Mistake{Line: r.read.Line(q), Message: q.Message}
				switch {
				case q.Field == "application_id":
				case q.Advice:
					r.Advice = append(r.Advice, m)
				default:
					r.wrong(m)
				}
			}
		}
		wrong = wrong || len(r.Mistakes) > 0
	}
	return wrong
}

func (r *fileReport) refuse(err error) {
	var mistakes workflow.Mistakes
	if errors.As(err, &mistakes) {
		r.wrong(mistakes...)
	} else if err != nil {
		r.wrong(workflow.Mistake{Message: err.Error()})
	}
}

// id is what others run the workflow of a file by: its name until it is stored.
func (r *fileReport) id() string {
	if r.ID != "" {
		return r.ID
	}
	return r.Name
}

// called describes the workflow of a file as others run it.
func (r *fileReport) called(registry *workflow.Registry) workflow.ActionSpec {
	return workflow.CallSpec(workflow.Version{WorkflowID: r.id(), Definition: r.read.Definition}, registry)
}

// alone describes what files run with no database at hand: one another, and whatever else they name, which is taken
// for given with an advice.
func alone(reports []fileReport, registry *workflow.Registry) (specs []workflow.ActionSpec) {
	known := map[string]bool{}
	for i := range reports {
		specs = append(specs, reports[i].called(registry))
		known[reports[i].Name] = true
	}
	fields, names := map[string][]form.Field{}, []string{}
	for i := range reports {
		r := &reports[i]
		for _, s := range r.read.Definition.Steps {
			name, calls := workflow.IsCall(s.Action)
			if !calls || known[name] {
				continue
			}
			r.Advice = append(r.Advice, workflow.Mistake{Line: r.read.Line(workflow.Problem{Step: s.ID, Field: "action"}),
				Message: fmt.Sprintf("None of these files is the workflow %q, which this step runs; whether it is there is said when the file is applied.", name)})
			if _, before := fields[name]; !before {
				names = append(names, name)
			}
			for _, field := range slices.Sorted(maps.Keys(s.Fields)) {
				fields[name] = append(fields[name], form.Field{Name: field, Label: field, Kind: form.LongText})
			}
		}
	}
	for _, name := range names {
		spec := workflow.CallSpec(workflow.Version{WorkflowID: name, Definition: workflow.Definition{Name: name}}, registry)
		spec.Fields = fields[name]
		specs = append(specs, spec)
	}
	return specs
}

// published describes the workflows that are published here, but those that files replace.
func published(ctx context.Context, d *db.DB, registry *workflow.Registry, reports []fileReport) (specs []workflow.ActionSpec, err error) {
	list, err := d.PublishedNumbers(ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range list {
		if slices.ContainsFunc(reports, func(r fileReport) bool { return r.ID == p.WorkflowID }) {
			continue
		}
		v, err := d.WorkflowVersion(ctx, p.WorkflowID, p.Number)
		if err != nil {
			return nil, err
		}
		specs = append(specs, workflow.CallSpec(v, registry))
	}
	return specs, nil
}

// meet finds which workflow each file is of, and reads the files again with what is published here and what they give
// one another.
func (o *workflowOptions) meet(ctx context.Context, d *db.DB, reports []fileReport) (wrong bool, err error) {
	for i := range reports {
		if err := o.find(ctx, d, &reports[i]); err != nil {
			return false, about(reports[i].File, err)
		}
	}
	specs, err := published(ctx, d, o.registry, reports)
	if err != nil {
		return false, err
	}
	for i := range reports {
		specs = append(specs, reports[i].called(o.registry))
	}
	o.registry = o.registry.With(specs...)
	if o.readAgain(reports) {
		return true, nil
	}
	for i := range reports {
		r := &reports[i]
		r.definition = r.read.Adopt(r.was.Draft, r.application)
	}
	return false, nil
}

// inOrder returns the places of the reports so that each comes after those that it runs. Circles were refused before.
func inOrder(reports []fileReport) []int {
	var order []int
	var visit func(i int)
	visit = func(i int) {
		if slices.Contains(order, i) {
			return
		}
		for _, id := range reports[i].definition.Calls() {
			if j := slices.IndexFunc(reports, func(r fileReport) bool { return r.id() == id }); j >= 0 && j != i {
				visit(j)
			}
		}
		order = append(order, i)
	}
	for i := range reports {
		visit(i)
	}
	return order
}
