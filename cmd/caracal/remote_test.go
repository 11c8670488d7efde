package main

import (
	"os"
	"path/filepath"
	"testing"

	"caracal/auth"
	"caracal/internal/testenv"
	"caracal/org"
	"caracal/workflow"
)

type whole = testenv.App // embedded under another name than its field App

// remote is a Caracal that commands call over its API, with an admin's token.
type remote struct {
	*whole
	t     *testing.T
	dir   string
	held  string // the token
	token string // the file that holds it
}

func newRemote(t *testing.T, options ...testenv.Option) remote {
	t.Helper()
	r := remote{whole: testenv.New(t, options...), t: t, dir: t.TempDir()}
	r.held = r.Token(auth.Admin)
	r.token = r.file("token", r.held+"\n")
	return r
}

// file writes a file for a command to read, and returns its path.
func (r remote) file(name, text string) string {
	r.t.Helper()
	path := filepath.Join(r.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		r.t.Fatal(err)
	}
	return path
}

// publish makes a workflow for a newly connected org, and publishes it.
func (r remote) publish(d workflow.Definition) workflow.Workflow {
	r.t.Helper()
	d.ApplicationID = r.Connect(org.CustomApp).ID
	w, err := r.App.DB.CreateWorkflow(r.t.Context(), d, auth.User{ID: "u"})
	if err != nil {
		r.t.Fatal(err)
	}
	if _, err := r.App.DB.Publish(r.t.Context(), w.ID, w.Revision, "", auth.User{ID: "u"}); err != nil {
		r.t.Fatal(err)
	}
	return w
}

// call runs a command that is told where Caracal is.
func (r remote) call(args ...string) (code int, stdout, stderr string) {
	r.t.Helper()
	return call(r.t, nil, append(args, "--url", r.URL, "--token-file", r.token)...)
}
