package oktasim_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	jose "github.com/go-jose/go-jose/v4"

	"caracal/oktasim"
)

// TestNodeSDK drives the org with Okta's own SDK for Node.js (nodetest/drive.mjs).
func TestNodeSDK(t *testing.T) {
	t.Parallel()
	dir, err := filepath.Abs("nodetest")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "@okta", "okta-sdk-nodejs")); err != nil {
		t.Fatal("Okta's SDK for Node.js is not installed in oktasim/nodetest; run `make test`, which installs it first, or `npm ci` in that folder")
	}
	org := oktasim.New(oktasim.Config{SSWS: []string{"node-token"}, Settings: oktasim.Settings{
		OnUnknown: func(r *http.Request) {
			t.Errorf("the SDK asked for %s %s, which the org does not have", r.Method, r.URL.Path)
		},
	}})
	server := httptest.NewServer(org)
	t.Cleanup(server.Close)
	org.SetBaseURL(server.URL)

	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	jwk := jose.JSONWebKey{Key: private, KeyID: "node-key", Algorithm: "RS256", Use: "sig"}
	clientID, err := org.AddServiceApp(oktasim.ServiceApp{Name: "Node service", JWKS: marshal(t, jwk.Public()),
		Scopes: []string{"okta.users.manage", "okta.groups.read", "okta.groups.manage"}, Roles: []oktasim.Role{{Type: "SUPER_ADMIN"}}})
	if err != nil {
		t.Fatal(err)
	}

	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	node := exec.CommandContext(ctx, "node", "drive.mjs")
	node.Dir = dir
	// The SDK reads a file in the home directory and variables named OKTA_…: it gets neither.
	node.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "ORG_URL=" + server.URL, "API_TOKEN=node-token",
		"CLIENT_ID=" + clientID, "CLIENT_KEY=" + marshal(t, jwk)}
	out, err := node.CombinedOutput()
	if err != nil {
		t.Fatalf("drive the org with the SDK: %v\n%s", err, out)
	}
}

func marshal(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
