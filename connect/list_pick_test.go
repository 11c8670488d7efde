package connect

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"

	"caracal/catalog"
	"caracal/fault"
	"caracal/oktasim"
	"caracal/org"
)

// everything connects an app that may read all that lists read.
func everything(t *testing.T) (*world, string) {
	t.Helper()
	w := newWorld(t)
	var scopes []string
	for _, s := range w.Catalog.Now().Scopes() {
		if strings.HasSuffix(s.Name, ".read") && slices.ContainsFunc(s.Operations, catalog.Operation.Reads) {
			scopes = append(scopes, s.Name)
		}
	}
	_, values := w.customApp(t, oktasim.ServiceApp{Scopes: scopes, Roles: []oktasim.Role{{Type: "SUPER_ADMIN"}}})
	values[FieldScopes] = strings.Join(scopes, ",")
	done, f := w.connect(t, org.CustomApp, values)
	if !f.OK() {
		t.Fatal(f.Errors, f.Error)
	}
	return w, done.Application.ID
}

// TestPickFromEveryList: each list of the org as it is on its first day can be asked for and read.
func TestPickFromEveryList(t *testing.T) {
	t.Parallel()
	w, id := everything(t)
	pick := func(list string, places map[string]string, typed string) []Choice {
		t.Helper()
		p, err := w.PickFrom(t.Context(), id, list, places, typed)
		if err != nil {
			t.Errorf("%s: %v", list, err)
		}
		for _, c := range p.Choices {
			if c.ID == "" || c.Label == "" {
				t.Errorf("%s: a choice without id or label: %+v", list, c)
			}
		}
		return p.Choices
	}
	seen := map[string]bool{}
	for _, op := range w.Catalog.Now().Operations() {
		for _, in := range w.Catalog.Now().Form(op, catalog.Choose{}).Parameters {
			if in.List == nil || seen[in.List.ID] || len(in.List.Places) > 0 || !in.List.Kind().Picker() {
				continue
			}
			seen[in.List.ID] = true
			if _, isList := in.List.Kind().List(); isList {
				pick(in.List.ID, nil, "")
			}
		}
	}
	if len(seen) < 40 {
		t.Errorf("only %d lists were asked for", len(seen))
	}
	one := func(list string, places map[string]string, typed, label string) Choice {
		t.Helper()
		got := pick(list, places, typed)
		if len(got) != 1 || got[0].Label != label {
			t.Fatalf("%s %q gives %+v", list, typed, got)
		}
		return got[0]
	}
	one("listNetworkZones", nil, "legacy", "LegacyIpZone")
	if domains := pick("listCustomDomains", nil, ""); len(domains) != 1 {
		t.Errorf("the domains are %v", domains)
	}
	server := one("listAuthorizationServers", nil, "def", "default")
	in := map[string]string{"authServerId": server.ID}
	one("listOAuth2Scopes", in, "offline", "offline_access")
	one("listOAuth2Claims", in, "s", "sub")
	policy := one("listPolicies", nil, "any two", "Any two factors")
	one("listPolicyRules", map[string]string{"policyId": policy.ID}, "", "Catch-all Rule")
	brand := one("listBrands", nil, "", "Acme")
	pick("listBrandThemes", map[string]string{"brandId": brand.ID}, "")
	one("listEmailTemplates", map[string]string{"brandId": brand.ID}, "forgot", "ForgotPassword")
	if schema := one("userSchemas", nil, "", "User"); strings.Contains(schema.ID, "/") || schema.ID == "" {
		t.Errorf("the schema of a user type is %q", schema.ID)
	}
	if all := pick("listPolicies", nil, ""); len(all) < 6 {
		t.Errorf("the policies of all types are %d", len(all))
	}
	if c, ok := w.Known(id, catalog.List{ID: "listPolicies"}.Kind(), policy.ID); !ok || c.Label != policy.Label {
		t.Errorf("the name of the policy is not known: %+v", c)
	}
}

func TestPickFromSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, values := w.customApp(t, oktasim.ServiceApp{Scopes: names(org.DefaultScopes), Roles: []oktasim.Role{{Type: "SUPER_ADMIN"}}})
	done, _ := w.connect(t, org.CustomApp, values)
	for _, tt := range []struct {
		name, list string
		places     map[string]string
		want       string
	}{
		{"scope", "listNetworkZones", nil, "cannot be listed, so type the id: The scope okta.networkZones.read is not granted"},
		{"each of several", "listPolicies", nil, "cannot be listed, so type the id: The scope okta.policies.read is not granted"},
		{"parent", "listPolicyRules", nil, "Fill in policyId first"},
		{"value", "listPolicyRules", map[string]string{"policyId": "{{ steps.a.output.id }}"}, "known only when it runs"},
		{"dots", "listPolicyRules", map[string]string{"policyId": ".."}, "does not read as an id"},
		{"gone", "listGroupUsers", map[string]string{"groupId": "00gnothing0000000000"}, "cannot be listed, so type the id: Okta found nothing there"},
		{"no list", "createUser", nil, "There is no list"},
	} {
		_, err := w.PickFrom(t.Context(), done.Application.ID, tt.list, tt.places, "")
		if err == nil || !strings.Contains(fault.Message(err), tt.want) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestChoiceFrom(t *testing.T) {
	t.Parallel()
	c, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ list, entry, want string }{
		{"listNetworkZones", `{"id":"nzo1","name":"Office","type":"IP","status":"ACTIVE"}`, "nzo1|Office|IP · active"},
		{"listGroupUsers", `{"id":"00u1","status":"STAGED","profile":{"firstName":"Ada","lastName":"L","login":"a@x"}}`, "00u1|Ada L|a@x · staged"},
		{"listFactors", `{"id":"f1","factorType":"sms","provider":"OKTA","status":"ACTIVE","profile":{"phoneNumber":"+1 555"}}`, "f1|sms|okta · active · +1 555"},
		{"primaryRelationships", `{"primary":{"name":"manager","title":"Manager"},"associated":{"name":"report"}}`, "manager|Manager|manager"},
		{"userSchemas", `{"id":"oty1","name":"user","displayName":"User","_links":{"schema":{"href":"https://x/api/v1/meta/schemas/user/osc1"}}}`, "osc1|User|user"},
		{"oauthClients", `{"id":"0oa1","label":"Wiki","name":"oidc_client","status":"ACTIVE","credentials":{"oauthClient":{"client_id":"c1"}}}`, "c1|Wiki|oidc_client · active"},
		{"oauthClients", `{"id":"0oa2","label":"SAML"}`, "||"},
		{"listApiServiceIntegrationInstanceSecrets", `{"id":"ocs1","client_secret":"hush","status":"ACTIVE"}`, "ocs1|ocs1|active"},
		{"listNetworkZones", `"text"`, "||"},
		{"listNetworkZones", `{"id":7,"name":["x"]}`, "7|7|"},
	} {
		l, _ := c.List(tt.list)
		got := choiceFrom(l, json.RawMessage(tt.entry))
		if have := got.ID + "|" + got.Label + "|" + got.Detail; got.ID != "" && have != tt.want || got.ID == "" && tt.want != "||" {
			t.Errorf("%s of %s is %s, want %s", tt.list, tt.entry, have, tt.want)
		}
	}
}

func TestMatching(t *testing.T) {
	t.Parallel()
	all := []Choice{{"1", "Legacy Zone", "ip"}, {"2", "Office Legacy", "dynamic"}, {"3", "Home", "legacy"}, {"4", "Illegacy", ""}}
	var ids []string
	for _, c := range matching(all, "leg") {
		ids = append(ids, c.ID)
	}
	if got := strings.Join(ids, ""); got != "123" {
		t.Errorf("matches %s, want names that begin so first, then words that do", got)
	}
	if got := matching(all, "4"); len(got) != 1 || got[0].ID != "4" {
		t.Errorf("an id finds %v", got)
	}
	for i := range 30 {
		all = append(all, Choice{strconv.Itoa(100 + i), "Zone", ""})
	}
	if got := len(matching(all, "")); got != pickLimit {
		t.Errorf("%d are offered", got)
	}
}
