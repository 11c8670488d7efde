package handlers_test

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"

	"caracal/auth"
	"caracal/form"
	"caracal/internal/testenv"
	"caracal/org"
	"caracal/workflow"
)

// builder is an open builder page: what its form would post, as a browser without a script has it.
type builder struct {
	t       *testing.T
	browser *testenv.Browser
	path    string
	page    *testenv.Page
	fields  url.Values
}

// begin makes a workflow and opens its builder.
func begin(t *testing.T, b *testenv.Browser, starter, name, application string) *builder {
	t.Helper()
	page := b.Post("/workflows", "name", name, "application_id", application, "starter", starter)
	page.Status(http.StatusSeeOther)
	return open(t, b, page.Response.Header.Get("Location"))
}

func open(t *testing.T, b *testenv.Browser, path string) *builder {
	t.Helper()
	path, _, _ = strings.Cut(path, "?")
	path, _, _ = strings.Cut(path, "#")
	e := &builder{t: t, browser: b, path: path}
	e.read(b.Get(path).Status(http.StatusOK))
	return e
}

// workflow is the path of the workflow itself.
func (e *builder) workflow() string { return strings.TrimSuffix(e.path, "/edit") }

func (e *builder) read(page *testenv.Page) {
	e.t.Helper()
	e.page, e.fields = page, url.Values{}
	root, err := html.Parse(strings.NewReader(page.Text))
	if err != nil {
		e.t.Fatal(err)
	}
	attr := func(n *html.Node, name string) (string, bool) {
		for _, a := range n.Attr {
			if a.Key == name {
				return a.Val, true
			}
		}
		return "", false
	}
	for _, n := range cascadia.QueryAll(root, cascadia.MustCompile("#builder input[name], #builder textarea[name], #builder select[name]")) {
		name, _ := attr(n, "name")
		if other, ok := attr(n, "form"); ok && other != "builder" {
			continue
		}
		switch n.Data {
		case "textarea":
			text := ""
			if n.FirstChild != nil {
				text = n.FirstChild.Data
			}
			e.fields.Add(name, text)
		case "select":
			chosen := ""
			for _, o := range cascadia.QueryAll(n, cascadia.MustCompile("option[selected]")) {
				chosen, _ = attr(o, "value")
			}
			e.fields.Add(name, chosen)
		default:
			kind, _ := attr(n, "type")
			if _, checked := attr(n, "checked"); kind == "checkbox" && !checked {
				continue
			}
			value, _ := attr(n, "value")
			e.fields.Add(name, value)
		}
	}
}

// send posts the form with a button, or without one.
func (e *builder) send(do string, header http.Header) *testenv.Page {
	e.t.Helper()
	fields := url.Values{}
	for k, v := range e.fields {
		fields[k] = v
	}
	if do != "" {
		fields.Set("do", do)
	}
	r := e.browser.Request(http.MethodPost, e.path, nil)
	r.Body = http.NoBody
	post, err := http.NewRequestWithContext(e.t.Context(), http.MethodPost, r.URL.String(), strings.NewReader(fields.Encode()))
	if err != nil {
		e.t.Fatal(err)
	}
	post.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	post.Header.Set("Sec-Fetch-Site", "same-origin")
	for name, values := range header {
		post.Header[name] = values
	}
	return e.browser.Do(post)
}

// press is a button without a script: a POST, then the page it leads to.
func (e *builder) press(do string) *builder {
	e.t.Helper()
	page := e.send(do, nil).Status(http.StatusSeeOther).Follow()
	page.Status(http.StatusOK)
	e.read(page)
	return e
}

// pause is a pause in typing, with a script.
func (e *builder) pause() *testenv.Page {
	e.t.Helper()
	return e.send("", http.Header{"Hx-Request": {"true"}, "Hx-Request-Type": {"partial"}})
}

// publish publishes and expects it to work.
func (e *builder) publish() {
	e.t.Helper()
	e.press("publish")
	revision := e.page.Value(`form[method="post"] input[name="revision"]`)
	e.browser.Post(e.workflow()+"/publish", "revision", revision, "note", "a note").Status(http.StatusSeeOther)
}

func draftOf(t *testing.T, app *testenv.App, e *builder) workflow.Definition {
	t.Helper()
	w, err := app.App.DB.Workflow(context.Background(), strings.TrimPrefix(e.workflow(), "/workflows/"))
	if err != nil {
		t.Fatal(err)
	}
	return w.Draft
}

// pick returns the id of the first object of the org with this name.
func pick(t *testing.T, app *testenv.App, application string, kind form.Kind, name string) string {
	t.Helper()
	choices, err := app.App.Connect.Pick(context.Background(), application, kind, name)
	if err != nil || len(choices) == 0 {
		t.Fatalf("nothing called %s: %v", name, err)
	}
	return choices[0].ID
}

// TestBuildWithoutScript builds a workflow with plain POSTs alone, every tool once.
func TestBuildWithoutScript(t *testing.T) {
	t.Parallel()
	app := testenv.New(t)
	connected := app.Connect(org.CustomApp)
	app.Get("/workflows").Has("h2", "Build your first workflow")
	e := begin(t, app.Browser, "", "Groups", connected.ID)
	e.page.Has("#p-steps", "at least one step")
	e.press("add-input:text")
	e.fields.Set("input.input.label", "Team name")
	e.press("open-add:0")
	e.page.Has(".action-row", "Create a group", "okta.groups.manage", "Changes")
	e.press("add:group.create:0")
	e.page.Has("#p-s-group_create-name", "Name is needed")
	e.press("menu:group_create:name")
	e.page.Has(".value-row", "Team name", "inputs.team_name")
	e.press("insert:group_create:name:inputs.team_name")
	if d := draftOf(t, app, e); d.Steps[0].Fields["name"] != "{{ inputs.team_name }}" || d.Inputs[0].Name != "team_name" {
		t.Fatalf("inserted %+v", d)
	}
	e.page.Has("#summary", "Creates the group Team name").Has("#ready", "Ready to publish")
	e.press("copy-step:group_create").press("up-step:group_create_2")
	if d := draftOf(t, app, e); len(d.Steps) != 2 || d.Steps[0].ID != "group_create_2" {
		t.Fatalf("duplicated and moved: %+v", d.Steps)
	}
	e.press("remove-step:group_create")
	undo := e.page.Attr("#undo", "value")
	if d := draftOf(t, app, e); len(d.Steps) != 1 {
		t.Fatalf("removed: %+v", d.Steps)
	}
	e.press(undo)
	if d := draftOf(t, app, e); len(d.Steps) != 2 {
		t.Fatalf("undone: %+v", d.Steps)
	}
	e.press("remove-step:group_create_2").press("add:group.add_member:1")
	e.fields.Set("step.group_add_member.field.user", "ada.admin@caracal.example") // an exact login, typed
	e.press("insert:group_add_member:group:steps.group_create.output.id")
	d := draftOf(t, app, e)
	ada := pick(t, app, connected.ID, form.User, "Ada")
	if s := d.Steps[1]; s.Fields["user"] != ada || s.Names[ada] != "Ada Admin" || s.Fields["group"] != "{{ steps.group_create.output.id }}" {
		t.Fatalf("picked: %+v", s)
	}
	e.page.Has(".value-chip", "Group", "step 1").Has("#summary", "then adds Ada Admin to that group")
	e.press("clear:group_add_member:group")
	e.page.Has("#p-s-group_add_member-group", "is needed")
	e.press("publish")
	e.page.Has(".alert", "can't be published yet", "Group is needed")
	app.Post(e.workflow()+"/publish", "revision", "1").Status(http.StatusUnprocessableEntity)
}

// TestPauseInTyping: a script's save redraws what stands around the fields and never the fields.
func TestPauseInTyping(t *testing.T) {
	t.Parallel()
	app := testenv.New(t)
	connected := app.Connect(org.CustomApp)
	e := begin(t, app.Browser, "create_group", "", connected.ID)
	e.fields.Set("step.group_create.field.name", "{{ inputs.group_name }}-{{ foo }}")
	page := e.pause().Status(http.StatusOK)
	for _, want := range []string{`hx-target="#p-s-group_create-name"`, "&#34;foo&#34; is not known here", "at character 28", "1 thing to mend", `name="revision" value="2"`} {
		if !strings.Contains(page.Text, want) {
			t.Errorf("the answer lacks %q:\n%s", want, page.Text)
		}
	}
	if strings.Contains(page.Text, "step.group_create.field.name") {
		t.Error("a field is drawn again under the person's hands")
	}
	e.fields.Set("step.group_create.field.name", "Fine")
	if page = e.pause(); !strings.Contains(page.Text, `id="p-s-group_create-name" class="problem" data-problem="false"`) {
		t.Errorf("the problem stays:\n%s", page.Text)
	}
	if d := draftOf(t, app, e); d.Steps[0].Fields["name"] != "Fine" {
		t.Error("a page that has not heard of its own save was refused")
	}
}

func TestTwoEditors(t *testing.T) {
	t.Parallel()
	app := testenv.New(t)
	first := begin(t, app.Browser, "create_group", "Shared", "")
	second := open(t, app.As(auth.Builder), first.path)
	first.fields.Set("purpose", "From the first")
	first.press("save")
	second.fields.Set("name", "From the second 😀 <b>")
	page := second.send("save", nil).Status(http.StatusConflict)
	page.Has("#conflict", "Test admin saved this draft", "2 differences", "From the second")
	if page.Value("#f-name") != "From the second 😀 <b>" || strings.Contains(page.Text, "😀 <b>") {
		t.Error("what the second typed is lost, or markup")
	}
	if text := second.pause().Status(http.StatusConflict).Text; !strings.Contains(text, "Keep mine, replace theirs") {
		t.Errorf("a pause in typing does not tell:\n%s", text)
	}
	if d := draftOf(t, app, first); d.Name != "Shared" || d.Purpose != "From the first" {
		t.Fatalf("the second overwrote the first: %+v", d)
	}
	second.read(page)
	second.press("overwrite")
	second.page.Has(".undo-bar", "can be taken back")
	if d := draftOf(t, app, first); d.Name != "From the second 😀 <b>" {
		t.Fatalf("overwriting knowingly: %+v", d)
	}
	first.fields.Set("name", "Mine, dropped")
	first.read(first.send("save", nil).Status(http.StatusConflict))
	first.press("take")
	if first.page.Value("#f-name") != "From the second 😀 <b>" {
		t.Error("taking theirs shows something else")
	}
	first.press(first.page.Attr("#undo", "value"))
	if d := draftOf(t, app, first); d.Name != "Mine, dropped" {
		t.Errorf("what was dropped can't be brought back: %+v", d.Name)
	}
}

// TestBuilderBadInput: whatever is posted, each gets a sentence, keeps what was typed, and breaks nothing.
func TestBuilderBadInput(t *testing.T) {
	t.Parallel()
	app := testenv.New(t)
	connected := app.Connect(org.CustomApp)
	e := begin(t, app.Browser, "new_user", "", connected.ID)
	long := strings.Repeat("ä", 10_000)
	e.fields.Set("name", long)
	e.fields.Set("purpose", "<script>alert(1)</script>")
	e.fields.Set("runners", "admin")
	e.fields.Set("step.user_create.field.is_admin", "true") // added by hand
	e.fields.Set("step.user_create.field.email", "not mail\x00")
	e.fields.Set("step.add_to_site.field.group", "00gNotOfThisOrg00000")
	e.fields.Add("step", "ghost")
	e.fields.Set("step.ghost.title", "Ghost")
	e.fields.Set("input.team.kind", "colour")
	e.press("remove-step:user_create")
	d := draftOf(t, app, e)
	if d.Name != long || len(d.Runners) != 0 || len(d.Steps) != 2 || d.Inputs[3].Kind != form.Group {
		t.Errorf("stored %d characters, %v, %d steps, %s", len(d.Name), d.Runners, len(d.Steps), d.Inputs[3].Kind)
	}
	if strings.Contains(e.page.Text, "<script>alert") {
		t.Error("what was typed is markup")
	}
	e.page.Has("#p-name", "10000 characters; shorten it to 120")
	e.page.Has("#p-s-add_to_team-user", "user_create", "was removed")
	e.page.Has("#p-s-add_to_site-group", "00gNotOfThisOrg00000", "choose it from the list")
	e.press("undo:2") // not ours to press, and harmless
	app.Post(e.path, "do", "add:moon.land:0").Status(http.StatusUnprocessableEntity)
	app.Post(e.path, "do", "save", "revision", "99", "editor", "x", "name", "n").Status(http.StatusConflict)
}

func TestHistoryRestoreAndArchive(t *testing.T) {
	t.Parallel()
	app := testenv.New(t)
	connected := app.Connect(org.CustomApp)
	e := begin(t, app.Browser, "create_group", "One", connected.ID)
	e.publish()
	e = open(t, app.Browser, e.path)
	e.fields.Set("name", "Two")
	e.press("save")
	app.Get(e.workflow()+"/versions").Has(".version", "Draft").Has(".version", "Version 1", "a note", "Test admin")
	app.Get(e.workflow()+"/versions/1?against=0").Has(".changes", "Name", "One", "Two")
	e.publish()
	app.Get(e.workflow()+"/versions/2").Has(".changes", "Name", "One", "Two")
	app.Get(e.workflow() + "/versions/9").Status(http.StatusNotFound)
	app.Get(e.workflow()+"/publish").Has("h2", "Nothing to publish")
	revision := app.Get(e.workflow() + "/versions/1").Value(`input[name="revision"]`)
	page := app.Post(e.workflow()+"/versions/1/restore", "revision", revision).Status(http.StatusSeeOther).Follow()
	if page.Value("#f-name") != "One" {
		t.Error("restoring version 1 shows something else")
	}
	app.Post(e.workflow()+"/archive", "confirm", "wrong").Status(http.StatusUnprocessableEntity)
	app.Post(e.workflow()+"/archive", "confirm", "One").Status(http.StatusSeeOther)
	app.Get(e.path).Status(http.StatusConflict)
	app.Get(e.workflow() + "/run").Status(http.StatusConflict)
	app.Get("/workflows?state=archived").Has(".row-title", "One")
	app.Post(e.workflow() + "/unarchive").Status(http.StatusSeeOther)
	app.Get(e.path).Status(http.StatusOK)
}

// TestWhoMaySeeAndRun asks as every role for a draft, a workflow open to operators and one that is not.
func TestWhoMaySeeAndRun(t *testing.T) {
	t.Parallel()
	app := testenv.New(t)
	connected := app.Connect(org.CustomApp)
	paths := map[string]string{}
	for _, name := range []string{"draft", "open", "closed"} {
		e := begin(t, app.Browser, "create_group", name, connected.ID)
		if name == "closed" {
			e.fields.Del("runners")
		}
		e.press("save")
		if name != "draft" {
			e.publish()
		}
		if name == "open" { // changed since it was published: only editors and auditors may see this
			e = open(t, app.Browser, e.path)
			e.fields.Set("name", "unpublished name")
			e.press("save")
		}
		paths[name] = e.workflow()
	}
	for role, want := range map[auth.Role]map[string][2]int{
		auth.Builder:  {"draft": {200, 409}, "open": {200, 200}, "closed": {200, 200}},
		auth.Operator: {"draft": {404, 404}, "open": {200, 200}, "closed": {404, 404}},
		auth.Auditor:  {"draft": {200, 403}, "open": {200, 403}, "closed": {200, 403}},
		auth.Employee: {"draft": {403, 404}, "open": {403, 404}, "closed": {403, 404}},
	} {
		b := app.As(role)
		for name, status := range want {
			if got := b.Get(paths[name]).Response.StatusCode; got != status[0] {
				t.Errorf("%s looks at %s: %d, want %d", role, name, got, status[0])
			}
			if got := b.Get(paths[name] + "/run").Response.StatusCode; got != status[1] {
				t.Errorf("%s opens the form of %s: %d, want %d", role, name, got, status[1])
			}
		}
	}
	operator := app.As(auth.Operator)
	for _, path := range []string{"/workflows", paths["open"], paths["open"] + "/run"} {
		if page := operator.Get(path); strings.Contains(page.Text, "unpublished name") {
			t.Errorf("%s tells an operator what is not published", path)
		}
	}
	if got := operator.Get("/workflows").All(".row-title"); !slices.Equal(got, []string{"open"}) {
		t.Errorf("an operator's list: %v", got)
	}
	operator.Get(paths["open"] + "/edit").Status(http.StatusForbidden)
	operator.Get(paths["open"] + "/versions").Status(http.StatusNotFound)
	app.As(auth.Auditor).Get(paths["open"] + "/versions").Status(http.StatusOK)
}
