package handlers_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"caracal/auth"
	"caracal/internal/testenv"
	"caracal/org"
	"caracal/workflow"
)

// TestFlowWithoutScript builds a workflow with a condition, tries, a note, an approval and a wait by plain POSTs,
// runs it, and lets the right person decide.
func TestFlowWithoutScript(t *testing.T) {
	t.Parallel()
	app := testenv.New(t)
	connected := app.Connect(org.CustomApp)
	approver := app.As(auth.Approver)
	approver.Get("/approvals").Has("h2", "Nothing waits for you")
	e := begin(t, app.Browser, "create_group", "Guarded", connected.ID)
	e.press("add-input:yes_no")
	e.fields.Set("input.input.label", "Really")
	e.press("add:flow.note:0")
	e.fields.Set("step.flow_note.field.text", "Tell {{ inputs.group_name }}.")
	e.press("add:flow.approval:1")
	e.fields.Set("step.flow_approval.field.who", "named")
	e.press("save").page.Has("#p-s-flow_approval-message", "is needed").Has("#p-s-flow_approval-people", "at least one person")
	e.fields.Set("step.flow_approval.field.message", "May {{ inputs.group_name }} be?")
	person := e.page.Attr(`#s-flow_approval-people input[type="checkbox"]:not([value="`+me(t, app)+`"])`, "value")
	e.fields.Add("step.flow_approval.field.people", person)
	e.press("insert:group_create:only_if:inputs.really")
	e.page.Has("#w-group_create", "If Really is yes, creates the group")
	if got := e.page.Value("#s-group_create-only_if"); got != "inputs.really" {
		t.Errorf("the condition is shown as %q", got)
	}
	e.fields.Set("step.group_create.retries", "2")
	e.fields.Set("step.group_create.pause", "300")
	e.fields.Set("step.group_create.on_error", "go_on")
	e.press("add:flow.stop_unless:9")
	e.fields.Set("step.flow_stop_unless.field.message", "No.")
	for typed, want := range map[string]string{
		"inputs.group_name": "neither true nor false", "steps.group_create.output.id ==": "not finished", "not inputs.really": "write yes(inputs.really)",
		`inputs.gone == "x"`: "no input", "filter([1], true)": "loop", `steps.flow_stop_unless.output.x`: "its own output",
	} {
		e.fields.Set("step.flow_stop_unless.field.condition", typed)
		e.press("save").page.Has("#p-s-flow_stop_unless-condition", want)
	}
	e.fields.Set("step.flow_stop_unless.field.condition", `{{ inputs.group_name }} == "Red"`)
	e.press("save")
	d := draftOf(t, app, e)
	if s := d.Steps[3]; s.Fields["condition"] != `{{ inputs.group_name  == "Red" }}` {
		t.Errorf("stored %q", s.Fields["condition"])
	}
	if s := d.Steps[2]; s.Control != (workflow.Control{OnlyIf: "{{ inputs.really }}", OnError: workflow.GoOn, Retries: 2, Pause: 300}) {
		t.Errorf("stored %+v", s.Control)
	}
	e.press("add:flow.wait:9")
	e.page.Has("#p-s-flow_wait-amount", "how long to wait")
	e.fields.Set("step.flow_wait.field.amount", "3")
	e.fields.Set("step.flow_wait.field.unit", "days")
	e.publish()

	start := func(b *testenv.Browser) string {
		once := b.Get(e.workflow() + "/run").Value(`input[name="once"]`)
		path := b.Post(e.workflow()+"/runs", "once", once, "version", "1", "group_name", "Red", "really", "true").Status(http.StatusSeeOther).Response.Header.Get("Location")
		app.Eventually("the question", func() bool { return runOf(t, app, path).Steps[1].State == workflow.StepWaiting })
		return path
	}
	run := start(app.Browser)
	app.Get(run).Has(".run-note", "Tell Red.").Has(".asks", "May Red be?", "somebody else has to decide").HasNot(".asks form")
	app.Get(e.workflow()+"/edit").Has("#v-s-flow_note-text", "Tell Red.").Has("#v-s-group_create-only_if", "true")
	app.Get("/approvals").Has("#others", "1 question for others")
	app.Post(run+"/approve", "step", "1", "answer", "yes").Status(http.StatusForbidden)
	app.As(auth.Operator).Post(run+"/approve", "step", "1", "answer", "yes").Status(http.StatusForbidden)
	app.As(auth.Operator).Get("/approvals").Status(http.StatusForbidden)
	approver.Get("/").Has("main", "asks for your approval")
	approver.Get("/approvals").Has(".approval", "May Red be?", "Approve")
	approver.Post(run+"/approve", "step", "1", "answer", "maybe").Status(http.StatusUnprocessableEntity)
	approver.Post(run+"/approve", "step", "7", "answer", "yes").Status(http.StatusNotFound)
	approver.Post(run+"/approve", "step", "1", "answer", "yes", "comment", "fine").Status(http.StatusSeeOther).Follow().Has(".toast", "Approved")
	approver.Post(run+"/approve", "step", "1", "answer", "no").Status(http.StatusSeeOther).Follow().Has(".toast", "no longer open")
	app.Eventually("the wait", func() bool { return runOf(t, app, run).Steps[4].State == workflow.StepWaiting })
	waiting := runOf(t, app, run)
	if want := app.Clock.Now().Add(72 * time.Hour); waiting.WaitUntil.Sub(want).Abs() > time.Minute {
		t.Errorf("waits until %s", waiting.WaitUntil)
	}
	page := app.Get(run).Has("#run", "4 of 5 done").Has(`[data-step="2"]`, "approved: fine").Has(`[data-step="5"]`, "in 3 days")
	if strings.Contains(page.Text, "tries again 2 times") == false {
		t.Error("what follows a failure is not said")
	}
	app.Post(run+"/cancel").Status(http.StatusSeeOther).Follow().Has("#run", "Cancelled")
	refused := start(app.Browser)
	approver.Post(refused+"/approve", "step", "1", "answer", "no", "comment", "not now").Status(http.StatusSeeOther).Follow().
		Has("#run", "Failed", "said no: not now")
}

// me returns the id of whom the first browser is signed in as.
func me(t *testing.T, app *testenv.App) string {
	t.Helper()
	people, err := app.App.DB.Users(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range people {
		if u.May(auth.ApplicationManage) {
			return u.ID
		}
	}
	t.Fatal("no admin")
	return ""
}
