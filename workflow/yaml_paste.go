package workflow

import (
	"bytes"
	"slices"

	"go.yaml.in/yaml/v4"
)

// WriteStepYAML writes one step of a definition, with all it holds, as an entry of a file's list of steps. ReadSteps
// reads it. A step that is not there gives nothing.
func WriteStepYAML(d Definition, id string, registry *Registry) (string, error) {
	w := yamlWriter{registry: registry, tree: tree(d.Clone().Steps)}
	step := w.tree.find(id)
	if step == nil {
		return "", nil
	}
	var out bytes.Buffer
	if err := w.dump(&out, w.steps([]*branch{step})); err != nil {
		return "", err
	}
	return out.String(), nil
}

// ReadSteps reads steps that somebody pasted: a list of them as a workflow file has it, one of them, or one under the
// key steps. Every error is Mistakes. A step needs no id, and no title where its action has one; ids in the text are the
// steps' own among each other, and PasteSteps makes them fit a definition.
func ReadSteps(raw []byte, registry *Registry) ([]Step, error) {
	y := &yamlReader{registry: registry, lines: map[string]int{}, source: "The text", noun: "workflow"}
	root := y.document(raw, "paste at least one step, beginning with: - action:")
	if root == nil {
		return nil, y.mistakes
	}
	y.stepList(y.pasted(root), Block{}, 0, "What is pasted")
	if len(y.mistakes) == 0 {
		y.fields(Definition{Steps: y.steps})
	}
	if len(y.mistakes) == 0 && len(y.steps) == 0 {
		y.wrong(root.Line, "There is no step here; paste at least one, beginning with: - action:")
	}
	if len(y.mistakes) > 0 {
		slices.SortStableFunc(y.mistakes, func(a, b Mistake) int { return a.Line - b.Line })
		return nil, y.mistakes
	}
	steps := Definition{Steps: y.steps}.WithDefaults(registry).Steps
	for i, s := range steps {
		if spec, _ := registry.Get(s.Action); s.Title == "" {
			steps[i].Title = spec.Title
		}
	}
	return steps, nil
}

// pasted returns the list of steps that a document is, or holds.
func (y *yamlReader) pasted(root *yaml.Node) *yaml.Node {
	if root.Kind != yaml.MappingNode {
		return root
	}
	at := map[string]*yaml.Node{}
	for i := 0; i+1 < len(root.Content); i += 2 {
		at[root.Content[i].Value] = root.Content[i+1]
	}
	switch steps := at["steps"]; {
	case steps != nil && len(at) == 1:
		return steps
	case at["version"] != nil || steps != nil && at["action"] == nil:
		y.wrong(root.Line, "This is a whole workflow; paste what stands under steps, or import the file as a workflow of its own.")
		return &yaml.Node{Kind: yaml.SequenceNode}
	}
	return &yaml.Node{Kind: yaml.SequenceNode, Line: root.Line, Content: []*yaml.Node{root}}
}

// PasteSteps returns a copy with steps put at a place, in their order, and what those of them are called now that stand in
// none of the others. A step keeps its id unless the definition has it already; what the steps use of each other follows.
func (d Definition) PasteSteps(steps []Step, at Place) (Definition, []string, error) {
	c := d.Arrange()
	if len(c.Steps)+len(steps) > MaxSteps {
		return d, nil, errTooMany()
	}
	copied, names, taken := Definition{Steps: steps}.Clone().Steps, map[string]string{}, map[string]bool{}
	for _, s := range c.Steps {
		taken[s.ID] = true
	}
	for i := range copied {
		s := &copied[i]
		fresh := s.ID
		if !IsName(fresh) || taken[fresh] {
			fresh = NameFrom(s.Action, "step", func(id string) bool {
				return taken[id] || slices.ContainsFunc(steps, func(o Step) bool { return o.ID == id })
			})
		}
		if taken[fresh] = true; s.ID != "" {
			names[s.ID] = fresh
		}
		s.ID = fresh
	}
	for i := range copied {
		s := &copied[i]
		if s.In != "" {
			s.In = names[s.In]
		}
		s.OnlyIf = renameSteps(s.OnlyIf, names)
		for name, value := range s.Fields {
			s.Fields[name] = renameSteps(value, names)
		}
	}
	pasted, root := tree(copied), tree(c.Steps)
	top := slices.Clone(pasted.blocks[WhenEach])
	inner := 0
	for _, b := range top {
		inner = max(inner, b.reach())
	}
	holder, err := root.room(at.Block, inner)
	if err != nil {
		return d, nil, err
	}
	var ids []string
	for n, b := range top {
		b.put(holder, at.When, at.At+n)
		ids = append(ids, b.ID)
	}
	c.Steps = root.list()
	return c, ids, nil
}
