package workflow

// RunSteps returns the steps that one run of the definition carries out: those in no for-each, or, for an item,
// those that stand in its for-each and in none within it.
func (d Definition) RunSteps(loop string) []RunStep {
	var out []RunStep
	for i, s := range d.Steps {
		innermost := ""
		if loops := d.Loops(i); len(loops) > 0 {
			innermost = loops[len(loops)-1]
		}
		if innermost == loop {
			out = append(out, RunStep{StepID: s.ID, Title: s.Title, Action: s.Action, Fields: s.Fields, Control: s.Control})
		}
	}
	return out
}

// ItemCount says how many items a for-each goes over: "1 item", "40 items".
func ItemCount(n int) string { return CountOf(n, "item") }

// ItemLabel is what people know an item of a for-each by: the text that it is, or the name, login or e-mail
// address of an object.
func ItemLabel(item any) string {
	object, ok := item.(map[string]any)
	if !ok {
		return shorten(text(item), 80)
	}
	for _, name := range []string{"login", "name", "label", "email", "title", "id"} {
		if s := text(object[name]); s != "" {
			return shorten(s, 80)
		}
	}
	return shorten(text(item), 80)
}

// Texts writes each entry of a list as a field holds it.
func Texts(list []any) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = text(v)
	}
	return out
}

// Size is how many bytes of text a value makes.
func Size(v any) int { return len(text(v)) }
