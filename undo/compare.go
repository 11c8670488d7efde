package undo

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"caracal/fault"
	"caracal/org"
	"caracal/workflow"
)

// How long a plan looks, and at how many things at the same time.
const (
	lookTime   = 10 * time.Second
	looksOnce  = 8
	notReached = "It was not compared with what is there now. It will be when its turn comes, and is left as it is where somebody changed it."
)

// look is one comparison with the org.
type look struct {
	call  workflow.Call
	done  bool
	prior workflow.Prior
}

// looks asks the org what is there now of the first entries.
func (s *Service) looks(ctx context.Context, p *Plan) {
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	var list []*Entry
	for _, e := range p.Entries {
		if e.look != nil && len(list) < MaxLooks {
			list = append(list, e)
		}
	}
	next := make(chan *Entry)
	var wait sync.WaitGroup
	for range min(looksOnce, len(list)) {
		wait.Go(func() {
			for e := range next {
				s.lookAt(ctx, e)
			}
		})
	}
	for _, e := range list {
		next <- e
	}
	close(next)
	wait.Wait()
}

func (s *Service) lookAt(ctx context.Context, e *Entry) {
	if ctx.Err() != nil {
		return // its time is over
	}
	in, err := workflow.ResolveStep(e.way.Steps[0], workflow.Scope{})
	if err != nil {
		e.look.prior.Unknown, e.look.done = fault.Message(err), true
		return
	}
	call := e.look.call
	call.Input, call.Urgency = in, org.Pressing
	found, err := s.Look(ctx, call)
	switch {
	case err != nil && ctx.Err() != nil:
		return
	case err != nil:
		e.look.prior.Unknown = fault.Message(err)
	case found.Prior == nil:
		e.look.prior.Unknown = "Okta could not be asked what is there now."
	default:
		e.look.prior = *found.Prior
	}
	e.look.done = true
}

// judge says of each entry how what was found stands to what was left, and ticks it or not. It goes over the entries
// as they will be taken back: what a newer one puts back is there when an older one's turn comes.
func (p *Plan) judge(chosen *Selection) {
	ahead := map[string]any{}   // what will be there by then, by key
	kept := map[string]string{} // titles of newer steps that are not taken back, by key
	for _, e := range p.Entries {
		if e.look == nil {
			for _, d := range e.way.Changed {
				if e.State == Never {
					kept[d.Key] = e.Step.Title
				}
			}
			continue
		}
		e.compare(ahead, kept)
		e.tick(chosen)
		if e.look.done {
			p.Looked++
		}
		for _, d := range e.way.Changed {
			if e.Ticked {
				ahead[d.Key] = d.Before
			} else if e.Offered() {
				kept[d.Key] = e.Step.Title
			}
		}
	}
}

func (e *Entry) compare(ahead map[string]any, kept map[string]string) {
	certain := e.Step.State == workflow.StepDone
	if !e.look.done {
		e.Why = notReached
		if !certain {
			e.State, e.Why = Doubtful, doubt
		}
		return
	}
	if e.look.prior.Unknown != "" {
		e.State, e.Why = Unread, "What is there now is not known, so it can't be told whether somebody changed it since. "+e.look.prior.Unknown
		return
	}
	now := slices.Clone(e.look.prior.Facts)
	for i, f := range now {
		if v, will := ahead[f.Key]; will {
			now[i].Value = v
		}
	}
	e.show(now)
	found := workflow.Prior{Facts: now}
	switch met, different := e.guard.Meet(found); {
	case met == workflow.AlreadyBack && !certain:
		e.State, e.Why = Nothing, "This step did not end well, and everything is as it was before it."
	case met == workflow.AlreadyBack:
		e.State, e.Why = Back, "It is as before already."
	case met == workflow.Otherwise:
		e.State, e.Why = Changed, changedWords(different, kept)
	case !certain:
		e.State, e.Why = Doubtful, doubt
	default:
		e.State, e.Why = Ready, ""
	}
	e.guard.Expect = now
}

const doubt = "This step did not end well, so it is not certain that this change is its own."

// mostNamed is how many differences a reason names.
const mostNamed = 3

// changedWords says what is different from what a step left, and whose doing it may be.
func changedWords(different []workflow.Difference, kept map[string]string) string {
	for _, d := range different {
		if title := kept[d.Key]; title != "" {
			return "The later step “" + title + "” of this run changed the same and is not taken back."
		}
	}
	words := "Somebody changed it since: "
	for i, d := range different[:min(mostNamed, len(different))] {
		if i > 0 {
			words += "; "
		}
		words += d.Words()
	}
	if len(different) > mostNamed {
		words += "; and more"
	}
	return words + "."
}

// show puts what is there now beside what was left, and adds what is there besides.
func (e *Entry) show(now []workflow.Fact) {
	for i, d := range e.way.Changed {
		v, looked := workflow.ValueOf(now, d.Key)
		e.Rows[i].Now, e.Rows[i].Known = v, looked
		e.Rows[i].Differs = looked && !workflow.SameValue(v, d.After)
	}
	for _, d := range workflow.Compare(e.way.Left, now, e.way.Deletes) {
		if !slices.ContainsFunc(e.way.Changed, func(c workflow.Difference) bool { return c.Key == d.Key }) {
			e.Rows = append(e.Rows, Row{Label: d.Label, Left: d.Before, Now: d.After, Known: true, Differs: true})
		}
	}
}

func (e *Entry) tick(chosen *Selection) {
	suggested := e.State == Ready || e.State == Uncompared
	switch {
	case !e.Offered():
	case chosen == nil:
		e.Ticked = suggested
	case e.Listed:
		e.Ticked = chosen.IDs[e.ID]
	default:
		e.Ticked = chosen.Rest && suggested
	}
}

// newestFirst orders the runs that one step waited for as they are taken back.
func newestFirst(list []*Run) {
	slices.SortFunc(list, func(a, b *Run) int { return cmp.Compare(b.Run.ItemNo, a.Run.ItemNo) })
}
