package crashtest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"caracal/internal/testpg"
	"caracal/org"
)

// cluster is some nodes on one PostgreSQL database, with an org of their own.
type cluster struct {
	rig   *Rig
	org   *Org
	nodes []*Node
	load  *Load
}

// newCluster prepares a database and starts nodes on it. way returns how the i-th node reaches the database; nil is
// straight.
func newCluster(ctx context.Context, binary, place, dir, name string, nodes int, way func(i int) string) (_ *cluster, err error) {
	c := &cluster{}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.close())
		}
	}()
	if c.org, err = NewOrg(name, org.CustomApp); err != nil {
		return nil, err
	}
	if c.rig, err = NewRig(ctx, binary, place, dir, c.org); err != nil {
		return nil, err
	}
	c.org.Break(dropping)
	for i := range nodes {
		at := place
		if way != nil {
			at = way(i)
		}
		n, err := c.rig.Node(fmt.Sprintf("node-%d", i+1), at)
		if err != nil {
			return nil, err
		}
		if err := n.mustStart(); err != nil {
			return nil, err
		}
		c.nodes = append(c.nodes, n)
	}
	c.load = c.rig.Load(c.org)
	return c, nil
}

// mustStart starts a life that is to be ready.
func (n *Node) mustStart() error {
	ready, err := n.Start("")
	if err == nil && !ready {
		err = fmt.Errorf("the program did not start: %w\n%s", errEnded, n.log)
	}
	return err
}

func (c *cluster) close() (err error) {
	for _, n := range c.nodes {
		err = errors.Join(err, n.Stop())
	}
	if c.org != nil {
		err = errors.Join(err, c.org.Close())
	}
	return err
}

// conclude lets every run end and holds the log against them.
func (c *cluster) conclude(ctx context.Context, fault string, times int, limit time.Duration) (Row, error) {
	if err := c.load.Finish(ctx, limit, c.nodes...); err != nil {
		return Row{}, err
	}
	row, err := c.load.Verify(ctx, fault, nil)
	row.Times = times
	return row, err
}

// KillNodes kills one node of three with kill -9, chosen anew each time, while all three move runs, and starts it again.
// perKill runs are offered with each kill.
func KillNodes(ctx context.Context, binary, place, dir string, kills, perKill int, limit time.Duration) (row Row, err error) {
	c, err := newCluster(ctx, binary, place, dir, "One of three", 3, nil)
	if err != nil {
		return row, err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	for range kills {
		c.load.Add(perKill)
		n := c.nodes[rand.IntN(len(c.nodes))]
		n.Kill(time.Duration(50+rand.IntN(400)) * time.Millisecond)
		c.load.Offer(c.nodes...)
		if err := n.Wait(); err != nil {
			return row, err
		}
		c.load.Offer(c.nodes...)
		if err := n.mustStart(); err != nil {
			return row, err
		}
	}
	return c.conclude(ctx, "kill -9 of one node of three", kills, limit)
}

// RestartPostgres stops the server, at once and without warning, while two nodes move runs, and starts it again.
func RestartPostgres(ctx context.Context, binary string, server *testpg.Server, dir string, times, perTime int, limit time.Duration) (row Row, err error) {
	place, err := server.Make()
	if err != nil {
		return row, err
	}
	c, err := newCluster(ctx, binary, place, dir, "PostgreSQL restarted", 2, nil)
	if err != nil {
		return row, err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	for range times {
		c.load.Add(perTime)
		stopped := make(chan error, 1)
		time.AfterFunc(time.Duration(50+rand.IntN(500))*time.Millisecond, func() {
			err := server.Halt()
			time.Sleep(time.Duration(rand.IntN(1500)) * time.Millisecond)
			stopped <- errors.Join(err, server.Run())
		})
		c.load.Offer(c.nodes...)
		if err := <-stopped; err != nil {
			return row, err
		}
		c.load.Offer(c.nodes...)
	}
	return c.conclude(ctx, "PostgreSQL restarted", times, limit)
}

// CutOff cuts one node of two off from PostgreSQL, for longer than the other waits before it takes over: its connections
// break, or with stall no byte comes through and nothing says so.
func CutOff(ctx context.Context, binary, place, dir string, stall bool, times, perTime int, hold, limit time.Duration) (row Row, err error) {
	cut, err := NewCut(place)
	if err != nil {
		return row, err
	}
	defer func() { err = errors.Join(err, cut.Close()) }()
	name := "a node's connections to PostgreSQL broken"
	if stall {
		name = "a node cut off from PostgreSQL silently"
	}
	c, err := newCluster(ctx, binary, place, dir, name, 2, func(i int) string { return []string{cut.URL, place}[i] })
	if err != nil {
		return row, err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	for range times {
		c.load.Add(perTime)
		healed := make(chan struct{})
		time.AfterFunc(time.Duration(50+rand.IntN(300))*time.Millisecond, func() {
			if stall {
				cut.Stall()
			} else {
				cut.Break()
			}
			time.Sleep(hold)
			cut.Mend()
			close(healed)
		})
		c.load.Offer(c.nodes...)
		c.load.Offer(c.nodes[1]) // what the other did not take
		<-healed
	}
	return c.conclude(ctx, name, times, limit)
}
