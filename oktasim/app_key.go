package oktasim

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
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

// appCSR is a certificate signing request for a key that never leaves the org.
type appCSR struct {
	id      string
	created time.Time
	public  *rsa.PublicKey
	der     []byte
}

func (c *call) csrView(a *app, r *appCSR) map[string]any {
	self := c.url("/api/v1/apps/%s/credentials/csrs/%s", a.id, r.id)
	return map[string]any{"id": r.id, "created": stamp(r.created), "kty": "RSA",
		"csr": base64.StdEncoding.EncodeToString(r.der),
		"_links": map[string]any{
			"self":    link(self, "GET", "DELETE"),
			"publish": link(self+"/lifecycle/publish", "POST"),
		}}
}

// appCSRList is listCsrsForApplication.
func (c *call) appCSRList() (int, any, *apiError) {
	a, err := c.findApp()
	if err != nil {
		return 0, nil, err
	}
	out := make([]map[string]any, 0, len(a.csrs))
	for _, r := range a.csrs {
		out = append(out, c.csrView(a, r))
	}
	return http.StatusOK, out, nil
}

// appCSRGenerate is generateCsrForApplication.
func (c *call) appCSRGenerate() (int, any, *apiError) {
	a, err := c.findApp()
	if err != nil {
		return 0, nil, err
	}
	var in struct {
		Subject struct {
			CountryName            string `json:"countryName"`
			StateOrProvinceName    string `json:"stateOrProvinceName"`
			LocalityName           string `json:"localityName"`
			OrganizationName       string `json:"organizationName"`
			OrganizationalUnitName string `json:"organizationalUnitName"`
			CommonName             string `json:"commonName"`
		} `json:"subject"`
		SubjectAltNames struct {
			DNSNames []string `json:"dnsNames"`
		} `json:"subjectAltNames"`
	}
	if err := c.decode(&in); err != nil {
		return 0, nil, err
	}
	if in.Subject.CommonName == "" {
		return 0, nil, errValidation("subject.commonName", blank("commonName"))
	}
	private, bad := rsa.GenerateKey(rand.Reader, 2048)
	if bad != nil {
		return 0, nil, errInternal(bad)
	}
	der, bad := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{
		Subject: pkix.Name{Country: some(in.Subject.CountryName), Province: some(in.Subject.StateOrProvinceName),
			Locality: some(in.Subject.LocalityName), Organization: some(in.Subject.OrganizationName),
			OrganizationalUnit: some(in.Subject.OrganizationalUnitName), CommonName: in.Subject.CommonName},
		DNSNames: in.SubjectAltNames.DNSNames,
	}, private)
	if bad != nil {
		return 0, nil, errInternal(bad)
	}
	r := &appCSR{id: c.o.newID("csr"), created: c.now(), public: &private.PublicKey, der: der}
	a.csrs = append(a.csrs, r)
	c.o.log(c, "app.app_instance.csr.generate", "Certificate signing request (CSR) generated", a.target())
	return http.StatusCreated, c.csrView(a, r), nil
}

func some(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

func (c *call) findAppCSR() (*app, *appCSR, *apiError) {
	a, err := c.findApp()
	if err != nil {
		return nil, nil, err
	}
	for _, r := range a.csrs {
		if r.id == c.p("csrId") {
			return a, r, nil
		}
	}
	return nil, nil, errNotFound(c.p("csrId"), "Csr")
}

// appCSRGet is getCsrForApplication.
func (c *call) appCSRGet() (int, any, *apiError) {
	a, r, err := c.findAppCSR()
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, c.csrView(a, r), nil
}

// appCSRRevoke is revokeCsrFromApplication.
func (c *call) appCSRRevoke() (int, any, *apiError) {
	a, r, err := c.findAppCSR()
	if err != nil {
		return 0, nil, err
	}
	a.csrs = slices.DeleteFunc(a.csrs, func(x *appCSR) bool { return x == r })
	c.o.log(c, "app.app_instance.csr.revoke", "Certificate signing request (CSR) revoked", a.target())
	return http.StatusNoContent, nil, nil
}

// appCSRPublish is publishCsrFromApplication: the body is the signed
// certificate, as DER, PEM or the base64 of DER.
func (c *call) appCSRPublish() (int, any, *apiError) {
	a, r, err := c.findAppCSR()
	if err != nil {
		return 0, nil, err
	}
	der := c.raw
	if block, _ := pem.Decode(c.raw); block != nil {
		der = block.Bytes
	} else if plain, bad := base64.StdEncoding.DecodeString(string(bytes.TrimSpace(c.raw))); bad == nil {
		der = plain
	}
	cert, bad := x509.ParseCertificate(der)
	if bad != nil {
		return 0, nil, errValidation("certificate", "The certificate could not be read.")
	}
	public, ok := cert.PublicKey.(*rsa.PublicKey)
	if !ok || !public.Equal(r.public) {
		return 0, nil, errValidation("certificate", "The certificate does not match the signing request.")
	}
	k := &appKey{kid: randomToken(32), label: a.label, created: c.now(), expires: cert.NotAfter, public: public, der: der}
	a.signing = append(a.signing, k)
	a.csrs = slices.DeleteFunc(a.csrs, func(x *appCSR) bool { return x == r })
	c.o.log(c, "app.app_instance.csr.publish", "Certificate signing request (CSR) published", a.target())
	v, err := k.view()
	return http.StatusCreated, v, err
}
