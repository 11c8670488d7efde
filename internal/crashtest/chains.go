package crashtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"caracal/db"
	"caracal/oktasim"
	"caracal/workflow"
)

// Chains is runs that fail until somebody mends the org, and that two people continue then, both at once: each label
// stands for a run, the one that continues it, and the one that continues that.
type Chains struct {
	*Load

	mu     sync.Mutex
	chains map[string][]string // run ids by label, each continued by the next
	left   map[string]bool     // labels whose run nobody continues: what may have been done was done
}

// gates is how often the org has to be mended until a run of a chain succeeds.
const gates = 2

// gate is the login of somebody without whom a run fails.
func gate(label string, n int) string { return fmt.Sprintf("gate%d-%s@caracal.example", n, label) }

// atGate is how a run ends that finds a gate shut.
const atGate = "Okta has no user with the login"

// Chains publishes what chains are of, a loop and a called workflow that each fail in their middle, and begins with none.
func (r *Rig) Chains(ctx context.Context, o *Org) (*Chains, error) {
	step := func(id, action, in string, fields ...string) workflow.Step {
		s := workflow.Step{ID: id, Title: id, Action: action, Fields: map[string]string{}, Control: workflow.Control{In: in}}
		for i := 0; i < len(fields); i += 2 {
			s.Fields[fields[i]] = fields[i+1]
		}
		return s
	}
	called, err := r.flow(ctx, o, workflow.Definition{Name: "Gated within", Steps: []workflow.Step{
		step("person", "user.create", "", "first_name", "Crash", "last_name", "Gated", "email", "{{ inputs.label }}-called@caracal.example", "when", "now"),
		step("gate", "user.find", "", "login", gate("{{ inputs.label }}", 2)),
		step("again", "user.reactivate", "", "user", "{{ steps.person.output.id }}", "send_email", "true"),
		step("give", workflow.FlowGive, "", "value", "{{ steps.person.output.id }}"),
	}})
	if err != nil {
		return nil, err
	}
	outer, err := r.flow(ctx, o, workflow.Definition{Name: "Gated", Steps: []workflow.Step{
		step("group", "group.create", "", "name", "{{ inputs.label }}"),
		step("each", workflow.FlowForEach, "", "list", `{{ ["a", "b", "c"] }}`, "at_once", "2"),
		step("made", "group.create", "each", "name", "{{ inputs.label }}-{{ item }}"),
		step("gate", "user.find", "each", "login", gate("{{ inputs.label }}", 1)),
		step("after", "group.create", "each", "name", "{{ inputs.label }}-{{ item }}-after"),
		step("call", workflow.CallAction(called), "", "label", "{{ inputs.label }}"),
		step("member", "group.add_member", "", "user", "{{ steps.call.output.result }}", "group", "{{ steps.group.output.id }}"),
	}})
	c := &Chains{Load: r.Load(o), chains: map[string][]string{}, left: map[string]bool{}}
	c.workflows = []string{outer}
	return c, err
}

// Round clicks on Run for what has no run yet, and continues, once, what has ended at a gate. It reports whether nothing
// is left to do. Nodes that answer nothing are passed over: the next round clicks again, as people do.
func (c *Chains) Round(ctx context.Context, d *db.DB, nodes ...*Node) (over bool, err error) {
	over = c.Offer(nodes...)
	effects := readEffects(c.org.Sim)
	if _, err := c.answer(ctx, d, nodes); err != nil {
		return false, err
	}
	for _, label := range slices.Clone(c.labels) {
		tail := c.tail(label)
		if tail == "" || c.left[label] {
			continue
		}
		run, err := d.Run(ctx, tail)
		if errors.Is(err, db.ErrNotFound) {
			continue // Verify says so
		}
		if err != nil {
			return false, err
		}
		if run.State == workflow.RunSucceeded {
			continue
		}
		over = false
		if run.State.Ended() {
			if err := c.goOn(ctx, d, label, run, effects, nodes); err != nil {
				return false, err
			}
		}
	}
	return over, nil
}

// tail is the last run of a chain.
func (c *Chains) tail(label string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.chains[label]) == 0 {
		c.Load.mu.Lock()
		id := c.accepted[label]
		c.Load.mu.Unlock()
		if id == "" {
			return ""
		}
		c.chains[label] = []string{id}
	}
	list := c.chains[label]
	return list[len(list)-1]
}

// goOn mends the org and lets two people continue a run at the same moment, each through a node of their own.
func (c *Chains) goOn(ctx context.Context, d *db.DB, label string, run workflow.Run, effects effects, nodes []*Node) error {
	for n := 1; n <= min(len(c.chains[label]), gates); n++ {
		if _, there := c.org.Sim.FindUser(gate(label, n)); !there {
			if _, err := c.org.Sim.AddPerson(oktasim.Person{First: "Gate", Last: label, Login: gate(label, n), Unlisted: true}); err != nil {
				return err
			}
		}
	}
	was, err := c.wasDone(ctx, d, run, effects)
	if err != nil {
		return err
	}
	var people sync.WaitGroup
	first := rand.IntN(len(nodes))
	for i, cookie := range c.rig.cookies {
		people.Go(func() { c.press(nodes[(first+i)%len(nodes)], cookie, label, run.ID, was) })
	}
	people.Wait()
	return nil
}

// wasDone reports whether something within a run is in doubt and was done: a person who looks in the org does not do
// that again.
func (c *Chains) wasDone(ctx context.Context, d *db.DB, run workflow.Run, effects effects) (bool, error) {
	for _, s := range run.Steps {
		if (s.Doubt || s.State == workflow.StepUncertain || s.State == workflow.StepStarted) && marked[s.Action].event != "" && effects.of(s) > 0 {
			return true, nil
		}
		var within []workflow.Run
		if err := d.EachChild(ctx, run.ID, s.Index, func(child workflow.Run) error {
			within = append(within, child)
			return nil
		}); err != nil {
			return false, err
		}
		for _, child := range within {
			child, err := d.Run(ctx, child.ID)
			if err != nil {
				return false, err
			}
			if was, err := c.wasDone(ctx, d, child, effects); was || err != nil {
				return was, err
			}
		}
	}
	return false, nil
}

var (
	shownPlan = regexp.MustCompile(`name="plan" value="([0-9a-f]+)"`)
	mustTick  = regexp.MustCompile(`data-must><input type="hidden" name="offered" value="([^"]+)"`)
)

// press opens the page on which a run is continued and presses the button, with what has to be ticked ticked. Where what
// would be ticked was done, the run is left as it is.
func (c *Chains) press(n *Node, cookie, label, id string, wasDone bool) {
	page, at, err := n.look(cookie, "/runs/"+id+"/continue")
	if err != nil {
		return // the node is dead, or busy
	}
	if at == "" { // nobody continued it yet
		plan := shownPlan.FindStringSubmatch(page)
		if plan == nil {
			return // it can't be continued yet: it is still being recorded
		}
		fields := []string{"label", label, "version", "1", "plan", plan[1], "do", "continue"}
		for _, must := range mustTick.FindAllStringSubmatch(page, -1) {
			if wasDone {
				c.mu.Lock()
				c.left[label] = true
				c.mu.Unlock()
				return
			}
			fields = append(fields, "again", must[1])
		}
		at, err = n.postAs(cookie, "/runs/"+id+"/continue", fields...)
		if odd := new(statusError); errors.As(err, &odd) && odd.status != http.StatusUnprocessableEntity && !slices.Contains(tryAgain, odd.status) {
			c.problem("%s: %v\n%s", label, err, n.log)
		}
		if err != nil {
			return
		}
	}
	by := strings.TrimPrefix(at, "/runs/")
	c.mu.Lock()
	defer c.mu.Unlock()
	list := c.chains[label]
	switch i := slices.Index(list, id); {
	case i == len(list)-1:
		c.chains[label] = append(list, by)
	case list[i+1] != by:
		c.problem("%s: %s is continued twice, as %s and %s", label, id, list[i+1], by)
	}
}

// look reads a page as a person who is signed in; at is where it leads instead, if it does.
func (n *Node) look(cookie, path string) (text, at string, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+n.addr+path, http.NoBody)
	if err != nil {
		return "", "", err
	}
	r.Header.Set("Cookie", cookie)
	resp, err := n.rig.client.Do(r)
	if err != nil {
		return "", "", err
	}
	body, err := io.ReadAll(resp.Body)
	err = errors.Join(err, resp.Body.Close())
	switch {
	case err == nil && resp.StatusCode == http.StatusSeeOther:
		return "", resp.Header.Get("Location"), nil
	case err == nil && resp.StatusCode != http.StatusOK:
		err = &statusError{path, resp.StatusCode}
	}
	return string(body), "", err
}

// Settle goes on with rounds until every chain has come to its end, or the limit is over; Verify tells then.
func (c *Chains) Settle(ctx context.Context, limit time.Duration, nodes ...*Node) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return c.rounds(ctx, func() bool { return false }, nodes...)
}

// rounds makes rounds until nothing is left to do, or it is enough.
func (c *Chains) rounds(ctx context.Context, enough func() bool, nodes ...*Node) error {
	d, err := c.rig.reading(ctx)
	if err != nil {
		return err
	}
	defer d.Close() //nolint:errcheck // it was only read
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	for !enough() {
		over, err := c.Round(ctx, d, nodes...)
		if ctx.Err() != nil || over {
			return nil
		}
		if err != nil {
			return err
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return nil
		}
	}
	return nil
}

// Verify holds the org's log against all runs of all chains, and the chains against what is stored.
func (c *Chains) Verify(ctx context.Context, fault string) (Row, error) {
	c.past = map[string]bool{}
	for label, list := range c.chains {
		for i, id := range list {
			if i < len(list)-1 || c.left[label] {
				c.past[id] = true
			}
		}
	}
	row, err := c.Load.Verify(ctx, fault, func(words string) bool { return strings.Contains(words, atGate) })
	if err != nil {
		return row, err
	}
	row.Failed += len(c.left)
	d, err := c.rig.reading(ctx)
	if err != nil {
		return row, err
	}
	defer d.Close() //nolint:errcheck // it was only read
	for label, list := range c.chains {
		for i, id := range list {
			by, err := d.ContinuedBy(ctx, id)
			if err != nil {
				return row, err
			}
			if want := append(list, "")[i+1]; by != want {
				row.Lost++
				row.Problems = append(row.Problems, fmt.Sprintf("%s: %s is continued by %q, and people were told %q", label, id, by, want))
			}
		}
		if len(list) < gates+1 && !c.left[label] {
			row.Problems = append(row.Problems, fmt.Sprintf("%s was continued %d times, and was stopped %d times", label, len(list)-1, gates))
		}
	}
	return row, nil
}
