package engine

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"caracal/internal/crash"
	"caracal/oktasim"
	"caracal/workflow"
)

// crashPoints are the names that crash.At knows.
var crashPoints = []string{"run-accepted", "before-start", "after-start-before-call", "after-call-before-done", "before-find", "before-end", "after-end"}

// TestCrash kills a process with kill -9 again and again, at every named point and at random, while it moves
// runs, and then holds the org's System Log against them: no accepted run is lost, no change that may not be
// repeated is there twice, and every step in doubt was found out or asked about. It is the engine alone, and a
// change of which nothing can be found out; internal/crashtest kills the whole program.
func TestCrash(t *testing.T) {
	t.Parallel()
	const perPoint, atRandom = 1, 10
	random := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 1)) // the moment of a kill is random in any case
	org := oktasim.New(oktasim.Config{SSWS: []string{crashToken}, Settings: oktasim.Settings{NoRateLimit: true, Latency: time.Millisecond}})
	var requests atomic.Int64
	org.SetFault(func(r *http.Request) *oktasim.Fault {
		switch n := requests.Add(1); {
		case r.Method == http.MethodGet:
			return nil
		case n%17 == 0:
			return oktasim.DropAfter()
		case n%23 == 0:
			return oktasim.DropBefore()
		}
		return nil
	})
	server := httptest.NewServer(org)
	t.Cleanup(server.Close)
	c := &crasher{t: t, db: newDatabase(t), org: server.URL, accepted: map[string]string{}}

	kills := 0
	for range perPoint {
		for _, point := range crashPoints {
			// Offered runs that are not accepted before the kill are offered again, as a person would click again.
			c.life(fmt.Sprintf("%s:%d", point, 1+random.IntN(2)), 5*time.Second)
			kills++
		}
	}
	for range atRandom {
		c.life("", time.Duration(random.IntN(150))*time.Millisecond)
		kills++
	}
	for _, point := range crashPoints {
		if c.reached[point] == 0 {
			t.Errorf("the process was never killed at %s", point)
		}
	}
	runs, asked := c.finish(org)
	c.verify(org, runs)
	t.Logf("%d kills, %d runs, %d steps found out or repeated, %d asked about", kills, len(runs), c.settled, asked)
}

type crasher struct {
	t        *testing.T
	db, org  string
	offered  []string          // tokens
	accepted map[string]string // run id by token
	reached  map[string]int
	settled  int
}

// process is a child under way.
type process struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

func (c *crasher) start(crashAt string) *process {
	c.t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childDB+"="+c.db, childOrg+"="+c.org, crash.Variable+"="+crashAt)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		c.t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		c.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	return &process{cmd, in, bufio.NewReader(out)}
}

// life starts a child, offers it runs, and sees it die: at the armed point, or by kill -9 after a while.
func (c *crasher) life(crashAt string, limit time.Duration) {
	c.t.Helper()
	p := c.start(crashAt)
	for range 4 {
		c.offered = append(c.offered, fmt.Sprintf("r%04d", len(c.offered)))
	}
	ready, err := p.out.ReadString('\n')
	if ready == "ready\n" {
		killer := time.AfterFunc(limit, func() { _ = p.cmd.Process.Kill() }) // an error is that it is dead already
		defer killer.Stop()
		for _, token := range c.offered {
			if c.accepted[token] == "" {
				fmt.Fprintln(p.in, "start", token) // a dead child does not read; the answer shows
			}
		}
		for {
			line, err := p.out.ReadString('\n')
			if err != nil {
				break
			}
			if word := strings.Fields(line); word[0] == "accepted" {
				c.accepted[word[1]] = word[2]
			}
		}
	} else if crashAt == "" {
		c.t.Fatalf("the child did not start: %q %v", ready, err)
	}
	err = p.cmd.Wait()
	if state := p.cmd.ProcessState; state.Exited() {
		c.t.Fatalf("the child ended by itself: %v", err)
	}
	if c.reached == nil {
		c.reached = map[string]int{}
	}
	point, _, _ := strings.Cut(crashAt, ":")
	c.reached[point]++
}

// finish runs a child to the end, answering as a person who looked in the org.
func (c *crasher) finish(org *oktasim.Org) (runs []workflow.Run, asked int) {
	c.t.Helper()
	p := c.start("")
	if line, err := p.out.ReadString('\n'); line != "ready\n" {
		c.t.Fatalf("the last child did not start: %q %v", line, err)
	}
	return c.conclude(p, org)
}

// conclude lets a child that is ready bring every run to its end.
func (c *crasher) conclude(p *process, org *oktasim.Org) (runs []workflow.Run, asked int) {
	c.t.Helper()
	for _, token := range c.offered {
		fmt.Fprintln(p.in, "start", token)
	}
	for {
		fmt.Fprintln(p.in, "settle")
		for {
			line, err := p.out.ReadString('\n')
			if err != nil {
				c.t.Fatalf("the last child died: %v", err)
			}
			kind, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
			if kind == "accepted" {
				token, id, _ := strings.Cut(rest, " ")
				if was := c.accepted[token]; was != "" && was != id {
					c.t.Errorf("%s was accepted as %s and then as %s", token, was, id)
				}
				c.accepted[token] = id
			}
			if kind == "runs" {
				if err := json.Unmarshal([]byte(rest), &runs); err != nil {
					c.t.Fatal(err)
				}
				break
			}
		}
		created, open := creations(org), 0
		for _, run := range runs {
			if run.State != workflow.RunAsking {
				continue
			}
			for _, s := range run.Steps {
				if s.State == uncertain {
					answer := Repeat
					if created[s.Input["label"]] > 0 {
						answer = Done
					}
					fmt.Fprintln(p.in, "decide", run.ID, s.Index, answer)
					open++
				}
			}
		}
		if asked += open; open == 0 {
			break
		}
	}
	fmt.Fprintln(p.in, "quit")
	if err := p.cmd.Wait(); err != nil {
		c.t.Errorf("the last child: %v", err)
	}
	return runs, asked
}

// verify holds effects, not calls, against the runs.
func (c *crasher) verify(org *oktasim.Org, runs []workflow.Run) {
	byID := map[string]workflow.Run{}
	for _, run := range runs {
		byID[run.ID] = run
	}
	if len(runs) != len(c.offered) {
		c.t.Errorf("%d runs for %d clicks", len(runs), len(c.offered))
	}
	for token, id := range c.accepted {
		if run, ok := byID[id]; !ok {
			c.t.Errorf("%s was accepted as %s and is lost", token, id)
		} else if run.State != workflow.RunSucceeded && !strings.Contains(run.Error, "stayed unclear each time") {
			c.t.Errorf("%s is %s: %s", token, run.State, run.Error)
		}
	}
	created := creations(org)
	for _, run := range runs {
		for _, s := range run.Steps {
			if s.Finding != "" {
				c.settled++
			}
			if s.Action == "app.update" || s.State == skipped {
				continue
			}
			if n := created[s.Input["label"]]; n != 1 {
				c.t.Errorf("%s made %q %d times; attempts %d, finding %q", run.ID, s.Input["label"], n, s.Attempts, s.Finding)
			}
		}
	}
}

// creations counts how often each application was made, from the System Log.
func creations(org *oktasim.Org) map[string]int {
	n := map[string]int{}
	for _, e := range org.Events("application.lifecycle.create") {
		n[e.Target[0].AlternateID]++
	}
	return n
}
