package oktasim_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"caracal/oktasim"
)

// FuzzTokenRequest sends whatever comes as a form, a proof and an
// Authorization header: nothing of it gets a token, and nothing breaks the org.
func FuzzTokenRequest(f *testing.F) {
	org := oktasim.New(oktasim.Config{Settings: oktasim.Settings{NoRateLimit: true}})
	id, secret, err := org.AddIntegration(oktasim.Integration{Name: "L", DPoP: true, Scopes: []string{"okta.users.read"}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add("grant_type=client_credentials&scope=okta.users.read&client_id="+id+"&client_secret="+secret, "e30.e30.e30", "")
	f.Add("grant_type=client_credentials&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion=e30.e30.e30", "", "")
	f.Add("grant_type=authorization_code&code=x", "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2In0.e30.AA", "Basic eDp5")
	f.Add("%zz", "\x00", "Basic %")
	f.Fuzz(func(t *testing.T, form, proof, auth string) {
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/oauth2/v1/token", strings.NewReader(form))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header["Dpop"] = []string{proof}
		if auth != "" {
			r.Header["Authorization"] = []string{auth}
		}
		w := httptest.NewRecorder()
		org.ServeHTTP(w, r)
		if w.Code != 400 && w.Code != 401 {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	})
}
