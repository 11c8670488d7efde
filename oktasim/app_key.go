package oktasim

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"math/big"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// signingYears is how long the certificate that Okta makes for a new app lasts.
const signingYears = 10

// appKey is a signing key of an app with its certificate. Making an RSA key is
// slow, so it is made when somebody first looks at it.
type appKey struct {
	kid, label       string
	created, expires time.Time
	public           *rsa.PublicKey
	der              []byte // the certificate
}

func newAppKey(o *Org, label string, years int) (*appKey, error) {
	if years <= 0 {
		return nil, fmt.Errorf("make a signing key: %d years is no validity", years)
	}
	now := o.now()
	return &appKey{kid: randomToken(32), label: label, created: now, expires: now.AddDate(years, 0, 0)}, nil
}

// make creates the key and its self-signed certificate, once.
func (k *appKey) make() error {
	if k.der != nil {
		return nil
	}
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return fmt.Errorf("make a signing key: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(k.created.UnixMilli()),
		Subject: pkix.Name{Country: []string{"US"}, Province: []string{"California"}, Locality: []string{"San Francisco"},
			Organization: []string{"Okta"}, OrganizationalUnit: []string{"SSOProvider"}, CommonName: k.label},
		NotBefore: k.created, NotAfter: k.expires,
	}
	if k.der, err = x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private); err != nil {
		return fmt.Errorf("make a signing certificate: %w", err)
	}
	k.public = &private.PublicKey
	return nil
}

// view is the key as the API shows it ("JsonWebKey").
func (k *appKey) view() (map[string]any, *apiError) {
	if err := k.make(); err != nil {
		return nil, errInternal(err)
	}
	print := sha256.Sum256(k.der)
	return map[string]any{
		"kty": "RSA", "use": "sig", "kid": k.kid, "created": stamp(k.created), "lastUpdated": stamp(k.created),
		"expiresAt": stamp(k.expires), "e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(k.public.E)).Bytes()),
		"n":        base64.RawURLEncoding.EncodeToString(k.public.N.Bytes()),
		"x5c":      []string{base64.StdEncoding.EncodeToString(k.der)},
		"x5t#S256": base64.RawURLEncoding.EncodeToString(print[:]),
	}, nil
}

func errInternal(err error) *apiError {
	return newError(http.StatusInternalServerError, "E0000009", "Internal Server Error", err.Error())
}

// appKeyList is listApplicationKeys.
func (c *call) appKeyList() (int, any, *apiError) {
	a, err := c.findApp()
	if err != nil {
		return 0, nil, err
	}
	out := make([]map[string]any, 0, len(a.signing))
	for _, k := range a.signing {
		v, err := k.view()
		if err != nil {
			return 0, nil, err
		}
		out = append(out, v)
	}
	return http.StatusOK, out, nil
}

func (c *call) findAppKey() (*app, *appKey, *apiError) {
	a, err := c.findApp()
	if err != nil {
		return nil, nil, err
	}
	for _, k := range a.signing {
		if k.kid == c.p("keyId") {
			return a, k, nil
		}
	}
	return nil, nil, errNotFound(c.p("keyId"), "JsonWebKey")
}

// appKeyGet is getApplicationKey.
func (c *call) appKeyGet() (int, any, *apiError) {
	_, k, err := c.findAppKey()
	if err != nil {
		return 0, nil, err
	}
	v, err := k.view()
	return http.StatusOK, v, err
}

// appKeyGenerate is generateApplicationKey.
func (c *call) appKeyGenerate() (int, any, *apiError) {
	a, err := c.findApp()
	if err != nil {
		return 0, nil, err
	}
	years, bad := strconv.Atoi(c.q("validityYears"))
	if bad != nil || years < 2 || years > 10 {
		return 0, nil, errValidation("validityYears", "validityYears: The value must be between 2 and 10.")
	}
	k, bad := newAppKey(c.o, a.label, years)
	if bad != nil {
		return 0, nil, errInternal(bad)
	}
	v, err := k.view()
	if err != nil {
		return 0, nil, err
	}
	a.signing = append(a.signing, k)
	c.o.log(c, "app.keys.generate", "New signing key generated", a.target())
	return http.StatusCreated, v, nil
}

// appKeyClone is cloneApplicationKey: two apps then share the key.
func (c *call) appKeyClone() (int, any, *apiError) {
	_, k, err := c.findAppKey()
	if err != nil {
		return 0, nil, err
	}
	to, err := c.o.findApp(c.q("targetAid"))
	if err != nil {
		return 0, nil, err
	}
	if slices.ContainsFunc(to.signing, func(x *appKey) bool { return x.kid == k.kid }) {
		return 0, nil, errValidation("targetAid", "The target app already has this key.")
	}
	v, err := k.view()
	if err != nil {
		return 0, nil, err
	}
	to.signing = append(to.signing, k)
	c.o.log(c, "app.keys.clone", "Application signing key cloned", to.target())
	return http.StatusCreated, v, nil
}
