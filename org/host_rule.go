package org

import "slices"

// HostRule says which hosts may be connected besides Okta's own domains. The zero value allows Okta's own only.
type HostRule struct {
	// Custom are the custom domains (login.example.com) that an admin allowed in configuration, exactly.
	Custom []string
	// Loopback are exact host:port entries of a simulated org on this machine, reached over http. Only the
	// demo and the tests construct them; nothing that serve reads ends up here.
	Loopback []string
}

// IsLoopback reports whether host is one of the exact loopback entries.
func (r HostRule) IsLoopback(host string) bool { return slices.Contains(r.Loopback, host) }

// URL returns the base URL of a host that ParseDomain returned, without a final slash.
func (r HostRule) URL(host string) string {
	if r.IsLoopback(host) {
		return "http://" + host
	}
	return "https://" + host
}
