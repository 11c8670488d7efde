package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"caracal/auth"
	"caracal/notify"
	"caracal/org"
	"caracal/secret"
)

// Config is everything that `serve` can be told. It is read once and never changes.
type Config struct {
	PublicURL      string
	Addr           string
	Data           string
	DatabaseURL    secret.Text
	Mode           string
	TLSCert        string
	TLSKey         string
	TrustedProxies []netip.Prefix
	Keys           secret.Text
	KeyFile        string

	OIDCIssuer       string
	OIDCClientID     string
	OIDCClientSecret secret.Text
	OIDCScopes       []string
	OIDCGroupsClaim  string
	Roles            map[string]auth.Role
	FirstAdmin       string
	RolesRecheck     int // minutes
	TokenProof       int // days
	Contact          string

	OktaDomains  []string
	RateShare    int
	Workers      int
	KeepDays     int // 0 is for good
	MetricsToken secret.Text

	ListingName string
	ListingURL  string
	SMTP        SMTP
	Log         string
	LogLevel    string
}

// setting is one line of the configuration: an environment variable and a flag of the same name. A secret has
// no flag of its own, since other people of the machine can read a process's arguments; both kinds of it can
// be read from a file.
type setting struct {
	env     string // CARACAL_PUBLIC_URL; the flag is --public-url
	value   string // what stands for the value in help
	def     string
	about   string
	secret  bool
	example string
	set     func(*Config, string) error
}

// flag is the setting's name on the command line.
func (s setting) flag() string {
	return strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(s.env, "CARACAL_")), "_", "-")
}

// settings lists the whole configuration. README.md holds the same table; a test compares the two.
func settings() []setting {
	return []setting{
		{env: "CARACAL_PUBLIC_URL", value: "URL", about: "the https address under which people reach Caracal",
			example: "https://caracal.example.com", set: setPublicURL},
		{env: "CARACAL_ADDR", value: "HOST:PORT", def: ":8443", about: "the address to listen on", set: setAddr},
		{env: "CARACAL_DATA", value: "DIR", def: "caracal-data", about: "the folder of the database; made when it does not exist",
			set: text(func(c *Config) *string { return &c.Data })},
		{env: "CARACAL_DATABASE_URL", value: "URL", secret: true, about: "a PostgreSQL database in place of the file in the data folder: postgres://USER:PASSWORD@HOST:5432/NAME; any number of nodes may share it",
			set: setDatabaseURL},
		{env: "CARACAL_MODE", value: "MODE", def: "all", about: "what this node does when several share a PostgreSQL database: all, web (pages) or worker (runs)",
			set: oneOfWords(func(c *Config) *string { return &c.Mode }, "all", "web", "worker")},
		{env: "CARACAL_TLS_CERT", value: "FILE", about: "certificate chain (PEM), when Caracal serves TLS itself",
			set: text(func(c *Config) *string { return &c.TLSCert })},
		{env: "CARACAL_TLS_KEY", value: "FILE", about: "private key of the certificate (PEM)",
			set: text(func(c *Config) *string { return &c.TLSKey })},
		{env: "CARACAL_TRUSTED_PROXIES", value: "CIDR,…", about: "the proxies that serve TLS in front of Caracal; their X-Forwarded-For is believed, and without TLS nobody else may connect",
			example: "10.0.0.5,10.1.0.0/16", set: setProxies},
		{env: "CARACAL_KEYS", value: "ID:BASE64,…", secret: true, about: "master keys that seal secrets, first active; without it the key file is used",
			set: func(c *Config, v string) error { c.Keys = secret.NewText(v); return nil }},
		{env: "CARACAL_KEY_FILE", value: "FILE", about: "the file of the master keys; made at the first start, and must lie outside the data folder (default: caracal/keys in the user's configuration folder)",
			set: text(func(c *Config) *string { return &c.KeyFile })},

		{env: "CARACAL_OIDC_ISSUER", value: "URL", about: "issuer of the OpenID Connect provider that people sign in with",
			example: "https://acme.okta.com", set: setIssuer},
		{env: "CARACAL_OIDC_CLIENT_ID", value: "ID", about: "client ID of Caracal at the provider; its redirect address is PUBLIC_URL/sign-in/callback",
			set: text(func(c *Config) *string { return &c.OIDCClientID })},
		{env: "CARACAL_OIDC_CLIENT_SECRET", value: "SECRET", secret: true, about: "client secret of Caracal at the provider",
			set: func(c *Config, v string) error { c.OIDCClientSecret = secret.NewText(v); return nil }},
		{env: "CARACAL_OIDC_SCOPES", value: "SCOPE,…", def: "profile,email,groups", about: "scopes to ask for besides openid",
			set: func(c *Config, v string) error { c.OIDCScopes = list(v); return nil }},
		{env: "CARACAL_OIDC_GROUPS_CLAIM", value: "NAME", def: "groups", about: "the claim that holds a person's groups",
			set: text(func(c *Config) *string { return &c.OIDCGroupsClaim })},
		{env: "CARACAL_ROLES", value: "GROUP=ROLE,…", about: "which group gives which role: " + roleNames(),
			example: "caracal-admins=admin,helpdesk=operator", set: setRoles},
		{env: "CARACAL_FIRST_ADMIN", value: "SUBJECT", about: "subject, or issuer|subject, of somebody who is admin whatever the groups say",
			set: text(func(c *Config) *string { return &c.FirstAdmin })},
		{env: "CARACAL_ROLES_RECHECK", value: "MINUTES", def: "15", about: "after how many minutes the org is asked again whether somebody who is signed in, or whose token is used, is active and in their groups, where the org that they sign in at is a connected application; 0 is never",
			set: number(0, 1440, func(c *Config) *int { return &c.RolesRecheck })},
		{env: "CARACAL_TOKEN_PROOF", value: "DAYS", def: "30", about: "how many days an API token works after its person last signed in, or the org last said that they are active",
			set: number(1, 366, func(c *Config) *int { return &c.TokenProof })},
		{env: "CARACAL_CONTACT", value: "TEXT", about: "whom to ask for a role, as shown to people who have none",
			example: "the IT desk, it@example.com", set: text(func(c *Config) *string { return &c.Contact })},

		{env: "CARACAL_OKTA_DOMAINS", value: "HOST,…", about: "custom domains of Okta orgs that may be connected besides Okta's own",
			example: "login.example.com", set: setOktaDomains},
		{env: "CARACAL_RATE_SHARE", value: "PERCENT", def: "50", about: "how much of each of Okta's rate limits Caracal may use; the rest is left to sign-ins and others; each application can have its own share",
			set: number(1, 100, func(c *Config) *int { return &c.RateShare })},
		{env: "CARACAL_WORKERS", value: "N", def: "50", about: "how many runs may move at once; items of long lists count apart",
			set: number(1, 500, func(c *Config) *int { return &c.Workers })},
		{env: "CARACAL_KEEP_DAYS", value: "DAYS", def: "365", about: "how many days runs are kept after they ended, with their inputs and outputs, the cells of a CSV, rehearsals and deliveries; a run that is gone can't be taken back or continued; the audit record stays; 0 keeps them for good",
			set: number(0, 3650, func(c *Config) *int { return &c.KeepDays })},
		{env: "CARACAL_METRICS_TOKEN", value: "TOKEN", secret: true, about: "what Prometheus has to send as a bearer token to read /metrics on each node; without it there are no metrics",
			set: setMetricsToken},
		{env: "CARACAL_LISTING_NAME", value: "NAME", about: "name of Caracal's entry in Okta's integration catalog, if there is one",
			set: text(func(c *Config) *string { return &c.ListingName })},
		{env: "CARACAL_LISTING_URL", value: "URL", about: "address of that entry", set: setListingURL},
		{env: "CARACAL_SMTP_HOST", value: "HOST", about: "the mail server that sends notices; without it notices are not mailed",
			example: "smtp.example.com", set: setSMTPHost},
		{env: "CARACAL_SMTP_PORT", value: "PORT", about: "its port (default: 587, or 465 when CARACAL_SMTP_TLS is tls)", set: number(1, 65535, func(c *Config) *int { return &c.SMTP.Port })},
		{env: "CARACAL_SMTP_TLS", value: "HOW", def: notify.TLSStart, about: "how the way there is protected: starttls, tls (from the first byte) or none (a server on this machine alone)",
			set: oneOfWords(func(c *Config) *string { return &c.SMTP.TLS }, notify.TLSStart, notify.TLSAtOnce, notify.TLSNone)},
		{env: "CARACAL_SMTP_USER", value: "NAME", about: "who signs in at the mail server; nobody when it is empty", set: text(func(c *Config) *string { return &c.SMTP.User })},
		{env: "CARACAL_SMTP_PASSWORD", value: "PASSWORD", secret: true, about: "the password of CARACAL_SMTP_USER",
			set: func(c *Config, v string) error { c.SMTP.Password = secret.NewText(v); return nil }},
		{env: "CARACAL_SMTP_FROM", value: "ADDRESS", about: "the address that notices come from",
			example: "Caracal <caracal@example.com>", set: setSMTPFrom},
		{env: "CARACAL_LOG", value: "FORMAT", def: "auto", about: "text, json, or auto: text in a terminal, json elsewhere",
			set: oneOfWords(func(c *Config) *string { return &c.Log }, "auto", "text", "json")},
		{env: "CARACAL_LOG_LEVEL", value: "LEVEL", def: "info", about: "debug, info, warn or error",
			set: oneOfWords(func(c *Config) *string { return &c.LogLevel }, "debug", "info", "warn", "error")},
	}
}

// source collects what was given on the command line before the environment is asked.
type source struct {
	given  map[string]string // by flag name
	getenv func(string) string
}

// configFlags adds a flag for each setting; a secret has only one that names its file.
func configFlags(fs *flags, getenv func(string) string) *source {
	src := &source{given: map[string]string{}, getenv: getenv}
	for _, s := range settings() {
		name, help := s.flag(), fmt.Sprintf("`%s` %s; also %s", s.value, s.about, s.env)
		if s.secret {
			name, help = name+"-file", fmt.Sprintf("`FILE` that holds: %s; also %s or %s_FILE", s.about, s.env, s.env)
		}
		if s.def != "" {
			help += " (default " + s.def + ")"
		}
		fs.Func(name, help, func(v string) error { src.given[name] = v; return nil })
	}
	return src
}

// read returns the configuration. Every mistake is reported, not only the first.
func (src *source) read() (Config, error) {
	var c Config
	var mistakes []error
	for _, s := range settings() {
		v, err := src.lookup(s)
		if err == nil && v != "" {
			err = s.set(&c, v)
		}
		if err != nil {
			mistakes = append(mistakes, fmt.Errorf("%s (--%s): %w", s.env, s.flag(), err))
		}
	}
	if len(mistakes) == 0 {
		mistakes = c.together()
	}
	return c, errors.Join(mistakes...)
}

// lookup finds a setting's value: the flag, else the environment, else the file that the environment names,
// else the default.
func (src *source) lookup(s setting) (string, error) {
	if v, ok := src.given[s.flag()]; ok {
		return strings.TrimSpace(v), nil
	}
	direct, file := src.getenv(s.env), ""
	if s.secret {
		file = src.getenv(s.env + "_FILE")
		if v, ok := src.given[s.flag()+"-file"]; ok {
			direct, file = "", v
		}
	}
	if direct != "" && file != "" {
		return "", fmt.Errorf("is set both itself and by %s_FILE; keep one", s.env)
	}
	if file != "" {
		b, err := os.ReadFile(file)
		if err != nil {
			return "", fmt.Errorf("read its file: %w", err)
		}
		return strings.TrimSpace(string(b)), nil
	}
	if direct != "" {
		return strings.TrimSpace(direct), nil
	}
	return s.def, nil
}

// lookupNamed is lookup of the setting with this variable.
func (src *source) lookupNamed(env string) (string, error) {
	for _, s := range settings() {
		if s.env == env {
			v, err := src.lookup(s)
			if err != nil {
				err = fmt.Errorf("%s: %w", env, err)
			}
			return v, err
		}
	}
	return "", fmt.Errorf("there is no setting %s", env)
}

// together finds what is wrong between settings that are each right.
func (c Config) together() (mistakes []error) {
	wrong := func(format string, args ...any) { mistakes = append(mistakes, fmt.Errorf(format, args...)) }
	if (c.TLSCert == "") != (c.TLSKey == "") {
		wrong("CARACAL_TLS_CERT and CARACAL_TLS_KEY: give both or neither")
	}
	if c.Mode != "all" && c.DatabaseURL.IsZero() {
		wrong("CARACAL_MODE: a file has one node, which does everything; name a PostgreSQL database with CARACAL_DATABASE_URL to have several")
	}
	if c.Keys.IsZero() {
		if inside, err := within(c.Data, c.keyFile()); err != nil {
			wrong("CARACAL_KEY_FILE: %w", err)
		} else if inside {
			wrong("CARACAL_KEY_FILE: %s lies inside the data folder, where a copy of the database would carry its own key; choose a file outside %s", c.keyFile(), c.Data)
		}
	} else if _, err := secret.ParseKeyring(c.Keys.Reveal()); err != nil {
		wrong("CARACAL_KEYS: %w", err)
	}
	return append(mistakes, c.SMTP.together()...)
}

// forServe finds what `serve` needs besides.
func (c Config) forServe() error {
	var mistakes []error
	if c.PublicURL == "" {
		mistakes = append(mistakes, errors.New("CARACAL_PUBLIC_URL (--public-url): give the https address under which people reach Caracal"))
	}
	if c.TLSCert == "" && len(c.TrustedProxies) == 0 && c.Mode != "worker" {
		mistakes = append(mistakes, errors.New("either CARACAL_TLS_CERT and CARACAL_TLS_KEY, to serve TLS, or CARACAL_TRUSTED_PROXIES, to name the proxy that serves it: give one"))
	}
	return errors.Join(mistakes...)
}

// missingForSignIn names the settings without which nobody can sign in.
func (c Config) missingForSignIn() (names []string) {
	for _, s := range []struct {
		name  string
		given bool
	}{
		{"CARACAL_OIDC_ISSUER", c.OIDCIssuer != ""},
		{"CARACAL_OIDC_CLIENT_ID", c.OIDCClientID != ""},
		{"CARACAL_OIDC_CLIENT_SECRET", !c.OIDCClientSecret.IsZero()},
		{"CARACAL_ROLES or CARACAL_FIRST_ADMIN", len(c.Roles) > 0 || c.FirstAdmin != ""},
	} {
		if !s.given {
			names = append(names, s.name)
		}
	}
	return names
}

// keyFile is where the master keys are kept.
func (c Config) keyFile() string {
	if c.KeyFile != "" {
		return c.KeyFile
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		dir = "."
	}
	return filepath.Join(dir, "caracal", "keys")
}

// within reports whether a file lies inside a folder, through links too.
func within(dir, file string) (bool, error) {
	real := func(path string) (string, error) {
		path, err := filepath.Abs(path)
		if err != nil {
			return "", err
		}
		if resolved, err := filepath.EvalSymlinks(path); err == nil {
			return resolved, nil
		}
		parent, err := filepath.EvalSymlinks(filepath.Dir(path))
		if err != nil {
			return path, nil // not there yet, so no link either
		}
		return filepath.Join(parent, filepath.Base(path)), nil
	}
	d, err := real(dir)
	if err != nil {
		return false, err
	}
	f, err := real(file)
	if err != nil {
		return false, err
	}
	return strings.HasPrefix(f, d+string(filepath.Separator)), nil
}

// list splits at commas and drops what is empty.
func list(v string) (out []string) {
	for part := range strings.SplitSeq(v, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

func roleNames() string {
	var names []string
	for _, r := range auth.Roles {
		names = append(names, string(r))
	}
	return strings.Join(names, ", ")
}

func (c Config) hosts() org.HostRule { return org.HostRule{Custom: c.OktaDomains} }

// runConfig prints the configuration, and fails when `serve` would.
func runConfig(_ context.Context, p process, args []string) int {
	fs := newFlags(p, "config", `Prints every setting with its value, where secrets are shown as set or unset, and then
every mistake. It exits with 1 when `+"`caracal serve`"+` would refuse this configuration.`)
	src := configFlags(fs, p.getenv)
	if code, done := fs.parse(args); done {
		return code
	}
	for _, s := range settings() {
		v, err := src.lookup(s)
		switch {
		case err != nil:
			v = "(cannot be read)"
		case s.secret && v != "":
			v = "(set)"
		case v == "":
			v = "(unset)"
		}
		fmt.Fprintf(p.stdout, "%-28s %s\n", s.env, v)
	}
	c, err := src.read()
	if err == nil {
		err = c.forServe()
	}
	if err != nil {
		fmt.Fprintf(p.stderr, "\nThis has to be mended before `caracal serve` starts:\n%s\n", bullets(err))
		return exitFail
	}
	if missing := c.missingForSignIn(); len(missing) > 0 {
		fmt.Fprintf(p.stderr, "\nNobody can sign in before these are set:\n  %s\n", strings.Join(missing, "\n  "))
	}
	return exitOK
}

// bullets puts each mistake on a line of its own.
func bullets(err error) string {
	return "  - " + strings.ReplaceAll(err.Error(), "\n", "\n  - ")
}
