package oktasim

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// The filter language of the `search` and `filter` parameters: the SCIM grammar
// (RFC 7644 section 3.4.2.2) as Okta's "Filter" page restricts it. Attribute names
// are case sensitive, operators are not, `and` binds tighter than `or`.

// scimMaxDepth bounds nesting, so that a hostile expression cannot exhaust the stack.
const scimMaxDepth = 40

// scimExpr is one parsed expression.
type scimExpr interface{ match(get scimGetter) bool }

// scimGetter answers the values of an attribute: none when it is unset, several for an array.
type scimGetter func(attr string) []any

// scimRule says whether an attribute may be used with an operator; it is what makes
// `filter` narrower than `search`.
type scimRule func(attr, op string) error

type (
	scimAnd  struct{ left, right scimExpr }
	scimOr   struct{ left, right scimExpr }
	scimNot  struct{ inner scimExpr }
	scimTest struct {
		attr, op string
		value    any // string, float64 or bool; nil for pr
	}
)

type scimToken struct {
	kind byte // '(' ')' 'w' word, 's' string, 0 end
	text string
}

type scimParser struct {
	tokens []scimToken
	at     int
	depth  int
	rule   scimRule
}

// parseSCIM reads an expression and checks each of its tests against the rule.
func parseSCIM(text string, rule scimRule) (scimExpr, error) {
	tokens, err := scimTokens(text)
	if err != nil {
		return nil, err
	}
	p := &scimParser{tokens: tokens, rule: rule}
	e, err := p.or()
	if err != nil {
		return nil, err
	}
	if t := p.peek(); t.kind != 0 {
		return nil, fmt.Errorf("read expression: unexpected %q", t.text)
	}
	return e, nil
}

func scimTokens(s string) ([]scimToken, error) {
	var out []scimToken
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			i++
		case c == '(' || c == ')':
			out = append(out, scimToken{kind: c, text: string(c)})
			i++
		case c == '"':
			end := i + 1
			for end < len(s) && s[end] != '"' {
				if s[end] == '\\' {
					end++
				}
				end++
			}
			if end >= len(s) {
				return nil, errors.New("read expression: a string has no closing quote")
			}
			text, err := scimUnquote(s[i+1 : end])
			if err != nil {
				return nil, err
			}
			out = append(out, scimToken{kind: 's', text: text})
			i = end + 1
		default:
			end := i
			for end < len(s) && !strings.ContainsRune(" \t\r\n()\"", rune(s[end])) {
				end++
			}
			out = append(out, scimToken{kind: 'w', text: s[i:end]})
			i = end
		}
	}
	return out, nil
}

// scimUnquote resolves the escapes of a JSON string, which SCIM values are.
func scimUnquote(s string) (string, error) {
	if !strings.Contains(s, `\`) {
		return s, nil
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			b.WriteByte(s[i])
			continue
		}
		i++
		if i >= len(s) {
			return "", errors.New("read expression: an escape is cut off")
		}
		switch s[i] {
		case '"', '\\', '/':
			b.WriteByte(s[i])
		case 'n':
			b.WriteByte('\n')
		case 't':
			b.WriteByte('\t')
		default:
			return "", fmt.Errorf("read expression: unknown escape \\%c", s[i])
		}
	}
	return b.String(), nil
}

func (p *scimParser) peek() scimToken {
	if p.at < len(p.tokens) {
		return p.tokens[p.at]
	}
	return scimToken{}
}

func (p *scimParser) next() scimToken {
	t := p.peek()
	p.at++
	return t
}

func (p *scimParser) word(name string) bool {
	if t := p.peek(); t.kind == 'w' && strings.EqualFold(t.text, name) {
		p.at++
		return true
	}
	return false
}

func (p *scimParser) or() (scimExpr, error) {
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > scimMaxDepth {
		return nil, errors.New("read expression: nested too deeply")
	}
	left, err := p.and()
	for err == nil && p.word("or") {
		var right scimExpr
		if right, err = p.and(); err == nil {
			left = scimOr{left, right}
		}
	}
	return left, err
}

func (p *scimParser) and() (scimExpr, error) {
	left, err := p.unary()
	for err == nil && p.word("and") {
		var right scimExpr
		if right, err = p.unary(); err == nil {
			left = scimAnd{left, right}
		}
	}
	return left, err
}

func (p *scimParser) unary() (scimExpr, error) {
	if p.word("not") {
		if p.peek().kind != '(' {
			return nil, errors.New("read expression: not needs parentheses")
		}
		inner, err := p.group()
		return scimNot{inner}, err
	}
	if p.peek().kind == '(' {
		return p.group()
	}
	return p.test()
}

func (p *scimParser) group() (scimExpr, error) {
	p.next()
	e, err := p.or()
	if err != nil {
		return nil, err
	}
	if p.next().kind != ')' {
		return nil, errors.New("read expression: a parenthesis is not closed")
	}
	return e, nil
}

func (p *scimParser) test() (scimExpr, error) {
	name, op := p.next(), p.next()
	if name.kind != 'w' || op.kind != 'w' {
		return nil, errors.New("read expression: expected an attribute and an operator")
	}
	t := scimTest{attr: name.text, op: strings.ToLower(op.text)}
	switch t.op {
	case "pr":
	case "eq", "ne", "sw", "co", "ew", "gt", "ge", "lt", "le":
		value, err := scimValue(p.next())
		if err != nil {
			return nil, err
		}
		t.value = value
	default:
		return nil, fmt.Errorf("read expression: unknown operator %q", op.text)
	}
	if err := p.rule(t.attr, t.op); err != nil {
		return nil, err
	}
	return t, nil
}

func scimValue(t scimToken) (any, error) {
	switch {
	case t.kind == 's':
		return t.text, nil
	case t.kind == 'w' && t.text == "true":
		return true, nil
	case t.kind == 'w' && t.text == "false":
		return false, nil
	case t.kind == 'w':
		if n, err := strconv.ParseFloat(t.text, 64); err == nil {
			return n, nil
		}
	}
	return nil, fmt.Errorf("read expression: %q is no quoted string, number or boolean", t.text)
}
