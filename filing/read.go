package filing

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

// Read reads each file as far as that goes without knowing what else there is: which workflows it names, what
// they ask for and which others they run.
func Read(sources []Source) (reports []Report, wrong bool) {
	reports = []Report{}
	for _, s := range sources {
		r := Report{File: s.Name, Outcome: "valid", raw: s.Text, seen: s.Seen}
		err := s.Err
		if err == nil {
			r.read, err = workflow.ReadYAML(r.raw, nil)
		}
		r.refuse(err)
		r.Name = r.read.Definition.Name
		wrong = wrong || len(r.Mistakes) > 0
		reports = append(reports, r)
	}
	return reports, wrong
}

// Validate checks files that were read with no database at hand: what they run besides one another is taken for given.
func (o *Options) Validate(reports []Report) (wrong bool) {
	o.Registry = o.Registry.With(alone(reports, o.Registry)...)
	return o.readAgain(reports)
}

// readAgain reads the files with everything that a step may do, what they give one another included, and checks them.
func (o *Options) readAgain(reports []Report) (wrong bool) {
	called := map[string]workflow.Called{}
	for i := range reports {
		r := &reports[i]
		var err error
		r.read, err = workflow.ReadYAML(r.raw, o.Registry)
		r.refuse(err)
		called[r.id()] = r.read.Definition.Called()
	}
	look := func(id string) (workflow.Called, bool) {
		if c, ok := called[id]; ok {
			return c, true
		}
		return o.Registry.Called(id)
	}
	for i := range reports {
		r := &reports[i]
		if len(r.Mistakes) == 0 {
			for _, q := range append(workflow.Check(r.read.Definition, o.Registry, nil), workflow.CheckCalls(r.id(), r.read.Definition, look)...) {
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

func (r *Report) refuse(err error) {
	var mistakes workflow.Mistakes
	if errors.As(err, &mistakes) {
		r.wrong(mistakes...)
	} else if err != nil {
		r.wrong(workflow.Mistake{Message: err.Error()})
	}
}

// id is what others run the workflow of a file by: its name until it is stored.
func (r *Report) id() string {
	if r.ID != "" {
		return r.ID
	}
	return r.Name
}

// called describes the workflow of a file as others run it.
func (r *Report) called(registry *workflow.Registry) workflow.ActionSpec {
	return workflow.CallSpec(workflow.Version{WorkflowID: r.id(), Definition: r.read.Definition}, registry)
}

// alone describes what files run with no database at hand: one another, and whatever else they name, which is taken
// for given with an advice.
func alone(reports []Report, registry *workflow.Registry) (specs []workflow.ActionSpec) {
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

// Published describes the workflows that are published here, but those that files replace.
func Published(ctx context.Context, d *db.DB, registry *workflow.Registry, reports []Report) (specs []workflow.ActionSpec, err error) {
	list, err := d.PublishedNumbers(ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range list {
		if slices.ContainsFunc(reports, func(r Report) bool { return r.ID == p.WorkflowID }) {
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
func (o *Options) meet(ctx context.Context, d *db.DB, reports []Report) (wrong bool, err error) {
	for i := range reports {
		if err := o.find(ctx, d, &reports[i]); err != nil {
			return false, About(reports[i].File, err)
		}
	}
	specs, err := Published(ctx, d, o.Registry, reports)
	if err != nil {
		return false, err
	}
	for i := range reports {
		specs = append(specs, reports[i].called(o.Registry))
	}
	o.Registry = o.Registry.With(specs...)
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
func inOrder(reports []Report) []int {
	var order []int
	var visit func(i int)
	visit = func(i int) {
		if slices.Contains(order, i) {
			return
		}
		for _, id := range reports[i].definition.Calls() {
			if j := slices.IndexFunc(reports, func(r Report) bool { return r.id() == id }); j >= 0 && j != i {
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
