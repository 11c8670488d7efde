package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"caracal/org"
)

var (
	demoURL      = regexp.MustCompile(`Open (http://127\.0\.0\.1:\d+)`)
	demoPassword = regexp.MustCompile(`password of all is  (\S+)`)
	demoOrg      = regexp.MustCompile(`console is (http://127\.0\.0\.1:\d+)/admin`)
	hiddenNext   = regexp.MustCompile(`name="next" value="([^"]*)"`)
)

// TestDemo starts the demo as a person does, signs in over real HTTP, connects the org and checks its health
// from another command; twice in one folder, with a new password each time.
func TestDemo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	passwords := map[string]bool{}
	for range 2 {
		ctx, cancel := context.WithCancel(t.Context())
		ready, ended := make(chan struct{}), make(chan int, 1)
		stdout := &watched{until: "Stop with Ctrl-C", then: func() {
			select {
			case <-ready:
			default:
				close(ready)
			}
		}}
		var stderr bytes.Buffer
		go func() {
			ended <- dispatch(ctx, process{stdout, &stderr, func(string) string { return "" }},
				[]string{"demo", "--addr", "127.0.0.1:0", "--org-addr", "127.0.0.1:0", "--data", dir})
		}()
		select {
		case <-ready:
		case code := <-ended:
			t.Fatalf("the demo ended with %d: %s", code, stderr.String())
		}
		password := demoPassword.FindStringSubmatch(stdout.String())[1]
		if passwords[password] {
			t.Error("the password is that of the last start")
		}
		passwords[password] = true
		page := signInToDemo(t, demoURL.FindStringSubmatch(stdout.String())[1], demoOrg.FindStringSubmatch(stdout.String())[1], password)
		if !strings.Contains(page, "Ada Admin") {
			t.Errorf("signing in ends on %.500s", page)
		}
		var out, errs bytes.Buffer
		if code := dispatch(ctx, process{&out, &errs, os.Getenv}, []string{"health", "--demo", dir, "--json"}); code != exitOK {
			t.Errorf("health: %d %s%s", code, out.String(), errs.String())
		}
		var reports []report
		if err := json.Unmarshal(out.Bytes(), &reports); err != nil {
			t.Errorf("health --json: %v %s", err, out.String())
		}
		for _, r := range reports {
			if !r.Healthy || r.Status != org.Active {
				t.Errorf("%+v", r)
			}
		}
		cancel()
		if code := <-ended; code != exitOK {
			t.Errorf("the demo ended with %d: %s", code, stderr.String())
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "caracal.db")); err != nil {
		t.Errorf("the data that were to be kept: %v", err)
	}
}

// signInToDemo signs in as Ada and returns the page it ends on.
func signInToDemo(t *testing.T, appURL, orgURL, password string) string {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar}
	read := func(response *http.Response, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		if err := response.Body.Close(); err != nil {
			t.Fatal(err)
		}
		return string(body)
	}
	page := read(client.Get(appURL + "/sign-in/start"))
	found := hiddenNext.FindStringSubmatch(page)
	if found == nil {
		t.Fatalf("no sign-in page but %.500s", page)
	}
	next := strings.NewReplacer("&amp;", "&", "&#43;", "+").Replace(found[1])
	return read(client.PostForm(orgURL+"/login/signin", url.Values{
		"next": {next}, "username": {"ada.admin@caracal.example"}, "password": {password},
	}))
}
