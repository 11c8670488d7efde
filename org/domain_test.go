package org

import (
	"strings"
	"testing"

	"caracal/fault"
)

var testRule = HostRule{Custom: []string{"login.example.com"}, Loopback: []string{"127.0.0.1:8081"}}

func TestParseDomainMends(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ raw, host, cell, note string }{
		{"acme.okta.com", "acme.okta.com", "production", ""},
		{"https://acme.okta.com/", "acme.okta.com", "production", ""},
		{" acme.okta.com\n", "acme.okta.com", "production", ""},
		{"https://acme-admin.okta.com/admin/dashboard?x", "acme.okta.com", "production", "-admin"},
		{"https://acme.okta.com/admin/dashboard?fromURI=secret-token#x", "acme.okta.com", "production", "after the domain"},
		{"https://acme.okta.com/?utm_source=mail&utm_campaign=a", "acme.okta.com", "production", "after the domain"},
		{"ACME.Okta.COM", "acme.okta.com", "production", "acme.okta.com"},
		{"acme.okta.com.", "acme.okta.com", "production", "acme.okta.com"},
		{"acme.okta.com:443", "acme.okta.com", "production", ""},
		{"http://acme.okta.com", "acme.okta.com", "production", "https"},
		{"http://acme.okta.com:80/x", "acme.okta.com", "production", "https"},
		{"//acme.okta.com/x", "acme.okta.com", "production", "after"},
		{"<https://acme.okta.com>", "acme.okta.com", "production", ""},
		{"acme.oktapreview.com", "acme.oktapreview.com", "preview", ""},
		{"dev-123-admin.oktapreview.com", "dev-123.oktapreview.com", "preview", "-admin"},
		{"acme.okta-emea.com", "acme.okta-emea.com", "emea", ""},
		{"acme.okta-gov.com", "acme.okta-gov.com", "gov", ""},
		{"acme.okta.mil", "acme.okta.mil", "mil", ""},
		{"https://login.example.com/", "login.example.com", "custom", ""},
		{"LOGIN.example.com", "login.example.com", "custom", "login"},
		{"http://127.0.0.1:8081", "127.0.0.1:8081", "simulated", ""},
		{"127.0.0.1:8081", "127.0.0.1:8081", "simulated", ""},
		{"http://127.0.0.1:8081/admin/apps", "127.0.0.1:8081", "simulated", "after the domain"},
	} {
		d, err := ParseDomain(c.raw, testRule)
		if err != nil {
			t.Errorf("%q: %v", c.raw, err)
			continue
		}
		notes := strings.Join(d.Notes, " ")
		if d.Host != c.host || d.Cell != c.cell || !strings.Contains(notes, c.note) || c.note == "" && notes != "" {
			t.Errorf("%q: got %+v, want %s in %s with a note on %q", c.raw, d, c.host, c.cell, c.note)
		}
		if strings.Contains(notes, "secret-token") {
			t.Errorf("%q: a note repeats the query", c.raw)
		}
	}
}

func TestParseDomainRefuses(t *testing.T) {
	t.Parallel()
	for raw, word := range map[string]string{
		"":                                    "Enter",
		"   ":                                 "Enter",
		"okta.com":                            "own site",
		"www.okta.com":                        "own site",
		"login.okta.com":                      "own site",
		"https://login-admin.okta.com":        "own site",
		"developer.okta.com":                  "own site",
		"a.b.okta.com":                        "too many",
		"acme.okta.com.evil.com":              "not an address of Okta's",
		"acmeokta.com":                        "not an address of Okta's",
		"evil-okta.com":                       "not an address of Okta's",
		"acme.example.com":                    "custom domain",
		"xlogin.example.com":                  "custom domain",
		"login.example.com.evil.com":          "custom domain",
		"acme":                                "whole address",
		"localhost":                           "whole address",
		"10.0.0.1":                            "IP address",
		"https://127.0.0.1/":                  "IP address",
		"http://[::1]/":                       "IP address",
		"https://[::ffff:169.254.169.254]/":   "IP address",
		"0x7f000001":                          "whole address",
		"127.0.0.1:8082":                      "port",
		"acme.okta.com:8443":                  "port",
		"https://acme.okta.com:80":            "port",
		"user:pw@acme.okta.com":               "@",
		"ada@acme.okta.com":                   "@",
		"https://acme.okta.com@evil.com/":     "@",
		"ftp://acme.okta.com":                 "ftp",
		"javascript://acme.okta.com/%0aalert": "javascript",
		"acme okta.com":                       "space",
		"аcme.okta.com":                       "by hand", // Cyrillic а
		"acme.okta.com\\@evil.com":            "does not read",
		"{yourOktaDomain}":                    "braces",
		"-acme.okta.com":                      "letters",
		"ac_me.okta.com":                      "letters",
		"-admin.okta.com":                     "letters",
		"acme.okta.com%2eevil.com":            "",
		"https://click.mail.example.com/t?url=https%3A%2F%2Facme.okta.com%2F": "goes through",
		strings.Repeat("a", 5000): "too long",
		"http://localhost:8081":   "port", // only the exact entry is allowed
	} {
		d, err := ParseDomain(raw, testRule)
		if err == nil {
			t.Errorf("%q was taken as %+v", raw, d)
			continue
		}
		if !fault.Is(err, fault.Invalid) || !strings.Contains(fault.Message(err), word) {
			t.Errorf("%q: got %q, want a sentence with %q", raw, fault.Message(err), word)
		}
	}
}

func FuzzParseDomain(f *testing.F) {
	for _, s := range []string{"acme.okta.com", "https://acme-admin.okta.com/x?y#z", "http://127.0.0.1:8081", "a@b", "[::1]:443", "//x", "%"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		d, err := ParseDomain(raw, testRule)
		if err != nil {
			if m := fault.Message(err); !strings.HasSuffix(m, ".") {
				t.Errorf("%q: %q is no sentence", raw, m)
			}
			return
		}
		if d.Host == "127.0.0.1:8081" || d.Host == "login.example.com" {
			return
		}
		label, suffix, _ := strings.Cut(d.Host, ".")
		ok := false
		for _, c := range cells {
			ok = ok || suffix == c.suffix
		}
		if !ok || !isLabel(label) {
			t.Fatalf("%q was taken as %q", raw, d.Host)
		}
		again, err := ParseDomain(d.Host, testRule)
		if err != nil || again.Host != d.Host || len(again.Notes) != 0 {
			t.Fatalf("%q: %q is not stable: %+v, %v", raw, d.Host, again, err)
		}
	})
}
