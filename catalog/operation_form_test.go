package catalog

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// withoutFields are the operations whose body is written as a whole, each with its reason. All others of the
// 585 have a complete form.
var withoutFields = map[string]string{
	"publishCsrFromApplication":          "a certificate",
	"publishCsrForIdentityProvider":      "a certificate",
	"uploadApplicationLogo":              "a file",
	"uploadBrandThemeBackgroundImage":    "a file",
	"uploadBrandThemeFavicon":            "a file",
	"uploadBrandThemeLogo":               "a file",
	"uploadOrgLogo":                      "a file",
	"publishSecurityEventTokens":         "a signed token",
	"updateGroupAssignmentToApplication": "a list of patches (RFC 6902)",
	"createPolicySimulation":             "a list of simulations",
	"sendRiskEvents":                     "a list of events",
	"executeInlineHook":                  "the payload of whichever hook it is",
}

func TestEveryOperationHasAForm(t *testing.T) {
	t.Parallel()
	c := load(t)
	variants, raw := 0, 0
	for _, op := range c.Operations() {
		f := c.Form(op, Choose{})
		for _, place := range strings.Split(op.Path, "{")[1:] {
			name, _, _ := strings.Cut(place, "}")
			if !slices.ContainsFunc(f.Parameters, func(in Input) bool { return in.In == "path" && in.Name == name && in.Required }) {
				t.Errorf("%s: nothing fills {%s}", op.ID, name)
			}
		}
		if reason, listed := withoutFields[op.ID]; listed != (f.Raw != "") {
			t.Errorf("%s: written as a whole is %q, listed as %q", op.ID, f.Raw, reason)
		}
		if f.Raw != "" {
			raw++
			continue
		}
		if op.Body == nil {
			continue
		}
		if len(f.Variants) == 0 {
			checkInputs(t, op, f)
			continue
		}
		variants++
		for _, v := range f.Variants {
			chosen := c.Form(op, Choose{Variant: v.Name})
			if chosen.Variant != v.Name {
				t.Errorf("%s: %s cannot be chosen", op.ID, v.Name)
			}
			if strings.HasSuffix(v.Shape, "Request.push") {
				continue // only its kind is sent
			}
			checkInputs(t, op, chosen)
		}
	}
	if raw != len(withoutFields) || variants != 25 { // 23 told apart by a field, 2 by which fields they have
		t.Errorf("%d written as a whole, %d with variants", raw, variants)
	}
}

func checkInputs(t *testing.T, op Operation, f Form) {
	t.Helper()
	if len(f.Body) == 0 {
		t.Errorf("%s %s: there is nothing to fill in", op.ID, f.Variant)
	}
	keys := map[string]bool{}
	f.All(func(in Input) {
		if keys[in.Key] || in.Key == "" || in.Kind == "" || in.Name == "" {
			t.Errorf("%s: input %q comes twice or says nothing", op.ID, in.Key)
		}
		keys[in.Key] = true
	})
}

func request(t *testing.T, id string, values map[string]string) (Call, map[string]string) {
	t.Helper()
	c := load(t)
	op, ok := c.Operation(id)
	if !ok {
		t.Fatalf("no operation %s", id)
	}
	return c.Form(op, Choose{Variant: values[KeyVariant]}).Request(func(key string) string { return values[key] })
}

func TestBodiesAreExactlyAsFilled(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		id     string
		values map[string]string
		path   string
		query  string
		body   string
	}{
		{"createGroup", map[string]string{"body.profile.name": "Sales <EMEA>"}, "/api/v1/groups", "", `{"profile":{"name":"Sales <EMEA>"}}`},
		{"createGroup", map[string]string{"body.profile.name": "x", BlankKey + "body.profile.description": BlankEmpty}, "/api/v1/groups", "", `{"profile":{"name":"x","description":""}}`},
		{"updateUser", map[string]string{"path.userId": "00u1", "body.profile.email": "a@b.c", BlankKey + "body.profile.city": BlankNull, "body.profile.*": `{"costCenter2": 7}`},
			"/api/v1/users/00u1", "", `{"profile":{"email":"a@b.c","city":null,"costCenter2":7}}`},
		{"updateUser", map[string]string{"path.userId": "a/../b?c#d%2e"}, "/api/v1/users/a%2F..%2Fb%3Fc%23d%252e", "", `{}`},
		{"listUsers", map[string]string{"query.limit": "5", "query.search": `profile.lastName eq "O'Neil"&x=1`}, "/api/v1/users", "limit=5&search=profile.lastName+eq+%22O%27Neil%22%26x%3D1", ""},
		{"createNetworkZone", map[string]string{KeyVariant: "IP", "body.name": "Office"}, "/api/v1/zones", "", `{"type":"IP","name":"Office"}`},
		{"updateUser", map[string]string{"path.userId": "x", KeyMode: ModeRaw, KeyRaw: ` {"profile": null}`}, "/api/v1/users/x", "", ` {"profile": null}`},
		{"createGroupRule", map[string]string{"body.name": "x", "body.conditions.people.users.exclude": "00u1, 00u2\n00u3", "body.actions.assignUserToGroups.groupIds": "00g1"}, "/api/v1/groups/rules", "",
			`{"name":"x","actions":{"assignUserToGroups":{"groupIds":["00g1"]}},"conditions":{"people":{"users":{"exclude":["00u1","00u2","00u3"]}}}}`},
		{"createUser", map[string]string{"body.profile.login": "a", "body.credentials.password.value": "hush", "body.groupIds": "00g1\n00g2\n", "query.activate": "false"},
			"/api/v1/users", "activate=false", `{"profile":{"login":"a"},"credentials":{"password":{"value":"hush"}},"groupIds":["00g1","00g2"]}`},
	} {
		call, problems := request(t, tt.id, tt.values)
		if len(problems) > 0 {
			t.Errorf("%s %v: %v", tt.id, tt.values, problems)
			continue
		}
		if call.Path != tt.path || call.Query.Encode() != tt.query || string(call.Body) != tt.body {
			t.Errorf("%s %v:\n%s ? %s\n%s\nwant\n%s ? %s\n%s", tt.id, tt.values, call.Path, call.Query.Encode(), call.Body, tt.path, tt.query, tt.body)
		}
	}
}

func TestWrongValuesAreRefused(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		id, key string
		values  map[string]string
	}{
		{"getUser", "path.userId", nil},
		{"getUser", "path.userId", map[string]string{"path.userId": ".."}},
		{"getUser", "path.userId", map[string]string{"path.userId": "."}},
		{"getUser", "path.userId", map[string]string{"path.userId": "a\r\nb"}},
		{"listUsers", "query.limit", map[string]string{"query.limit": "ten"}},
		{"listUsers", "query.limit", map[string]string{"query.limit": "0x10"}},
		{"createGroup", "body.profile.*", map[string]string{"body.profile.*": "[1]"}},
		{"createNetworkZone", KeyVariant, nil},
		{"createNetworkZone", "body.name", map[string]string{KeyVariant: "IP"}},
		{"createGroup", KeyRaw, map[string]string{KeyMode: ModeRaw, KeyRaw: "{\n\"a\": }"}},
		{"uploadOrgLogo", KeyRaw, map[string]string{KeyRaw: "%%%"}},
		{"createApplication", "header.OktaAccessGateway-Agent", map[string]string{KeyVariant: "AUTO_LOGIN", "body.label": "x", "header.OktaAccessGateway-Agent": "x\r\nAuthorization: Bearer y"}},
	} {
		if _, problems := request(t, tt.id, tt.values); problems[tt.key] == "" {
			t.Errorf("%s %v: nothing wrong with %s: %v", tt.id, tt.values, tt.key, problems)
		}
	}
}

func TestCurlHidesSecrets(t *testing.T) {
	t.Parallel()
	call, problems := request(t, "createUser", map[string]string{"body.profile.login": "it's", "body.credentials.password.value": "hush"})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	got := call.Curl("https://acme.okta.com")
	for _, want := range []string{"--request POST", "'https://acme.okta.com/api/v1/users'", "$OKTA_TOKEN", `it'\''s`, Hidden} {
		if !strings.Contains(got, want) {
			t.Errorf("%s misses %q", got, want)
		}
	}
	if strings.Contains(got, "hush") || !strings.Contains(string(call.Body), "hush") {
		t.Error("the password shows, or is not sent")
	}
}

func TestFillAndRequestAgree(t *testing.T) {
	t.Parallel()
	c := load(t)
	op, _ := c.Operation("replaceUser")
	f := c.Form(op, Choose{})
	values, err := f.Fill([]byte(`{"id":"00u1","status":"ACTIVE","profile":{"login":"ada","firstName":"Ada","city":null,"title":"","shoe":44,"tags":["a","b"]},"_links":{}}`))
	if err != nil {
		t.Fatal(err)
	}
	values["path.userId"] = "00u1"
	call, problems := f.Request(func(key string) string { return values[key] })
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	var got struct{ Profile map[string]any }
	if err := json.Unmarshal(call.Body, &got); err != nil {
		t.Fatal(err)
	}
	want := []string{"city", "firstName", "login", "shoe", "tags", "title"}
	if keys := slices.Sorted(maps.Keys(got.Profile)); !slices.Equal(keys, want) || got.Profile["city"] != nil || got.Profile["title"] != "" {
		t.Errorf("%s", call.Body)
	}
}

func TestCounterparts(t *testing.T) {
	t.Parallel()
	c := load(t)
	with, without := 0, 0
	for _, op := range c.Operations() {
		if op.Method != "PUT" || op.Body == nil {
			continue
		}
		if _, ok := c.Counterpart(op); ok {
			with++
		} else {
			without++
		}
	}
	if with < 40 {
		t.Errorf("%d PUTs can load what is there, %d cannot", with, without)
	}
}

// FuzzPath proves that no id leaves its segment of the path, and that no header is injected.
func FuzzPath(f *testing.F) {
	for _, seed := range []string{"00u1", "..", "../x", "%2e%2e", "a/b", "a\\b", "a?b#c", "{x}", "\x00", "a\r\nX: y", "é", ";", "...;"} {
		f.Add(seed)
	}
	c := load(f)
	op, _ := c.Operation("unassignUserFromGroup")
	form := c.Form(op, Choose{})
	f.Fuzz(func(t *testing.T, id string) {
		call, problems := form.Request(func(key string) string {
			if key == "path.groupId" {
				return id
			}
			return "00u1"
		})
		if len(problems) > 0 {
			return
		}
		u, err := url.Parse("https://acme.okta.com" + call.Path)
		if err != nil {
			t.Fatalf("%q: %v", id, err)
		}
		segments := strings.Split(u.EscapedPath(), "/")
		if len(segments) != 7 || u.RawQuery != "" || u.Fragment != "" || u.Host != "acme.okta.com" || segments[4] == ".." || segments[4] == "." {
			t.Fatalf("%q leads to %q", id, call.Path)
		}
		if back, err := url.PathUnescape(segments[4]); err != nil || back != strings.TrimSpace(id) {
			t.Fatalf("%q arrives as %q", id, back)
		}
	})
}

// FuzzHeader proves that a header's value holds no line break.
func FuzzHeader(f *testing.F) {
	f.Add("x\r\nAuthorization: y")
	c := load(f)
	op, _ := c.Operation("createApplication")
	form := c.Form(op, Choose{Variant: "AUTO_LOGIN"})
	f.Fuzz(func(t *testing.T, value string) {
		call, problems := form.Request(func(key string) string {
			return map[string]string{"header.OktaAccessGateway-Agent": value, "body.label": "x"}[key]
		})
		if len(problems) == 0 && strings.ContainsAny(call.Header.Get("OktaAccessGateway-Agent"), "\r\n\x00") {
			t.Fatalf("%q is sent as it is", value)
		}
	})
}

func BenchmarkLargestForm(b *testing.B) {
	c := load(b)
	op, _ := c.Operation("createApplication")
	for b.Loop() {
		c.Form(op, Choose{Variant: "OPENID_CONNECT"})
	}
}
