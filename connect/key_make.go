package connect

import (
	"context"
	"encoding/json"
	"errors"

	"caracal/auth"
	"caracal/db"
	"caracal/fault"
	"caracal/okta"
	"caracal/org"
)

// MakeKey makes a private key for a custom app and stores it sealed. Only the public half ever leaves: to be
// pasted into Okta, or fetched by Okta from the JWKS URL of the key's set. set is the set of an application
// that already has one, or "".
func (s *Service) MakeKey(ctx context.Context, set string, by auth.User) (org.KeyPair, error) {
	key, err := okta.GenerateKey(okta.RS256)
	if err != nil {
		return org.KeyPair{}, err
	}
	private, err := key.Private()
	if err != nil {
		return org.KeyPair{}, err
	}
	now := s.Clock()
	pair := org.KeyPair{ID: db.NewID("key", now), Set: set, PublicJWK: key.PublicJWK(), Thumbprint: key.Thumbprint(), CreatedAt: now, CreatedBy: by.ID}
	if pair.Set == "" {
		pair.Set = db.NewID("jwks", now)
	}
	if pair.Private, err = s.Keys.Seal(private, org.KeyPairPlace(pair.ID)); err != nil {
		return org.KeyPair{}, err
	}
	return pair, s.DB.CreateKeyPair(ctx, pair)
}

// KeyPair returns a key that Caracal made and that the person who names it made too.
func (s *Service) KeyPair(ctx context.Context, id string, by auth.User) (org.KeyPair, error) {
	pair, err := s.DB.KeyPair(ctx, id)
	if err == nil && pair.CreatedBy != by.ID {
		err = db.ErrNotFound
	}
	return pair, err
}

// PublicSet returns the JWK set (RFC 7517, section 5) of the keys that Caracal made for one application, as its
// JWKS URL serves it.
func (s *Service) PublicSet(ctx context.Context, set string) ([]byte, error) {
	pairs, err := s.DB.KeyPairs(ctx, set)
	if err != nil {
		return nil, err
	}
	if len(pairs) == 0 {
		return nil, db.ErrNotFound
	}
	keys := make([]json.RawMessage, len(pairs))
	for i, p := range pairs {
		keys[i] = json.RawMessage(p.PublicJWK)
	}
	return json.Marshal(map[string]any{"keys": keys})
}

// madeKey opens a key that Caracal made: one that the same person made for a connect form, or the next key of
// the application's own rotation.
func (s *Service) madeKey(ctx context.Context, id string, app org.Application, by auth.User) (credential, error) {
	pair, err := s.DB.KeyPair(ctx, id)
	if err == nil && pair.CreatedBy != by.ID && pair.ID != app.NextKey {
		err = db.ErrNotFound
	}
	if errors.Is(err, db.ErrNotFound) {
		return credential{}, fault.In(FieldSecret, "The key that Caracal made is gone; make a new one and add it in Okta.")
	}
	if err != nil {
		return credential{}, err
	}
	text, err := s.Keys.Open(pair.Private, org.KeyPairPlace(pair.ID))
	if err != nil {
		return credential{}, err
	}
	key, err := okta.ParseKey(text.Reveal())
	if err != nil {
		return credential{}, err
	}
	c, err := fromKey(key)
	c.keySet = pair.Set
	return c, err
}
