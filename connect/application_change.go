package connect

import (
	"bytes"
	"context"
	"errors"
	"strings"

	"caracal/auth"
	"caracal/db"
	"caracal/fault"
	"caracal/form"
	"caracal/org"
)

// Rename gives an application another name, in place of the one that the person was shown. Where somebody else gave it one
// meanwhile, the form is stale and ok is false.
func (s *Service) Rename(ctx context.Context, id string, f *form.Form, by auth.User) (ok bool, err error) {
	name := strings.TrimSpace(f.Values[FieldName])
	err = s.changeAlone(ctx, id, by, "application.renamed", func(a *org.Application) (map[string]any, error) {
		was := *a
		a.Name = name
		return map[string]any{"from": was.Name, "to": name}, db.Seen(f.Seen).Still(db.SeenName(was), db.SeenName(*a))
	})
	return err == nil, unlessBlamed(f, err)
}

// EditScopes changes what the application asks Okta for, in place of what the person was shown, once Okta has given a token
// for it. A refusal is put beside its field; where somebody else chose other scopes meanwhile, the form is stale. Then ok is
// false.
func (s *Service) EditScopes(ctx context.Context, id string, f *form.Form, by auth.User) (ok bool, err error) {
	scopes, err := s.Catalog.Now().ParseScopes(FieldScopes, f.Values[FieldScopes])
	if err != nil {
		return false, unlessBlamed(f, err)
	}
	app, err := s.DB.Application(ctx, id)
	trial := app
	trial.Scopes = scopes
	if err == nil {
		err = asShown(app, trial, f)
	}
	if err != nil {
		return false, unlessBlamed(f, err)
	}
	text, err := s.Keys.Open(app.Credential, org.CredentialPlace(app.ID))
	if err != nil {
		return false, fault.New(fault.Conflict, "The credential of %s cannot be opened; start Caracal with the key it was sealed with.", app.Name).Because(err)
	}
	if err := s.tryCredential(ctx, &trial, credential{text: text, keyID: app.KeyID}); err != nil {
		return false, unlessBlamed(f, about(fieldOf(err), err))
	}
	err = s.changeAlone(ctx, id, by, "application.scopes_changed", func(a *org.Application) (map[string]any, error) {
		if err := asShown(*a, trial, f); err != nil { // Okta took its time
			return nil, err
		}
		if !bytes.Equal(a.Credential, app.Credential) || a.ClientID != app.ClientID {
			return nil, fault.New(fault.Conflict, "The credential was replaced while Okta was asked about these scopes; save them again.")
		}
		detail := map[string]any{"from": a.Scopes, "to": scopes}
		a.Scopes, a.Granted = scopes, trial.Granted
		a.TokenAt, a.TokenDPoP, a.TokenError = trial.TokenAt, trial.TokenDPoP, ""
		return detail, nil
	})
	if err == nil {
		s.Clients.Forget(id)
	}
	return err == nil, unlessBlamed(f, err)
}

// asShown refuses scopes that were edited from others than the application has now.
func asShown(now, wanted org.Application, f *form.Form) error {
	return db.Seen(f.Seen).Still(db.SeenScopes(now), db.SeenScopes(wanted))
}

// changeAlone is change for an edit that says itself what it can't be made on: who changes something else of the
// application at the same moment is no obstacle.
func (s *Service) changeAlone(ctx context.Context, id string, by auth.User, action string, edit func(*org.Application) (map[string]any, error)) (err error) {
	for range 3 {
		if _, err = s.change(ctx, id, by, action, edit); !errors.Is(err, db.ErrConflict) {
			return err
		}
	}
	return err
}

// Pause stops all use of an application: runs under way wait, and new ones wait too.
func (s *Service) Pause(ctx context.Context, id string, by auth.User) error {
	return s.setStatus(ctx, id, by, org.Paused, "application.paused")
}

// Resume ends a pause. The caller wakes the runs that wait for it.
func (s *Service) Resume(ctx context.Context, id string, by auth.User) error {
	return s.setStatus(ctx, id, by, org.Active, "application.resumed")
}

func (s *Service) setStatus(ctx context.Context, id string, by auth.User, status org.Status, action string) error {
	_, err := s.change(ctx, id, by, action, func(a *org.Application) (map[string]any, error) {
		a.Status = status
		return nil, nil
	})
	if err == nil {
		s.Clients.Forget(id)
	}
	return err
}

// Disconnect wipes the credential and keeps the history.
func (s *Service) Disconnect(ctx context.Context, id string, by auth.User) error {
	app, err := s.change(ctx, id, by, "application.disconnected", func(a *org.Application) (map[string]any, error) {
		a.Status, a.Credential, a.NextKey, a.Granted = org.Disconnected, nil, "", nil
		return nil, nil
	})
	if err != nil {
		return err
	}
	s.Clients.Forget(id)
	if app.KeySet == "" {
		return nil
	}
	return s.DB.DropKeyPairs(ctx, app.KeySet)
}

// ConfirmName checks that a person typed the name of what they are about to end.
func ConfirmName(f *form.Form, field, name string) bool {
	if strings.TrimSpace(f.Values[field]) != name {
		f.Reject(field, "Type the name exactly as it is shown: %s", name)
	}
	return f.OK()
}
