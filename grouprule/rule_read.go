package grouprule

import (
	"context"
	"encoding/json"
	"net/url"
	"sync"
	"time"

	"caracal/okta"
)

// kept is how long rules that were read are used again; maxRules is how many an org can have ("Group rule
// limits" in Okta's help), and maxOrgs bounds what is kept.
const (
	kept     = time.Minute
	maxRules = 2000
	maxOrgs  = 200
)

// Reader reads the rules of orgs and keeps them for a moment. The zero value is ready. Safe for concurrent use.
type Reader struct {
	mu   sync.Mutex
	seen map[string]seenRules // by application
}

type seenRules struct {
	rules []Rule
	until time.Time
}

// Rules returns every rule of the org that a client is connected to: listGroupRules, which takes
// okta.groups.read. The result is shared: do not change it.
func (r *Reader) Rules(ctx context.Context, applicationID string, client *okta.Client) ([]Rule, error) {
	now := client.Now()
	r.mu.Lock()
	seen, ok := r.seen[applicationID]
	r.mu.Unlock()
	if ok && now.Before(seen.until) {
		return seen.rules, nil
	}
	rules := []Rule{}
	err := client.Each(ctx, "/api/v1/groups/rules", url.Values{"limit": {"200"}}, maxRules, func(raw json.RawMessage) error {
		var rule Rule
		if err := json.Unmarshal(raw, &rule); err != nil {
			return err
		}
		rules = append(rules, rule)
		return nil
	})
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.seen == nil || len(r.seen) >= maxOrgs {
		r.seen = map[string]seenRules{}
	}
	r.seen[applicationID] = seenRules{rules, now.Add(kept)}
	return rules, nil
}

// Forget makes the next look at an org's rules a fresh one, as after a change of them.
func (r *Reader) Forget(applicationID string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.seen, applicationID)
}

// Read reads one rule as it is now: getGroupRule.
func Read(ctx context.Context, client *okta.Client, id string) (Rule, error) {
	var rule Rule
	err := client.Get(ctx, okta.Path("/api/v1/groups/rules/%s", id), nil, &rule)
	return rule, err
}
