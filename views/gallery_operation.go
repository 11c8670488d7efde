package views

import (
	"encoding/json"
	"time"

	"caracal/catalog"
	"caracal/org"
	"caracal/views/ui"
)

// operationStates are the pages of operations, with a small catalog of their own.
func operationStates() []State {
	list := OperationListProps{Shell: galleryShell("operations"), Total: 585, Version: "2024.06.1",
		Tags: []catalog.Tag{{Name: "Group", Count: 16}, {Name: "SSFReceiver", Count: 7}, {Name: "UserFactor", Count: 10}}}
	found, none := list, list
	found.Query, found.Found = "group", 48
	found.Rows = []catalog.Operation{galleryReads(), galleryChanges(), {ID: "deleteGroup", Method: "DELETE", Path: "/api/v1/groups/{groupId}", Tag: "Group",
		Summary: "Delete a Group", Scopes: []string{"okta.groups.manage"}, Lifecycle: "EA", Deprecated: true}}
	none.Query = "xyzzy"
	return append(append([]State{{"operations/groups", OperationListPage(list)}, {"operations/found", OperationListPage(found)}, {"operations/none", OperationListPage(none)}},
		operationFormStates()...), catalogStates()...)
}

// catalogStates are the pages of descriptions and of scopes.
func catalogStates() []State {
	shell := galleryShell("operations")
	kept := catalog.Kept{Name: "20260301-101500", APIVersion: "2026.06.3", At: ago(time.Hour), Operations: 729, By: "Ada Lovelace", Proposed: true}
	builtIn := catalog.Kept{Name: catalog.BuiltIn, APIVersion: "2024.06.1", Operations: 585, Current: true}
	list := CatalogListProps{Shell: shell, Now: galleryNow, List: []catalog.Kept{kept, builtIn}, MaxMB: 16}
	refused := list
	refused.Error = "This is no description of Okta's Management API; download management-minimal.yaml from Okta's repository okta-management-openapi-spec."
	changed := galleryChanges()
	show := CatalogShowProps{Shell: shell, Now: galleryNow, Kept: kept, Users: map[string][]ui.Link{changed.ID: {{Label: "Onboard", Href: "/workflows/wf_onboard"}}},
		Changes: catalog.Comparison{From: "2024.06.1", To: "2026.06.3", Added: []catalog.Operation{galleryReads()},
			Removed: []catalog.Operation{{ID: "deleteGroup", Method: "DELETE", Path: "/api/v1/groups/{groupId}", Summary: "Delete a Group"}},
			Changed: []catalog.Change{{Before: changed, After: changed, What: []string{"parameter expand is new", "field name is required now"}}}}}
	using := show
	using.Kept = builtIn
	older := show
	older.Changes.From, older.Changes.To = "2026.06.3", "2024.06.1"
	scope := catalog.Scope{Name: "okta.groups.manage", Object: "groups", Manages: true, Words: "Manage existing groups", Operations: []catalog.Operation{changed}}
	scopes := ScopeListProps{Shell: shell, Total: 118, Found: 1, Groups: []ScopeGroup{{Object: "groups", Scopes: []catalog.Scope{scope}}}}
	none := ScopeListProps{Shell: shell, Total: 118, Query: "xyzzy"}
	one := ScopeShowProps{Shell: shell, Scope: scope, Changes: scope.Operations, ByRead: []catalog.Operation{galleryReads()}, Read: "okta.groups.read",
		Actions: galleryRegistry().All()[:1], Granted: []ui.Link{{Label: "Acme", Href: "/applications/app_acme"}}, Lacking: []ui.Link{{Label: "Initech", Href: "/applications/app_initech"}}}
	newer := ScopeShowProps{Shell: shell, Scope: catalog.Scope{Name: "okta.userRisk.read", Words: "Read user risk"}}
	return []State{{"catalog/list", CatalogListPage(list)}, {"catalog/refused", CatalogListPage(refused)}, {"catalog/changes", CatalogShowPage(show)},
		{"catalog/in-use", CatalogShowPage(using)}, {"catalog/older", CatalogShowPage(older)},
		{"scopes/list", ScopeListPage(scopes)}, {"scopes/none", ScopeListPage(none)}, {"scopes/one", ScopeShowPage(one)}, {"scopes/unused", ScopeShowPage(newer)}}
}

func operationFormStates() []State {
	acme := org.Application{ID: "app_acme", Name: "Acme", Domain: "acme.okta.com", Status: org.Active, Granted: []org.Scope{"okta.groups.read"}}
	reads := OperationProps{Shell: galleryShell("operations"), Op: galleryReads(), Values: map[string]string{"query.limit": "5"}, Errors: map[string]string{},
		Scopes: []catalog.Scope{{Name: "okta.groups.read", Words: "Read information about groups and their members"}},
		Apps:   []org.Application{acme}, App: acme, Limit: 200, MaxLimit: 10000, MayChange: true,
		Curl: "curl --globoff \\\n  'https://acme.okta.com/api/v1/groups?limit=5'"}
	reads.Form = catalog.Form{Operation: reads.Op, Parameters: []catalog.Input{
		{Key: "query.q", Kind: catalog.TextInput, Value: catalog.Value{Name: "q", In: "query", Text: "Searches the name of groups"}},
		{Key: "query.limit", Kind: catalog.NumberInput, Value: catalog.Value{Name: "limit", In: "query", Type: "integer", Default: json.RawMessage("200")}}}}
	answered, refused, offline := reads, reads, reads
	answered.Answer = galleryAnswer(acme)
	refused.Answer = &OperationAnswer{App: acme, Status: 403, Request: "ZqVh3XfJ0", Took: 80 * time.Millisecond, Code: "E0000006",
		Problem: "The connection has the scope but its admin role does not allow this."}
	answered.Step = &OperationStep{Workflows: []ui.Link{{Label: "Onboard", Href: "wf_onboard"}}, More: true}
	refused.Step = &OperationStep{Why: "it takes a file"}
	offline.Apps, offline.App, offline.Curl, offline.MayChange = nil, org.Application{}, "", false

	changes := reads
	changes.Op, changes.Loadable, changes.Curl = galleryChanges(), true, ""
	changes.Scopes = []catalog.Scope{{Name: "okta.groups.manage", Words: "Manage existing groups"}}
	changes.Form = galleryForm(changes.Op)
	changes.Values = map[string]string{"path.groupId": "00g1", "body.profile.name": "Sales"}
	changes.Errors = map[string]string{"body.profile.description": "description has 2000 characters; Okta takes 1024."}
	raw := changes
	raw.Errors = map[string]string{}
	raw.Values = map[string]string{catalog.KeyMode: catalog.ModeRaw, catalog.KeyRaw: `{"profile": {"name": "Sales"}}`}
	ask := OperationConfirmProps{Shell: galleryShell("operations"), Op: changes.Op, App: acme, Method: "PUT", Address: "https://acme.okta.com/api/v1/groups/00g1",
		Body: `{"profile": {"name": "Sales"}}`, Curl: "curl --globoff", Sealed: "c2VhbGVk", Kept: map[string]string{"path.groupId": "00g1"}, Erases: true}
	member := ask
	member.Op = catalog.Operation{ID: "unassignUserFromGroup", Method: "DELETE", Path: "/api/v1/groups/{groupId}/users/{userId}", Tag: "Group", Summary: "Unassign a User", Answer: "none"}
	member.Method, member.Address, member.Body, member.Erases, member.Rules = "DELETE", ask.Address+"/users/00u1", "", false, galleryRules()
	sent := OperationSentProps{Shell: galleryShell("operations"), Op: changes.Op, Answer: *galleryAnswer(acme), Kept: ask.Kept}
	return []State{{"operation/reads", OperationPage(reads)}, {"operation/answered", OperationPage(answered)}, {"operation/refused", OperationPage(refused)},
		{"operation/no-org", OperationPage(offline)}, {"operation/changes", OperationPage(changes)}, {"operation/json", OperationPage(raw)},
		{"operation/confirm", OperationConfirmPage(ask)}, {"operation/confirm-rules", OperationConfirmPage(member)}, {"operation/sent", OperationSentPage(sent)}}
}

func galleryReads() catalog.Operation {
	return catalog.Operation{ID: "listGroups", Method: "GET", Path: "/api/v1/groups", Tag: "Group", Summary: "List all Groups", Answer: "list",
		Scopes: []string{"okta.groups.read"}, Text: "Lists all groups with pagination support."}
}

func galleryChanges() catalog.Operation {
	return catalog.Operation{ID: "replaceGroup", Method: "PUT", Path: "/api/v1/groups/{groupId}", Tag: "Group", Summary: "Replace a Group", Answer: "object",
		Scopes: []string{"okta.groups.manage"}, Lifecycle: "LIMITED_GA", Body: &catalog.Body{Required: true}}
}

// galleryForm has an input of every kind.
func galleryForm(op catalog.Operation) catalog.Form {
	value := func(name, kind string) catalog.Value {
		return catalog.Value{Name: name, Type: kind, Text: "What Okta says about it"}
	}
	input := func(name string, kind catalog.Kind, v catalog.Value) catalog.Input {
		return catalog.Input{Key: "body.profile." + name, Kind: kind, Value: v}
	}
	choice, open, list := value("type", ""), value("status", ""), value("tags", "array")
	choice.Options, open.Options, open.Open = []string{"OKTA_GROUP", "APP_GROUP"}, []string{"ACTIVE"}, true
	list.Items = &catalog.Value{Options: []string{"a", "b"}}
	description := value("description", "")
	description.Nullable, description.MaxLength = true, 1024
	profile := catalog.Input{Key: "body.profile", Kind: catalog.GroupInput, Value: catalog.Value{Name: "profile", Type: "object", Required: true, Nullable: true}}
	profile.Inputs = []catalog.Input{input("name", catalog.TextInput, catalog.Value{Name: "name", Required: true}), input("description", catalog.LongInput, description),
		input("type", catalog.ChoiceInput, choice), input("status", catalog.ChoiceInput, open), input("on", catalog.YesNoInput, value("on", "boolean")),
		input("count", catalog.NumberInput, value("count", "integer")), input("tags", catalog.ListInput, list), input("rules", catalog.JSONInput, value("rules", "array")),
		input("password", catalog.SecretInput, catalog.Value{Name: "password", Secret: true}),
		{Key: "body.profile.costCenter", Kind: catalog.TextInput, Live: true, Value: value("costCenter", "")},
		{Key: "body.profile.*", Kind: catalog.JSONInput, Rest: true, Value: catalog.Value{Name: "more", Type: "object"}}}
	return catalog.Form{Operation: op, Body: []catalog.Input{profile}, By: "kind", Variant: "a", Variants: []catalog.Variant{{Name: "a"}, {Name: "b"}},
		Parameters: []catalog.Input{{Key: "path.groupId", Kind: catalog.TextInput, Value: catalog.Value{Name: "groupId", In: "path", Required: true, Text: "The id of the group"}}}}
}

func galleryAnswer(app org.Application) *OperationAnswer {
	text := `[{"id": "00g1", "profile": {"name": "Sales", "members": 12}}]`
	return &OperationAnswer{App: app, Status: 200, Request: "ZqVh3XfJ0", Took: 80 * time.Millisecond, List: true, Count: 1, More: true, Columns: 9,
		Table: catalog.Table{Columns: []string{"id", "profile.name"}, Rows: [][]string{{"00g1", "Sales"}}}, Tree: catalog.Tree([]byte(text), 50), JSON: text, Cut: true}
}
