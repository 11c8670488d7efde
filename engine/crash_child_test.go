package engine

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"caracal/db"
	"caracal/fault"
	"caracal/workflow"
)

// The child of the crash test is this test binary, started again: a database, an engine and an executor that
// speaks HTTP to the org in the parent. It takes commands on its input and answers on its output.
const (
	childDB  = "CARACAL_CRASH_CHILD"
	childOrg = "CARACAL_CRASH_ORG"
)

func childMain() int {
	if err := child(context.Background(), os.Getenv(childDB), os.Getenv(childOrg)); err != nil {
		fmt.Fprintln(os.Stderr, "child:", err)
		return 1
	}
	return 0
}

func child(ctx context.Context, path, org string) error {
	d, err := db.Open(ctx, path, db.Options{})
	if err != nil {
		return err
	}
	client := &orgClient{base: org}
	e, err := New(Config{DB: d, Executor: workflow.Executor{Do: client.do, Find: client.find}, Spec: crashSpecs, Workers: 4, Settle: time.Second, Lease: 500 * time.Millisecond})
	if err != nil {
		return err
	}
	if err := e.Start(ctx); err != nil {
		return err
	}
	fmt.Println("ready")
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		word := strings.Fields(in.Text())
		switch word[0] {
		case "start":
			id, err := e.StartRun(ctx, StartRequest{Version: crashVersion(), Input: map[string]string{"label": word[1]}, By: ada, OnceToken: word[1]})
			if err != nil {
				return err
			}
			fmt.Println("accepted", word[1], id)
		case "decide":
			if err := e.Decide(ctx, word[1], int(word[2][0]-'0'), Decision(word[3]), ada); err != nil {
				return err
			}
		case "settle":
			runs, err := settled(ctx, d, e)
			if err != nil {
				return err
			}
			text, err := json.Marshal(runs)
			if err != nil {
				return err
			}
			fmt.Println("runs", string(text))
		case "quit":
			return errors.Join(e.Stop(ctx), d.Close())
		}
	}
	return in.Err()
}

// settled waits until every run has ended or asks, and returns them all.
func settled(ctx context.Context, d *db.DB, e *Engine) ([]workflow.Run, error) {
	for {
		changed := e.Changed()
		counts, err := d.RunCounts(ctx, dbAll)
		if err != nil {
			return nil, err
		}
		if counts[workflow.RunQueued]+counts[workflow.RunRunning]+counts[workflow.RunWaiting] == 0 {
			break
		}
		<-changed
	}
	list, _, err := d.RunList(ctx, db.RunFilter{Limit: 100_000})
	for i := range list {
		if list[i], err = d.Run(ctx, list[i].ID); err != nil {
			return nil, err
		}
	}
	return list, err
}

// crashVersion makes an application, renames it, which is harmless to repeat, and makes two more; whether the
// last is there can't be found out.
func crashVersion() workflow.Version {
	make1 := func(id, action, label string) workflow.Step {
		return workflow.Step{ID: id, Title: id, Action: action, Fields: map[string]string{"label": label, "app": "{{ steps.one.output.id }}"}}
	}
	steps := []workflow.Step{make1("one", "app.create", "{{ inputs.label }}-one"), make1("name", "app.update", "{{ inputs.label }}-one"),
		make1("two", "app.create", "{{ inputs.label }}-two"), make1("blind", "app.create_blind", "{{ inputs.label }}-blind")}
	delete(steps[0].Fields, "app")
	return workflow.Version{WorkflowID: "wf_crash", Number: 1, Definition: workflow.Definition{Name: "Crash", ApplicationID: "app_1", Steps: steps}}
}

func crashSpecs(id string) (workflow.ActionSpec, bool) {
	spec := workflow.ActionSpec{ID: id, Repeat: workflow.Never, Outputs: []workflow.OutputField{{Name: "id"}}}
	if id == "app.update" {
		spec.Repeat = workflow.Harmless
	}
	return spec, true
}

// orgClient is a small client of the org's Management API.
type orgClient struct{ base string }

const crashToken = "crash-test-token"

func (c *orgClient) do(ctx context.Context, call workflow.Call) (workflow.Result, error) {
	body := map[string]any{"name": "bookmark", "label": call.Input["label"], "signOnMode": "BOOKMARK",
		"settings": map[string]any{"app": map[string]any{"requestIntegration": false, "url": "https://example.com"}}}
	method, path := http.MethodPost, "/api/v1/apps"
	if call.Action == "app.update" {
		method, path = http.MethodPut, "/api/v1/apps/"+call.Input["app"]
	}
	var app struct{ ID string }
	if err := c.call(ctx, method, path, body, &app); err != nil {
		return workflow.Result{}, err
	}
	return workflow.Result{Output: workflow.Output{"id": app.ID}}, nil
}

func (c *orgClient) find(ctx context.Context, call workflow.Call) (workflow.Finding, error) {
	if call.Action == "app.create_blind" {
		return workflow.Finding{Words: "It can't be told."}, nil
	}
	var apps []struct{ ID, Label string }
	if err := c.call(ctx, http.MethodGet, "/api/v1/apps?q="+url.QueryEscape(call.Input["label"]), nil, &apps); err != nil {
		return workflow.Finding{}, err
	}
	for _, a := range apps {
		if a.Label == call.Input["label"] {
			return workflow.Finding{Known: true, Done: true, Output: workflow.Output{"id": a.ID}, Words: "It is there."}, nil
		}
	}
	return workflow.Finding{Known: true, Words: "It is not there."}, nil
}

func (c *orgClient) call(ctx context.Context, method, path string, body, into any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "SSWS "+crashToken)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		if method == http.MethodGet {
			f := fault.New(fault.Busy, "The org did not answer.").Because(err)
			f.RetryAt = time.Now()
			return f
		}
		return fault.New(fault.Uncertain, "The connection was lost.").Because(err)
	}
	defer resp.Body.Close()
	text, err = io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode >= 500 {
		return fault.New(fault.Uncertain, "The answer was lost.").Because(err)
	}
	if resp.StatusCode >= 400 {
		return fault.New(fault.Upstream, "Okta refused: %s", text)
	}
	return json.Unmarshal(text, into)
}
