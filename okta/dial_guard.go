package okta

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"syscall"
	"time"

	"caracal/org"
)

// errBlocked says that a name led to an address that must not be reached from here.
var errBlocked = errors.New("address is not public")

// notPublic are ranges that netip does not name but that must not be reached (IANA special-purpose address
// registries, RFC 6890): a name under someone else's control resolves to whatever they like.
var notPublic = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"), // carrier NAT
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"), // benchmarking
	netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"),
	netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("64:ff9b::/96"), // NAT64 and 6to4 hide an IPv4 address inside
	netip.MustParsePrefix("64:ff9b:1::/48"),
	netip.MustParsePrefix("2002::/16"),
	netip.MustParsePrefix("2001::/32"), // Teredo
	netip.MustParsePrefix("2001:db8::/32"),
	netip.MustParsePrefix("fec0::/10"), // old site-local
}

// guard refuses everything but the https port of a public address. It runs after name resolution, on the very
// address that is dialled, so that a name which resolves anew (DNS rebinding) gains nothing.
func guard(_, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%w: %q", errBlocked, address)
	}
	ip := ap.Addr().Unmap()
	if ap.Port() != 443 || !ip.IsGlobalUnicast() || ip.IsPrivate() ||
		slices.ContainsFunc(notPublic, func(p netip.Prefix) bool { return p.Contains(ip) }) {
		return fmt.Errorf("%w: %s", errBlocked, ap)
	}
	return nil
}

// newTransport returns the only transport that leaves this process for Okta: no proxy, guarded dialling, TLS
// 1.2 or better. The exact loopback entries of the rule are dialled unguarded.
func newTransport(rule org.HostRule) *http.Transport {
	guarded := &net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second, Control: guard}
	loopback := &net.Dialer{Timeout: 5 * time.Second}
	return &http.Transport{
		Proxy: nil,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			if rule.IsLoopback(address) {
				return loopback.DialContext(ctx, network, address)
			}
			return guarded.DialContext(ctx, network, address)
		},
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    10 * time.Second,
		ResponseHeaderTimeout:  attemptTimeout,
		ExpectContinueTimeout:  time.Second,
		IdleConnTimeout:        50 * time.Second,
		MaxIdleConnsPerHost:    maxConcurrent,
		MaxResponseHeaderBytes: 1 << 20,
		ForceAttemptHTTP2:      true,
	}
}
