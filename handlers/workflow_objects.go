package handlers

import (
	"context"
	"strings"
	"time"

	"caracal/form"
	"caracal/org"
	"caracal/workflow"
)

// objectTime bounds how long a page waits for an org to name what was picked.
const objectTime = 3 * time.Second

// nameObjects asks the org for the names of newly picked objects, and turns an exact login or name, as it is
// typed without a script, into its id. Whatever the org does not answer in time stays as it was typed.
func (h *Handlers) nameObjects(ctx context.Context, d workflow.Definition) workflow.Definition {
	if h.Connect == nil || d.ApplicationID == "" {
		return d
	}
	registry := h.actions(ctx)
	ctx, cancel := context.WithTimeout(ctx, objectTime)
	defer cancel()
	for i := range d.Steps {
		step := &d.Steps[i]
		for _, o := range unnamed(*step, registry) {
			if _, list := o.Kind.List(); list { // what was picked was shown, with its name, a moment ago
				for _, id := range form.SplitList(step.Fields[o.Name]) {
					if c, ok := h.Connect.Known(d.ApplicationID, o.Kind, id); ok {
						step.Names = named(step.Names, c.ID, c.Label)
					}
				}
				continue
			}
			f := form.New([]form.Field{o.Field})
			f.Values[o.Name] = step.Fields[o.Name]
			if err := h.Connect.ResolvePickers(ctx, d.ApplicationID, f); err != nil {
				return d // the org does not answer: nothing is lost, and nothing is known
			}
			if !f.OK() {
				continue
			}
			step.Fields[o.Name] = f.Values[o.Name]
			for _, id := range form.SplitList(f.Values[o.Name]) {
				if c, err := h.Connect.Named(ctx, d.ApplicationID, o.Kind, id); err == nil {
					step.Names = named(step.Names, id, c.Label)
				}
			}
		}
	}
	return d
}

func named(names map[string]string, id, label string) map[string]string {
	if names == nil {
		names = map[string]string{}
	}
	names[id] = label
	return names
}

// unnamed returns the picker fields of a step that hold something whose name is not known yet.
func unnamed(s workflow.Step, registry *workflow.Registry) []objectField {
	spec, _ := registry.Get(s.Action)
	var out []objectField
	for _, f := range spec.Fields {
		value := s.Fields[f.Name]
		if !f.Kind.Picker() || f.Kind == form.EventTypes || value == "" || strings.Contains(value, "{{") {
			continue
		}
		for _, id := range form.SplitList(value) {
			if s.Names[id] == "" {
				out = append(out, objectField{f})
				break
			}
		}
	}
	return out
}

type objectField struct{ form.Field }

// foreignObjects says which picked objects the org does not have: an id of another org, or one that was
// deleted. What can't be asked now is not a problem.
func (h *Handlers) foreignObjects(ctx context.Context, d workflow.Definition, app *org.Application) []workflow.Problem {
	if h.Connect == nil || !connected(app) || app.Status != org.Active {
		return nil
	}
	registry := h.actions(ctx)
	ctx, cancel := context.WithTimeout(ctx, objectTime)
	defer cancel()
	var out []workflow.Problem
	for _, s := range d.Steps {
		for _, o := range unnamed(s, registry) {
			f := form.New([]form.Field{o.Field})
			f.Values[o.Name] = s.Fields[o.Name]
			if err := h.Connect.ResolvePickers(ctx, d.ApplicationID, f); err != nil {
				return out
			}
			if message := f.Errors[o.Name]; message != "" {
				out = append(out, workflow.Problem{Step: s.ID, Field: o.Name, Message: message})
			}
		}
	}
	return out
}
