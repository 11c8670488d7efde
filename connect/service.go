// Package connect tests a connection live, seals its credential and stores it; it renames, changes scopes,
// rotates, pauses and disconnects.
//
// Nothing is stored before Okta gave a token for it, and an old credential stays in use until the new one has
// worked.
package connect

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"caracal/auth"
	"caracal/catalog"
	"caracal/db"
	"caracal/fault"
	"caracal/grouprule"
	"caracal/okta"
	"caracal/org"
	"caracal/secret"
)

// Service connects applications and opens clients for connected ones. Every field but the unexported ones is
// set by internal/app. Safe for concurrent use.
type Service struct {
	DB      *db.DB
	Clients *okta.Clients
	Keys    *secret.Keyring
	Catalog *catalog.Live
	Hosts   org.HostRule
	Clock   func() time.Time
	Log     *slog.Logger
	// PublicURL is where Okta reaches this Caracal, for the event hooks that it registers.
	PublicURL string
	Rules     grouprule.Reader // of every org; what a run changes is forgotten here

	mu    sync.Mutex
	noted map[string]time.Time   // when the use of an application was last recorded
	hooks map[string]*sync.Mutex // by application: one at a time works on its event hook
	names nameCache
	lists listCache

	schemas   schemaCache
	confirmed map[string]time.Time // changes that were confirmed, until when they could be
}

// noteEvery is how often the use of an application is recorded.
const noteEvery = time.Minute

// Client opens a client for an application. A paused one gives fault.Busy, so that a run waits; a disconnected
// one fault.Conflict.
func (s *Service) Client(ctx context.Context, id string) (*okta.Client, org.Application, error) {
	app, err := s.DB.Application(ctx, id)
	if err != nil {
		return nil, app, err
	}
	switch app.Status {
	case org.Paused:
		return nil, app, fault.New(fault.Busy, "%s is paused; resume it under Applications › %s › Settings.", app.Name, app.Name)
	case org.Disconnected:
		return nil, app, fault.New(fault.Conflict, "%s is disconnected; connect it again under Applications › %s › Settings.", app.Name, app.Name)
	}
	credential, err := s.Keys.Open(app.Credential, org.CredentialPlace(app.ID))
	if err != nil {
		return nil, app, fault.New(fault.Internal, "The credential of %s cannot be opened; start Caracal with the key it was sealed with.", app.Name).Because(err)
	}
	client, err := s.Clients.Open(app, credential)
	if err != nil {
		return nil, app, err
	}
	s.noteUse(ctx, app)
	return client, app, nil
}

// noteUse records that the application is used, at most once a minute. That it could not be recorded is logged
// and stops nothing.
func (s *Service) noteUse(ctx context.Context, app org.Application) {
	now := s.Clock()
	s.mu.Lock()
	if s.noted == nil {
		s.noted = map[string]time.Time{}
	}
	due := now.Sub(s.noted[app.ID]) >= noteEvery
	if due {
		s.noted[app.ID] = now
	}
	s.mu.Unlock()
	if !due {
		return
	}
	if err := s.DB.NoteUse(ctx, app.ID, now); err != nil {
		s.Log.Warn("could not record the use of an application", "org", app.ID, "err", err)
	}
}

// change loads an application, lets edit alter it, and stores it with an audit line.
func (s *Service) change(ctx context.Context, id string, by auth.User, action string, edit func(*org.Application) (map[string]any, error)) (org.Application, error) {
	app, err := s.DB.Application(ctx, id)
	if err != nil {
		return app, err
	}
	if app.Status == org.Disconnected {
		return app, fault.New(fault.Conflict, "%s is disconnected and cannot be changed any more; connect the org again under Applications › Connect New +.", app.Name)
	}
	detail, err := edit(&app)
	if err != nil {
		return app, err
	}
	return app, s.DB.UpdateApplication(ctx, app, by, action, detail)
}
