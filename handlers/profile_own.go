package handlers

import (
	"context"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"caracal/catalog"
	"caracal/connect"
	"caracal/fault"
	"caracal/form"
	"caracal/org"
	"caracal/views"
	"caracal/workflow"
)

// profileOf says whose profile is filled in, as far as the places beside it say. What only a run will know is none.
func profileOf(shape, app, userType, user string) connect.Profile {
	known := func(value string) string {
		if strings.Contains(value, "{{") || strings.Trim(value, ".") == "" {
			return ""
		}
		return value
	}
	return connect.Profile{Shape: shape, AppID: known(app), UserType: known(userType), UserID: known(user)}
}

// profileFields reads the properties of a profile from the org, which a page waits for but a moment. Those of a while ago
// are still better than none.
func (h *Handlers) profileFields(ctx context.Context, app org.Application, p connect.Profile) ([]catalog.Value, error) {
	known, fresh, err := h.Connect.KnownProfileFields(app, p)
	if fresh {
		return known, err
	}
	fields, err := briefly(ctx, h, app.ID, func(ctx context.Context) ([]catalog.Value, error) {
		return h.Connect.ProfileFields(ctx, app, p)
	})
	if err != nil && len(fields) == 0 && len(known) > 0 && !fault.Is(err, fault.Internal) {
		return known, nil
	}
	return fields, err
}

// ownFields reads, from the org itself, the attributes that a definition's steps may fill in besides those that all orgs
// have, by step. That they can't be read is a note and stops nothing: there is room for them as JSON.
func (h *Handlers) ownFields(ctx context.Context, d workflow.Definition, registry *workflow.Registry, app *org.Application) map[string]views.OwnFields {
	if h.Connect == nil || !connected(app) {
		return nil
	}
	out := map[string]views.OwnFields{}
	for _, s := range d.Steps {
		spec, _ := registry.Get(s.Action)
		for prefix, shape := range spec.Own {
			out[s.ID] = h.ownOf(ctx, *app, s, spec, prefix, profileOf(shape, s.Fields["appId"], s.Fields["type_id"], s.Fields["userId"]))
		}
	}
	return out
}

// ownOf reads the attributes of one profile.
func (h *Handlers) ownOf(ctx context.Context, app org.Application, s workflow.Step, spec workflow.ActionSpec, prefix string, p connect.Profile) (out views.OwnFields) {
	const otherwise = " Until then they can be written as JSON."
	switch {
	case !connect.MayReadSchemas(app):
		out.Note = "With the scope okta.schemas.read, the attributes of your org's own would be fields here." + otherwise
		return out
	case p.Shape == "AppUserProfile" && p.AppID == "":
		out.Note = "Choose the app itself, and the attributes that its users have are fields here." + otherwise
		return out
	}
	values, err := h.profileFields(ctx, app, p)
	if err != nil {
		message := fault.Message(err)
		if fault.Is(err, fault.Internal) {
			h.Log.ErrorContext(ctx, "read the attributes of a profile", "application", app.ID, "error", err)
		}
		out.Note = "The attributes of your org's own could not be read: " + message + otherwise
		if len(values) > 0 {
			out.Note = "These are the attributes of the default user type. " + message
		}
	} else if p.Shape == "UserProfile" && p.UserType == "" && p.UserID == "" && strings.Contains(s.Fields["type_id"]+s.Fields["userId"], "{{") {
		out.Note = "These are the attributes of the default user type, since only the run knows the user. Others can be written as JSON."
	}
	out.Asked = len(values) > 0
	for _, v := range values {
		name, kind := prefix+v.Name, catalog.OwnType(v)
		if _, _, ok := spec.OwnAttribute(name); !ok || kind == "" {
			continue
		}
		f := kind.Field(name, v.Name)
		f.Help = strings.TrimSpace(v.Text + " " + f.Help)
		if kind == form.OwnText && len(v.Options) > 0 {
			f.Kind, f.Options = form.Choice, nil
			for _, o := range v.Options {
				f.Options = append(f.Options, form.Option{Value: o, Label: o})
			}
		}
		out.Fields = append(out.Fields, views.OwnField{Field: f, Type: kind})
	}
	return out
}

// postedOwn reads which attributes of the org's own the builder's form has fields for in a step, and what they hold. The
// form says it, so that nothing typed is lost when the org can't be asked at that moment.
func postedOwn(s workflow.Step, spec workflow.ActionSpec, v url.Values) map[string]form.OwnType {
	out := map[string]form.OwnType{}
	for _, line := range v["step."+s.ID+".own"] {
		name, kind, _ := strings.Cut(line, " ")
		if _, _, ok := spec.OwnAttribute(name); ok && form.OwnType(kind).Known() {
			out[name] = form.OwnType(kind)
		}
	}
	return out
}

// settleOwn keeps what attributes of the org's own hold for those that are filled in, and for no others.
func settleOwn(d workflow.Definition, v url.Values, registry *workflow.Registry) workflow.Definition {
	d = d.Clone()
	for i := range d.Steps {
		spec, _ := registry.Get(d.Steps[i].Action)
		for name, kind := range postedOwn(d.Steps[i], spec, v) {
			d.Steps[i].FillOwn(spec, name, kind)
		}
	}
	return d
}

// sameOwn reports whether the same fields are offered.
func sameOwn(a, b map[string]views.OwnFields) bool { return reflect.DeepEqual(a, b) }

// fillOwn puts an attribute of the org's own into its field of a step, and reports whether there is one.
func fillOwn(s *workflow.Step, spec workflow.ActionSpec, name string, in catalog.Input, values map[string]string) bool {
	kind := catalog.OwnType(in.Value)
	if _, _, ok := spec.OwnAttribute(name); !ok || kind == "" {
		return false
	}
	f := kind.Field(name, in.Name)
	if value := values[in.Key]; value != "" {
		s.Fill(f, value)
	}
	if blank := values[catalog.BlankKey+in.Key]; slices.ContainsFunc(f.Blanks, func(o form.Option) bool { return o.Value == blank }) {
		s.Fill(f.WhenEmpty(), blank)
	}
	s.FillOwn(spec, name, kind)
	return true
}

// ownName reports whether a step can have a field for a property that only this org has.
func ownName(f catalog.Form, in catalog.Input) bool {
	_, name, _ := strings.Cut(in.Key, ".")
	spec := workflow.ActionSpec{Own: f.Profiles()}
	f.StepFields(func(name string, in catalog.Input) {
		if !in.Live {
			spec.Fields = append(spec.Fields, form.Field{Name: name})
		}
	})
	_, _, ok := spec.OwnAttribute(strings.ReplaceAll(name, ".", "_"))
	return ok && catalog.OwnType(in.Value) != ""
}
