package oktasim_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"math/big"
	"mime/multipart"
	"strings"
	"testing"
	"time"
)

func TestProvisioning(t *testing.T) {
	w := newWorld(t)
	plain := "/api/v1/apps/" + w.make("/api/v1/apps", `{"name":"bookmark","label":"B","settings":{"app":{"url":"https://example.com"}}}`)
	for _, rest := range []string{"/features", "/connections/default"} {
		if a := w.api(root, "GET", plain+rest, ""); a.status != 400 || !strings.Contains(a.body, "Provisioning is not supported") {
			t.Errorf("%s of a bookmark: %d %s", rest, a.status, a.body)
		}
	}
	app := "/api/v1/apps/" + w.make("/api/v1/apps", `{"name":"slack","label":"Slack","signOnMode":"SAML_2_0"}`)
	if a := w.api(root, "GET", app+"/features", ""); a.status != 400 {
		t.Errorf("features before the connection: %d", a.status)
	}
	for body, want := range map[string]int{`{"profile":{"authScheme":"TOKEN"}}`: 400, `{"profile":{"authScheme":"MAGIC","token":"x"}}`: 400, `{"profile":{"authScheme":"TOKEN","token":"hush-hush"}}`: 201} {
		if a := w.api(root, "POST", app+"/connections/default", body); a.status != want || strings.Contains(a.body, "hush-hush") {
			t.Errorf("%s: %d %s, want %d", body, a.status, a.body, want)
		}
	}
	w.must("POST", app+"/connections/default/lifecycle/activate", "")
	if n := len(w.api(root, "GET", app+"/features", "").list(t)); n != 2 {
		t.Errorf("%d features", n)
	}
	got := w.api(root, "PUT", app+"/features/USER_PROVISIONING", `{"create":{"lifecycleCreate":{"status":"ENABLED"}}}`).json(t)
	if at(got, "capabilities.create.lifecycleCreate.status") != "ENABLED" || at(got, "capabilities.update.profile.status") != "DISABLED" {
		t.Errorf("the feature is %v", got)
	}
	if a := w.api(root, "GET", app+"/features/MIND_READING", ""); a.status != 404 {
		t.Errorf("a feature that nobody has: %d", a.status)
	}
}

func TestLogo(t *testing.T) {
	w := newWorld(t)
	app := "/api/v1/apps/" + w.make("/api/v1/apps", `{"name":"bookmark","label":"B","settings":{"app":{"url":"https://example.com"}}}`)
	upload := func(data []byte) answer {
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		part, err := form.CreateFormFile("file", "logo.png")
		if err == nil {
			_, err = part.Write(data)
		}
		if err == nil {
			err = form.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
		req := w.request("POST", app+"/logo", body.String())
		req.Header.Set("Content-Type", form.FormDataContentType())
		req.Header.Set("Authorization", root)
		return w.send(req)
	}
	for name, tt := range map[string]struct {
		data []byte
		want int
	}{
		"a PNG": {[]byte("\x89PNG\r\n\x1a\n rest"), 201}, "an SVG": {[]byte("<svg xmlns='http://www.w3.org/2000/svg'/>"), 201},
		"a text": {[]byte("hello"), 400}, "a large PNG": {append([]byte("\x89PNG\r\n\x1a\n"), make([]byte, 1<<20)...), 400},
	} {
		if a := upload(tt.data); a.status != tt.want {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	if a := w.api(root, "POST", app+"/logo", "{}"); a.status != 400 {
		t.Errorf("JSON as a logo: %d", a.status)
	}
}

func TestAppPolicyAndClaims(t *testing.T) {
	w := newWorld(t)
	app := "/api/v1/apps/" + w.make("/api/v1/apps", samlApp("S", ""))
	policy := w.make("/api/v1/policies", `{"name":"Strict","type":"ACCESS_POLICY"}`)
	w.must("PUT", app+"/policies/"+policy, "")
	if got := w.api(root, "GET", app, "").json(t); !strings.HasSuffix(at(got, "_links.accessPolicy.href").(string), policy) {
		t.Errorf("the policy is %v", at(got, "_links.accessPolicy.href"))
	}
	password := w.api(root, "GET", "/api/v1/policies?type=PASSWORD", "").list(t)[0]["id"].(string)
	for id, want := range map[string]int{password: 400, "rstNoSuchPolicy00000": 404} {
		if a := w.api(root, "PUT", app+"/policies/"+id, ""); a.status != want {
			t.Errorf("policy %s: %d, want %d", id, a.status, want)
		}
	}
	claim := app + "/federated-claims/" + w.make(app+"/federated-claims", `{"name":"dept","expression":"user.department"}`)
	if a := w.api(root, "POST", app+"/federated-claims", `{"name":"dept","expression":"user.title"}`); a.status != 400 {
		t.Errorf("one claim twice: %d", a.status)
	}
	w.must("DELETE", claim, "")
	if a := w.api(root, "GET", claim, ""); a.status != 404 {
		t.Errorf("a deleted claim: %d", a.status)
	}
}

func TestSigningRequest(t *testing.T) {
	w := newWorld(t)
	app := "/api/v1/apps/" + w.make("/api/v1/apps", samlApp("S", ""))
	made := w.api(root, "POST", app+"/credentials/csrs", `{"subject":{"commonName":"sp.example.com","countryName":"US"},"subjectAltNames":{"dnsNames":["sp.example.com"]}}`)
	if made.status != 201 {
		t.Fatalf("generate: %d %s", made.status, made.body)
	}
	der, err := base64.StdEncoding.DecodeString(made.json(t)["csr"].(string))
	if err != nil {
		t.Fatal(err)
	}
	request, err := x509.ParseCertificateRequest(der)
	if err != nil || request.CheckSignature() != nil || request.Subject.CommonName != "sp.example.com" {
		t.Fatalf("the request is %+v, %v", request, err)
	}
	authority, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	sign := func(public any) string {
		template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: request.Subject, NotBefore: w.clock.now(), NotAfter: w.clock.now().Add(time.Hour)}
		cert, err := x509.CreateCertificate(rand.Reader, template, template, public, authority)
		if err != nil {
			t.Fatal(err)
		}
		return base64.StdEncoding.EncodeToString(cert)
	}
	publish := app + "/credentials/csrs/" + made.json(t)["id"].(string) + "/lifecycle/publish"
	for name, body := range map[string]string{"rubbish": "rubbish", "another key": sign(&authority.PublicKey)} {
		if a := w.api(root, "POST", publish, body); a.status != 400 {
			t.Errorf("publish %s: %d %s", name, a.status, a.body)
		}
	}
	if a := w.api(root, "POST", publish, sign(request.PublicKey)); a.status != 201 {
		t.Fatalf("publish: %d %s", a.status, a.body)
	}
	if n := len(w.api(root, "GET", app+"/credentials/keys", "").list(t)); n != 2 {
		t.Errorf("%d keys after the certificate was published", n)
	}
	if n := len(w.api(root, "GET", app+"/credentials/csrs", "").list(t)); n != 0 {
		t.Errorf("%d requests are still open", n)
	}
}

func TestInterclientTrust(t *testing.T) {
	w := newWorld(t)
	one := w.make("/api/v1/apps", `{"name":"bookmark","label":"A","settings":{"app":{"url":"https://example.com"}}}`)
	two := w.make("/api/v1/apps", `{"name":"bookmark","label":"B","settings":{"app":{"url":"https://example.com"}}}`)
	allowed := "/api/v1/apps/" + one + "/interclient-allowed-apps"
	w.must("POST", allowed, `{"id":"`+two+`"}`)
	if a := w.api(root, "GET", "/api/v1/apps/"+two+"/interclient-target-apps", ""); !strings.Contains(a.body, one) {
		t.Errorf("the targets are %s", a.body)
	}
	w.must("DELETE", allowed+"/"+two, "")
	if a := w.api(root, "DELETE", allowed+"/"+two, ""); a.status != 404 {
		t.Errorf("a second delete: %d", a.status)
	}
}
