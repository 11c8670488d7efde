package oktasim

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"net/http"
	"slices"
	"time"
)

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
