package org

import (
	"net/url"
	"strings"
	"time"
)

// ConsoleURL is the address of a page of the org's admin console, which is at acme-admin.okta.com for
// acme.okta.com, or "" where only Okta knows it: behind a custom domain.
func (a Application) ConsoleURL(path string) string {
	for _, cell := range cells {
		if name, ok := strings.CutSuffix(a.Domain, "."+cell.suffix); ok {
			return "https://" + name + "-admin." + cell.suffix + path
		}
	}
	if a.Cell == CellSimulated && a.Domain != "" {
		return "http://" + a.Domain + path
	}
	return ""
}

// LogURL is the address of a search of the System Log in the org's admin console, as the console's own links
// write it, or "". search is a filter expression; the console looks at the hours around a moment.
func (a Application) LogURL(search string, around time.Time) string {
	const hours = 2
	query := url.Values{"search": {search}, "view": {"list"}}
	if !around.IsZero() {
		query.Set("fromTime", around.Add(-hours*time.Hour).UTC().Format(time.RFC3339))
		query.Set("toTime", around.Add(hours*time.Hour).UTC().Format(time.RFC3339))
	}
	return a.ConsoleURL("/report/system_log_2?" + query.Encode())
}
