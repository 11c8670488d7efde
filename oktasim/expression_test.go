package oktasim

import "testing"

func TestExpressions(t *testing.T) {
	t.Parallel()
	env := &expressionEnv{
		attr: func(name string) any {
			return map[string]any{"department": "Engineering", "title": "Lead", "level": 3.0, "tags": []any{"a", "b"}}[name]
		},
		groups: func() []*group {
			return []*group{{id: "00g1", profile: map[string]any{"name": "Engineering Berlin"}}}
		},
	}
	for text, want := range map[string]bool{
		`user.department=="Engineering"`:                                                true,
		`user.department == 'engineering'`:                                              false, // case counts
		`user.department != "Sales" AND user.title == "Lead"`:                           true,
		`user.department == "Sales" OR user.title == "Lead"`:                            true,
		`user.department == "Sales" || user.title == "Lead" && user.city == "Bern"`:     false,
		`(user.department == "Sales" || user.title == "Lead") && user.city == null`:     true,
		`!(user.title == "Lead")`:                                                       false,
		`NOT (user.title == "Chief")`:                                                   true,
		`user.city == null`:                                                             true,
		`user.city != null`:                                                             false,
		`user.level > 2 and user.level <= 3`:                                            true,
		`String.stringContains(user.department, "gine")`:                                true,
		`String.startsWith(user.department, "Eng")`:                                     true,
		`String.startsWith(user.city, "B")`:                                             false, // null
		`String.toLowerCase(user.title) == "lead"`:                                      true,
		`String.substringBefore(user.department, "e") == "Engin"`:                       true,
		`String.len(user.title) == 4`:                                                   true,
		`Arrays.contains(user.tags, "b")`:                                               true,
		`Arrays.contains({"x", "y"}, user.title)`:                                       false,
		`Arrays.size(user.tags) == 2`:                                                   true,
		`isMemberOfGroup("00g1")`:                                                       true,
		`user.isMemberOfGroup("00g2")`:                                                  false,
		`isMemberOfAnyGroup("00g2", "00g1")`:                                            true,
		`isMemberOfGroupName("Engineering Berlin")`:                                     true,
		`isMemberOfGroupNameStartsWith("Engineering")`:                                  true,
		`isMemberOfGroupNameContains("Bern")`:                                           false,
		`isMemberOfGroupNameRegex("Eng.* Berlin")`:                                      true,
		`user.level == 3 ? user.title == "Lead" : false`:                                true,
		`user.title eq "Lead"`:                                                          true,
		`user.title`:                                                                    false, // no boolean
		`String.stringContains(String.append(user.title, user.department), "LeadEngi")`: true,
	} {
		e, err := parseExpression(text, func(string) bool { return true })
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := isTrue(e.eval(env)); got != want {
			t.Errorf("%s is %t, want %t", text, got, want)
		}
	}
}
