package crashtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"caracal/oktasim"
	"caracal/org"
	"caracal/workflow"
)

// RowSpeed is how fast the real program carries out the rows of a CSV.
type RowSpeed struct {
	Enqueued  time.Duration            // from the start until every row has its run
	PerSecond float64                  // rows, between a tenth and nine tenths of the calls
	Bare      float64                  // the same calls by a bare loop, as many at once
	Peak      int                      // memory of the program, in kilobytes
	Pages     map[string]time.Duration // p99 of pages meanwhile, by their names
}

// MeasureRows lets the real program, on a new file, carry out a CSV of rows, each of which makes one group, so many at
// once, in an org that takes latency for each answer. A bare loop makes as many groups before and after.
func MeasureRows(ctx context.Context, binary, dir string, rows, atOnce int, latency time.Duration) (s RowSpeed, err error) {
	o, err := NewOrg("Rows", org.CustomApp)
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, o.Close()) }()
	o.Sim.Update(func(set *oktasim.Settings) { set.Latency = latency })
	r, err := NewRig(ctx, binary, File(dir), dir, o)
	if err != nil {
		return s, err
	}
	flow, err := r.flow(ctx, o, workflow.Definition{Name: "A group for each", Steps: []workflow.Step{{ID: "one", Title: "Make it", Action: "group.create",
		Fields: map[string]string{"name": "{{ inputs.label }}", "description": "made by the benchmark"}}}})
	if err != nil {
		return s, err
	}
	n, err := r.Node("only", r.Place)
	if err != nil {
		return s, err
	}
	if err := n.mustStart(); err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, n.Stop()) }()
	labels := make([]string, rows)
	for i := range labels {
		labels[i] = fmt.Sprintf("row-%05d", i)
	}
	b, err := n.upload(ctx, flow, labels)
	if err != nil {
		return s, err
	}
	before, err := o.bare(ctx, "before", min(rows, 2000), atOnce)
	if err != nil {
		return s, err
	}
	var c calls
	c.watch(o)
	began := time.Now()
	if b, err = n.begin(ctx, b.ID, atOnce); err != nil {
		return s, err
	}
	watching, stop := context.WithCancel(ctx)
	defer stop()
	pages := n.watch(watching, map[string]string{"/": "/", "/runs": "/runs", "/batches/{id}": "/batches/" + b.ID})
	if _, err = r.rowsWhere(ctx, b, func(counts map[workflow.RunState]int) bool {
		there := 0
		for _, n := range counts {
			there += n
		}
		return there == rows
	}); err != nil {
		return s, err
	}
	s.Enqueued = time.Since(began)
	for deadline := time.Now().Add(15 * time.Minute); len(c.seen()) < rows; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			return s, fmt.Errorf("after a quarter of an hour only %d of %d calls were made", len(c.seen()), rows)
		}
	}
	stop()
	if s.Pages, err = pages(); err != nil {
		return s, err
	}
	at := c.seen()
	s.PerSecond = float64(rows) * 0.8 / at[len(at)*9/10].Sub(at[len(at)/10]).Seconds()
	o.Sim.SetFault(nil)
	if _, err := r.rowsWhere(ctx, b, func(counts map[workflow.RunState]int) bool { return counts[workflow.RunSucceeded] == rows }); err != nil {
		return s, err
	}
	if s.Peak, err = peak(n.Process()); err != nil {
		return s, err
	}
	after, err := o.bare(ctx, "after", min(rows, 2000), atOnce)
	s.Bare = (before + after) / 2
	return s, err
}

// rowsWhere waits until the states of a batch's rows are as wished, and returns how long that took.
func (r *Rig) rowsWhere(ctx context.Context, b rowsBatch, wish func(map[workflow.RunState]int) bool) (took time.Duration, err error) {
	began := time.Now()
	d, err := r.reading(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	for ; ; time.Sleep(5 * time.Millisecond) {
		counts, err := d.ChildCounts(ctx, b.Run, 0)
		if took = time.Since(began); err != nil || wish(counts) {
			return took, err
		}
		if counts[workflow.RunFailed] > 0 || took > 20*time.Minute {
			return took, fmt.Errorf("the rows stand at %v", counts)
		}
	}
}

// watch asks for pages in turn, as a browser that follows them does, until the context ends. What it returns waits for
// that and gives the p99 of each.
func (n *Node) watch(ctx context.Context, paths map[string]string) func() (map[string]time.Duration, error) {
	took := map[string][]time.Duration{}
	var failed error
	done := make(chan struct{})
	go func() {
		defer close(done)
		client := &http.Client{Transport: &http.Transport{}}
		defer client.CloseIdleConnections()
		for failed == nil {
			for name, path := range paths {
				began := time.Now()
				if err := n.page(ctx, client, path); ctx.Err() != nil {
					return
				} else if err != nil {
					failed = err
					return
				}
				took[name] = append(took[name], time.Since(began))
				time.Sleep(30 * time.Millisecond)
			}
		}
	}()
	return func() (map[string]time.Duration, error) {
		<-done
		out := map[string]time.Duration{}
		for name, all := range took {
			slices.Sort(all)
			out[name] = all[len(all)*99/100]
		}
		return out, failed
	}
}

func (n *Node) page(ctx context.Context, client *http.Client, path string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+n.addr+path, nil)
	if err != nil {
		return err
	}
	r.Header.Set("Cookie", n.rig.cookies[0])
	resp, err := client.Do(r)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, resp.Body)
	if err = errors.Join(err, resp.Body.Close()); err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("GET %s: %d", path, resp.StatusCode)
	}
	return err
}

// bare makes groups by nothing but HTTP, so many at once, and returns how many in a second.
func (o *Org) bare(ctx context.Context, name string, count, atOnce int) (perSecond float64, err error) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: atOnce}}
	defer client.CloseIdleConnections()
	var next atomic.Int64
	var failed atomic.Pointer[error]
	var all sync.WaitGroup
	began := time.Now()
	for range atOnce {
		all.Go(func() {
			for i := next.Add(1); i <= int64(count) && failed.Load() == nil; i = next.Add(1) {
				if err := o.post(ctx, client, "/api/v1/groups", map[string]any{"profile": map[string]string{"name": fmt.Sprintf("%s-%05d", name, i), "description": "made by the benchmark"}}); err != nil {
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
