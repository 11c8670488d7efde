// Package health holds the checks of a connection and runs them scope by scope: is the scope granted, does
// the API answer, does the admin role allow it, is anything visible. Nothing that writes is sent, unless a
// deep check is asked for; that sends a change on an id that cannot exist.
package health

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"caracal/fault"
	"caracal/okta"
	"caracal/org"
)

// parallel is how many probes are under way at once: enough for the seven default scopes in one round trip,
// and far below Okta's concurrency limit (35 in the smallest org).
const parallel = 10

// Target is one connection to check.
type Target struct {
	Application org.Application
	Client      *okta.Client
}

// Run checks every scope that the application is configured with and returns the finished run. onCheck, if
// not nil, is called with each check as it finishes, one at a time.
func Run(ctx context.Context, t Target, run org.CheckRun, clock func() time.Time, onCheck func(org.Check)) org.CheckRun {
	t.Client.Renew() // a scope that was taken away shows in a new token only
	token, err := t.Client.Token(ctx)
	if err != nil {
		run.Error, run.Mend = fault.Message(err), mendToken(err, t.Application.Method)
		f := fault.As(err)
		run.Refused = f != nil && f.Code != "" && f.Kind != fault.Busy
		run.EndedAt = clock()
		return run
	}
	p := &prober{client: t.Client, answers: map[string]*lazyOutcome{}}
	roles := sync.OnceValues(func() ([]role, bool) { return readRoles(ctx, t.Client, t.Application.ClientID, token.Scopes) })

	run.Checks = make([]org.Check, len(t.Application.Scopes))
	var mu sync.Mutex
	var group errgroup.Group
	group.SetLimit(parallel)
	for i, scope := range t.Application.Scopes {
		group.Go(func() error {
			start := clock()
			e := evidence{scope: scope, method: t.Application.Method, granted: token.Scopes}
			if org.Holds(token.Scopes, scope) {
				read, deep := probesFor(scope)
				e.read = p.ask(ctx, read)
				if scope.Manages() {
					e.roles, e.rolesKnown = roles()
					if run.Deep {
						e.deep = p.ask(ctx, deep)
					}
				}
			}
			check := judge(e)
			check.At = clock()
			check.Took = check.At.Sub(start)
			mu.Lock()
			defer mu.Unlock()
			run.Checks[i] = check
			if onCheck != nil {
				onCheck(check)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		run.Error = fault.Message(err)
	}
	if ctx.Err() != nil {
		run.Error = stoppedEarly
	}
	run.Headroom = t.Client.Headroom()
	run.EndedAt = clock()
	return run
}

// prober sends each distinct probe once, however many scopes it proves.
type prober struct {
	client  *okta.Client
	mu      sync.Mutex
	answers map[string]*lazyOutcome
}

type lazyOutcome struct {
	once sync.Once
	out  outcome
}

func (p *prober) ask(ctx context.Context, pr probe) outcome {
	if pr.method == "" {
		return outcome{probe: pr}
	}
	key := pr.method + " " + pr.path
	p.mu.Lock()
	l := p.answers[key]
	if l == nil {
		l = &lazyOutcome{}
		p.answers[key] = l
	}
	p.mu.Unlock()
	l.once.Do(func() { l.out = p.send(ctx, pr) })
	return l.out
}

func (p *prober) send(ctx context.Context, pr probe) outcome {
	path, rawQuery, _ := strings.Cut(pr.target(), "?")
	o := outcome{probe: pr, sent: true}
	query, err := url.ParseQuery(rawQuery)
	if err != nil {
		o.failed = "The probe of this scope is malformed; please report it."
		return o
	}
	request := okta.Request{Method: pr.method, Path: path, Query: query}
	if pr.method != http.MethodGet && pr.method != http.MethodDelete && !strings.Contains(path, "/lifecycle/") {
		request.Body = json.RawMessage("{}")
	}
	response, err := p.client.Do(ctx, request)
	if err != nil {
		return failure(o, err)
	}
	o.status, o.request = response.Status, response.RequestID
	o.empty = bytes.Equal(bytes.TrimSpace(response.Body), []byte("[]"))
	return o
}

// readRoles lists the admin roles of the client, where the token may read them.
func readRoles(ctx context.Context, c *okta.Client, clientID string, granted []org.Scope) ([]role, bool) {
	if !org.Holds(granted, "okta.roles.read") {
		return nil, false
	}
	var roles []role
	if err := c.Get(ctx, "/oauth2/v1/clients/"+url.PathEscape(clientID)+"/roles", nil, &roles); err != nil {
		return nil, false
	}
	for i, r := range roles {
		if r.Type != "CUSTOM" {
			continue
		}
		var answer struct {
			Permissions []struct{ Label string }
		}
		if err := c.Get(ctx, "/api/v1/iam/roles/"+url.PathEscape(r.Role)+"/permissions", nil, &answer); err != nil {
			roles[i].unread = true
			continue
		}
		for _, permission := range answer.Permissions {
			roles[i].permissions = append(roles[i].permissions, permission.Label)
		}
	}
	return roles, true
}

// mendToken says where to look when Okta gave no token at all.
func mendToken(err error, method org.Method) string {
	e := fault.As(err)
	if e == nil {
		return ""
	}
	switch {
	case e.Code == "invalid_client" && method == org.CustomApp:
		return "Admin Console › Applications › Applications › your app › General › Client Credentials: check that the public key is listed and active, then rotate the credential here under Settings."
	case e.Code == "invalid_client":
		return "Admin Console › Applications › Applications › your integration: check that it is active, then rotate the secret here under Settings."
	case e.Code == "consent_required", e.Code == "invalid_scope":
		return "Admin Console › Applications › Applications › your app › Okta API Scopes › Grant each configured scope, then check again."
	case e.Code == "access_denied":
		return "Admin Console › Security › Networks: the app's network zone does not allow this server's address."
	}
	return ""
}
