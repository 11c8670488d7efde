package views

import (
	"strings"
	"time"

	"caracal/form"
	"caracal/views/ui"
	"caracal/workflow"
)

// objectIcon stands for what an action works on.
func objectIcon(object string) string {
	for _, o := range []struct{ word, icon string }{
		{"workflow", "square-arrow-out-up-right"}, {"flow", "workflow"},
		{"user", "user"}, {"rule", "git-branch"}, {"group", "users"}, {"app", "app-window"}, {"role", "shield"}, {"log", "scroll-text"},
	} {
		if strings.Contains(strings.ToLower(object), o.word) {
			return o.icon
		}
	}
	return "zap"
}

// flowIcons stand for the steps that steer a run.
var flowIcons = map[string]string{
	workflow.FlowForEach: "repeat", workflow.FlowApproval: "user-check", workflow.FlowWait: "timer",
	workflow.FlowNote: "file-text", workflow.FlowStopUnless: "octagon-alert", workflow.FlowGive: "undo-2",
}

// stepIcon stands for what a step does.
func stepIcon(spec workflow.ActionSpec) string {
	if icon := flowIcons[spec.ID]; icon != "" {
		return icon
	}
	return objectIcon(spec.Object)
}

// blockWords says when the steps of the block are carried out that a step stands in.
func blockWords(d workflow.Definition, spots []workflow.Spot, i int) string {
	if d.Steps[i].When == workflow.WhenFailed && spots[i].Holder >= 0 {
		return "If step " + spots[spots[i].Holder].Number + " fails"
	}
	return "For each item"
}

// kindIcon stands for what an input holds.
func kindIcon(k form.Kind) string {
	switch k {
	case form.LongText:
		return "file-text"
	case form.Lines, form.List:
		return "clipboard-list"
	case form.Email:
		return "mail"
	case form.Number:
		return "hash"
	case form.Choice:
		return "list-checks"
	case form.Date:
		return "calendar"
	case form.YesNo:
		return "toggle-left"
	case form.User, form.Users:
		return "user"
	case form.Group, form.Groups:
		return "users"
	case form.App:
		return "app-window"
	}
	return "type"
}

// effectLook says how an effect looks, by icon and word and not by colour alone.
func effectLook(e workflow.Effect) ui.Look {
	switch e {
	case workflow.Reads:
		return ui.Look{Tone: ui.Neutral, Icon: "eye", Word: "Reads"}
	case workflow.Steers:
		return ui.Look{Tone: ui.Neutral, Icon: "workflow", Word: "Flow"}
	case workflow.Destroys:
		return ui.Look{Tone: ui.Bad, Icon: "octagon-alert", Word: "Destroys"}
	}
	return ui.Look{Tone: ui.Info, Icon: "pencil", Word: "Changes"}
}

// outputLabels names what a step gives.
func outputLabels(spec workflow.ActionSpec) string {
	var out []string
	for _, o := range spec.Outputs {
		out = append(out, o.Label)
	}
	return strings.Join(out, ", ")
}

func scopeList(spec workflow.ActionSpec) string {
	var out []string
	for _, s := range spec.Scopes {
		out = append(out, string(s))
	}
	return strings.Join(out, ", ")
}

func clock(t time.Time) string { return t.UTC().Format("15:04") }
