package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"time"
)

// runProbe asks the Caracal of this machine whether it is ready. A container without a shell or curl has its
// health check in it.
func runProbe(ctx context.Context, p process, args []string) int {
	fs := newFlags(p, "probe", "Asks the Caracal that runs with the same configuration on this machine whether it is ready, and exits with 1 if it is not.")
	src := configFlags(fs, p.getenv)
	if code, done := fs.parse(args); done {
		return code
	}
	c, err := src.read()
	if err == nil {
		err = probe(ctx, c)
	}
	if err != nil {
		fmt.Fprintf(p.stderr, "not ready: %v\n", err)
		return exitFail
	}
	fmt.Fprintln(p.stdout, "ready")
	return exitOK
}

func probe(ctx context.Context, c Config) error {
	host, port, err := net.SplitHostPort(c.Addr)
	if err != nil {
		return fmt.Errorf("read the address: %w", err)
	}
	if ip := net.ParseIP(host); host == "" || ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	scheme := "http"
	if c.TLSCert != "" {
		scheme = "https"
	}
	client := &http.Client{Timeout: 3 * time.Second, Transport: &http.Transport{
		// The certificate names the public address and we ask this machine; nothing secret is sent or believed.
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
	}}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+"://"+net.JoinHostPort(host, port)+"/readyz", nil)
	if err != nil {
		return fmt.Errorf("make the request: %w", err)
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	if err := response.Body.Close(); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("it answered %s", response.Status)
	}
	return nil
}
