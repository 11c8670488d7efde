package handlers_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"caracal/auth"
	"caracal/internal/testenv"
)

// TestRolesThatWereTakenAway: who may not run a workflow any more can neither go on with a run of an older version that
// was open to them, nor take one back.
func TestRolesThatWereTakenAway(t *testing.T) {
	t.Parallel()
	app := testenv.New(t, testenv.Stopped)
	path := forPeople(t, app, auth.Operator)
	olga := app.As(auth.Operator)
	once := olga.Get(path + "/run").Value(`input[name="once"]`)
	run := olga.Post(path+"/runs", "once", once, "version", "1", "team", "Servals").Status(http.StatusSeeOther).Response.Header.Get("Location")
	run = "/runs/" + strings.TrimPrefix(run, "/results/")
	write := func(query string, args ...any) {
		t.Helper()
		if _, err := app.App.DB.Writer().Exec(query, args...); err != nil {
			t.Fatal(err)
		}
	}
	write("UPDATE run SET state = 'failed', error = 'Okta refused it.', ended_at = $1 WHERE $1 <> ''", time.Now().UTC().Format("2006-01-02T15:04:05.000000Z"))
	write("UPDATE run_step SET state = 'done', attempts = 1, output = '{\"id\":\"00g1\"}' WHERE idx = $1", 0)
	token := app.Token(auth.Operator)
	api := func(method, path string) int {
		t.Helper()
		r := app.Request(method, "/api/v1"+path, http.Header{"Authorization": {"Bearer " + token}, "Content-Type": {"application/json"}})
		if method == http.MethodPost {
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader("{}")), 2
		}
		return app.Anonymous().Do(r).Response.StatusCode
	}
	olga.Get(run + "/continue").Status(http.StatusOK)
	olga.Get(run + "/undo").Status(http.StatusOK)
	if got := api(http.MethodGet, run+"/undo"); got != http.StatusOK {
		t.Fatalf("the plan of an undo over the API: %d", got)
	}

	id := strings.TrimPrefix(path, "/workflows/")
	v, err := app.App.DB.WorkflowVersion(t.Context(), id, 1)
	if err != nil {
		t.Fatal(err)
	}
	v.Definition.Runners = nil
	raw, err := json.Marshal(v.Definition)
	if err != nil {
		t.Fatal(err)
	}
	write("INSERT INTO workflow_version (workflow_id, number, definition, note, created_at, created_by) VALUES ($1, 2, $2, '', '', '')", id, string(raw))
	write("UPDATE workflow SET published = 2 WHERE id = $1", id)

	olga.Get(run).Status(http.StatusOK).HasNot(`a[href$="/continue"]`).HasNot(`a[href$="/undo"]`)
	for _, do := range []string{"/continue", "/undo"} {
		olga.Get(run + do).Status(http.StatusForbidden)
	}
	olga.Post(run+"/continue", "version", "1", "do", "continue", "team", "Servals").Status(http.StatusForbidden)
	for _, ask := range [][2]string{{http.MethodPost, "/continue"}, {http.MethodPost, "/continue/plan"}, {http.MethodGet, "/undo"}, {http.MethodPost, "/undo"}} {
		if got := api(ask[0], run+ask[1]); got != http.StatusForbidden {
			t.Errorf("%s %s: %d", ask[0], ask[1], got)
		}
	}
	app.As(auth.Builder).Get(run + "/continue").Status(http.StatusOK)
}
