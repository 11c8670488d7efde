package actions

import (
	"context"
	"encoding/json"

	"caracal/catalog"
	"caracal/fault"
	"caracal/workflow"
)

// remaking says how something that was deleted is made anew.
type remaking struct {
	same   []string // pointers of values that no two may have in common: where another has one, a person looks first; none: all of them together
	id     string   // pointer into the object that tells its id; "/id" when ""
	named  bool     // its id is a name, which it has again
	idle   bool     // Okta makes it turned off
	all    bool     // the operation deletes all that lies in a list
	within string   // what lies in it and is made anew with it, as the path below its own
	query  string   // value that its list can't be read without
	lost   []func(Done) string

	// shown adds what the object tells in another form than it is sent in.
	shown func(object map[string]any)
	// gather adds to the object what it does not tell itself.
	gather func(ctx context.Context, c *Call, address string, object map[string]any) error
	// secret says why it can't be made anew, by what the object shows of itself; "" where it can.
	secret func(object map[string]any) string
}

// says is something that does not come back, whatever was done.
func says(sentence string) []func(Done) string {
	return []func(Done) string{func(Done) string { return sentence }}
}

// remakings are deletions that are taken back by making it anew: what Okta shows of the object is all that there was, but
// for its id. Deletions of what holds more (an app, a brand, an authorization server) stand in unpaired.
var remakings = map[string]remaking{
	"deleteNetworkZone":                   {same: []string{"/name"}},
	"deleteTrustedOrigin":                 {same: []string{"/name", "/origin"}},
	"deleteBehaviorDetectionRule":         {same: []string{"/name"}},
	"deleteSmsTemplate":                   {same: []string{"/type"}},
	"deleteEmailCustomization":            {same: []string{"/language"}},
	"deleteAllCustomizations":             {all: true, same: []string{"/language"}},
	"deleteOAuth2Scope":                   {same: []string{"/name"}, lost: says("Consents that people gave to the scope do not come back.")},
	"deleteOAuth2Claim":                   {same: []string{"/name"}},
	"deleteAuthorizationServerPolicyRule": {same: []string{"/name"}},
	"deleteAuthorizationServerPolicy":     {same: []string{"/name"}, within: "/rules"},
	"deletePolicyRule":                    {same: []string{"/name"}, secret: onlyRule},
	"deletePolicy": {same: []string{"/name"}, query: "type", within: "/rules", secret: ownRules,
		lost: says("Apps that followed the policy are not moved back to it. Its last rule, which Okta makes by itself, is as Okta makes it.")},
	"deletePolicyResourceMapping":          {shown: mappedResource, same: []string{"/resourceId"}},
	"deleteDeviceAssurancePolicy":          {same: []string{"/name"}},
	"deleteRealm":                          {same: []string{"/profile/name"}},
	"deleteRealmAssignment":                {same: []string{"/name"}},
	"deleteGroupRule":                      {same: []string{"/name"}, idle: true, lost: []func(Done) string{ruleMembers}},
	"deleteEventHook":                      {same: []string{"/name"}, secret: hookSecret, lost: says("Okta asks the address once more to prove itself; verify the hook in Okta. Events of the time between were not sent.")},
	"deleteInlineHook":                     {same: []string{"/name"}, secret: hookSecret},
	"deleteLogStream":                      {same: []string{"/name"}, secret: streamSecret, lost: says("Amazon shows the stream as a new event source, which has to be taken on there. Events of the time between were not sent.")},
	"deleteRiskProvider":                   {same: []string{"/name"}},
	"deleteSecurityEventsProviderInstance": {same: []string{"/name"}},
	"deleteUISchemas":                      {},
	"deleteIdentityProviderKey":            {id: "/kid"},
	"deleteRole":                           {same: []string{"/label"}, gather: rolePermissions, lost: says("Whoever had the role does not get it back; assign it anew.")},
	"deleteResourceSet":                    {same: []string{"/label"}, gather: setResources, lost: says("Who had which role in the set does not come back; assign the roles anew.")},
	"deleteLinkedObjectDefinition":         {named: true, id: "/primary/name", lost: says("Whom people were linked to by it does not come back.")},
	"revokeScopeConsentGrant":              {same: []string{"/scopeId"}, secret: grantOfPerson, lost: says("Tokens that were taken back with it do not come back; the app asks for new ones.")},
}

// anewOf says how a deletion is taken back by making it anew.
func anewOf(c *catalog.Catalog, op catalog.Operation) (pair, bool) {
	r, ok := remakings[op.ID]
	if !ok {
		return pair{}, false
	}
	list, _ := cutLast(op.Path)
	if r.all {
		list = op.Path
	}
	back, ok := c.At("POST", list)
	if !ok || back.Body == nil {
		return pair{}, false // of an imported description
	}
	p := pair{Way: remakes, Back: back, Base: op.Path, Anew: r}
	if p.Read, p.List = reading(c, op.Path); r.all {
		one, _ := childOf(c, back)
		p.Base = one.Path
		p.Read, p.List = reading(c, one.Path)
	}
	return p, p.Read.ID != "" || p.List.ID != ""
}

// onlyRule: "You can't create additional rules for the PROFILE_ENROLLMENT or CONTINUOUS_ACCESS policies" (operation
// createPolicyRule).
func onlyRule(object map[string]any) string {
	switch object["type"] {
	case "PROFILE_ENROLLMENT", "CONTINUOUS_ACCESS":
		return "Okta takes no new rule into a policy of this type; set its values anew in Okta."
	}
	return ""
}

func ownRules(object map[string]any) string {
	if why := onlyRule(object); why != "" {
		return "Okta takes no new rule into a policy of this type, so that only the policy could be made anew and not what it says; make it anew in Okta."
	}
	return ""
}

// hookSecret: what a hook proves itself with is written and never read (operations getEventHook and getInlineHook).
func hookSecret(object map[string]any) string {
	for _, pointer := range []string{"/channel/config/authScheme", "/channel/config/clientId"} {
		if v := at(object, pointer); !workflow.SameValue(v, nil) {
			return "The hook proves itself to its address by a secret, which Okta does not give out; make it anew in Okta, with a new one."
		}
	}
	if headers, _ := at(object, "/channel/config/headers").([]any); len(headers) > 0 {
		return "The hook sends headers of its own, which may be secret and are not kept; make it anew in Okta."
	}
	return ""
}

// streamSecret: the token of Splunk's HTTP event collector is written and never read (schema LogStreamSettingsSplunk).
func streamSecret(object map[string]any) string {
	if object["type"] != "aws_eventbridge" {
		return "The stream holds a token of its receiver, which Okta does not give out; make it anew in Okta, with the token."
	}
	return ""
}

func grantOfPerson(object map[string]any) string {
	if source := textOf(object["source"]); source != "" && source != "ADMIN" {
		return "The consent was given by a person, who has to give it anew."
	}
	return ""
}

func ruleMembers(d Done) string {
	if d.In["removeUsers"] == "true" {
		return ""
	}
	return "Those whom the rule had put into its groups stayed in them as if by hand. The rule that is made anew does not take them out where it no longer fits them."
}

// mappedResource reads which app a policy's mapping leads to: Okta shows it by a link alone (schema PolicyMapping), and maps
// nothing but apps (schema PolicyMappingRequest).
func mappedResource(object map[string]any) {
	if href := textOf(at(object, "/_links/application/href")); href != "" {
		object["resourceId"], object["resourceType"] = lastOf(href), "APP"
	}
}

// rolePermissions reads what a custom role may do.
func rolePermissions(ctx context.Context, c *Call, address string, object map[string]any) error {
	var answer struct {
		Permissions []struct {
			Label      string
			Conditions any
		}
	}
	if err := c.Get(ctx, address+"/permissions", nil, &answer); err != nil {
		return err
	}
	labels := []any{}
	for _, p := range answer.Permissions {
		if p.Conditions != nil {
			return fault.New(fault.Invalid, "The permission %s has conditions, which are not kept.", p.Label)
		}
		labels = append(labels, p.Label)
	}
	object["permissions"] = labels
	return nil
}

// setResources reads what belongs to a resource set.
func setResources(ctx context.Context, c *Call, address string, object map[string]any) error {
	var refs []any
	err := c.Each(ctx, address+"/resources", nil, mostWithin+1, func(raw json.RawMessage) error {
		var e setEntry
		if err := json.Unmarshal(raw, &e); err != nil {
			return fault.New(fault.Upstream, "An entry of Okta's list could not be read.").Because(err)
		}
		refs = append(refs, e.ref("/resources"))
		return nil
	})
	if err == nil && len(refs) > mostWithin {
		return fault.New(fault.Invalid, "More than %d resources belong to the set, and a step keeps no more.", mostWithin)
	}
	object["resources"] = refs
	return err
}
