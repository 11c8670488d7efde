package actions

import (
	"context"
	"encoding/json"
	"strings"

	"caracal/fault"
	"caracal/form"
	"caracal/okta"
	"caracal/org"
	"caracal/workflow"
)

// ownInverses are operations that none of the rules of pairs fits: what they change is one value which only a look
// elsewhere tells (whom a person is linked to, which policy an app follows), an entry of a list that has another id each
// time, or an admin role with what it is limited to.
var ownInverses = map[string]func(undoer) Inverse{
	"assignApplicationPolicy":    func(undoer) Inverse { return Inverse{Look: lookAppPolicy, Back: appPolicyBack} },
	"replaceLinkedObjectForUser": func(undoer) Inverse { return Inverse{Look: lookUserLink, Back: userLinkBack} },
	"deleteLinkedObjectForUser":  func(undoer) Inverse { return Inverse{Look: lookUserLink, Back: userLinkBack} },

	"unassignRoleFromUser":               roleGone,
	"unassignRoleFromGroup":              roleGone,
	"deleteRoleFromClient":               roleGone,
	"assignAllAppsAsTargetToRoleForUser": roleGone,
	"assignRoleToClient":                 roleGiven,
}

func init() {
	for id := range linkSets {
		ownInverses[id] = linkSetInverse
	}
}

// lastOf is the last segment of a link's address, which is the id of what it leads to.
func lastOf(href string) string { return href[strings.LastIndexByte(href, '/')+1:] }

// policyLinks say where an app names the policy of a type that it follows (schema ApplicationLinks in Okta's description).
var policyLinks = map[string]string{"ACCESS_POLICY": "accessPolicy", "PROFILE_ENROLLMENT": "profileEnrollment"}

// lookAppPolicy reads which policy of the new one's type an app follows. An app follows one of each type, and the type
// stands with the policy alone.
func lookAppPolicy(ctx context.Context, c *Call) ([]workflow.Fact, error) {
	var policy struct{ Type string }
	if err := c.Get(ctx, okta.Path("/api/v1/policies/%s", c.In["policyId"]), nil, &policy); err != nil {
		return nil, err
	}
	name := policyLinks[policy.Type]
	if name == "" {
		return nil, fault.New(fault.Invalid, "Apps do not follow policies of the type %s.", policy.Type)
	}
	var app struct {
		Links map[string]json.RawMessage `json:"_links"`
	}
	if err := c.Get(ctx, appKey(c.In["appId"]), nil, &app); err != nil {
		return nil, err
	}
	var link struct{ Href string }
	if raw := app.Links[name]; len(raw) > 0 {
		if err := json.Unmarshal(raw, &link); err != nil {
			return nil, fault.New(fault.Upstream, "The links of the app could not be read.").Because(err)
		}
	}
	return []workflow.Fact{{Key: appKey(c.In["appId"]) + "#/_links/" + name, Label: "Policy", Value: lastOf(link.Href)}}, nil
}

func appPolicyBack(d Done) workflow.Way {
	if len(d.Before) != 1 || textOf(d.Before[0].Value) == "" {
		return noWay("The app followed no policy before, and Okta's API takes none away; choose one in Okta.")
	}
	left := d.Before[0]
	left.Value = d.In["policyId"]
	return d.back([]workflow.Fact{left}, d.step("undo.app_policy", map[string]string{"appId": d.In["appId"], "policyId": textOf(d.Before[0].Value)}))
}

var undoAppPolicy = Action{
	ActionSpec: workflow.ActionSpec{
		ID: "undo.app_policy", Title: "Let an app follow its policy again", Object: "Apps",
		Help:    "Lets an app follow the policy that it followed before.",
		Summary: "lets {appId} follow {policyId} again",
		Fields:  []form.Field{{Name: "appId", Label: "App", Kind: form.App, Required: true}, {Name: "policyId", Label: "Policy", Kind: form.Text, Required: true}},
		Scopes:  []org.Scope{"okta.apps.manage", "okta.policies.read"}, Role: "Super Administrator",
		Effect: workflow.Changes, Repeat: workflow.Harmless,
	},
	Do: func(ctx context.Context, c *Call) (workflow.Output, error) {
		_, err := c.Client.Do(ctx, okta.Request{Method: "PUT", Path: appKey(c.In["appId"]) + okta.Path("/policies/%s", c.In["policyId"])})
		return workflow.Output{}, err
	},
	Undo: Inverse{Look: lookAppPolicy, Back: appPolicyBack},
}

// linkOf are the person and the relationship that a call names, and whom it links them to; "" is nobody.
func linkOf(in form.Values) (person, relationship, primary string) {
	relationship = in["primaryRelationshipName"]
	if relationship == "" {
		relationship = in["relationshipName"]
	}
	return in["userIdOrLogin"], relationship, in["primaryUserId"]
}

// lookUserLink reads whom a person is linked to. Somebody has at most one of a relationship's primary end ("Linked Objects"
// in Okta's documentation); the other end's name stands for many, of whom none can be put back from there.
func lookUserLink(ctx context.Context, c *Call) ([]workflow.Fact, error) {
	person, relationship, _ := linkOf(c.In)
	if c.In["relationshipName"] != "" {
		var defined struct{ Primary struct{ Name string } }
		if err := c.Get(ctx, okta.Path("/api/v1/meta/schemas/user/linkedObjects/%s", relationship), nil, &defined); err != nil {
			return nil, err
		}
		if defined.Primary.Name != relationship {
			return nil, fault.New(fault.Invalid, "%q is the end of a relationship that stands for many people.", relationship)
		}
	}
	var linked []struct {
		Links struct{ Self struct{ Href string } } `json:"_links"`
	}
	address := okta.Path("/api/v1/users/%s/linkedObjects/%s", person, relationship)
	if err := c.Get(ctx, address, nil, &linked); err != nil {
		return nil, err
	}
	fact := workflow.Fact{Key: address, Label: "Linked to as " + relationship}
	if len(linked) > 0 {
		fact.Value = lastOf(linked[0].Links.Self.Href)
	}
	return []workflow.Fact{fact}, nil
}

func userLinkBack(d Done) workflow.Way {
	person, relationship, primary := linkOf(d.In)
	if len(d.Before) != 1 {
		return noWay("Whom the person was linked to before is not known; link them anew in Okta.")
	}
	left := d.Before[0]
	if left.Value = nil; primary != "" {
		left.Value = primary
	}
	return d.back([]workflow.Fact{left}, d.step("undo.user_link",
		map[string]string{"userIdOrLogin": person, "primaryRelationshipName": relationship, "primaryUserId": textOf(d.Before[0].Value)}))
}

var undoUserLink = Action{
	ActionSpec: workflow.ActionSpec{
		ID: "undo.user_link", Title: "Link a user as before", Object: "Users",
		Help:    "Links a person to whom they were linked before, or to nobody.",
		Summary: "links {userIdOrLogin} as before",
		Fields: []form.Field{{Name: "userIdOrLogin", Label: "User", Kind: form.User, Required: true}, {Name: "primaryRelationshipName", Label: "Relationship", Kind: form.Text, Required: true},
			{Name: "primaryUserId", Label: "Linked to", Kind: form.User}},
		Scopes: []org.Scope{"okta.users.manage"}, Role: "Organization Administrator",
		Effect: workflow.Changes, Repeat: workflow.Harmless,
	},
	Do: func(ctx context.Context, c *Call) (workflow.Output, error) {
		person, relationship, primary := linkOf(c.In)
		request := okta.Request{Method: "DELETE", Path: okta.Path("/api/v1/users/%s/linkedObjects/%s", person, relationship)}
		if primary != "" {
			request.Method, request.Path = "PUT", request.Path+okta.Path("/%s", primary)
		}
		_, err := c.Client.Do(ctx, request)
		return workflow.Output{}, err
	},
	Undo: Inverse{Look: lookUserLink, Back: userLinkBack},
}
