package oktasim

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// The part of Okta's Expression Language that group rules may use: `user`
// attributes, String and Arrays functions, group membership and operators
// ("Expressions in group rules" of the Expression Language reference).

const (
	expressionMaxLength = 10000
	expressionMaxDepth  = 40
)

// expression is a parsed node. eval never fails: what does not fit is null or false.
type expression interface{ eval(env *expressionEnv) any }

// expressionEnv is what an expression may look at.
type expressionEnv struct {
	attr   func(name string) any
	groups func() []*group // the groups the user is in
}

type (
	exprLiteral struct{ value any }
	exprAttr    struct{ name string }
	exprCall    struct {
		fn   func(env *expressionEnv, args []any) any
		args []expression
	}
	exprOp struct {
		op          string
		left, right expression
	}
	exprNot struct{ inner expression }
	exprIf  struct{ cond, yes, no expression }
)

type exprParser struct {
	tokens []string // a string literal keeps its opening quote as mark
	at     int
	depth  int
	known  func(attr string) bool
}

// parseExpression reads a rule's expression; known tells which user attributes exist.
func parseExpression(text string, known func(string) bool) (expression, error) {
	if len(text) > expressionMaxLength {
		return nil, errors.New("the expression is too long")
	}
	tokens, err := expressionTokens(text)
	if err != nil {
		return nil, err
	}
	if len(tokens) == 0 {
		return nil, errors.New("the expression is empty")
	}
	p := &exprParser{tokens: tokens, known: known}
	e, err := p.ternary()
	if err != nil {
		return nil, err
	}
	if p.at < len(p.tokens) {
		return nil, fmt.Errorf("unexpected %q", p.tokens[p.at])
	}
	return e, nil
}

func expressionTokens(s string) ([]string, error) {
	var out []string
	for i := 0; i < len(s); {
		c := rune(s[i])
		switch {
		case unicode.IsSpace(c):
			i++
		case c == '"' || c == '\'':
			var b strings.Builder
			b.WriteByte('"')
			j := i + 1
			for ; j < len(s) && rune(s[j]) != c; j++ {
				if s[j] == '\\' && j+1 < len(s) {
					j++
				}
				b.WriteByte(s[j])
			}
			if j >= len(s) {
				return nil, errors.New("a string has no closing quote")
			}
			out = append(out, b.String())
			i = j + 1
		case isExpressionWord(s[i]):
			j := i
			for j < len(s) && isExpressionWord(s[j]) {
				j++
			}
			out = append(out, s[i:j])
			i = j
		default:
			if i+1 < len(s) {
				switch two := s[i : i+2]; two {
				case "==", "!=", "<=", ">=", "&&", "||":
					out = append(out, two)
					i += 2
					continue
				}
			}
			if !strings.ContainsRune("()<>!,?:{}", c) {
				return nil, fmt.Errorf("unexpected character %q", string(c))
			}
			out = append(out, string(c))
			i++
		}
	}
	return out, nil
}

func isExpressionWord(c byte) bool {
	return c == '_' || c == '.' || c == '$' || c == '-' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func (p *exprParser) peek() string {
	if p.at < len(p.tokens) {
		return p.tokens[p.at]
	}
	return ""
}

func (p *exprParser) accept(names ...string) string {
	for _, n := range names {
		if t := p.peek(); t != "" && strings.EqualFold(t, n) {
			p.at++
			return n
		}
	}
	return ""
}

func (p *exprParser) expect(token string) error {
	if p.accept(token) == "" {
		if p.peek() == "" {
			return fmt.Errorf("expected %q at the end", token)
		}
		return fmt.Errorf("expected %q before %q", token, p.peek())
	}
	return nil
}

func (p *exprParser) ternary() (expression, error) {
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > expressionMaxDepth {
		return nil, errors.New("the expression is nested too deeply")
	}
	cond, err := p.binary(0)
	if err != nil || p.accept("?") == "" {
		return cond, err
	}
	yes, err := p.ternary()
	if err != nil {
		return nil, err
	}
	if err := p.expect(":"); err != nil {
		return nil, err
	}
	no, err := p.ternary()
	return exprIf{cond, yes, no}, err
}

// exprLevels are the binary operators, the loosest first; each entry maps spellings to the operator.
var exprLevels = [][]string{
	{"||", "or"},
	{"&&", "and"},
	{"==", "!=", "<=", ">=", "<", ">", "eq", "ne", "le", "ge", "lt", "gt"},
}

var exprSpelling = map[string]string{
	"or": "||", "and": "&&", "eq": "==", "ne": "!=", "le": "<=", "ge": ">=", "lt": "<", "gt": ">",
}

func (p *exprParser) binary(level int) (expression, error) {
	if level == len(exprLevels) {
		return p.unary()
	}
	left, err := p.binary(level + 1)
	for err == nil {
		op := p.accept(exprLevels[level]...)
		if op == "" {
			break
		}
		if plain := exprSpelling[op]; plain != "" {
			op = plain
		}
		var right expression
		if right, err = p.binary(level + 1); err == nil {
			left = exprOp{op, left, right}
		}
	}
	return left, err
}

func (p *exprParser) unary() (expression, error) {
	if p.accept("!", "not") != "" {
		p.depth++
		defer func() { p.depth-- }()
		if p.depth > expressionMaxDepth {
			return nil, errors.New("the expression is nested too deeply")
		}
		inner, err := p.unary()
		return exprNot{inner}, err
	}
	return p.primary()
}

func (p *exprParser) primary() (expression, error) {
	t := p.peek()
	p.at++
	switch {
	case t == "":
		return nil, errors.New("the expression ends too early")
	case t == "(":
		e, err := p.ternary()
		if err != nil {
			return nil, err
		}
		return e, p.expect(")")
	case t == "{":
		return p.array()
	case t[0] == '"':
		return exprLiteral{t[1:]}, nil
	case t == "true" || t == "false":
		return exprLiteral{t == "true"}, nil
	case t == "null":
		return exprLiteral{nil}, nil
	case t[0] >= '0' && t[0] <= '9' || t[0] == '-':
		n, err := strconv.ParseFloat(t, 64)
		if err != nil {
			return nil, fmt.Errorf("%q is no number", t)
		}
		return exprLiteral{n}, nil
	case p.peek() == "(":
		return p.call(t)
	case strings.HasPrefix(t, "user."):
		name := t[len("user."):]
		if !p.known(name) {
			return nil, fmt.Errorf("invalid property %s in expression", name)
		}
		return exprAttr{name}, nil
	}
	return nil, fmt.Errorf("unknown name %q", t)
}

func (p *exprParser) array() (expression, error) {
	args, err := p.list("}")
	if err != nil {
		return nil, err
	}
	return exprCall{fn: func(_ *expressionEnv, args []any) any { return args }, args: args}, nil
}

func (p *exprParser) call(name string) (expression, error) {
	p.at++ // the opening parenthesis
	fn, ok := expressionFunctions[strings.TrimPrefix(name, "user.")]
	if !ok {
		return nil, fmt.Errorf("unknown function %q", name)
	}
	args, err := p.list(")")
	if err != nil {
		return nil, err
	}
	if len(args) < fn.min || fn.max >= 0 && len(args) > fn.max {
		return nil, fmt.Errorf("the function %s does not take %d parameters", name, len(args))
	}
	return exprCall{fn: fn.do, args: args}, nil
}

func (p *exprParser) list(end string) ([]expression, error) {
	var out []expression
	if p.accept(end) != "" {
		return nil, nil
	}
	for {
		e, err := p.ternary()
		if err != nil {
			return nil, err
		}
		out = append(out, e)
		if p.accept(",") == "" {
			return out, p.expect(end)
		}
	}
}
