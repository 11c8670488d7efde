package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"caracal/secret"
)

// composeFile is what of the Compose specification (https://github.com/compose-spec/compose-spec) our file uses; a key
// that is not here is refused, so that a misspelt one does not pass.
type composeFile struct {
	Node     composeService            `yaml:"x-node"`
	Services map[string]composeService `yaml:"services"`
	Networks map[string]struct {
		Internal bool `yaml:"internal"`
		IPAM     struct {
			Config []struct {
				Subnet string `yaml:"subnet"`
			} `yaml:"config"`
		} `yaml:"ipam"`
	} `yaml:"networks"`
	Volumes map[string]any `yaml:"volumes"`
	Secrets map[string]struct {
		File string `yaml:"file"`
	} `yaml:"secrets"`
}

type composeService struct {
	Build       string            `yaml:"build"`
	Image       string            `yaml:"image"`
	Hostname    string            `yaml:"hostname"`
	Restart     string            `yaml:"restart"`
	DependsOn   any               `yaml:"depends_on"`
	Networks    []string          `yaml:"networks"`
	Secrets     []string          `yaml:"secrets"`
	Tmpfs       []string          `yaml:"tmpfs"`
	ReadOnly    bool              `yaml:"read_only"`
	CapDrop     []string          `yaml:"cap_drop"`
	SecurityOpt []string          `yaml:"security_opt"`
	StopGrace   string            `yaml:"stop_grace_period"`
	Ports       []string          `yaml:"ports"`
	Volumes     []string          `yaml:"volumes"`
	Environment map[string]string `yaml:"environment"`
	Healthcheck struct {
		Test     []string `yaml:"test"`
		Interval string   `yaml:"interval"`
		Timeout  string   `yaml:"timeout"`
		Retries  int      `yaml:"retries"`
	} `yaml:"healthcheck"`
}

var composeVariable = regexp.MustCompile(`\$\{([A-Z_]+):[-?][^}]*\}`)

// TestComposeFile reads compose.yaml and Caddyfile against the settings: every variable is one, every secret is declared
// and handed over, the nodes' configuration is one that serve takes, and the proxy asks the nodes where they listen.
func TestComposeFile(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file composeFile
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&file); err != nil {
		t.Fatal(err)
	}
	caddy, err := os.ReadFile("../../Caddyfile")
	if err != nil {
		t.Fatal(err)
	}
	nodes := 0
	for name, s := range file.Services {
		for _, wanted := range s.Secrets {
			if _, ok := file.Secrets[wanted]; !ok {
				t.Errorf("%s wants the secret %s, which is not declared", name, wanted)
			}
		}
		for _, n := range s.Networks {
			if _, ok := file.Networks[n]; !ok {
				t.Errorf("%s is on the network %s, which is not declared", name, n)
			}
		}
		for variable, value := range s.Environment {
			if at, ok := strings.CutPrefix(value, "/run/secrets/"); ok && !slices.Contains(s.Secrets, at) {
				t.Errorf("%s: %s is read from the secret %s, which the service is not given", name, variable, at)
			}
		}
		if s.Build == "" { // the image of Dockerfile brings its own
			if len(s.Healthcheck.Test) == 0 {
				t.Errorf("%s has no health check", name)
			}
			continue
		}
		nodes++
		composeNode(t, name, s, file)
		if !strings.Contains(string(caddy), name+s.Environment["CARACAL_ADDR"]) {
			t.Errorf("the proxy does not ask %s at its address", name)
		}
	}
	if nodes != 2 {
		t.Errorf("%d nodes, want 2", nodes)
	}
}

// composeNode reads a service's environment as the program in it does.
func composeNode(t *testing.T, name string, s composeService, file composeFile) {
	t.Helper()
	dir := t.TempDir()
	env := map[string]string{}
	for variable, value := range s.Environment {
		value = composeVariable.ReplaceAllStringFunc(value, func(v string) string {
			asked := composeVariable.FindStringSubmatch(v)[1]
			if known := settingNamed(asked); !known && asked != "CARACAL_HOST" {
				t.Errorf("%s: %s is no setting", name, asked)
			}
			return map[string]string{"CARACAL_HOST": "caracal.example.com"}[asked]
		})
		if from, ok := strings.CutPrefix(value, "/run/secrets/"); ok {
			value = filepath.Join(dir, from)
			content := map[string]string{"database-url": "postgres://caracal:x@postgres:5432/caracal", "keys": secret.NewKey("k1"), "oidc-client-secret": "x"}[from]
			if err := os.WriteFile(value, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if !settingNamed(strings.TrimSuffix(variable, "_FILE")) && !settingNamed(variable) {
			t.Errorf("%s: %s is no setting", name, variable)
		}
		env[variable] = value
	}
	c, err := (&source{given: map[string]string{}, getenv: func(v string) string { return env[v] }}).read()
	if err == nil {
		err = c.forServe()
	}
	if err != nil {
		t.Errorf("%s would not start: %v", name, err)
	}
	if c.DatabaseURL.IsZero() || c.Keys.IsZero() || c.OIDCClientSecret.IsZero() {
		t.Errorf("%s lacks a secret", name)
	}
	subnet := file.Networks["outside"].IPAM.Config[0].Subnet
	if len(c.TrustedProxies) != 1 || c.TrustedProxies[0].String() != subnet || !slices.Contains(s.Networks, "outside") {
		t.Errorf("%s trusts %v, and the proxy comes from %s", name, c.TrustedProxies, subnet)
	}
	if !file.Networks["inside"].Internal || slices.Contains(file.Services["postgres"].Networks, "outside") {
		t.Error("the database can be reached from outside")
	}
}

func settingNamed(env string) bool {
	return slices.ContainsFunc(settings(), func(s setting) bool { return s.env == env })
}
