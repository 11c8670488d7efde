package handlers_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"caracal/auth"
	"caracal/db"
	"caracal/form"
	"caracal/internal/testenv"
	"caracal/oktasim"
	"caracal/org"
	"caracal/twin"
	"caracal/workflow"
)

// undoWorld is an app with a workflow that makes a group, puts people into it one by one and suspends one of them.
type undoWorld struct {
	t      *testing.T
	app    *testenv.App
	id     string // of the application
	path   string // of the workflow
	people []string
	before oktasim.State
}

func newUndoWorld(t *testing.T, runners ...auth.Role) *undoWorld {
	t.Helper()
	w := &undoWorld{t: t, app: testenv.New(t, testenv.Company)}
	w.id = w.app.Connect(org.CustomApp).ID
	for _, login := range []string{"u1@x.example", "u2@x.example", "u3@x.example"} {
		made := orgCall(t, w.app, http.MethodPost, "/api/v1/users?activate=true", `{"profile":{"firstName":"U","lastName":"X","login":"`+login+`","email":"`+login+`","title":"Old"},
			"credentials":{"password":{"value":"Analytical1Engine"}}}`)
		w.people = append(w.people, made["id"].(string))
	}
	w.path = publish(t, w.app, workflow.Definition{Name: "Project team", ApplicationID: w.id, Runners: runners,
		Inputs: []workflow.Input{{Name: "name", Label: "Name", Kind: form.Text, Required: true}, {Name: "people", Label: "People", Kind: form.Users, Required: true}, {Name: "out", Label: "Out", Kind: form.User, Required: true}},
		Steps: []workflow.Step{
			{ID: "make", Title: "Make the group", Action: "group.create", Fields: map[string]string{"name": "{{ inputs.name }}"}},
			{ID: "each", Title: "For each", Action: workflow.FlowForEach, Fields: map[string]string{"list": "{{ inputs.people }}", "at_once": "2", "on_failed": "go_on"}},
			{ID: "join", Title: "Join", Action: "group.add_member", Fields: map[string]string{"user": "{{ item }}", "group": "{{ steps.make.output.id }}"}, Control: workflow.Control{In: "each"}},
			{ID: "title", Title: "New title", Action: "user.update", Fields: map[string]string{"user": "{{ item }}", "title": "Member of {{ inputs.name }}"}, Control: workflow.Control{In: "each"}},
			{ID: "stop", Title: "Suspend", Action: "user.suspend", Fields: map[string]string{"user": "{{ inputs.out }}"}},
			{ID: "sign_out", Title: "Sign out", Action: "user.clear_sessions", Fields: map[string]string{"user": "{{ inputs.out }}"}},
			{ID: "tell", Title: "Tell", Action: workflow.FlowNote, Fields: map[string]string{"text": "Done."}},
		}})
	w.before = w.app.Org.State()
	return w
}

// run carries the workflow out and returns its run.
func (w *undoWorld) run() workflow.Run {
	w.t.Helper()
	form := w.app.Get(w.path + "/run")
	at := w.app.Post(w.path+"/runs", "once", form.Value(`input[name="once"]`), "version", "1", "name", "Skylab", "people", strings.Join(w.people, ","), "out", w.people[0]).
		Status(http.StatusSeeOther).Response.Header.Get("Location")
	return w.ended(at)
}

func (w *undoWorld) ended(at string) workflow.Run {
	w.t.Helper()
	w.app.Eventually("the run to end", func() bool { return runOf(w.t, w.app, at).State.Ended() })
	run := runOf(w.t, w.app, at)
	if run.State != workflow.RunSucceeded {
		w.t.Fatalf("the run %s %s: %s", run.Name, run.State, run.Error)
	}
	return run
}

func (w *undoWorld) differs(from oktasim.State) (words []string) {
	for _, c := range twin.Diff(from, w.app.Org.State()) {
		words = append(words, c.Words())
	}
	return words
}

// sent are the fields of a form as the page filled them in.
func sent(page *testenv.Page, names ...string) (fields []string) {
	for _, name := range names {
		for _, v := range page.Values(`input[name="` + name + `"]`) {
			fields = append(fields, name, v)
		}
	}
	return fields
}

// ask ticks what a plan suggests and returns the last question.
func (w *undoWorld) ask(run workflow.Run) *testenv.Page {
	w.t.Helper()
	plan := w.app.Get("/runs/" + run.ID + "/undo").Status(http.StatusOK)
	var fields []string
	for _, id := range plan.Values(`input[name="do"][checked]`) {
		fields = append(fields, "do", id)
	}
	return w.app.Post("/runs/"+run.ID+"/undo/ask", fields...).Status(http.StatusOK)
}

func TestUndoARun(t *testing.T) {
	t.Parallel()
	w := newUndoWorld(t)
	run := w.run()
	w.app.Get("/runs/"+run.ID).Has("a", "Undo…")

	plan := w.app.Get("/runs/" + run.ID + "/undo").Status(http.StatusOK)
	if got := plan.Values(`input[name="do"]`); len(got) != 8 || !strings.HasSuffix(got[0], ":4") && !strings.HasPrefix(got[0], run.ID) {
		t.Errorf("it offers %v", got)
	}
	plan.Has(".undo-counts", "8 can be taken back", "1 can't come back").Has("#never-title", "can't come back").Has("main", "Sessions and tokens that were ended").
		Has(".undo-place", "u3@x.example").Has("main", "Old", "Member of Skylab", "Active", "Suspended", "What it made is deleted")

	ask := w.ask(run)
	ask.Has("h1", "Take back 8 changes?").Has("main", "Type Project team to confirm")
	fields := append(sent(ask, "once", "hash", "do", "rest"), "confirm", "Project tea")
	rehearsed := w.app.Post("/runs/"+run.ID+"/undo/rehearse", fields...).Status(http.StatusSeeOther).Response.Header.Get("Location")
	w.app.App.Rehearse.Wait()
	w.app.Get(rehearsed).Has("main", "Undo of Project team", "Skylab is deleted", "Member of Skylab")
	w.app.Post("/runs/"+run.ID+"/undo", fields...).Status(http.StatusUnprocessableEntity).Has("#f-confirm-error", "not the run's name")
	fields[len(fields)-1] = "Project team"
	at := w.app.Post("/runs/"+run.ID+"/undo", fields...).Status(http.StatusSeeOther).Response.Header.Get("Location")
	if again := w.app.Post("/runs/"+run.ID+"/undo", fields...).Status(http.StatusSeeOther).Response.Header.Get("Location"); again != at {
		t.Errorf("pressed twice, it leads to %s and %s", at, again)
	}
	undo := w.ended(at)
	if left := w.differs(w.before); len(left) > 0 {
		t.Errorf("after the undo it is different: %s", strings.Join(left, "; "))
	}
	w.app.Get(at).Has("h1", "Undo of Project team").Has("main", "Takes back Project team", "Take back: Suspend", "Take back: For each").HasNot(`a[href*="/run?from="]`).
		Has("#run-steps", "Unsuspends U X", "Skylab")
	w.app.Get("/runs/"+run.ID).Has("main", "Undo of Project team")
	w.app.Get("/runs").Has("main", "Undo of Project team")
	w.app.Get("/runs/"+run.ID+"/undo").Has("#taken-title", "Taken back already").HasNot(`input[name="do"]`)
	w.app.Get("/audit").Has("main", "run.undo_started")

	// The undo is taken back like any run; the group is another one then, so what needs it does not come back.
	redo := w.app.Get("/runs/" + undo.ID + "/undo").Status(http.StatusOK)
	redo.Has("#never-title", "can't come back")
	ask = w.ask(undo)
	at = w.app.Post("/runs/"+undo.ID+"/undo", sent(ask, "once", "hash", "do", "rest")...).Status(http.StatusSeeOther).Response.Header.Get("Location")
	w.app.Eventually("the redo to end", func() bool { return runOf(t, w.app, at).State.Ended() })
	w.app.Get(at).Has("h1", "Redo of Project team")
}

// TestUndoLeavesWhatOthersChanged holds that what somebody changed since is not ticked, and is left even when it was
// changed only after the plan was looked over.
func TestUndoLeavesWhatOthersChanged(t *testing.T) {
	t.Parallel()
	w := newUndoWorld(t)
	run := w.run()
	orgCall(t, w.app, http.MethodPost, "/api/v1/users/"+w.people[1], `{"profile":{"title":"Chief"}}`)
	plan := w.app.Get("/runs/" + run.ID + "/undo")
	plan.Has(".undo-counts", "7 can be taken back", "1 changed since by somebody else").Has(".undo-entry[data-state=changed]", "Somebody changed it since", "“Chief”", "Member of Skylab")
	if n := len(plan.Values(`input[name="do"][checked]`)); n != 7 {
		t.Errorf("%d are ticked, and not 7", n)
	}
	ask := w.ask(run)
	fields := append(sent(ask, "once", "hash", "do", "rest"), "confirm", "Project team")

	// Somebody joins the group after the plan was looked over: the plan is shown anew, and nothing was started.
	group := pick(t, w.app, w.id, form.Group, "Skylab")
	guest := orgCall(t, w.app, http.MethodPost, "/api/v1/users?activate=false", `{"profile":{"firstName":"G","lastName":"G","login":"guest@x.example","email":"guest@x.example"}}`)["id"].(string)
	orgCall(t, w.app, http.MethodPut, "/api/v1/groups/"+group+"/users/"+guest, "")
	page := w.app.Post("/runs/"+run.ID+"/undo", fields...).Status(http.StatusConflict)
	page.Has("main", "Something was changed since you looked it over", "guest@x.example")
	if list, err := w.app.App.DB.UndosOf(t.Context(), run.ID); err != nil || len(list) > 0 {
		t.Fatalf("it was started: %v %v", list, err)
	}
	plan = w.app.Get("/runs/" + run.ID + "/undo")
	plan.Has(".undo-counts", "6 can be taken back", "2 changed since")

	ask = w.ask(run)
	at := w.app.Post("/runs/"+run.ID+"/undo", sent(ask, "once", "hash", "do", "rest")...).Status(http.StatusSeeOther).Response.Header.Get("Location")
	w.ended(at)
	left := strings.Join(w.differs(w.before), "; ")
	for _, want := range []string{"Skylab is created", "title: Old → Chief", "guest@x.example joins Skylab"} {
		if !strings.Contains(left, want) {
			t.Errorf("%q is not among what is left: %s", want, left)
		}
	}
	if strings.Contains(left, "SUSPENDED") || strings.Contains(left, "u1@x.example joins") {
		t.Errorf("left is %s", left)
	}

	// What was left can be taken back later, by a person who sees what it is now.
	plan = w.app.Get("/runs/" + run.ID + "/undo")
	chosen := plan.Values(`input[name="do"]`)
	if len(chosen) != 2 {
		t.Fatalf("it offers %v", chosen)
	}
	ask = w.app.Post("/runs/"+run.ID+"/undo/ask", "do", chosen[0], "do", chosen[1]).Status(http.StatusOK)
	at = w.app.Post("/runs/"+run.ID+"/undo", append(sent(ask, "once", "hash", "do"), "confirm", "Project team")...).Status(http.StatusSeeOther).Response.Header.Get("Location")
	w.ended(at)
	left = strings.Join(w.differs(w.before), "; ")
	if left != "guest@x.example is created; guest@x.example joins Everyone" {
		t.Errorf("left is %s", left)
	}
}

// TestUndoSaysWhatOktaRefuses holds that a plan says beforehand what Okta will refuse for the state of somebody, what is
// gone, and that what it suggests is refused nothing.
func TestUndoSaysWhatOktaRefuses(t *testing.T) {
	t.Parallel()
	w := newUndoWorld(t)
	run := w.run()
	orgCall(t, w.app, http.MethodPost, "/api/v1/users/"+w.people[0]+"/lifecycle/deactivate", "")
	orgCall(t, w.app, http.MethodPost, "/api/v1/users/"+w.people[1]+"/lifecycle/deactivate", "")
	orgCall(t, w.app, http.MethodPost, "/api/v1/users/"+w.people[2]+"/lifecycle/deactivate", "")
	orgCall(t, w.app, http.MethodDelete, "/api/v1/users/"+w.people[2], "")
	plan := w.app.Get("/runs/" + run.ID + "/undo").Status(http.StatusOK)
	plan.Has(".undo-counts", "3 Okta would refuse").Has(".undo-entry[data-state=refused]", "there is no suspension to end").
		Has(".undo-entry[data-state=refused] + .undo-entry, .undo-entry[data-state=refused]", "Okta changes no profile of a deactivated account").
		Has(".undo-entry[data-state=never]", "was deleted since")
	for _, id := range plan.Values(`.undo-entry[data-state=refused] input[name="do"][checked]`) {
		t.Errorf("%s is ticked, and Okta would refuse it", id)
	}
	// A person who activates the account sees that it can be taken back.
	orgCall(t, w.app, http.MethodPost, "/api/v1/users/"+w.people[1]+"/lifecycle/activate?sendEmail=false", "")
	w.app.Get("/runs/"+run.ID+"/undo").Has(".undo-counts", "2 Okta would refuse")
	ask := w.ask(run)
	at := w.app.Post("/runs/"+run.ID+"/undo", append(sent(ask, "once", "hash", "do", "rest"), "confirm", "Project team")...).Status(http.StatusSeeOther).Response.Header.Get("Location")
	w.ended(at)
	if u, _ := w.app.Org.FindUser(w.people[1]); u.Profile["title"] != "Old" {
		t.Errorf("the title is %v", u.Profile["title"])
	}
}

// TestUndoSomething holds that what was not ticked stays, and that one item can be taken back from its own page.
func TestUndoSomething(t *testing.T) {
	t.Parallel()
	w := newUndoWorld(t)
	run := w.run()
	page := w.app.Post("/runs/" + run.ID + "/undo/ask").Status(http.StatusUnprocessableEntity)
	page.Has(".alert", "Tick at least one change")
	plan := w.app.Get("/runs/" + run.ID + "/undo")
	first := plan.Values(`input[name="do"]`)[0]
	ask := w.app.Post("/runs/"+run.ID+"/undo/ask", "do", first).Status(http.StatusOK)
	at := w.app.Post("/runs/"+run.ID+"/undo", sent(ask, "once", "hash", "do")...).Status(http.StatusSeeOther).Response.Header.Get("Location")
	w.ended(at)
	if u, _ := w.app.Org.FindUser(w.people[0]); u.Status != "ACTIVE" || u.Profile["title"] != "Member of Skylab" {
		t.Errorf("the person is %s, %v", u.Status, u.Profile["title"])
	}
	items, _, err := w.app.App.DB.Children(t.Context(), db.ChildFilter{ParentID: run.ID, Step: 1})
	if err != nil || len(items) != 3 {
		t.Fatal(items, err)
	}
	item := "/runs/" + items[1].ID
	w.app.Get(item).Has("a", "Undo…")
	ask = w.ask(runOf(t, w.app, item))
	at = w.app.Post(item+"/undo", sent(ask, "once", "hash", "do")...).Status(http.StatusSeeOther).Response.Header.Get("Location")
	w.ended(at)
	if u, _ := w.app.Org.FindUser(w.people[1]); u.Profile["title"] != "Old" || len(u.Groups) != 1 {
		t.Errorf("the person is %v in %v", u.Profile["title"], u.Groups)
	}
	w.app.Get("/runs/"+run.ID+"/undo").Has(".undo-counts", "5 can be taken back", "3 taken back")
}

// TestUndoBelongsToThose who may run the workflow.
func TestUndoBelongsToThose(t *testing.T) {
	t.Parallel()
	w := newUndoWorld(t)
	run := w.run()
	auditor := w.app.As(auth.Auditor)
	auditor.Get("/runs/" + run.ID).HasNot(`a[href$="/undo"]`)
	auditor.Get("/runs/" + run.ID + "/undo").Status(http.StatusForbidden)
	w.app.As(auth.Operator).Get("/runs/" + run.ID + "/undo").Status(http.StatusOK)
	w.app.As(auth.Builder).Get("/runs/" + run.ID + "/undo").Status(http.StatusOK)

	closed := newUndoWorld(t, auth.Builder)
	run = closed.run()
	operator := closed.app.As(auth.Operator)
	operator.Get("/runs/" + run.ID).HasNot(`a[href$="/undo"]`)
	operator.Get("/runs/" + run.ID + "/undo").Status(http.StatusForbidden)
	operator.Post("/runs/"+run.ID+"/undo", "do", run.ID+":4").Status(http.StatusForbidden)
}

// TestUndoByAProgram goes the same way over the API.
func TestUndoByAProgram(t *testing.T) {
	t.Parallel()
	w := newUndoWorld(t)
	run := w.run()
	token := w.app.Token(auth.Operator)
	call := func(method, path, body, key string, want int, into any) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, w.app.URL+"/api/v1"+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Content-Type", "application/json")
		if key != "" {
			r.Header.Set("Idempotency-Key", key)
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if resp.StatusCode != want {
			t.Fatalf("%s %s: %s, want %d", method, path, resp.Status, want)
		}
		if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
			t.Fatal(err)
		}
	}
	var plan struct {
		Plan    string
		Removes bool
		Changes []struct {
			ID, State, Why string
			Suggested      bool
		}
	}
	call("GET", "/runs/"+run.ID+"/undo", "", "", http.StatusOK, &plan)
	if len(plan.Changes) != 9 || !plan.Removes || plan.Changes[0].State != "never" || plan.Changes[0].Why == "" {
		t.Fatalf("the plan is %+v", plan)
	}
	var problem struct{ Error struct{ Message string } }
	call("POST", "/runs/"+run.ID+"/undo", `{"plan":"another"}`, "", http.StatusConflict, &problem)
	var first, second struct {
		ID, State, Name, Undoes string
		Replayed                bool
	}
	body := `{"plan":"` + plan.Plan + `","take_back":["` + plan.Changes[1].ID + `"]}`
	call("POST", "/runs/"+run.ID+"/undo", body, "k1", http.StatusCreated, &first)
	call("POST", "/runs/"+run.ID+"/undo", body, "k1", http.StatusOK, &second)
	if first.ID != second.ID || !second.Replayed || first.Undoes != run.ID || first.Name != "Undo of Project team" {
		t.Errorf("%+v, then %+v", first, second)
	}
	w.ended("/runs/" + first.ID)
	if u, _ := w.app.Org.FindUser(w.people[0]); u.Status != "ACTIVE" {
		t.Errorf("the person is %s", u.Status)
	}
	call("POST", "/runs/"+run.ID+"/undo", `{"take_back":["`+plan.Changes[1].ID+`"]}`, "", http.StatusUnprocessableEntity, &problem)
	call("POST", "/runs/"+run.ID+"/undo", `{"takeback":["`+plan.Changes[0].ID+`"]}`, "", http.StatusBadRequest, &problem) // misspelt, it would take all back
	call("POST", "/runs/"+run.ID+"/undo", `{"take_back":["`+plan.Changes[8].ID+`","run_none:0"]}`, "", http.StatusUnprocessableEntity, &problem)
	if !strings.Contains(problem.Error.Message, "run_none:0") {
		t.Errorf("an unknown change: %s", problem.Error.Message)
	}
	call("POST", "/runs/"+run.ID+"/undo", "", "", http.StatusUnprocessableEntity, &problem) // its name is not typed
	var rehearsed struct{ ID string }
	call("POST", "/runs/"+run.ID+"/undo/rehearsals", "", "", http.StatusCreated, &rehearsed)
	w.app.App.Rehearse.Wait()
	var found struct {
		State   string
		Changes []struct{ Words string }
	}
	call("GET", "/rehearsals/"+rehearsed.ID, "", "", http.StatusOK, &found)
	if found.State != "ready" || len(found.Changes) == 0 {
		t.Errorf("the rehearsal is %+v", found)
	}
	call("POST", "/runs/"+run.ID+"/undo", `{"confirm":"Project team"}`, "", http.StatusCreated, &first)
	w.ended("/runs/" + first.ID)
	if left := w.differs(w.before); len(left) > 0 {
		t.Errorf("after the undo it is different: %s", strings.Join(left, "; "))
	}
}
