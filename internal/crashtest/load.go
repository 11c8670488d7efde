package crashtest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"caracal/db"
	"caracal/workflow"
)

// Load is runs of one org that are offered, moved and held against the org's log.
type Load struct {
	rig   *Rig
	org   *Org
	began time.Time

	workflows []string        // one after the other
	past      map[string]bool // runs that ended as they should and were gone on with, or left at that

	mu       sync.Mutex
	labels   []string
	accepted map[string]string // run by label
	wrong    []string
	asked    int
	decided  map[string]int // attempts of a step at its last answer, by run and index
}

// Load begins the load of an org, which has one.
func (r *Rig) Load(o *Org) *Load {
	return &Load{rig: r, org: o, began: time.Now(), workflows: []string{o.flat, o.nested}, accepted: map[string]string{}, decided: map[string]int{}}
}

// Add makes n more labels, each of which stands for one click on Run.
func (l *Load) Add(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for range n {
		l.labels = append(l.labels, fmt.Sprintf("o%d-%05d", slices.Index(l.rig.Orgs, l.org), len(l.labels)))
	}
}

func (l *Load) problem(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if words := fmt.Sprintf(format, args...); !slices.Contains(l.wrong, words) {
		l.wrong = append(l.wrong, words)
	}
}

// missing returns the labels that were not accepted yet, with the workflow of each.
func (l *Load) missing() (labels, workflows []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, label := range l.labels {
		if l.accepted[label] != "" {
			continue
		}
		labels = append(labels, label)
		workflows = append(workflows, l.workflows[i%len(l.workflows)])
	}
	return labels, workflows
}

// Offer clicks for every label that has no run yet, a few at once, until all are accepted or no node answers: as a
// person would click again. Each label's form has one once-token for good.
func (l *Load) Offer(nodes ...*Node) (all bool) {
	labels, workflows := l.missing()
	var clicks sync.WaitGroup
	const hands = 3
	for part := range hands {
		clicks.Go(func() {
			for i := part; i < len(labels); i += hands {
				if !l.click(nodes[i%len(nodes)], labels[i], workflows[i]) {
					return
				}
			}
		})
	}
	clicks.Wait()
	labels, _ = l.missing()
	return len(labels) == 0
}

func (l *Load) click(n *Node, label, workflowID string) bool {
	location, err := n.post("/workflows/"+workflowID+"/runs", "label", label, "version", "1", "once", "once-token-of-"+label)
	if odd := new(statusError); errors.As(err, &odd) && !slices.Contains(tryAgain, odd.status) {
		words := n.log.String()
		l.problem("%s: %v\n%s", label, err, words[max(0, len(words)-1500):]) // an answer, and neither what was asked for nor “try again”
	}
	if err != nil {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.accepted[label] = strings.TrimPrefix(location, "/runs/")
	return true
}

// tryAgain are the answers that ask for another click: busy, too many of one person, and an earlier click of the same
// form whose end was not seen yet. None of them may lose a run or start a second one, which Verify holds.
var tryAgain = []int{http.StatusServiceUnavailable, http.StatusTooManyRequests, http.StatusConflict}

// statusError is an answer that was not expected.
type statusError struct {
	path   string
	status int
}

// Error says which.
func (e *statusError) Error() string { return fmt.Sprintf("POST %s: %d", e.path, e.status) }

// post sends a form as the first of the people who are signed in and returns where the answer leads.
func (n *Node) post(path string, fields ...string) (location string, err error) {
	return n.postAs(n.rig.cookies[0], path, fields...)
}

// postAs is post as somebody else.
func (n *Node) postAs(cookie, path string, fields ...string) (location string, err error) {
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+n.addr+path, strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", "http://"+n.addr)
	r.Header.Set("Cookie", cookie)
	resp, err := n.rig.client.Do(r)
	if err != nil {
		return "", err
	}
	if err := resp.Body.Close(); err != nil {
		return "", err
	}
	if resp.StatusCode != http.StatusSeeOther {
		return "", &statusError{path, resp.StatusCode}
	}
	return resp.Header.Get("Location"), nil
}

// Finish offers what was not accepted and waits until every run has ended, and answers what runs ask as a person who
// looked in the org. What is still under way after the limit is lost, and the row of Verify says so.
func (l *Load) Finish(ctx context.Context, limit time.Duration, nodes ...*Node) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	d, err := l.rig.reading(ctx)
	if err != nil {
		return err
	}
	defer d.Close() //nolint:errcheck // it was only read
	look := time.NewTicker(150 * time.Millisecond)
	defer look.Stop()
	for accepted := false; ; {
		if !accepted {
			accepted = l.Offer(nodes...)
		}
		moving, err := l.answer(ctx, d, nodes)
		if ctx.Err() != nil || err == nil && accepted && moving == 0 {
			return nil
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// answer decides what runs ask and returns how many have not ended.
func (l *Load) answer(ctx context.Context, d *db.DB, nodes []*Node) (moving int, err error) {
	counts, err := d.RunCounts(ctx, db.RunFilter{ApplicationID: l.org.id, Within: true})
	if err != nil {
		return 0, err
	}
	for state, n := range counts {
		if !state.Ended() {
			moving += n
		}
	}
	if counts[workflow.RunAsking] == 0 {
		return moving, nil
	}
	asking, _, err := d.RunList(ctx, db.RunFilter{ApplicationID: l.org.id, Within: true, State: workflow.RunAsking, Limit: 1000})
	if err != nil {
		return moving, err
	}
	effects := readEffects(l.org.Sim)
	for _, run := range asking {
		if run, err = d.Run(ctx, run.ID); err != nil {
			return moving, err
		}
		l.decide(nodes[0], run, effects)
	}
	return moving, nil
}

// decide answers the step that a run asks about, with the truth.
func (l *Load) decide(n *Node, run workflow.Run, effects effects) {
	for _, s := range run.Steps {
		key := fmt.Sprintf("%s/%d", run.ID, s.Index)
		if s.State != workflow.StepUncertain || l.decided[key] == s.Attempts {
			continue
		}
		answer := "repeat"
		if effects.of(s) > 0 {
			answer = "done"
		}
		if _, err := n.post("/runs/"+run.ID+"/decide", "step", fmt.Sprint(s.Index), "decision", answer); err != nil {
			return // the node may be gone; it is asked about again
		}
		l.decided[key] = s.Attempts
		l.asked++
	}
}
