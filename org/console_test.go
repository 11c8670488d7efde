package org

import (
	"testing"
	"time"
)

func TestConsoleURL(t *testing.T) {
	t.Parallel()
	for domain, want := range map[string]string{
		"acme.okta.com":            "https://acme-admin.okta.com/admin/apps",
		"acme.oktapreview.com":     "https://acme-admin.oktapreview.com/admin/apps",
		"acme.okta-gov.com":        "https://acme-admin.okta-gov.com/admin/apps",
		"login.example.com":        "",
		"acme.okta.com.evil.test":  "",
		"":                         "",
		"127.0.0.1:8081.okta.test": "",
	} {
		if got := (Application{Domain: domain}).ConsoleURL("/admin/apps"); got != want {
			t.Errorf("%q: %q, want %q", domain, got, want)
		}
	}
	simulated := Application{Domain: "127.0.0.1:8081", Cell: CellSimulated}
	if got := simulated.ConsoleURL("/admin/"); got != "http://127.0.0.1:8081/admin/" {
		t.Errorf("simulated: %q", got)
	}
}

func TestLogURL(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 5, 4, 9, 30, 0, 0, time.UTC)
	got := Application{Domain: "acme.okta.com"}.LogURL(`debugContext.debugData.requestId eq "a b"`, at)
	want := "https://acme-admin.okta.com/report/system_log_2?fromTime=2026-05-04T07%3A30%3A00Z&search=debugContext.debugData.requestId+eq+%22a+b%22&toTime=2026-05-04T11%3A30%3A00Z&view=list"
	if got != want {
		t.Errorf("got %s", got)
	}
	if got := (Application{Domain: "login.example.com"}).LogURL("x", at); got != "" {
		t.Errorf("a custom domain: %s", got)
	}
}
