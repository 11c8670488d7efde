package oktasim

import (
	"crypto"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math"
	"net/http"
	"net/url"
	"strings"
	"time"

	jose "github.com/go-jose/go-jose/v4"
)

// algorithms are the signatures that Okta takes for client assertions and proofs.
var algorithms = []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.RS512, jose.ES256, jose.ES384, jose.ES512}

func algorithmNames() []string {
	out := make([]string, len(algorithms))
	for i, a := range algorithms {
		out[i] = string(a)
	}
	return out
}

// proofAge is how old a DPoP proof may be.
const proofAge = 5 * time.Minute

// checkProof checks the DPoP header of a request (RFC 9449 section 4.3) and
// returns the thumbprint of its key. token is the access token that the proof
// must name, "" at the token endpoint.
func (o *Org) checkProof(r *http.Request, token string, nonceNeeded bool) (jkt string, problem *oauthError) {
	bad := func(description string) (string, *oauthError) {
		return "", badRequest("invalid_dpop_proof", description)
	}
	proofs := r.Header.Values("DPoP")
	if len(proofs) == 0 || proofs[0] == "" {
		return bad("The DPoP proof JWT header is missing.")
	}
	if len(proofs) > 1 {
		return bad("The request contained multiple DPoP proof JWT headers.")
	}
	jws, err := jose.ParseSignedCompact(proofs[0], algorithms)
	if err != nil || len(jws.Signatures) != 1 {
		return bad("The DPoP proof JWT is malformed or its algorithm is not supported.")
	}
	header := jws.Signatures[0].Protected
	if typ, ok := header.ExtraHeaders[jose.HeaderType].(string); !ok || typ != "dpop+jwt" {
		return bad("The 'typ' header of the DPoP proof JWT must be 'dpop+jwt'.")
	}
	key := header.JSONWebKey
	if key == nil || !key.IsPublic() || !key.Valid() {
		return bad("The 'jwk' header of the DPoP proof JWT must be a public key.")
	}
	payload, err := jws.Verify(key)
	if err != nil {
		return bad("The DPoP proof JWT signature is invalid.")
	}
	var claims struct {
		HTM, HTU, JTI, ATH, Nonce string
		IAT                       *float64
	}
	if err := json.Unmarshal(payload, &claims); err != nil {
		return bad("The DPoP proof JWT claims could not be read.")
	}
	switch {
	case claims.HTM != r.Method:
		return bad("The 'htm' claim of the DPoP proof JWT must be the HTTP method of the request.")
	case !o.sameURL(r, claims.HTU):
		return bad("The 'htu' claim of the DPoP proof JWT must be the HTTP URI of the request, without query and fragment.")
	case claims.IAT == nil:
		return bad("The DPoP proof JWT must contain the 'iat' claim.")
	case math.Abs(o.now().Sub(time.Unix(int64(*claims.IAT), 0)).Seconds()) > proofAge.Seconds():
		return bad("The DPoP proof JWT was issued more than five minutes away from the current time.")
	case claims.JTI == "":
		return bad("The DPoP proof JWT must contain the 'jti' claim.")
	}
	if token != "" {
		sum := sha256.Sum256([]byte(token))
		if claims.ATH != base64.RawURLEncoding.EncodeToString(sum[:]) {
			return bad("The 'ath' claim of the DPoP proof JWT must be the hash of the access token.")
		}
	}
	if nonceNeeded && !o.knowsNonce(claims.Nonce) {
		e := badRequest("use_dpop_nonce", "Authorization server requires nonce in DPoP proof.")
		e.nonce = o.nonce()
		return "", e
	}
	thumb, err := key.Thumbprint(crypto.SHA256)
	if err != nil {
		return bad("The 'jwk' header of the DPoP proof JWT must be a public key.")
	}
	jkt = base64.RawURLEncoding.EncodeToString(thumb)
	if !o.useOnce("dpop "+jkt+" "+claims.JTI, o.now().Add(2*proofAge)) {
		return bad("The DPoP proof JWT has already been used.")
	}
	return jkt, nil
}

// sameURL compares htu with the request's own address. Scheme and host
// compare without case; a default port may be left out.
func (o *Org) sameURL(r *http.Request, htu string) bool {
	got, err := url.Parse(htu)
	if err != nil || got.RawQuery != "" || got.Fragment != "" {
		return false
	}
	want, err := url.Parse(o.base(r) + r.URL.EscapedPath())
	if err != nil {
		return false
	}
	return strings.EqualFold(got.Scheme, want.Scheme) && strings.EqualFold(hostPort(got), hostPort(want)) &&
		got.EscapedPath() == want.EscapedPath()
}

func hostPort(u *url.URL) string {
	if u.Port() != "" {
		return u.Host
	}
	if u.Scheme == "https" {
		return u.Host + ":443"
	}
	return u.Host + ":80"
}
