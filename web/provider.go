package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"caracal/auth"
	"caracal/fault"
	"caracal/secret"
)

// SignIn is the configured OpenID Connect provider and what its people become here.
type SignIn struct {
	Issuer       string
	ClientID     string
	ClientSecret secret.Text
	Scopes       []string // besides openid; profile, email and groups by default
	GroupsClaim  string   // "groups" by default
	Roles        map[string]auth.Role
	FirstAdmin   string            // subject, or issuer|subject, who is admin whatever the groups say
	Transport    http.RoundTripper // http.DefaultTransport when nil
}

// mapping says what people become here.
func (s SignIn) mapping() auth.Mapping {
	return auth.Mapping{Groups: s.Roles, FirstAdmin: s.FirstAdmin}
}

// provider talks to the sign-in provider. Its metadata are fetched at the first sign-in and kept, so that we
// start, and say what is wrong, also when the provider is down.
type provider struct {
	cfg      SignIn
	redirect string

	mu    sync.Mutex
	known *discovered
}

type discovered struct {
	oidc       *oidc.Provider
	verifier   *oidc.IDTokenVerifier
	endSession string
	issSent    bool // RFC 9207: the provider names itself in the callback
}

// client bounds every call to the provider. Redirects are not followed: no endpoint of OpenID Connect that we
// call answers with one.
func (p *provider) client() *http.Client {
	return &http.Client{
		Transport:     p.cfg.Transport,
		Timeout:       10 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func (p *provider) context(ctx context.Context) context.Context {
	return oidc.ClientContext(ctx, p.client())
}

// discover reads the provider's metadata (OpenID Connect Discovery 1.0 §4).
func (p *provider) discover(ctx context.Context) (*discovered, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known != nil {
		return p.known, nil
	}
	// The key set that the provider holds outlives this request, so it must not end with it.
	op, err := oidc.NewProvider(p.context(context.WithoutCancel(ctx)), p.cfg.Issuer)
	if err != nil {
		return nil, p.down(err)
	}
	var more struct {
		EndSession string   `json:"end_session_endpoint"`
		IssSent    bool     `json:"authorization_response_iss_parameter_supported"`
		Algs       []string `json:"id_token_signing_alg_values_supported"`
	}
	if err := op.Claims(&more); err != nil {
		return nil, p.down(err)
	}
	// Asymmetric algorithms only: with HS256 a client secret would do as a signing key.
	strong := []string{oidc.RS256, oidc.RS384, oidc.RS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.EdDSA}
	algs := slices.DeleteFunc(more.Algs, func(a string) bool { return !slices.Contains(strong, a) })
	if len(algs) == 0 {
		algs = []string{oidc.RS256}
	}
	p.known = &discovered{
		oidc:       op,
		verifier:   op.Verifier(&oidc.Config{ClientID: p.cfg.ClientID, SupportedSigningAlgs: algs}),
		endSession: more.EndSession,
		issSent:    more.IssSent,
	}
	return p.known, nil
}

func (p *provider) down(err error) error {
	return fault.New(fault.Upstream,
		"The sign-in provider %s did not answer as it should; try again, and tell your administrator if it stays.", p.cfg.Issuer).Because(err)
}

func (p *provider) oauth(d *discovered) *oauth2.Config {
	return &oauth2.Config{
		ClientID:     p.cfg.ClientID,
		ClientSecret: p.cfg.ClientSecret.Reveal(),
		Endpoint:     d.oidc.Endpoint(),
		RedirectURL:  p.redirect,
		Scopes:       append([]string{oidc.ScopeOpenID}, p.cfg.Scopes...),
	}
}

// claims are what an ID token or the userinfo endpoint says about a person.
type claims struct {
	Subject  string `json:"sub"`
	Name     string `json:"name"`
	Username string `json:"preferred_username"`
	Email    string `json:"email"`
	all      map[string]any
}

// groups reads the groups claim: a list of names, or one name. ok is false when the claim is not there.
func (c claims) groups(claim string) (names []string, ok bool) {
	switch v := c.all[claim].(type) {
	case string:
		return []string{v}, true
	case []any:
		for _, g := range v {
			if name, isText := g.(string); isText {
				names = append(names, name)
			}
		}
		return names, true
	}
	return nil, false
}

// identify exchanges the code for an ID token, verifies it and returns the person with their roles.
func (p *provider) identify(ctx context.Context, code, nonce, verifier string) (auth.User, string, error) {
	d, err := p.discover(ctx)
	if err != nil {
		return auth.User{}, "", err
	}
	ctx = p.context(ctx)
	token, err := p.oauth(d).Exchange(ctx, code, oauth2.VerifierOption(verifier))
	if err != nil {
		return auth.User{}, "", refused("the provider did not take the code").Because(err)
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return auth.User{}, "", refused("the provider sent no ID token")
	}
	idToken, err := d.verifier.Verify(ctx, raw)
	if err != nil {
		return auth.User{}, "", refused("the ID token is not valid").Because(err)
	}
	if idToken.Nonce != nonce {
		return auth.User{}, "", refused("the ID token belongs to another sign-in")
	}
	said := claims{}
	if err := idToken.Claims(&said); err != nil {
		return auth.User{}, "", refused("the ID token cannot be read").Because(err)
	}
	if err := idToken.Claims(&said.all); err != nil {
		return auth.User{}, "", refused("the ID token cannot be read").Because(err)
	}
	if err := p.complete(ctx, d, token, &said); err != nil {
		return auth.User{}, "", err
	}
	return p.person(idToken.Issuer, said), raw, nil
}

// complete asks the userinfo endpoint for what the ID token left out: providers leave out groups when there are
// too many of them, and names when the token is small.
func (p *provider) complete(ctx context.Context, d *discovered, token *oauth2.Token, said *claims) error {
	_, groupsKnown := said.groups(p.cfg.GroupsClaim)
	if groupsKnown && said.Name != "" || d.oidc.UserInfoEndpoint() == "" {
		return nil
	}
	info, err := d.oidc.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		return p.down(err)
	}
	if info.Subject != said.Subject { // OpenID Connect Core §5.3.2
		return refused("the provider described another person")
	}
	var more claims
	if err := info.Claims(&more); err != nil {
		return p.down(err)
	}
	if err := info.Claims(&more.all); err != nil {
		return p.down(err)
	}
	for _, field := range []struct{ to, from *string }{
		{&said.Name, &more.Name}, {&said.Email, &more.Email}, {&said.Username, &more.Username},
	} {
		if *field.to == "" {
			*field.to = *field.from
		}
	}
	if !groupsKnown {
		said.all[p.cfg.GroupsClaim] = more.all[p.cfg.GroupsClaim]
	}
	return nil
}

// person maps claims to a user: roles come from the configured mapping and from nothing else.
func (p *provider) person(issuer string, said claims) auth.User {
	groups, _ := said.groups(p.cfg.GroupsClaim)
	u := auth.User{Issuer: issuer, Subject: said.Subject, Name: said.Name, Email: said.Email, Groups: groups}
	if u.Name == "" {
		u.Name = said.Username
	}
	u.Roles = p.cfg.mapping().RolesOf(issuer, u.Subject, groups)
	return u
}

// endSessionURL returns where the person signs out at the provider too (OpenID Connect RP-Initiated Logout 1.0
// §2), or "" when it has no such place.
func (p *provider) endSessionURL(ctx context.Context, idToken, back string) (string, error) {
	d, err := p.discover(ctx)
	if err != nil || d.endSession == "" {
		return "", err
	}
	u, err := url.Parse(d.endSession)
	if err != nil {
		return "", fmt.Errorf("read the provider's end_session_endpoint: %w", err)
	}
	q := u.Query()
	q.Set("client_id", p.cfg.ClientID)
	q.Set("post_logout_redirect_uri", back)
	if idToken != "" {
		q.Set("id_token_hint", idToken)
	}
	u.RawQuery = q.Encode()
	return u.String(), nil
}

// refused says that a sign-in could not be trusted; why is for the log.
func refused(why string) *fault.Error {
	return fault.New(fault.Forbidden, "Signing in did not work: %s. Start again from the sign-in page.", why)
}
