package crashtest

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"sync/atomic"
	"time"

	"caracal/db"
	"caracal/internal/crash"
)

// Node is the real program, `caracal demo` beside orgs of ours, started again and again on one database.
type Node struct {
	rig   *Rig
	place string // of the database, as this node sees it
	dir   string
	addr  string // new at each start

	cmd    *exec.Cmd
	log    *tail
	killer *time.Timer
	shot   atomic.Bool // by the killer, and not at a point
	killed chan error  // what came of the killer, once it began
}

// Node makes one more node. place is where it finds the database: the rig's, or a way there that can be cut off.
func (r *Rig) Node(name, place string) (*Node, error) {
	dir, err := r.folder(name)
	if err != nil {
		return nil, err
	}
	n := &Node{rig: r, place: place, dir: dir}
	if !db.IsURL(place) {
		n.dir = filepath.Dir(place)
		if err := os.WriteFile(filepath.Join(n.dir, "demo.key"), []byte(r.key), 0o600); err != nil {
			return nil, err
		}
	}
	return n, nil
}

var readyAt = regexp.MustCompile(`Caracal is ready\. Open http://(\S+)`)

// Start starts a life, which dies at a named point, if any. ready is false when it died before it was ready.
func (n *Node) Start(crashAt string) (ready bool, err error) {
	args := []string{"demo", "--addr", "127.0.0.1:0", "--org-addr", "127.0.0.1:0", "--data", n.dir, "--allow-org", n.rig.hosts()}
	if db.IsURL(n.place) {
		args = append(args, "--database-url", n.place)
	}
	if n.rig.Mail != "" {
		args = append(args, "--mail", n.rig.Mail)
	}
	n.cmd = exec.Command(n.rig.binary, args...)
	n.cmd.Env = append(os.Environ(), crash.Variable+"="+crashAt)
	n.log = &tail{}
	n.cmd.Stderr = n.log
	n.shot.Store(false)
	n.killer = nil
	out, err := n.cmd.StdoutPipe()
	if err != nil {
		return false, err
	}
	if err := n.cmd.Start(); err != nil {
		return false, err
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if found := readyAt.FindStringSubmatch(lines.Text()); found != nil {
			n.addr = found[1]
			go func() { // until the process ends, so that it never waits for a reader
				for lines.Scan() {
				}
			}()
			return true, nil
		}
	}
	return false, nil
}

// Kill ends the life by kill -9 after a while, unless it is over by then.
func (n *Node) Kill(after time.Duration) {
	killed := make(chan error, 1)
	n.killed = killed
	n.killer = time.AfterFunc(after, func() {
		n.shot.Store(true)
		err := n.cmd.Process.Kill()
		if errors.Is(err, os.ErrProcessDone) {
			err = nil
		}
		killed <- err
	})
}

// Wait sees the process dead, and returns an error if it ended by itself.
func (n *Node) Wait() error {
	err := n.cmd.Wait()
	if n.killer != nil && !n.killer.Stop() {
		if err := <-n.killed; err != nil {
			return fmt.Errorf("the program could not be killed: %w", err)
		}
	}
	if n.cmd.ProcessState.Exited() {
		return fmt.Errorf("the program ended by itself: %w\n%s", errors.Join(err, errEnded), n.log)
	}
	return nil
}

var errEnded = errors.New("it was not killed")

// Stop asks the process to end in good order.
func (n *Node) Stop() error {
	if err := n.cmd.Process.Signal(os.Interrupt); err != nil {
		return err
	}
	if err := n.cmd.Wait(); err != nil {
		return fmt.Errorf("the program did not end well: %w\n%s", err, n.log)
	}
	return nil
}

// Process is the running process's id.
func (n *Node) Process() int { return n.cmd.Process.Pid }

// tail keeps the end of what was written.
type tail struct {
	mu   sync.Mutex
	text []byte
}

const tailBytes = 16 << 10

// Write adds to it.
func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, b...)
	if len(t.text) > 2*tailBytes {
		t.text = append([]byte{}, t.text[len(t.text)-tailBytes:]...)
	}
	return len(b), nil
}

// String returns the end.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.text[max(0, len(t.text)-tailBytes):])
}
