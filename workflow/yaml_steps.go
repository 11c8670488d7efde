package workflow

import (
	"reflect"

	"go.yaml.in/yaml/v4"
)

// stepList reads the steps of a block, and what they hold, into the one list that a definition has.
func (y *yamlReader) stepList(n *yaml.Node, block Block, depth int, what string) {
	if !y.plain(n) || !y.entries(n, what) {
		return
	}
	if depth > MaxDepth {
		y.wrong(n.Line, "Blocks stand at most %d deep in one another; put the inner steps into a workflow of their own and call it.", MaxDepth)
		return
	}
	for _, entry := range n.Content {
		if len(y.steps) == MaxSteps {
			y.wrong(entry.Line, "A workflow has at most %d steps; split it in two.", MaxSteps)
			return
		}
		y.step(entry, block, depth)
	}
}

// step reads one step, then those that it holds.
func (y *yamlReader) step(n *yaml.Node, block Block, depth int) {
	path := "steps." + text(len(y.steps))
	y.lines[path] = n.Line
	if !y.plain(n) {
		return
	}
	var s Step
	blocks, held := make([]*yaml.Node, len(stepBlocks)), map[string]**yaml.Node{}
	for i, b := range stepBlocks {
		held[b.key] = &blocks[i]
	}
	var blanks, own *yaml.Node
	held[whenEmptyKey], held[ownFieldsKey] = &blanks, &own
	y.structure(n, reflect.ValueOf(&s).Elem(), path+".", "", held)
	for i, earlier := range y.steps {
		if s.ID != "" && earlier.ID == s.ID {
			first := "steps." + text(i)
			y.wrong(y.lineOf(path+".id", path), "The id %q stands on line %d too; give each step its own.", s.ID, y.lineOf(first+".id", first))
			break
		}
	}
	if blanks != nil {
		y.whenEmpty(blanks, &s, path)
	}
	if own != nil {
		y.ownFields(own, &s, path)
	}
	if id, calls := IsCall(s.Action); calls && y.registry != nil {
		s.Action = CallAction(y.called(id, y.lineOf(path+".action", path)))
	}
	s.In, s.When = block.In, block.When
	if failed := blocks[1]; failed != nil {
		if s.OnError == StopRun {
			s.OnError = Branch
		}
		if s.OnError != Branch {
			y.wrong(y.lineOf(path+".on_error", path), "The step says what to do when it fails in on_error and in if_it_fails; keep one of them.")
		}
	}
	y.steps = append(y.steps, s)
	for i, b := range stepBlocks {
		inner := blocks[i]
		switch {
		case inner == nil:
		case b.when == WhenEach && s.Action != FlowForEach:
			y.wrong(y.lines[path+"."+b.key], "Only a step with the action %s holds steps; the action here is %q.", FlowForEach, s.Action)
		case s.ID == "" && len(inner.Content) > 0:
			y.wrong(n.Line, "A step that holds others needs an id; write one, such as id: each.")
		default:
			y.stepList(inner, Block{s.ID, b.when}, depth+1, b.key)
		}
	}
}

// called returns the id of the workflow that a step runs, which a file names or, where two have the name, points at.
func (y *yamlReader) called(name string, line int) string {
	if _, known := y.registry.Called(name); known {
		return name
	}
	switch ids := y.registry.CallNamed(name); len(ids) {
	case 0:
		y.wrong(line, "No published workflow is called %q here; publish it, or run another.", name)
	case 1:
		return ids[0]
	default:
		y.wrong(line, "Several workflows are called %q; write the id of one, as in %s%s, or give one another name.", name, callPrefix, ids[0])
	}
	return name
}
