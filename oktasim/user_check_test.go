package oktasim

import (
	"net/http"
	"strings"
	"testing"
)

// with is person("Ada") with one property changed; nil removes it.
func with(name string, value any) map[string]any {
	profile := person("Ada")
	if value == nil {
		delete(profile, name)
		return profile
	}
	profile[name] = value
	return profile
}

func TestCreateUserRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, path string
		body       any
		status     int
		code       string
		cause      string // the beginning of the first cause
	}{
		{"no JSON", "/api/v1/users", "{", 400, "E0000003", ""},
		{"no body", "/api/v1/users", nil, 400, "E0000003", ""},
		{"nothing", "/api/v1/users", "{}", 400, "E0000001", "login: The field cannot be left blank"},
		{"no first name", "/api/v1/users", map[string]any{"profile": with("firstName", nil)}, 400, "E0000001", "firstName: "},
		{"blank last name", "/api/v1/users", map[string]any{"profile": with("lastName", "")}, 400, "E0000001", "lastName: "},
		{"no e-mail address", "/api/v1/users", map[string]any{"profile": with("email", nil)}, 400, "E0000001", "email: "},
		{"bad e-mail address", "/api/v1/users", map[string]any{"profile": with("email", "ada@")}, 400, "E0000001", "email: "},
		{"login is no address", "/api/v1/users", map[string]any{"profile": with("login", "adaada")}, 400, "E0000001", "login: Username must be"},
		{"login too long", "/api/v1/users", map[string]any{"profile": with("login", strings.Repeat("a", 100)+"@example.com")}, 400, "E0000001", "login: "},
		{"long name", "/api/v1/users", map[string]any{"profile": with("firstName", strings.Repeat("a", 51))}, 400, "E0000001", "firstName: "},
		{"emoji", "/api/v1/users", map[string]any{"profile": with("firstName", "Ada😀")}, 400, "E0000001", "firstName: "},
		{"number for text", "/api/v1/users", map[string]any{"profile": with("title", 7)}, 400, "E0000001", "title: "},
		{"unknown property", "/api/v1/users", map[string]any{"profile": with("shoeSize", "43")}, 400, "E0000001", "Property name 'shoeSize'"},
		{"country", "/api/v1/users", map[string]any{"profile": with("countryCode", "Germany")}, 400, "E0000001", "countryCode: "},
		{"login taken", "/api/v1/users", map[string]any{"profile": with("login", "TAKEN@example.com")}, 400, "E0000001",
			"login: An object with this field already exists in the current organization"},
		{"weak password", "/api/v1/users", map[string]any{"profile": person("Ada"), "credentials": map[string]any{"password": map[string]any{"value": "password"}}},
			400, "E0000001", "password: Password requirements were not met."},
		{"password with login", "/api/v1/users", map[string]any{"profile": with("login", "lovelace@example.com"),
			"credentials": map[string]any{"password": map[string]any{"value": "Lovelace99"}}}, 400, "E0000001", "password: "},
		{"unknown group", "/api/v1/users", map[string]any{"profile": person("Ada"), "groupIds": []string{"00gnone"}}, 404, "E0000007", ""},
		{"unknown type", "/api/v1/users", map[string]any{"profile": person("Ada"), "type": map[string]any{"id": "otynone"}}, 400, "E0000001", ""},
		{"expired without password", "/api/v1/users?nextLogin=changePassword", map[string]any{"profile": person("Ada")}, 400, "E0000124", ""},
		{"expired but staged", "/api/v1/users?activate=false&nextLogin=changePassword", map[string]any{"profile": person("Ada"),
			"credentials": map[string]any{"password": map[string]any{"value": "Quiet7river"}}}, 400, "E0000125", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newPeopleOrg(t)
			p.user(person("Taken"))
			before := len(p.org.Users())
			out := p.refused(http.MethodPost, tt.path, tt.body, tt.status, tt.code)
			if got := cause(out); !strings.HasPrefix(got, tt.cause) {
				t.Errorf("the cause is %q, want %q", got, tt.cause)
			}
			if len(p.org.Users()) != before {
				t.Error("the refused user exists")
			}
		})
	}
}

func TestPutAndPostUser(t *testing.T) {
	t.Parallel()
	p := newPeopleOrg(t)
	id := p.user(person("Ada", "department", "Maths", "title", "Countess"))
	path := "/api/v1/users/" + id
	profile := func(out map[string]any) map[string]any { return out["profile"].(map[string]any) }

	got := profile(p.must(http.MethodPost, path, map[string]any{"profile": map[string]any{"title": "Programmer"}}))
	if got["title"] != "Programmer" || got["department"] != "Maths" {
		t.Errorf("POST left %v", got)
	}
	if got = profile(p.must(http.MethodPost, path, map[string]any{"profile": map[string]any{"title": nil}})); got["title"] != nil {
		t.Errorf("POST with null left %v", got)
	}
	if got = profile(p.must(http.MethodPut, path, map[string]any{"profile": person("Ada")})); got["department"] != nil {
		t.Errorf("PUT left %v", got)
	}
	p.refused(http.MethodPut, path, map[string]any{"profile": map[string]any{"firstName": "Ada"}}, http.StatusBadRequest, "E0000001")
	p.refused(http.MethodPost, path, map[string]any{"profile": map[string]any{"firstName": ""}}, http.StatusBadRequest, "E0000001")

	// The login changes, and the old one is free.
	p.must(http.MethodPost, path, map[string]any{"profile": map[string]any{"login": "countess@example.com"}})
	p.refused(http.MethodGet, "/api/v1/users/ada@example.com", nil, http.StatusNotFound, "E0000007")
	if got := p.must(http.MethodGet, "/api/v1/users/countess", nil)["id"]; got != id {
		t.Errorf("the short name finds %v", got)
	}
	// A refused password leaves the profile as it was.
	p.refused(http.MethodPost, path, map[string]any{"profile": map[string]any{"title": "Queen"},
		"credentials": map[string]any{"password": map[string]any{"value": "weak"}}}, http.StatusBadRequest, "E0000001")
	if u, _ := p.org.FindUser(id); u.Profile["title"] != nil {
		t.Errorf("half an update was stored: %v", u.Profile)
	}
}

func TestShortNameMustBeUnambiguous(t *testing.T) {
	t.Parallel()
	p := newPeopleOrg(t)
	p.user(with("login", "ada@one.example.com"))
	p.user(with("login", "ada@two.example.com"))
	p.refused(http.MethodGet, "/api/v1/users/ada", nil, http.StatusNotFound, "E0000007")
}

func TestCustomProperties(t *testing.T) {
	t.Parallel()
	p := newPeopleOrg(t)
	const path = "/api/v1/meta/schemas/user/default"
	set := func(name string, def any) map[string]any {
		return map[string]any{"definitions": map[string]any{"custom": map[string]any{"id": "#custom", "type": "object", "properties": map[string]any{name: def}}}}
	}
	p.refused(http.MethodPost, path, set("shoe size", map[string]any{"title": "Shoe size", "type": "string"}), http.StatusBadRequest, "E0000001")
	p.refused(http.MethodPost, path, set("shoeSize", map[string]any{"type": "string"}), http.StatusBadRequest, "E0000001")
	p.refused(http.MethodPost, path, set("shoeSize", map[string]any{"title": "Shoe size", "type": "date"}), http.StatusBadRequest, "E0000001")
	p.refused(http.MethodPost, path, set("login", map[string]any{"title": "Login", "type": "string"}), http.StatusBadRequest, "E0000001")
	p.must(http.MethodPost, path, set("shoeSize", map[string]any{"title": "Shoe size", "type": "integer"}))
	p.must(http.MethodPost, path, set("badge", map[string]any{"title": "Badge", "type": "string", "unique": "UNIQUE_VALIDATED"}))

	p.refused(http.MethodPost, "/api/v1/users", map[string]any{"profile": with("shoeSize", "large")}, http.StatusBadRequest, "E0000001")
	ada := with("shoeSize", 37)
	ada["badge"] = "A1"
	id := p.user(ada)
	bob := person("Bob")
	bob["badge"] = "A1"
	p.refused(http.MethodPost, "/api/v1/users", map[string]any{"profile": bob}, http.StatusBadRequest, "E0000001")
	if n := len(p.list("/api/v1/users?search=profile.shoeSize+gt+30")); n != 1 {
		t.Errorf("the search by a number finds %d", n)
	}
	p.must(http.MethodPost, path, set("shoeSize", nil))
	if u, _ := p.org.FindUser(id); u.Profile["shoeSize"] != nil {
		t.Error("a removed property keeps its values")
	}
	p.refused(http.MethodGet, "/api/v1/users?search=profile.shoeSize+gt+30", nil, http.StatusBadRequest, "E0000031")
}

// TestLoginPattern: an org may let people have logins that are no e-mail address.
func TestLoginPattern(t *testing.T) {
	t.Parallel()
	p := newPeopleOrg(t)
	pattern := func(value any) map[string]any {
		return map[string]any{"definitions": map[string]any{"base": map[string]any{"id": "#base", "type": "object",
			"properties": map[string]any{"login": map[string]any{"title": "Username", "type": "string", "pattern": value}}}}}
	}
	const path = "/api/v1/meta/schemas/user/default"
	p.refused(http.MethodPost, path, pattern("[a-"), http.StatusBadRequest, "E0000001")
	p.must(http.MethodPost, path, pattern("[a-z0-9]+"))
	p.user(with("login", "ada1815"))
	p.refused(http.MethodPost, "/api/v1/users", map[string]any{"profile": with("login", "Ada@example.com")}, http.StatusBadRequest, "E0000001")
	p.must(http.MethodPost, path, pattern(nil))
	p.refused(http.MethodPost, "/api/v1/users", map[string]any{"profile": with("login", "ada1816")}, http.StatusBadRequest, "E0000001")
}

func TestEnumeration(t *testing.T) {
	t.Parallel()
	p := newPeopleOrg(t)
	const path = "/api/v1/meta/schemas/user/default"
	size := func(enum []any, consts ...any) map[string]any {
		var oneOf []any
		for _, c := range consts {
			oneOf = append(oneOf, map[string]any{"const": c, "title": "A size"})
		}
		return map[string]any{"definitions": map[string]any{"custom": map[string]any{"properties": map[string]any{
			"size": map[string]any{"title": "Size", "type": "string", "enum": enum, "oneOf": oneOf}}}}}
	}
	p.refused(http.MethodPost, path, size([]any{"S", "M"}, "S"), http.StatusBadRequest, "E0000123")
	p.refused(http.MethodPost, path, size([]any{"S", "M"}, "S", "L"), http.StatusBadRequest, "E0000123")
	p.refused(http.MethodPost, path, size([]any{1}, 1), http.StatusBadRequest, "E0000001")
	p.must(http.MethodPost, path, size([]any{"S", "M"}, "S", "M"))
	p.refused(http.MethodPost, "/api/v1/users", map[string]any{"profile": with("size", "XXL")}, http.StatusBadRequest, "E0000001")
	p.user(with("size", "M"))
}
