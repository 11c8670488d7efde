package connect

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"caracal/catalog"
	"caracal/fault"
	"caracal/oktasim"
	"caracal/org"
)

// TestProfileOfAUserType: users of another type have attributes of their own, and the form has those of the type that is
// chosen, or of the person who is.
func TestProfileOfAUserType(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	scopes := append(slices.Clone(org.DefaultScopes), schemaScope, "okta.schemas.manage", "okta.userTypes.manage", "okta.users.manage")
	_, values := w.customApp(t, oktasim.ServiceApp{Name: "Caracal", Scopes: names(scopes), Roles: []oktasim.Role{{Type: "SUPER_ADMIN"}}})
	values[FieldScopes] = org.JoinScopes(scopes)
	done, f := w.connect(t, org.CustomApp, values)
	if !f.OK() {
		t.Fatal(f.Errors, f.Error)
	}
	app := done.Application
	try := func(id, raw string, places map[string]string) map[string]any {
		t.Helper()
		values := map[string]string{catalog.KeyMode: catalog.ModeRaw, catalog.KeyRaw: raw}
		for name, value := range places {
			values["path."+name] = value
		}
		op, call := w.operation(t, id, values)
		a, err := w.Try(t.Context(), app.ID, op, call, 1, ada)
		if err != nil {
			t.Fatalf("%s: %v", id, err)
		}
		var object map[string]any
		if err := json.Unmarshal(a.Body, &object); err != nil {
			t.Fatal(err)
		}
		return object
	}
	made := try("createUserType", `{"name":"contractor","displayName":"Contractor"}`, nil)
	kind := made["id"].(string)
	_, schema, _ := strings.Cut(made["_links"].(map[string]any)["schema"].(map[string]any)["href"].(string), schemaPaths+"user/")
	property := func(name string) string {
		return `{"definitions":{"custom":{"id":"#custom","type":"object","properties":{"` + name + `":{"title":"T","type":"string"}}}}}`
	}
	try("updateUserProfile", property("agency"), map[string]string{"schemaId": schema})
	try("updateUserProfile", property("badge"), map[string]string{"schemaId": "default"})
	grace := try("createUser", `{"profile":{"firstName":"Grace","lastName":"Hopper","email":"grace@example.com","login":"grace@example.com"},"type":{"id":"`+kind+`"}}`, nil)["id"].(string)

	for _, tt := range []struct {
		name    string
		profile Profile
		granted []org.Scope // what is taken away
		want    string      // the attribute that is there
		not     string
		says    string
	}{
		{"nobody", Profile{Shape: "UserProfile"}, nil, "badge", "agency", ""},
		{"a type", Profile{Shape: "UserProfile", UserType: kind}, nil, "agency", "badge", ""},
		{"a person", Profile{Shape: "UserProfile", UserID: grace}, nil, "agency", "badge", ""},
		{"a login", Profile{Shape: "UserProfile", UserID: "grace@example.com"}, nil, "agency", "badge", ""},
		{"the type before the person", Profile{Shape: "UserProfile", UserType: kind, UserID: "nobody"}, nil, "agency", "badge", ""},
		{"nobody of this id", Profile{Shape: "UserProfile", UserID: "00unobody"}, nil, "badge", "agency", "Not found"},
		{"out of the path", Profile{Shape: "UserProfile", UserType: "../../users"}, nil, "badge", "agency", "holds dots"},
		{"a type without the scope", Profile{Shape: "UserProfile", UserType: kind + "x"}, []org.Scope{"okta.userTypes.manage"}, "badge", "agency", "okta.userTypes.read"},
		{"a group", Profile{Shape: "GroupProfile", UserType: kind}, nil, "name", "badge", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			app := app
			app.Granted = slices.DeleteFunc(slices.Clone(app.Granted), func(s org.Scope) bool { return slices.Contains(tt.granted, s) })
			fields, err := w.ProfileFields(t.Context(), app, tt.profile)
			has := func(name string) bool {
				return slices.ContainsFunc(fields, func(v catalog.Value) bool { return v.Name == name })
			}
			if !has(tt.want) || has(tt.not) || (err != nil) != (tt.says != "") || err != nil && !strings.Contains(fault.Message(err), tt.says) {
				t.Errorf("%s %v, %s %v, %v", tt.want, has(tt.want), tt.not, has(tt.not), err)
			}
		})
	}
}

// TestSchemaIsNotAskedForAgain: an org that does not answer is left alone for a while, and whoever goes away leaves
// nothing behind.
func TestSchemaIsNotAskedForAgain(t *testing.T) {
	t.Parallel()
	w, app := tryWorld(t)
	var asked atomic.Int64
	w.org.SetFault(func(r *http.Request) *oktasim.Fault {
		if !strings.HasPrefix(r.URL.Path, schemaPaths) {
			return nil
		}
		asked.Add(1)
		return oktasim.ErrorFault(http.StatusForbidden, "E0000006", "You do not have permission to perform the requested action")
	})
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.ProfileFields(gone, app, Profile{Shape: "UserProfile"}); err == nil {
		t.Error("somebody who went away got an answer")
	}
	for range 3 {
		if _, err := w.ProfileFields(t.Context(), app, Profile{Shape: "UserProfile"}); !fault.Is(err, fault.Forbidden) {
			t.Errorf("the refusal is %v", err)
		}
	}
	if n := asked.Load(); n != 1 {
		t.Errorf("the org was asked %d times", n)
	}
}
