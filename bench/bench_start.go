package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// benchStart times the real program from its start to its first page, and reads how much memory it holds when
// idle, beside a Go program that serves one page and nothing else.
func benchStart(ctx context.Context, dir string, _, _ int) ([]line, error) {
	if err := os.MkdirAll(filepath.Join(dir, "data"), 0o700); err != nil {
		return nil, err
	}
	empty := filepath.Join(dir, "empty.go")
	if err := os.WriteFile(empty, []byte(emptyServer), 0o600); err != nil {
		return nil, err
	}
	for name, source := range map[string]string{"caracal": "caracal/cmd/caracal", "empty": empty} {
		if out, err := exec.CommandContext(ctx, "go", "build", "-o", filepath.Join(dir, name), source).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("build %s: %w\n%s", name, err, out)
		}
	}
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	serve := func() *exec.Cmd {
		return exec.CommandContext(ctx, filepath.Join(dir, "caracal"), "serve", "--addr", addr, "--public-url", "https://caracal.example.com",
			"--trusted-proxies", "127.0.0.1", "--data", filepath.Join(dir, "data"), "--key-file", filepath.Join(dir, "keys"))
	}
	bare := func() *exec.Cmd { return exec.CommandContext(ctx, filepath.Join(dir, "empty"), addr) }
	if _, _, err := life(serve(), addr); err != nil { // makes the database and the key
		return nil, err
	}
	took, memory, err := lives(serve, addr)
	if err != nil {
		return nil, err
	}
	bareTook, bareMemory, err := lives(bare, addr)
	if err != nil {
		return nil, err
	}
	return []line{
		{what: "cold start to first page", figure: took.Round(time.Millisecond).String(), yardstick: bareTook.Round(time.Millisecond).String() + " empty server",
			ratio: fmt.Sprintf("%.1f", took.Seconds()/bareTook.Seconds()), goal: "300ms"},
		{what: "resident memory, idle", figure: fmt.Sprintf("%d MB", memory>>10), yardstick: fmt.Sprintf("%d MB empty server", bareMemory>>10),
			ratio: fmt.Sprintf("%.1f", float64(memory)/float64(bareMemory)), goal: "60 MB"},
	}, nil
}

const emptyServer = `package main

import (
	"io"
	"log"
	"net/http"
	"os"
)

func main() {
	log.Fatal(http.ListenAndServe(os.Args[1], http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "empty") })))
}
`

func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// lives returns the middle one of five starts.
func lives(command func() *exec.Cmd, addr string) (took time.Duration, kilobytes int, err error) {
	all := make([]time.Duration, 5)
	for i := range all {
		if all[i], kilobytes, err = life(command(), addr); err != nil {
			return 0, 0, err
		}
	}
	return middle(all), kilobytes, nil
}

// life starts a program, waits for its first page, lets it idle, and stops it.
func life(cmd *exec.Cmd, addr string) (took time.Duration, kilobytes int, err error) {
	var output strings.Builder
	cmd.Stderr = &output
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, 0, err
	}
	defer func() {
		err = errors.Join(err, cmd.Process.Signal(os.Interrupt))
		var exit *exec.ExitError
		if stopped := cmd.Wait(); stopped != nil && !errors.As(stopped, &exit) {
			err = errors.Join(err, stopped)
		}
		if err != nil {
			err = fmt.Errorf("%w\n%s", err, output.String())
		}
	}()
	for {
		r, err := http.NewRequest(http.MethodGet, "http://"+addr+"/sign-in", nil)
		if err != nil {
			return 0, 0, err
		}
		r.Host = "caracal.example.com"
		r.Header.Set("X-Forwarded-Proto", "https")
		resp, err := http.DefaultTransport.RoundTrip(r)
		if err == nil {
			_, err = io.Copy(io.Discard, resp.Body)
			if err = errors.Join(err, resp.Body.Close()); err != nil {
				return 0, 0, err
			}
			took = time.Since(start)
			break
		}
		if time.Since(start) > 10*time.Second {
			return 0, 0, err
		}
		time.Sleep(time.Millisecond)
	}
	time.Sleep(2 * time.Second) // what it does once it has started is over, and nothing tells when
	kilobytes, err = resident(cmd.Process.Pid)
	return took, kilobytes, err
}

// resident reads a process's resident memory from Linux's /proc (proc_pid_status(5)); elsewhere it is 1 KB.
func resident(pid int) (kilobytes int, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if errors.Is(err, os.ErrNotExist) {
		return 1, nil
	}
	if err != nil {
		return 0, err
	}
	_, after, _ := strings.Cut(string(text), "VmRSS:")
	_, err = fmt.Sscan(after, &kilobytes)
	return kilobytes, err
}
