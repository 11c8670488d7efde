package crashtest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"caracal/db"
	"caracal/engine"
	"caracal/internal/app"
	"caracal/oktasim"
	"caracal/org"
	"caracal/workflow"
)

// calls notes when an org was asked to make something, and counts all that it was asked.
type calls struct {
	mu  sync.Mutex
	at  []time.Time
	all atomic.Int64
}

func (c *calls) watch(o *Org) {
	o.Sim.SetFault(func(r *http.Request) *oktasim.Fault {
		if strings.HasPrefix(r.URL.Path, "/api/") {
			c.all.Add(1)
		}
		if r.Method == http.MethodPost && strings.HasPrefix(r.URL.Path, "/api/") {
			c.mu.Lock()
			c.at = append(c.at, time.Now())
			c.mu.Unlock()
		}
		return nil
	})
}

func (c *calls) seen() []time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.at)
}

// IdleToFirstCall starts the real program on a new database and returns the median of how long it takes from a click on
// Run, on a Caracal that has nothing else to do, to the run's first call at the org.
func IdleToFirstCall(ctx context.Context, binary, place, dir string, times int) (median time.Duration, err error) {
	o, err := NewOrg("Idle", org.CustomApp)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, o.Close()) }()
	r, err := NewRig(ctx, binary, place, dir, o)
	if err != nil {
		return 0, err
	}
	n, err := r.Node("only", place)
	if err != nil {
		return 0, err
	}
	if err := n.mustStart(); err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, n.Stop()) }()
	var c calls
	c.watch(o)
	load := r.Load(o)
	var took []time.Duration
	for i := range times {
		before := len(c.seen())
		load.Add(2) // of which the first is the flat one
		label := load.labels[2*i]
		began := time.Now()
		if !load.click(n, label, o.flat) {
			return 0, fmt.Errorf("a run was not accepted: %v", load.wrong)
		}
		for len(c.seen()) == before {
			if time.Since(began) > time.Minute {
				return 0, errors.New("no call came in a minute")
			}
			time.Sleep(time.Millisecond)
		}
		took = append(took, c.seen()[before].Sub(began))
		time.Sleep(2500 * time.Millisecond) // until it is idle again
	}
	slices.Sort(took)
	return took[len(took)/2], nil
}

// Throughput queues runs of three calls each, lets nodes that are started then move them, and returns how many runs a
// second they move, taken between a tenth and nine tenths of the calls. Each call takes the org as long as latency.
func Throughput(ctx context.Context, binary, place, dir string, nodes, runs int, latency time.Duration) (perSecond float64, err error) {
	o, err := NewOrg("Throughput", org.CustomApp)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, o.Close()) }()
	o.Sim.Update(func(s *oktasim.Settings) { s.Latency = latency })
	r, err := NewRig(ctx, binary, place, dir, o)
	if err != nil {
		return 0, err
	}
	if err := r.queue(ctx, o, runs); err != nil {
		return 0, err
	}
	var c calls
	c.watch(o)
	var started []*Node
	defer func() {
		for _, n := range started {
			err = errors.Join(err, n.Stop())
		}
	}()
	for i := range nodes {
		n, err := r.Node(fmt.Sprint("node-", i), place)
		if err != nil {
			return 0, err
		}
		if err := n.mustStart(); err != nil {
			return 0, err
		}
		started = append(started, n)
	}
	deadline := time.Now().Add(5 * time.Minute)
	for len(c.seen()) < 3*runs {
		if time.Now().After(deadline) {
			return 0, fmt.Errorf("after five minutes only %d of %d calls were made", len(c.seen()), 3*runs)
		}
		time.Sleep(50 * time.Millisecond)
	}
	at := c.seen()
	from, to := at[len(at)/10], at[len(at)*9/10]
	return float64(runs) * 0.8 / to.Sub(from).Seconds(), nil
}

// queue accepts runs of three changes each with no node there.
func (r *Rig) queue(ctx context.Context, o *Org, runs int) error {
	whole, err := r.open(ctx, func(c *app.Config) { c.Mode = app.ModeAll })
	if err != nil {
		return err
	}
	flow := workflow.Definition{Name: "Three", ApplicationID: o.id}
	for _, id := range []string{"one", "two", "three"} {
		flow.Steps = append(flow.Steps, workflow.Step{ID: id, Title: id, Action: "group.create", Fields: map[string]string{"name": "{{ inputs.label }}-" + id}})
	}
	v := workflow.Version{WorkflowID: "wf_three", Number: 1, Definition: flow}
	for i := range runs {
		if _, err = whole.Engine.StartRun(ctx, engine.StartRequest{Version: v, By: db.System, Input: map[string]string{"label": fmt.Sprintf("three-%05d", i)}}); err != nil {
			break
		}
	}
	return errors.Join(err, whole.Close())
}

// File is the place of a new database in a folder.
func File(dir string) string { return filepath.Join(dir, "caracal.db") }
