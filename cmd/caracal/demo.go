package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/mail"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"caracal/db"
	"caracal/fault"
	"caracal/internal/app"
	"caracal/notify"
	"caracal/oktasim"
	"caracal/org"
	"caracal/secret"
)

const demoHelp = `Shows the whole product with nothing to configure: Caracal, and a simulated Okta org with about 300 people
beside it, both on this machine only. It prints the address to open, and who can sign in. Passwords are new at
each start; data are thrown away at the end unless --data names a folder, or --database-url a PostgreSQL
database as well, whose key that folder then holds.`

// demoOptions are what the demo can be told.
type demoOptions struct {
	addr, orgAddr, data, databaseURL, allowOrg, mail string
}

// runDemo shows the product until it is told to stop.
func runDemo(ctx context.Context, p process, args []string) int {
	fs := newFlags(p, "demo", demoHelp)
	var o demoOptions
	fs.StringVar(&o.addr, "addr", "127.0.0.1:8080", "`HOST:PORT` of Caracal; a loopback address, port 0 takes a free one")
	fs.StringVar(&o.orgAddr, "org-addr", "127.0.0.1:8081", "`HOST:PORT` of the simulated org; a loopback address, port 0 takes a free one")
	fs.StringVar(&o.data, "data", "", "`DIR` to keep the database in, a new temporary folder without it; the simulated org begins anew at each start all the same")
	fs.StringVar(&o.databaseURL, "database-url", "", "`URL` of a PostgreSQL database to keep everything in, such as postgres://caracal:demo@127.0.0.1/caracal; needs --data for the key")
	fs.StringVar(&o.allowOrg, "allow-org", "", "`URL,…` of more servers on this machine that may be connected as orgs or called as webhooks, such as http://127.0.0.1:9000")
	fs.StringVar(&o.mail, "mail", "", "`HOST:PORT` of a mail server on this machine that takes the notices, such as 127.0.0.1:1025; a loopback address")
	verbose := fs.Bool("verbose", false, "log every request")
	if code, done := fs.parse(args); done {
		return code
	}
	level := "warn"
	if *verbose {
		level = "info"
	}
	err := demo(ctx, p, o, newLogger(p.stderr, "text", level))
	if err == nil {
		return exitOK
	}
	if f := fault.As(err); f != nil {
		fmt.Fprintln(p.stderr, f.Message)
	} else {
		fmt.Fprintln(p.stderr, err)
	}
	var usage usageError
	if errors.As(err, &usage) {
		return exitUsage
	}
	return exitFail
}

// usageError is a mistake in the arguments.
type usageError struct{ error }

func demo(ctx context.Context, p process, o demoOptions, log *slog.Logger) (err error) {
	loopback, err := o.loopback()
	if err != nil {
		return err
	}
	if err := o.checkDatabase(); err != nil {
		return err
	}
	mailer, err := o.mailer()
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", o.addr)
	if err != nil {
		return fmt.Errorf("cannot listen on %s (%w); choose another address with --addr", o.addr, err)
	}
	defer func() { err = errors.Join(err, ignoreClosed(listener.Close())) }()
	orgListener, err := net.Listen("tcp", o.orgAddr)
	if err != nil {
		return fmt.Errorf("cannot listen on %s (%w); choose another address with --org-addr", o.orgAddr, err)
	}
	appURL, orgURL := "http://"+listener.Addr().String(), "http://"+orgListener.Addr().String()

	sim := oktasim.New(oktasim.Config{BaseURL: orgURL})
	err = sim.SeedCompany()
	var ready *app.DemoOrg
	if err == nil {
		ready, err = app.PrepareDemo(sim, orgURL, appURL)
	}
	if err != nil {
		return errors.Join(err, orgListener.Close())
	}
	orgServer := &http.Server{Handler: sim, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute}
	orgFailed := make(chan error, 1)
	go func() { orgFailed <- orgServer.Serve(orgListener) }()
	defer func() { err = errors.Join(err, orgServer.Close()) }()

	loopback = append(loopback, orgListener.Addr().String())
	dir, keys, clean, err := demoData(o.data, demoFacts{Loopback: loopback, Database: o.databaseURL})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, clean()) }()
	whole, err := app.New(ctx, app.Config{
		Database: cmp.Or(o.databaseURL, filepath.Join(dir, "caracal.db")), Folder: dir, Keys: keys, Log: log, Version: version(),
		PublicURL: appURL, SignIn: ready.SignIn, Demo: ready.Demo, Contact: "whoever started this demo",
		Hosts: org.HostRule{Loopback: loopback}, Mailer: mailer,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, whole.Close()) }()
	if err := whole.Start(ctx); err != nil {
		return err
	}
	welcome(p, appURL, orgURL, dir, ready)
	serving, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	go func() { stop(<-orgFailed) }()
	if err := whole.Serve(serving, listener); err != nil {
		return err
	}
	if ctx.Err() == nil {
		return fmt.Errorf("the simulated org stopped: %w", context.Cause(serving))
	}
	return nil
}

// checkDatabase refuses what is no address, and one without a folder: the key must outlive what it sealed.
func (o demoOptions) checkDatabase() error {
	switch {
	case o.databaseURL == "":
		return nil
	case !db.IsURL(o.databaseURL):
		return usageError{errors.New("--database-url must begin with postgres://")}
	case o.data == "":
		return usageError{errors.New("--database-url needs --data, a folder for the key that the database is sealed with")}
	}
	return nil
}

// mailer returns the mail server that was named, or nil. What leaves the demo stays on this machine.
func (o demoOptions) mailer() (*notify.Mailer, error) {
	if o.mail == "" {
		return nil, nil
	}
	addr, err := netip.ParseAddrPort(o.mail)
	if err != nil || !addr.Addr().IsLoopback() {
		return nil, usageError{fmt.Errorf("--mail must be a loopback address such as 127.0.0.1:1025, not %q; use `caracal serve` to mail to others", o.mail)}
	}
	return &notify.Mailer{Host: addr.Addr().String(), Port: int(addr.Port()), TLS: notify.TLSNone,
		From: mail.Address{Name: "Caracal", Address: "caracal@caracal.example"}, Hello: "localhost"}, nil
}

// loopback checks that nothing of the demo can be reached from elsewhere, and returns the exact addresses that
// may be connected besides its own org.
func (o demoOptions) loopback() ([]string, error) {
	for _, flag := range []struct{ name, value string }{{"--addr", o.addr}, {"--org-addr", o.orgAddr}} {
		if addr, err := netip.ParseAddrPort(flag.value); err != nil || !addr.Addr().IsLoopback() {
			return nil, usageError{fmt.Errorf("the demo has no TLS and a printed password, so %s must be a loopback address such as 127.0.0.1:8080, not %q; use `caracal serve` for others to reach it", flag.name, flag.value)}
		}
	}
	var hosts []string
	for address := range strings.SplitSeq(o.allowOrg, ",") {
		if address == "" {
			continue
		}
		host, ok := loopbackHost(address)
		if !ok {
			return nil, usageError{fmt.Errorf("--allow-org must be http://127.0.0.1:PORT, not %q", address)}
		}
		hosts = append(hosts, host)
	}
	return hosts, nil
}

// loopbackHost returns host and port of an address that leads to this machine alone.
func loopbackHost(address string) (host string, ok bool) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" || u.Path != "" && u.Path != "/" || u.User != nil || u.RawQuery != "" {
		return "", false
	}
	addr, err := netip.ParseAddrPort(u.Host)
	return u.Host, err == nil && addr.Addr().IsLoopback()
}

// demoData makes the folder of the database and its key. The key lies beside the database, which is right only
// here: everything in it belongs to a simulated org. The addresses beside it let `caracal health --demo` look.
func demoData(dir string, about demoFacts) (_ string, keys *secret.Keyring, clean func() error, err error) {
	clean = func() error { return nil }
	if dir == "" {
		if dir, err = os.MkdirTemp("", "caracal-demo-"); err != nil {
			return "", nil, nil, fmt.Errorf("make a temporary folder: %w", err)
		}
		clean = func() error { return os.RemoveAll(dir) }
	} else if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", nil, nil, fmt.Errorf("make the data folder: %w", err)
	}
	key := filepath.Join(dir, demoKeyFile)
	if _, err := os.Stat(key); errors.Is(err, os.ErrNotExist) {
		if err := os.WriteFile(key, []byte(secret.NewKey("demo")), 0o600); err != nil {
			return "", nil, nil, fmt.Errorf("write the demo's key: %w", err)
		}
	}
	facts, err := json.Marshal(about)
	if err != nil {
		return "", nil, nil, fmt.Errorf("write the demo's addresses: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, demoFactsFile), facts, 0o600); err != nil {
		return "", nil, nil, fmt.Errorf("write the demo's addresses: %w", err)
	}
	_, keys, err = readDemo(dir)
	return dir, keys, clean, err
}

// welcome prints the one address to open and who can sign in.
func welcome(p process, appURL, orgURL, dir string, ready *app.DemoOrg) {
	fmt.Fprintf(p.stdout, "\nCaracal is ready. Open %s\n\nSign in as one of these; the password of all is  %s\n\n", appURL, ready.Password)
	for _, person := range ready.Demo.People {
		fmt.Fprintf(p.stdout, "  %-32s %-10s %s\n", person.Login, person.Role, person.Name)
	}
	fmt.Fprintf(p.stdout, "\nThe simulated org's own console is %s/admin (same people; Ada is its super admin).\nOnce it is connected, its health in a terminal: caracal health --demo %s\nStop with Ctrl-C.\n", orgURL, dir)
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
