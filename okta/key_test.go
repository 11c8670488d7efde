package okta

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"caracal/fault"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func pemText(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func TestParseKeyTakesEveryForm(t *testing.T) {
	t.Parallel()
	rsaKey := must(rsa.GenerateKey(rand.Reader, 2048))
	p256 := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	p384 := must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))
	jwk := string(must(json.Marshal(jose.JSONWebKey{Key: rsaKey, KeyID: "from-okta"})))
	public := string(must(json.Marshal(jose.JSONWebKey{Key: rsaKey.Public()})))
	pkcs8 := pemText("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(rsaKey)))
	ecDER := must(x509.MarshalECPrivateKey(p256))
	want := must(newKey(jose.JSONWebKey{Key: rsaKey})).Thumbprint()
	wantEC := must(newKey(jose.JSONWebKey{Key: p256})).Thumbprint()
	for name, c := range map[string]struct{ text, thumb, kid, alg string }{
		"JWK":          {jwk, want, "from-okta", "RS256"},
		"set":          {`{"keys":[` + public + "," + jwk + `]}`, want, "from-okta", "RS256"},
		"list":         {"[" + jwk + "]", want, "from-okta", "RS256"},
		"PKCS#1":       {pemText("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaKey)), want, want, "RS256"},
		"PKCS#8":       {pkcs8, want, want, "RS256"},
		"Windows":      {strings.ReplaceAll(pkcs8, "\n", "\r\n"), want, want, "RS256"},
		"indented":     {"  " + strings.ReplaceAll(pkcs8, "\n", "\n  "), want, want, "RS256"},
		"escaped":      {strings.ReplaceAll(strings.TrimSpace(pkcs8), "\n", `\n`), want, want, "RS256"},
		"BOM":          {"\ufeff" + jwk, want, "from-okta", "RS256"},
		"EC":           {pemText("EC PRIVATE KEY", ecDER), wantEC, wantEC, "ES256"},
		"EC openssl":   {pemText("EC PARAMETERS", []byte{6, 0}) + pemText("EC PRIVATE KEY", ecDER), wantEC, wantEC, "ES256"},
		"EC in PKCS#8": {pemText("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(p384))), "", "", "ES384"},
	} {
		k, err := ParseKey(c.text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if c.thumb != "" && (k.Thumbprint() != c.thumb || k.KeyID() != c.kid) || k.Alg() != c.alg {
			t.Errorf("%s: got %s kid %s alg %s", name, k.Thumbprint(), k.KeyID(), k.Alg())
		}
		if strings.Contains(k.PublicJWK(), `"d"`) || !strings.Contains(k.PublicJWK(), k.KeyID()) {
			t.Errorf("%s: public JWK is %s", name, k.PublicJWK())
		}
	}
}

func TestParseKeySaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	rsaKey := must(rsa.GenerateKey(rand.Reader, 2048))
	small := must(rsa.GenerateKey(rand.Reader, 1024))
	p224 := must(ecdsa.GenerateKey(elliptic.P224(), rand.Reader))
	_, ed, _ := ed25519.GenerateKey(rand.Reader)
	jwk := string(must(json.Marshal(jose.JSONWebKey{Key: rsaKey})))
	pkcs1 := pemText("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaKey))
	for name, c := range map[string]struct{ text, word string }{
		"empty":         {" \n", "Paste"},
		"a novel":       {strings.Repeat("a ", maxKeyText), "too long"},
		"prose":         {"hello", "not a private key"},
		"cut JWK":       {jwk[:len(jwk)/2], "breaks off"},
		"cut JWK brace": {jwk[:len(jwk)-1], "breaks off"},
		"bad JSON":      {`{"kty":}`, "not valid JSON"},
		"other JSON":    {`{"a":1}`, "no \"kty\""},
		"public JWK":    {string(must(json.Marshal(jose.JSONWebKey{Key: rsaKey.Public()}))), "public key"},
		"public set":    {`{"keys":[{"kty":"RSA","n":"AQ","e":"AQAB"}]}`, "no private key"},
		"two keys":      {`{"keys":[` + jwk + "," + jwk + `]}`, "2 private keys"},
		"oct":           {`{"kty":"oct","k":"AQ"}`, "shared secret"},
		"OKP":           {string(must(json.Marshal(jose.JSONWebKey{Key: ed}))), "Ed25519"},
		"PEM ed":        {pemText("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(ed))), "Ed25519"},
		"other kty":     {`{"kty":"XYZ"}`, "neither RSA nor EC"},
		"other curve":   {`{"kty":"EC","crv":"secp256k1","d":"AQ"}`, "curve"},
		"P-224":         {pemText("EC PRIVATE KEY", must(x509.MarshalECPrivateKey(p224))), "curve"},
		"small RSA":     {pemText("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(small)), "1024 bits"},
		"damaged":       {`{"kty":"RSA","n":"AQ","e":"AQAB","d":"AQ"}`, "damaged"},
		"public PEM":    {pemText("PUBLIC KEY", must(x509.MarshalPKIXPublicKey(rsaKey.Public()))), "public key"},
		"certificate":   {pemText("CERTIFICATE", []byte{1}), "certificate"},
		"SSH":           {pemText("OPENSSH PRIVATE KEY", []byte{1}), "SSH"},
		"encrypted":     {pemText("ENCRYPTED PRIVATE KEY", []byte{1}), "passphrase"},
		"cut PEM":       {pkcs1[:len(pkcs1)/2], "breaks off"},
		"damaged PEM":   {pemText("PRIVATE KEY", []byte{1, 2, 3}), "damaged"},
		"bare base64":   {"MIIEvQIBADANBg", "first and last line"},
	} {
		_, err := ParseKey(c.text)
		f := fault.As(err)
		if f == nil || f.Field != "secret" || f.Kind != fault.Invalid || !strings.Contains(f.Message, c.word) {
			t.Errorf("%s: got %v, want a sentence with %q", name, err, c.word)
		}
	}
}

func TestGenerateKeyComesBack(t *testing.T) {
	t.Parallel()
	for _, alg := range []KeyAlg{RS256, ES256} {
		k := must(GenerateKey(alg))
		text := must(k.Private())
		again, err := ParseKey(text.Reveal())
		if err != nil || again.Thumbprint() != k.Thumbprint() || again.KeyID() != k.KeyID() || again.Alg() != string(alg) {
			t.Errorf("%s: came back as %v, %v", alg, again, err)
		}
		d := must(json.Marshal(k.jwk))
		var raw rawJWK
		if err := json.Unmarshal(d, &raw); err != nil {
			t.Fatal(err)
		}
		for _, out := range []string{fmt.Sprintf("%v %+v %#v %s %x", k, k, k, k, k), string(must(json.Marshal(k)))} {
			if strings.Contains(out, raw.D[:16]) {
				t.Errorf("%s: the key shows in %s", alg, out)
			}
		}
	}
	if _, err := GenerateKey("none"); err == nil {
		t.Error("a key of no kind was made")
	}
}
