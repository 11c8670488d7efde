package oktasim

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

func (e exprLiteral) eval(*expressionEnv) any  { return e.value }
func (e exprAttr) eval(env *expressionEnv) any { return env.attr(e.name) }
func (e exprNot) eval(env *expressionEnv) any  { return !isTrue(e.inner.eval(env)) }

func (e exprIf) eval(env *expressionEnv) any {
	if isTrue(e.cond.eval(env)) {
		return e.yes.eval(env)
	}
	return e.no.eval(env)
}

func (e exprCall) eval(env *expressionEnv) any {
	args := make([]any, len(e.args))
	for i, a := range e.args {
		args[i] = a.eval(env)
	}
	return e.fn(env, args)
}

func (e exprOp) eval(env *expressionEnv) any {
	left := e.left.eval(env)
	switch e.op {
	case "&&":
		return isTrue(left) && isTrue(e.right.eval(env))
	case "||":
		return isTrue(left) || isTrue(e.right.eval(env))
	}
	right := e.right.eval(env)
	switch e.op {
	case "==":
		return equalValues(left, right)
	case "!=":
		return !equalValues(left, right)
	}
	if left == nil || right == nil {
		return false
	}
	order := strings.Compare(asText(left), asText(right))
	if a, ok := asNumber(left); ok {
		b, ok := asNumber(right)
		if !ok {
			return false
		}
		order = 0
		if a < b {
			order = -1
		} else if a > b {
			order = 1
		}
	}
	switch e.op {
	case "<":
		return order < 0
	case ">":
		return order > 0
	case "<=":
		return order <= 0
	}
	return order >= 0
}

func isTrue(v any) bool { b, ok := v.(bool); return ok && b }

func equalValues(a, b any) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	if x, ok := asNumber(a); ok {
		y, ok := asNumber(b)
		return ok && x == y
	}
	x, listA := a.([]any)
	y, listB := b.([]any)
	if listA || listB {
		if !listA || !listB || len(x) != len(y) {
			return false
		}
		for i := range x {
			if !equalValues(x[i], y[i]) {
				return false
			}
		}
		return true
	}
	return a == b
}

// expressionFunction is one function with the number of parameters it takes; max -1 is any number.
type expressionFunction struct {
	min, max int
	do       func(env *expressionEnv, args []any) any
}

func textFunction(n int, do func(s ...string) any) expressionFunction {
	return expressionFunction{n, n, func(_ *expressionEnv, args []any) any {
		if args[0] == nil {
			return nil
		}
		text := make([]string, len(args))
		for i, a := range args {
			text[i] = asText(a)
		}
		return do(text...)
	}}
}

func groupFunction(n, limit int, is func(g *group, want string) bool) expressionFunction {
	return expressionFunction{n, limit, func(env *expressionEnv, args []any) any {
		for _, g := range env.groups() {
			for _, a := range args {
				if is(g, asText(a)) {
					return true
				}
			}
		}
		return false
	}}
}

// expressionFunctions are those of the Expression Language reference ("String
// functions", "Array functions", "Group functions") that group rules may call.
var expressionFunctions = map[string]expressionFunction{
	"String.stringContains":  textFunction(2, func(s ...string) any { return strings.Contains(s[0], s[1]) }),
	"String.startsWith":      textFunction(2, func(s ...string) any { return strings.HasPrefix(s[0], s[1]) }),
	"String.endsWith":        textFunction(2, func(s ...string) any { return strings.HasSuffix(s[0], s[1]) }),
	"String.toLowerCase":     textFunction(1, func(s ...string) any { return strings.ToLower(s[0]) }),
	"String.toUpperCase":     textFunction(1, func(s ...string) any { return strings.ToUpper(s[0]) }),
	"String.len":             textFunction(1, func(s ...string) any { return float64(utf8.RuneCountInString(s[0])) }),
	"String.append":          textFunction(2, func(s ...string) any { return s[0] + s[1] }),
	"String.removeSpaces":    textFunction(1, func(s ...string) any { return strings.ReplaceAll(s[0], " ", "") }),
	"String.replace":         textFunction(3, func(s ...string) any { return strings.ReplaceAll(s[0], s[1], s[2]) }),
	"String.replaceFirst":    textFunction(3, func(s ...string) any { return strings.Replace(s[0], s[1], s[2], 1) }),
	"String.substringBefore": textFunction(2, func(s ...string) any { before, _, _ := strings.Cut(s[0], s[1]); return before }),
	"String.substringAfter": textFunction(2, func(s ...string) any {
		_, after, found := strings.Cut(s[0], s[1])
		if !found {
			return ""
		}
		return after
	}),
	"String.substring": {3, 3, func(_ *expressionEnv, args []any) any {
		from, ok1 := asNumber(args[1])
		to, ok2 := asNumber(args[2])
		r := []rune(asText(args[0]))
		if !ok1 || !ok2 || from < 0 || to > float64(len(r)) || from > to {
			return nil
		}
		return string(r[int(from):int(to)])
	}},
	"Arrays.contains": {2, 2, func(_ *expressionEnv, args []any) any {
		list, _ := args[0].([]any)
		for _, v := range list {
			if equalValues(v, args[1]) {
				return true
			}
		}
		return false
	}},
	"Arrays.isEmpty": {1, 1, func(_ *expressionEnv, args []any) any {
		list, _ := args[0].([]any)
		return len(list) == 0
	}},
	"Arrays.size": {1, 1, func(_ *expressionEnv, args []any) any {
		list, _ := args[0].([]any)
		return float64(len(list))
	}},
	"isMemberOfGroup":               groupFunction(1, 1, func(g *group, id string) bool { return g.id == id }),
	"isMemberOfAnyGroup":            groupFunction(1, -1, func(g *group, id string) bool { return g.id == id }),
	"isMemberOfGroupName":           groupFunction(1, 1, func(g *group, name string) bool { return g.name() == name }),
	"isMemberOfGroupNameStartsWith": groupFunction(1, 1, func(g *group, s string) bool { return strings.HasPrefix(g.name(), s) }),
	"isMemberOfGroupNameContains":   groupFunction(1, 1, func(g *group, s string) bool { return strings.Contains(g.name(), s) }),
	"isMemberOfGroupNameRegex": groupFunction(1, 1, func(g *group, s string) bool {
		re, err := regexp.Compile("^(?:" + s + ")$") // RE2: linear time, whatever the pattern
		return err == nil && re.MatchString(g.name())
	}),
}
