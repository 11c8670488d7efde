package views

import (
	"time"

	"caracal/org"
)

// galleryRules is advice of every weight.
func galleryRules() RuleAdviceProps {
	const path = "Admin Console › Directory › Groups › Rules › Engineering rule"
	return RuleAdviceProps{Path: "/workflows/wf_onboard/run/advice", Asked: true, Rows: []RuleAdviceRow{
		{Step: "Out of Engineering", Title: "The rule “Engineering rule” gives this membership", Weighty: true, Condition: `user.department=="Engineering" AND user.userType=="Employee"`,
			Text: "Its condition holds for Zoë O'Neil. Removing by hand puts Zoë O'Neil on its exception list: the rule leaves them alone from then on, whatever their profile says.",
			Ways: []RuleWay{{Title: "Change department or userType in the profile", Text: "Use the step Update a user, or the system that the profile comes from, so that the condition no longer holds.",
				Link: "/operations/updateUser?application=app_1&path.userId=00u1", LinkText: "Change the profile here"},
				{Title: "Edit or deactivate the rule", Text: "Deactivate it, edit its condition and activate it again.", Path: path},
				{Title: "Run it anyway: an exception", Text: "Right for a single person. A rule has room for 100 exceptions."}}},
		{Step: "Into Staff", Title: "The rule “Staff rule” fills Staff, and does not hold for Zoë O'Neil", Condition: `user.userType=="Employee"`,
			Text: "Added by hand, the membership does not follow the profile: it lasts until somebody removes it.",
			Ways: []RuleWay{{Title: "Edit or deactivate the rule", Text: "Widen its condition when more people like this are to be members.", Path: path}}},
	}}
}

// privilegeStates are the tab Least privilege: too much and too little, just right, nothing to compare with.
func privilegeStates() []State {
	shell, app := galleryShell("applications"), galleryApp(org.Active)
	const scopes = "Admin Console › Applications › Applications › your app › Okta API Scopes › "
	full := PrivilegeProps{Shell: shell, App: app, Days: 90, CheckedAt: ago(20 * time.Minute), MayCheck: true, Now: galleryNow,
		Needs: []org.Need{
			{Action: "user.create", Title: "Create a user", Scopes: []org.Scope{"okta.users.manage"}, Times: 12, Last: ago(2 * day), Workflows: []string{"New hire", "Contractor"}},
			{Action: "group.add_member", Title: "Add a user to a group", Scopes: []org.Scope{"okta.groups.manage"}, Times: 1, Last: ago(30 * day)},
			{Title: "Choosing groups on forms", Scopes: []org.Scope{"okta.groups.read"}, Workflows: []string{"New hire"}}},
		Kept:        []PrivilegeScope{{Scope: "okta.users.manage", Because: "Create a user; used 12 times."}},
		Unneeded:    []PrivilegeScope{{"okta.apps.manage", "No run used it and no published workflow needs it.", scopes + "okta.apps.manage › Revoke: then take it off this application's scopes under Settings, and check again."}},
		Helpful:     []PrivilegeScope{{"okta.logs.read", "A step that was cut off looks in the System Log with it for whether it was done.", ""}},
		Missing:     []PrivilegeScope{{"okta.groups.manage", "Add a user to a group; used once.", scopes + "okta.groups.manage › Grant: only a Super Administrator can. Then check again."}},
		Roles:       []string{"Group Administrator", "Application Administrator"},
		Single:      "Super Administrator",
		RolePath:    "Admin Console › Applications › Applications › your app › Admin roles › Edit assignments",
		Permissions: []string{"okta.users.create", "okta.users.read", "okta.groups.members.manage"}, Resources: []string{"All users", "All groups"}, AlsoRoles: []string{"Report Administrator"}}
	right, nothing := full, full
	right.Days, right.Missing, right.Unneeded, right.Helpful, right.Single, right.Roles, right.AlsoRoles = 30, nil, nil, nil, "", []string{"Group Administrator"}, nil
	nothing.Needs, nothing.CheckedAt, nothing.MayCheck = nil, time.Time{}, false
	return []State{{"privilege/both", PrivilegePage(full)}, {"privilege/right", PrivilegePage(right)}, {"privilege/nothing", PrivilegePage(nothing)}}
}
