package actions

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"caracal/catalog"
	"caracal/fault"
	"caracal/form"
	"caracal/okta"
	"caracal/workflow"
)

func shelf(t testing.TB) (*Shelf, *catalog.Live) {
	t.Helper()
	c, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	live := catalog.NewLive(c)
	return &Shelf{Catalog: live}, live
}

// stepless are the operations that can be no step, each with its reason, besides those that Okta gives to no app
// at all. All others of the 585 are one, or one for each kind that their body may be of.
var stepless = map[string]string{
	"publishCsrFromApplication":       "application/x-pem-file",
	"publishCsrForIdentityProvider":   "application/x-pem-file",
	"uploadApplicationLogo":           "a file",
	"uploadBrandThemeBackgroundImage": "a file",
	"uploadBrandThemeFavicon":         "a file",
	"uploadBrandThemeLogo":            "a file",
	"uploadOrgLogo":                   "a file",
}

func TestEveryOperationIsAStep(t *testing.T) {
	t.Parallel()
	s, live := shelf(t)
	c := live.Now()
	seen := map[string]bool{}
	for _, op := range c.Operations() {
		steps := c.StepsOf(op)
		why, listed := stepless[op.ID]
		if !listed && len(op.Scopes) == 0 {
			why, listed = "no OAuth app", true
		}
		if listed != (len(steps) == 0) || !strings.Contains(op.Stepless(), why) {
			t.Errorf("%s gives %d steps, because %q; listed as %q", op.ID, len(steps), op.Stepless(), why)
		}
		if kinds := c.Form(op, catalog.Choose{}).Variants; len(steps) > 0 && len(steps) != max(1, len(kinds)) {
			t.Errorf("%s gives %d steps for %d kinds", op.ID, len(steps), len(kinds))
		}
		for _, step := range steps {
			a, ok := s.action(step.ID)
			if !ok || seen[step.ID] || a.Request != op.Method+" "+op.Path {
				t.Errorf("%s: no step, or one that is there twice: %+v", step.ID, a.ActionSpec)
			}
			seen[step.ID] = true
			for _, place := range strings.Split(op.Path, "{")[1:] {
				name, _, _ := strings.Cut(place, "}")
				name = strings.NewReplacer(".", "_", "-", "_").Replace(name)
				if f, ok := a.Field(name); !ok || !f.Required {
					t.Errorf("%s: nothing fills {%s}", step.ID, name)
				}
			}
			if op.Lists() {
				if o, ok := a.Output("answer"); !ok || !o.List {
					t.Errorf("%s: its list cannot be gone over", step.ID)
				}
			}
		}
	}
	operationsSet(t) // which refuses what is not in order
	if n := len(s.All()); n != len(seen) || n != 679 {
		t.Errorf("%d steps, of which %d were seen", n, len(seen))
	}
}

func TestShelfSearches(t *testing.T) {
	t.Parallel()
	s, live := shelf(t)
	set, err := NewSet(All())
	if err != nil {
		t.Fatal(err)
	}
	set.Operations = s
	registry := set.Registry(workflow.FlowSpecs()...)
	ids := func(q string) (out []string) {
		for _, spec := range registry.Search(q) {
			out = append(out, spec.ID)
		}
		return out
	}
	for _, tt := range []struct{ typed, want string }{
		{"deactivate usr", "operation.deactivate_user"}, {"network zone", "operation.create_network_zone_ip"}, {"/lifecycle/suspend", "operation.suspend_user"},
		{"okta.logs.read", "operation.list_log_events"}, {"suspend", "user.suspend"},
	} {
		if got := ids(tt.typed); !slices.Contains(got, tt.want) {
			t.Errorf("%q finds %v and not %s", tt.typed, got, tt.want)
		}
	}
	for typed, want := range map[string]string{"deactivate usr": "user.deactivate", "suspnd": "user.suspend", "gruop add membr": "group.add_member", "kill sessions": "user.clear_sessions"} {
		if got := ids(typed); len(got) == 0 || strings.HasPrefix(got[0], catalog.StepPrefix) || !slices.Contains(got, want) {
			t.Errorf("%q finds %v, and not %s before all operations", typed, got, want)
		}
	}
	for _, q := range []string{"network zone", "/lifecycle/suspend", "inline hook"} {
		if got := ids(q); len(got) == 0 || !strings.HasPrefix(got[0], catalog.StepPrefix) {
			t.Errorf("%q finds %v, which nobody means", q, got)
		}
	}
	for _, q := range []string{"", "de", "  u "} {
		if at := slices.IndexFunc(ids(q), func(id string) bool { return strings.HasPrefix(id, catalog.StepPrefix) }); at >= 0 {
			t.Errorf("%q finds an operation", q)
		}
	}
	if got := ids("user"); len(got) > len(registry.All())+30 || strings.HasPrefix(got[0], catalog.StepPrefix) {
		t.Errorf("%d actions for user, first %s", len(got), got[0])
	}
	if slices.ContainsFunc(registry.All(), func(spec workflow.ActionSpec) bool { return spec.Request != "" }) {
		t.Error("operations are listed")
	}
	if len(registry.Known()) != len(registry.All())+len(s.All()) {
		t.Error("not every spec is known")
	}
	held, _ := set.find("operation.get_group")
	live.Put(&catalog.Catalog{})
	if _, ok := registry.Get("operation.get_group"); ok || held.Do == nil {
		t.Error("a catalog that is out of use is still asked")
	}
}

func TestAnswersAreTyped(t *testing.T) {
	t.Parallel()
	s, _ := shelf(t)
	for _, tt := range []struct {
		id, output, field string
		list              bool
		kind              form.Kind // of the field, or of the output when field is ""
	}{
		{"operation.list_users", "answer", "id", true, form.User},
		{"operation.list_users", "answer", "profile", true, ""},
		{"operation.list_group_users", "answer", "id", true, form.User},
		{"operation.list_groups", "answer", "id", true, form.Group},
		{"operation.list_applications", "answer", "id", true, form.App},
		{"operation.create_group", "id", "", false, form.Group},
		{"operation.get_user", "id", "", false, form.User},
		{"operation.list_log_events", "answer", "eventType", true, ""},
	} {
		spec, ok := s.Get(tt.id)
		o, has := spec.Output(tt.output)
		if !ok || !has || o.List != tt.list {
			t.Errorf("%s: %+v", tt.id, spec.Outputs)
			continue
		}
		kind := o.Kind
		if tt.field != "" {
			at := slices.IndexFunc(o.Fields, func(f workflow.OutputField) bool { return f.Name == tt.field })
			if at < 0 {
				t.Errorf("%s: an entry has no %s: %+v", tt.id, tt.field, o.Fields)
				continue
			}
			kind = o.Fields[at].Kind
		}
		if kind != tt.kind {
			t.Errorf("%s %s %s is %q, want %q", tt.id, tt.output, tt.field, kind, tt.kind)
		}
	}
	if spec, _ := s.Get("operation.suspend_user"); len(spec.Outputs) != 0 {
		t.Errorf("suspending gives %v", spec.Outputs)
	}
}

func TestListsAreRealLists(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.run = operationsSet(t).Executor(func(context.Context, string) (*okta.Client, error) { return w.okta, nil })
	for _, name := range []string{"A", "B", "C"} {
		w.do("operation.create_group", map[string]string{"profile_name": "Loop " + name})
	}
	out := w.do("operation.list_groups", map[string]string{"q": "Loop", "limit_entries": "2"})
	entries, _ := out["answer"].([]any)
	if len(entries) != 2 || out["count"] != 2 || out["more"] != true {
		t.Fatalf("%v", out)
	}
	first := entries[0].(map[string]any)
	if first["id"] == "" || first["_links"] != nil || first["profile"].(map[string]any)["name"] != "Loop A" {
		t.Errorf("%v", first)
	}
	out = w.do("operation.list_groups", map[string]string{"q": "Loop", "keep_properties": "id, profile.name, none.at.all"})
	if out["more"] != false {
		t.Errorf("%v", out)
	}
	for _, e := range out["answer"].([]any) {
		object := e.(map[string]any)
		if keys := slices.Sorted(maps.Keys(object)); !slices.Equal(keys, []string{"id", "none", "profile"}) && !slices.Equal(keys, []string{"id", "profile"}) || len(object["profile"].(map[string]any)) != 1 {
			t.Errorf("kept %v", object)
		}
	}
}

func TestKept(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ entry, keep, want string }{
		{`{"id":"1","_links":{},"a":{"b":2,"c":3}}`, "", `{"id":"1","a":{"b":2,"c":3}}`},
		{`{"id":"1","a":{"b":2,"c":3,"d":{"e":5}}}`, "a.b,a.d.e", `{"a":{"b":2,"d":{"e":5}}}`},
		{`{"id":"1","a":[1]}`, "a.b,x,id", `{"id":"1"}`},
		{`"text"`, "id", `"text"`},
		{`{"a":{"b":2,"c":3}}`, "a.b,a", `{"a":{"b":2,"c":3}}`},
	} {
		var entry, want any
		if err := json.Unmarshal([]byte(tt.entry), &entry); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(tt.want), &want); err != nil {
			t.Fatal(err)
		}
		if got := kept(entry, form.SplitList(tt.keep)); !reflect.DeepEqual(got, want) {
			t.Errorf("%s keeping %q is %v, want %v", tt.entry, tt.keep, got, want)
		}
	}
}

func TestOperationsMindGroupRules(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.run = operationsSet(t).Executor(func(context.Context, string) (*okta.Client, error) { return w.okta, nil })
	group := w.do("group.create", map[string]string{"name": "Rule led"})["id"].(string)
	rule := w.do("group_rule.create", map[string]string{"name": "Sales to Rule led", "expression": `user.department == "Sales"`, "groups": group})
	w.do("group_rule.activate", map[string]string{"rule": rule["id"].(string)})
	made := w.do("operation.create_user", map[string]string{"profile_login": "rule.led@caracal.example", "profile_email": "rule.led@caracal.example",
		"profile_firstName": "Rule", "profile_lastName": "Led", "profile_department": "Sales", "groupIds": group})
	user := made["id"].(string)
	if note, _ := made["rule_note"].(string); !strings.Contains(note, "Sales to Rule led") {
		t.Errorf("creating says %q", note)
	}
	for _, action := range []string{"operation.unassign_user_from_group", "operation.assign_user_to_group"} {
		out := w.do(action, map[string]string{"groupId": group, "userId": user})
		if note, _ := out["rule_note"].(string); !strings.Contains(note, "Sales to Rule led") {
			t.Errorf("%s says %q", action, note)
		}
	}
}

func TestAFeatureThatIsOff(t *testing.T) {
	t.Parallel()
	plain, named := catalog.Operation{ID: "x", Summary: "List all X", Method: "GET", Path: "/api/v1/x"}, catalog.Operation{ID: "y", Path: "/api/v1/x/{id}", Lifecycle: "EA"}
	for _, tt := range []struct {
		op     catalog.Operation
		status int
		code   string
		off    string // in the sentence; "" leaves it as it is
	}{
		{plain, http.StatusNotFound, "E0000007", "does not have this operation"},
		{named, http.StatusNotFound, "E0000007", ""},
		{named, http.StatusMethodNotAllowed, "E0000022", "Settings › Features"},
		{named, http.StatusUnauthorized, "E0000015", "feature that this takes"},
		{plain, http.StatusUnauthorized, "E0000011", ""},
		{plain, http.StatusInternalServerError, "E0000009", ""},
	} {
		f := fault.New(fault.NotFound, "as it was")
		f.Status, f.Code = tt.status, tt.code
		got := tt.op.WhyOff(f)
		if tt.off == "" && got != error(f) || tt.off != "" && (!strings.Contains(fault.Message(got), tt.off) || f.Message != "as it was") {
			t.Errorf("%s %d %s: %v", tt.op.ID, tt.status, tt.code, got)
		}
	}
	if plain.WhyOff(nil) != nil {
		t.Error("nothing went wrong, and something is said")
	}
}

func BenchmarkShelf(b *testing.B) {
	s, live := shelf(b)
	c := live.Now()
	b.Run("search", func(b *testing.B) {
		for b.Loop() {
			s.Search("deactivate usr", 30)
		}
	})
	b.Run("get", func(b *testing.B) {
		for b.Loop() {
			s.Get("operation.deactivate_user")
		}
	})
	b.Run("make all", func(b *testing.B) {
		for b.Loop() {
			Operations(c)
		}
	})
}
