package views

import (
	"time"

	"caracal/workflow"
)

func nodeStates() []State {
	base := NodesProps{Shell: galleryShell("nodes"), Now: galleryNow, Lease: 15 * time.Second}
	node := func(name, mode string, workers, bursts int, started, silent time.Duration) NodeRow {
		return NodeRow{ID: "node_06h0h7de2afy7x9wm" + name, Name: name, Version: "v1.4.0", Mode: mode, Workers: workers, Bursts: bursts, Started: ago(started), Silent: silent}
	}
	one, three, idle, full := base, base, base, base
	one.Database, one.Place = "SQLite 3.54.1", "/var/lib/caracal/caracal.db"
	one.Nodes = []NodeRow{node("caracal", "all", 50, 2, 3*day, 1800*time.Millisecond)}
	one.Nodes[0].Here = true
	one.Queue = NodesQueue{Running: 2, Later: 14, Next: 4 * time.Minute}
	one.Runs = map[workflow.RunState]int{workflow.RunRunning: 2, workflow.RunWaiting: 14, workflow.RunSucceeded: 1841, workflow.RunFailed: 12}

	three.Shared, three.Database, three.Place = true, "PostgreSQL 16.4", "postgres://caracal@db.internal:5432/caracal"
	three.Nodes = []NodeRow{node("web-1", "web", 0, 0, 3*day, 2100*time.Millisecond), node("worker-1", "worker", 50, 50, 3*day, 11400*time.Millisecond), node("worker-2", "worker", 50, 31, 5*time.Hour, -20*time.Millisecond)}
	three.Nodes[0].Here, three.Nodes[1].Lost = true, true
	three.Queue = NodesQueue{Due: 412, Running: 81, Later: 97, Lag: 9200 * time.Millisecond, Next: 38 * time.Second}
	three.Runs = map[workflow.RunState]int{workflow.RunQueued: 409, workflow.RunRunning: 81, workflow.RunWaiting: 97, workflow.RunAsking: 1, workflow.RunSucceeded: 98211, workflow.RunFailed: 240, workflow.RunCancelled: 18}
	three.Inner = map[workflow.RunState]int{workflow.RunQueued: 300, workflow.RunRunning: 60}

	idle.Shared, idle.Database, idle.Place = true, three.Database, three.Place
	idle.Nodes = three.Nodes[:1]
	idle.Queue = NodesQueue{Due: 3, Lag: 61 * time.Second}
	idle.Runs = map[workflow.RunState]int{workflow.RunQueued: 3}

	full.Shared, full.Database, full.Place = true, three.Database, three.Place
	full.Nodes = []NodeRow{node("caracal-1", "all", 50, 50, day, time.Second), node("caracal-2", "all", 50, 50, day, 2*time.Second)}
	full.Nodes[1].Here = true
	full.Queue = NodesQueue{Due: 9100, Running: 100, Lag: 4 * time.Minute}
	full.Runs = map[workflow.RunState]int{workflow.RunQueued: 9100, workflow.RunRunning: 100, workflow.RunSucceeded: 800}
	return []State{{"nodes/one", NodesPage(one)}, {"nodes/three-one-silent", NodesPage(three)}, {"nodes/none-moves-runs", NodesPage(idle)}, {"nodes/full", NodesPage(full)}}
}
