package trigger

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"caracal/fault"
)

// SignatureHeader carries the signature of a delivery: t=<Unix seconds>,v1=<HMAC-SHA256 in hex> over the seconds, a
// full stop and the body. Several v1 may stand in it, while a sender changes its secret.
const SignatureHeader = "X-Caracal-Signature"

// KeyHeader names a request, so that sending it again starts nothing (draft-ietf-httpapi-idempotency-key-header).
const KeyHeader = "Idempotency-Key"

// MaxKey is how long an idempotency key may be.
const MaxKey = 128

// KeyLife is how long an idempotency key is remembered.
const KeyLife = 24 * time.Hour

// Sign returns the value of the signature header.
func Sign(secret string, at time.Time, body []byte) string {
	t := strconv.FormatInt(at.Unix(), 10)
	return "t=" + t + ",v1=" + hex.EncodeToString(mac(secret, t, body))
}

func mac(secret, t string, body []byte) []byte {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte(t + ".")) // a hash never fails to write
	h.Write(body)
	return h.Sum(nil)
}

// Codes of what is wrong with a proof.
const (
	CodeSignature = "signature"
	CodeReplay    = "replay"
)

// Signature is a signature header, read.
type Signature struct {
	At   time.Time
	text string // At as it was signed
	sums [][]byte
}

// ParseSignature reads the signature header.
func ParseSignature(header string) (Signature, error) {
	var s Signature
	if header == "" {
		return s, noProof("The header %s is missing; send t=<Unix seconds>,v1=<HMAC-SHA256 of seconds, full stop and body, in hex>.", SignatureHeader)
	}
	if len(header) > 1024 {
		return s, noProof("The header %s is too long.", SignatureHeader)
	}
	for part := range strings.SplitSeq(header, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "t":
			seconds, err := strconv.ParseInt(value, 10, 64)
			if err != nil || seconds < 0 || seconds > 1<<40 || s.text != "" {
				return s, noProof("The header %s holds no time; write t=<Unix seconds>, once.", SignatureHeader)
			}
			s.text, s.At = value, time.Unix(seconds, 0).UTC()
		case "v1":
			sum, err := hex.DecodeString(value)
			if err != nil || len(sum) != sha256.Size {
				return s, noProof("The header %s holds a v1 that is not 64 hex digits.", SignatureHeader)
			}
			s.sums = append(s.sums, sum)
		}
	}
	if s.text == "" || len(s.sums) == 0 {
		return s, noProof("The header %s needs both t and v1.", SignatureHeader)
	}
	return s, nil
}

// Verify says whether the signature is one of this body by the secret, and of a time within so many minutes of now.
// The secret is held against it before the time, so that only who knows it learns about clocks.
func (s Signature) Verify(secret string, body []byte, now time.Time, window int) error {
	want, ok := mac(secret, s.text, body), 0
	for _, sum := range s.sums {
		ok |= subtle.ConstantTimeCompare(sum, want)
	}
	if ok != 1 {
		return noProof("The signature does not fit the body and the secret; sign seconds, full stop and the bytes of the body as they are sent.")
	}
	if off := now.Sub(s.At).Abs(); off > time.Duration(window)*time.Minute {
		return noProof("The signature is of %s, more than %d minutes away from now; sign each delivery anew, and look at the sender's clock.", s.At.Format(time.RFC3339), window)
	}
	return nil
}

// Fingerprint names the signed content, whatever else stands in the header: the same one again is a replay.
func (s Signature) Fingerprint(body []byte) string {
	h := sha256.New()
	h.Write([]byte(s.text + "."))
	h.Write(body)
	return hex.EncodeToString(h.Sum(nil))
}

// VerifyBearer says whether an Authorization header carries the secret with this SHA-256.
func VerifyBearer(header string, hash []byte) error {
	token, ok := BearerToken(header)
	if !ok {
		return noProof("The header Authorization is missing; send Bearer and the secret.")
	}
	if subtle.ConstantTimeCompare(Hash(token), hash) != 1 {
		return noProof("The secret in the header Authorization is not this webhook's.")
	}
	return nil
}

// BearerToken returns the token of an Authorization header (RFC 6750, section 2.1).
func BearerToken(header string) (string, bool) {
	scheme, token, ok := strings.Cut(header, " ")
	token = strings.TrimSpace(token)
	return token, ok && strings.EqualFold(scheme, "Bearer") && token != "" && len(token) <= 512
}

// Hash is how a token is stored: it is random and long, so that a plain hash gives nothing away.
func Hash(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// DefaultOverlap is how long a secret that was replaced is good beside the new one, unless a person says otherwise.
const DefaultOverlap = 24 * time.Hour

// Overlaps are the times that a person may choose from; zero ends the old secret at once.
var Overlaps = []time.Duration{0, time.Hour, DefaultOverlap, 3 * DefaultOverlap, 7 * DefaultOverlap}

// The prefixes by which people and secret scanners know what they look at.
const (
	tokenPrefix  = "caracal_"
	secretPrefix = "whsec_"
)

// NewToken returns a fresh API token of 256 bits.
func NewToken() string { return tokenPrefix + strings.ToLower(rand.Text()+rand.Text()) }

// NewSecret returns a fresh webhook secret of 256 bits.
func NewSecret() string { return secretPrefix + strings.ToLower(rand.Text()+rand.Text()) }

// NewAddress returns the last part of a webhook's URL: 130 random bits, so that nobody guesses it, which is no secret
// all the same.
func NewAddress() string { return strings.ToLower(rand.Text()) }

func noProof(format string, args ...any) error {
	f := fault.New(fault.Forbidden, format, args...)
	f.Code = CodeSignature
	return f
}
