package actions

// All lists the curated actions in the order the builder offers them. An id, once stored in a run, is never
// renamed.
func All() []Action {
	return []Action{
		userFind, userList, userListGroups, userListApps, userListFactors,
		userCreate, userActivate, userReactivate, userUpdate, userChangeManager,
		userSuspend, userUnsuspend, userUnlock, userExpirePassword, userResetPassword,
		userResetFactors, userClearSessions, userDeactivate, userDelete,

		groupFind, groupListMembers, groupCreate, groupUpdate, groupAddMember, groupRemoveMember,
		groupReplaceMembers, groupDelete,

		groupRuleCreate, groupRuleActivate, groupRuleDeactivate,

		appFind, appList, appListUsers, appLastUse,
		appAssignUser, appUnassignUser, appAssignGroup, appUnassignGroup, appActivate, appDeactivate,

		adminRoleAssign, adminRoleUnassign, customRoleAssign, customRoleUnassign,
		groupRoleAssign, groupRoleUnassign, groupCustomRoleAssign, groupCustomRoleUnassign,

		logSearch,
	}
}
