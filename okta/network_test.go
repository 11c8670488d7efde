package okta

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"caracal/fault"
	"caracal/org"
)

func TestGuard(t *testing.T) {
	t.Parallel()
	for address, ok := range map[string]bool{
		"8.8.8.8:443": true, "[2606:4700::1]:443": true,
		"8.8.8.8:80": false, "127.0.0.1:443": false, "[::1]:443": false, "[::ffff:127.0.0.1]:443": false, "10.0.0.1:443": false,
		"172.16.0.1:443": false, "192.168.1.1:443": false, "169.254.169.254:443": false, "100.64.0.1:443": false, "0.0.0.0:443": false,
		"224.0.0.1:443": false, "255.255.255.255:443": false, "[fe80::1]:443": false, "[fc00::1]:443": false, "[64:ff9b::a00:1]:443": false,
		"[2002:a00:1::]:443": false, "240.0.0.1:443": false, "198.18.0.1:443": false, "nonsense": false,
	} {
		if err := guard("tcp", address, nil); (err == nil) != ok || err != nil && !errors.Is(err, errBlocked) {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestNetworkFailuresAreSentences(t *testing.T) {
	t.Parallel()
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(secure.Close)
	plain := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(plain.Close)
	dialing := func(dial func(ctx context.Context) (net.Conn, error)) http.RoundTripper {
		return &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) }}
	}
	to := func(address string) http.RoundTripper {
		return dialing(func(ctx context.Context) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "tcp", strings.TrimPrefix(strings.TrimPrefix(address, "https://"), "http://"))
		})
	}
	for name, c := range map[string]struct {
		transport http.RoundTripper
		kind      fault.Kind
		word      string
	}{
		"no name": {dialing(func(context.Context) (net.Conn, error) {
			return nil, &net.DNSError{Err: "no such host", Name: "acme.okta.com", IsNotFound: true}
		}), fault.Busy, "No host named acme.okta.com"},
		"no DNS":      {dialing(func(context.Context) (net.Conn, error) { return nil, &net.DNSError{Err: "server misbehaving"} }), fault.Busy, "DNS"},
		"blocked":     {dialing(func(context.Context) (net.Conn, error) { return nil, guard("", "10.0.0.1:443", nil) }), fault.Forbidden, "not public"},
		"certificate": {to(secure.URL), fault.Upstream, "certificate"},
		"plain http":  {to(plain.URL), fault.Upstream, "https"},
		"timeout":     {dialing(func(context.Context) (net.Conn, error) { return nil, context.DeadlineExceeded }), fault.Busy, "in time"},
	} {
		opts := Options{Transport: c.transport, Wait: func(context.Context, time.Duration) error { return nil }}
		_, err := NewClients(opts).Organization(t.Context(), "acme.okta.com")
		e := fault.As(err)
		if e == nil || e.Kind != c.kind || e.Field != "domain" || !strings.Contains(e.Message, c.word) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDialerReachesOnlyTheExactLoopback(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { calls.Add(1) }))
	t.Cleanup(srv.Close)
	host := strings.TrimPrefix(srv.URL, "http://")
	for _, c := range []struct {
		rule org.HostRule
		ok   bool
	}{{org.HostRule{Loopback: []string{host}}, true}, {org.HostRule{Loopback: []string{"127.0.0.1:1"}}, false}, {org.HostRule{}, false}} {
		resp, err := (&http.Client{Transport: newTransport(c.rule)}).Get(srv.URL)
		if err == nil {
			err = resp.Body.Close()
		}
		if (err == nil) != c.ok {
			t.Errorf("%+v: %v", c.rule, err)
		}
	}
	if calls.Load() != 1 {
		t.Errorf("%d calls came through", calls.Load())
	}
}
