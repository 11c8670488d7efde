package okta

import (
	"io"
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
	status, err := o.Post(t.Context(), hook.URL+"/a", http.Header{"X-Test": {"1"}}, []byte("hello"))
	if err != nil || status != http.StatusTemporaryRedirect || body != "hello" || got.Header.Get("X-Test") != "1" || got.UserAgent() != "caracal/test" || asked != 0 {
		t.Errorf("%d %v, body %q, %d calls inside", status, err, body, asked)
	}
	for _, address := range []string{inside.URL, "https://127.0.0.1/", "https://localtest.me.invalid/"} {
		if _, err := o.Post(t.Context(), address, nil, nil); fault.As(err) == nil || asked != 0 {
			t.Errorf("%s: %v, %d calls", address, err, asked)
		}
	}
	if err := outboundFault(guard("", "10.0.0.1:443", nil), "hooks.example.com"); !fault.Is(err, fault.Forbidden) || strings.Contains(fault.Message(err), "Okta") {
		t.Errorf("a name that leads inside: %v", err)
	}
}
