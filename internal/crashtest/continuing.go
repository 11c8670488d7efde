package crashtest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"caracal/db"
	"caracal/org"
)

// continuePoints are the names that crash.At knows on the way of a run that continues another.
var continuePoints = []string{"run-accepted", "before-start", "after-start-before-call", "after-call-before-done", "before-end", "after-end"}

// KillContinuing kills programs with kill -9 while two people continue the same runs at the same moment, and starts them
// again: one program on a file, or two on PostgreSQL, of which each of the people has one. Every other life dies at a
// point on the way of a run, the others at any moment. perLife runs are begun in each.
func KillContinuing(ctx context.Context, binary, place, dir string, kills, perLife int, limit time.Duration) (row Row, err error) {
	o, err := NewOrg("Continued", org.CustomApp)
	if err != nil {
		return row, err
	}
	defer func() { err = errors.Join(err, o.Close()) }()
	r, err := NewRig(ctx, binary, place, dir, o)
	if err != nil {
		return row, err
	}
	c, err := r.Chains(ctx, o)
	if err != nil {
		return row, err
	}
	o.Break(dropping)
	names := []string{"node-1"}
	if db.IsURL(place) {
		names = append(names, "node-2")
	}
	var nodes []*Node
	defer func() {
		for _, n := range nodes {
			err = errors.Join(err, n.Stop())
		}
	}()
	for _, name := range names {
		n, err := r.Node(name, place)
		if err == nil {
			err = n.mustStart()
		}
		if err != nil {
			return row, err
		}
		nodes = append(nodes, n)
	}
	for i := range kills {
		c.Add(perLife)
		if err := c.kill(ctx, nodes[rand.IntN(len(nodes))], i, nodes); err != nil {
			return row, err
		}
	}
	if err := c.Settle(ctx, limit, nodes...); err != nil {
		return row, err
	}
	row, err = c.Verify(ctx, "kill -9 while runs are continued")
	row.Times = kills
	return row, err
}

// kill lets a node live until it dies, while people go on clicking at all of them, and starts it again.
func (c *Chains) kill(ctx context.Context, n *Node, i int, nodes []*Node) error {
	most := time.Duration(100+rand.IntN(700)) * time.Millisecond
	if i%2 == 1 { // it begins anew, to die at a point
		n.Kill(0)
		if err := n.Wait(); err != nil {
			return err
		}
		ready, err := n.Start(fmt.Sprintf("%s:%d", continuePoints[i/2%len(continuePoints)], 1+rand.IntN(4)))
		if err != nil {
			return err
		}
		if !ready { // the point was on the way of what it found to do
			return errors.Join(n.Wait(), n.mustStart())
		}
		most = 4 * time.Second
	}
	dead := make(chan error, 1)
	n.Kill(most)
	go func() { dead <- n.Wait() }()
	if err := c.rounds(ctx, func() bool { return len(dead) > 0 }, nodes...); err != nil {
		return err
	}
	return errors.Join(<-dead, n.mustStart())
}
