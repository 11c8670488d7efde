package actions

import "caracal/catalog"

// curatedPairs are operations that a curated action makes as well: they are taken back in the same way. fields says
// which of the operation's fields fill those of the action.
var curatedPairs = map[string]struct {
	action string
	fields map[string]string
}{
	"activateUser":                {"user.activate", map[string]string{"user": "userId", "send_email": "sendEmail"}},
	"deactivateUser":              {"user.deactivate", map[string]string{"user": "userId"}},
	"suspendUser":                 {"user.suspend", map[string]string{"user": "userId"}},
	"unsuspendUser":               {"user.unsuspend", map[string]string{"user": "userId"}},
	"unlockUser":                  {"user.unlock", nil},
	"expirePassword":              {"user.expire_password", nil},
	"reactivateUser":              {"user.reactivate", nil},
	"resetFactors":                {"user.reset_factors", nil},
	"generateResetPasswordToken":  {"user.reset_password", nil},
	"revokeUserSessions":          {"user.clear_sessions", nil},
	"deleteUser":                  {"user.delete", nil},
	"deleteGroup":                 {"group.delete", nil},
	"assignUserToGroup":           {"group.add_member", map[string]string{"group": "groupId", "user": "userId"}},
	"unassignUserFromGroup":       {"group.remove_member", map[string]string{"group": "groupId", "user": "userId"}},
	"activateGroupRule":           {"group_rule.activate", map[string]string{"rule": "groupRuleId"}},
	"deactivateGroupRule":         {"group_rule.deactivate", map[string]string{"rule": "groupRuleId"}},
	"activateApplication":         {"app.activate", map[string]string{"app": "appId"}},
	"deactivateApplication":       {"app.deactivate", map[string]string{"app": "appId"}},
	"assignUserToApplication":     {"app.assign_user", map[string]string{"app": "appId", "user": "id"}},
	"unassignUserFromApplication": {"app.unassign_user", map[string]string{"app": "appId", "user": "userId"}},
}

// ownPairs are operations whose counterpart the rules do not find, or find otherwise.
var ownPairs = map[string]func(*catalog.Catalog) pair{
	// PUT would write credentials; what is changed of a person is the profile.
	"updateUser":  profilePair,
	"replaceUser": profilePair,
	// PATCH takes a list of changes and no object; PUT takes the object.
	"updateGroupAssignmentToApplication": func(c *catalog.Catalog) pair {
		const path = "/api/v1/apps/{appId}/groups/{groupId}"
		return pair{Way: putsBack, Base: path, Read: must(c, "GET", path), Back: must(c, "PUT", path)}
	},
	"updateFeatureLifecycle": func(c *catalog.Catalog) pair {
		const path = "/api/v1/features/{featureId}"
		return pair{Way: turns, Base: path, Read: must(c, "GET", path), Back: must(c, "POST", path+"/{lifecycle}"), Property: "/status", Param: "lifecycle"}
	},
	"clonePolicy": func(c *catalog.Catalog) pair {
		const path = "/api/v1/policies/{policyId}"
		return pair{Way: removes, Base: path, Read: must(c, "GET", path), Back: must(c, "DELETE", path)}
	},
	"assignGroupOwner": func(c *catalog.Catalog) pair {
		const path = "/api/v1/groups/{groupId}/owners"
		return pair{Way: unlinks, Base: path + "/{ownerId}", List: must(c, "GET", path), Back: must(c, "DELETE", path+"/{ownerId}"), ID: "=id"}
	},
	"deleteGroupOwner": func(c *catalog.Catalog) pair {
		const path = "/api/v1/groups/{groupId}/owners"
		return pair{Way: links, Base: path + "/{ownerId}", List: must(c, "GET", path), Back: must(c, "POST", path)}
	},
	"createIdentityProviderKey": func(c *catalog.Catalog) pair {
		return made(c, "/api/v1/idps/credentials/keys/{idpKeyId}", "/kid")
	},
	"createLinkedObjectDefinition": func(c *catalog.Catalog) pair {
		return made(c, "/api/v1/meta/schemas/user/linkedObjects/{linkedObjectName}", "/primary/name")
	},
	// These two are read as lists of one.
	"replaceAuthenticatorSettings": func(c *catalog.Catalog) pair {
		return setting(c, "/attack-protection/api/v1/authenticator-settings")
	},
	"replaceUserLockoutSettings": func(c *catalog.Catalog) pair {
		return setting(c, "/attack-protection/api/v1/user-lockout-settings")
	},
}

func profilePair(c *catalog.Catalog) pair {
	const path = "/api/v1/users/{userId}"
	return pair{Way: putsBack, Base: path, Read: must(c, "GET", path), Back: must(c, "POST", path), Partial: true, Only: "/profile"}
}

func setting(c *catalog.Catalog, path string) pair {
	return pair{Way: putsBack, Base: path, Read: must(c, "GET", path), Back: must(c, "PUT", path)}
}

func made(c *catalog.Catalog, path, id string) pair {
	return pair{Way: removes, Base: path, Read: must(c, "GET", path), Back: must(c, "DELETE", path), ID: id}
}

// must returns an operation that the tables name. An imported description may lack it: the pair does nothing then.
func must(c *catalog.Catalog, method, path string) catalog.Operation {
	op, _ := c.At(method, path)
	return op
}

type reason struct {
	category category
	why      string
}

// Reasons that several operations share.
var (
	tokensEnd    = reason{ended, "Tokens that were taken back can't be given again; apps and people get new ones."}
	consentsEnd  = reason{ended, "A consent that was taken back has to be given anew by whoever gave it."}
	mailSent     = reason{sent, "What was sent stays sent."}
	keysStay     = reason{secrets, "Okta keeps a key that it made; take it out of use in Okta."}
	csrGone      = reason{secrets, "A signing request that was taken back has to be made anew, with another key."}
	agentUpdates = reason{underWay, "An update of agents takes its own course; pause, resume or stop it in Okta."}
	passwordGone = reason{secrets, "Nobody but the person knew what was there, so it can't be put back."}
	testOnly     = reason{noLasting, "It changes nothing that lasts."}
	recordsQueue = reason{underWay, "Okta takes the records on for an import, which takes its own course."}
	pictureGone  = reason{deleted, "Okta does not give out the picture that was there, so it can't be put back; load it up again."}
)

// unpaired are operations that can't be taken back, with the reason. A test holds that every operation which the rules
// give no way is here, or is a deletion.
var unpaired = map[string]reason{
	"createAgentPoolsUpdate":     agentUpdates,
	"updateAgentPoolsUpdate":     agentUpdates,
	"activateAgentPoolsUpdate":   agentUpdates,
	"deactivateAgentPoolsUpdate": agentUpdates,
	"pauseAgentPoolsUpdate":      agentUpdates,
	"resumeAgentPoolsUpdate":     agentUpdates,
	"retryAgentPoolsUpdate":      agentUpdates,
	"stopAgentPoolsUpdate":       agentUpdates,

	"revokeApiToken":                                     {secrets, "An API token that was revoked does not come back; a new one has another value."},
	"generateApplicationKey":                             keysStay,
	"cloneApplicationKey":                                keysStay,
	"revokeCsrFromApplication":                           csrGone,
	"generateIdentityProviderSigningKey":                 keysStay,
	"cloneIdentityProviderKey":                           keysStay,
	"revokeCsrForIdentityProvider":                       csrGone,
	"rotateAuthorizationServerKeys":                      {secrets, "Keys that were rotated out are not used again."},
	"upsertCertificate":                                  {secrets, "Okta gives out no private key, so the certificate of before can't be put back; load it up again."},
	"updateDefaultProvisioningConnectionForApplication":  {secrets, "Okta gives out no token of a provisioning connection, so the one of before can't be put back; set it anew in Okta."},
	"verifyProvisioningConnectionForApplication":         {secrets, "A consent between Okta and an app can't be taken back here; do it in the app."},
	"changePassword":                                     passwordGone,
	"changeRecoveryQuestion":                             passwordGone,
	"forgotPassword":                                     passwordGone,
	"forgotPasswordSetNewPassword":                       passwordGone,
	"expirePasswordAndGetTemporaryPassword":              passwordGone,
	"deleteApiServiceIntegrationInstanceSecret":          {secrets, "A secret that was deleted does not come back; a new one has another value."},
	"activateFactor":                                     {secrets, "A factor that a person has enrolled is not made “not enrolled”; reset it where that is wanted."},
	"unenrollFactor":                                     {secrets, "Factors that were taken away can only be enrolled anew by the person."},
	"verifyFactor":                                       testOnly,
	"resendEnrollFactor":                                 mailSent,
	"sendTestEmail":                                      mailSent,
	"testEmailServer":                                    mailSent,
	"sendRiskEvents":                                     mailSent,
	"verifyEventHook":                                    testOnly,
	"verifyDomain":                                       testOnly,
	"verifyEmailDomain":                                  testOnly,
	"executeInlineHook":                                  testOnly,
	"createPolicySimulation":                             testOnly,
	"refreshSession":                                     testOnly,
	"uploadIdentitySourceDataForDelete":                  recordsQueue,
	"uploadIdentitySourceDataForUpsert":                  recordsQueue,
	"startImportFromIdentitySource":                      recordsQueue,
	"executeRealmAssignment":                             {underWay, "People are moved between realms as Okta works through the rules; move them back in Okta."},
	"updateADGroupMembership":                            {underWay, "Active Directory carries this out by itself, and does not say who was in the group before."},
	"bulkRemoveEmailAddressBounces":                      {noLasting, "An address that e-mails bounced from comes back on the list when one bounces again."},
	"extendOktaSupport":                                  {noPair, "The time of Okta's support can be made longer and not shorter; revoke it where that is wanted."},
	"updateThirdPartyAdminSetting":                       {noPair, "Okta's description does not say what this setting is sent as, so it can't be put back; look at it in Okta."},
	"createAuthenticator":                                {noPair, "Okta does not delete an authenticator; deactivate it where that is wanted."},
	"createPrincipalRateLimitEntity":                     {noPair, "Okta does not delete the rate limit of a token or an app; set it anew where that is wanted."},
	"deleteBrandThemeBackgroundImage":                    pictureGone,
	"deleteBrandThemeFavicon":                            pictureGone,
	"deleteBrandThemeLogo":                               pictureGone,
	"deleteSsfStream":                                    {secrets, "The stream holds a secret of its receiver, which is not kept; make it anew."},
	"revokeGrantsForUserAndClient":                       consentsEnd,
	"revokeUserGrants":                                   consentsEnd,
	"revokeUserGrant":                                    consentsEnd,
	"revokeOAuth2TokensForApplication":                   tokensEnd,
	"revokeOAuth2TokenForApplication":                    tokensEnd,
	"revokeRefreshTokensForAuthorizationServerAndClient": tokensEnd,
	"revokeRefreshTokenForAuthorizationServerAndClient":  tokensEnd,
	"revokeTokensForUserAndClient":                       tokensEnd,
	"revokeTokenForUserAndClient":                        tokensEnd,
	"revokeSession":                                      {ended, "A session that was ended does not begin again; the person signs in anew."},

	"deleteApplication":                   {deleted, "An app takes its keys and secrets, its assignments and what people have in it with it; Okta gives out neither, so it would be another app. Deactivate apps where they may be needed again."},
	"deleteAuthorizationServer":           {deleted, "The server's address holds its id, and its tokens are signed by keys that Okta does not give out, so that nothing would trust one that was made anew. Deactivate it where it may be needed again."},
	"deleteBrand":                         {deleted, "A brand takes its pictures, pages and texts with it, and Okta does not give out pictures; make it anew in Okta."},
	"deleteUserType":                      {deleted, "A type of users takes the properties of its own with it; make it anew in Okta, with them."},
	"deleteDevice":                        {deleted, "A device that was deleted comes back when its person registers it anew."},
	"deleteCustomDomain":                  {deleted, "Okta asks for other DNS records when a domain is added anew, and its certificate's key is not given out; set it up anew in Okta."},
	"deleteEmailDomain":                   {deleted, "Okta asks for other DNS records when a domain is added anew; set it up anew in Okta."},
	"deleteCaptchaInstance":               {secrets, "Okta does not give out the secret key of a CAPTCHA; make it anew in Okta, with the key."},
	"deleteEmailServer":                   {secrets, "Okta does not give out the password of a mail server; make it anew in Okta, with the password."},
	"deletePushProvider":                  {secrets, "Okta does not give out the key of a push provider; make it anew in Okta, with the key."},
	"deleteHookKey":                       {secrets, "Okta keeps the private half of a key that it made; a new one is another key."},
	"deleteIdentityProvider":              {secrets, "Okta does not give out the secret of an identity provider, and whom it was linked to goes with it; make it anew in Okta. Deactivate it where it may be needed again."},
	"deleteApiServiceIntegrationInstance": {secrets, "An integration has a secret, which Okta gives out once; install it anew in Okta."},
	"deleteIdentitySourceSession":         {underWay, "An import that was called off is begun anew by a new session, with its records."},
	"deleteAgentPoolsUpdate":              agentUpdates,
}
