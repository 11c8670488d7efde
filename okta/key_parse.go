package okta

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"caracal/fault"
)

// ParseKey reads a private key as Okta's console gives it (JWK, or a set with one private key) or as PEM
// (PKCS#1, PKCS#8, EC). What is wrong comes back as a fault about the field "secret", without any of the text.
func ParseKey(text string) (Key, error) {
	text = strings.TrimSpace(strings.TrimPrefix(strings.ReplaceAll(text, "\r\n", "\n"), "\ufeff"))
	switch {
	case len(text) > maxKeyText:
		return Key{}, badKey("This is too long for a private key; paste the key alone.")
	case text == "":
		return Key{}, badKey("Paste the private key, as JSON or as PEM.")
	case strings.HasPrefix(text, "{"), strings.HasPrefix(text, "["):
		return parseJWK(text)
	case strings.Contains(text, "-----BEGIN"):
		return parsePEM(text)
	case strings.HasPrefix(text, "MII"):
		return Key{}, badKey("This looks like a key without its first and last line; paste it with -----BEGIN PRIVATE KEY----- and -----END PRIVATE KEY-----.")
	}
	return Key{}, badKey("This is not a private key; paste the whole JSON that Okta showed when the key was made, or a PEM file from -----BEGIN to -----END.")
}

// Bounds of what is looked at: checking a huge key takes long.
const (
	maxKeyText = 64 << 10
	maxRSABits = 8192
)

// rawJWK is what must be looked at before go-jose does, to say what is wrong in words.
type rawJWK struct {
	Kty  string            `json:"kty"`
	Crv  string            `json:"crv"`
	Kid  string            `json:"kid"`
	D    string            `json:"d"`
	N    string            `json:"n"`
	X    string            `json:"x"`
	K    string            `json:"k"`
	Keys []json.RawMessage `json:"keys"`
}

func parseJWK(text string) (Key, error) {
	if strings.HasPrefix(text, "[") {
		text = `{"keys":` + text + `}`
	}
	var raw rawJWK
	if err := json.Unmarshal([]byte(text), &raw); err != nil {
		if isTruncated(text) {
			return Key{}, badKey("The key breaks off before its end; copy all of it, from the first { to the last }.")
		}
		return Key{}, badKey("The key is not valid JSON; copy it again from Okta, from the first { to the last }.")
	}
	if raw.Keys != nil {
		return parseSet(raw.Keys)
	}
	if raw.Kty == "" {
		return Key{}, badKey("This JSON is not a key: it has no \"kty\"; paste the JSON that Okta showed when the key was made.")
	}
	if problem := jwkProblem(raw); problem != "" {
		return Key{}, badKey("%s", problem)
	}
	var jwk jose.JSONWebKey
	if err := jwk.UnmarshalJSON([]byte(text)); err != nil || !jwk.Valid() {
		return Key{}, badKey("The key is damaged: its numbers do not fit together; copy it again from Okta, or make a new one.")
	}
	return accept(jwk)
}

func parseSet(keys []json.RawMessage) (Key, error) {
	var private []json.RawMessage
	for _, k := range keys {
		var raw rawJWK
		if json.Unmarshal(k, &raw) == nil && raw.D != "" {
			private = append(private, k)
		}
	}
	switch len(private) {
	case 0:
		return Key{}, badKey("The key set holds no private key (none has a \"d\"); paste the private key that Okta showed once when the key was made.")
	case 1:
		return parseJWK(string(private[0]))
	}
	return Key{}, badKey("The key set holds %d private keys; paste the one that is in Okta.", len(private))
}

func jwkProblem(raw rawJWK) string {
	switch raw.Kty {
	case "RSA":
		if raw.D == "" {
			return publicKeyText
		}
	case "EC":
		switch raw.Crv {
		case "P-256", "P-384", "P-521":
		default:
			return "The key's curve is not one that Okta takes; use P-256, P-384 or P-521, or an RSA key."
		}
		if raw.D == "" {
			return publicKeyText
		}
	case "oct":
		return "This is a shared secret (kty oct) and not a private key; use an RSA or EC key."
	case "OKP":
		return "Okta does not take Ed25519 keys for this; use an RSA key or an EC key on P-256."
	default:
		return "The key is of a kind that Okta does not take (kty is neither RSA nor EC); make an RSA key."
	}
	return ""
}

const publicKeyText = "This is the public key; paste the private one, which has a \"d\" in it and which Okta showed once when the key was made."

// isTruncated reports whether JSON stops before it is complete, rather than being wrong in the middle.
func isTruncated(text string) bool {
	dec := json.NewDecoder(strings.NewReader(text))
	for {
		if _, err := dec.Token(); err != nil {
			return strings.Contains(err.Error(), "EOF") || !strings.HasSuffix(text, "}") && !strings.HasSuffix(text, "]")
		}
	}
}

func parsePEM(text string) (Key, error) {
	if !strings.Contains(text, "\n") {
		text = strings.ReplaceAll(text, `\n`, "\n") // out of JSON or an environment file, where line ends are written out
	}
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i]) // pasted out of YAML or a chat, lines come indented
	}
	rest := []byte(strings.Join(lines, "\n") + "\n")
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			if bytes.Contains(rest, []byte("-----END")) {
				return Key{}, badKey("The key is damaged between its first and last line; copy the file again.")
			}
			return Key{}, badKey("The key breaks off before its end; copy all of it, down to the -----END line.")
		}
		if block.Type == "EC PARAMETERS" {
			continue // openssl ecparam -genkey writes this block first
		}
		return parseBlock(block)
	}
}

func parseBlock(block *pem.Block) (Key, error) {
	var key any
	var err error
	switch block.Type {
	case "RSA PRIVATE KEY":
		if block.Headers["DEK-Info"] != "" {
			return Key{}, badKey(encryptedText)
		}
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		if block.Headers["DEK-Info"] != "" {
			return Key{}, badKey(encryptedText)
		}
		key, err = x509.ParseECPrivateKey(block.Bytes)
	case "PRIVATE KEY":
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case "ENCRYPTED PRIVATE KEY":
		return Key{}, badKey(encryptedText)
	case "PUBLIC KEY", "RSA PUBLIC KEY":
		return Key{}, badKey("This is the public key; paste the private one, which begins with -----BEGIN PRIVATE KEY-----.")
	case "CERTIFICATE":
		return Key{}, badKey("This is a certificate; paste the private key that belongs to it, which begins with -----BEGIN PRIVATE KEY-----.")
	case "OPENSSH PRIVATE KEY":
		return Key{}, badKey("This is an SSH key; make a key in Okta, or write it as PKCS#8 PEM.")
	default:
		return Key{}, badKey("A PEM block of this kind is not a private key; paste one that begins with -----BEGIN PRIVATE KEY-----.")
	}
	if err != nil {
		return Key{}, badKey("The key is damaged between its first and last line; copy the file again.")
	}
	return accept(jose.JSONWebKey{Key: key})
}

const encryptedText = "This key is protected by a passphrase, which Caracal cannot ask for; remove it (openssl pkcs8 -topk8 -nocrypt) and paste the result."

// accept checks the kind and strength of a parsed private key.
func accept(jwk jose.JSONWebKey) (Key, error) {
	switch key := jwk.Key.(type) {
	case *rsa.PrivateKey:
		if bits := key.N.BitLen(); bits < minRSABits {
			return Key{}, badKey("The RSA key has %d bits; Okta takes %d or more, so make a new one.", bits, minRSABits)
		}
		if bits := key.N.BitLen(); bits > maxRSABits {
			return Key{}, badKey("The RSA key has %d bits; Caracal takes up to %d, so make a smaller one.", bits, maxRSABits)
		}
		if err := key.Validate(); err != nil {
			return Key{}, badKey("The key is damaged: its numbers do not fit together; copy it again, or make a new one.")
		}
		switch jwk.Algorithm {
		case "", "RS256", "RS384", "RS512":
		default:
			jwk.Algorithm = "RS256" // Okta's assertions take RS and ES only; a PS or RSA-OAEP label is not about signing here
		}
	case *ecdsa.PrivateKey:
		switch key.Curve {
		case elliptic.P256(), elliptic.P384(), elliptic.P521():
		default:
			return Key{}, badKey("The key's curve is not one that Okta takes; use P-256, P-384 or P-521, or an RSA key.")
		}
		jwk.Algorithm = defaultAlg(key)
	case *rsa.PublicKey, *ecdsa.PublicKey:
		return Key{}, badKey(publicKeyText)
	case ed25519.PrivateKey:
		return Key{}, badKey("Okta does not take Ed25519 keys for this; use an RSA key or an EC key on P-256.")
	default:
		return Key{}, badKey("The key is of a kind that Okta does not take; use an RSA key or an EC key on P-256.")
	}
	return newKey(jwk)
}

func badKey(format string, args ...any) error { return fault.In("secret", format, args...) }
