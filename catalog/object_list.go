package catalog

import (
	"slices"
	"strings"

	"caracal/form"
)

// List is an operation that lists objects which other operations name by id, and how to read its entries.
type List struct {
	ID        string // stable: the operation's id, or a name of ours where one operation serves several lists
	Operation Operation
	Places    []string            // the places of its path, in order: what has to be chosen before
	What      string              // of what the list is: "policy rules"
	Value     string              // the property that names an entry; dots lead into objects, and "/" at the end means the last part of an address
	Labels    []string            // the first of these properties that an entry has is what it is called
	Details   []string            // and these tell entries of one name apart
	Search    string              // the query parameter that takes the beginning of a name; "" when Okta has none
	Query     map[string][]string // sent along; several values are asked for one after another
}

// Several lists, or all of their entries, that the operation alone does not describe. What is left empty is taken
// from usual. Facts: the answers' schemas in Okta's description of the operations.
var knownLists = map[string]List{
	"listUsers":                                {What: "users", Labels: personLabels, Details: []string{"profile.login", "status"}},
	"listApplicationKeys":                      {Value: "kid", Details: []string{"status", "created", "expiresAt"}},
	"listIdentityProviderKeys":                 {Value: "kid", Details: []string{"created", "expiresAt"}},
	"listIdentityProviderSigningKeys":          {Value: "kid", Details: []string{"created", "expiresAt"}},
	"listFeaturesForApplication":               {Value: "name", Details: []string{"status", "description"}},
	"listAuthenticatorMethods":                 {Value: "type", Details: []string{"status"}},
	"listEmailTemplates":                       {Value: "name"},
	"listEmailCustomizations":                  {Labels: []string{"language"}, Details: []string{"subject"}},
	"listRolePermissions":                      {Value: "label"},
	"listSubscriptionsRole":                    {Value: "notificationType", Details: []string{"status"}},
	"listSubscriptionsUser":                    {Value: "notificationType", Details: []string{"status"}},
	"getOrgContactTypes":                       {What: "kinds of contact", Value: "contactType"},
	"listUserClients":                          {What: "clients of the user", Value: "client_id", Labels: []string{"client_name"}},
	"listOAuth2ClientsForAuthorizationServer":  {What: "clients of the authorization server", Value: "client_id", Labels: []string{"client_name"}},
	"listScopeConsentGrants":                   {What: "grants of the app", Labels: []string{"scopeId"}, Details: []string{"issuer", "status"}},
	"listUserGrants":                           {What: "grants of the user", Labels: []string{"scopeId"}, Details: []string{"clientId", "status"}},
	"listOAuth2TokensForApplication":           {What: "tokens of the app", Details: []string{"userId", "created", "status"}},
	"listRefreshTokensForUserAndClient":        {What: "tokens of the user", Details: []string{"created", "expiresAt", "status"}},
	"listApplicationUsers":                     {What: "users of the app", Labels: []string{"credentials.userName", "profile.email"}, Details: []string{"scope", "status"}},
	"listApplicationGroupAssignments":          {What: "groups of the app", Labels: []string{"_embedded.group.profile.name"}, Details: []string{"_embedded.group.profile.description"}, Query: map[string][]string{"expand": {"group"}}},
	"listIdentityProviderApplicationUsers":     {What: "users of the identity provider", Labels: []string{"profile.email", "externalId"}, Details: []string{"externalId"}},
	"listGroupUsers":                           {What: "members of the group", Labels: personLabels, Details: []string{"profile.login", "status"}},
	"listFactors":                              {What: "factors of the user", Labels: []string{"factorType"}, Details: []string{"provider", "status", "profile.phoneNumber", "profile.email", "profile.name"}},
	"listProfileMappings":                      {What: "profile mappings", Labels: []string{"source.name"}, Details: []string{"target.name", "target.type"}},
	"listCustomDomains":                        {Labels: []string{"domain"}, Details: []string{"validationStatus"}},
	"listEmailDomains":                         {Labels: []string{"displayName"}, Details: []string{"domain", "validationStatus"}},
	"listEmailServers":                         {Labels: []string{"alias"}, Details: []string{"host"}},
	"listApiTokens":                            {What: "API tokens", Details: []string{"userId", "expiresAt"}},
	"listPrincipalRateLimitEntities":           {What: "principal rate limits", Labels: []string{"principalId"}, Details: []string{"principalType"}, Query: map[string][]string{"filter": {`principalType eq "SSWS_TOKEN"`, `principalType eq "OAUTH_CLIENT"`}}},
	"listAssociatedServersByTrustedType":       {Query: map[string][]string{"trusted": {"true"}}},
	"listBrandThemes":                          {Labels: []string{"id"}, Details: []string{"primaryColorHex", "secondaryColorHex"}},
	"listResourceSetResources":                 {What: "resources of the set", Labels: []string{"orn"}, Details: []string{"description"}},
	"listMembersOfBinding":                     {What: "members of the binding", Details: []string{"_links.self.href"}},
	"listBindings":                             {What: "bindings of the resource set"},
	"listUISchemas":                            {What: "UI schemas", Labels: []string{"uiSchema.buttonLabel", "id"}, Details: []string{"id"}},
	"listGroupRules":                           {What: "group rules", Details: []string{"status"}, Search: "search"},
	"listTrustedOrigins":                       {What: "trusted origins", Details: []string{"origin", "status"}},
	"listPolicies":                             {What: "policies"},
	"listApiServiceIntegrationInstanceSecrets": {What: "secrets of the integration", Labels: []string{"id"}, Details: []string{"status", "created"}},
	"listIdentitySourceSessions":               {What: "sessions of the identity source", Details: []string{"status", "created"}},
	"listInlineHooks":                          {What: "inline hooks"},
	"listOAuth2Scopes":                         {What: "scopes of the authorization server", Labels: []string{"name"}, Details: []string{"displayName", "description"}},
	"listOAuth2Claims":                         {What: "claims of the authorization server", Details: []string{"claimType", "value"}},
	"listAuthorizationServerPolicies":          {What: "policies of the authorization server"},
	"listAuthorizationServerPolicyRules":       {What: "rules of the policy"},
	"listPolicyRules":                          {What: "rules of the policy"},
	"listPolicyMappings":                       {What: "mappings of the policy", Labels: []string{"id"}, Details: []string{"_links.application.href"}},
	"listRoles":                                {What: "custom admin roles"},
	"listResourceSets":                         {What: "resource sets"},
	"listApplicationTargetsForApplicationAdministratorRoleForUser":  {Value: "name"},
	"listApplicationTargetsForApplicationAdministratorRoleForGroup": {Value: "name"},
	"listAppTargetRoleToClient":                                     {Value: "name"},
}

// personLabels are what a person is called; "+" puts two properties together.
var personLabels = []string{"profile.firstName+profile.lastName", "profile.displayName", "profile.login"}

// ownLists are further readings of an operation's entries, by our name for them.
var ownLists = map[string]struct {
	operation string
	list      List
}{
	"groupsOrWords":        {"listGroups", List{What: "groups", Labels: []string{"profile.name"}, Details: []string{"profile.description"}}},
	"oauthClients":         {"listApplications", List{What: "OIDC apps", Value: "credentials.oauthClient.client_id", Labels: []string{"label"}, Details: []string{"name", "status"}}},
	"hookPublicKeys":       {"listHookKeys", List{What: "hook keys", Value: "keyId", Labels: []string{"name"}, Details: []string{"keyId"}}},
	"userSchemas":          {"listUserTypes", List{What: "user types", Value: "_links.schema.href/", Labels: []string{"displayName", "name"}, Details: []string{"name"}}},
	"primaryRelationships": {"listLinkedObjectDefinitions", List{What: "linked objects", Value: "primary.name", Labels: []string{"primary.title"}, Details: []string{"primary.name"}}},
	"associatedRelations":  {"listLinkedObjectDefinitions", List{What: "linked objects", Value: "associated.name", Labels: []string{"associated.title"}, Details: []string{"associated.name"}}},
}

// usual is what most entries are called and told apart by.
var usual = List{Value: "id", Labels: []string{"label", "name", "profile.name", "displayName", "profile.displayName", "title"},
	Details: []string{"type", "status", "description"}}

// elsewhere are places whose objects are not listed where their path begins, by the path up to the place or by
// the place alone.
var elsewhere = map[string]string{
	"{userIdOrLogin}": "listUsers", "{primaryUserId}": "listUsers", "{appInstanceId}": "listApplications", "{appId}": "listApplications",
	"{roleRef}": "listRoles", "{schemaId}": "userSchemas", "{publicKeyId}": "hookPublicKeys", "{primaryRelationshipName}": "primaryRelationships",
	"{relationshipName}": "associatedRelations", "{linkedObjectName}": "primaryRelationships", "/oauth2/v1/clients/{clientId}": "oauthClients",
	"/api/v1/apps/{appId}/policies/{policyId}": "listPolicies",
}

// assigning are the places of operations that add an object to a list: it is chosen from all there are, not from
// those that are in the list already. None means that Okta has no list of all.
var assigning = map[string]string{
	"PUT /api/v1/groups/{groupId}/users/{userId}":                                     "listUsers",
	"PUT /api/v1/apps/{appId}/groups/{groupId}":                                       "listGroups",
	"POST /api/v1/idps/{idpId}/users/{userId}":                                        "listUsers",
	"PUT /api/v1/users/{userId}/roles/{roleId}/targets/groups/{groupId}":              "listGroups",
	"PUT /api/v1/groups/{groupId}/roles/{roleId}/targets/groups/{targetGroupId}":      "listGroups",
	"PUT /oauth2/v1/clients/{clientId}/roles/{roleId}/targets/groups/{groupId}":       "listGroups",
	"PUT /api/v1/users/{userId}/roles/{roleId}/targets/catalog/apps/{appName}":        "",
	"PUT /api/v1/groups/{groupId}/roles/{roleId}/targets/catalog/apps/{appName}":      "",
	"PUT /oauth2/v1/clients/{clientId}/roles/{roleId}/targets/catalog/apps/{appName}": "",
	"POST /api/v1/iam/roles/{roleIdOrLabel}/permissions/{permissionType}":             "",
}

// listedFields are the fields of bodies, and the parameters of queries, that hold the id of an object which Okta
// lists, by "Shape.field" or by the name alone where it means the same everywhere.
var listedFields = map[string]string{
	"brandId": "listBrands", "captchaId": "listCaptchaInstances", "emailDomainId": "listEmailDomains", "realmId": "listRealms",
	"inlineHookId": "listInlineHooks", "oauthClientId": "oauthClients", "targetIdpId": "listIdentityProviders", "templateId": "listSmsTemplates",
	"targetAid": "listApplications", "userId": "listUsers", "appInstanceId": "listApplications",
	"AppUserAssignRequest.id": "listUsers", "PolicyContext.user.id": "listUsers", "PolicyContext.device.assuranceId": "listDeviceAssurancePolicies",
	"CreateUserRequest.type.id": "listUserTypes", "User.type.id": "listUserTypes", "SignOnInlineHook.id": "listInlineHooks",
	"TokenAuthorizationServerPolicyRuleActionInlineHook.id": "listInlineHooks", "PolicyMappingRequest.resourceId": "listApplications",
	"RiskProvider.clientId": "oauthClients", "AssignRoleRequest.role": "listRoles", "AssignRoleRequest.resource-set": "listResourceSets",
	"CustomRoleAssignmentSchema.role": "listRoles", "CustomRoleAssignmentSchema.resource-set": "listResourceSets", "ResourceSetBindingCreateRequest.role": "listRoles",

	// Several of them. Where Okta takes a word such as EVERYONE or ALL_CLIENTS as well, it is typed.
	"CreateUserRequest.groupIds": "listGroups", "GroupRuleGroupAssignment.groupIds": "listGroups", "ProfileEnrollmentPolicyRuleAction.targetGroupIds": "listGroups",
	"GroupCondition.include": "listGroups", "GroupCondition.exclude": "listGroups", "GroupPolicyRuleCondition.include": "listGroups", "GroupPolicyRuleCondition.exclude": "listGroups",
	"GroupRuleGroupCondition.include": "listGroups", "GroupRuleGroupCondition.exclude": "listGroups", "PolicyAccountLinkFilterGroups.include": "listGroups", "PolicyContext.groups.ids": "listGroups",
	"AuthorizationServerPolicyRuleGroupCondition.include": "groupsOrWords",
	"UserCondition.include":                               "listUsers", "UserCondition.exclude": "listUsers", "UserPolicyRuleCondition.include": "listUsers", "UserPolicyRuleCondition.exclude": "listUsers",
	"GroupRuleUserCondition.include": "listUsers", "GroupRuleUserCondition.exclude": "listUsers", "AuthorizationServerPolicyRuleUserCondition.include": "listUsers",
	"PolicyNetworkCondition.include": "listNetworkZones", "PolicyNetworkCondition.exclude": "listNetworkZones", "PolicyContext.zones.ids": "listNetworkZones",
	"ApiTokenUpdate.network.include": "listNetworkZones", "ApiTokenUpdate.network.exclude": "listNetworkZones", "ThreatInsightConfiguration.excludeZones": "listNetworkZones",
	"ApplicationSettingsNotificationsVpnNetwork.include": "listNetworkZones", "ApplicationSettingsNotificationsVpnNetwork.exclude": "listNetworkZones",
	"AppInstancePolicyRuleCondition.include": "listApplications", "AppInstancePolicyRuleCondition.exclude": "listApplications",
	"AssociatedServerMediated.trusted": "listAuthorizationServers", "ClientPolicyCondition.include": "oauthClients", "DevicePolicyRuleConditionAssurance.include": "listDeviceAssurancePolicies",
	"IdentityProviderPolicyRuleCondition.idpIds": "listIdentityProviders", "RiskPolicyRuleCondition.behaviors": "listBehaviorDetectionRules",
	"UserTypeCondition.include": "listUserTypes", "UserTypeCondition.exclude": "listUserTypes",
}

// List returns the list of this id.
func (c *Catalog) List(id string) (List, bool) {
	l, known := knownLists[id]
	operation := id
	if own, ok := ownLists[id]; ok {
		l, known, operation = own.list, true, own.operation
	}
	op, ok := c.byID[operation]
	if !ok || op.Method != "GET" || !known && op.Answer != "list" && op.Answer != "object" {
		return List{}, false
	}
	l.ID, l.Operation, l.Places = id, op, placesOf(op.Path)
	if l.What == "" {
		l.What = strings.ToLower(strings.TrimPrefix(op.Summary, "List all "))
	}
	if l.Value == "" {
		l.Value = usual.Value
	}
	if l.Labels == nil {
		l.Labels = append(slices.Clone(usual.Labels), l.Value)
	}
	if l.Details == nil {
		l.Details = usual.Details
	}
	query := map[string][]string{}
	for name, values := range l.Query {
		query[name] = values
	}
	for _, p := range op.Parameters {
		switch {
		case p.In != "query":
		case p.Name == "q" && l.Search == "":
			l.Search = "q"
		case p.Required && len(p.Options) > 0:
			for _, o := range p.Options { // "CONTINUOUS_ACCESS (EA)"
				value, _, _ := strings.Cut(o, " ")
				query[p.Name] = append(query[p.Name], value)
			}
		}
	}
	l.Query = query
	return l, true
}

// ListFor returns the list of the objects that a place of an operation's path names: the operation that reads the
// collection before the place, or the one that the tables name.
func (c *Catalog) ListFor(op Operation, place string) (List, bool) {
	before, _, found := strings.Cut(op.Path, "/{"+place+"}")
	if !found {
		return List{}, false
	}
	whole := before + "/{" + place + "}"
	if id, ok := assigning[op.Method+" "+whole]; ok && whole == op.Path {
		return c.List(id)
	}
	for _, key := range []string{whole, "{" + place + "}"} {
		if id, ok := elsewhere[key]; ok {
			return c.List(id)
		}
	}
	for _, o := range c.operations {
		if o.Method == "GET" && o.Path == before && strings.HasPrefix(o.ID, "list") || o.Path == before && o.ID == "getOrgContactTypes" {
			return c.List(o.ID)
		}
	}
	return List{}, false
}

// Kind returns the kind of a field that is chosen from the list.
func (l List) Kind() form.Kind {
	switch l.ID {
	case "listUsers":
		return form.User
	case "listGroups":
		return form.Group
	case "listApplications":
		return form.App
	}
	return form.ListOf(l.ID)
}

// PickKind returns the kind of a field for the input, which is chosen from its list: one entry, or several.
func (in Input) PickKind() form.Kind {
	switch kind := in.List.Kind(); {
	case in.Kind != ListInput:
		return kind
	case kind == form.User:
		return form.Users
	case kind == form.Group:
		return form.Groups
	}
	return form.ListsOf(in.List.ID)
}

// placesOf returns the names of a path's places, in order.
func placesOf(path string) []string {
	var out []string
	for part := range strings.SplitSeq(path, "/") {
		if name, ok := strings.CutPrefix(part, "{"); ok {
			out = append(out, strings.TrimSuffix(name, "}"))
		}
	}
	return out
}

// listOf returns the list that an input is chosen from, or nil. shape is what the field belongs to.
func (c *Catalog) listOf(op Operation, shape string, in Input) *List {
	if in.Kind != TextInput && in.Kind != ListInput {
		return nil
	}
	var l List
	var ok bool
	switch in.In {
	case "path":
		l, ok = c.ListFor(op, in.Name)
		if ok && !placesWithin(l.Places, op.Path) {
			return nil
		}
	case "header":
		return nil
	default:
		id := listedFields[shape+"."+in.Name]
		if id == "" {
			id = listedFields[in.Name]
		}
		l, ok = c.List(id)
	}
	if !ok {
		return nil
	}
	return &l
}

// placesWithin reports whether an operation's path fills every place of a list's path.
func placesWithin(places []string, path string) bool {
	return !slices.ContainsFunc(places, func(p string) bool { return !strings.Contains(path, "{"+p+"}") })
}
