// Package undo plans how a run is taken back, and starts the run that does it.
//
// A plan goes over the steps of a run, and of the runs within it, the newest first. Each step was stored with what it
// replaced; its action says what puts that back. Before anything is offered, what the step left is compared with what
// is there now, so that nobody overwrites what somebody else did since. The steps that a person ticks become a run of
// its own, which compares once more right before each call.
package undo

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"

	"caracal/db"
	"caracal/engine"
	"caracal/fault"
	"caracal/workflow"
)

// How much one undo may be, and how much of it one plan compares.
const (
	MaxSteps  = 20_000
	MaxListed = 300 // entries that are ticked one by one; the others are ticked together
	MaxLooks  = 100 // steps that are compared with what is there now
)

// Service plans and starts undos. Its fields are set once, by internal/app. Safe for concurrent use.
type Service struct {
	DB     *db.DB
	Engine *engine.Engine
	Way    workflow.Inverter
	Look   func(ctx context.Context, call workflow.Call) (workflow.Looked, error) // Executor.Before
	Spec   func(actionID string) (workflow.ActionSpec, bool)
	States workflow.States // the zero value tells nothing beforehand
}

// State says what is to be done about one step.
type State string

// The states of an entry.
const (
	Ready      State = "ready"      // it can be taken back
	Changed    State = "changed"    // somebody changed it since
	Doubtful   State = "doubtful"   // it did not end well, so that it is not certain that the change is its own
	Uncompared State = "uncompared" // it was not compared, and will be when its turn comes
	Unread     State = "unread"     // what is there now could not be read
	Refused    State = "refused"    // Okta would refuse it as things stand
	Back       State = "back"       // everything is as before already
	Nothing    State = "nothing"    // it changed nothing
	Never      State = "never"      // it can't come back
	Taken      State = "taken"      // a run takes it back, or did
)

// Entry is one step with what becomes of it.
type Entry struct {
	ID      string // names it within the plan
	Step    workflow.RunStep
	State   State
	Why     string // in a sentence
	Rows    []Row  // what it changed
	Lost    []string
	By      string // the run that takes it back
	Removes bool   // what it made is removed
	Ticked  bool   // it is to be taken back
	Listed  bool   // it has a tick of its own

	way   workflow.Way
	first int // number of its first part
	guard workflow.Guard
	look  *look
	stand func(known func(string) (any, bool)) workflow.Obstacle // nil: nothing is known to stand in its way
	state []workflow.Fact                                        // of what it needs

	renews []*Entry // newer ones that make anew what it names
	begun  bool     // an earlier undo made it anew, and something is left to be done
}

// Row is one value that a step changed: before it, after it, and now.
type Row struct {
	Label             string
	Before, Left, Now any
	Known             bool // Now was looked at
	Differs           bool // Now is not what was left
}

// Offered reports whether a person may tick it.
func (e *Entry) Offered() bool {
	switch e.State {
	case Ready, Changed, Doubtful, Uncompared, Unread, Refused:
		return true
	}
	return false
}

// Run is a run of the plan with its entries, the newest first; those of runs within it stand behind the step that
// waited for them.
type Run struct {
	Run     workflow.Run
	Entries []*Entry
	Within  map[int][]*Run // by the Index of the step
	order   []int          // of the steps, the newest first: those with entries or with runs within
}

// Plan says how a run is taken back.
type Plan struct {
	Top     *Run
	Entries []*Entry // of all runs, in the order in which they are taken back
	Looked  int      // entries that were compared
	Hash    string   // names what is ticked and what was found: another plan has another

	made workflow.Renamed // what earlier undos made anew
}

// Selection is what a person ticked; nil is what a plan suggests.
type Selection struct {
	IDs  map[string]bool
	Rest bool // those that are not listed, as suggested
}

// Ticked returns the entries that are to be taken back.
func (p Plan) Ticked() []*Entry { return p.where(func(e *Entry) bool { return e.Ticked }) }

// In returns the entries in one of the states.
func (p Plan) In(states ...State) []*Entry {
	return p.where(func(e *Entry) bool {
		for _, s := range states {
			if e.State == s {
				return true
			}
		}
		return false
	})
}

func (p Plan) where(keep func(*Entry) bool) []*Entry {
	var out []*Entry
	for _, e := range p.Entries {
		if keep(e) {
			out = append(out, e)
		}
	}
	return out
}

// Unlisted returns how many entries could be taken back and have no tick of their own.
func (p Plan) Unlisted() int {
	return len(p.where(func(e *Entry) bool { return !e.Listed && e.Offered() }))
}

// Removes reports whether something that the run made is removed.
func (p Plan) Removes() bool {
	return len(p.where(func(e *Entry) bool { return e.Ticked && e.Removes })) > 0
}

// Plan says how a run is taken back, and compares with the org what it can in reasonable time. A run that has not
// ended is a conflict.
func (s *Service) Plan(ctx context.Context, runID string, chosen *Selection) (Plan, error) {
	p, err := s.outline(ctx, runID)
	if err != nil {
		return Plan{}, err
	}
	s.looks(ctx, &p)
	p.judge(chosen)
	p.Hash = p.hash((*Entry).ticked)
	return p, nil
}

// outline makes the entries of a plan by what is stored.
func (s *Service) outline(ctx context.Context, runID string) (Plan, error) {
	tree, err := s.DB.RunTree(ctx, runID)
	if err != nil {
		return Plan{}, err
	}
	for _, r := range tree {
		if !r.State.Ended() {
			return Plan{}, fault.New(fault.Conflict, "This run has not ended; wait for its end or cancel it, then take it back.")
		}
	}
	taken, err := s.taken(ctx, runID)
	if err != nil {
		return Plan{}, err
	}
	p := Plan{Top: nest(tree, runID)}
	if p.made, err = s.DB.MadeAnew(ctx, runID); err != nil {
		return p, err
	}
	if err := s.enter(&p, p.Top, taken); err != nil {
		return p, err
	}
	p.overtaken()
	return p, nil
}

// Outline is Plan without a look at the org: what is stored tells how each step is taken back, and not whether somebody
// changed it since.
func (s *Service) Outline(ctx context.Context, runID string) (Plan, error) {
	p, err := s.outline(ctx, runID)
	if err == nil {
		p.judge(nil)
	}
	return p, err
}

// Choose ticks what a person chose, by what was found when the plan was made. Entries that are not listed can be
// chosen too.
func (p *Plan) Choose(chosen *Selection) {
	p.Looked = 0
	for _, e := range p.Entries {
		e.Listed, e.Ticked = true, false
		if e.look != nil {
			e.State, e.guard, e.Rows, e.Lost = Uncompared, e.way.Guard(), rowsOf(e.way), e.way.Lost
		}
	}
	p.judge(chosen)
	p.Hash = p.hash((*Entry).ticked)
}

// Each hands over the run and those within it.
func (r *Run) Each(do func(workflow.Run)) {
	do(r.Run)
	for _, s := range r.Run.Steps {
		for _, w := range r.Within[s.Index] {
			w.Each(do)
		}
	}
}

func rowsOf(w workflow.Way) (rows []Row) {
	for _, d := range w.Changed {
		rows = append(rows, Row{Label: d.Label, Before: d.Before, Left: d.After})
	}
	return rows
}

// nest puts the runs of a tree into one another.
func nest(tree map[string]workflow.Run, id string) *Run {
	r := &Run{Run: tree[id], Within: map[int][]*Run{}}
	for _, child := range tree {
		if child.ParentID == id {
			r.Within[child.ParentStep] = append(r.Within[child.ParentStep], nest(tree, child.ID))
		}
	}
	for _, list := range r.Within {
		newestFirst(list)
	}
	return r
}

// enter makes the entries of a run and of those within it.
func (s *Service) enter(p *Plan, r *Run, taken map[stepKey]takenBy) error {
	for i := len(r.Run.Steps) - 1; i >= 0; i-- {
		step := r.Run.Steps[i]
		within := r.Within[step.Index]
		if len(within) > 0 {
			r.order = append(r.order, step.Index)
			for _, w := range within {
				if err := s.enter(p, w, taken); err != nil {
					return err
				}
			}
			continue
		}
		e := s.entry(p, r.Run, step, taken)
		if e == nil {
			continue
		}
		if len(p.Entries) == MaxSteps {
			return fault.New(fault.Invalid, "This run changed more than %s, which is more than one undo takes back; take back its items one by one, from their own pages.", workflow.CountOf(MaxSteps, "thing"))
		}
		e.Listed = len(p.Entries) < MaxListed
		p.Entries = append(p.Entries, e)
		r.Entries = append(r.Entries, e)
		r.order = append(r.order, step.Index)
	}
	return nil
}

// entry says what becomes of one step as far as what is stored tells; nil where there is nothing to say.
func (s *Service) entry(p *Plan, run workflow.Run, step workflow.RunStep, taken map[stepKey]takenBy) *Entry {
	if workflow.IsFlow(step.Action) || step.Attempts == 0 || step.TakenFrom != "" {
		return nil // it was never sent, or by the run that this one continues
	}
	if spec, ok := s.Spec(step.Action); ok && spec.Effect == workflow.Reads {
		return nil
	}
	e := &Entry{ID: run.ID + ":" + strconv.Itoa(step.Index), Step: step}
	by := taken[stepKey{run.ID, step.Index}]
	e.first = by.parts
	w := s.Way(step)
	if len(p.made) > 0 && len(w.Steps) > 0 {
		was := len(w.Steps)
		w = unmade(w, p.made)
		e.begun = len(w.Steps) < was
	}
	e.way = w
	if by.whole || by.underWay {
		e.State, e.By, e.Why = Taken, by.run, "It was taken back already."
		if by.underWay {
			e.Why = "It is being taken back."
		}
		return e
	}
	if e.begun && len(w.Steps) == 0 {
		e.State, e.By, e.Why = Taken, by.run, "It was taken back already."
		return e
	}
	e.Lost, e.Removes = w.Lost, w.Deletes
	e.Rows = rowsOf(w)
	switch ended := step.State == workflow.StepDone; {
	case !ended && (w.None != "" || w.Nothing != "") && step.State == workflow.StepFailed:
		return nil // Okta refused it
	case w.None != "":
		e.State, e.Why = Never, w.None
	case w.Nothing != "":
		e.State, e.Why = Nothing, w.Nothing
	case tooLong(w):
		e.State, e.Why = Never, "What was there before is longer than one step can carry; put it back in Okta."
	default:
		e.State, e.guard = Uncompared, w.Guard()
		e.look = &look{call: workflow.Call{RunID: run.ID, StepIndex: step.Index, ApplicationID: run.ApplicationID, Action: w.Steps[0].Action, Attempt: 1, Undo: true}}
	}
	return e
}

func tooLong(w workflow.Way) bool {
	for _, s := range w.Steps {
		for _, f := range s.Fields {
			if len(f) > workflow.MaxRendered {
				return true
			}
		}
	}
	return false
}

type stepKey struct {
	run  string
	step int
}

// takenBy is how a step was taken back so far.
type takenBy struct {
	run             string
	underWay, whole bool
	parts           int // numbers below it are used
}

// taken returns what takes steps of the run, and of those within it, back.
func (s *Service) taken(ctx context.Context, runID string) (map[stepKey]takenBy, error) {
	list, err := s.DB.TakenBack(ctx, runID)
	if err != nil {
		return nil, err
	}
	out := map[stepKey]takenBy{}
	for _, t := range list {
		key := stepKey{t.RunID, t.Step}
		by := out[key]
		if by.run != t.By {
			by = takenBy{run: t.By, whole: true, parts: by.parts}
		}
		switch {
		case t.State == workflow.StepDone:
			by.parts = max(by.parts, t.Part+1)
		case t.State == workflow.StepSkipped && t.Needless && by.parts > 0:
		case t.State == workflow.StepFailed || t.State == workflow.StepSkipped:
			by.whole = false
		case t.Ended: // uncertain, and nobody will find out
			by.whole, by.parts = false, max(by.parts, t.Part+1)
		default:
			by.underWay = true
		}
		out[key] = by
	}
	return out, nil
}

// Found names all that can be taken back and what was found of it, whatever is ticked.
func (p Plan) Found() string { return p.hash((*Entry).Offered) }

func (e *Entry) ticked() bool { return e.Ticked }

// hash names some of the entries and what was found of them.
func (p Plan) hash(which func(*Entry) bool) string {
	type named struct {
		ID    string
		Guard workflow.Guard
		Steps []workflow.Step
		Part  int
	}
	var list []named
	for _, e := range p.where(which) {
		list = append(list, named{e.ID, e.guard, e.way.Steps, e.first})
	}
	raw, err := json.Marshal(list)
	if err != nil {
		return "" // nothing in it can't be written
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:16])
}

// Words counts a plan: “12 of 14 changes are taken back”.
func (p Plan) Words() string {
	all := len(p.where(func(e *Entry) bool { return e.State != Nothing && e.State != Taken && e.State != Back }))
	return workflow.Thousands(len(p.Ticked())) + " of " + workflow.Thousands(all)
}
