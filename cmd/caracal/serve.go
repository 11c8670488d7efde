package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strings"
	"time"

	"caracal/db"
	"caracal/fault"
	"caracal/internal/app"
	"caracal/web"
)

const serveHelp = `Serves Caracal under an https address.

Caracal serves TLS itself, with a certificate and its key, or stands behind a proxy that does and that is
named. The first start makes the master key that seals stored credentials, in a file outside the data folder:
keep a copy of it. People sign in with your OpenID Connect provider; until that is configured, Caracal says
which settings are missing. On a PostgreSQL database any number of nodes may serve, and none is special; all
of them need the same master keys. Each setting is an environment variable or the flag of the same name.`

// runServe serves until it is told to stop.
func runServe(ctx context.Context, p process, args []string) int {
	fs := newFlags(p, "serve", serveHelp)
	src := configFlags(fs, p.getenv)
	if code, done := fs.parse(args); done {
		return code
	}
	c, err := src.read()
	if err == nil {
		err = c.forServe()
	}
	if err != nil {
		fmt.Fprintf(p.stderr, "Caracal cannot start before this is mended:\n%s\n`caracal serve --help` lists the settings; `caracal config` shows what is set.\n", bullets(err))
		return exitUsage
	}
	log := newLogger(p.stderr, c.Log, c.LogLevel)
	if err := serve(ctx, p, c, log); err != nil {
		log.Error("stopped", "err", err)
		if f := fault.As(err); f != nil {
			fmt.Fprintln(p.stderr, f.Message)
		}
		return exitFail
	}
	return exitOK
}

func serve(ctx context.Context, p process, c Config, log *slog.Logger) (err error) {
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return fmt.Errorf("make the data folder: %w", err)
	}
	keys, err := keyring(c, log)
	if err != nil {
		return err
	}
	missing := c.missingForSignIn()
	whole, err := app.New(ctx, app.Config{
		Database: c.database(), Folder: c.Data, Mode: app.Mode(c.Mode), Keys: keys, Log: log, Version: version(),
		PublicURL: c.PublicURL, TrustedProxies: c.TrustedProxies, ProxyOnly: c.TLSCert == "",
		SignIn: web.SignIn{
			Issuer: c.OIDCIssuer, ClientID: c.OIDCClientID, ClientSecret: c.OIDCClientSecret,
			Scopes: c.OIDCScopes, GroupsClaim: c.OIDCGroupsClaim, Roles: c.Roles, FirstAdmin: c.FirstAdmin,
		},
		Limits:  web.Limits{Recheck: recheck(c.RolesRecheck), Proof: time.Duration(c.TokenProof) * 24 * time.Hour},
		Missing: missing, Hosts: c.hosts(), Share: float64(c.RateShare) / 100, Workers: c.Workers, Keep: time.Duration(c.KeepDays) * 24 * time.Hour,
		Contact: c.Contact, ListingName: c.ListingName, ListingURL: c.ListingURL, Mailer: c.SMTP.mailer(c.PublicURL), MetricsToken: c.MetricsToken,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, whole.Close()) }()
	listener, err := listen(c)
	if err != nil {
		return err
	}
	if err := whole.Start(ctx); err != nil {
		return errors.Join(err, listener.Close())
	}
	if len(missing) > 0 && c.Mode != "worker" {
		fmt.Fprintf(p.stderr, "Nobody can sign in before these settings are there:\n  %s\n", strings.Join(missing, "\n  "))
	}
	log.Info("serving", "url", c.PublicURL, "addr", listener.Addr().String(), "mode", c.Mode, "database", db.PlaceName(c.database()))
	return whole.Serve(ctx, listener)
}

// recheck is after how long the org is asked again about people; below zero is never.
func recheck(minutes int) time.Duration {
	if minutes == 0 {
		return -1
	}
	return time.Duration(minutes) * time.Minute
}

// listen opens the port, with TLS when a certificate is given.
func listen(c Config) (net.Listener, error) {
	var certificate tls.Certificate
	var err error
	if c.TLSCert != "" {
		if certificate, err = tls.LoadX509KeyPair(c.TLSCert, c.TLSKey); err != nil {
			return nil, fmt.Errorf("read the certificate and its key: %w", err)
		}
	}
	listener, err := net.Listen("tcp", c.Addr)
	if err != nil {
		return nil, fmt.Errorf("listen on %s (choose another address with CARACAL_ADDR): %w", c.Addr, err)
	}
	if c.TLSCert == "" {
		return listener, nil
	}
	return tls.NewListener(listener, &tls.Config{
		Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"},
	}), nil
}
