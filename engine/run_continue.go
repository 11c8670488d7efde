package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"caracal/auth"
	"caracal/db"
	"caracal/fault"
	"caracal/internal/crash"
	"caracal/workflow"
)

// ContinueRequest asks for a run that goes on where another failed or was cancelled.
type ContinueRequest struct {
	RunID   string           // of the run that is continued
	Version workflow.Version // the same one, or a newer one
	Input   map[string]string
	// Again and Keep hold the keys of the steps that a person wants, or allows, to be done again, and of those whose
	// result is kept though it may be out of date. The others are planned as it is proposed.
	Again, Keep []string
	By          auth.User
	Plan        string // Hash of the continuation that the person was shown
	WithoutPlan bool   // it may go on though the plan of the rehearsal that the run was held to does not hold for it

	Via    string    // what asks, in words; "" is the page
	Behind string    // user id of who made the token
	Actor  auth.User // of the audit line; By when zero
	Key    db.StartKey
}

// Continuation is what continuing a run will do.
type Continuation struct {
	Was     workflow.Run
	Version workflow.Version
	Rows    []workflow.ResumedStep
	Gone    []workflow.RunStep // done, and not part of the version any more
	Changed []string           // inputs that differ
	Again   []string           // keys of what is done again because somebody said so, or nobody said otherwise
	Held    db.RunPlan         // the plan that the run was held to; without a rehearsal there is none
	Freed   string             // why that plan does not hold for what is done now, in sentences; "" where it does
	Hash    string             // of all that: what was shown is what is done
}

// The codes of two refusals: to do something else than was shown, and to go on without the plan that a run was held to.
const (
	CodePlan    = "plan"
	CodeWithout = "without_plan"
)

// Continuable says why a run can't be continued, or "".
func Continuable(run workflow.Run) string {
	switch {
	case run.ParentID != "":
		return "This run is part of another; continue that one, and it goes on with this."
	case run.IsUndo():
		return "This run takes another back; undo that again, and what is left is done."
	case !run.State.Ended():
		return "This run has not ended; it goes on by itself, or waits for somebody."
	case run.State != workflow.RunSucceeded:
		return ""
	}
	for _, s := range run.Steps {
		if s.Action == workflow.FlowForEach && workflow.Number(s.Output[workflow.FailedOutput]) > 0 {
			return ""
		}
	}
	return "This run succeeded, so there is nothing to continue; run the workflow again."
}

// PlanContinuation says what continuing a run would do. It changes nothing.
func (e *Engine) PlanContinuation(ctx context.Context, r ContinueRequest) (Continuation, error) {
	c := Continuation{Version: r.Version}
	var err error
	if c.Was, err = e.db.Run(ctx, r.RunID); err != nil {
		return c, err
	}
	d := r.Version.Definition
	switch why := Continuable(c.Was); {
	case why != "":
		return c, fault.New(fault.Conflict, "%s", why)
	case r.Version.WorkflowID != c.Was.WorkflowID || r.Version.Number < c.Was.Version:
		return c, fault.New(fault.Invalid, "A run goes on with its own version of its workflow, or with a newer one.")
	case d.ApplicationID != c.Was.ApplicationID:
		return c, fault.New(fault.Conflict, "Version %d acts on another org than this run did, so nothing can be taken over; run it anew.", r.Version.Number)
	}
	c.Changed = workflow.ChangedInputs(c.Was.Input, r.Input)
	if c.Held, c.Freed, err = e.planHolds(ctx, c); err != nil {
		return c, err
	}
	plan := workflow.Resuming{Was: c.Was, Definition: d, Steps: d.RunSteps(""), Version: r.Version.Number, Changed: c.Changed, Spec: e.spec,
		Anew: c.Freed != "" || len(c.Changed) > 0 || r.Version.Number != c.Was.Version || r.By.ID != c.Was.StartedBy}
	plan.Again = func(key string) (again, known bool) {
		again = slices.Contains(r.Again, key)
		return again, again || slices.Contains(r.Keep, key)
	}
	c.Rows, c.Gone = plan.Plan(), plan.Gone()
	for i := range c.Rows {
		if c.Rows[i].Within, err = e.planWithin(ctx, plan, c.Rows[i]); err != nil {
			return c, err
		}
	}
	c.Every(func(row workflow.ResumedStep) {
		if row.What == workflow.DoAgain && (row.Open || row.Unsafe && slices.Contains(r.Again, row.Key)) && !slices.Contains(c.Again, row.Key) {
			c.Again = append(c.Again, row.Key)
		}
	})
	for _, row := range c.Rows {
		if row.Step.Resume != nil {
			row.Step.Resume.Again = within(c.Again, row)
		}
	}
	c.Hash, err = c.hash()
	return c, err
}

// planWithin says what becomes of the steps of the runs that a step goes on with: one row for what stands alike
// in several of them.
func (e *Engine) planWithin(ctx context.Context, outer workflow.Resuming, row workflow.ResumedStep) (out []workflow.ResumedStep, err error) {
	if row.Step.Resume == nil {
		return nil, nil
	}
	resume, err := e.resumed(ctx, row.Step.Resume)
	if err != nil {
		return nil, err
	}
	inner := workflow.Resuming{Definition: outer.Definition, Version: outer.Version, Changed: resume.Changed, Redone: resume.Redone, Anew: resume.Anew, Spec: outer.Spec, Again: outer.Again}
	prefix := ""
	if workflowID, calls := workflow.IsCall(row.Step.Action); calls {
		v, err := e.newestCalled(ctx, workflowID)
		if err != nil || v.Number == 0 {
			return nil, err // it fails and says so when it is reached
		}
		prefix = row.Key + "/"
		inner.Definition, inner.Version, inner.Changed, inner.Redone = v.Definition, v.Number, nil, nil
		if len(resume.Changed) > 0 || len(resume.Redone) > 0 { // what it will be given is not known yet
			for _, in := range v.Definition.Inputs {
				inner.Changed = append(inner.Changed, in.Name)
			}
		}
		inner.Steps = v.Definition.RunSteps("")
		inner.Again = func(key string) (bool, bool) { return outer.Again(prefix + key) }
	} else {
		inner.Steps = outer.Definition.RunSteps(row.Step.StepID)
	}
	anew := inner.Anew
	err = e.db.Unfinished(ctx, resume.Run, resume.Step, func(child workflow.Run) error {
		inner.Was, inner.Anew = child, anew || prefix != "" && child.Version != inner.Version
		for _, r := range inner.Plan() {
			deeper, err := e.planWithin(ctx, inner, r)
			if err != nil {
				return err
			}
			for _, r := range append([]workflow.ResumedStep{r}, deeper...) {
				r.Key, r.Runs = prefix+r.Key, max(r.Runs, 1)
				out = addRow(out, r)
			}
		}
		return nil
	})
	return out, err
}

// addRow counts a row with those that say the same.
func addRow(rows []workflow.ResumedStep, r workflow.ResumedStep) []workflow.ResumedStep {
	i := slices.IndexFunc(rows, func(o workflow.ResumedStep) bool {
		return o.Key == r.Key && o.What == r.What && o.Open == r.Open && o.Unsafe == r.Unsafe
	})
	if i >= 0 {
		rows[i].Runs += r.Runs
		return rows
	}
	r.Step = workflow.RunStep{StepID: r.Step.StepID, Title: r.Step.Title, Action: r.Step.Action}
	return append(rows, r)
}

// newestCalled returns the version that a step which runs a workflow would run, or none when it can't.
func (e *Engine) newestCalled(ctx context.Context, workflowID string) (v workflow.Version, err error) {
	flow, err := e.db.Workflow(ctx, workflowID)
	if errors.Is(err, db.ErrNotFound) || err == nil && (flow.Archived || flow.Published == 0) {
		return v, nil
	}
	if err != nil {
		return v, err
	}
	return e.db.WorkflowVersion(ctx, workflowID, flow.Published)
}

// within returns what of the allowed steps concerns the runs of a step, by the keys that they have there.
func within(again []string, row workflow.ResumedStep) (out []string) {
	if _, calls := workflow.IsCall(row.Step.Action); !calls {
		return again
	}
	for _, key := range again {
		if inner, ok := strings.CutPrefix(key, row.Key+"/"); ok {
			out = append(out, inner)
		}
	}
	return out
}

// Every hands over all rows, each before those within it.
func (c Continuation) Every(do func(workflow.ResumedStep)) {
	for _, row := range c.Rows {
		do(row)
		for _, in := range row.Within {
			do(in)
		}
	}
}

// Missing returns the titles of the steps that have to be allowed by name and were not.
func (c Continuation) Missing(again []string) (titles []string) {
	c.Every(func(row workflow.ResumedStep) {
		if row.Must() && !slices.Contains(again, row.Key) && !slices.Contains(titles, row.Step.Title) {
			titles = append(titles, row.Step.Title)
		}
	})
	return titles
}

// hash names the continuation, so that what was shown can be told from what would be done now.
func (c Continuation) hash() (string, error) {
	type line struct {
		Key, Title, Why string
		What            workflow.Takeover
		Unsafe, Open    bool
		Runs            int
	}
	lines := []line{}
	c.Every(func(r workflow.ResumedStep) {
		lines = append(lines, line{r.Key, r.Step.Title, r.Why, r.What, r.Unsafe, r.Open, r.Runs})
	})
	text, err := json.Marshal([]any{c.Was.ID, c.Version.Number, c.Changed, lines, c.Held.RehearsalID, c.Freed})
	if err != nil {
		return "", fmt.Errorf("hash a continuation: %w", err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16]), nil
}

// Continue stores the run that goes on where another ended, as Begin stores one that begins. A run is continued
// once: who comes second gets the first one's run. What would be done has to be what Plan names, and what may do
// something twice has to be allowed by name.
func (e *Engine) Continue(ctx context.Context, r ContinueRequest) (db.StartedRun, error) {
	if id, err := e.db.ContinuedBy(ctx, r.RunID); err != nil || id != "" {
		return db.StartedRun{ID: id}, err
	}
	for range 3 {
		if out, err := e.continueOnce(ctx, r); !errors.Is(err, db.ErrTreeMoved) {
			return out, err
		}
	}
	return db.StartedRun{}, fault.New(fault.Conflict, "This run is still being recorded; continue it in a moment.")
}

func (e *Engine) continueOnce(ctx context.Context, r ContinueRequest) (db.StartedRun, error) {
	seen, err := e.db.TreeRevision(ctx, r.RunID)
	if err != nil {
		return db.StartedRun{}, err
	}
	c, err := e.PlanContinuation(ctx, r)
	if err != nil {
		return db.StartedRun{}, err
	}
	if c.Hash != r.Plan {
		f := fault.New(fault.Conflict, "This would do something else than what was shown; look it over and continue again.")
		f.Code = CodePlan
		return db.StartedRun{}, f
	}
	if missing := c.Missing(r.Again); len(missing) > 0 {
		return db.StartedRun{}, fault.New(fault.Invalid, "Say by name that this may be done again, or nothing is continued: %s.", strings.Join(missing, ", "))
	}
	if c.Freed != "" && !r.WithoutPlan {
		f := fault.New(fault.Invalid, "%s Say that it may go on without the plan, or rehearse again and start a new run.", c.Freed)
		f.Code = CodeWithout
		return db.StartedRun{}, f
	}
	run := runOf(r.Version, r.Input)
	for i := range run.Steps {
		run.Steps[i] = c.Rows[i].Step
	}
	run.Continues, run.StartedBy, run.Via = c.Was.ID, r.By.ID, r.Via
	run.Behind = strings.Join(standBehind(c.Was, r), " ")
	run.TriggerID, run.TriggerKind = c.Was.TriggerID, c.Was.TriggerKind
	if run.TriggerID != "" {
		if _, err := e.db.Trigger(ctx, run.TriggerID); errors.Is(err, db.ErrNotFound) { // its guard rails went with it
			run.TriggerID, run.TriggerKind = "", ""
		} else if err != nil {
			return db.StartedRun{}, err
		}
	}
	actor := r.By
	if r.Actor.ID != "" {
		actor = r.Actor
	}
	start := db.Start{Run: run, By: actor, Key: r.Key, Seen: seen, Again: slices.Sorted(slices.Values(c.Again))}
	if c.Freed == "" {
		start.Plan = e.rest(c)
	} else {
		start.Freed = c.Held.Hash
	}
	out, err := e.db.StartRun(ctx, start, e.enqueueAt(ctx))
	if err == nil {
		crash.At("run-accepted")
		e.changed.tell()
	}
	return out, err
}

// standBehind returns who may not decide what the run asks, besides who continues it: who started the run before
// and whoever stood behind that.
func standBehind(was workflow.Run, r ContinueRequest) (ids []string) {
	for _, id := range append(was.Apart(), r.Behind) {
		if id != "" && id != r.By.ID && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}
