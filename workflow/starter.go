package workflow

import (
	"embed"
	"fmt"
	"slices"
	"sync"

	"caracal/org"
)

// templates are files as `caracal workflow export` writes them, one for each starter.
//
//go:embed templates/*.yaml
var templates embed.FS

// shelves are the parts of the gallery with the starters on each, in order.
var shelves = []struct {
	title string
	ids   []string
}{
	{"Joining and moving", []string{"new_user", "new_hire", "contractor", "mover"}},
	{"Leaving and pausing", []string{"leaver", "leaver_today", "offboard", "offboard_list", "suspend", "suspend_list", "return"}},
	{"Groups and access", []string{"create_group", "group_access", "access_hours", "group_rule", "group_rotate", "app_group"}},
	{"Reviews and clean-up", []string{"no_mfa", "unused_apps", "stale_accounts", "guests", "profile_fix"}},
	{"Help desk and incidents", []string{"reset_mfa", "taken_over", "failed_sign_ins", "person_log"}},
}

// Starter is a template: a definition that a person can begin from. What is made of it is an independent copy.
type Starter struct {
	ID         string
	Shelf      string // the part of the gallery it stands in
	Title      string
	Help       string // one sentence: what it is for
	Definition Definition
}

// Scopes returns what a connection needs for all its steps.
func (s Starter) Scopes(registry *Registry) (scopes []org.Scope) {
	for _, step := range s.Definition.Steps {
		spec, _ := registry.Get(step.Action)
		for _, scope := range spec.Scopes {
			if !slices.Contains(scopes, scope) {
				scopes = append(scopes, scope)
			}
		}
	}
	return scopes
}

// Starters lists the templates in the order of the gallery.
func Starters() []Starter { return slices.Clone(readStarters()) }

// readStarters reads the files once: they are part of the program.
var readStarters = sync.OnceValue(func() (out []Starter) {
	for _, shelf := range shelves {
		for _, id := range shelf.ids {
			raw, err := templates.ReadFile("templates/" + id + ".yaml")
			var f File
			if err == nil {
				f, err = ReadYAML(raw, nil)
			}
			if err != nil {
				panic(fmt.Sprintf("workflow: template %s: %v", id, err)) // a test reads them all
			}
			out = append(out, Starter{ID: id, Shelf: shelf.title, Title: f.Definition.Name, Help: f.Definition.Purpose, Definition: f.Definition})
		}
	}
	return out
})

// StarterByID returns the starter with this id.
func StarterByID(id string) (Starter, bool) {
	i := slices.IndexFunc(readStarters(), func(s Starter) bool { return s.ID == id })
	if i < 0 {
		return Starter{}, false
	}
	return readStarters()[i], true
}

// WithDefaults returns a copy in which every field that a step does not name holds its action's default.
func (d Definition) WithDefaults(registry *Registry) Definition {
	d = d.Clone()
	for i, s := range d.Steps {
		if s.Fields == nil {
			s.Fields = map[string]string{}
		}
		spec, _ := registry.Get(s.Action)
		for _, f := range spec.Fields {
			if _, named := s.Fields[f.Name]; !named {
				s.Fields[f.Name] = f.Default
			}
		}
		d.Steps[i] = s
	}
	return d
}
