package workflow

// Unforeseen returns the steps whose fields can't be known before the run: they look at the clock, are left to
// chance, or use what an approver said, what a wait gave, or what an object is called that the run makes.
func (d Definition) Unforeseen(spec func(action string) (ActionSpec, bool)) map[string]bool {
	gives := map[string]bool{} // steps whose outputs can't be known
	out := map[string]bool{}
	for _, s := range d.Steps {
		texts := []string{s.OnlyIf}
		for _, text := range s.Fields {
			texts = append(texts, text)
		}
		for _, text := range texts {
			t, err := ParseTemplate(text)
			if err != nil {
				continue
			}
			if t.Varies() {
				out[s.ID] = true
			}
			for _, r := range t.References() {
				if gives[r.Step] || r.Item && d.loopVaries(s, out) {
					out[s.ID] = true
				}
			}
		}
		known, ok := spec(s.Action)
		_, calls := IsCall(s.Action)
		makes := !ok || known.Repeat == Never && known.Effect != Reads || calls || s.Action == FlowWait || s.Action == FlowApproval
		gives[s.ID] = makes || out[s.ID]
		if s.In != "" && s.When == WhenEach && gives[s.ID] {
			gives[s.In] = true // the for-each may keep it
		}
	}
	return out
}

// loopVaries reports whether the for-each around a step goes over what can't be known.
func (d Definition) loopVaries(s Step, unforeseen map[string]bool) bool {
	for in := s.In; in != ""; {
		if unforeseen[in] {
			return true
		}
		next := ""
		for _, o := range d.Steps {
			if o.ID == in {
				next = o.In
			}
		}
		in = next
	}
	return false
}
