package oktasim

import (
	"context"
	"crypto/ecdsa"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	jose "github.com/go-jose/go-jose/v4"
)

// pathSegment escapes a text as one segment of a path.
func pathSegment(s string) string { return url.PathEscape(s) }

func (o *Org) newKey(k jose.JSONWebKey) *clientKey {
	if k.KeyID == "" {
		k.KeyID = randomToken(32)
	}
	return &clientKey{id: o.newID("pks"), jwk: k, active: true, created: o.now(), updated: o.now()}
}

// parseKeys reads a public JWK or a JWK set for signatures. A private key is
// refused: it has no place in the org.
func parseKeys(data []byte) ([]jose.JSONWebKey, error) {
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(data, &set); err != nil {
		return nil, fmt.Errorf("read the JSON: %w", err)
	}
	if len(set.Keys) == 0 {
		var one jose.JSONWebKey
		if err := json.Unmarshal(data, &one); err != nil {
			return nil, fmt.Errorf("read the key: %w", err)
		}
		set.Keys = []jose.JSONWebKey{one}
	}
	for _, k := range set.Keys {
		if !k.Valid() {
			return nil, errors.New("the key is not valid")
		}
		if !k.IsPublic() {
			return nil, errors.New("this is a private key; register only the public half")
		}
		switch key := k.Key.(type) {
		case *rsa.PublicKey:
			if key.N.BitLen() < 2048 {
				return nil, errors.New("an RSA key needs at least 2048 bits")
			}
		case *ecdsa.PublicKey:
		default:
			return nil, fmt.Errorf("a key of the type %T cannot sign for Okta; use RSA or EC", k.Key)
		}
		if k.Use != "" && k.Use != "sig" {
			return nil, errors.New("the key's use is not sig")
		}
	}
	return set.Keys, nil
}

// fetchKeys reads a client's JWKS URL, without the org's lock. Loopback
// addresses are allowed here, where Okta would refuse them.
func fetchKeys(ctx context.Context, uri string) ([]jose.JSONWebKey, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, uri, nil)
	if err != nil {
		return nil, fmt.Errorf("read the JWKS URL: %w", err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("fetch the JWKS: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("fetch the JWKS: the answer is %s", resp.Status)
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, 256<<10))
	if err != nil {
		return nil, fmt.Errorf("read the JWKS: %w", err)
	}
	return parseKeys(data)
}
