package connect

import (
	"context"
	"strings"

	"caracal/auth"
	"caracal/fault"
	"caracal/form"
	"caracal/org"
)

// Rename gives an application another name.
func (s *Service) Rename(ctx context.Context, id, name string, by auth.User) error {
	_, err := s.change(ctx, id, by, "application.renamed", func(a *org.Application) (map[string]any, error) {
		detail := map[string]any{"from": a.Name, "to": name}
		a.Name = strings.TrimSpace(name)
		return detail, nil
	})
	return err
}

// EditScopes changes what the application asks Okta for, once Okta has given a token for it. A refusal is put
// beside its field, and ok is false.
func (s *Service) EditScopes(ctx context.Context, id string, f *form.Form, by auth.User) (ok bool, err error) {
	scopes, err := s.Catalog.Now().ParseScopes(FieldScopes, f.Values[FieldScopes])
	if err != nil {
		return false, unlessBlamed(f, err)
	}
	app, err := s.DB.Application(ctx, id)
	if err != nil {
		return false, err
	}
	text, err := s.Keys.Open(app.Credential, org.CredentialPlace(app.ID))
	if err != nil {
		return false, fault.New(fault.Conflict, "The credential of %s cannot be opened; start Caracal with the key it was sealed with.", app.Name).Because(err)
	}
	trial := app
	trial.Scopes = scopes
	if err := s.tryCredential(ctx, &trial, credential{text: text, keyID: app.KeyID}); err != nil {
		return false, unlessBlamed(f, about(fieldOf(err), err))
	}
	_, err = s.change(ctx, id, by, "application.scopes_changed", func(a *org.Application) (map[string]any, error) {
		detail := map[string]any{"from": a.Scopes, "to": scopes}
		a.Scopes, a.Granted = scopes, trial.Granted
		a.TokenAt, a.TokenDPoP, a.TokenError = trial.TokenAt, trial.TokenDPoP, ""
		return detail, nil
	})
	if err == nil {
		s.Clients.Forget(id)
	}
	return err == nil, err
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
