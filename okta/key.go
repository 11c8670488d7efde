package okta

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"

	"github.com/go-jose/go-jose/v4"

	"caracal/secret"
)

// Key is a private key that signs client assertions. It prints as nothing but its thumbprint.
type Key struct {
	jwk        jose.JSONWebKey // private
	thumbprint string
}

// KeyAlg names a kind of key that GenerateKey makes.
type KeyAlg string

// The kinds; Okta takes both for private_key_jwt (guide "Implement OAuth for Okta with a service app").
const (
	RS256 KeyAlg = "RS256" // RSA, 2048 bits
	ES256 KeyAlg = "ES256" // P-256
)

// minRSABits is the smallest RSA key that RFC 7518, section 3.3 allows for RS256.
const minRSABits = 2048

// GenerateKey makes a fresh private key. Its key id is its RFC 7638 thumbprint.
func GenerateKey(alg KeyAlg) (Key, error) {
	var private crypto.Signer
	var err error
	switch alg {
	case RS256:
		private, err = rsa.GenerateKey(rand.Reader, minRSABits)
	case ES256:
		private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	default:
		return Key{}, fmt.Errorf("generate key: unknown kind %q", alg)
	}
	if err != nil {
		return Key{}, fmt.Errorf("generate %s key: %w", alg, err)
	}
	return newKey(jose.JSONWebKey{Key: private, Algorithm: string(alg), Use: "sig"})
}

// newKey fills in the algorithm, use, thumbprint and, where there is none, the key id.
func newKey(jwk jose.JSONWebKey) (Key, error) {
	sum, err := jwk.Thumbprint(crypto.SHA256)
	if err != nil {
		return Key{}, fmt.Errorf("thumbprint of key: %w", err)
	}
	jwk.Certificates, jwk.CertificatesURL = nil, nil
	k := Key{jwk: jwk, thumbprint: base64.RawURLEncoding.EncodeToString(sum)}
	if k.jwk.KeyID == "" {
		k.jwk.KeyID = k.thumbprint
	}
	if k.jwk.Algorithm == "" {
		k.jwk.Algorithm = defaultAlg(jwk.Key)
	}
	k.jwk.Use = "sig"
	return k, nil
}

func defaultAlg(key any) string {
	if ec, ok := key.(*ecdsa.PrivateKey); ok {
		switch ec.Curve {
		case elliptic.P384():
			return "ES384"
		case elliptic.P521():
			return "ES512"
		}
		return "ES256"
	}
	return "RS256"
}

// KeyID returns the key's kid: the one it came with, or its thumbprint.
func (k Key) KeyID() string { return k.jwk.KeyID }

// Thumbprint returns the RFC 7638 SHA-256 thumbprint in base64url.
func (k Key) Thumbprint() string { return k.thumbprint }

// Alg returns the signing algorithm, like RS256.
func (k Key) Alg() string { return k.jwk.Algorithm }

// IsZero reports whether there is no key.
func (k Key) IsZero() bool { return k.jwk.Key == nil }

// PublicJWK returns the public half as indented JSON, to paste into Okta.
func (k Key) PublicJWK() string {
	public := k.jwk.Public()
	out, err := json.MarshalIndent(public, "", "  ")
	if err != nil {
		return "" // an RSA or EC public key always marshals
	}
	return string(out)
}

// Private returns the whole key as a JWK in JSON, to be sealed. ParseKey reads it back.
func (k Key) Private() (secret.Text, error) {
	out, err := k.jwk.MarshalJSON()
	if err != nil {
		return secret.Text{}, fmt.Errorf("write private key: %w", err)
	}
	return secret.NewText(string(out)), nil
}

// String hides the key.
func (k Key) String() string { return "key " + k.thumbprint }

// GoString hides the key from %#v.
func (k Key) GoString() string { return k.String() }

// Format hides the key from every verb of fmt.
func (k Key) Format(s fmt.State, _ rune) {
	if _, err := s.Write([]byte(k.String())); err != nil {
		return // fmt has no way to hear of it
	}
}

// MarshalJSON hides the key from encoding/json.
func (k Key) MarshalJSON() ([]byte, error) { return json.Marshal(k.String()) }
