package main

import (
	"encoding/json"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"caracal/auth"
	"caracal/db"
	"caracal/internal/testpg"
	"caracal/secret"
)

// keptDatabase makes a database with a line in its audit record, and the environment of its commands.
func keptDatabase(t *testing.T) (env map[string]string, folder string) {
	t.Helper()
	env = good(t)
	folder = env["CARACAL_DATA"]
	key := secret.NewKey("k1")
	keys, err := secret.ParseKeyring(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, text := range map[string]string{env["CARACAL_KEY_FILE"]: key, filepath.Join(folder, "caracal.db"): ""} {
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	d, err := db.Open(t.Context(), filepath.Join(folder, "caracal.db"), db.Options{})
	if err == nil {
		err = d.CheckKeys(t.Context(), keys)
	}
	if err == nil {
		err = d.Record(t.Context(), auth.User{ID: "u1"}, "test.kept", "x", nil)
	}
	if err == nil {
		err = d.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return env, folder
}

// TestDBCopy moves a file to PostgreSQL and back by the command, and finds each side open or closed as it says.
func TestDBCopy(t *testing.T) {
	t.Parallel()
	env, folder := keptDatabase(t)
	postgres, err := testpg.Shared(t).Make()
	if err != nil {
		t.Fatal(err)
	}
	stolen := maps.Clone(env)
	stolen["CARACAL_KEY_FILE"] = filepath.Join(t.TempDir(), "none")
	if code, _, stderr := call(t, stolen, "db", "copy", folder, postgres); code != exitFail || !strings.Contains(stderr, "no key file") {
		t.Errorf("without a key: %d %s", code, stderr)
	}
	env["CARACAL_DATABASE_URL"] = postgres
	code, stdout, stderr := call(t, env, "db", "copy", folder)
	if code != exitOK || !strings.Contains(stdout, "The audit record is whole: 2 entries") || !strings.Contains(stderr, "copying audit: 2 of 2 rows") {
		t.Fatalf("%d\n%s%s", code, stdout, stderr)
	}
	delete(env, "CARACAL_DATABASE_URL")
	if code, _, stderr := call(t, env, "serve"); code != exitFail || !strings.Contains(stderr, "was moved to postgres://") {
		t.Errorf("serving what was moved: %d %s", code, stderr)
	}
	back := filepath.Join(t.TempDir(), "back.db")
	code, stdout, stderr = call(t, env, "db", "copy", postgres, back, "--json", "--key-file", env["CARACAL_KEY_FILE"])
	var report db.CopyReport
	if err := json.Unmarshal([]byte(stdout), &report); code != exitOK || err != nil || report.To != back || report.Entries != 4 {
		t.Errorf("%d %v %s%s", code, err, stdout, stderr)
	}
	if code, stdout, _ := call(t, env, "db", "copy", postgres, back); code != exitOK || !strings.Contains(stdout, "whole copy") {
		t.Errorf("again: %d %s", code, stdout)
	}
	if code, _, stderr := call(t, env, "db", "reopen", folder); code != exitFail || !strings.Contains(stderr, "--copy-is-gone") {
		t.Errorf("reopen: %d %s", code, stderr)
	}
	if code, stdout, stderr := call(t, env, "db", "reopen", folder, "--copy-is-gone"); code != exitOK || !strings.Contains(stdout, "can be served again") {
		t.Errorf("reopen: %d %s%s", code, stdout, stderr)
	}
}

func TestDBExplainsItself(t *testing.T) {
	t.Parallel()
	env := good(t)
	for _, c := range []struct {
		args  []string
		code  int
		words string
	}{
		{[]string{"db"}, exitUsage, "caracal db copy FROM [TO]"},
		{[]string{"db", "move"}, exitUsage, "usage: caracal db"},
		{[]string{"db", "copy"}, exitUsage, "Name the database to copy from"},
		{[]string{"db", "copy", "one"}, exitUsage, "Name the database to copy from"},
		{[]string{"db", "copy", "--help"}, exitOK, "goes on"},
		{[]string{"db", "reopen"}, exitUsage, "Name the database to take back"},
		{[]string{"db", "reopen", "--help"}, exitOK, "carried out twice"},
	} {
		if code, stdout, stderr := call(t, env, c.args...); code != c.code || !strings.Contains(stdout+stderr, c.words) {
			t.Errorf("%v: %d %s%s", c.args, code, stdout, stderr)
		}
	}
	env, folder := keptDatabase(t)
	address := (&url.URL{Scheme: "postgres", User: url.UserPassword("caracal", "hunter2"), Host: "127.0.0.1:1", Path: "/caracal"}).String()
	_, stdout, stderr := call(t, env, "db", "copy", folder, address)
	if !strings.Contains(stderr, "A password stands in the arguments") || !strings.Contains(stderr, "PostgreSQL cannot be reached at postgres://caracal@127.0.0.1:1/caracal") ||
		strings.Contains(stdout+stderr, "hunter2") {
		t.Errorf("%s%s", stdout, stderr)
	}
}
