package handlers

import (
	"context"
	"errors"

	"caracal/fault"
	"caracal/views"
	"caracal/views/ui"
	"caracal/workflow"
)

// pasteSteps puts the steps of a text, written as a workflow file has them, at a place. What can't be read is said
// beside the text, which stays.
func (h *Handlers) pasteSteps(ctx context.Context, flow workflow.Workflow, d workflow.Definition, arg, text string, a *builderAnswer) workflow.Definition {
	at, ok := workflow.ParsePlace(arg)
	if !ok {
		a.notice = "There is no such place any more; open the list of actions where the steps go."
		return d
	}
	a.whole = true
	refuse := func(mistakes ...workflow.Mistake) workflow.Definition {
		a.add, a.focus, a.paste = at.String(), views.PasteID(at.String()), views.PasteProps{Text: text, Mistakes: mistakes}
		return d
	}
	steps, err := workflow.ReadSteps([]byte(text), h.actions(ctx))
	var mistakes workflow.Mistakes
	if errors.As(err, &mistakes) {
		return refuse(mistakes...)
	}
	if err == nil {
		var ids []string
		if d, ids, err = d.PasteSteps(steps, at); err == nil {
			a.focus, a.undo = "step-"+ids[0], flow.Revision
			a.notice = "Pasted " + ui.Count(len(steps), "step") + "."
			return h.nameObjects(ctx, d)
		}
	}
	return refuse(workflow.Mistake{Message: fault.Message(err)})
}
