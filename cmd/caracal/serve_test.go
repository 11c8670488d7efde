package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// certificate writes a certificate for 127.0.0.1 and its key, and returns the files and a pool that trusts it.
func certificate(t *testing.T) (certFile, keyFile string, trusted *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, BasicConstraintsValid: true, IsCA: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	trusted = x509.NewCertPool()
	chain := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	trusted.AppendCertsFromPEM(chain)
	certFile, keyFile = filepath.Join(t.TempDir(), "tls.crt"), filepath.Join(t.TempDir(), "tls.key")
	for file, content := range map[string][]byte{certFile: chain, keyFile: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})} {
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certFile, keyFile, trusted
}

var servedAt = regexp.MustCompile(`"addr":"([^"]+)"`)

// TestServeOverTLS starts `serve` with a certificate of its own, and asks it as a browser, as a probe and as a
// second process that wants the same database.
func TestServeOverTLS(t *testing.T) {
	t.Parallel()
	env := good(t)
	delete(env, "CARACAL_TRUSTED_PROXIES")
	var trusted *x509.CertPool
	env["CARACAL_TLS_CERT"], env["CARACAL_TLS_KEY"], trusted = certificate(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	started, ended := make(chan struct{}), make(chan int, 1)
	complaints := &watched{until: `"msg":"serving"`, then: func() {
		select {
		case <-started:
		default:
			close(started)
		}
	}}
	getenv := func(name string) string { return env[name] }
	go func() { ended <- dispatch(ctx, process{io.Discard, complaints, getenv}, []string{"serve"}) }()
	select {
	case <-started:
	case code := <-ended:
		t.Fatalf("serve ended with %d:\n%s", code, complaints)
	}
	addr := servedAt.FindStringSubmatch(complaints.String())[1]

	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted}, ForceAttemptHTTP2: true}}
	response, err := client.Get("https://" + addr + "/sign-in")
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != http.StatusServiceUnavailable || !strings.Contains(string(body), "CARACAL_OIDC_ISSUER") {
		t.Errorf("%s %s", response.Status, body)
	}
	if response.ProtoMajor != 2 || response.Header.Get("Strict-Transport-Security") == "" {
		t.Errorf("%s %v", response.Proto, response.Header)
	}
	var out, errs bytes.Buffer
	if code := dispatch(ctx, process{&out, &errs, getenv}, []string{"probe", "--addr", addr}); code != exitOK {
		t.Errorf("probe: %d %s", code, errs.String())
	}
	if code := dispatch(ctx, process{&out, &errs, getenv}, []string{"serve"}); code != exitFail || !strings.Contains(errs.String(), "Another Caracal") {
		t.Errorf("a second process on the same database: %d %s", code, errs.String())
	}
	out.Reset()
	if code := dispatch(ctx, process{&out, &errs, getenv}, []string{"health"}); code != exitOK || !strings.Contains(out.String(), "No application is connected yet") {
		t.Errorf("health beside the server: %d %s%s", code, out.String(), errs.String())
	}
	client.CloseIdleConnections()
	cancel()
	if code := <-ended; code != exitOK {
		t.Errorf("serve ended with %d:\n%s", code, complaints)
	}
	if code := dispatch(t.Context(), process{&out, &errs, getenv}, []string{"probe", "--addr", addr}); code != exitFail {
		t.Errorf("probe of nothing: %d", code)
	}
}
