// Package batch says what a batch is: the rows of an uploaded CSV, each of which becomes a run of one workflow. It reads
// and writes CSV, guesses which column fills which input, and checks values. It does no I/O and has no clock.
package batch

import (
	"time"
)

// How large a batch may be.
const (
	MaxBytes   = 20 << 20 // of the file
	MaxPasted  = 1 << 20  // of rows that are pasted, since a failed form holds them again
	MaxRows    = 50_000
	MaxColumns = 200
	MaxCell    = 32_767 // characters, as spreadsheets have it
)

// How many rows may be carried out at once.
const (
	DefaultAtOnce = 10
	MostAtOnce    = 50
)

// State is how far a batch has come.
type State string

// The states. How a started batch stands, its run tells.
const (
	Mapping   State = "mapping"   // a person says which column fills which input
	Checking  State = "checking"  // every row is looked at, and nothing runs
	Checked   State = "checked"   // a person looks, and starts it or not
	Started   State = "started"   // it has a run, with a run in it for each row
	Discarded State = "discarded" // it was thrown away before anything ran
)

// Batch is an uploaded CSV and what becomes of it.
type Batch struct {
	ID         string
	WorkflowID string
	Version    int    // of the workflow, that the rows are checked against
	Name       string // of the file
	State      State
	Dialect    Dialect
	Columns    []string
	Mapping    Map
	AgainOf    string // the batch whose rows that failed this one runs again, or ""

	Rows    int // that the file has
	Bad     int // with something wrong
	Doubles int // that say the same as an earlier one
	Unsafe  int // that failed before after something was done that must not be done twice
	Refs    int // users, groups and apps that are named
	Found   int // of these looked at so far
	Wait    string
	Problem string // why the check could not be carried out, in a sentence

	AtOnce    int
	StopAfter int    // rows that may fail before it pauses; 0 is any number
	Chosen    int    // rows that were started
	RunID     string // of the run that holds the runs of the rows
	Paused    bool
	PausedBy  string // who, or "" when it paused itself
	Why       string // sentence, while paused

	Revision  int64
	CreatedAt time.Time
	CreatedBy string
	StartedAt time.Time
	StartedBy string
}

// Row is one row of a batch.
type Row struct {
	No       int               // counted from 1
	Line     int               // of the file, where it begins
	Cells    []string          // as they stand in the file
	Label    string            // what people know it by: the first of its cells that is used
	Input    map[string]string // of the run; what is not right is missing
	Problems []Problem
	DoubleOf int    // the first row that says the same, or 0
	Unsafe   string // what an earlier run of the row did that would be done again, in a sentence
	Chosen   bool   // it was started
}

// Problem is what is wrong with a row.
type Problem struct {
	Input string `json:"input,omitempty"` // name; "" is the row as a whole
	Text  string `json:"text"`
}

// Good reports whether the row can be run.
func (r Row) Good() bool { return len(r.Problems) == 0 }
