package engine

import (
	"context"
	"maps"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"caracal/db"
)

// Nodes work on one database side by side, and none of them is special. Each beats; each watches the others. Who
// does not beat for a whole lease, by the clock of the watcher, is forgotten, and what it held is given free. No
// clocks are compared. A node that could not beat itself watches anew and calls nothing meanwhile: it is likely to
// be the one that is cut off. What a forgotten node still stores is refused (db.ErrNotHeld).

// defaultLease is how long a node may be silent.
const defaultLease = 15 * time.Second

// presence is this node among the others.
type presence struct {
	node  db.Node
	lease time.Duration

	beaten atomic.Pointer[time.Time] // when the last beat was stored, by the monotonic clock
	beats  int64

	mu   sync.Mutex
	seen map[string]sighting // the others
}

type sighting struct {
	beats int64
	since time.Time
}

func newPresence(c Config) *presence {
	p := &presence{lease: c.Lease, seen: map[string]sighting{}}
	if p.lease <= 0 {
		p.lease = defaultLease
	}
	p.node = db.Node{Name: c.Node, Version: c.Version, Mode: c.Mode, Workers: c.Workers, StartedAt: c.DB.Now()}
	if p.node.Name == "" {
		p.node.Name, _ = os.Hostname() // a name to show; none is no harm
	}
	if c.Idle {
		p.node.Workers = 0
	}
	return p
}

// cutOff reports whether this node could not say for long that it lives, so that others may have taken over. Alone
// on a file there are no others.
func (e *Engine) cutOff() bool {
	at := e.here.beaten.Load()
	return e.db.Shared() && at != nil && time.Since(*at) > e.here.lease*2/3
}

// beat says that this node lives, and takes up what nodes held that do not.
func (e *Engine) beat(ctx context.Context) error {
	n := e.here.node
	n.Bursts = int(e.bursts.Load())
	before := time.Now()
	beats, err := e.db.Beat(ctx, n)
	if err != nil {
		return err
	}
	if last := e.here.beaten.Load(); last != nil && before.Sub(*last) > e.here.lease/2 {
		e.here.forgetAll() // it was us who was silent, or the database
	}
	if beats <= e.here.beats {
		e.log.WarnContext(ctx, "the other nodes gave this one up, and it is back", "node", e.db.NodeID())
	}
	e.here.beats = beats
	e.here.beaten.Store(&before)
	if !e.db.Shared() {
		return nil
	}
	nodes, err := e.db.Nodes(ctx)
	if err != nil {
		return err
	}
	return e.watch(ctx, nodes, before)
}

func (e *Engine) watch(ctx context.Context, nodes []db.Node, now time.Time) error {
	for _, n := range e.here.sight(nodes, e.db.NodeID(), now) {
		released, gone, err := e.db.ForgetNode(ctx, n.ID, n.Beats)
		if err != nil {
			return err
		}
		if gone {
			e.log.WarnContext(ctx, "took up what a node left that is gone", "node", n.Name, "id", n.ID, "bursts", released)
			e.afterRelease(ctx)
		}
	}
	return nil
}

// sight notes which of the other nodes have beaten since they were last looked at, and returns those that have been
// silent for a whole lease.
func (p *presence) sight(nodes []db.Node, self string, now time.Time) (silent []db.Node) {
	p.mu.Lock()
	defer p.mu.Unlock()
	there := map[string]bool{}
	for _, n := range nodes {
		there[n.ID] = true
		if n.ID == self {
			continue
		}
		last, known := p.seen[n.ID]
		if !known || last.beats != n.Beats {
			p.seen[n.ID] = sighting{n.Beats, now}
		} else if now.Sub(last.since) >= p.lease {
			silent = append(silent, n)
		}
	}
	maps.DeleteFunc(p.seen, func(id string, _ sighting) bool { return !there[id] })
	return silent
}

func (p *presence) forgetAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(p.seen)
}

// NodeSeen is a node as this one sees it.
type NodeSeen struct {
	db.Node
	Here   bool          // it is this one
	Silent time.Duration // since its last beat that this node saw, by this node's clock
	Lost   bool          // it has been silent for longer than beats take; after a whole lease it is taken over from
}

// Nodes returns the nodes that work on the database, oldest first, and how long one may be silent.
func (e *Engine) Nodes(ctx context.Context) (list []NodeSeen, lease time.Duration, err error) {
	nodes, err := e.db.Nodes(ctx)
	if err != nil {
		return nil, 0, err
	}
	e.here.mu.Lock()
	defer e.here.mu.Unlock()
	for _, n := range nodes {
		s := NodeSeen{Node: n, Here: n.ID == e.db.NodeID()}
		if at := e.here.beaten.Load(); s.Here && at != nil {
			s.Silent, s.Bursts = time.Since(*at), int(e.bursts.Load())
		} else if seen, ok := e.here.seen[n.ID]; ok && seen.beats == n.Beats {
			s.Silent = time.Since(seen.since)
		}
		s.Lost = s.Silent > e.here.lease/2
		list = append(list, s)
	}
	return list, e.here.lease, nil
}

// afterRelease queues what was left without a burst and tells who wants to know.
func (e *Engine) afterRelease(ctx context.Context) {
	if _, err := e.reconcile(ctx, false); err != nil {
		e.log.ErrorContext(ctx, "look for stranded runs", "error", err)
	}
	if e.onRelease != nil {
		e.onRelease(ctx)
	}
	e.changed.tell()
}

func (e *Engine) beatForever(ctx context.Context) {
	tick := time.NewTicker(e.here.lease / 5)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		beating, cancel := context.WithTimeout(ctx, e.here.lease/2)
		if err := e.beat(beating); err != nil && ctx.Err() == nil {
			e.log.WarnContext(ctx, "could not say that this node lives", "error", err)
		}
		cancel()
	}
}
