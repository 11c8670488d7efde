package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
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
	listener, err := net.Listen("tcp", opt.Addr)
	if err != nil {
		fmt.Fprintf(stderr, "cannot listen on %s: %v; choose another address with --addr\n", opt.Addr, err)
		return 1
	}
	org := opt.New()
	fmt.Fprintf(stdout, "simulated org: http://%s\n", listener.Addr())
	server := &http.Server{Handler: org, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute}
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		fmt.Fprintf(stderr, "serve the simulated org: %v\n", err)
		return 1
	}
	return 0
}
