package crashtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"caracal/oktasim"
	"caracal/org"
	"caracal/workflow"
)

// HeldSpeed is how fast the real program carries out rows of a CSV that are held to the plan of their rehearsal, beside
// others that are not. Rates are of rows, between a tenth and nine tenths of them.
type HeldSpeed struct {
	Rehearsed        time.Duration
	PerSecond        float64 // of rows that are held
	Free             float64 // of the same rows, held to nothing
	Bare, FreeBare   float64 // of as many reads and the same changes by a bare loop, as many at once
	Calls, FreeCalls float64 // to the org, of a row
	Peak, Rehearsing int     // memory of a program that carries out held rows, and of one that rehearses them, in kilobytes
}

// MeasureHeld lets the real program, on a new file, carry out two CSVs of rows, each of which changes one person and puts them
// into a group, so many at once, in an org that takes latency for each answer: the first held to nothing, the second rehearsed
// and held to that plan, by a program that was started anew.
func MeasureHeld(ctx context.Context, binary, dir string, rows, atOnce int, latency time.Duration) (s HeldSpeed, err error) {
	o, err := NewOrg("Held", org.CustomApp)
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, o.Close()) }()
	people := make([]string, rows)
	for i := range people {
		if people[i], err = o.Sim.AddPerson(oktasim.Person{First: "Row", Last: fmt.Sprint(i), Login: fmt.Sprintf("row-%05d@caracal.example", i)}); err != nil {
			return s, err
		}
	}
	r, err := NewRig(ctx, binary, File(dir), dir, o)
	if err != nil {
		return s, err
	}
	h := heldRows{o: o, r: r, people: people, atOnce: atOnce, latency: latency, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: atOnce}}}
	defer h.client.CloseIdleConnections()
	freely, err := h.flow(ctx, "free")
	if err != nil {
		return s, err
	}
	planned, err := h.flow(ctx, "held")
	if err != nil {
		return s, err
	}
	if err := h.on(ctx, func(n *Node) error {
		free, err := n.upload(ctx, freely, people)
		if err == nil {
			s.Free, s.FreeCalls, err = h.carriedOut(ctx, n, free, "")
		}
		return err
	}); err != nil {
		return s, err
	}
	if s.FreeBare, err = h.bare(ctx, s.FreeCalls); err != nil {
		return s, err
	}
	var held rowsBatch
	var plan string
	if err := h.on(ctx, func(n *Node) (err error) {
		if held, err = n.upload(ctx, planned, people); err != nil {
			return err
		}
		if plan, s.Rehearsed, err = n.rehearsed(ctx, held.ID); err == nil {
			s.Rehearsing, err = peak(n.Process())
		}
		return err
	}); err != nil {
		return s, err
	}
	if err := h.on(ctx, func(n *Node) (err error) {
		if s.PerSecond, s.Calls, err = h.carriedOut(ctx, n, held, plan); err == nil {
			s.Peak, err = peak(n.Process())
		}
		return err
	}); err != nil {
		return s, err
	}
	s.Bare, err = h.bare(ctx, s.Calls)
	return s, err
}

// heldRows is what both of the two CSVs have in common.
type heldRows struct {
	o       *Org
	r       *Rig
	people  []string // ids
	group   string   // that the last of them joined
	atOnce  int
	latency time.Duration
	client  *http.Client
}

// on does something with a program that is started for it.
func (h *heldRows) on(ctx context.Context, do func(n *Node) error) (err error) {
	n, err := h.r.Node("only", h.r.Place)
	if err != nil {
		return err
	}
	if err := n.mustStart(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.Stop()) }()
	return do(n)
}

// flow publishes a workflow with a group of its own.
func (h *heldRows) flow(ctx context.Context, name string) (id string, err error) {
	if err := h.o.post(ctx, h.client, "/api/v1/groups", map[string]any{"profile": map[string]string{"name": name}}); err != nil {
		return "", err
	}
	for _, g := range h.o.Sim.Groups() {
		if g.Name == name {
			h.group = g.ID
		}
	}
	return h.r.flow(ctx, h.o, workflow.Definition{Name: name, Steps: []workflow.Step{
		{ID: "title", Title: "Title", Action: "user.update", Fields: map[string]string{"user": "{{ inputs.label }}", "title": name}},
		{ID: "join", Title: "Join", Action: "group.add_member", Fields: map[string]string{"user": "{{ inputs.label }}", "group": h.group}}}})
}

// carriedOut starts a batch and waits until all of its rows have succeeded.
func (h *heldRows) carriedOut(ctx context.Context, n *Node, b rowsBatch, plan string) (perSecond, each float64, err error) {
	h.o.Sim.Update(func(set *oktasim.Settings) { set.Latency = h.latency })
	defer h.o.Sim.Update(func(set *oktasim.Settings) { set.Latency = 0 })
	var c calls
	c.watch(h.o)
	defer h.o.Sim.SetFault(nil)
	text, err := n.api(ctx, http.MethodPost, "/batches/"+b.ID+"/start", "application/json",
		fmt.Appendf(nil, `{"start": "all", "at_once": %d, "stop_after": 1, "plan": %q}`, h.atOnce, plan))
	if err == nil {
		err = json.Unmarshal(text, &b)
	}
	if err != nil {
		return 0, 0, err
	}
	if _, err := h.r.rowsWhere(ctx, b, func(counts map[workflow.RunState]int) bool { return counts[workflow.RunSucceeded] == len(h.people) }); err != nil {
		return 0, 0, err
	}
	at := c.seen()
	return float64(len(h.people)) * 0.8 / at[len(at)*9/10].Sub(at[len(at)/10]).Seconds(), float64(c.all.Load()) / float64(len(h.people)), nil
}

// rehearsed rehearses the rows of a checked batch and returns the id of the rehearsal, once its plan is ready, and how long
// that took.
func (n *Node) rehearsed(ctx context.Context, batchID string) (id string, took time.Duration, err error) {
	var found struct {
		ID, State, Error string
		Failing          int
	}
	began := time.Now()
	text, err := n.api(ctx, http.MethodPost, "/batches/"+batchID+"/rehearsals", "application/json", nil)
	for look := time.NewTicker(time.Second); err == nil; <-look.C { // programs may ask so often a minute
		if err = json.Unmarshal(text, &found); err != nil || found.State != "under_way" {
			break
		}
		text, err = n.api(ctx, http.MethodGet, "/rehearsals/"+found.ID, "", nil)
	}
	if err == nil && (found.State != "ready" || found.Failing > 0) {
		err = fmt.Errorf("the rehearsal is %s: %s; %d rows would fail", found.State, found.Error, found.Failing)
	}
	return found.ID, time.Since(began), err
}

// bare makes so many calls for each of some people by nothing but HTTP, as many people at once: reads, and the two changes.
func (h *heldRows) bare(ctx context.Context, calls float64) (perSecond float64, err error) {
	h.o.Sim.Update(func(set *oktasim.Settings) { set.Latency = h.latency })
	defer h.o.Sim.Update(func(set *oktasim.Settings) { set.Latency = 0 })
	count := int64(min(len(h.people), 2000))
	var next, made atomic.Int64
	var failed atomic.Pointer[error]
	var all sync.WaitGroup
	began := time.Now()
	for range h.atOnce {
		all.Go(func() {
			for i := next.Add(1); i <= count && failed.Load() == nil; i = next.Add(1) {
				person := "/api/v1/users/" + h.people[i-1]
				var err error
				for float64(made.Add(1)) <= float64(i)*(calls-2) && err == nil {
					err = h.o.call(ctx, h.client, http.MethodGet, person, nil)
				}
				made.Add(-1)
				if err == nil {
					err = h.o.post(ctx, h.client, person, map[string]any{"profile": map[string]string{"title": "bare"}})
				}
				if err == nil {
					err = h.o.call(ctx, h.client, http.MethodPut, "/api/v1/groups/"+h.group+"/users/"+h.people[i-1], nil)
				}
				if err != nil {
					failed.Store(&err)
				}
			}
		})
	}
	all.Wait()
	if problem := failed.Load(); problem != nil {
		return 0, *problem
	}
	return float64(count) / time.Since(began).Seconds(), nil
}
