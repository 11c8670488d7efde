package oktasim

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

func (e scimAnd) match(get scimGetter) bool { return e.left.match(get) && e.right.match(get) }
func (e scimOr) match(get scimGetter) bool  { return e.left.match(get) || e.right.match(get) }
func (e scimNot) match(get scimGetter) bool { return !e.inner.match(get) }

// match is true if any value of the attribute passes; `ne` is the negation of `eq`,
// so that it also finds objects without the attribute.
func (e scimTest) match(get scimGetter) bool {
	values := get(e.attr)
	switch e.op {
	case "pr":
		return len(values) > 0
	case "ne":
		return !scimTest{attr: e.attr, op: "eq", value: e.value}.match(get)
	}
	for _, v := range values {
		if scimCompare(e.op, v, e.value) {
			return true
		}
	}
	return false
}

func scimCompare(op string, have, want any) bool {
	var order int
	switch w := want.(type) {
	case bool:
		b, ok := have.(bool)
		return ok && op == "eq" && b == w
	case float64:
		n, ok := asNumber(have)
		if !ok {
			return false
		}
		order = cmp.Compare(n, w)
	case string:
		if t, ok := have.(time.Time); ok {
			at, err := time.Parse(time.RFC3339Nano, w)
			if err != nil {
				return false
			}
			order = t.Compare(at)
			break
		}
		// Okta compares strings without regard to case.
		if op == "eq" {
			return strings.EqualFold(asText(have), w)
		}
		h, w := strings.ToLower(asText(have)), strings.ToLower(w)
		switch op {
		case "sw":
			return strings.HasPrefix(h, w)
		case "ew":
			return strings.HasSuffix(h, w)
		case "co":
			return strings.Contains(h, w)
		}
		order = strings.Compare(h, w)
	}
	switch op {
	case "eq":
		return order == 0
	case "gt":
		return order > 0
	case "ge":
		return order >= 0
	case "lt":
		return order < 0
	case "le":
		return order <= 0
	}
	return false
}

// eachTest calls f for every test in the expression.
func eachTest(e scimExpr, f func(scimTest)) {
	switch e := e.(type) {
	case scimAnd:
		eachTest(e.left, f)
		eachTest(e.right, f)
	case scimOr:
		eachTest(e.left, f)
		eachTest(e.right, f)
	case scimNot:
		eachTest(e.inner, f)
	case scimTest:
		f(e)
	}
}

// asNumber reads the number kinds that a profile may hold.
func asNumber(v any) (float64, bool) {
	switch n := v.(type) {
	case float64:
		return n, true
	case int:
		return float64(n), true
	case json.Number:
		f, err := n.Float64()
		return f, err == nil
	}
	return 0, false
}

// asText writes a value as comparisons and expressions see it.
func asText(v any) string {
	switch t := v.(type) {
	case nil:
		return ""
	case string:
		return t
	case bool:
		return strconv.FormatBool(t)
	case float64:
		return strconv.FormatFloat(t, 'f', -1, 64)
	}
	return fmt.Sprint(v)
}

// scimValues turns a stored value into the list a getter answers.
func scimValues(v any) []any {
	switch t := v.(type) {
	case nil:
		return nil
	case []any:
		return t
	case time.Time:
		if t.IsZero() {
			return nil
		}
	}
	return []any{v}
}

// scimLess orders two stored values of the same attribute.
func scimLess(a, b any) bool {
	if x, ok := a.(time.Time); ok {
		y, ok := b.(time.Time)
		return ok && x.Before(y)
	}
	if x, ok := asNumber(a); ok {
		if y, ok := asNumber(b); ok {
			return x < y
		}
	}
	return strings.ToLower(asText(a)) < strings.ToLower(asText(b))
}
