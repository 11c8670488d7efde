package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"caracal/auth"
	"caracal/engine"
	"caracal/form"
	"caracal/internal/app"
	"caracal/oktasim"
	"caracal/org"
	"caracal/secret"
	"caracal/undo"
	"caracal/workflow"
)

// benchChanges is how many changes one run makes, each by an item of a for-each.
const benchChanges = 1000

// undoBench is an installation beside an org with people in it.
type undoBench struct {
	app    *app.App
	sim    *oktasim.Org
	url    string
	people []string
	by     auth.User
}

// benchUndo makes a run of many changes, plans how it is taken back and takes it back, beside a bare loop that only sends
// the same changes, which is what a run that keeps nothing would send.
func benchUndo(ctx context.Context, dir string, _, _ int) (lines []line, err error) {
	b, application, closeAll, err := newUndoBench(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, closeAll()) }()
	return b.measure(ctx, application)
}

// newUndoBench makes an installation with an application, and returns how to end it.
func newUndoBench(ctx context.Context, dir string) (b *undoBench, application string, closeAll func() error, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, "", nil, err
	}
	limits := map[string]int{}
	for _, b := range oktasim.Buckets() {
		limits[b] = 1e6
	}
	b = &undoBench{by: auth.User{ID: "usr_bench", Name: "Ada", Roles: []auth.Role{auth.Admin}}, sim: oktasim.New(oktasim.Config{Settings: oktasim.Settings{RateLimits: limits}})}
	server := httptest.NewServer(b.sim)
	closeAll = func() error {
		server.Close()
		return nil
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, closeAll())
		}
	}()
	b.url = server.URL
	b.sim.SetBaseURL(b.url)
	b.sim.AddSSWS("bench")
	const url = "http://127.0.0.1:8080"
	ready, err := app.PrepareDemo(b.sim, b.url, url)
	if err != nil {
		return nil, "", nil, err
	}
	keys, err := secret.ParseKeyring(secret.NewKey("bench"))
	if err != nil {
		return nil, "", nil, err
	}
	if b.app, err = app.New(ctx, app.Config{Database: filepath.Join(dir, "caracal.db"), Keys: keys, Version: "bench", PublicURL: url, SignIn: ready.SignIn,
		Share: 1, Hosts: org.HostRule{Loopback: []string{strings.TrimPrefix(b.url, "http://")}}}); err != nil {
		return nil, "", nil, err
	}
	closeAll = func() error {
		err := b.app.Close()
		server.Close()
		return err
	}
	if err := b.app.Start(ctx); err != nil {
		return nil, "", nil, err
	}
	f := &filled{app: b.app, sim: server}
	if err := f.connectSim(ctx, ready.Demo.Custom, b.by); err != nil {
		return nil, "", nil, err
	}
	for i := range benchChanges {
		id, err := b.sim.AddPerson(oktasim.Person{First: "Row", Last: strconv.Itoa(i), Login: "row" + strconv.Itoa(i) + "@example.com"})
		if err != nil {
			return nil, "", nil, err
		}
		b.people = append(b.people, id)
	}
	return b, f.live, closeAll, nil
}

func (b *undoBench) measure(ctx context.Context, application string) ([]line, error) {
	bare, err := b.bare(ctx)
	if err != nil {
		return nil, err
	}
	v, err := b.publish(ctx, workflow.Definition{Name: "Leave", ApplicationID: application, Inputs: []workflow.Input{{Name: "people", Label: "People", Kind: form.LongText}},
		Steps: []workflow.Step{
			{ID: "each", Title: "Each", Action: workflow.FlowForEach, Fields: map[string]string{"list": `{{ split(inputs.people, ",") }}`, "at_once": "5", "on_failed": "stop"}},
			{ID: "title", Title: "Title", Action: "user.update", Fields: map[string]string{"user": "{{ item }}", "title": "On leave"}, Control: workflow.Control{In: "each"}}}})
	if err != nil {
		return nil, err
	}
	before, began := b.calls(), time.Now()
	id, err := b.app.Engine.StartRun(ctx, engine.StartRequest{Version: v, Input: map[string]string{"people": strings.Join(b.people, ",")}, By: b.by})
	if err != nil {
		return nil, err
	}
	if err := b.ended(ctx, id); err != nil {
		return nil, err
	}
	ran, reads := time.Since(began), b.calls()-before-benchChanges

	var start, end runtime.MemStats
	runtime.ReadMemStats(&start)
	began = time.Now()
	p, err := b.app.Undo.Plan(ctx, id, nil)
	if err != nil {
		return nil, err
	}
	planned := time.Since(began)
	runtime.ReadMemStats(&end)
	if len(p.Ticked()) != benchChanges {
		return nil, fmt.Errorf("%d of %d changes are taken back", len(p.Ticked()), benchChanges)
	}
	before, began = b.calls(), time.Now()
	started, err := b.app.Undo.Start(ctx, undo.Request{Plan: p, By: b.by})
	if err != nil {
		return nil, err
	}
	accepted := time.Since(began)
	if err := b.ended(ctx, started.ID); err != nil {
		return nil, err
	}
	undone, undoReads := time.Since(began), b.calls()-before-benchChanges
	what := func(words string) string { return fmt.Sprintf("%s of %d changes", words, benchChanges) }
	return []line{
		{what: what("run"), figure: ran.Round(time.Millisecond).String(), yardstick: bare.Round(time.Millisecond).String() + " bare loop of the changes alone", ratio: fmt.Sprintf("%.1f", ran.Seconds()/bare.Seconds())},
		{what: "  reads that keep what is replaced", figure: strconv.Itoa(reads), yardstick: fmt.Sprintf("%d changes", benchChanges), ratio: fmt.Sprintf("%.2f", float64(reads)/benchChanges), goal: "1.00"},
		{what: what("undo"), figure: undone.Round(time.Millisecond).String(), yardstick: ran.Round(time.Millisecond).String() + " the run", ratio: fmt.Sprintf("%.1f", undone.Seconds()/ran.Seconds())},
		{what: "  its reads", figure: strconv.Itoa(undoReads), yardstick: fmt.Sprintf("%d changes", benchChanges), ratio: fmt.Sprintf("%.2f", float64(undoReads)/benchChanges)},
		{what: "  its plan, of which " + strconv.Itoa(p.Looked) + " compared", figure: planned.Round(time.Millisecond).String(), yardstick: fmt.Sprintf("%d MB allocated", (end.TotalAlloc-start.TotalAlloc)>>20)},
		{what: "  accepted", figure: accepted.Round(time.Millisecond).String()},
	}, nil
}

// bare gives everybody a title with five loops at once.
func (b *undoBench) bare(ctx context.Context) (time.Duration, error) {
	began := time.Now()
	var wait sync.WaitGroup
	var next atomic.Int64
	errs := make([]error, 5)
	for i := range errs {
		wait.Go(func() {
			for n := next.Add(1) - 1; n < int64(len(b.people)) && errs[i] == nil; n = next.Add(1) - 1 {
				req, err := http.NewRequestWithContext(ctx, http.MethodPost, b.url+"/api/v1/users/"+b.people[n], strings.NewReader(`{"profile":{"title":"At work"}}`))
				if err != nil {
					errs[i] = err
					return
				}
				req.Header.Set("Authorization", "SSWS bench")
				req.Header.Set("Content-Type", "application/json")
				resp, err := http.DefaultClient.Do(req)
				if err != nil {
					errs[i] = err
					return
				}
				if errs[i] = resp.Body.Close(); resp.StatusCode != http.StatusOK {
					errs[i] = fmt.Errorf("a change was answered with %s", resp.Status)
				}
			}
		})
	}
	wait.Wait()
	return time.Since(began), errors.Join(errs...)
}

// calls counts the calls of the Management API so far, without those of the System Log.
func (b *undoBench) calls() (n int) {
	for call, times := range b.sim.Calls() {
		if _, path, _ := strings.Cut(call, " "); strings.HasPrefix(path, "/api/v1/") && !strings.HasPrefix(path, "/api/v1/logs") {
			n += times
		}
	}
	return n
}

func (b *undoBench) publish(ctx context.Context, d workflow.Definition) (workflow.Version, error) {
	w, err := b.app.DB.CreateWorkflow(ctx, d, b.by)
	if err != nil {
		return workflow.Version{}, err
	}
	return b.app.DB.Publish(ctx, w.ID, w.Revision, "", b.by)
}

// ended waits until a run has ended well.
func (b *undoBench) ended(ctx context.Context, id string) error {
	for look := time.NewTicker(5 * time.Millisecond); ; <-look.C {
		run, err := b.app.DB.Run(ctx, id)
		if err != nil || run.State == workflow.RunSucceeded {
			return err
		}
		if run.State.Ended() {
			return fmt.Errorf("the run %s %s: %s", id, run.State, run.Error)
		}
	}
}
