// Package filing keeps workflows as files: it reads them, says what each would change in what is stored, and stores them, all
// or none. The command line and the API go through it, so that both check the same and say it in the same words.
package filing

import (
	"fmt"

	"caracal/auth"
	"caracal/fault"
	"caracal/workflow"
)

// Source is a file that is to be read.
type Source struct {
	Name string
	Text []byte
	Err  error  // why there is no text
	Seen *int64 // revision of the draft that was looked at; another one is a conflict. Nil is whichever there is
}

// Options say what files are compared with and how they are stored.
type Options struct {
	Application string // name of the one to act on, in place of the files'
	ID          string // of the workflow, for one file alone
	Publish     bool
	Note        string // of the published version
	Published   bool   // compare with what is published in place of the draft
	Registry    *workflow.Registry
	By          auth.User                     // who stores
	Allowed     func(workflowID string) error // why a workflow may not be looked at or changed, "" for a new one; nil allows all
}

// Report is what came of one file.
type Report struct {
	File     string            `json:"file"`
	Name     string            `json:"name,omitempty"`
	ID       string            `json:"id,omitempty"`
	Outcome  string            `json:"outcome"` // valid, wrong, same, different, created, updated, unchanged, published
	Version  int               `json:"version,omitempty"`
	Mistakes workflow.Mistakes `json:"mistakes,omitempty"`
	Advice   workflow.Mistakes `json:"advice,omitempty"`
	Changes  []string          `json:"changes,omitempty"`
	YAML     string            `json:"yaml,omitempty"`
	Revision int64             `json:"revision"` // of the draft that was read; 0 where the workflow is new

	raw         []byte
	seen        *int64
	read        workflow.File
	was         workflow.Workflow
	application string // id
	definition  workflow.Definition
}

func (r *Report) wrong(mistakes ...workflow.Mistake) {
	r.Outcome, r.Mistakes = "wrong", append(r.Mistakes, mistakes...)
}

// Place writes a mistake as compilers do, so that editors find the line.
func (r Report) Place(m workflow.Mistake) string {
	if m.Line == 0 {
		return r.File + ": " + m.Message
	}
	return fmt.Sprintf("%s:%d: %s", r.File, m.Line, m.Message)
}

// About puts the file in front of what is wrong with it.
func About(file string, err error) error {
	if f := fault.As(err); f != nil {
		return fault.New(f.Kind, "%s: %s", file, f.Message).Because(err)
	}
	return fmt.Errorf("%s: %w", file, err)
}
