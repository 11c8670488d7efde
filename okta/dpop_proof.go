package okta

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/url"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// prover signs DPoP proofs (RFC 9449, section 4.2; Okta guide "Configure OAuth 2.0 Demonstrating
// Proof-of-Possession"). One key signs all proofs of a token.
type prover struct{ signer jose.Signer }

func newProver() (*prover, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make DPoP key: %w", err)
	}
	opts := (&jose.SignerOptions{EmbedJWK: true}).WithType("dpop+jwt")
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, opts)
	if err != nil {
		return nil, fmt.Errorf("make DPoP signer: %w", err)
	}
	return &prover{signer}, nil
}

type proofClaims struct {
	ID     string           `json:"jti"`
	Method string           `json:"htm"`
	URL    string           `json:"htu"` // without query and fragment
	At     *jwt.NumericDate `json:"iat"`
	Nonce  string           `json:"nonce,omitempty"`
	Hash   string           `json:"ath,omitempty"` // of the access token
}

// proof makes a proof for one attempt: its jti is never used again.
func (p *prover) proof(method string, u *url.URL, nonce, accessToken string, now time.Time) (string, error) {
	bare := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}
	claims := proofClaims{ID: newID(), Method: method, URL: bare.String(), At: jwt.NewNumericDate(now), Nonce: nonce}
	if accessToken != "" {
		sum := sha256.Sum256([]byte(accessToken))
		claims.Hash = base64.RawURLEncoding.EncodeToString(sum[:])
	}
	out, err := jwt.Signed(p.signer).Claims(claims).Serialize()
	if err != nil {
		return "", fmt.Errorf("sign DPoP proof: %w", err)
	}
	return out, nil
}

// assertionLife is how long a client assertion is valid. Okta allows an hour; five minutes forgive a clock
// that is a little wrong and leave a stolen one worth little.
const assertionLife = 5 * time.Minute

// assert makes a client assertion (RFC 7523, section 3) with a fresh jti, since Okta refuses a second use.
func assert(key Key, clientID, tokenURL string, now time.Time) (string, error) {
	opts := (&jose.SignerOptions{}).WithType("JWT").WithHeader("kid", key.KeyID())
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(key.Alg()), Key: key.jwk.Key}, opts)
	if err != nil {
		return "", fmt.Errorf("make assertion signer: %w", err)
	}
	out, err := jwt.Signed(signer).Claims(jwt.Claims{
		ID: newID(), Issuer: clientID, Subject: clientID, Audience: jwt.Audience{tokenURL},
		IssuedAt: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(assertionLife)),
	}).Serialize()
	if err != nil {
		return "", fmt.Errorf("sign client assertion: %w", err)
	}
	return out, nil
}

// signBehind is how far in the past a signed time lies: Okta refuses one that is a second ahead of its clock.
const signBehind = 5 * time.Second

// signTime returns the time to sign with: Okta's, as its last answer told it, as long as our clock is about
// right. A clock that is far off is not papered over: the refusal that follows names it.
func (h *host) signTime(now time.Time) time.Time {
	ahead := time.Duration(h.ahead.Load())
	if ahead.Abs() >= skewLimit {
		ahead = 0
	}
	return now.Add(-ahead - signBehind)
}

// learntTime reports whether the last answer told a time that would be signed differently.
func (h *host) learntTime(before int64) bool {
	now := time.Duration(h.ahead.Load())
	return now.Abs() < skewLimit && (now-time.Duration(before)).Abs() > 2*time.Second
}

func newID() string {
	b := make([]byte, 16)
	rand.Read(b) // never fails: crypto/rand.Read crashes the program instead (Go 1.24)
	return base64.RawURLEncoding.EncodeToString(b)
}
