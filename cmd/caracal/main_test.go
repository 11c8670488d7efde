package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// call runs a command with an environment of its own.
func call(t *testing.T, env map[string]string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, complaints bytes.Buffer
	code = dispatch(t.Context(), process{&out, &complaints, func(name string) string { return env[name] }}, args)
	return code, out.String(), complaints.String()
}

// good is an environment that `serve` takes.
func good(t *testing.T) map[string]string {
	t.Helper()
	dir := t.TempDir()
	return map[string]string{
		"CARACAL_PUBLIC_URL": "https://caracal.example.com", "CARACAL_TRUSTED_PROXIES": "127.0.0.1", "CARACAL_ADDR": "127.0.0.1:0",
		"CARACAL_DATA": filepath.Join(dir, "data"), "CARACAL_KEY_FILE": filepath.Join(dir, "keys", "caracal.keys"), "CARACAL_LOG": "json",
	}
}

func TestEveryCommandExplainsItself(t *testing.T) {
	t.Parallel()
	for _, c := range commands() {
		code, stdout, stderr := call(t, nil, c.name, "--help")
		if code != exitOK || !strings.Contains(stdout+stderr, "usage: caracal "+c.name) {
			t.Errorf("%s --help: %d %s%s", c.name, code, stdout, stderr)
		}
		if code, _, _ := call(t, nil, c.name, "--no-such-flag"); code != exitUsage {
			t.Errorf("%s --no-such-flag: %d", c.name, code)
		}
	}
	if code, _, stderr := call(t, nil, "nonsense"); code != exitUsage || !strings.Contains(stderr, `no command "nonsense"`) {
		t.Errorf("nonsense: %d %s", code, stderr)
	}
	if code, _, _ := call(t, nil); code != exitUsage {
		t.Errorf("nothing: %d", code)
	}
}

func TestMistakesAreReportedTogether(t *testing.T) {
	t.Parallel()
	env := good(t)
	env["CARACAL_PUBLIC_URL"] = "http://caracal.example.com"
	env["CARACAL_ROLES"] = "admins=emperor"
	env["CARACAL_TRUSTED_PROXIES"] = "proxy.example.com"
	env["CARACAL_RATE_SHARE"] = "120"
	env["CARACAL_OIDC_CLIENT_SECRET_FILE"] = filepath.Join(t.TempDir(), "none")
	for _, command := range []string{"serve", "config"} {
		code, _, stderr := call(t, env, command)
		if code == exitOK {
			t.Errorf("%s took it", command)
		}
		for _, want := range []string{"CARACAL_PUBLIC_URL", "CARACAL_ROLES", "emperor", "CARACAL_TRUSTED_PROXIES", "CARACAL_RATE_SHARE", "CARACAL_OIDC_CLIENT_SECRET"} {
			if !strings.Contains(stderr, want) {
				t.Errorf("%s does not name %s:\n%s", command, want, stderr)
			}
		}
	}
}

func TestServeNeedsTLS(t *testing.T) {
	t.Parallel()
	code, _, stderr := call(t, map[string]string{}, "serve")
	if code != exitUsage || !strings.Contains(stderr, "CARACAL_PUBLIC_URL") || !strings.Contains(stderr, "CARACAL_TLS_CERT") {
		t.Errorf("%d %s", code, stderr)
	}
}

func TestServeSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	env := good(t)
	ctx, cancel := context.WithCancel(t.Context())
	var out bytes.Buffer
	complaints := &watched{until: "CARACAL_ROLES", then: cancel} // it serves until it has said so
	code := dispatch(ctx, process{&out, complaints, func(name string) string { return env[name] }}, []string{"serve"})
	if code != exitOK {
		t.Errorf("serve ended with %d:\n%s", code, complaints)
	}
	for _, name := range []string{"CARACAL_OIDC_ISSUER", "CARACAL_OIDC_CLIENT_ID", "CARACAL_OIDC_CLIENT_SECRET", "CARACAL_ROLES", env["CARACAL_KEY_FILE"]} {
		if !strings.Contains(complaints.String(), name) {
			t.Errorf("serve does not name %s:\n%s", name, complaints)
		}
	}
	_, _, stderr := call(t, env, "config")
	if !strings.Contains(stderr, "CARACAL_OIDC_ISSUER") {
		t.Errorf("config does not say what is missing:\n%s", stderr)
	}
}

// watched calls then once what was written holds a text.
type watched struct {
	mu    sync.Mutex
	text  strings.Builder
	until string
	then  func()
}

func (w *watched) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n, err := w.text.Write(b)
	if strings.Contains(w.text.String(), w.until) {
		w.then()
	}
	return n, err
}

func (w *watched) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

func TestKeyFile(t *testing.T) {
	t.Parallel()
	env := good(t)
	src := &source{given: map[string]string{}, getenv: func(name string) string { return env[name] }}
	c, err := src.read()
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	first, err := keyring(c, newLogger(&log, "json", "info"))
	if err != nil || !strings.Contains(log.String(), c.KeyFile) {
		t.Fatalf("%v %s", err, log.String())
	}
	info, err := os.Stat(c.KeyFile)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	second, err := keyring(c, newLogger(&log, "json", "info"))
	if err != nil || second.Active() != first.Active() {
		t.Errorf("%v", err)
	}
	if err := os.Chmod(c.KeyFile, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := keyring(c, newLogger(&log, "json", "info")); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("a key that everybody may read: %v", err)
	}

	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(c.database(), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(c.KeyFile); err != nil {
		t.Fatal(err)
	}
	if _, err := keyring(c, newLogger(&log, "json", "info")); err == nil || !strings.Contains(err.Error(), "there is a database") {
		t.Errorf("a database without its key: %v", err)
	}
	env["CARACAL_KEY_FILE"] = filepath.Join(c.Data, "inside", "keys")
	if _, err := src.read(); err == nil || !strings.Contains(err.Error(), "inside the data folder") {
		t.Errorf("a key beside the database: %v", err)
	}
}

func TestConfigHidesSecrets(t *testing.T) {
	t.Parallel()
	env := good(t)
	const canary = "canary-9d1f"
	env["CARACAL_OIDC_CLIENT_SECRET"] = canary
	code, stdout, stderr := call(t, env, "config")
	if code != exitOK || strings.Contains(stdout+stderr, canary) {
		t.Errorf("%d %s%s", code, stdout, stderr)
	}
	line := fmt.Sprintf("%-28s (set)", "CARACAL_OIDC_CLIENT_SECRET")
	if !strings.Contains(stdout, line) || !strings.Contains(stdout, fmt.Sprintf("%-28s (unset)", "CARACAL_KEYS")) {
		t.Errorf("got\n%s", stdout)
	}
	if strings.Contains(stdout, "LOOPBACK") {
		t.Error("a setting reaches the loopback rule")
	}
	if code, _, stderr := call(t, env, "config", "--oidc-client-secret", canary); code != exitUsage {
		t.Errorf("a secret may be given as an argument: %s", stderr)
	}
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(canary+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	delete(env, "CARACAL_OIDC_CLIENT_SECRET")
	if _, stdout, _ := call(t, env, "config", "--oidc-client-secret-file", path); !strings.Contains(stdout, line) {
		t.Errorf("from a file:\n%s", stdout)
	}
	env["CARACAL_OIDC_CLIENT_SECRET"], env["CARACAL_OIDC_CLIENT_SECRET_FILE"] = "a", path
	if _, _, stderr := call(t, env, "config"); !strings.Contains(stderr, "keep one") {
		t.Errorf("given twice:\n%s", stderr)
	}
}

func TestDemoStaysOnThisMachine(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"--addr", "0.0.0.0:0"}, {"--addr", ":0"}, {"--addr", "192.0.2.1:0"}, {"--addr", "localhost:0"}, {"--org-addr", "[::]:0"},
		{"--allow-org", "http://192.0.2.1:80"}, {"--mail", "192.0.2.1:25"}, {"--mail", "localhost:25"}, {"--allow-org", "https://127.0.0.1:80"}, {"--allow-org", "http://127.0.0.1:80/x"}, {"--allow-org", "http://127.0.0.1:80,http://192.0.2.1:80"},
	} {
		if code, _, stderr := call(t, nil, append([]string{"demo"}, args...)...); code != exitUsage || stderr == "" {
			t.Errorf("demo %v: %d %s", args, code, stderr)
		}
	}
}

// TestREADMEListsEverySetting compares the table of the README with the settings.
func TestREADMEListsEverySetting(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var table []string
	for line := range strings.Lines(string(b)) {
		if strings.HasPrefix(line, "| `CARACAL_") {
			table = append(table, strings.TrimSpace(line))
		}
	}
	want := settingsTable()
	for i := range max(len(table), len(want)) {
		var got, expected string
		if i < len(table) {
			got = table[i]
		}
		if i < len(want) {
			expected = want[i]
		}
		if got != expected {
			t.Errorf("README has\n%s\nand the settings say\n%s", got, expected)
		}
	}
}

// settingsTable is how the README lists the settings.
func settingsTable() (lines []string) {
	for _, s := range settings() {
		def, name := "", "`"+s.env+"`"
		if s.def != "" {
			def = "`" + s.def + "`"
		}
		about := s.about
		if s.example != "" {
			about += ", such as `" + s.example + "`"
		}
		if s.secret {
			name += " (secret)"
		}
		lines = append(lines, fmt.Sprintf("| %s | %s | %s |", name, def, about))
	}
	return lines
}
