package undo

import (
	"cmp"
	"context"
	"slices"
	"strings"
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
	notReached = "It was not compared with what is there now. It will be when its turn comes, and is left as it is where somebody changed it or Okta refuses it."
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
	var list, rest []*Entry
	for _, e := range p.Entries {
		switch {
		case e.look == nil:
		case len(list) < MaxLooks:
			list = append(list, e)
		default:
			rest = append(rest, e)
		}
	}
	if s.States.Begin != nil && len(list) > 0 {
		s.States.Begin(list[0].look.call.ApplicationID) // a run has one
	}
	next := make(chan *Entry)
	var wait sync.WaitGroup
	st := &standings{s: s, read: map[string]func() []workflow.Fact{}}
	for range min(looksOnce, len(list)) {
		wait.Go(func() {
			for e := range next {
				s.lookAt(ctx, e)
				st.of(ctx, e, st.stand)
			}
		})
	}
	for _, e := range list {
		next <- e
	}
	close(next)
	wait.Wait()
	for _, e := range rest { // what is known of the same objects holds for them as well: a group that is gone, say
		st.of(ctx, e, st.known)
	}
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

// standings read the state of what the entries need, each object once. Safe for concurrent use.
type standings struct {
	s    *Service
	mu   sync.Mutex
	read map[string]func() []workflow.Fact // by application and address
}

// of finds out what Okta will make of an entry's steps, by the states that read gives. What can't be read stands in nobody's
// way.
func (st *standings) of(ctx context.Context, e *Entry, read func(ctx context.Context, applicationID, address string) []workflow.Fact) {
	if st.s.States.Of == nil {
		return
	}
	var calls []workflow.Call
	for _, step := range e.way.Steps {
		in, err := workflow.ResolveStep(step, workflow.Scope{})
		if err != nil {
			return
		}
		call := workflow.Call{ApplicationID: e.look.call.ApplicationID, Action: step.Action, Input: in, Urgency: org.Pressing, Undo: true}
		calls = append(calls, call)
		for _, address := range st.s.States.Of(call) {
			e.state = append(e.state, read(ctx, call.ApplicationID, address)...)
		}
	}
	e.stand = func(known func(string) (any, bool)) (o workflow.Obstacle) {
		for i, call := range calls {
			if i > 0 { // what the parts before it do is there by then
				known = e.after(known)
			}
			found := st.s.States.Obstacle(call, known)
			o.Lost = append(o.Lost, found.Lost...)
			if o.Since == "" {
				o.Since = found.Since
			}
			switch {
			case found.Words != "" && i == 0:
				o.Words, o.ForGood = found.Words, found.ForGood
			case found.Words != "":
				o.Lost = append(o.Lost, "A part of it does not come back: "+lowerFirst(found.Words))
			}
		}
		return o
	}
}

// known is what was read of an object already; nothing is read for it.
func (st *standings) known(_ context.Context, applicationID, address string) []workflow.Fact {
	if read := st.read[applicationID+address]; read != nil {
		return read()
	}
	return nil
}

// after is what is known once the entry's own values are back.
func (e *Entry) after(known func(string) (any, bool)) func(string) (any, bool) {
	return func(key string) (any, bool) {
		if v, will := valueAt(e.way.Changed, key); will {
			return v, true
		}
		return known(key)
	}
}

func lowerFirst(s string) string { return strings.ToLower(s[:1]) + s[1:] }

func (st *standings) stand(ctx context.Context, applicationID, address string) []workflow.Fact {
	st.mu.Lock()
	read, known := st.read[applicationID+address]
	if !known {
		read = sync.OnceValue(func() []workflow.Fact {
			facts, err := st.s.States.Read(ctx, applicationID, address)
			if err != nil {
				return nil // a look at the same says why
			}
			return facts
		})
		st.read[applicationID+address] = read
	}
	st.mu.Unlock()
	return read()
}

// judge says of each entry how what was found stands to what was left, and ticks it or not. It goes over the entries
// as they will be taken back: what a newer one puts back is there when an older one's turn comes.
func (p *Plan) judge(chosen *Selection) {
	ahead := map[string]any{}   // what will be there by then, by key
	kept := map[string]string{} // titles of newer steps that are not taken back, by key
	renew, passing := renewals{}, p.passing()
	for _, e := range p.Entries {
		if passing[e] {
			e.State, e.Why, e.Lost = Nothing, passedBy, nil
			continue
		}
		if e.look == nil {
			for _, d := range e.way.Changed {
				if e.State == Never {
					kept[d.Key] = e.Step.Title
				}
			}
			continue
		}
		e.renews = renew.named(e)
		e.compare(ahead, kept)
		e.renew()
		e.tick(chosen)
		renew.note(e)
		if e.look.done {
			p.Looked++
		}
		for _, d := range e.way.Changed {
			if e.Ticked {
				ahead[d.Key] = d.Before
			} else if e.Offered() || e.State == Never {
				kept[d.Key] = e.Step.Title
			}
		}
	}
}

func (e *Entry) compare(ahead map[string]any, kept map[string]string) {
	certain := e.Step.State == workflow.StepDone
	known := func(key string) (any, bool) {
		if v, will := ahead[key]; will {
			return v, true
		}
		return workflow.ValueOf(e.state, key)
	}
	var obstacle workflow.Obstacle
	if e.stand != nil {
		obstacle = e.stand(known)
		e.Lost = append(e.way.Lost[:len(e.way.Lost):len(e.way.Lost)], obstacle.Lost...)
	}
	if !e.look.done {
		e.Why = notReached
		if !certain {
			e.State, e.Why = Doubtful, doubt
		}
		e.refused(obstacle)
		return
	}
	now := slices.Clone(e.look.prior.Facts)
	if e.look.prior.Unknown != "" && e.look.prior.Gone && e.renewed() {
		now = e.byThen(ahead) // it is gone with something that is made anew
	} else if e.look.prior.Unknown != "" {
		switch {
		case obstacle.ForGood:
			e.State, e.Why = Never, obstacle.Words
			return
		case e.look.prior.Gone:
			e.State, e.Why = Never, "What this step changed is not in Okta any more, so it can't come back."
			return
		}
		e.State, e.Why = Unread, "What is there now is not known, so it can't be told whether somebody changed it since. "+e.look.prior.Unknown
		return
	}
	for i, f := range now {
		if v, will := ahead[f.Key]; will {
			now[i].Value = v
		}
		if address, other := f.Value.(string); other && f.Label == workflow.LabelAnother {
			if v, will := ahead[address]; will && v == nil { // a newer step of this undo takes it away
				now[i].Value = nil
			}
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
	if e.State == Ready && obstacle.Since != "" {
		e.State, e.Why = Changed, obstacle.Since
	}
	if e.State != Back && e.State != Nothing {
		e.refused(obstacle)
	}
	e.guard.Expect = now
}

// refused says why Okta would not take an entry back, where something stands in its way.
func (e *Entry) refused(o workflow.Obstacle) {
	switch {
	case o.Words == "":
	case o.ForGood:
		e.State, e.Why = Never, o.Words
	default:
		e.State, e.Why = Refused, o.Words
	}
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
