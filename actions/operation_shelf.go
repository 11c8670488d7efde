package actions

import (
	"strings"
	"sync"

	"caracal/catalog"
	"caracal/workflow"
)

// Shelf makes the actions of operations when they are asked for: there are more than seven hundred, and few are
// ever used. It follows the catalog in use; whoever holds an action keeps it as it was made.
type Shelf struct {
	Catalog *catalog.Live

	mu   sync.Mutex
	of   *catalog.Catalog // what made was made of
	made map[string]Action
}

// action returns the action of an operation.
func (s *Shelf) action(id string) (Action, bool) {
	c := s.Catalog.Now()
	step, isStep := c.Step(id)
	if !isStep && !undoes(id) {
		return Action{}, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.of != c {
		s.of, s.made = c, map[string]Action{}
	}
	a, ok := s.made[id]
	if ok {
		return a, true
	}
	if isStep {
		step.ID = id // an operation may be known by an earlier name
		a = operationAction(c, step)
	} else if a, ok = undoOperation(c, id); !ok {
		return Action{}, false
	}
	s.made[id] = a
	return a, true
}

// undoes reports whether an id may be one of an action that stands in undos alone.
func undoes(id string) bool {
	return strings.HasPrefix(id, restorePrefix) || strings.HasPrefix(id, removePrefix) || strings.HasPrefix(id, anewPrefix) || strings.HasPrefix(id, turnPrefix)
}

// Get returns the spec of an operation's action.
func (s *Shelf) Get(id string) (workflow.ActionSpec, bool) {
	a, ok := s.action(id)
	return a.ActionSpec, ok
}

// Search finds operations as the page Operations does, the best first.
func (s *Shelf) Search(q string, most int) []workflow.ActionSpec {
	c := s.Catalog.Now()
	var out []workflow.ActionSpec
	for _, op := range c.Search(q) {
		for _, step := range c.StepsOf(op) {
			if len(out) >= most {
				return out
			}
			if spec, ok := s.Get(step.ID); ok {
				out = append(out, spec)
			}
		}
	}
	return out
}

// Like reports whether a typed word means another, as the search for operations takes it.
func (*Shelf) Like(typed, word string) bool { return catalog.Like(typed, word) }

// All makes the specs of every operation.
func (s *Shelf) All() []workflow.ActionSpec {
	steps := s.Catalog.Now().Steps()
	out := make([]workflow.ActionSpec, 0, len(steps))
	for _, step := range steps {
		if spec, ok := s.Get(step.ID); ok {
			out = append(out, spec)
		}
	}
	return out
}
