package workflow

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// textFunctions work on text.
func textFunctions() []Function {
	const group = "Text"
	return []Function{
		{Name: "lower", Takes: "text", Group: group, Example: "lower(inputs.email)", Help: "In small letters.", least: 1, most: 1, gives: givesText, call: onText(strings.ToLower)},
		{Name: "upper", Takes: "text", Group: group, Example: "upper(inputs.code)", Help: "In capitals.", least: 1, most: 1, gives: givesText, call: onText(strings.ToUpper)},
		{Name: "title", Takes: "text", Group: group, Example: `title("ada lovelace")`, Help: "Each word with a capital and then small letters.", least: 1, most: 1, gives: givesText, call: onText(titled)},
		{Name: "trim", Takes: "text", Group: group, Example: "trim(inputs.name)", Help: "Without space at both ends.", least: 1, most: 1, gives: givesText, call: onText(strings.TrimSpace)},
		{Name: "slug", Takes: "text", Group: group, Example: "slug(inputs.name)", Help: "As a short name: small letters and digits without accents, with hyphens between words.", least: 1, most: 1, gives: givesText, call: onText(Slug)},
		{Name: "replace", Takes: "text, old, new", Group: group, Example: `replace(trim(inputs.name), " ", ".")`, Help: "With every place of one text replaced by another.", least: 3, most: 3, gives: givesText, call: pure(replaceText)},
		{Name: "left", Takes: "text, length", Group: group, Example: `left(inputs.email, 3)`, Help: "The first so many characters.", least: 2, most: 2, gives: givesText, call: pure(leftOf)},
		{Name: "right", Takes: "text, length", Group: group, Example: `right(inputs.email, 4)`, Help: "The last so many characters.", least: 2, most: 2, gives: givesText, call: pure(rightOf)},
		{Name: "pad", Takes: "text, length, [fill]", Group: group, Example: `pad(inputs.number, 6, "0")`, Help: "Filled up in front to a length, with spaces or what you name.", least: 2, most: 3, gives: givesText, call: pure(padded)},
		{Name: "split", Takes: "text, at", Group: group, Example: `split(inputs.email, "@")`, Help: "Cut into a list at a text.", least: 2, most: 2, gives: givesTexts, call: pure(splitText)},
		{Name: "has", Takes: "text or list, part", Group: group, Example: `has(inputs.email, "@") and has(inputs.groups, "00g2")`, Help: "Whether a text holds another, or a list an entry.", least: 2, most: 2, call: pure(hasPart)},
		{Name: "starts_with", Takes: "text, part", Group: group, Example: `starts_with(inputs.email, "Ada")`, Help: "Whether a text begins with another.", least: 2, most: 2, call: pure(func(args []any) (any, error) { return strings.HasPrefix(text(args[0]), text(args[1])), nil })},
		{Name: "ends_with", Takes: "text, part", Group: group, Example: `ends_with(inputs.email, ".com")`, Help: "Whether a text ends with another.", least: 2, most: 2, call: pure(func(args []any) (any, error) { return strings.HasSuffix(text(args[0]), text(args[1])), nil })},
	}
}

func onText(f func(string) string) func(*evaluation, []any) (any, error) {
	return func(_ *evaluation, args []any) (any, error) { return f(text(args[0])), nil }
}

func replaceText(args []any) (any, error) {
	s, old, with := text(args[0]), text(args[1]), text(args[2])
	if old == "" {
		return s, nil
	}
	if len(s)+strings.Count(s, old)*len(with) > MaxRendered {
		return nil, fmt.Errorf("replace makes more than %d KB", MaxRendered>>10)
	}
	return strings.ReplaceAll(s, old, with), nil
}

func splitText(args []any) (any, error) {
	s, sep := text(args[0]), text(args[1])
	if s == "" {
		return []any{}, nil
	}
	var out []any
	for part := range strings.SplitSeq(s, sep) {
		out = append(out, part)
	}
	return out, nil
}

// titled writes each word with a capital. An apostrophe is a part of a word: don't becomes Don't.
func titled(s string) string {
	within := false
	return strings.Map(func(r rune) rune {
		letter := unicode.IsLetter(r) || unicode.IsDigit(r) || within && (r == '\'' || r == '’')
		defer func() { within = letter }()
		if within {
			return unicode.ToLower(r)
		}
		return unicode.ToTitle(r)
	}, s)
}

func leftOf(args []any) (any, error) {
	n, err := whole(args[1], 0, MaxRendered, "characters")
	r := []rune(text(args[0]))
	return string(r[:min(n, len(r))]), err
}

func rightOf(args []any) (any, error) {
	n, err := whole(args[1], 0, MaxRendered, "characters")
	r := []rune(text(args[0]))
	return string(r[max(0, len(r)-n):]), err
}

func padded(args []any) (any, error) {
	s, fill := text(args[0]), " "
	if len(args) > 2 {
		fill = text(args[2])
	}
	n, err := whole(args[1], 0, 1_000, "characters")
	missing := n - len([]rune(s))
	if err != nil || missing <= 0 || fill == "" {
		return s, err
	}
	filling := []rune(strings.Repeat(fill, missing/len([]rune(fill))+1))
	return string(filling[:missing]) + s, nil
}

func hasPart(args []any) (any, error) {
	switch v := args[0].(type) {
	case []any, []string:
		sought := identity(args[1])
		return slices.ContainsFunc(list(v), func(each any) bool { return identity(each) == sought }), nil
	}
	return strings.Contains(text(args[0]), text(args[1])), nil
}

var folded = strings.NewReplacer("ß", "ss", "æ", "ae", "ø", "o", "œ", "oe", "ł", "l", "đ", "d", "þ", "th", "ı", "i")

// Slug writes a text in small letters and digits with single hyphens between its words, and takes accents
// away: what logins and short names are made of.
func Slug(s string) string {
	var b strings.Builder
	gap := false
	for _, r := range norm.NFD.String(folded.Replace(strings.ToLower(s))) {
		switch {
		case unicode.Is(unicode.Mn, r) || r == '\'' || r == '’':
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			if gap && b.Len() > 0 {
				b.WriteByte('-')
			}
			gap = false
			b.WriteRune(r)
		default:
			gap = true
		}
	}
	return b.String()
}
