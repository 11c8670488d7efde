package oktasim

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"text/template"
	"time"
)

// logoLimit is the largest logo that Okta takes.
const logoLimit = 1 << 20

// appLogo is uploadApplicationLogo: a PNG, JPG, GIF or SVG of at most 1 MB as the part "file".
func (c *call) appLogo() (int, any, *apiError) {
	a, err := c.findApp()
	if err != nil {
		return 0, nil, err
	}
	if err := c.readPicture(logoLimit); err != nil {
		return 0, nil, err
	}
	a.logo = c.url("/fs/bco/4/%s", c.o.newID("fs0"))
	a.touched(c)
	c.o.log(c, "application.configuration.update_logo", "Change app logo", a.target())
	c.w.Header().Set("Location", a.logo)
	return http.StatusCreated, nil, nil
}

// readPicture checks the picture of a multipart upload.
func (c *call) readPicture(limit int64) *apiError {
	kind, params, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" || params["boundary"] == "" {
		return errMalformed()
	}
	reader := multipart.NewReader(bytes.NewReader(c.raw), params["boundary"])
	for {
		part, err := reader.NextPart()
		if err == io.EOF {
			return errValidation("file", blank("file"))
		}
		if err != nil {
			return errMalformed()
		}
		if part.FormName() != "file" {
			continue
		}
		data, err := io.ReadAll(io.LimitReader(part, limit+1))
		switch {
		case err != nil:
			return errMalformed()
		case int64(len(data)) > limit:
			return errValidation("file", "file: The file is too large.")
		case !isPicture(data):
			return errValidation("file", "file: The file must be a PNG, JPG, GIF or SVG picture.")
		}
		return nil
	}
}

func isPicture(data []byte) bool {
	if slices.Contains([]string{"image/png", "image/jpeg", "image/gif"}, http.DetectContentType(data)) {
		return true
	}
	return bytes.Contains(data[:min(len(data), 1024)], []byte("<svg"))
}

var samlMetadata = template.Must(template.New("metadata").Parse(`<?xml version="1.0" encoding="UTF-8"?>` +
	`<md:EntityDescriptor entityID="{{.Entity}}" xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata">` +
	`<md:IDPSSODescriptor WantAuthnRequestsSigned="false" protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">` +
	`<md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data>` +
	`<ds:X509Certificate>{{.Certificate}}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>` +
	`<md:NameIDFormat>urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress</md:NameIDFormat>` +
	`<md:NameIDFormat>urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified</md:NameIDFormat>` +
	`<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="{{.Location}}"/>` +
	`<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="{{.Location}}"/>` +
	`</md:IDPSSODescriptor></md:EntityDescriptor>`))

// appMetadata is previewSAMLmetadataForApplication (SAML V2.0 Metadata, section 2.4.3).
func (c *call) appMetadata() (int, any, *apiError) {
	a, err := c.findApp()
	if err != nil {
		return 0, nil, err
	}
	if !signs(a.signOnMode) || len(a.signing) == 0 {
		return 0, nil, errNotFound(a.id, "SamlMetadata")
	}
	want := a.signingKid
	if kid := c.q("kid"); kid != "" {
		want = kid
	}
	i := slices.IndexFunc(a.signing, func(k *appKey) bool { return k.kid == want })
	if i < 0 {
		return 0, nil, errNotFound(want, "JsonWebKey")
	}
	if err := a.signing[i].make(); err != nil {
		return 0, nil, errInternal(err)
	}
	external := strings.Replace(a.id, "0oa", "exk", 1)
	var out bytes.Buffer
	bad := samlMetadata.Execute(&out, map[string]string{
		"Entity":      "http://www.okta.com/" + external,
		"Certificate": base64.StdEncoding.EncodeToString(a.signing[i].der),
		"Location":    c.url("/app/%s/%s/sso/saml", a.name, external),
	})
	if bad != nil {
		return 0, nil, errInternal(bad)
	}
	return http.StatusOK, rawBody{contentType: "application/xml;charset=utf-8", data: out.Bytes()}, nil
}

// appPolicy is assignApplicationPolicy: an app has one policy of each of two types.
func (c *call) appPolicy() (int, any, *apiError) {
	a, err := c.findApp()
	if err != nil {
		return 0, nil, err
	}
	id := c.p("policyId")
	switch kind := c.o.policyType(id); kind {
	case "ACCESS_POLICY":
		a.accessPolicy = id
	case "PROFILE_ENROLLMENT":
		a.enrollPolicy = id
	case "":
		return 0, nil, errNotFound(id, "Policy")
	default:
		return 0, nil, errValidation("policyId", fmt.Sprintf("policyId: A policy of the type %s cannot be assigned to an app.", kind))
	}
	c.o.log(c, "application.policy.sign_on.update", "Update app sign on policy", a.target())
	return http.StatusNoContent, nil, nil
}

// appClaim is a federated claim ("FederatedClaim").
type appClaim struct {
	id, name, expression string
	created, updated     time.Time
}

func (k *appClaim) view() map[string]any {
	return map[string]any{"id": k.id, "name": k.name, "expression": k.expression,
		"created": stamp(k.created), "lastUpdated": stamp(k.updated)}
}

func (c *call) findClaim() (*app, *appClaim, *apiError) {
	a, err := c.findApp()
	if err != nil {
		return nil, nil, err
	}
	for _, k := range a.claims {
		if k.id == c.p("claimId") {
			return a, k, nil
		}
	}
	return nil, nil, errNotFound(c.p("claimId"), "FederatedClaim")
}

// appClaimList is listFederatedClaims.
func (c *call) appClaimList() (int, any, *apiError) {
	a, err := c.findApp()
	if err != nil {
		return 0, nil, err
	}
	out := []map[string]any{}
	for _, k := range a.claims {
		out = append(out, k.view())
	}
	return http.StatusOK, out, nil
}

// appClaimGet is getFederatedClaim.
func (c *call) appClaimGet() (int, any, *apiError) {
	_, k, err := c.findClaim()
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, k.view(), nil
}

// appClaimCreate is createFederatedClaim.
func (c *call) appClaimCreate() (int, any, *apiError) {
	a, err := c.findApp()
	if err != nil {
		return 0, nil, err
	}
	k := &appClaim{id: c.o.newID("ofc"), created: c.now()}
	if err := c.readClaim(a, k); err != nil {
		return 0, nil, err
	}
	a.claims = append(a.claims, k)
	return http.StatusCreated, k.view(), nil
}

// appClaimReplace is replaceFederatedClaim.
func (c *call) appClaimReplace() (int, any, *apiError) {
	a, k, err := c.findClaim()
	if err != nil {
		return 0, nil, err
	}
	if err := c.readClaim(a, k); err != nil {
		return 0, nil, err
	}
	return http.StatusOK, k.view(), nil
}

func (c *call) readClaim(a *app, k *appClaim) *apiError {
	var in struct{ Name, Expression string }
	if err := c.decode(&in); err != nil {
		return err
	}
	if in.Name == "" {
		return errValidation("name", blank("name"))
	}
	if in.Expression == "" {
		return errValidation("expression", blank("expression"))
	}
	if slices.ContainsFunc(a.claims, func(x *appClaim) bool { return x != k && x.name == in.Name }) {
		return errValidation("name", "name: A claim with this name already exists.")
	}
	k.name, k.expression, k.updated = in.Name, in.Expression, c.now()
	return nil
}

// appClaimDelete is deleteFederatedClaim.
func (c *call) appClaimDelete() (int, any, *apiError) {
	a, k, err := c.findClaim()
	if err != nil {
		return 0, nil, err
	}
	a.claims = slices.DeleteFunc(a.claims, func(x *appClaim) bool { return x == k })
	return http.StatusNoContent, nil, nil
}
