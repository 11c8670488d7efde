package handlers

import (
	"context"
	"errors"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"caracal/auth"
	"caracal/db"
	"caracal/views"
	"caracal/workflow"
)

// maxTrail is how many changes an open builder can take back. Drafts are kept for longer than that.
const maxTrail = 50

// readTrail reads what the builder's page carries along: the revisions that it can go back and forth to.
func readTrail(v url.Values) views.Trail {
	read := func(name string) (out []int64) {
		for part := range strings.SplitSeq(v.Get(name), ",") {
			if n, err := strconv.ParseInt(part, 10, 64); err == nil && n > 0 && len(out) < maxTrail {
				out = append(out, n)
			}
		}
		return out
	}
	return views.Trail{Back: read("back"), Forth: read("forth")}
}

// changed returns the trail after a change that was saved on top of a revision.
func changed(t views.Trail, was int64) views.Trail {
	back := append(slices.Clone(t.Back), was)
	return views.Trail{Back: back[max(0, len(back)-maxTrail):]}
}

// along goes one change back or forth. What was typed and not saved yet is a change of its own, and saved before, so that
// nothing is lost. It returns the draft to save next, on top of flow as it is stored then.
func (h *Handlers) along(ctx context.Context, flow workflow.Workflow, next workflow.Definition, do string, revision int64, editor string, by auth.User, t views.Trail) (workflow.Workflow, workflow.Definition, builderAnswer, error) {
	a := builderAnswer{whole: true, trail: t, focus: "go-" + do}
	if differ(flow.Draft, next) {
		saved, err := h.DB.SaveDraft(ctx, flow.ID, next, revision, editor, by)
		if err != nil {
			return flow, next, a, err
		}
		a.trail = changed(t, flow.Revision)
		flow.Draft, flow.Revision = next, saved
	}
	from, to := &a.trail.Back, &a.trail.Forth
	word := "Undone"
	if do == "forth" {
		from, to, word = to, from, "Done again"
	}
	if len(*from) == 0 {
		a.notice = "There is nothing to undo."
		if do == "forth" {
			a.notice = "There is nothing to do again."
		}
		return flow, flow.Draft, a, nil
	}
	last := len(*from) - 1
	old, err := h.DB.DraftAt(ctx, flow.ID, (*from)[last])
	if errors.Is(err, db.ErrNotFound) {
		a.trail, a.notice = views.Trail{}, "That state of the draft is no longer kept; look under History for published versions."
		return flow, flow.Draft, a, nil
	}
	if err != nil {
		return flow, flow.Draft, a, err
	}
	*from = (*from)[:last:last]
	*to = append(slices.Clone(*to), flow.Revision)
	if len(*from) == 0 { // the button that was pressed has nothing left to do, and can't hold the focus
		a.focus = map[string]string{"back": "go-forth", "forth": "go-back"}[do]
	}
	a.notice = word + ": " + h.whatChanged(ctx, flow.Draft, old, do) + "."
	return flow, old, a, nil
}

// differ reports whether a person would see a difference between two drafts: one that never held a list and one that
// holds an empty one are the same to them.
func differ(a, b workflow.Definition) bool {
	return a.Name != b.Name || a.Purpose != b.Purpose || a.ApplicationID != b.ApplicationID || !slices.Equal(a.Runners, b.Runners) ||
		!slices.EqualFunc(a.Inputs, b.Inputs, func(a, b workflow.Input) bool {
			options := slices.Equal(a.Options, b.Options)
			a.Options, b.Options = nil, nil
			return options && reflect.DeepEqual(a, b)
		}) ||
		!slices.EqualFunc(a.Steps, b.Steps, func(a, b workflow.Step) bool {
			return a.ID == b.ID && a.Title == b.Title && a.Action == b.Action && a.Control == b.Control && workflow.SameText(a.Fields, b.Fields)
		})
}

// whatChanged says in a few words what going from one draft to another takes back or does again.
func (h *Handlers) whatChanged(ctx context.Context, from, to workflow.Definition, do string) string {
	if do == "back" {
		from, to = to, from // the words are those of the change itself
	}
	changes := workflow.Diff(from, to, h.actions(ctx))
	if len(changes) == 0 {
		return "the last change"
	}
	words := changes[0].Where
	switch c := changes[0]; {
	case c.What != "":
		words += ", " + c.What
	default:
		words += " " + string(c.Kind)
	}
	if n := len(changes) - 1; n > 0 {
		words += " and " + strconv.Itoa(n) + " more"
	}
	return words
}
