package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"caracal/auth"
	"caracal/db"
	"caracal/engine"
	"caracal/workflow"
)

const steps = 3

// benchEngine moves runs of three steps against a server that answers at once.
func benchEngine(ctx context.Context, dir string, runs, workers int) ([]line, error) {
	org := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if _, err := io.WriteString(w, `{"id":"00g1"}`); err != nil {
			panic(http.ErrAbortHandler)
		}
	}))
	defer org.Close()
	http.DefaultTransport.(*http.Transport).MaxIdleConnsPerHost = workers
	bare, err := bareLoop(ctx, dir+"-bare", org.URL, runs, workers)
	if err != nil {
		return nil, fmt.Errorf("bare loop: %w", err)
	}
	moved, accepted, err := engineLoop(ctx, dir+"-engine", org.URL, runs, workers)
	if err != nil {
		return nil, fmt.Errorf("engine: %w", err)
	}
	return []line{
		{what: "runs of 3 steps", figure: rate(runs, moved), yardstick: rate(runs, bare) + " bare loop, same calls and commits",
			ratio: fmt.Sprintf("%.2f", bare.Seconds()/moved.Seconds()), goal: "0.50 and 300/s"},
		{what: "runs accepted meanwhile", figure: rate(runs, accepted)},
	}, nil
}

func rate(n int, d time.Duration) string { return fmt.Sprintf("%.0f/s", float64(n)/d.Seconds()) }

func get(ctx context.Context, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, resp.Body)
	return errors.Join(err, resp.Body.Close())
}

// bareLoop is what the engine cannot do without: for each run a commit that accepts it, one before each call,
// and one at the end, on a file with the same settings and as many loops at once.
func bareLoop(ctx context.Context, path, org string, runs, workers int) (time.Duration, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return 0, err
	}
	pool, err := sql.Open("sqlite", filepath.Join(path, "bare.db")+
		"?_txlock=immediate&_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	if err != nil {
		return 0, err
	}
	defer pool.Close() //nolint:errcheck // a temporary file
	pool.SetMaxOpenConns(1)
	if _, err := pool.ExecContext(ctx, "CREATE TABLE mark (id INTEGER PRIMARY KEY, run INTEGER, step INTEGER, at TEXT) STRICT"); err != nil {
		return 0, err
	}
	commit := func(run int64, step int) error {
		tx, err := pool.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "INSERT INTO mark (run, step, at) VALUES ($1, $2, $3)", run, step, time.Now().String()); err != nil {
			return errors.Join(err, tx.Rollback())
		}
		return tx.Commit()
	}
	start := time.Now()
	var next atomic.Int64
	var failed error
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for run := next.Add(1); run <= int64(runs); run = next.Add(1) {
				err := commit(run, -1)
				for step := range steps {
					err = errors.Join(err, commit(run, step), get(ctx, org))
				}
				if err = errors.Join(err, commit(run, steps)); err != nil {
					mu.Lock()
					failed = err
					mu.Unlock()
					return
				}
			}
		})
	}
	wg.Wait()
	return time.Since(start), failed
}

// engineLoop accepts all runs while the engine moves them, and returns how long it took to move, and to
// accept, all of them.
func engineLoop(ctx context.Context, path, org string, runs, workers int) (moved, accepted time.Duration, err error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return 0, 0, err
	}
	d, err := db.Open(ctx, filepath.Join(path, "caracal.db"), db.Options{})
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	var calls atomic.Int64
	made := make(chan struct{}) // closed with the last call: counting before it would be measured as well
	e, err := engine.New(engine.Config{DB: d, Workers: workers,
		Spec: func(id string) (workflow.ActionSpec, bool) {
			return workflow.ActionSpec{ID: id, Repeat: workflow.Never, Outputs: []workflow.OutputField{{Name: "id"}}}, true
		},
		Executor: workflow.Executor{
			Do: func(ctx context.Context, c workflow.Call) (workflow.Result, error) {
				if calls.Add(1) == int64(runs*steps) {
					defer close(made)
				}
				return workflow.Result{Output: workflow.Output{"id": "00g1"}}, get(ctx, org)
			},
			Find: func(context.Context, workflow.Call) (workflow.Finding, error) {
				return workflow.Finding{}, errors.New("nothing is uncertain here")
			},
		}})
	if err != nil {
		return 0, 0, err
	}
	if err := e.Start(ctx); err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, e.Stop(ctx)) }()
	start := time.Now()
	for i := range runs {
		if _, err := e.StartRun(ctx, startRequest(i)); err != nil {
			return 0, 0, err
		}
	}
	accepted = time.Since(start)
	failures := time.NewTicker(time.Second) // after one of them the last call would never come
	defer failures.Stop()
	for changed := (<-chan struct{})(made); ; {
		select {
		case <-changed:
			changed = e.Changed()
		case <-failures.C:
		}
		counts, err := d.RunCounts(ctx, db.RunFilter{})
		if err != nil {
			return 0, 0, err
		}
		if counts[workflow.RunSucceeded] == runs {
			return time.Since(start), accepted, nil
		}
		if counts[workflow.RunFailed] > 0 {
			return 0, 0, errors.New("a run failed")
		}
	}
}

func startRequest(i int) engine.StartRequest {
	v := workflow.Version{WorkflowID: fmt.Sprintf("wf_%d", i%500), Number: 1,
		Definition: workflow.Definition{Name: fmt.Sprintf("Workflow %d", i%500), ApplicationID: fmt.Sprintf("app_%d", i%50)}}
	for s := range steps {
		v.Definition.Steps = append(v.Definition.Steps, workflow.Step{ID: fmt.Sprintf("s%d", s), Title: "Create a group", Action: "group.create",
			Fields: map[string]string{"name": "{{ inputs.name }}", "description": "made by the benchmark"}})
	}
	return engine.StartRequest{Version: v, By: auth.User{ID: fmt.Sprintf("u_%d", i%20)}, OnceToken: fmt.Sprintf("once-%d", i),
		Input: map[string]string{"name": fmt.Sprintf("Group %d", i), "email": fmt.Sprintf("person%d@example.com", i)}}
}
