package twin

import (
	"context"
	"encoding/json"
	"slices"

	"caracal/plan"
)

type stepKey struct{}

// Under names the step that the calls of a context belong to, so that the plan can say which step made what.
func Under(ctx context.Context, step int) context.Context {
	return context.WithValue(ctx, stepKey{}, step)
}

// Effect returns what the calls under a step changed, each call's changes one after the other.
func (t *Twin) Effect(step int) []plan.Change {
	t.mu.Lock()
	defer t.mu.Unlock()
	return bare(t.effects[step])
}

// note what one call changed: everything that its address, its body, its answer or the log names is compared with
// what it was before.
func (t *Twin) attribute(ctx context.Context, params map[string]string, answer []byte) {
	ids := map[string]bool{}
	for name, id := range params {
		if name == "userId" {
			id = t.sim.UserID(id)
		}
		ids[id] = true
	}
	var made struct{ ID string }
	if json.Unmarshal(answer, &made) == nil { // an answer that is no object names nothing
		ids[made.ID] = true
	}
	ids[t.body.ID] = true
	for _, id := range t.body.GroupIDs {
		ids[id] = true
	}
	touched, last := t.sim.Touched(t.event)
	for _, id := range touched {
		ids[id] = true
	}
	delete(ids, "")
	after, before := t.around(ids)
	changes := diff(before, after)
	t.past.learn(before, after)
	sessions := ended(t.sim.EventsSince("user.session.clear", t.event), map[string]bool{})
	for _, c := range sessions {
		if !t.endedOf[c.subject] {
			t.endedOf[c.subject] = true
			t.ended = append(t.ended, c)
		}
	}
	t.event = last
	step, under := ctx.Value(stepKey{}).(int)
	if !under {
		return
	}
	changes = append(changes, sessions...)
	known := madeNames(before, after)
	for i, c := range changes {
		changes[i].Fields = named(c.Fields, known)
		if by := t.by[c.key()]; !slices.Contains(by, step) {
			t.by[c.key()] = append(by, step)
		}
	}
	t.effects[step] = append(t.effects[step], changes...)
}
