package workflow

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// listFunctions work on lists. A value that is no list counts as one of a single entry, and nothing as an empty one.
func listFunctions() []Function {
	const group = "Lists"
	return []Function{
		{Name: "join", Takes: "list, between", Group: group, Example: `join(steps.find.output.names, ", ")`, Help: "A list put together as one text.", least: 2, most: 2, gives: givesText, call: pure(joinText)},
		{Name: "length", Takes: "list", Group: group, Example: "length(steps.find.output.names) > 2", Help: "How many entries a list has.", least: 1, most: 1, gives: givesNumber, call: pure(func(args []any) (any, error) { return len(list(args[0])), nil })},
		{Name: "first", Takes: "list", Group: group, Example: `first(split(inputs.email, "@"))`, Help: "The first entry.", least: 1, most: 1, gives: givesItem, call: pure(firstOf)},
		{Name: "last", Takes: "list", Group: group, Example: `last(split(inputs.email, "@"))`, Help: "The last entry.", least: 1, most: 1, gives: givesItem, call: pure(lastOf)},
		{Name: "at", Takes: "list, place", Group: group, Example: "at(steps.find.output.names, 2)", Help: "The entry at a place, counted from 1; -1 is the last.", least: 2, most: 2, gives: givesItem, call: pure(entryAt)},
		{Name: "sort", Takes: "list, [field]", Group: group, Example: "sort(steps.find.output.names)", Help: "In order, by the alphabet or by number; objects by one of their fields.", least: 1, most: 2, gives: givesList, call: pure(sorted)},
		{Name: "unique", Takes: "list", Group: group, Example: "unique(steps.find.output.names)", Help: "Each entry once; objects that have an id are told apart by it.", least: 1, most: 1, gives: givesList, call: pure(uniqueOf)},
		{Name: "where", Takes: "list, field, [how], value", Group: group, Example: `pluck(where(steps.find.output.users, "department", "Sales"), "login")`, Help: "The objects whose field has a value, or one of a list of values. " + howHelp, least: 3, most: 4, gives: givesList, call: pure(where)},
		{Name: "where_not", Takes: "list, field, value", Group: group, Example: `pluck(where_not(steps.find.output.users, "profile.city", "Wien"), "login")`, Help: "The objects whose field has another value.", least: 3, most: 3, gives: givesList, call: pure(func(args []any) (any, error) { return filtered(args, false), nil })},
		{Name: "pluck", Takes: "list, field", Group: group, Example: `pluck(steps.find.output.users, "profile.city")`, Help: "One field of each object, as a list; those without it are left out.", least: 2, most: 2, gives: givesPart, call: pure(plucked)},
		{Name: "without", Takes: "list, other", Group: group, Example: "without(inputs.groups, steps.find.output.groups)", Help: "The entries that the other list does not have: what is to be added, or taken away. Objects are compared by their id.", least: 2, most: 2, gives: givesList, call: pure(func(args []any) (any, error) { return shared(args, false), nil })},
		{Name: "both", Takes: "list, other", Group: group, Example: "both(inputs.groups, steps.find.output.groups)", Help: "The entries of the first list that the other one has too.", least: 2, most: 2, gives: givesList, call: pure(func(args []any) (any, error) { return shared(args, true), nil })},
		{Name: "concat", Takes: "list, list, …", Group: group, Example: `concat(inputs.groups, ["00g9"])`, Help: "Lists one after the other.", least: 1, most: 20, gives: givesList, call: pure(concatenated)},
	}
}

func joinText(args []any) (any, error) {
	sep := text(args[1])
	var parts []string
	size := 0
	for _, v := range list(args[0]) {
		parts = append(parts, text(v))
		if size += len(parts[len(parts)-1]) + len(sep); size > MaxRendered {
			return nil, fmt.Errorf("join makes more than %d KB", MaxRendered>>10)
		}
	}
	return strings.Join(parts, sep), nil
}

func firstOf(args []any) (any, error) {
	if l := list(args[0]); len(l) > 0 {
		return l[0], nil
	}
	return nil, nil
}

func lastOf(args []any) (any, error) {
	if l := list(args[0]); len(l) > 0 {
		return l[len(l)-1], nil
	}
	return nil, nil
}

func entryAt(args []any) (any, error) {
	l := list(args[0])
	n, err := whole(args[1], -MaxRendered, MaxRendered, "places")
	switch {
	case err != nil:
		return nil, err
	case n > 0 && n <= len(l):
		return l[n-1], nil
	case n < 0 && -n <= len(l):
		return l[len(l)+n], nil
	}
	return nil, nil
}

// identity is what two values are compared by: an object's id, or its text.
func identity(v any) string {
	if object, ok := v.(map[string]any); ok && object["id"] != nil {
		return text(object["id"])
	}
	return text(v)
}

func identities(l []any) map[string]bool {
	out := make(map[string]bool, len(l))
	for _, v := range l {
		out[identity(v)] = true
	}
	return out
}

func uniqueOf(args []any) (any, error) {
	out, seen := []any{}, map[string]bool{}
	for _, v := range list(args[0]) {
		if id := identity(v); !seen[id] {
			seen[id] = true
			out = append(out, v)
		}
	}
	return out, nil
}

// shared returns the entries of the first list that are in the second, or those that are not.
func shared(args []any, in bool) []any {
	out, other := []any{}, identities(list(args[1]))
	for _, v := range list(args[0]) {
		if other[identity(v)] == in {
			out = append(out, v)
		}
	}
	return out
}

// filtered returns the objects whose field is one of the wanted values, or those whose field is none.
func filtered(args []any, in bool) []any {
	out, field, wanted := []any{}, text(args[1]), identities(list(args[2]))
	if args[2] == nil {
		wanted = map[string]bool{"": true}
	}
	for _, v := range list(args[0]) {
		found := within(v, field)
		holds := wanted[text(found)]
		for _, each := range list(found) {
			holds = holds || wanted[identity(each)]
		}
		if holds == in {
			out = append(out, v)
		}
	}
	return out
}

// howHelp says what may stand between the field and the value of where.
var howHelp = "How they are compared may stand before the value, as in where(list, \"name\", \"starts with\", \"app-\"): " + strings.Join(hows(), ", ") + "; small letters and capitals count alike."

// compared are the ways in which where compares a field, which is never nothing, with a value.
var compared = []struct {
	how  string
	call func(args []any) (any, error)
}{
	{"has", pureText(strings.Contains)}, {"starts with", pureText(strings.HasPrefix)}, {"ends with", pureText(strings.HasSuffix)},
	{"less than", func(args []any) (any, error) { return less(args[0], args[1]) }}, {"more than", func(args []any) (any, error) { return less(args[1], args[0]) }},
	{"before", isBefore}, {"after", func(args []any) (any, error) { return isBefore([]any{args[1], args[0]}) }},
}

func hows() []string {
	var out []string
	for _, c := range compared {
		out = append(out, c.how)
	}
	return out
}

func pureText(f func(string, string) bool) func([]any) (any, error) {
	return func(args []any) (any, error) {
		return f(strings.ToLower(text(args[0])), strings.ToLower(text(args[1]))), nil
	}
}

func less(a, b any) (bool, error) {
	x, err := toNumber([]any{a})
	if err != nil {
		return false, err
	}
	y, err := toNumber([]any{b})
	if err != nil {
		return false, err
	}
	m, _ := strconv.ParseFloat(text(x), 64)
	n, _ := strconv.ParseFloat(text(y), 64)
	return m < n, nil
}

// where returns the objects whose field compares with a value as is said. Nothing compares with nothing.
func where(args []any) (any, error) {
	if len(args) == 3 {
		return filtered(args, true), nil
	}
	at := slices.Index(hows(), strings.ToLower(strings.TrimSpace(text(args[2]))))
	if at < 0 {
		return nil, fmt.Errorf("“%s” is no way to compare; write one of %s", shorten(text(args[2]), 60), strings.Join(hows(), ", "))
	}
	out, field := []any{}, text(args[1])
	for _, v := range list(args[0]) {
		for _, each := range list(within(v, field)) {
			if nothing(each) || nothing(args[3]) {
				continue
			}
			holds, err := compared[at].call([]any{each, args[3]})
			if err != nil {
				return nil, err
			}
			if holds == true {
				out = append(out, v)
				break
			}
		}
	}
	return out, nil
}

func plucked(args []any) (any, error) {
	out, field := []any{}, text(args[1])
	for _, v := range list(args[0]) {
		if found := within(v, field); found != nil {
			out = append(out, found)
		}
	}
	return out, nil
}

func concatenated(args []any) (any, error) {
	out := []any{}
	for _, a := range args {
		out = append(out, list(a)...)
	}
	return out, nil
}

func sorted(args []any) (any, error) {
	type entry struct {
		value  any
		key    string
		number float64
		isNum  bool
	}
	l := list(args[0])
	entries := make([]entry, len(l))
	for i, v := range l {
		by := v
		if len(args) > 1 {
			by = within(v, text(args[1]))
		}
		key := strings.ToLower(text(by))
		n, err := strconv.ParseFloat(key, 64)
		entries[i] = entry{v, key, n, err == nil && n == n} // NaN has no order
	}
	slices.SortStableFunc(entries, func(a, b entry) int {
		switch {
		case a.isNum && b.isNum:
			return cmp.Compare(a.number, b.number)
		case a.isNum != b.isNum:
			return map[bool]int{true: -1, false: 1}[a.isNum]
		}
		return strings.Compare(a.key, b.key)
	})
	out := make([]any, len(entries))
	for i, e := range entries {
		out[i] = e.value
	}
	return out, nil
}
