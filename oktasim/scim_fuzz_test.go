package oktasim

import (
	"strings"
	"testing"
)

// FuzzSCIM: whatever is sent, the parser answers an expression or an error, and
// an expression can be evaluated and negated.
func FuzzSCIM(f *testing.F) {
	for _, s := range []string{`a eq "b"`, `(a pr) and not (b co "x\"y")`, `a gt 1.5 or b eq true`, `a eq "`, `((((`, `not (`, "a\x00eq \"é\"", `a EQ "b" OR`} {
		f.Add(s)
	}
	anything := func(string, string) error { return nil }
	get := func(attr string) []any {
		if strings.HasPrefix(attr, "a") {
			return []any{"b", 1.5, true}
		}
		return nil
	}
	f.Fuzz(func(t *testing.T, text string) {
		e, err := parseSCIM(text, anything)
		if err != nil {
			return
		}
		not, err := parseSCIM("not ("+text+")", anything)
		if err != nil {
			return // one level deeper may be too deep
		}
		if e.match(get) == not.match(get) {
			t.Errorf("%q and its negation agree", text)
		}
	})
}

// FuzzExpression: the same for the expressions of group rules.
func FuzzExpression(f *testing.F) {
	for _, s := range []string{`user.a == "b"`, `String.startsWith(user.a, "x") AND !(user.b == null)`, `isMemberOfAnyGroup("1", '2')`,
		`user.a ? 1 : {1,2}`, `((`, `user.`, `String.substring(user.a, 1, 99)`, `not not true`} {
		f.Add(s)
	}
	env := &expressionEnv{
		attr:   func(string) any { return "value" },
		groups: func() []*group { return []*group{{id: "1", profile: map[string]any{"name": "One"}}} },
	}
	f.Fuzz(func(t *testing.T, text string) {
		e, err := parseExpression(text, func(string) bool { return true })
		if err != nil {
			return
		}
		first, again := e.eval(env), e.eval(env)
		if !equalValues(first, again) {
			t.Errorf("%q is %v, then %v", text, first, again)
		}
	})
}
