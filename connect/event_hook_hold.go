package connect

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"caracal/db"
	"caracal/fault"
	"caracal/okta"
)

// What works on a hook in Okta holds it, so that two people on two nodes make one and not two: longer than the calls may
// take, which end with the hold. Who comes second waits for the first.
const (
	hookHold = 2 * time.Minute
	hookWait = 30 * time.Second
	hookLook = 200 * time.Millisecond // at whether it is free
)

// holdHook lets one at a time, on whatever node, work on an application's hook. What is done to it goes by the context
// that comes back; end lets the next one in. Without a source of events there is nobody to wait for.
func (s *Service) holdHook(ctx context.Context, applicationID string) (_ context.Context, end func(), err error) {
	lock := s.hookLock(applicationID)
	lock.Lock()
	holder := db.NewID("hold", s.Clock())
	look := time.NewTicker(hookLook)
	defer look.Stop()
	for waited := time.Duration(0); ; waited += hookLook {
		held, err := s.DB.ClaimHook(ctx, applicationID, holder, hookHold)
		if err == nil && !held {
			var there bool
			if there, err = s.DB.HasEventSource(ctx, applicationID); err == nil && !there {
				return ctx, lock.Unlock, nil
			}
		}
		if err == nil && !held && waited >= hookWait {
			err = fault.New(fault.Busy, "Somebody else is at work on this event hook; look at the page again in a minute.")
		}
		if err != nil {
			lock.Unlock()
			return ctx, nil, err
		}
		if held {
			break
		}
		select {
		case <-ctx.Done():
		case <-look.C:
		}
	}
	bounded, cancel := context.WithTimeout(ctx, hookHold-10*time.Second)
	return bounded, func() {
		cancel()
		if err := s.DB.ReleaseHook(context.WithoutCancel(ctx), applicationID, holder); err != nil {
			s.Log.Warn("could not let go of an event hook; it is free again in two minutes", "org", applicationID, "err", err)
		}
		lock.Unlock()
	}, nil
}

// hookLock is what keeps those of this process apart, so that they ask the database one by one.
func (s *Service) hookLock(applicationID string) *sync.Mutex {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hooks == nil {
		s.hooks = map[string]*sync.Mutex{}
	}
	if s.hooks[applicationID] == nil {
		s.hooks[applicationID] = &sync.Mutex{}
	}
	return s.hooks[applicationID]
}

// adoptHook returns the hook that is there already and is to be the application's own, without an id when there is none:
// the one of our name, which a call made whose answer was lost, or one that calls our address, which a person made.
func adoptHook(ctx context.Context, client *okta.Client, own eventHook) (found eventHook, err error) {
	err = client.Each(ctx, hooksPath, nil, 0, func(raw json.RawMessage) error {
		var one eventHook
		if err := json.Unmarshal(raw, &one); err != nil {
			return fmt.Errorf("read an event hook: %w", err)
		}
		if one.Name == own.Name || found.ID == "" && one.Channel.Config.URI == own.Channel.Config.URI {
			found = one
		}
		return nil
	})
	return found, err
}

// deleteHook deletes a hook; Okta deletes none that is active.
func deleteHook(ctx context.Context, client *okta.Client, id string) error {
	at := okta.Path(hooksPath+"/%s", id)
	if err := callHook(ctx, client, http.MethodPost, at+"/lifecycle/deactivate", nil, nil); err != nil {
		return err
	}
	return callHook(ctx, client, http.MethodDelete, at, nil, nil)
}
