package handlers_test

import (
	"net/http"
	"strings"
	"testing"

	"caracal/auth"
	"caracal/internal/testenv"
	"caracal/org"
	"caracal/workflow"
)

// shape writes the steps of a draft with their numbers.
func shape(d workflow.Definition) string {
	var out []string
	for i, s := range d.Outline() {
		out = append(out, s.Number+":"+d.Steps[i].ID)
	}
	return strings.Join(out, " ")
}

// TestBuildBlocksWithoutScript builds steps within steps with plain POSTs alone, and takes them apart again.
func TestBuildBlocksWithoutScript(t *testing.T) {
	t.Parallel()
	app := testenv.New(t)
	connected := app.Connect(org.CustomApp)
	e := begin(t, app.Browser, "", "Nested", connected.ID)
	want := func(expected string) {
		t.Helper()
		if got := shape(draftOf(t, app, e)); got != expected {
			t.Fatalf("got  %s\nwant %s", got, expected)
		}
	}
	e.press("open-add:0").page.Has(".action-row", "For each")
	e.press("add:flow.for_each:0")
	e.page.Has(".block-title", "For each item of").Has(".adder-button", "Add a step for each item")
	e.press("open-add:flow_for_each-0").page.Has("#adder-flow_for_each-0 .action-row", "Create a group")
	e.press("add:group.create:flow_for_each-0").press("add:flow.note:1")
	want("1:flow_for_each 1.1:group_create 2:flow_note")
	e.fields.Set("step.group_create.on_error", string(workflow.Branch))
	e.press("save").page.Has(".block-title", "If step 1.1 fails").Has(".adder-button", "Add a step here")
	e.press("add:flow.note:group_create-failed-0")
	want("1:flow_for_each 1.1:group_create 1.1.1:flow_note_2 2:flow_note")
	e.press("into-step:flow_note:flow_for_each-1")
	want("1:flow_for_each 1.1:group_create 1.1.1:flow_note_2 1.2:flow_note")
	e.press("up-step:flow_note").press("out-step:flow_note_2")
	want("1:flow_for_each 1.1:flow_note 1.2:group_create 1.3:flow_note_2")
	e.press("copy-step:flow_for_each")
	want("1:flow_for_each 1.1:flow_note 1.2:group_create 1.3:flow_note_2 2:flow_for_each_2 2.1:flow_note_3 2.2:group_create_2 2.3:flow_note_4")

	// What a step holds is asked about before it goes, and comes back.
	e.press("remove-step:flow_for_each_2").page.Has(".remove-ask", "which holds 3 steps", "Remove all 4", "Keep the 3 steps")
	e.press("unwrap-step:flow_for_each_2")
	want("1:flow_for_each 1.1:flow_note 1.2:group_create 1.3:flow_note_2 2:flow_note_3 3:group_create_2 4:flow_note_4")
	e.press(e.page.Attr("#undo", "value")).press("remove-block:flow_for_each_2").page.Has(".undo-bar", "can be taken back")
	want("1:flow_for_each 1.1:flow_note 1.2:group_create 1.3:flow_note_2")

	// A branch that is given up takes its steps with it, says so, and can be brought back.
	e.press("add:flow.note:group_create-failed-0")
	e.fields.Set("step.group_create.on_error", "")
	e.press("save").page.Has(".undo-bar", "can be taken back")
	want("1:flow_for_each 1.1:flow_note 1.2:group_create 1.3:flow_note_2")
	e.press(e.page.Attr("#undo", "value"))
	want("1:flow_for_each 1.1:flow_note 1.2:group_create 1.2.1:flow_note_3 1.3:flow_note_2")

	// A step is dragged out of its block: the form names another for it.
	e.fields.Set("step.flow_note.in", "group_create-failed")
	e.press("save")
	want("1:flow_for_each 1.1:group_create 1.1.1:flow_note 1.1.2:flow_note_3 1.2:flow_note_2")
	for name, block := range map[string]string{"itself": "flow_for_each", "what it holds": "group_create-failed", "nothing": "gone", "no loop": "flow_note", "no block": "a b"} {
		e.fields.Set("step.flow_for_each.in", block)
		e.send("", http.Header{"Hx-Request": {"true"}}).Status(http.StatusOK)
		if got := shape(draftOf(t, app, e)); got != "1:flow_for_each 1.1:group_create 1.1.1:flow_note 1.1.2:flow_note_3 1.2:flow_note_2" {
			t.Errorf("dragged into %s: %s", name, got)
		}
	}
}

// TestNameFollows: what the page is called changes with the name, without a reload.
func TestNameFollows(t *testing.T) {
	t.Parallel()
	app := testenv.New(t)
	e := begin(t, app.Browser, "create_group", "", app.Connect(org.CustomApp).ID)
	e.fields.Set("name", "A <b>new</b> name")
	for _, do := range []string{"", "add:flow.note:0"} {
		page := e.send(do, http.Header{"Hx-Request": {"true"}, "Hx-Request-Type": {"partial"}}).Status(http.StatusOK)
		if want := `<hx-partial hx-target="h1" hx-swap="textContent">A &lt;b&gt;new&lt;/b&gt; name</hx-partial>`; !strings.Contains(page.Text, want) {
			t.Errorf("the answer to %q does not rename the page", do)
		}
		e.fields.Set("name", "A <b>new</b> name")
		if do == "" {
			e.read(app.Get(e.path))
			e.fields.Set("name", "Another")
			e.pause()
			e.fields.Set("name", "A <b>new</b> name")
		}
	}
}

// TestCallsAreOffered: a published workflow is an action of every other, and its name stays in the house.
func TestCallsAreOffered(t *testing.T) {
	t.Parallel()
	app := testenv.New(t)
	connected := app.Connect(org.CustomApp)
	called := begin(t, app.Browser, "create_group", "Make a team", connected.ID)
	called.publish()
	action := workflow.CallAction(strings.TrimPrefix(called.workflow(), "/workflows/"))
	e := begin(t, app.Browser, "", "Caller", connected.ID)
	e.press("open-add:0").page.Has(".action-row", "Run “Make a team”")
	e.press("add:"+action+":0").page.Has(".step-fields", "Group name").Has("#summary", "Runs “Make a team”")
	page := app.Get(e.workflow() + "/export?draft=1").Status(http.StatusOK)
	if !strings.Contains(page.Text, "action: workflow.Make a team\n") {
		t.Errorf("the file says\n%s", page.Text)
	}
	imported := app.Post("/workflows/import", "text", page.Text).Status(http.StatusSeeOther).Follow()
	imported.Has(".step-fields", "Group name").Has("#summary", "Runs “Make a team”")
	if schema := app.Get(workflow.SchemaPath).Status(http.StatusOK); strings.Contains(schema.Text, "Make a team") {
		t.Error("the public schema names a workflow")
	}
	// A workflow that is renamed and published again is offered by its new name.
	called.read(app.Get(called.path))
	called.fields.Set("name", "Make a squad")
	called.publish()
	for _, row := range app.Get(e.path+"?add=0").Has(".action-row", "Run “Make a squad”").All(".action-row") {
		if strings.Contains(row, "Make a team") {
			t.Error("the old name is offered still")
		}
	}
}

// TestNoCircleIsPublished: a workflow that would run itself, directly or over others, is refused when it is built and
// when it is published, with the way that leads back; and so is one that became a circle while it was looked at.
func TestNoCircleIsPublished(t *testing.T) {
	t.Parallel()
	app := testenv.New(t)
	connected := app.Connect(org.CustomApp)
	id := func(e *builder) string { return strings.TrimPrefix(e.workflow(), "/workflows/") }
	run := func(e *builder, other *builder) {
		t.Helper()
		e.read(app.Get(e.path))
		e.press("add:" + workflow.CallAction(id(other)) + ":0")
	}
	made := map[string]*builder{}
	for _, name := range []string{"Low", "Middle", "High"} {
		made[name] = begin(t, app.Browser, "", name, connected.ID)
		made[name].press("add:flow.note:0")
		made[name].fields.Set("step.flow_note.field.text", "Hello.")
		made[name].publish()
	}
	run(made["Low"], made["Low"])
	made["Low"].page.Has(".problem-list", "runs the workflow that it stands in")
	made["Low"].press("remove-step:" + draftOf(t, app, made["Low"]).Steps[0].ID)
	for above, below := range map[string]string{"High": "Middle", "Middle": "Low"} {
		run(made[above], made[below])
		made[above].publish()
	}
	run(made["Low"], made["High"])
	made["Low"].page.Has(".problem-list", "This step runs “High”, which runs “Middle”, which runs this workflow again")
	app.Get(made["Low"].workflow()+"/publish").Has("body", "can't be published yet", "which runs this workflow again")
	app.Post(made["Low"].workflow()+"/publish", "revision", made["Low"].fields.Get("revision")).Status(http.StatusUnprocessableEntity)
	if flow, err := app.App.DB.Workflow(t.Context(), id(made["Low"])); err != nil || flow.Published != 1 {
		t.Errorf("published %d, %v", flow.Published, err)
	}
}

// TestNestedRunWithoutScript builds, publishes, runs, approves and follows a nested workflow with plain pages alone.
func TestNestedRunWithoutScript(t *testing.T) {
	t.Parallel()
	app := testenv.New(t)
	connected := app.Connect(org.CustomApp)
	called := begin(t, app.Browser, "create_group", "Make a team", connected.ID)
	called.publish()
	e := begin(t, app.Browser, "", "Welcome a class", connected.ID)
	e.press("add-input:lines")
	input := e.fields.Get("input")
	e.fields.Set("input."+input+".label", "Colleagues")
	e.fields.Set("input."+input+".required", "true")
	e.press("add:" + workflow.FlowApproval + ":0").press("add:" + workflow.FlowForEach + ":1").press("add:user.create:flow_for_each-0")
	e.fields.Set("step.flow_approval.field.message", "May they come?")
	e.fields.Set("step.flow_for_each.field.list", "inputs.colleagues")
	for name, text := range map[string]string{"first_name": "A", "last_name": "Class", "email": "{{ item }}"} {
		e.fields.Set("step.user_create.field."+name, text)
	}
	e.fields.Set("step.user_create.on_error", string(workflow.Branch))
	e.press("save").press("add:" + workflow.FlowNote + ":user_create-failed-0")
	e.fields.Set("step.flow_note.field.text", "No account for {{ item }}.")
	e.press("add:" + workflow.CallAction(strings.TrimPrefix(called.workflow(), "/workflows/")) + ":2")
	d := draftOf(t, app, e)
	e.fields.Set("step."+d.Steps[len(d.Steps)-1].ID+".field.group_name", "The class")
	e.publish()

	form := app.Get(e.workflow() + "/run")
	run := app.Post(e.workflow()+"/runs", "once", form.Value(`[name="once"]`), "version", form.Value(`[name="version"]`), "colleagues", "grace@class.example\nno address", "do", "run").
		Status(http.StatusSeeOther).Follow().Path()
	app.Eventually("the question", func() bool { return strings.Contains(app.Get(run).Text, "May they come?") })
	app.As(auth.Approver).Post(run+"/approve", "step", "0", "answer", "yes").Status(http.StatusSeeOther)
	app.Eventually("the end", func() bool { return strings.Contains(app.Get(run).Text, `data-state="succeeded"`) })
	page := app.Get(run).Has(".item-rows", "grace@class.example", "no address").Has(".item-rows", "Make a team")
	items := page.All(".item-rows .row-title")
	if len(items) != 3 {
		t.Fatalf("the items are %q", items)
	}
	app.Get(page.Attr("#items-1 .item-rows > li:nth-child(2) .row-title", "href")).Status(http.StatusOK).Has(".run-note", "No account for no address.")
	if _, made := app.Org.FindUser("grace@class.example"); !made {
		t.Error("the account is not in the org")
	}
	if _, made := app.Org.FindGroup("The class"); !made {
		t.Error("what was called did nothing")
	}
}

// TestPasteAndCopySteps: a step is shown as a workflow file has it, and such a text is pasted anywhere, in a loop too,
// without a script; what can't be read is said with its line beside the text that was typed.
func TestPasteAndCopySteps(t *testing.T) {
	t.Parallel()
	app := testenv.New(t)
	connected := app.Connect(org.CustomApp)
	e := begin(t, app.Browser, "", "Pasted", connected.ID)
	want := func(expected string) {
		t.Helper()
		if got := shape(draftOf(t, app, e)); got != expected {
			t.Fatalf("got  %s\nwant %s", got, expected)
		}
	}
	const broken = "- action: group.create\n  fields:\n    nmae: Sales\n"
	e.press("open-add:0").page.Has(".paste-steps", "Paste steps")
	e.fields.Set("paste.0", broken)
	refused := e.send("paste:0", nil).Status(http.StatusUnprocessableEntity)
	refused.Has(".paste-steps[open] .error", `Line 3: The action group.create has no field "nmae"; its fields are name, description.`)
	e.read(refused)
	if got := e.fields.Get("paste.0"); got != broken {
		t.Errorf("%q is kept", got)
	}
	e.fields.Set("paste.0", `
- id: each
  action: flow.for_each
  fields: {list: '{{ ["Sales", "Support"] }}'}
  steps:
  - id: team
    action: group.create
    fields: {name: '{{ item }}'}
  - action: flow.note
    fields: {text: 'Made {{ steps.team.output.id }}'}
`)
	e.press("paste:0").page.Has(".undo-bar", "can be taken back").Has(".step-title", "")
	want("1:each 1.1:team 1.2:flow_note")

	copied := e.press("yaml-step:each").page.Attr(".step-yaml [data-copy]", "data-copy")
	if !strings.HasPrefix(copied, "- id: each\n") || !strings.Contains(copied, "- id: team\n") {
		t.Fatalf("copied\n%s", copied)
	}
	e.press("open-add:each-2")
	e.fields.Set("paste.each-2", copied)
	e.press("paste:each-2")
	want("1:each 1.1:team 1.2:flow_note 1.3:flow_for_each 1.3.1:group_create 1.3.2:flow_note_2")
	d := draftOf(t, app, e)
	if got := d.Steps[5].Fields["text"]; got != "Made {{ steps.group_create.output.id }}" {
		t.Errorf("the pasted note says %q", got)
	}
	e.press(e.page.Attr("#undo", "value"))
	want("1:each 1.1:team 1.2:flow_note")

	// With a script the form comes back as it is, with what is wrong beside the text.
	e.fields.Set("paste.0", "suspend them")
	e.send("paste:0", http.Header{"Hx-Request": {"true"}}).Status(http.StatusOK).Has(".paste-steps .error", "Line 1: What is pasted must be a list")
	e.fields.Set("paste.9-9-9", "- action: group.create")
	e.send("paste:9-9-9", http.Header{"Hx-Request": {"true"}}).Has(".undo-bar", "no such place")
}
