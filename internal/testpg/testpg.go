// Package testpg starts one temporary PostgreSQL server for a test program, and makes databases in it.
//
// The server is that of the system's packages, on a Unix socket in a temporary folder, without any care for the disk.
// It ends with the program, however that ends.
package testpg

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Server is one PostgreSQL server.
type Server struct {
	dir    string
	bin    string
	as     *syscall.Credential // whom it runs as, when we are root: it refuses root
	cmd    *exec.Cmd
	alive  io.WriteCloser // its end ends the server
	count  atomic.Int64
	mu     sync.Mutex
	seeded map[string]string // template database by name
}

const missing = "PostgreSQL is not installed, and these tests need it; run .ci/setup, or install Debian's package postgresql (initdb and postgres are looked for in /usr/lib/postgresql/*/bin and on the path)"

// Start starts a server in a new folder. Stop ends it.
func Start() (_ *Server, err error) {
	s := &Server{seeded: map[string]string{}}
	if s.bin, err = findBin(); err != nil {
		return nil, err
	}
	if s.dir, err = os.MkdirTemp("", "caracal-pg-"); err != nil {
		return nil, err
	}
	if os.Getuid() == 0 {
		if s.as, err = unprivileged(); err != nil {
			return nil, err
		}
		if err := os.Chown(s.dir, int(s.as.Uid), int(s.as.Gid)); err != nil {
			return nil, err
		}
	}
	init := s.command("initdb", "-D", s.data(), "-U", "caracal", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	if out, err := init.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("make a PostgreSQL cluster: %w\n%s", err, out)
	}
	return s, s.Run()
}

// Run starts the server on its folder, as Start does; a test that stopped it with Halt starts it again so.
func (s *Server) Run() error {
	// The shell ends the server when our end of its input closes, which the system sees to when we die.
	script := `"$0" "$@" </dev/null & server=$!; read line; kill -QUIT $server; wait $server; [ "$line" = keep ] || rm -rf "$PWD"`
	server := []string{filepath.Join(s.bin, "postgres"), "-D", s.data(), "-k", s.dir, "-c", "listen_addresses=", "-c", "fsync=off",
		"-c", "synchronous_commit=off", "-c", "full_page_writes=off", "-c", "max_connections=500", "-c", "shared_buffers=64MB",
		"-c", "log_min_messages=fatal", "-c", "autovacuum=off"}
	s.cmd = exec.Command("sh", append([]string{"-c", script}, server...)...)
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.as}
	s.cmd.Dir = s.dir
	log, err := os.Create(s.log())
	if err != nil {
		return err
	}
	defer log.Close()
	s.cmd.Stdout, s.cmd.Stderr = log, log
	if s.alive, err = s.cmd.StdinPipe(); err != nil {
		return err
	}
	if err := s.cmd.Start(); err != nil {
		return fmt.Errorf("start PostgreSQL: %w", err)
	}
	deadline := time.Now().Add(20 * time.Second)
	for {
		err := s.exec(context.Background(), "postgres", "SELECT 1")
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			text, unread := os.ReadFile(s.log())
			return fmt.Errorf("PostgreSQL did not answer in 20 seconds: %w\n%s", errors.Join(err, unread), text)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// Halt stops the server at once and keeps its data.
func (s *Server) Halt() error {
	_, err := io.WriteString(s.alive, "keep\n")
	return errors.Join(err, s.cmd.Wait())
}

// Stop ends the server and removes what it kept.
func (s *Server) Stop() error {
	return errors.Join(s.alive.Close(), s.cmd.Wait())
}

func (s *Server) log() string  { return filepath.Join(s.dir, "log") }
func (s *Server) data() string { return filepath.Join(s.dir, "data") }

func (s *Server) command(name string, args ...string) *exec.Cmd {
	c := exec.Command(filepath.Join(s.bin, name), args...)
	c.SysProcAttr = &syscall.SysProcAttr{Credential: s.as}
	c.Dir = s.dir
	c.Env = append(os.Environ(), "LC_ALL=C")
	return c
}

// URL is the address of a database.
func (s *Server) URL(name string) string {
	return "postgres:///" + name + "?" + url.Values{"host": {s.dir}, "user": {"caracal"}, "sslmode": {"disable"}}.Encode()
}

func (s *Server) exec(ctx context.Context, database, query string) (err error) {
	conn, err := pgx.Connect(ctx, s.URL(database))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	_, err = conn.Exec(ctx, query)
	return err
}

// Make makes an empty database and returns its address.
func (s *Server) Make() (string, error) {
	name := fmt.Sprintf("t%d", s.count.Add(1))
	return s.URL(name), s.exec(context.Background(), "postgres", "CREATE DATABASE "+name)
}

// Like makes a copy of a database that fill made the first time it was asked for under this name.
func (s *Server) Like(name string, fill func(url string) error) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock() // a template can't be copied while anybody is connected to it
	if _, ok := s.seeded[name]; !ok {
		if err := s.exec(context.Background(), "postgres", "CREATE DATABASE "+name); err != nil {
			return "", err
		}
		if err := fill(s.URL(name)); err != nil {
			return "", err
		}
		s.seeded[name] = name
	}
	copied := fmt.Sprintf("t%d", s.count.Add(1))
	return s.URL(copied), s.exec(context.Background(), "postgres", "CREATE DATABASE "+copied+" TEMPLATE "+name)
}

// shared is the one server of a test program: it starts when it is first asked for, and ends with the program.
var shared = sync.OnceValues(Start)

// Shared returns the program's server, and fails the test with a sentence when there can be none.
func Shared(t testing.TB) *Server {
	t.Helper()
	s, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// findBin looks for the newest server there is.
func findBin() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil {
		return "", err
	}
	slices.SortFunc(found, func(a, b string) int { return versionOf(b) - versionOf(a) })
	if len(found) > 0 {
		return filepath.Dir(found[0]), nil
	}
	path, err := exec.LookPath("initdb")
	if err != nil {
		return "", fmt.Errorf("%s: %w", missing, err)
	}
	return filepath.Dir(path), nil
}

func versionOf(path string) int {
	n, err := strconv.Atoi(strings.Split(path, "/")[4])
	if err != nil {
		return 0 // what is no number is older than all
	}
	return n
}

func unprivileged() (*syscall.Credential, error) {
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.ParseUint(u.Uid, 10, 32)
		if err != nil {
			return nil, err
		}
		gid, err := strconv.ParseUint(u.Gid, 10, 32)
		if err != nil {
			return nil, err
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, fmt.Errorf("PostgreSQL refuses to run as root, and there is neither an account postgres nor nobody")
}
