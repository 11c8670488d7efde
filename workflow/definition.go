// Package workflow says what a definition, version, action spec, run and step are, and which state changes
// are legal. It does no I/O.
package workflow

import (
	"time"

	"caracal/auth"
	"caracal/form"
)

// Definition is what a person builds: inputs and steps in order. It is stored as JSON in drafts and versions.
type Definition struct {
	Name          string      `json:"name"`
	Purpose       string      `json:"purpose"`        // what it is for
	ApplicationID string      `json:"application_id"` // the org it acts on
	Runners       []auth.Role `json:"runners"`        // who may run it, besides builders and admins
	Inputs        []Input     `json:"inputs"`
	Steps         []Step      `json:"steps"`
}

// Input is one field of the run form.
type Input struct {
	Key      string        `json:"key,omitempty"` // never changes while the input lives; the name when empty
	Name     string        `json:"name"`          // as in {{ inputs.name }}; follows the label until a step uses it
	Label    string        `json:"label"`
	Help     string        `json:"help"`
	Kind     form.Kind     `json:"kind"`
	Required bool          `json:"required"`
	Options  []form.Option `json:"options,omitempty"` // for a choice
}

// ID returns what names the input while its name may still change.
func (in Input) ID() string {
	if in.Key != "" {
		return in.Key
	}
	return in.Name
}

// Step is one action in a workflow, its fields filled with text that may hold {{ expressions }}.
type Step struct {
	ID     string            `json:"id"` // as in {{ steps.id.output }}; never changes while the step lives
	Title  string            `json:"title"`
	Action string            `json:"action"` // ActionSpec.ID
	Fields map[string]string `json:"fields"`
	// Names holds what the objects picked in Fields were called when they were picked, by id, so that a page
	// need not ask the org again. Nothing decides by it.
	Names map[string]string `json:"names,omitempty"`
	Control
}

// Workflow is a definition with its history.
type Workflow struct {
	ID        string
	Draft     Definition
	Revision  int64 // of the draft: compare-and-set
	Published int   // number of the newest published version, 0 if none
	Dirty     bool  // the draft differs from the published version
	CreatedAt time.Time
	CreatedBy string
	UpdatedAt time.Time
	UpdatedBy string
	Archived  bool
}

// Version is a published, frozen workflow.
type Version struct {
	WorkflowID string
	Number     int
	Definition Definition
	Note       string
	CreatedAt  time.Time
	CreatedBy  string
}

// RunFields returns the inputs as form fields.
func (d Definition) RunFields() []form.Field {
	fields := make([]form.Field, 0, len(d.Inputs))
	for _, in := range d.Inputs {
		fields = append(fields, form.Field{Name: in.Name, Label: in.Label, Help: in.Help, Kind: in.Kind, Required: in.Required, Options: in.Options})
	}
	return fields
}
