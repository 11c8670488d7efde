package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"caracal/oktasim"
)

// runSim runs the simulated org alone, until it is stopped.
func runSim(args []string, stdout, stderr io.Writer) int {
	opt, err := oktasim.ParseFlags(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		return 2
	}
	org, err := opt.New()
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	password := "Sim1-" + rand.Text() // the password policy wants a lowercase letter and a digit
	login, err := org.SetAdminPassword(password)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	listener, err := net.Listen("tcp", opt.Addr)
	if err != nil {
		fmt.Fprintf(stderr, "cannot listen on %s: %v; choose another address with --addr\n", opt.Addr, err)
		return 1
	}
	fmt.Fprintf(stdout, "simulated org   http://%s\nconsole         http://%s/admin/\nadmin           %s   password %s\n",
		listener.Addr(), listener.Addr(), login, password)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	server := &http.Server{Handler: org, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute}
	// The org keeps nothing, so stopping at once loses nothing.
	context.AfterFunc(ctx, func() { stopServer(server, stderr) })
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		fmt.Fprintf(stderr, "serve the simulated org: %v\n", err)
		return 1
	}
	return 0
}

func stopServer(server *http.Server, stderr io.Writer) {
	if err := server.Close(); err != nil {
		fmt.Fprintf(stderr, "stop the simulated org: %v\n", err)
	}
}
