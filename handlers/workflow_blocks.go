package handlers

import (
	"net/url"

	"caracal/fault"
	"caracal/views/ui"
	"caracal/workflow"
)

// removeStep takes a step out. One that holds others is asked about first, unless the button says what becomes of
// those: remove-block takes them along, unwrap-step leaves them in its place.
func removeStep(d workflow.Definition, do, id string, a *builderAnswer) workflow.Definition {
	i := d.StepIndex(id)
	if i < 0 {
		return d
	}
	title, held := d.Steps[i].Title, d.End(i)-i-1
	switch {
	case do == "remove-step" && held > 0:
		a.remove, a.focus = id, "remove-"+id
		return d
	case do == "unwrap-step":
		a.notice = "Removed “" + title + "” and kept what it held."
		d = d.UnwrapStep(id)
	case held > 0:
		a.notice = "Removed the step “" + title + "” and the " + ui.Count(held, "step") + " in it."
		d = d.RemoveStep(id)
	default:
		a.notice = "Removed the step “" + title + "”."
		d = d.RemoveStep(id)
	}
	a.undo, a.focus = -1, "undo"
	return d
}

// moveTo takes a step, with all it holds, to the place that was chosen for it.
func moveTo(d workflow.Definition, id, to string, a *builderAnswer) workflow.Definition {
	place, ok := workflow.ParsePlace(to)
	if !ok {
		a.move, a.focus, a.notice = id, "move-"+id, "Choose where the step goes."
		return d
	}
	moved, err := d.MoveStepTo(id, place)
	if err != nil {
		a.notice = fault.Message(err)
		return d
	}
	a.focus = "step-" + id
	return moved
}

// withoutStray takes out the steps of a failure branch whose step now does something else when it fails, and says
// so beside an undo. A branch that was just chosen gets the focus.
func withoutStray(flow workflow.Workflow, next workflow.Definition, a *builderAnswer) workflow.Definition {
	kept, titles := next.WithoutStray()
	if gone := len(next.Steps) - len(kept.Steps); gone > 0 {
		a.notice = "“" + titles[0] + "” does something else now when it fails, so " + ui.Count(gone, "step") + " of its branch went away."
		a.undo, a.focus, a.whole = flow.Revision, "undo", true
	}
	for _, s := range kept.Steps {
		was := flow.Draft.StepIndex(s.ID)
		if a.focus == "" && was >= 0 && s.OnError != flow.Draft.Steps[was].OnError {
			a.focus = "s-" + s.ID + "-on_error"
		}
	}
	return kept
}

// postedBlocks reads which block each step was left in: a step can be dragged from one into another.
func postedBlocks(d workflow.Definition, v url.Values) map[string]workflow.Block {
	out := map[string]workflow.Block{}
	for _, s := range d.Steps {
		name := "step." + s.ID + ".in"
		if !v.Has(name) {
			continue
		}
		if block, ok := workflow.ParseBlock(v.Get(name)); ok {
			out[s.ID] = block
		}
	}
	return out
}
