package crashtest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"caracal/oktasim"
	"caracal/org"
)

// OrgFault is one way in which an org fails its callers.
type OrgFault struct {
	Name string
	// Strike breaks the org until the context ends, and heals it then.
	Strike func(ctx context.Context, o *Org) error
	// MayFail says which sentences a run may end with because of it; nil is none. What the runs did until then is
	// held against the log all the same.
	MayFail func(words string) bool
}

// method alternates, but for a clock, which only what is signed can tell.
func (f OrgFault) method(i int) org.Method {
	if strings.Contains(f.Name, "clock") || i%2 == 0 {
		return org.CustomApp
	}
	return org.Integration
}

// some breaks every so many-th request that changes something.
func some(every int64, f func() *oktasim.Fault) func(context.Context, *Org) error {
	return until(func(write bool, n int64) *oktasim.Fault {
		if !write || n%every != 0 {
			return nil
		}
		return f()
	})
}

// until breaks requests until the context ends.
func until(f func(write bool, n int64) *oktasim.Fault) func(context.Context, *Org) error {
	return func(ctx context.Context, o *Org) error {
		o.Break(f)
		<-ctx.Done()
		o.Break(nil)
		return nil
	}
}

// repeatedly does something to the org again and again until the context ends.
func repeatedly(every time.Duration, do func(o *Org) error) func(context.Context, *Org) error {
	return func(ctx context.Context, o *Org) error {
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			if err := do(o); err != nil {
				return err
			}
			select {
			case <-ctx.Done():
				return nil
			case <-tick.C:
			}
		}
	}
}

// OrgFaults lists the ways in which an org fails.
func OrgFaults() []OrgFault {
	internal := func() *oktasim.Fault { return oktasim.ErrorFault(500, "E0000009", "Internal Server Error") }
	return []OrgFault{
		{Name: "org down", Strike: func(ctx context.Context, o *Org) error {
			err := o.Down()
			<-ctx.Done()
			return errors.Join(err, o.Up(context.WithoutCancel(ctx)))
		}},
		{Name: "org slow", Strike: until(func(_ bool, n int64) *oktasim.Fault {
			return oktasim.Delay(time.Duration(n%4) * 400 * time.Millisecond)
		})},
		{Name: "500 before the change", Strike: some(3, internal)},
		{Name: "500 after the change", Strike: some(3, func() *oktasim.Fault { return oktasim.ErrorAfter(500, "E0000009", "Internal Server Error") })},
		{Name: "500 to everything", Strike: until(func(bool, int64) *oktasim.Fault { return internal() })},
		{Name: "503 that is not Okta's", Strike: some(4, func() *oktasim.Fault {
			return oktasim.StatusFault(503, "<html><body>503 Service Unavailable</body></html>")
		})},
		{Name: "connection dropped before the change", Strike: some(3, oktasim.DropBefore)},
		{Name: "connection dropped after the change", Strike: some(3, oktasim.DropAfter)},
		{Name: "429 storm", Strike: until(func(_ bool, n int64) *oktasim.Fault {
			if n%5 == 0 {
				return nil
			}
			return oktasim.RateLimited(2 * time.Second)
		})},
		{Name: "tokens ended", Strike: repeatedly(400*time.Millisecond, func(o *Org) error { o.Sim.ExpireTokens(); return nil }),
			MayFail: func(words string) bool { return strings.Contains(words, "does not accept the access token") }}, // two in a row

		{Name: "client taken away", Strike: func(ctx context.Context, o *Org) error {
			err := o.Sim.SetActive(o.client(), false)
			o.Sim.ExpireTokens()
			<-ctx.Done()
			return errors.Join(err, o.Sim.SetActive(o.client(), true))
		}, MayFail: func(words string) bool { return strings.Contains(words, "client ID") }},
		{Name: "org's clock 90 seconds ahead", Strike: skewed(90 * time.Second)},
		{Name: "org's clock 90 seconds behind", Strike: skewed(-90 * time.Second)},
		{Name: "org's clock 20 minutes ahead", Strike: skewed(20 * time.Minute), MayFail: saysClock},
		{Name: "org's clock 20 minutes behind", Strike: skewed(-20 * time.Minute), MayFail: saysClock},
	}
}

// dropping loses some connections before, and some after, a change was made.
func dropping(write bool, n int64) *oktasim.Fault {
	switch {
	case !write:
		return nil
	case n%29 == 0:
		return oktasim.DropAfter()
	case n%37 == 0:
		return oktasim.DropBefore()
	}
	return nil
}

// saysClock: a clock that is far off is not papered over, so what needs a new signature fails and says why.
func saysClock(words string) bool { return strings.Contains(words, "clock") }

// skewed sets the org's clock wrong until the context ends.
func skewed(by time.Duration) func(context.Context, *Org) error {
	return func(ctx context.Context, o *Org) error {
		o.skew.Store(int64(by))
		<-ctx.Done()
		o.skew.Store(0)
		return nil
	}
}

// RunOrgFaults lets one program on a new database work with one org for each fault, all at once: each org has runs
// moved in it, breaks for a while, and heals. One row for each comes back.
func RunOrgFaults(ctx context.Context, binary, place, dir string, faults []OrgFault, runs int, hold, limit time.Duration) (rows []Row, err error) {
	orgs := make([]*Org, len(faults))
	defer func() {
		for _, o := range orgs {
			if o != nil {
				err = errors.Join(err, o.Close())
			}
		}
	}()
	for i, f := range faults {
		if orgs[i], err = NewOrg(f.Name, f.method(i)); err != nil {
			return nil, err
		}
	}
	r, err := NewRig(ctx, binary, place, dir, orgs...)
	if err != nil {
		return nil, err
	}
	n, err := r.Node("only", place)
	if err != nil {
		return nil, err
	}
	if ready, err := n.Start(""); err != nil || !ready {
		return nil, fmt.Errorf("the program did not start: %w %s", errors.Join(err, errEnded), n.log)
	}
	defer func() { err = errors.Join(err, n.Stop()) }()
	rows = make([]Row, len(faults))
	failed := make([]error, len(faults))
	var all sync.WaitGroup
	for i, f := range faults {
		all.Go(func() { rows[i], failed[i] = strike(ctx, r.Load(orgs[i]), n, f, runs, hold, limit) })
	}
	all.Wait()
	return rows, errors.Join(failed...)
}

func strike(ctx context.Context, l *Load, n *Node, f OrgFault, runs int, hold, limit time.Duration) (Row, error) {
	l.Add(runs)
	broken, heal := context.WithTimeout(ctx, hold)
	defer heal()
	struck := make(chan error, 1)
	go func() { struck <- f.Strike(broken, l.org) }()
	l.Offer(n)
	if err := <-struck; err != nil {
		return Row{}, fmt.Errorf("%s: %w", f.Name, err)
	}
	if err := l.Finish(ctx, limit, n); err != nil {
		return Row{}, fmt.Errorf("%s: %w", f.Name, err)
	}
	row, err := l.Verify(ctx, f.Name, f.MayFail)
	row.Times = int(l.org.struck.Load())
	return row, err
}
