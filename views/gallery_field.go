package views

import (
	"caracal/catalog"
	"caracal/form"
	"caracal/org"
	"caracal/workflow"
)

// galleryOperation is a step that calls an operation, as far as its fields show what others don't.
func galleryOperation() workflow.ActionSpec {
	blanks := func(in catalog.Input) (out []form.Option) {
		for _, b := range in.Blanks() {
			out = append(out, form.Option{Value: b.Value, Label: b.Words()})
		}
		return out
	}
	text := blanks(catalog.Input{Kind: catalog.TextInput, Value: catalog.Value{Nullable: true}})
	return workflow.ActionSpec{ID: "operation.update_user", Title: "Update a User", Object: "Okta API", Request: "POST /api/v1/users/{userId}", Page: "/operations/updateUser",
		Help: "Updates a user's profile or credentials.", Summary: "calls updateUser", Effect: workflow.Changes, Repeat: workflow.Never, Scopes: []org.Scope{"okta.users.manage"},
		Own: map[string]string{"profile_": "UserProfile"},
		Fields: []form.Field{
			{Name: "userId", Label: "userId", Kind: form.User, Required: true, Help: "ID of an existing Okta user"},
			{Name: "strict", Label: "strict", Kind: form.Choice, Options: []form.Option{{Value: "true", Label: "Yes"}, {Value: "false", Label: "No"}}, Help: "If true, validates against minimum age and history password policy"},
			{Name: "profile_title", Label: "title", Kind: form.Text, Help: "The user's title, such as Vice President", Blanks: text},
			{Name: "profile_city", Label: "city", Kind: form.Text, Help: "The city or locality of the user's address", Blanks: text},
			{Name: "profile_nickName", Label: "nickName", Kind: form.Text, Help: "The casual way to address the user in real life", Blanks: text},
			{Name: "profile_locale", Label: "locale", Kind: form.Text, Help: "The user's default location", Blanks: blanks(catalog.Input{Kind: catalog.TextInput, Value: catalog.Value{Required: true}})},
			{Name: "realmId", Label: "realmId", Kind: form.Text, Help: "The ID of the realm in which the user is residing", Blanks: blanks(catalog.Input{Kind: catalog.TextInput})},
			{Name: "profile_more", Label: "Other properties", Kind: form.LongText, Help: "Properties that have no field above, as a JSON object."},
		}}
}

func fieldStates() []State {
	registry := galleryRegistry().With(galleryOperation())
	app := galleryApp(org.Active)
	app.Granted = app.Scopes
	d := galleryDefinition()
	d.Steps = []workflow.Step{{ID: "update", Title: "Empty what is known", Action: "operation.update_user", Names: map[string]string{"00uzoe0000000000001": "Zoë Novak"},
		Fields: map[string]string{"userId": "00uzoe0000000000001", "profile_title": "", "profile_city": "", "profile_nickName": "{{ inputs.contract }}",
			form.WhenEmptyPrefix + "profile_city": catalog.BlankNull, form.WhenEmptyPrefix + "profile_title": catalog.BlankEmpty, form.WhenEmptyPrefix + "profile_nickName": catalog.BlankNull, form.WhenEmptyPrefix + "realmId": catalog.BlankNull}}}
	p := galleryBuilder(galleryShell("workflows"), d, &app)
	p.Registry, p.Problems = registry, workflow.Check(d, registry, &app)
	run := galleryRunIn(workflow.RunQueued)
	run.State, run.Steps = workflow.RunSucceeded, []workflow.RunStep{{RunID: run.ID, StepID: "update", Title: d.Steps[0].Title, Action: d.Steps[0].Action, State: workflow.StepDone, Attempts: 1,
		Input: map[string]string{"userId": "00uzoe0000000000001", "profile_title": "", "profile_city": "", "profile_nickName": "Zo",
			form.WhenEmptyPrefix + "profile_city": catalog.BlankNull, form.WhenEmptyPrefix + "profile_title": catalog.BlankEmpty, form.WhenEmptyPrefix + "profile_nickName": catalog.BlankNull}}}
	live := RunLiveProps{Run: run, Now: galleryNow, Registry: registry, Definition: d, By: "Ada Lovelace", Application: "Acme", Names: d.Steps[0].Names}
	own, away := p, p
	own.Workflow.Draft = d.Clone()
	fields := own.Workflow.Draft.Steps[0].Fields
	fields["profile_badge"], fields[form.OwnPrefix+"profile_badge"] = "4711", string(form.OwnText)
	fields["profile_floor"], fields[form.OwnPrefix+"profile_floor"] = "third", string(form.OwnInteger)
	attribute := func(name, help string, t form.OwnType) OwnField {
		f := t.Field("profile_"+name, name)
		f.Help = help
		return OwnField{f, t}
	}
	own.Own = map[string]OwnFields{"update": {Asked: true, Note: "These are the attributes of the default user type, since only the run knows the user. Others can be written as JSON.",
		Fields: []OwnField{attribute("badge", "What the badge says", form.OwnText), attribute("remote", "Works from home", form.OwnYesNo), attribute("rooms", "Rooms that the badge opens. One on each line.", form.OwnTexts)}}}
	own.Problems = workflow.Check(own.Workflow.Draft, registry, &app)
	away.Own = map[string]OwnFields{"update": {Note: "With the scope okta.schemas.read, the attributes of your org's own would be fields here. Until then they can be written as JSON."}}
	return []State{{"builder/empty-fields", BuilderPage(p)}, {"builder/own-fields", BuilderPage(own)}, {"builder/own-fields-unread", BuilderPage(away)}, {"run/empty-fields", RunPage(RunProps{Shell: galleryShell("runs"), Live: live})}}
}
