package views

// galleryRules is advice of every weight.
func galleryRules() RuleAdviceProps {
	const path = "Admin Console › Directory › Groups › Rules › Engineering rule"
	return RuleAdviceProps{Path: "/workflows/wf_onboard/run/advice", Asked: true, Rows: []RuleAdviceRow{
		{Step: "Out of Engineering", Title: "The rule “Engineering rule” gives this membership", Weighty: true, Condition: `user.department=="Engineering" AND user.userType=="Employee"`,
			Text: "Its condition holds for Zoë O'Neil. Removing by hand puts Zoë O'Neil on its exception list: the rule leaves them alone from then on, whatever their profile says.",
			Ways: []RuleWay{{Title: "Change department or userType in the profile", Text: "Use the step Update a user, or the system that the profile comes from, so that the condition no longer holds."},
				{Title: "Edit or deactivate the rule", Text: "Deactivate it, edit its condition and activate it again.", Path: path},
				{Title: "Run it anyway: an exception", Text: "Right for a single person. A rule has room for 100 exceptions."}}},
		{Step: "Into Staff", Title: "The rule “Staff rule” fills Staff, and does not hold for Zoë O'Neil", Condition: `user.userType=="Employee"`,
			Text: "Added by hand, the membership does not follow the profile: it lasts until somebody removes it.",
			Ways: []RuleWay{{Title: "Edit or deactivate the rule", Text: "Widen its condition when more people like this are to be members.", Path: path}}},
	}}
}
