package handlers_test

import (
	"net/http"
	"strings"
	"testing"

	"caracal/internal/testenv"
	"caracal/org"
	"caracal/workflow"
)

// TestPreviewOfAnEntry: the values within a loop are those of the entry that is chosen, with a script and without.
func TestPreviewOfAnEntry(t *testing.T) {
	t.Parallel()
	app := testenv.New(t)
	e := begin(t, app.Browser, "", "Greet", app.Connect(org.CustomApp).ID)
	e.press("add-input:lines")
	e.fields.Set("input."+e.fields.Get("input")+".label", "Names")
	e.press("add:" + workflow.FlowForEach + ":0").press("add:" + workflow.FlowNote + ":flow_for_each-0")
	e.fields.Set("step.flow_for_each.field.list", "inputs.names")
	e.fields.Set("step.flow_note.field.text", "Hello {{ item }}.")
	e.press("add:group.create:flow_for_each-1").press("add:" + workflow.FlowNote + ":flow_for_each-2")
	e.fields.Set("step.group_create.field.name", "Group of {{ item }}")
	e.fields.Set("step.flow_note_2.field.text", "Made {{ steps.group_create.output.name }}.")
	e.publish()
	form := app.Get(e.workflow() + "/run")
	app.Post(e.workflow()+"/runs", "once", form.Value(`[name="once"]`), "version", "1", "names", "Ada\nBo", "do", "run").Status(http.StatusSeeOther)
	app.Eventually("what the second entry gave", func() bool {
		return strings.Contains(app.Get(e.path+"?preview.flow_for_each=1").Text, "Made Group of Bo.")
	})

	e.read(app.Get(e.path).Has(".preview-item", "1 · Ada", "2 · Bo").Has("#v-s-flow_note-text", "Hello Ada."))
	e.fields.Set("preview.flow_for_each", "1")
	if page := e.pause().Status(http.StatusOK); !strings.Contains(page.Text, "Hello Bo.") {
		t.Errorf("with the second entry:\n%s", page.Text)
	}
	e.press("save")
	e.page.Has("#v-s-flow_note_2-text", "Made Group of Bo.").Has("#v-s-flow_note-text", "Hello Bo.").Has(`.preview-item option[selected]`, "2 · Bo")
	e.fields.Set("preview.flow_for_each", "0")
	if page := e.pause().Status(http.StatusOK); !strings.Contains(page.Text, "Hello Ada.") {
		t.Errorf("with the first entry again:\n%s", page.Text)
	}
	app.Get(e.path+"?preview.flow_for_each=99&preview.=1&preview.a%20b=1&preview.x=-4").Status(http.StatusOK).Has("#v-s-flow_note-text", "Hello Ada.")
}
