package catalog

// At returns the operation that is called by a method on a path, which is written with the names of its places.
func (c *Catalog) At(method, path string) (Operation, bool) {
	c.placesOnce.Do(func() {
		c.byPlace = make(map[string]Operation, len(c.operations))
		for _, op := range c.operations {
			c.byPlace[op.Method+" "+op.Path] = op
		}
	})
	op, ok := c.byPlace[method+" "+path]
	return op, ok
}

// Sendable returns what of an object an operation's body takes: what Okta sets itself is left out. The object is
// encoding/json's; nothing of it is changed.
func (c *Catalog) Sendable(op Operation, object map[string]any) map[string]any {
	if op.Body == nil {
		return nil
	}
	return c.sendable(op.Body.Shape, object)
}

// undescribed are members that shapes of Okta's description leave out, and that their operations take all the same: the
// guides of authorization servers' policies, of inline hooks and of the keys of identity providers send them.
var undescribed = map[string][]string{
	"AuthorizationServerPolicy": {"name", "description", "type", "priority"},
	"InlineHookChannel":         {"config"},
	"JsonWebKey":                {"x5c"},
}

func (c *Catalog) sendable(name string, object map[string]any) map[string]any {
	shape := c.Shape(name)
	out := map[string]any{}
	if len(shape.Variants) > 0 {
		for _, v := range shape.Variants {
			if object[shape.By] == v.Name {
				out = c.sendable(v.Shape, object)
				out[shape.By] = v.Name
				return out
			}
		}
		shape = &Shape{Free: true} // of a kind that the description does not know
	}
	known := map[string]bool{}
	for _, f := range shape.Fields {
		known[f.Name] = true
		if v, there := object[f.Name]; there {
			out[f.Name] = c.sendableValue(f, v)
		}
	}
	for _, member := range undescribed[name] {
		if v, there := object[member]; there && !known[member] {
			out[member] = v
		}
	}
	if shape.Free || len(shape.Fields) == 0 {
		for name, v := range object {
			if !known[name] && !setByOkta[name] {
				out[name] = v
			}
		}
	}
	return out
}

func (c *Catalog) sendableValue(f Value, v any) any {
	switch v := v.(type) {
	case map[string]any:
		if f.Shape != "" {
			return c.sendable(f.Shape, v)
		}
	case []any:
		if f.Items == nil || f.Items.Shape == "" {
			return v
		}
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = e
			if object, ok := e.(map[string]any); ok {
				out[i] = c.sendable(f.Items.Shape, object)
			}
		}
		return out
	}
	return v
}

// OperationNamed returns the operation that StepID names without a kind, as in operation.replace_network_zone.
func (c *Catalog) OperationNamed(step string) (Operation, bool) {
	c.namesOnce.Do(func() {
		c.byStep = make(map[string]Operation, len(c.operations))
		for _, op := range c.operations {
			c.byStep[StepID(op.ID, "")] = op
		}
	})
	op, ok := c.byStep[step]
	return op, ok
}
