package handlers

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"caracal/db"
	"caracal/okta"
	"caracal/workflow"
)

// Metrics is how this node and all runs stand, in the text that Prometheus reads
// (https://prometheus.io/docs/instrumenting/exposition_formats/, text format 0.0.4). What is of all nodes together is the
// same from each of them; calls are this node's since its start.
func (h *Handlers) Metrics(ctx context.Context) (string, error) {
	m := &metrics{}
	m.begin("caracal_info", "gauge", "The program that answers.")
	m.value(1, "version", h.Version)
	if err := h.runMetrics(ctx, m); err != nil {
		return "", err
	}
	if err := h.nodeMetrics(ctx, m); err != nil {
		return "", err
	}
	if h.Connect != nil && h.Connect.Clients != nil {
		callMetrics(m, h.Connect.Clients.Tallies())
	}
	return m.String(), nil
}

// runMetrics says how runs stand: all that there are, and what waits for Okta's limits.
func (h *Handlers) runMetrics(ctx context.Context, m *metrics) error {
	counts, err := h.DB.RunCounts(ctx, db.RunFilter{})
	if err != nil {
		return err
	}
	m.begin("caracal_runs", "gauge", "Runs by state, without those within others.")
	for _, s := range workflow.RunStates {
		m.value(float64(counts[s]), "state", string(s))
	}
	if counts, err = h.DB.InnerRunCounts(ctx); err != nil {
		return err
	}
	m.begin("caracal_runs_within", "gauge", "Runs within others that have not ended, by state: items, rows and called workflows.")
	for _, s := range workflow.RunStates {
		if !s.Ended() {
			m.value(float64(counts[s]), "state", string(s))
		}
	}
	resting, err := h.DB.RestingRuns(ctx, "")
	if err != nil {
		return err
	}
	apps, err := h.DB.Applications(ctx)
	if err != nil {
		return err
	}
	domains := map[string]string{}
	for _, a := range apps {
		domains[a.ID] = a.Domain
	}
	m.begin("caracal_runs_resting", "gauge", "Runs that wait for one of Okta's limits.")
	for _, r := range resting {
		n := r.Woken
		for _, some := range r.Count {
			n += some
		}
		m.value(float64(n), "org", domains[r.ApplicationID], "application", r.ApplicationID, "bucket", r.Bucket)
	}
	return nil
}

// nodeMetrics says how the nodes and their queue stand.
func (h *Handlers) nodeMetrics(ctx context.Context, m *metrics) error {
	queue, err := h.DB.QueueState(ctx)
	if err != nil {
		return err
	}
	m.begin("caracal_queue_bursts", "gauge", "Bursts on the queue: due and not carried out yet, carried out now, and due later.")
	m.value(float64(queue.Due), "state", "due")
	m.value(float64(queue.Running), "state", "running")
	m.value(float64(queue.Later), "state", "later")
	m.begin("caracal_queue_lag_seconds", "gauge", "How long the oldest burst that is due has waited.")
	m.value(queue.Lag.Seconds())
	nodes, _, err := h.Engine.Nodes(ctx)
	if err != nil {
		return err
	}
	lost := 0
	for _, n := range nodes {
		if n.Lost {
			lost++
		}
	}
	m.begin("caracal_nodes", "gauge", "Nodes that work on the database, by whether they are heard of.")
	m.value(float64(len(nodes)-lost), "state", "heard")
	m.value(float64(lost), "state", "silent")
	m.begin("caracal_clock_ahead_seconds", "gauge", "How far the database's clock is ahead of this machine's; 0 where they agree.")
	m.value(h.DB.Ahead().Seconds())
	return nil
}

// callMetrics says what was asked of each org.
func callMetrics(m *metrics, tallies []okta.Tally) {
	m.begin("caracal_okta_calls_total", "counter", "Calls of this node to each org, by how they ended.")
	for _, t := range tallies {
		for _, o := range okta.Outcomes() {
			m.value(float64(t.Calls[o]), "org", t.Org, "outcome", o.String())
		}
	}
	m.begin("caracal_okta_waits_total", "counter", "Calls of this node that had to wait for Okta's limits or for others under way.")
	for _, t := range tallies {
		m.value(float64(t.Waits), "org", t.Org)
	}
	m.begin("caracal_okta_wait_seconds_total", "counter", "How long calls of this node waited so.")
	for _, t := range tallies {
		m.value(t.Waited.Truncate(time.Millisecond).Seconds(), "org", t.Org)
	}
}

// metrics is the text, as it grows.
type metrics struct {
	strings.Builder
	name string
}

func (m *metrics) begin(name, kind, help string) {
	m.name = name
	fmt.Fprintf(m, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind)
}

// labelText is how the value of a label is written.
var labelText = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

// value adds one value, with pairs of a label and its value.
func (m *metrics) value(v float64, labels ...string) {
	m.WriteString(m.name)
	for i := 0; i+1 < len(labels); i += 2 {
		sign := ","
		if i == 0 {
			sign = "{"
		}
		m.WriteString(sign + labels[i] + `="` + labelText.Replace(labels[i+1]) + `"`)
	}
	if len(labels) > 0 {
		m.WriteString("}")
	}
	m.WriteString(" " + strconv.FormatFloat(v, 'g', -1, 64) + "\n")
}
