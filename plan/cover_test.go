package plan

import "testing"

func TestCover(t *testing.T) {
	t.Parallel()
	suspend := Change{Kind: Person, Verb: Changed, Subject: "ada", SubjectID: "00u1", By: []int{1}, Fields: []Field{{"status", "ACTIVE", "SUSPENDED"}, {"title", "", "Away"}}}
	join := func(group string) Change {
		return Change{Kind: Membership, Verb: Added, Subject: "ada", Object: group}
	}
	part := suspend
	part.Fields = []Field{{"title", "Engineer", "Away"}}
	other := suspend
	other.Fields = []Field{{"title", "", "Gone"}}
	more := suspend
	more.Fields = append(more.Fields, Field{"email", "", "x"})
	planned := []Change{suspend, join("Sales")}
	for name, c := range map[string]struct {
		changes []Change
		known   bool
		want    bool
	}{
		"nothing":           {nil, true, true},
		"all":               {planned, true, true},
		"one of two":        {[]Change{join("Sales")}, true, true},
		"one value of two":  {[]Change{part}, true, true},
		"another group":     {[]Change{join("Admins")}, true, false},
		"another value":     {[]Change{other}, true, false},
		"values not known":  {[]Change{other}, false, true},
		"one value more":    {[]Change{more}, true, false},
		"planned and more":  {append(planned, join("Admins")), true, false},
		"one that is other": {[]Change{{Kind: Membership, Verb: Removed, Subject: "ada", Object: "Sales"}}, true, false},
	} {
		if got := Cover(planned, c.changes, c.known); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
