package views

import (
	"fmt"
	"strconv"
	"time"

	"caracal/views/ui"
	"caracal/workflow"
)

// NodesProps is what the page of nodes shows.
type NodesProps struct {
	Shell    Shell
	Now      time.Time
	Nodes    []NodeRow // oldest first
	Lease    time.Duration
	Queue    NodesQueue
	Runs     map[workflow.RunState]int // that stand in no other
	Inner    map[workflow.RunState]int // within others, and under way
	Database string                    // "PostgreSQL 16.2"
	Place    string                    // without a password
	Shared   bool                      // more nodes may work on it
}

// NodeRow is one process.
type NodeRow struct {
	ID, Name, Version string
	Mode              string // all, web or worker
	Workers, Bursts   int
	Started           time.Time
	Silent            time.Duration
	Here              bool // it draws this page
	Lost              bool // it is about to be taken over from
}

// NodesQueue is how far the nodes are with what is to be done.
type NodesQueue struct {
	Due, Running, Later int // bursts
	Lag, Next           time.Duration
}

// lagging is how long what is due may wait before the page says so.
const lagging = 30 * time.Second

// modeWords says what a node does.
func (n NodeRow) modeWords() string {
	switch n.Mode {
	case "web":
		return "serves pages"
	case "worker":
		return "moves runs"
	}
	return "serves pages, moves runs"
}

func (n NodeRow) look() ui.Look {
	if n.Lost {
		return ui.Look{Tone: ui.Warn, Icon: "triangle-alert", Word: "Silent"}
	}
	return ui.Look{Tone: ui.Good, Icon: "circle-check", Word: "Alive"}
}

func (n NodeRow) burstWords() string { return fmt.Sprintf("%d of %d", n.Bursts, n.Workers) }

// workers is how many runs can move at once, on the nodes that live.
func (p NodesProps) workers() (n int) {
	for _, row := range p.Nodes {
		if !row.Lost {
			n += row.Workers
		}
	}
	return n
}

// places is how many runs could move at once, on all nodes.
func (p NodesProps) places() (n int) {
	for _, row := range p.Nodes {
		n += row.Workers
	}
	return n
}

// verdict is the plain answer to whether everything moves.
func (p NodesProps) verdict() (tone ui.Tone, icon, title, text string) {
	var lost []string
	for _, n := range p.Nodes {
		if n.Lost {
			lost = append(lost, n.Name)
		}
	}
	switch {
	case p.workers() == 0:
		return ui.Bad, "circle-x", "No node moves runs", "Runs are accepted and wait. Start a node whose CARACAL_MODE is all or worker."
	case len(lost) == 1:
		return ui.Warn, "triangle-alert", lost[0] + " is silent", "After " + seconds(p.Lease) + " without a beat the others take up the runs that it held. Look whether its machine runs and reaches the database."
	case len(lost) > 1:
		return ui.Warn, "triangle-alert", ui.Count(len(lost), "node") + " are silent", "After " + seconds(p.Lease) + " without a beat the others take up the runs that they held. Look whether their machines run and reach the database."
	case p.Queue.Lag > lagging && p.Queue.Running >= p.workers():
		return ui.Warn, "timer", "Every place is taken", "Runs that are due wait for a free one. Raise CARACAL_WORKERS, or add a node."
	case p.Queue.Lag > lagging:
		return ui.Warn, "timer", "Runs that are due wait", "Places are free, and something keeps runs from them. Look in the log of each node."
	}
	return ui.Good, "circle-check", "Everything moves", "Each node beats, and what is due is taken up."
}

func seconds(d time.Duration) string {
	return ui.Count(int(d.Round(time.Second)/time.Second), "second")
}

// lag says how long the oldest burst that is due has waited.
func (q NodesQueue) lag() string {
	if q.Due == 0 {
		return "none"
	}
	return ui.Took(max(q.Lag, time.Millisecond))
}

func (q NodesQueue) next() string {
	if q.Later == 0 {
		return "nothing is planned"
	}
	return "the first in " + ui.Took(max(q.Next, time.Millisecond).Round(time.Second))
}

// statesOfRuns are the states of runs, in the order of the page.
var statesOfRuns = []workflow.RunState{workflow.RunQueued, workflow.RunRunning, workflow.RunWaiting, workflow.RunAsking,
	workflow.RunSucceeded, workflow.RunFailed, workflow.RunCancelled}

// innerWords counts what is under way within other runs.
func (p NodesProps) innerWords() string {
	n := 0
	for _, count := range p.Inner {
		n += count
	}
	if n == 0 {
		return ""
	}
	return "Within them, " + ui.Count(n, "item") + " of lists and called workflows under way, " + strconv.Itoa(p.Inner[workflow.RunRunning]) + " of those running."
}

// beatWords says how long ago the node beat. Its clock may be a little ahead of this one's.
func (n NodeRow) beatWords() string {
	if n.Silent < time.Second {
		return "just now"
	}
	return ui.Took(n.Silent) + " ago"
}
