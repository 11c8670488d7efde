package handlers

import (
	"context"
	"strings"

	"caracal/fault"
	"caracal/form"
	"caracal/org"
	"caracal/workflow"
)

// nameObjects says what newly picked objects are called: as their picker showed them a moment ago, or as the org, which is
// asked briefly, has them. An exact login or name, as it is typed without a script, becomes its id. Whatever the org does
// not answer in time stays as it was typed.
func (h *Handlers) nameObjects(ctx context.Context, d workflow.Definition) workflow.Definition {
	if h.Connect == nil || d.ApplicationID == "" {
		return d
	}
	registry := h.actions(ctx)
	ask := false
	for i := range d.Steps {
		step := &d.Steps[i]
		for _, o := range unnamed(*step, registry) {
			for _, id := range form.SplitList(step.Fields[o.Name]) {
				if c, ok := h.Connect.Known(d.ApplicationID, o.Kind, id); ok {
					step.Names = named(step.Names, c.ID, c.Label)
				} else if o.Kind.Object() {
					ask = true
				}
			}
		}
	}
	if !ask {
		return d
	}
	own := d.Clone()
	if found, err := briefly(ctx, h, d.ApplicationID, func(ctx context.Context) (workflow.Definition, error) {
		return h.findObjects(ctx, own, registry)
	}); err == nil {
		return found
	}
	return d
}

// findObjects asks the org for the objects that a definition names and whose names are not known.
func (h *Handlers) findObjects(ctx context.Context, d workflow.Definition, registry *workflow.Registry) (workflow.Definition, error) {
	for i := range d.Steps {
		step := &d.Steps[i]
		for _, o := range unnamed(*step, registry) {
			if !o.Kind.Object() {
				continue
			}
			f := form.New([]form.Field{o.Field})
			f.Values[o.Name] = step.Fields[o.Name]
			if err := h.Connect.ResolvePickers(ctx, d.ApplicationID, f); err != nil {
				return d, err
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
	return d, nil
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
// deleted. What can't be asked now is no problem; unasked says why it could not be.
func (h *Handlers) foreignObjects(ctx context.Context, d workflow.Definition, app *org.Application) (problems []workflow.Problem, unasked string) {
	if h.Connect == nil || !connected(app) || app.Status != org.Active {
		return nil, ""
	}
	type unsure struct {
		step  string
		field objectField
		value string
	}
	var all []unsure
	registry := h.actions(ctx)
	for _, s := range d.Steps {
		for _, o := range unnamed(s, registry) {
			if o.Kind.Object() {
				all = append(all, unsure{s.ID, o, s.Fields[o.Name]})
			}
		}
	}
	if len(all) == 0 {
		return nil, ""
	}
	out, err := briefly(ctx, h, d.ApplicationID, func(ctx context.Context) (out []workflow.Problem, err error) {
		for _, u := range all {
			f := form.New([]form.Field{u.field.Field})
			f.Values[u.field.Name] = u.value
			if err := h.Connect.ResolvePickers(ctx, d.ApplicationID, f); err != nil {
				return out, err
			}
			if message := f.Errors[u.field.Name]; message != "" {
				out = append(out, workflow.Problem{Step: u.step, Field: u.field.Name, Message: message})
			}
		}
		return out, nil
	})
	if err != nil {
		unasked = fault.Message(err)
	}
	return out, unasked
}
