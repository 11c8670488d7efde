package oktasim

func (o *Org) userRoutes() []route {
	const read, manage, one = "okta.users.read", "okta.users.manage", "/api/v1/users/{userId}"
	cycle, cred, factors := one+"/lifecycle/", one+"/credentials/", one+"/factors"
	client, subscription := one+"/clients/{clientId}", one+"/subscriptions/{notificationType}"
	living := []string{statusActive, statusPasswordExpired, statusLockedOut, statusRecovery}
	return []route{
		{method: "GET", pattern: "/api/v1/users", scope: read, handle: (*call).listUsers},
		{method: "POST", pattern: "/api/v1/users", scope: manage, handle: (*call).postUser},
		{method: "GET", pattern: one, scope: read, handle: (*call).getUser},
		{method: "POST", pattern: one, scope: manage, handle: (*call).updateUser},
		{method: "PUT", pattern: one, scope: manage, handle: (*call).replaceUser},
		{method: "DELETE", pattern: one, scope: manage, handle: (*call).deleteUser},

		{method: "POST", pattern: cycle + "activate", scope: manage, handle: lifecycle((*call).postActivate)},
		{method: "POST", pattern: cycle + "reactivate", scope: manage, handle: lifecycle((*call).postReactivate, statusProvisioned, statusRecovery)},
		{method: "POST", pattern: cycle + "deactivate", scope: manage, handle: lifecycle((*call).postDeactivate)},
		{method: "POST", pattern: cycle + "suspend", scope: manage, handle: lifecycle((*call).postSuspend)},
		{method: "POST", pattern: cycle + "unsuspend", scope: manage, handle: lifecycle((*call).postUnsuspend)},
		{method: "POST", pattern: cycle + "unlock", scope: manage, handle: lifecycle((*call).postUnlock)},
		{method: "POST", pattern: cycle + "reset_factors", scope: manage, handle: lifecycle((*call).postResetFactors)},
		{method: "POST", pattern: cycle + "expire_password", scope: manage, handle: lifecycle((*call).postExpirePassword, statusActive)},
		{method: "POST", pattern: cycle + "expire_password_with_temp_password", scope: manage, handle: lifecycle((*call).postExpireWithTemporary, statusActive)},
		{method: "POST", pattern: cycle + "reset_password", scope: manage, handle: lifecycle((*call).postResetPassword,
			append(living, statusProvisioned)...)},

		{method: "POST", pattern: cred + "change_password", scope: manage, handle: inStatus(errNoChange, (*call).postChangePassword,
			statusStaged, statusActive, statusPasswordExpired, statusRecovery)},
		{method: "POST", pattern: cred + "change_recovery_question", scope: manage, handle: inStatus(errNoQuestionChange, (*call).postChangeQuestion,
			statusStaged, statusActive, statusRecovery)},
		{method: "POST", pattern: cred + "forgot_password", scope: manage, handle: inStatus(errNoForgot, (*call).postForgotPassword, statusActive)},
		{method: "POST", pattern: cred + "forgot_password_recovery_question", scope: manage, handle: inStatus(errNoForgot, (*call).postForgotWithQuestion,
			statusActive, statusRecovery, statusPasswordExpired)},

		{method: "GET", pattern: factors, scope: read, handle: lifecycle((*call).listFactors)},
		{method: "POST", pattern: factors, scope: manage, handle: lifecycle((*call).enrollFactor, append(living, statusProvisioned)...)},
		{method: "GET", pattern: factors + "/catalog", scope: read, handle: lifecycle((*call).listFactorCatalog)},
		{method: "GET", pattern: factors + "/questions", scope: "", handle: lifecycle((*call).listQuestions)},
		{method: "GET", pattern: factors + "/{factorId}", scope: read, handle: onFactor((*call).getFactor)},
		{method: "PUT", pattern: factors + "/{factorId}", scope: manage, handle: onFactor((*call).replaceFactor)},
		{method: "DELETE", pattern: factors + "/{factorId}", scope: manage, handle: onFactor((*call).deleteFactor)},
		{method: "POST", pattern: factors + "/{factorId}/lifecycle/activate", scope: manage, handle: onFactor((*call).activateFactor)},
		{method: "POST", pattern: factors + "/{factorId}/resend", scope: manage, handle: onFactor((*call).resendFactor)},
		{method: "POST", pattern: factors + "/{factorId}/verify", scope: manage, handle: onFactor((*call).verifyFactor)},
		{method: "GET", pattern: factors + "/{factorId}/transactions/{transactionId}", scope: read, handle: lifecycle(missing("transactionId", "FactorTransaction"))},

		{method: "GET", pattern: one + "/groups", scope: read, handle: lifecycle((*call).listUserGroups)},
		{method: "GET", pattern: one + "/appLinks", scope: read, handle: lifecycle((*call).listAppLinks)},
		{method: "DELETE", pattern: one + "/sessions", scope: manage, handle: lifecycle((*call).clearSessions)},
		{method: "GET", pattern: one + "/blocks", scope: read, handle: lifecycle((*call).emptyList)},
		{method: "GET", pattern: one + "/idps", scope: read, handle: lifecycle((*call).emptyList)},
		{method: "GET", pattern: one + "/clients", scope: read, handle: lifecycle((*call).emptyList)},
		{method: "GET", pattern: client + "/grants", scope: read, handle: lifecycle((*call).emptyList)},
		{method: "DELETE", pattern: client + "/grants", scope: manage, handle: lifecycle((*call).noContent)},
		{method: "GET", pattern: client + "/tokens", scope: read, handle: lifecycle((*call).emptyList)},
		{method: "DELETE", pattern: client + "/tokens", scope: manage, handle: lifecycle((*call).noContent)},
		{method: "GET", pattern: client + "/tokens/{tokenId}", scope: read, handle: lifecycle(missing("tokenId", "OAuth2RefreshToken"))},
		{method: "DELETE", pattern: client + "/tokens/{tokenId}", scope: manage, handle: lifecycle(missing("tokenId", "OAuth2RefreshToken"))},
		{method: "GET", pattern: one + "/grants", scope: read, handle: lifecycle((*call).emptyList)},
		{method: "DELETE", pattern: one + "/grants", scope: manage, handle: lifecycle((*call).noContent)},
		{method: "GET", pattern: one + "/grants/{grantId}", scope: read, handle: lifecycle(missing("grantId", "OAuth2ScopeConsentGrant"))},
		{method: "DELETE", pattern: one + "/grants/{grantId}", scope: manage, handle: lifecycle(missing("grantId", "OAuth2ScopeConsentGrant"))},
		{method: "GET", pattern: one + "/risk", scope: "okta.userRisk.read", handle: lifecycle((*call).getRisk)},
		{method: "PUT", pattern: one + "/risk", scope: "okta.userRisk.manage", handle: lifecycle((*call).putRisk)},
		{method: "GET", pattern: one + "/subscriptions", scope: read, handle: lifecycle((*call).listUserSubscriptions)},
		{method: "GET", pattern: subscription, scope: read, handle: lifecycle((*call).getUserSubscription)},
		{method: "POST", pattern: subscription + "/subscribe", scope: manage, handle: lifecycle(setUserSubscription(true))},
		{method: "POST", pattern: subscription + "/unsubscribe", scope: manage, handle: lifecycle(setUserSubscription(false))},
	}
}
