package crashtest

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"caracal/internal/crash"
)

// program is how `caracal demo` is started, again and again, on one folder and with one org of ours beside
// its own.
type program struct {
	t               *testing.T
	binary, data    string
	addr, orgAddr   string
	allowed, cookie string
	client          *http.Client
}

// build builds the real program.
func build(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "caracal")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "caracal/cmd/caracal").CombinedOutput()
	if err != nil {
		t.Fatalf("build caracal: %v\n%s", err, out)
	}
	return binary
}

// freeAddr returns a loopback address that was free a moment ago.
func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// child is one life of the program.
type child struct {
	*program
	cmd    *exec.Cmd
	killer *time.Timer
	shot   atomic.Bool // by the killer, not at a point
}

// start starts a life that dies at a named point, if any. ready is false when it died before it was ready.
func (p *program) start(crashAt string) (c *child, ready bool) {
	p.t.Helper()
	cmd := exec.Command(p.binary, "demo", "--addr", p.addr, "--org-addr", p.orgAddr, "--data", p.data, "--allow-org", p.allowed)
	cmd.Env = append(os.Environ(), crash.Variable+"="+crashAt)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	c = &child{program: p, cmd: cmd}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if strings.Contains(lines.Text(), "Caracal is ready") {
			go func() { // until the process ends, so that it never waits for a reader
				for lines.Scan() {
				}
			}()
			return c, true
		}
	}
	return c, false
}

// kill ends the life by kill -9 after a while, unless it is over by then.
func (c *child) kill(after time.Duration) {
	c.killer = time.AfterFunc(after, func() {
		c.shot.Store(true)
		if err := c.cmd.Process.Kill(); err != nil && !strings.Contains(err.Error(), "finished") {
			c.t.Errorf("kill: %v", err)
		}
	})
}

// wait sees the process dead, and fails the test if it ended by itself.
func (c *child) wait() {
	c.t.Helper()
	err := c.cmd.Wait()
	if c.killer != nil {
		c.killer.Stop()
	}
	if c.cmd.ProcessState.Exited() {
		c.t.Fatalf("the program ended by itself: %v", err)
	}
}

// end lets the life end by itself, and fails the test when it does not end well.
func (c *child) end() {
	c.t.Helper()
	if err := c.cmd.Process.Signal(os.Interrupt); err != nil {
		c.t.Error(err)
	}
	if err := c.cmd.Wait(); err != nil {
		c.t.Errorf("the program did not end well: %v", err)
	}
}

// post sends a form as the signed-in person and returns where the answer leads, "" when there was none.
func (p *program) post(path string, fields ...string) (location string, err error) {
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+p.addr+path, strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", "http://"+p.addr)
	r.Header.Set("Cookie", p.cookie)
	resp, err := p.client.Do(r)
	if err != nil {
		return "", err
	}
	if err := resp.Body.Close(); err != nil {
		return "", err
	}
	if resp.StatusCode != http.StatusSeeOther {
		return "", fmt.Errorf("POST %s: %s", path, resp.Status)
	}
	return resp.Header.Get("Location"), nil
}

// offer clicks Run for each label, a few at once, until the program is dead, and returns the run of each click
// that was answered.
func (p *program) offer(workflowID string, labels []string) map[string]string {
	accepted := map[string]string{}
	var mu sync.Mutex
	var clicks sync.WaitGroup
	for part := range 3 {
		clicks.Go(func() {
			for i := part; i < len(labels); i += 3 {
				location, err := p.post("/workflows/"+workflowID+"/runs", "label", labels[i], "version", "1", "once", once(labels[i]))
				if err != nil {
					if strings.HasPrefix(err.Error(), "POST ") { // an answer, and not what was asked for
						p.t.Error(err)
					}
					return
				}
				mu.Lock()
				accepted[labels[i]] = strings.TrimPrefix(location, "/runs/")
				mu.Unlock()
			}
		})
	}
	clicks.Wait()
	return accepted
}

// once is the token in the form that was opened for a label, however often its button is pressed.
func once(label string) string { return "once-token-of-" + label }
