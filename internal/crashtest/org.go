package crashtest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"caracal/internal/app"
	"caracal/oktasim"
	"caracal/org"
)

// Org is a simulated org that outlives the programs that are killed, and that can be broken.
type Org struct {
	Name string
	Sim  *oktasim.Org
	URL  string

	host   string
	method org.Method
	ready  *app.DemoOrg
	id     string // of the application that it is connected as
	flat   string // a workflow without others in it
	nested string // one with a for-each and a called workflow
	writes atomic.Int64
	struck atomic.Int64 // requests that were broken
	skew   atomic.Int64 // how far its clock is ahead

	mu     sync.Mutex
	server *http.Server
}

// NewOrg starts an org that is connected by this method.
func NewOrg(name string, method org.Method) (*Org, error) {
	o := &Org{Name: name, method: method}
	c := oktasim.Config{SSWS: []string{bareToken}, Settings: oktasim.Settings{NoRateLimit: true, Latency: 2 * time.Millisecond, RateLimits: map[string]int{}}}
	for _, bucket := range oktasim.Buckets() {
		c.Settings.RateLimits[bucket] = 1_000_000 // Caracal keeps to a share of what the org says, even where it refuses nothing
	}
	c.Clock = func() time.Time { return time.Now().Add(time.Duration(o.skew.Load())) }
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	o.Sim, o.host = oktasim.New(c), listener.Addr().String()
	o.URL = "http://" + o.host
	o.Sim.SetBaseURL(o.URL)
	o.serve(listener)
	if o.ready, err = app.PrepareDemo(o.Sim, o.URL, "http://127.0.0.1"); err != nil {
		return nil, errors.Join(err, o.Close())
	}
	return o, nil
}

func (o *Org) serve(listener net.Listener) {
	server := &http.Server{Handler: o.Sim, ReadHeaderTimeout: 5 * time.Second}
	o.mu.Lock()
	o.server = server
	o.mu.Unlock()
	go server.Serve(listener) //nolint:errcheck // it ends when the server is closed
}

// Down lets nobody connect any more, and breaks every connection there is.
func (o *Org) Down() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.server.Close()
}

// Up listens again at the same address.
func (o *Org) Up(ctx context.Context) error {
	for {
		listener, err := net.Listen("tcp", o.host)
		if err == nil {
			o.serve(listener)
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("listen again at %s: %w", o.host, err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Close ends the org.
func (o *Org) Close() error { return o.Down() }

// bareToken is an API token of the simulated orgs, for what is done in them beside Caracal.
const bareToken = "bare"

// post makes something in the org as another program would.
func (o *Org) post(ctx context.Context, client *http.Client, path string, body any) error {
	return o.call(ctx, client, http.MethodPost, path, body)
}

// call calls the org as another program would. body is sent as JSON unless it is nil.
func (o *Org) call(ctx context.Context, client *http.Client, method, path string, body any) error {
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return err
		}
	}
	r, err := http.NewRequestWithContext(ctx, method, o.URL+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "SSWS "+bareToken)
	r.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(r)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, resp.Body)
	if err = errors.Join(err, resp.Body.Close()); err == nil && resp.StatusCode >= http.StatusMultipleChoices {
		err = fmt.Errorf("%s %s: %s", method, path, resp.Status)
	}
	return err
}

// Break lets f decide about each request to the Management API. n counts the requests that change something, for f to
// choose some of them; a request that reads has the n of the last change, and write false. nil heals the org.
func (o *Org) Break(f func(write bool, n int64) *oktasim.Fault) {
	if f == nil {
		o.Sim.SetFault(nil)
		return
	}
	o.Sim.SetFault(func(r *http.Request) (fault *oktasim.Fault) {
		if !strings.HasPrefix(r.URL.Path, "/api/") {
			return nil
		}
		if r.Method == http.MethodGet {
			fault = f(false, o.writes.Load())
		} else {
			fault = f(true, o.writes.Add(1))
		}
		if fault != nil {
			o.struck.Add(1)
		}
		return fault
	})
}

// client is the id of the client in the org that Caracal acts as.
func (o *Org) client() string {
	if o.method == org.CustomApp {
		return o.ready.Custom
	}
	return o.ready.OINApp
}
