package connect

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"caracal/auth"
	"caracal/db"
	"caracal/fault"
	"caracal/okta"
	"caracal/org"
	"caracal/secret"
	"caracal/trigger"
)

// HookScope is what registering an event hook takes.
const HookScope org.Scope = "okta.eventHooks.manage"

const hooksPath = "/api/v1/eventHooks"

// eventHook is what createEventHook and replaceEventHook take, and what Okta answers, without the secret.
type eventHook struct {
	ID           string      `json:"id,omitempty"`
	Status       string      `json:"status,omitempty"`
	Verification string      `json:"verificationStatus,omitempty"`
	Name         string      `json:"name"`
	Description  string      `json:"description,omitempty"`
	Events       hookEvents  `json:"events"`
	Channel      hookChannel `json:"channel"`
}

type hookEvents struct {
	Type  string   `json:"type"`
	Items []string `json:"items"`
}

type hookChannel struct {
	Type    string     `json:"type"`
	Version string     `json:"version"`
	Config  hookConfig `json:"config"`
}

type hookConfig struct {
	URI  string    `json:"uri"`
	Auth *hookAuth `json:"authScheme,omitempty"`
}

type hookAuth struct {
	Type  string `json:"type"`
	Key   string `json:"key"`
	Value string `json:"value,omitempty"`
}

// EventSecretPlace is where the secret of an application's event hook is sealed for. One that was replaced stays sealed
// as it was.
func EventSecretPlace(applicationID string) secret.Place {
	return secret.Place{Table: "event_source", Row: applicationID, Column: "secret_sealed"}
}

// EventURL is the address that Okta calls for an application.
func (s *Service) EventURL(src trigger.Source) string {
	if src.Address == "" {
		return ""
	}
	return s.PublicURL + "/events/" + src.Address
}

// MakeEventSecret makes the address of an application's event hook, where it has none, and a secret, and returns the
// secret to be shown once. The one before it is good for overlap more; the hook that Caracal registered gets the new one
// at once. seen is the one that the person replaces.
func (s *Service) MakeEventSecret(ctx context.Context, applicationID string, overlap time.Duration, seen db.Seen, by auth.User) (string, error) {
	src, err := s.DB.EventSource(ctx, applicationID)
	if err != nil {
		return "", err
	}
	text, made, err := db.NewSecret(s.Keys, EventSecretPlace(applicationID), s.Clock())
	if err != nil {
		return "", err
	}
	if err := s.DB.SetEventSecret(ctx, applicationID, trigger.NewAddress(), made, made.OldUntil(src.SecretAt, overlap), seen, by); err != nil || src.HookID == "" {
		return text, err
	}
	return text, s.syncHook(ctx, applicationID, true)
}

// RegisterHook registers an event hook in the application's org, for what its triggers listen to, and has Okta verify
// it. What Okta refuses is a fault; a hook that could not be verified is kept, with the reason.
func (s *Service) RegisterHook(ctx context.Context, applicationID string, by auth.User) error {
	src, err := s.DB.EventSource(ctx, applicationID)
	if err != nil {
		return err
	}
	if src.HookID != "" {
		return s.SyncHook(ctx, applicationID)
	}
	types, _, err := s.hookTypes(ctx, applicationID)
	if err != nil {
		return err
	}
	if len(types) == 0 {
		return fault.New(fault.Conflict, "No trigger that is on listens to an event that hooks deliver; add one under a workflow's Triggers first.")
	}
	if src.SecretAt.IsZero() {
		if _, err := s.MakeEventSecret(ctx, applicationID, 0, db.SeenSecret(src.SecretAt, src.OldAt), by); err != nil {
			return err
		}
		if src, err = s.DB.EventSource(ctx, applicationID); err != nil {
			return err
		}
	}
	defer s.hookLock(applicationID)()
	client, app, err := s.Client(ctx, applicationID)
	if err != nil {
		return err
	}
	body, err := s.hookBody(ctx, src, types)
	if err != nil {
		return err
	}
	// One that was made before, by a call whose answer was lost, has our name.
	found, err := findHook(ctx, client, body.Name)
	if err != nil {
		return s.withScope(app, err)
	}
	if found.ID != "" {
		err = callHook(ctx, client, http.MethodPut, okta.Path(hooksPath+"/%s", found.ID), body, &found)
	} else {
		err = callHook(ctx, client, http.MethodPost, hooksPath, body, &found)
	}
	if err != nil {
		return s.withScope(app, err)
	}
	src.HookID, src.HookURL, src.HookTypes, src.HookOn, src.HookError = found.ID, body.Channel.Config.URI, types, found.Status == "ACTIVE", ""
	if err := s.DB.SetHook(ctx, src, "events.hook_registered", by); err != nil {
		return err
	}
	return s.settleHook(ctx, client, src, found)
}

// SyncHook brings the hook that Caracal registered up to date with what the triggers listen to: its types, its address,
// whether it is on; it is deleted with the last trigger. Without one of its own it does nothing. A refusal is a fault and
// is kept for the page.
func (s *Service) SyncHook(ctx context.Context, applicationID string) error {
	return s.syncHook(ctx, applicationID, false)
}

func (s *Service) syncHook(ctx context.Context, applicationID string, always bool) error {
	defer s.hookLock(applicationID)()
	src, err := s.DB.EventSource(ctx, applicationID)
	if err != nil || src.HookID == "" {
		return err
	}
	err = s.syncing(ctx, src, always)
	f := fault.As(err)
	if f == nil || f.Kind == fault.Internal {
		return err
	}
	if src, err = s.DB.EventSource(ctx, applicationID); err != nil {
		return err
	}
	src.HookError = f.Message
	if f.Kind == fault.NotFound { // somebody deleted it in Okta
		src.HookID, src.HookURL, src.HookTypes, src.HookOn = "", "", nil, false
		src.HookError = "The hook is not in Okta any more: somebody deleted it there. Register it again."
	}
	if err := s.DB.SetHook(ctx, src, "", auth.User{}); err != nil {
		return err
	}
	return f
}

func (s *Service) syncing(ctx context.Context, src trigger.Source, always bool) error {
	types, some, err := s.hookTypes(ctx, src.ApplicationID)
	if err != nil {
		return err
	}
	if !some {
		return s.dropHook(ctx, src, db.System)
	}
	client, app, err := s.Client(ctx, src.ApplicationID)
	if err != nil {
		return err
	}
	at := okta.Path(hooksPath+"/%s", src.HookID)
	if len(types) == 0 { // all are paused, or listen to what only the log holds
		if src.HookOn {
			if err := callHook(ctx, client, http.MethodPost, at+"/lifecycle/deactivate", nil, nil); err != nil {
				return s.withScope(app, err)
			}
		}
		src.HookOn, src.HookError = false, ""
		return s.DB.SetHook(ctx, src, "", auth.User{})
	}
	body, err := s.hookBody(ctx, src, types)
	if err != nil {
		return err
	}
	var now eventHook
	if always || src.HookURL != body.Channel.Config.URI || !slices.Equal(src.HookTypes, types) || src.HookError != "" {
		if err := callHook(ctx, client, http.MethodPut, at, body, &now); err != nil {
			return s.withScope(app, err)
		}
	}
	if !src.HookOn {
		if err := callHook(ctx, client, http.MethodPost, at+"/lifecycle/activate", nil, &now); err != nil {
			return s.withScope(app, err)
		}
	}
	if now.ID == "" {
		return nil // nothing was to be done
	}
	src.HookURL, src.HookTypes, src.HookOn, src.HookError = body.Channel.Config.URI, types, now.Status == "ACTIVE", ""
	return s.settleHook(ctx, client, src, now)
}

// settleHook has Okta verify a hook that it does not know the endpoint of yet, and stores what is known of it.
func (s *Service) settleHook(ctx context.Context, client *okta.Client, src trigger.Source, now eventHook) error {
	var refused error
	if now.Verification != "VERIFIED" {
		src.VerifiedAt = time.Time{}
		if refused = callHook(ctx, client, http.MethodPost, okta.Path(hooksPath+"/%s/lifecycle/verify", src.HookID), nil, &now); refused != nil {
			if fault.As(refused) == nil || fault.Is(refused, fault.Internal) {
				return refused
			}
			src.HookError = "Okta has the hook but could not verify it, so it delivers nothing: " + fault.Message(refused)
			refused = fault.New(fault.Upstream, "%s", src.HookError).Because(refused)
		} else {
			src.VerifiedAt = s.Clock().UTC()
		}
	} else if src.VerifiedAt.IsZero() {
		src.VerifiedAt = s.Clock().UTC()
	}
	return errors.Join(refused, s.DB.SetHook(ctx, src, "", auth.User{}))
}

// UnregisterHook takes the hook that Caracal registered away again. The log is read all the same.
func (s *Service) UnregisterHook(ctx context.Context, applicationID string, by auth.User) error {
	defer s.hookLock(applicationID)()
	src, err := s.DB.EventSource(ctx, applicationID)
	if err != nil || src.HookID == "" {
		return err
	}
	return s.dropHook(ctx, src, by)
}

// dropHook deletes a hook; Okta deletes none that is active. One that is gone is gone.
func (s *Service) dropHook(ctx context.Context, src trigger.Source, by auth.User) error {
	client, app, err := s.Client(ctx, src.ApplicationID)
	if err != nil {
		return err
	}
	at := okta.Path(hooksPath+"/%s", src.HookID)
	err = callHook(ctx, client, http.MethodPost, at+"/lifecycle/deactivate", nil, nil)
	if err == nil {
		err = callHook(ctx, client, http.MethodDelete, at, nil, nil)
	}
	if err != nil && !fault.Is(err, fault.NotFound) {
		return s.withScope(app, err)
	}
	src.HookID, src.HookURL, src.HookTypes, src.HookOn, src.HookError, src.VerifiedAt = "", "", nil, false, "", time.Time{}
	return s.DB.SetHook(ctx, src, "events.hook_deleted", by)
}

// hookTypes returns what a hook of an application is to deliver; some says whether there are triggers at all.
func (s *Service) hookTypes(ctx context.Context, applicationID string) (types []string, some bool, err error) {
	listeners, err := s.DB.EventTriggers(ctx, applicationID)
	w := trigger.WantedBy(listeners)
	return trigger.Hookable(w.Types), w.Some, err
}

func (s *Service) hookBody(ctx context.Context, src trigger.Source, types []string) (h eventHook, err error) {
	held, err := s.DB.EventSecrets(ctx, src.ApplicationID)
	if err != nil {
		return h, err
	}
	text, err := s.Keys.Open(held.Now.Sealed, EventSecretPlace(src.ApplicationID))
	if err != nil {
		return h, fmt.Errorf("open an event hook's secret: %w", err)
	}
	return eventHook{
		Name: "Caracal events (" + src.ApplicationID + ")", Description: "Tells Caracal what its workflows listen to. Caracal keeps it up to date.",
		Events: hookEvents{Type: "EVENT_TYPE", Items: types},
		Channel: hookChannel{Type: "HTTP", Version: "1.0.0", Config: hookConfig{URI: s.EventURL(src),
			Auth: &hookAuth{Type: "HEADER", Key: "Authorization", Value: text.Reveal()}}},
	}, nil
}

// findHook returns the hook of a name; one without an id when there is none.
func findHook(ctx context.Context, client *okta.Client, name string) (h eventHook, err error) {
	err = client.Each(ctx, hooksPath, nil, 0, func(raw json.RawMessage) error {
		var one eventHook
		if err := json.Unmarshal(raw, &one); err != nil {
			return fmt.Errorf("read an event hook: %w", err)
		}
		if one.Name == name {
			h = one
		}
		return nil
	})
	return h, err
}

// callHook makes one call and reads its answer into v, unless that is nil.
func callHook(ctx context.Context, client *okta.Client, method, path string, body, v any) error {
	resp, err := client.Do(ctx, okta.Request{Method: method, Path: path, Body: body})
	if err != nil || v == nil {
		return err
	}
	return okta.Decode(resp, v)
}

// withScope says where the scope is missing, at the application already or in Okta, and which role it takes.
func (s *Service) withScope(app org.Application, err error) error {
	f := fault.As(err)
	if f != nil && f.Code == "E0000006" { // "Hook admin roles" of Okta's hooks best practices guide
		return fault.New(fault.Forbidden, "Okta lets only a Super Administrator manage event hooks; give %s that role, or paste the address and the secret into Okta yourself.", app.Name).Because(err)
	}
	if f != nil && f.Scope != "" && !org.Holds(app.Scopes, HookScope) {
		return fault.New(fault.Forbidden, "Registering takes the scope %s, which %s does not ask for; add it under Settings, and grant it to the app in Okta.", HookScope, app.Name).Because(err)
	}
	return err
}

// hookLock lets one at a time work on an application's hook, and returns what ends it.
func (s *Service) hookLock(applicationID string) (unlock func()) {
	s.mu.Lock()
	if s.hooks == nil {
		s.hooks = map[string]*sync.Mutex{}
	}
	lock := s.hooks[applicationID]
	if lock == nil {
		lock = &sync.Mutex{}
		s.hooks[applicationID] = lock
	}
	s.mu.Unlock()
	lock.Lock()
	return lock.Unlock
}
