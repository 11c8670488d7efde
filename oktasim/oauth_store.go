package oktasim

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	jose "github.com/go-jose/go-jose/v4"
)

const (
	accessTokenLife = time.Hour // fixed for the org authorization server
	idTokenLife     = time.Hour
	codeLife        = time.Minute
	nonceRenewal    = 24 * time.Hour
	nonceLife       = 3 * nonceRenewal
)

// oauthStore is the state of the org authorization server.
type oauthStore struct {
	signer  jose.Signer // made on first use, as its key is
	public  jose.JSONWebKey
	codes   map[string]*authCode
	access  map[string]*accessToken // by the token's text
	used    map[string]time.Time    // jti of assertions and proofs, until they expire
	nonces  []dpopNonce
	sweptAt time.Time
}

type dpopNonce struct {
	value  string
	issued time.Time
}

// authCode is what /authorize handed out and /token will redeem, once.
type authCode struct {
	clientID, userID, redirectURI, nonce, challenge string
	scopes                                          []string
	authTime, expires                               time.Time
	spent                                           bool
	tokens                                          []string // issued for it, revoked when it is replayed
}

// accessToken is one token the org issued. It is looked up by its text, so
// that a call costs no signature check.
type accessToken struct {
	clientID, userID string
	scopes           map[string]bool
	scopeList        []string
	jkt              string // thumbprint of the DPoP key; "" = Bearer
	issued, expires  time.Time
}

func (s *oauthStore) init(o *Org) {
	s.codes = map[string]*authCode{}
	s.access = map[string]*accessToken{}
	s.used = map[string]time.Time{}
	s.sweptAt = o.now()
}

// sweep forgets what has expired, now and then.
func (o *Org) sweep() {
	s, now := &o.oauth, o.now()
	if now.Sub(s.sweptAt) < time.Minute {
		return
	}
	s.sweptAt = now
	for k, t := range s.access {
		if now.After(t.expires) {
			delete(s.access, k)
		}
	}
	for k, t := range s.used {
		if now.After(t) {
			delete(s.used, k)
		}
	}
	for k, c := range s.codes {
		if now.After(c.expires.Add(time.Hour)) {
			delete(s.codes, k)
		}
	}
}

// useOnce remembers an id until it expires, and says whether it was new.
func (o *Org) useOnce(id string, until time.Time) bool {
	o.sweep()
	if _, again := o.oauth.used[id]; again {
		return false
	}
	o.oauth.used[id] = until
	return true
}

// nonce is the DPoP nonce that clients must use now.
func (o *Org) nonce() string {
	s, now := &o.oauth, o.now()
	if n := len(s.nonces); n == 0 || now.Sub(s.nonces[n-1].issued) >= nonceRenewal {
		s.nonces = append(s.nonces, dpopNonce{randomToken(24), now})
		if len(s.nonces) > 4 {
			s.nonces = s.nonces[1:]
		}
	}
	return s.nonces[len(s.nonces)-1].value
}

// knowsNonce says whether a nonce may still be used: an old one works for three days.
func (o *Org) knowsNonce(v string) bool {
	for _, n := range o.oauth.nonces {
		if n.value == v && o.now().Sub(n.issued) < nonceLife {
			return true
		}
	}
	return false
}

// RenewNonce makes the org ask for a new DPoP nonce at the next token request
// and forget the old ones, as happens when a client was away for days.
func (o *Org) RenewNonce() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.oauth.nonces = nil
}

// ExpireTokens ends every access token issued so far.
func (o *Org) ExpireTokens() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.oauth.access = map[string]*accessToken{}
}

// orgKey is the RSA key that the orgs of one process share, each under a key
// id of its own (appStore.kid): making one costs more than all the rest of an org.
var orgKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

// signingKey returns the org's signer, RS256, and its public key.
func (o *Org) signingKey() (jose.Signer, jose.JSONWebKey, error) {
	s := &o.oauth
	if s.signer != nil {
		return s.signer, s.public, nil
	}
	key, err := orgKey()
	if err != nil {
		return nil, jose.JSONWebKey{}, fmt.Errorf("make the signing key: %w", err)
	}
	kid := o.apps.kid
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: key, KeyID: kid}}, nil)
	if err != nil {
		return nil, jose.JSONWebKey{}, fmt.Errorf("make the signer: %w", err)
	}
	s.signer, s.public = signer, jose.JSONWebKey{Key: key.Public(), KeyID: kid, Algorithm: "RS256", Use: "sig"}
	return s.signer, s.public, nil
}

// sign makes a JWT of the claims.
func (o *Org) sign(claims map[string]any) (string, error) {
	signer, _, err := o.signingKey()
	if err != nil {
		return "", err
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", fmt.Errorf("write the claims: %w", err)
	}
	jws, err := signer.Sign(payload)
	if err != nil {
		return "", fmt.Errorf("sign the token: %w", err)
	}
	return jws.CompactSerialize()
}

// issueAccess makes an access token with Okta's claims.
func (o *Org) issueAccess(base string, t *accessToken) (string, error) {
	t.issued = o.now()
	t.expires = t.issued.Add(accessTokenLife)
	claims := map[string]any{
		"ver": 1, "jti": "AT." + randomToken(32), "iss": base, "aud": base, "sub": t.clientID, "cid": t.clientID,
		"iat": t.issued.Unix(), "exp": t.expires.Unix(), "scp": t.scopeList,
	}
	if t.userID != "" {
		claims["sub"], claims["uid"] = o.userActor(t.userID).AlternateID, t.userID
	}
	if t.jkt != "" {
		claims["cnf"] = map[string]string{"jkt": t.jkt}
	}
	text, err := o.sign(claims)
	if err != nil {
		return "", err
	}
	o.sweep()
	o.oauth.access[text] = t
	return text, nil
}

// authenticateAccess finds the caller by an OAuth 2.0 access token.
func (o *Org) authenticateAccess(r *http.Request, scheme, token string) (*principal, *apiError) {
	t := o.oauth.access[token]
	dpop := strings.EqualFold(scheme, "DPoP")
	if t == nil || !o.now().Before(t.expires) {
		return nil, o.refuseToken(r, dpop, "invalid_token", "The token is invalid.")
	}
	c := o.clients.byID[t.clientID]
	if c == nil || !o.usable(c) {
		return nil, o.refuseToken(r, dpop, "invalid_token", "The token is invalid.")
	}
	if dpop != (t.jkt != "") {
		return nil, o.refuseToken(r, dpop, "invalid_token", "The access token does not match the authorization scheme.")
	}
	if dpop {
		jkt, problem := o.checkProof(r, token, false)
		if problem == nil && jkt != t.jkt {
			problem = &oauthError{code: "invalid_dpop_proof", description: "The DPoP proof JWT is not bound to the access token."}
		}
		if problem != nil {
			return nil, o.refuseToken(r, true, problem.code, problem.description)
		}
	}
	p := &principal{kind: clientPrincipal, client: c, userID: t.userID, scopes: t.scopes}
	p.grants = o.clientGrants(c)
	return p, nil
}

// refuseToken is the 401 for a token that does not hold (RFC 6750 section 3, RFC 9449 section 7.1).
func (o *Org) refuseToken(r *http.Request, dpop bool, code, description string) *apiError {
	base := o.base(r)
	challenge := fmt.Sprintf(`Bearer authorization_uri="%s/oauth2/v1/authorize", realm="%s", error="%s", error_description="%s"`, base, base, code, description)
	if dpop {
		challenge = fmt.Sprintf(`DPoP algs="%s", error="%s", error_description="%s"`, strings.Join(algorithmNames(), " "), code, description)
	}
	e := errInvalidToken()
	e.header = http.Header{"Www-Authenticate": {challenge}}
	return e
}
