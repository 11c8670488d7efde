package crashtest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"caracal/org"
)

// alone is the program on a file, with an org of its own.
func alone(ctx context.Context, binary, dir, name string) (*cluster, error) {
	c := &cluster{}
	var err error
	if c.org, err = NewOrg(name, org.CustomApp); err != nil {
		return nil, err
	}
	if c.rig, err = NewRig(ctx, binary, File(dir), dir, c.org); err != nil {
		return nil, errors.Join(err, c.close())
	}
	c.org.Break(dropping)
	n, err := c.rig.Node("only", c.rig.Place)
	if err != nil {
		return nil, errors.Join(err, c.close())
	}
	c.nodes, c.load = []*Node{n}, c.rig.Load(c.org)
	return c, nil
}

// KillAlone kills the program on a file with kill -9 at any moment while it moves runs, and starts it again. The runs are
// spread over its lives.
func KillAlone(ctx context.Context, binary, dir string, kills, runs int, limit time.Duration) (row Row, err error) {
	c, err := alone(ctx, binary, dir, "Alone")
	if err != nil {
		return row, err
	}
	n := c.nodes[0]
	for i := range kills {
		c.load.Add(runs*(i+1)/kills - runs*i/kills)
		if err := n.mustStart(); err != nil {
			return row, errors.Join(err, c.org.Close())
		}
		n.Kill(time.Duration(rand.IntN(600)) * time.Millisecond)
		c.load.Offer(n)
		if err := n.Wait(); err != nil {
			return row, errors.Join(err, c.org.Close())
		}
	}
	if err := n.mustStart(); err != nil {
		return row, errors.Join(err, c.org.Close())
	}
	defer func() { err = errors.Join(err, c.close()) }()
	return c.conclude(ctx, "kill -9 at any moment", kills, limit)
}

// FullDisk lets no file of the program on a file grow for a while, as a full disk and a used up quota do, while it moves
// runs, and then lets it: the program is not started again.
func FullDisk(ctx context.Context, binary, dir string, times, perTime int, limit time.Duration) (row Row, err error) {
	c, err := alone(ctx, binary, dir, "Full disk")
	if err != nil {
		return row, err
	}
	n := c.nodes[0]
	if err := n.mustStart(); err != nil {
		return row, errors.Join(err, c.org.Close())
	}
	defer func() { err = errors.Join(err, c.close()) }()
	for range times {
		c.load.Add(perTime)
		lifted := make(chan error, 1)
		time.AfterFunc(time.Duration(100+rand.IntN(200))*time.Millisecond, func() {
			err := limitFiles(n.Process(), 64<<10)
			time.Sleep(3 * time.Second)
			lifted <- errors.Join(err, limitFiles(n.Process(), noLimit))
		})
		c.load.Offer(n)
		if err := <-lifted; err != nil {
			return row, fmt.Errorf("limit the size of files: %w", err)
		}
	}
	return c.conclude(ctx, "no file can grow: a full disk", times, limit)
}
