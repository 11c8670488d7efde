package okta

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"caracal/fault"
	"caracal/org"
)

func TestOutboundCheckURL(t *testing.T) {
	t.Parallel()
	o := NewOutbound(org.HostRule{Loopback: []string{"127.0.0.1:9000"}}, "caracal/test")
	for text, want := range map[string]string{
		" https://hooks.example.com/a?b=c ": "https://hooks.example.com/a?b=c",
		"https://Hooks.Example.com:443":     "https://hooks.example.com",
		"https://hooks.example.com./x":      "https://hooks.example.com/x",
		"https://8.8.8.8/x":                 "https://8.8.8.8/x",
		"http://127.0.0.1:9000/x":           "http://127.0.0.1:9000/x",
		"":                                  "", "hooks.example.com": "", "https:hooks.example.com": "", "http://hooks.example.com/": "",
		"https://hooks.example.com:8443/": "", "https://ada:pw@hooks.example.com/": "", "https://hooks.example.com/#a": "",
		"https://127.0.0.1/": "", "https://127.0.0.1:9000/": "", "http://127.0.0.1:9001/": "", "https://[::1]/": "", "https://10.0.0.1/": "", "https://169.254.169.254/latest": "",
		"https://[::ffff:10.0.0.1]/": "", "https://localhost/": "", "https://intranet/": "", "https://hööks.example.com/": "", "https://a..b/": "",
		"https://hooks.example.com/\r\nX: y": "", "ftp://hooks.example.com/": "", "javascript:alert(1)": "",
	} {
		got, err := o.CheckURL(text)
		if got != want || (err == nil) != (want != "") || err != nil && !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
}

// TestOutboundStaysOutside: what answers from within is never reached, by whatever name, and redirects are not followed.
func TestOutboundStaysOutside(t *testing.T) {
	t.Parallel()
	asked := 0
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	defer inside.Close()
	var got *http.Request
	var body string
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		got, body = r, string(b)
		http.Redirect(w, r, inside.URL, http.StatusTemporaryRedirect)
	}))
	defer hook.Close()
	o := NewOutbound(org.HostRule{Loopback: []string{strings.TrimPrefix(hook.URL, "http://")}}, "caracal/test")
	status, _, err := o.Post(t.Context(), hook.URL+"/a", http.Header{"X-Test": {"1"}}, []byte("hello"))
	if err != nil || status != http.StatusTemporaryRedirect || body != "hello" || got.Header.Get("X-Test") != "1" || got.UserAgent() != "caracal/test" || asked != 0 {
		t.Errorf("%d %v, body %q, %d calls inside", status, err, body, asked)
	}
	for _, address := range []string{inside.URL, "https://127.0.0.1/", "https://localtest.me.invalid/"} {
		if _, _, err := o.Post(t.Context(), address, nil, nil); fault.As(err) == nil || asked != 0 {
			t.Errorf("%s: %v, %d calls", address, err, asked)
		}
	}
	if err := outboundFault(guard("", "10.0.0.1:443", nil), "hooks.example.com"); !fault.Is(err, fault.Forbidden) || strings.Contains(fault.Message(err), "Okta") {
		t.Errorf("a name that leads inside: %v", err)
	}
}

// TestOutboundOverTLS: a webhook is called over TLS only where its certificate is good, for its name and by a CA that is
// trusted.
func TestOutboundOverTLS(t *testing.T) {
	t.Parallel()
	var versions []uint16
	hook := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		versions = append(versions, r.TLS.Version)
		w.Header().Set("Retry-After", "120")
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	defer hook.Close()
	hook.Config.ErrorLog = log.New(io.Discard, "", 0) // of the handshakes that are refused
	reach := func(roots *x509.CertPool) *Outbound {
		o := NewOutbound(org.HostRule{}, "caracal/test")
		transport := o.client.Transport.(*http.Transport)
		transport.TLSClientConfig.RootCAs = roots
		transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) { // whatever the name, it leads here
			if !strings.HasSuffix(address, ":443") {
				t.Errorf("%s is called", address)
			}
			return new(net.Dialer).DialContext(ctx, network, hook.Listener.Addr().String())
		}
		return o
	}
	own := x509.NewCertPool()
	own.AddCert(hook.Certificate()) // good for example.com
	status, after, err := reach(own).Post(t.Context(), "https://example.com/hook", nil, []byte("hello"))
	if err != nil || status != http.StatusServiceUnavailable || after != "120" || len(versions) != 1 || versions[0] < tls.VersionTLS12 {
		t.Errorf("%d %q %v, over %x", status, after, err, versions)
	}
	for name, c := range map[string]struct {
		roots   *x509.CertPool
		address string
	}{
		"a CA that nobody trusts": {x509.NewCertPool(), "https://example.com/hook"},
		"another name":            {own, "https://hooks.example.org/hook"},
	} {
		if _, _, err := reach(c.roots).Post(t.Context(), c.address, nil, []byte("hello")); !strings.Contains(fault.Message(err), "certificate") || strings.Contains(fault.Message(err), "Okta") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(versions) != 1 {
		t.Errorf("the webhook was called %d times", len(versions))
	}
}
