package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"

	"caracal/workflow"
)

// State is how far a rehearsal is.
type State string

// The states of a rehearsal.
const (
	UnderWay State = "under_way"
	Ready    State = "ready"
	Failed   State = "failed" // it could not be made; a run that would fail is a plan too
)

// What is rehearsed.
const (
	Draft   = "draft"   // of a workflow, as it was saved, or of a file that is not stored here
	Version = "version" // of a workflow, as it was published
	Steps   = "steps"   // made for the occasion, such as an undo
)

// Subject is what is rehearsed, with the values of its inputs.
type Subject struct {
	Kind       string              `json:"kind"`
	WorkflowID string              `json:"workflow_id"` // "" for steps that belong to none, and for a file
	Version    int                 `json:"version"`     // of a version
	Revision   int64               `json:"revision"`    // of a draft
	Definition workflow.Definition `json:"definition"`
	// Rows are the inputs: one for each run that is to be made, in this order, all over the same twin.
	Rows []map[string]string `json:"rows"`
	// Many says that the rows are those of a list, even where there is one.
	Many bool `json:"many,omitempty"`
	// Numbers say which rows of the list these are, where some of it were left out; else they are counted from 1.
	Numbers []int `json:"numbers,omitempty"`
	// About is the workflow whose run is taken back by steps that belong to none. A token has to cover it.
	About string `json:"about,omitempty"`
	// Origin is the page where it was asked for, where that is not the workflow's: its path, and what it is called.
	Origin     string `json:"origin,omitempty"`
	OriginName string `json:"origin_name,omitempty"`
}

// Number is what people know a row by, which stands at place i of the rows, counted from 1.
func (s Subject) Number(i int) int {
	if i >= 1 && i <= len(s.Numbers) {
		return s.Numbers[i-1]
	}
	return i
}

// Place is the place among the rows, counted from 1, of the one that people know by a number; 0 is none.
func (s Subject) Place(number int) int {
	if len(s.Numbers) > 0 {
		return slices.Index(s.Numbers, number) + 1
	}
	if number > len(s.Rows) {
		return 0
	}
	return number
}

// IsFile reports whether it is a workflow that is not stored here.
func (s Subject) IsFile() bool { return s.Kind == Draft && s.WorkflowID == "" }

// InputHash names the rows.
func (s Subject) InputHash() string {
	raw, err := json.Marshal(s.Rows)
	if err != nil {
		return "" // strings only: it can't fail
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

// Rehearsal is one that was asked for, with what it found but the changes and steps, which are read page by page.
type Rehearsal struct {
	ID      string
	Subject Subject
	By      string // user id
	State   State
	Error   string // sentence, of a failed one
	Done    int    // rows so far

	CreatedAt time.Time
	EndedAt   time.Time

	Summary Summary
}

// Summary is a plan in numbers.
type Summary struct {
	Hash    string        `json:"hash"`
	Counts  []Count       `json:"counts"` // by kind and verb, in the order of Kinds
	Follows int           `json:"follows"`
	Steps   int           `json:"steps"`
	Failing int           `json:"failing"` // runs that would fail
	Failure string        `json:"failure"` // why the first of them would
	Waits   time.Duration `json:"waits"`   // that the longest run would wait in all
	Notes   []string      `json:"notes"`   // what could not be rehearsed
	Buckets []Bucket      `json:"buckets"` // the one that takes longest first
	Share   float64       `json:"share"`   // of the org's limits that runs may use
	Writes  int           `json:"writes"`
	Reads   int           `json:"reads"`
	Took    time.Duration `json:"took"`
}

// Count is how many changes of a kind there are.
type Count struct {
	Kind Kind `json:"kind"`
	Verb Verb `json:"verb"`
	N    int  `json:"n"`
}

// Changes returns how many changes there are in all.
func (s Summary) Changes() int {
	n := 0
	for _, c := range s.Counts {
		n += c.N
	}
	return n
}

// Summary returns the plan in numbers.
func (p Plan) Summary() Summary {
	s := Summary{Hash: p.Hash, Notes: p.Notes, Writes: p.Writes, Reads: p.Reads, Steps: len(p.Steps), Waits: p.Waits}
	for _, k := range Kinds {
		for _, v := range Verbs {
			n := 0
			for _, c := range p.Changes {
				if c.Kind == k && c.Verb == v {
					n++
				}
			}
			if n > 0 {
				s.Counts = append(s.Counts, Count{k, v, n})
			}
		}
	}
	for _, c := range p.Changes {
		if c.Follows {
			s.Follows++
		}
	}
	for _, step := range p.Steps {
		if step.At == "" && step.State == workflow.StepFailed {
			s.Failing++
			if s.Failure == "" {
				s.Failure = step.Words
			}
		}
	}
	return s
}
