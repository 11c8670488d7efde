package plan

import "caracal/workflow"

// Title is what a group of changes is called.
func (k Kind) Title() string {
	return map[Kind]string{Person: "People", Session: "Sessions", Factor: "Factors", Role: "Admin roles", Group: "Groups", Membership: "Memberships",
		Rule: "Group rules", App: "Apps", Assignment: "App assignments"}[k]
}

// one and many are what the changes of a kind count.
func (k Kind) nouns() (one, many string) {
	switch k {
	case Person:
		return "person", "people"
	case Factor:
		return "factor", "factors"
	case Role:
		return "admin role", "admin roles"
	case Group:
		return "group", "groups"
	case Membership:
		return "membership", "memberships"
	case Rule:
		return "group rule", "group rules"
	case App:
		return "app", "apps"
	}
	return "app assignment", "app assignments"
}

// Words says the count: “4 memberships added”.
func (c Count) Words() string {
	if c.Kind == Session {
		if c.N == 1 {
			return "all sessions of 1 person ended"
		}
		return "all sessions of " + workflow.Thousands(c.N) + " people ended"
	}
	one, many := c.Kind.nouns()
	noun := many
	if c.N == 1 {
		noun = one
	}
	return workflow.Thousands(c.N) + " " + noun + " " + string(c.Verb)
}

// List says what a plan changes: “3 people changed, 4 memberships added”.
func (s Summary) List() string {
	words := ""
	for i, c := range s.Counts {
		switch {
		case i == 0:
		case i == len(s.Counts)-1:
			words += " and "
		default:
			words += ", "
		}
		words += c.Words()
	}
	return words
}

// Of returns how many changes of a kind there are.
func (s Summary) Of(k Kind) int {
	n := 0
	for _, c := range s.Counts {
		if c.Kind == k {
			n += c.N
		}
	}
	return n
}

// Loss reports whether the change takes something away.
func (c Change) Loss() bool { return c.Verb == Removed || c.Verb == Deleted || c.Verb == Ended }
