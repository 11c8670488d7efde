package okta

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"caracal/fault"
	"caracal/org"
)

// narrowLife is how long it is remembered which scopes Okta refuses; after it the whole list is asked for
// again, so that a scope granted meanwhile is picked up.
const narrowLife = 15 * time.Minute

// fetch asks for all scopes. Whether Okta leaves an ungranted one out or refuses the whole request is not
// documented, so a refusal about scopes is followed by one request for each of them, and one for what is left.
func (s *tokenSource) fetch(ctx context.Context) (*token, error) {
	s.mu.Lock()
	narrow, refused := s.narrow, maps.Clone(s.refused)
	if s.clients.opts.Clock().Sub(s.learnt) > narrowLife {
		narrow, refused = nil, nil
	}
	s.mu.Unlock()
	if narrow != nil {
		if t, err := s.grant(ctx, narrow); err == nil || !aboutScopes(err) {
			return withRefused(t, refused), err
		}
	}
	t, err := s.grant(ctx, s.scopes)
	if err == nil || !aboutScopes(err) || len(s.scopes) < 2 {
		return t, err
	}
	whole := err
	narrow, refused, err = s.tryEach(ctx)
	switch {
	case err != nil:
		return nil, err
	case len(narrow) == 0:
		return nil, whole
	}
	if t, err = s.grant(ctx, narrow); err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.narrow, s.refused, s.learnt = narrow, maps.Clone(refused), s.clients.opts.Clock()
	s.mu.Unlock()
	return withRefused(t, refused), nil
}

func withRefused(t *token, refused map[org.Scope]string) *token {
	if t != nil {
		t.Refused = refused
	}
	return t
}

// tryEach asks for every scope alone and says which Okta gives.
func (s *tokenSource) tryEach(ctx context.Context) (given []org.Scope, refused map[org.Scope]string, err error) {
	verdicts := make([]error, len(s.scopes))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(4)
	for i, scope := range s.scopes {
		group.Go(func() error {
			_, err := s.grant(ctx, []org.Scope{scope})
			if err != nil && !aboutScopes(err) {
				return err
			}
			verdicts[i] = err
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, nil, err
	}
	refused = map[org.Scope]string{}
	for i, scope := range s.scopes {
		if verdicts[i] == nil {
			given = append(given, scope)
		} else {
			refused[scope] = fault.As(verdicts[i]).Code
		}
	}
	return given, refused, nil
}

// aboutScopes reports whether Okta refused because of the scopes asked for.
func aboutScopes(err error) bool {
	f := fault.As(err)
	return f != nil && (f.Code == "invalid_scope" || f.Code == "consent_required")
}

// maxTokenTries bounds one grant: two for DPoP, the rest for Okta being busy or unreachable.
const maxTokenTries = 5

// grant asks for one token. Every try has a new assertion and a new proof; nothing of either is in the URL.
func (s *tokenSource) grant(ctx context.Context, scopes []org.Scope) (*token, error) {
	for try := 1; ; try++ {
		signedWith := s.host.ahead.Load()
		req, began, hide, err := s.tokenRequest(ctx, scopes)
		if err != nil {
			return nil, err
		}
		resp, err := s.clients.exchange(req, s.host)
		if err != nil {
			if ctx.Err() != nil {
				return nil, s.gaveUp(ctx)
			}
			f := networkFault(err, s.host.name, s.clients.opts.Clock())
			if f.Kind != fault.Busy || try == maxTokenTries-2 {
				return nil, f
			}
			if err := s.clients.opts.Wait(ctx, backoff(try)); err != nil {
				return nil, f
			}
			continue
		}
		if resp.Status == http.StatusOK {
			return s.readToken(resp, scopes, began)
		}
		again, wait := s.recover(resp, try, s.host.learntTime(signedWith))
		if !again || try == maxTokenTries {
			return nil, tokenFault(resp, s, scopes, began, hide)
		}
		if wait > 0 {
			if err := s.clients.opts.Wait(ctx, wait); err != nil {
				return nil, tokenFault(resp, s, scopes, began, hide)
			}
		}
	}
}

// recover decides whether a refused token request is worth another try. newTime says that Okta's answer told
// another time than the one that was signed.
func (s *tokenSource) recover(resp *Response, try int, newTime bool) (again bool, wait time.Duration) {
	var refusal oauthError
	if json.Unmarshal(resp.Body, &refusal) != nil {
		refusal = oauthError{}
	}
	switch {
	case resp.Status == http.StatusTooManyRequests:
		wait, _ = rateWait(resp.Header, s.clients.opts.Clock(), try)
		return wait <= maxRateWait, wait
	case resp.Status >= 500:
		return try < 3, backoff(try)
	case refusal.Error == "use_dpop_nonce":
		return s.host.nonce.Load() != nil && try < 4, 0
	case newTime && (refusal.Error == "invalid_dpop_proof" || refusal.Error == "invalid_client" && s.method == org.CustomApp):
		return true, 0
	case refusal.Error == "invalid_dpop_proof":
		s.mu.Lock()
		defer s.mu.Unlock()
		first := !s.prove
		s.prove = true // the app requires DPoP after all
		return first, 0
	}
	return false, 0
}

func (s *tokenSource) tokenRequest(ctx context.Context, scopes []org.Scope) (req *http.Request, began time.Time, hide []string, err error) {
	began = s.clients.opts.Clock()
	address := s.host.base + "/oauth2/v1/token"
	names := make([]string, len(scopes))
	for i, scope := range scopes {
		names[i] = string(scope)
	}
	form := url.Values{"grant_type": {"client_credentials"}, "scope": {strings.Join(names, " ")}}
	if s.method == org.CustomApp {
		assertion, err := assert(s.key, s.clientID, address, s.host.signTime(began))
		if err != nil {
			return nil, began, nil, err
		}
		form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
		form.Set("client_assertion", assertion)
		hide = append(hide, assertion)
	}
	req, err = http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, began, nil, badAddress(s.host.name)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", s.clients.opts.UserAgent)
	if s.method != org.CustomApp {
		// RFC 6749, section 2.3.1: both parts are form-encoded first.
		req.SetBasicAuth(url.QueryEscape(s.clientID), url.QueryEscape(s.secret.Reveal()))
		_, basic, _ := strings.Cut(req.Header.Get("Authorization"), " ")
		hide = append(hide, s.secret.Reveal(), basic)
	}
	s.mu.Lock()
	prove := s.prove
	s.mu.Unlock()
	if prove {
		proof, err := s.prover.proof(http.MethodPost, req.URL, s.host.currentNonce(), "", s.host.signTime(began))
		if err != nil {
			return nil, began, nil, err
		}
		req.Header.Set("DPoP", proof)
	}
	return req, began, hide, nil
}

// maxLife is how long a token is used at most, whatever is said of it: Okta's own live an hour.
const maxLife = 24 * time.Hour

type tokenAnswer struct {
	Type    string `json:"token_type"`
	Value   string `json:"access_token"`
	Scope   string `json:"scope"`
	Seconds int    `json:"expires_in"`
}

func (s *tokenSource) readToken(resp *Response, asked []org.Scope, began time.Time) (*token, error) {
	var a tokenAnswer
	if json.Unmarshal(resp.Body, &a) != nil || a.Value == "" {
		return nil, notOkta(s.host.name, resp)
	}
	bound := strings.EqualFold(a.Type, "DPoP")
	if !bound && !strings.EqualFold(a.Type, "Bearer") {
		return nil, fault.New(fault.Upstream, "%s gave a token of a kind that Caracal does not know; check that the address is the Okta org itself and no proxy.", s.host.name)
	}
	if a.Seconds <= 0 {
		a.Seconds = 3600 // Okta's fixed lifetime for service apps
	}
	a.Seconds = min(a.Seconds, int(maxLife/time.Second))
	granted := asked
	if strings.TrimSpace(a.Scope) != "" {
		granted = nil
		for name := range strings.FieldsSeq(a.Scope) {
			if scope := org.Scope(name); !slices.Contains(granted, scope) {
				granted = append(granted, scope)
			}
		}
	}
	life := time.Duration(a.Seconds) * time.Second
	return &token{
		Token: Token{Scopes: granted, DPoP: bound, At: began, Expires: began.Add(life)},
		value: a.Value,
		renew: began.Add(life - min(renewEarly, life/4)),
	}, nil
}

func (h *host) currentNonce() string {
	if n := h.nonce.Load(); n != nil {
		return *n
	}
	return ""
}
