package app

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"caracal/catalog"
	"caracal/connect"
	"caracal/db"
	"caracal/health"
	"caracal/okta"
	"caracal/org"
)

// Checker runs health checks beside a Caracal that may be serving: it reads the database and stores nothing.
type Checker struct {
	DB     *db.DB
	Health *health.Service

	connections *connect.Service
}

// NewChecker opens what health checks need and no more. It takes Database, Keys, Clock, Hosts, Share, Transport
// and Version of the configuration.
func NewChecker(ctx context.Context, c Config) (*Checker, error) {
	store, err := db.OpenForReading(ctx, c.Database, db.Options{Clock: c.Clock})
	if err != nil {
		return nil, err
	}
	cat, err := c.catalogs().Load()
	if err != nil {
		return nil, fmt.Errorf("load the operation catalog: %w", err)
	}
	silent := slog.New(slog.DiscardHandler) // what cannot be recorded here is recorded by the server
	clients := okta.NewClients(okta.Options{
		Clock: c.Clock, Logger: silent, Hosts: c.Hosts, Share: c.Share, Transport: c.Transport, UserAgent: "caracal/" + c.Version,
	})
	connections := &connect.Service{
		DB: store, Clients: clients, Keys: c.Keys, Catalog: catalog.NewLive(cat), Hosts: c.Hosts, Clock: c.Clock, Log: silent,
	}
	return &Checker{DB: store, connections: connections, Health: &health.Service{
		Open:  connections.Client,
		Save:  func(context.Context, org.CheckRun, ...org.Notice) error { return nil },
		NewID: func() string { return db.NewID("check", c.Clock()) },
		Clock: c.Clock, Log: silent,
	}}, nil
}

// Advise compares what an application is granted, by its newest token, with what runs since a time and published
// workflows need. Where Okta gives no token, what the server last knew counts.
func (c *Checker) Advise(ctx context.Context, app org.Application, since time.Time) (health.Advice, error) {
	set, err := Actions(c.connections.Catalog)
	if err != nil {
		return health.Advice{}, err
	}
	needs, err := c.connections.Needs(ctx, set.Registry(), app.ID, since)
	if err != nil {
		return health.Advice{}, err
	}
	if client, _, err := c.connections.Client(ctx, app.ID); err == nil {
		if token, err := client.Token(ctx); err == nil {
			app.Granted = token.Scopes
		}
	}
	return health.Advise(app, needs), nil
}
