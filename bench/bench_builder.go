package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strconv"
	"strings"

	"caracal/engine"
	"caracal/form"
	"caracal/workflow"
)

// benchBuilder measures the pages of a workflow of 200 steps, loops and operations among them, which ran before, so
// that its fields have previews: drawing the builder, a pause in typing, a button, and the page before publishing.
func benchBuilder(ctx context.Context, dir string, _, _ int) (lines []line, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	f, err := start(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.close()) }()
	flow, err := f.longWorkflow(ctx)
	if err != nil {
		return nil, fmt.Errorf("make a workflow of %d steps: %w", workflow.MaxSteps, err)
	}
	path := "/workflows/" + flow.ID
	n, first := 0, flow.Draft.Steps[0].ID
	save := func(press bool) func() error {
		return func() error {
			n++
			values := f.posted(flow)
			if press { // down and up again
				values.Set("do", [...]string{"up", "down"}[n%2]+"-step:"+first)
				flow.Draft = flow.Draft.MoveStep(first, 2*(n%2)-1)
			} else {
				values.Set("step."+first+".title", "Step "+strconv.Itoa(n))
			}
			r := httptest.NewRequest(http.MethodPost, path+"/edit", strings.NewReader(values.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Sec-Fetch-Site", "same-origin")
			r.Header.Set("Hx-Request", "true")
			r.Header.Set("Hx-Request-Type", "partial")
			w, err := f.send(f.app.Server, r)
			if _, rest, ok := strings.Cut(w.Body.String(), `name="revision" value="`); ok { // as the page would post it next
				number, _, _ := strings.Cut(rest, `"`)
				flow.Revision, err = strconv.ParseInt(number, 10, 64)
			}
			return err
		}
	}
	yardstick := timed(f.ask(f.empty(), "/"))
	for _, p := range []struct {
		what string
		ask  func() error
	}{
		{"the builder", f.ask(f.app.Server, path+"/edit")},
		{"a pause in typing", save(false)},
		{"a button", save(true)},
		{"before publishing", f.ask(f.app.Server, path+"/publish")},
		{"its page", f.ask(f.app.Server, path)},
	} {
		t := timed(p.ask)
		l := beside(fmt.Sprintf("%d steps: %s", workflow.MaxSteps, p.what), t, yardstick, "empty server", "under 50ms")
		l.figure += fmt.Sprintf(", %d KB allocated", t.made>>10)
		lines, err = append(lines, l), errors.Join(err, l.err)
	}
	return lines, err
}

// longWorkflow stores and publishes a workflow of as many steps as one may have, and a run of it with what each gave.
func (f *filled) longWorkflow(ctx context.Context) (workflow.Workflow, error) {
	d := workflow.Definition{Name: "Long", Purpose: "Measures the builder.", ApplicationID: f.live,
		Inputs: []workflow.Input{{Name: "people", Label: "People", Kind: form.Users, Required: true}, {Name: "name", Label: "Name", Kind: form.Text, Required: true}}}
	for len(d.Steps) < workflow.MaxSteps {
		n := strconv.Itoa(len(d.Steps))
		loop := workflow.Step{ID: "each" + n, Title: "Each person " + n, Action: workflow.FlowForEach, Fields: map[string]string{workflow.ListField: "{{ inputs.people }}", "at_once": "5", "on_failed": workflow.LoopGoesOn}}
		in := workflow.Control{In: loop.ID}
		d.Steps = append(d.Steps,
			workflow.Step{ID: "find" + n, Title: "Find " + n, Action: "user.find", Fields: map[string]string{"login": "{{ lower(inputs.name) }}@example.com"}},
			workflow.Step{ID: "group" + n, Title: "Make a group " + n, Action: "group.create", Fields: map[string]string{"name": "{{ inputs.name }} " + n, "description": "For {{ steps.find" + n + ".output.name }}"},
				Control: workflow.Control{OnlyIf: `{{ steps.find` + n + `.output.login != "" }}`, Retries: 2, Pause: 60}},
			workflow.Step{ID: "app" + n, Title: "Make an app " + n, Action: "operation.create_user", Fields: map[string]string{"profile_first_name": "{{ steps.find" + n + ".output.first_name }}"}},
			loop,
			workflow.Step{ID: "add" + n, Title: "Add to the group " + n, Action: "group.add_member", Fields: map[string]string{"user": "{{ item }}", "group": "{{ steps.group" + n + ".output.id }}"}, Control: in})
	}
	w, err := f.app.DB.CreateWorkflow(ctx, d, f.ada)
	if err != nil {
		return w, err
	}
	v, err := f.app.DB.Publish(ctx, w.ID, w.Revision, "", f.ada)
	if err != nil {
		return w, err
	}
	f.workflow = w.ID
	if f.run, err = f.app.Engine.StartRun(ctx, engine.StartRequest{Version: v, By: f.ada, OnceToken: "long", Input: map[string]string{"people": "00u1aaaaaaaaaaaaaaaa,00u2aaaaaaaaaaaaaaaa", "name": "Long"}}); err != nil {
		return w, err
	}
	_, err = f.app.DB.Writer().ExecContext(ctx, `UPDATE run_step SET state = 'done', output = '{"id":"00g1aaaaaaaaaaaaaaaa","login":"ada@example.com","name":"Ada","first_name":"Ada"}' WHERE run_id = $1`, f.run)
	return w, err
}

// posted is what the builder's form posts of a draft.
func (f *filled) posted(flow workflow.Workflow) url.Values {
	d := flow.Draft
	v := url.Values{"name": {d.Name}, "purpose": {d.Purpose}, "application_id": {d.ApplicationID}, "editor": {"bench"}, "revision": {strconv.FormatInt(flow.Revision, 10)}}
	for _, in := range d.Inputs {
		v.Add("input", in.ID())
		v.Set("input."+in.ID()+".label", in.Label)
		v.Set("input."+in.ID()+".kind", string(in.Kind))
		v.Set("input."+in.ID()+".required", "true")
	}
	for _, s := range d.Steps {
		v.Add("step", s.ID)
		v.Set("step."+s.ID+".title", s.Title)
		v.Set("step."+s.ID+".in", s.Block().String())
		v.Set("step."+s.ID+".only_if", s.OnlyIf)
		for name, value := range s.Fields {
			v.Set("step."+s.ID+".field."+name, value)
		}
	}
	return v
}
