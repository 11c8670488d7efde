package workflow

import (
	"fmt"
	"strings"

	"caracal/form"
)

// FlowGive gives something back to the workflow that called the one it stands in.
const FlowGive = "flow.give"

// callPrefix begins the action of a step that runs another workflow; the workflow's id follows.
const callPrefix = "workflow."

// MaxCalls is how deep workflows may call one another in a run.
const MaxCalls = 5

// What a step that runs another workflow gives.
const (
	RunOutput    = "run"
	StateOutput  = "state"
	ResultOutput = "result"
)

// giveSpec is the step that sets the result of its run.
func giveSpec() ActionSpec {
	return ActionSpec{ID: FlowGive, Title: "Give back a result", Object: "Flow", Help: "Hands something to the workflow that called this one; the last one that is carried out counts.",
		Summary: "gives back {value}", Effect: Steers, Repeat: Harmless, Keywords: "return result output answer hand back",
		Fields: []form.Field{{Name: "value", Label: "Result", Help: "One value alone stays what it is, such as a list.", Kind: form.LongText, Required: true, Placeholder: "{{ steps.create.output.id }}"}}}
}

// CallAction returns the action that runs the newest published version of a workflow.
func CallAction(workflowID string) string { return callPrefix + workflowID }

// IsCall returns the id of the workflow that an action runs, and whether it does that.
func IsCall(action string) (workflowID string, ok bool) {
	workflowID, ok = strings.CutPrefix(action, callPrefix)
	return workflowID, ok && workflowID != ""
}

// CallSpec describes the step that runs another workflow, as the builder offers it. registry tells what the
// steps of that workflow do to the org.
func CallSpec(v Version, registry *Registry) ActionSpec {
	d := v.Definition
	called := d.Called()
	help := fmt.Sprintf("Runs the newest published version of %s and waits for its end.", d.Name)
	if purpose := strings.TrimSpace(d.Purpose); purpose != "" {
		help = shorten(purpose, MaxHelp)
	}
	return ActionSpec{ID: CallAction(v.WorkflowID), Title: fmt.Sprintf("Run “%s”", d.Name), Object: "Workflows", Help: help,
		Summary: fmt.Sprintf("runs “%s”", d.Name), Effect: Worst(d, registry), Repeat: Never, Keywords: "workflow call run subworkflow reuse",
		Fields: d.RunFields(), Workflow: &called,
		Outputs: []OutputField{{Name: RunOutput, Label: "Run"}, {Name: StateOutput, Label: "How it ended"}, {Name: ResultOutput, Label: "Result"}}}
}
