// Package app puts Caracal together from a configuration: database, keys, client of Okta, health checks,
// actions, engine, handlers and server. Commands and tests use the same one.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"caracal/catalog"
	"caracal/connect"
	"caracal/db"
	"caracal/engine"
	"caracal/handlers"
	"caracal/health"
	"caracal/notify"
	"caracal/okta"
	"caracal/org"
	"caracal/rehearse"
	"caracal/rowcheck"
	"caracal/secret"
	"caracal/undo"
	"caracal/web"
	"caracal/workflow"
)

// Config is what an App is made of.
type Config struct {
	Database string // path of a file, whose folder must exist, or address of a PostgreSQL database
	Folder   string // of imported catalogs; the file's when ""
	Mode     Mode   // ModeAll when ""
	Keys     *secret.Keyring
	Clock    func() time.Time // time.Now when nil
	Log      *slog.Logger     // discards when nil
	Version  string

	PublicURL      string
	TrustedProxies []netip.Prefix
	ProxyOnly      bool // only trusted proxies may connect, since we serve no TLS
	SignIn         web.SignIn
	Missing        []string // settings without which nobody can sign in
	Limits         web.Limits

	Hosts        org.HostRule
	Share        float64           // of an org's rate limit
	Transport    http.RoundTripper // to Okta; nil is the guarded one
	Workers      int               // runs that move at once
	Keep         time.Duration     // how long runs are kept after they ended; zero is for good
	Contact      string
	MetricsToken secret.Text // for /metrics

	ListingName string
	ListingURL  string
	Demo        *handlers.Demo
	Mailer      *notify.Mailer // nil without a mail server
}

// Mode is what a node does. On a file there is one node, and it does everything.
type Mode string

// The modes.
const (
	ModeAll    Mode = "all"    // serves pages and moves runs
	ModeWeb    Mode = "web"    // serves pages; other nodes move the runs
	ModeWorker Mode = "worker" // moves runs, and answers /healthz, /readyz and /metrics alone
)

// App is a whole Caracal.
type App struct {
	DB       *db.DB
	Keys     *secret.Keyring
	Clients  *okta.Clients
	Connect  *connect.Service
	Health   *health.Service
	Notify   *notify.Service
	Registry *workflow.Registry
	Engine   *engine.Engine
	Rehearse *rehearse.Service
	Undo     *undo.Service
	Rows     *rowcheck.Service
	Handlers *handlers.Handlers
	Server   *web.Server

	log      *slog.Logger
	keep     time.Duration
	moves    bool // this node moves runs and checks by itself
	halt     context.CancelFunc
	watching sync.WaitGroup
}

// New opens the database and puts everything together. Nothing moves before Start.
func New(ctx context.Context, c Config) (_ *App, err error) {
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	a := &App{Keys: c.Keys, log: c.Log, keep: c.Keep, moves: c.Mode != ModeWeb}
	if a.DB, err = db.Open(ctx, c.Database, db.Options{Clock: c.Clock, Logger: c.Log}); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.DB.Close())
		}
	}()
	c.Clock = a.DB.Clock // all nodes go by one
	if err := a.DB.CheckKeys(ctx, c.Keys); err != nil {
		return nil, err
	}
	if err := a.wireOkta(c); err != nil {
		return nil, err
	}
	if err := a.wireEngine(c); err != nil {
		return nil, err
	}
	library := &catalog.Library{Store: c.catalogs(), Live: a.Connect.Catalog}
	if a.DB.Shared() {
		library.Shared = a.DB
	}
	a.Handlers = &handlers.Handlers{
		DB: a.DB, Engine: a.Engine, Rehearse: a.Rehearse, Undo: a.Undo, Rows: a.Rows, Connect: a.Connect, Health: a.Health, Notify: a.Notify, Catalog: a.Connect.Catalog,
		Catalogs: library,
		Registry: a.Registry, Keys: c.Keys, Clock: c.Clock, Log: c.Log,
		Contact: c.Contact, ListingName: c.ListingName, ListingURL: c.ListingURL, PublicURL: c.PublicURL,
		Version: c.Version, Demo: c.Demo,
	}
	a.Server, err = web.New(web.Config{
		DB: a.DB, Keys: a.Keys, Handlers: a.Handlers, Clock: c.Clock, Log: c.Log,
		PublicURL: c.PublicURL, TrustedProxies: c.TrustedProxies, ProxyOnly: c.ProxyOnly,
		SignIn: c.SignIn, Missing: c.Missing, Limits: c.Limits, ProbesOnly: c.Mode == ModeWorker, MetricsToken: c.MetricsToken,
	})
	return a, err
}

// wireOkta makes what talks to orgs: clients, connecting, health checks.
func (a *App) wireOkta(c Config) error {
	cat, err := c.catalogs().Load()
	if err != nil {
		return fmt.Errorf("load the operation catalog: %w", err)
	}
	a.Connect = &connect.Service{
		DB: a.DB, Keys: c.Keys, Catalog: catalog.NewLive(cat), Hosts: c.Hosts, Clock: c.Clock, Log: c.Log, PublicURL: c.PublicURL,
	}
	opts := okta.Options{
		Clock: c.Clock, Logger: c.Log, Hosts: c.Hosts, Share: c.Share, Transport: c.Transport,
		UserAgent: "caracal/" + c.Version, OnToken: a.Connect.TokenAnswered,
	}
	if a.DB.Shared() { // alone, the headers tell it all
		opts.Lease = a.DB.LeaseCalls
	}
	a.Clients = okta.NewClients(opts)
	a.Connect.Clients = a.Clients
	a.Notify = &notify.Service{
		DB: a.DB, Keys: c.Keys, Outbound: okta.NewOutbound(c.Hosts, "caracal/"+c.Version), Mailer: c.Mailer, PublicURL: c.PublicURL, Clock: c.Clock, Log: c.Log,
	}
	a.Health = &health.Service{
		Open: a.Connect.Client, Save: a.DB.SaveCheckRun, Past: a.DB.CheckRuns, Watch: a.DB.Watch, Aged: a.DB.AgedSecrets, Due: a.DB.DueWatches, Take: a.DB.TakeWatch,
		NewID: func() string { return db.NewID("check", c.Clock()) }, Clock: c.Clock, Log: c.Log,
	}
	return nil
}

// Start puts right what processes left behind that are gone, and lets runs move.
func (a *App) Start(ctx context.Context) error {
	if err := a.Rehearse.Scratch.Clear(); err != nil {
		return err
	}
	if err := a.endInterrupted(ctx); err != nil {
		return err
	}
	if err := a.Handlers.Catalogs.Pull(ctx); err != nil {
		return err
	}
	if err := a.Engine.Start(ctx); err != nil {
		return fmt.Errorf("start the engine: %w", err)
	}
	watching, stop := context.WithCancel(context.WithoutCancel(ctx))
	a.halt = stop
	if a.DB.Shared() {
		a.watching.Go(func() { a.forever(watching, "follow the description that the nodes use", a.Handlers.Catalogs.Pull) })
	}
	if a.moves {
		a.watching.Go(func() { a.forever(watching, "look for health checks that are due", a.Health.Tick) })
		a.watching.Go(func() { a.forever(watching, "send the notices that wait", a.Notify.Deliver) }) // a mail server may take its time
		if a.keep > 0 {
			a.watching.Go(func() { a.forever(watching, "delete what is kept no longer", a.expiring()) })
		}
	}
	return nil
}

// expireEvery is how often it is looked for what is kept no longer.
const expireEvery = time.Hour

// expiring deletes what ended longer ago than it is kept, at most once in expireEvery. Several nodes may do so at once.
func (a *App) expiring() func(context.Context) error {
	var last time.Time
	return func(ctx context.Context) error {
		now := a.DB.Now()
		if now.Sub(last) < expireEvery {
			return nil
		}
		last = now
		done, err := a.DB.Expire(ctx, now.Add(-a.keep))
		if done.Any() {
			a.log.InfoContext(ctx, "deleted what is kept no longer", "runs", done.Runs, "batches", done.Batches, "rehearsals", done.Rehearsals)
		}
		return err
	}
}

// watchEvery is how often it is looked for health checks whose time has come, and for notices that wait.
const watchEvery = 20 * time.Second

// forever looks for what is due, again and again.
func (a *App) forever(ctx context.Context, what string, look func(context.Context) error) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		if err := look(ctx); err != nil && ctx.Err() == nil {
			a.log.ErrorContext(ctx, what, "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// endInterrupted ends the health checks and rehearsals of processes that are gone.
func (a *App) endInterrupted(ctx context.Context) error {
	open, err := a.DB.OpenCheckRuns(ctx)
	if err != nil {
		return fmt.Errorf("find health checks that were interrupted: %w", err)
	}
	if err := a.Health.EndInterrupted(ctx, open); err != nil {
		return fmt.Errorf("end health checks that were interrupted: %w", err)
	}
	if err := a.DB.EndInterruptedRehearsals(ctx); err != nil {
		return fmt.Errorf("end rehearsals that were interrupted: %w", err)
	}
	return nil
}

// Serve answers on a listener until ctx ends.
func (a *App) Serve(ctx context.Context, listener net.Listener) error {
	return a.Server.Serve(ctx, listener)
}

// Close lets steps in flight finish, for at most 20 seconds, and closes the database.
func (a *App) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if a.halt != nil {
		a.halt()
		a.watching.Wait()
	}
	stopped := a.Engine.Stop(ctx)
	a.Health.Wait()
	a.Rehearse.Stop()
	return errors.Join(stopped, a.DB.Close())
}
