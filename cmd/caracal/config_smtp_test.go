package main

import (
	"maps"
	"strings"
	"testing"

	"caracal/notify"
)

// TestSMTPSettings: what does not fit together is said, and what does becomes a mail server.
func TestSMTPSettings(t *testing.T) {
	t.Parallel()
	base := map[string]string{"HOST": "smtp.example.com", "FROM": "Caracal <caracal@example.com>"}
	for name, c := range map[string]struct {
		change map[string]string
		wrong  string // "" is right
		port   int
	}{
		"usual":             {nil, "", 587},
		"signed in":         {map[string]string{"USER": "caracal", "PASSWORD": "p"}, "", 587},
		"tls at once":       {map[string]string{"TLS": "tls"}, "", 465},
		"own port":          {map[string]string{"TLS": "tls", "PORT": "2465"}, "", 2465},
		"here":              {map[string]string{"HOST": "localhost", "TLS": "none", "PORT": "25"}, "", 25},
		"here by address":   {map[string]string{"HOST": "::1", "TLS": "none"}, "", 587},
		"no server":         {map[string]string{"HOST": "", "FROM": ""}, "", 0},
		"none elsewhere":    {map[string]string{"TLS": "none"}, "on this machine alone", 0},
		"other than host":   {map[string]string{"HOST": ""}, "CARACAL_SMTP_HOST", 0},
		"no sender":         {map[string]string{"FROM": ""}, "CARACAL_SMTP_FROM", 0},
		"no such sender":    {map[string]string{"FROM": "caracal"}, "CARACAL_SMTP_FROM", 0},
		"sender by a trick": {map[string]string{"FROM": "\"a\\\r\nBcc: b\" <a@b.example>"}, "CARACAL_SMTP_FROM", 0},
		"no password":       {map[string]string{"USER": "caracal"}, "give both or neither", 0},
		"no user":           {map[string]string{"PASSWORD": "p"}, "give both or neither", 0},
		"host with port":    {map[string]string{"HOST": "smtp.example.com:25"}, "CARACAL_SMTP_HOST", 0},
		"a URL":             {map[string]string{"HOST": "smtp://smtp.example.com"}, "CARACAL_SMTP_HOST", 0},
		"no such port":      {map[string]string{"PORT": "70000"}, "CARACAL_SMTP_PORT", 0},
		"no such way":       {map[string]string{"TLS": "ssl"}, "CARACAL_SMTP_TLS", 0},
	} {
		env := good(t)
		all := maps.Clone(base)
		maps.Copy(all, c.change)
		for k, v := range all {
			env["CARACAL_SMTP_"+k] = v
		}
		config, err := (&source{getenv: func(k string) string { return env[k] }}).read()
		if c.wrong != "" {
			if err == nil || !strings.Contains(err.Error(), c.wrong) {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		m := config.SMTP.mailer("https://caracal.example.com")
		if m.IsZero() != (c.port == 0) || !m.IsZero() && (m.Port != c.port || m.Hello != "caracal.example.com" || m.From.Address != "caracal@example.com" || m.TLS == notify.TLSNone && m.Host == "smtp.example.com") {
			t.Errorf("%s: %+v", name, m)
		}
	}
}
