package grouprule

import (
	"errors"
	"slices"
	"strconv"
	"strings"
)

// The bounds of a condition that is looked at: Okta's own are lower.
const (
	maxCondition = 10_000
	maxDepth     = 60
)

// What stands in the way of a condition as a whole, as the end of a sentence.
var (
	errTooLong    = errors.New("its condition is too long to be looked at here")
	errTooDeep    = errors.New("its condition is nested too deeply to be looked at here")
	errUnreadable = errors.New("its condition can't be read here")
)

// parse reads a condition and the profile attributes in it ("Okta Expression Language overview", the part that
// group rules may use). What it does not understand but can read over becomes a part whose value is not known.
func parse(text string) (node, []string, error) {
	if len(text) > maxCondition {
		return nil, nil, errTooLong
	}
	tokens, err := tokenize(text)
	if err != nil {
		return nil, nil, err
	}
	p := &parser{tokens: tokens}
	n, err := p.choice()
	if err == nil && p.at < len(p.tokens) {
		err = errUnreadable
	}
	return n, p.attributes, err
}

type parser struct {
	tokens     []string // a string keeps its opening quote as a mark
	at, depth  int
	attributes []string
}

// tokenize splits a condition into words, strings and signs.
func tokenize(s string) (tokens []string, err error) {
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			i++
		case c == '"' || c == '\'':
			text := []byte{'"'}
			for i++; i < len(s) && s[i] != c; i++ {
				if s[i] == '\\' && i+1 < len(s) {
					i++
				}
				text = append(text, s[i])
			}
			if i == len(s) {
				return nil, errUnreadable
			}
			tokens = append(tokens, string(text))
			i++
		case isWord(c):
			from := i
			for i < len(s) && isWord(s[i]) {
				i++
			}
			tokens = append(tokens, s[from:i])
		case i+1 < len(s) && slices.Contains([]string{"==", "!=", "<=", ">=", "&&", "||"}, s[i:i+2]):
			tokens = append(tokens, s[i:i+2])
			i += 2
		case strings.IndexByte("()<>!,?:{}[]+-*/", c) >= 0:
			tokens = append(tokens, string(c))
			i++
		default:
			return nil, errUnreadable
		}
	}
	return tokens, nil
}

func isWord(c byte) bool {
	return c == '_' || c == '.' || c == '$' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func (p *parser) peek() string {
	if p.at < len(p.tokens) {
		return p.tokens[p.at]
	}
	return ""
}

// take steps over the next token when it is one of these.
func (p *parser) take(wanted ...string) bool {
	token := p.peek()
	if token == "" || !slices.ContainsFunc(wanted, func(w string) bool { return strings.EqualFold(w, token) }) {
		return false
	}
	p.at++
	return true
}

func (p *parser) choice() (node, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, errTooDeep
	}
	defer func() { p.depth-- }()
	condition, err := p.or()
	if err != nil || !p.take("?") {
		return condition, err
	}
	yes, err := p.choice()
	if err != nil {
		return nil, err
	}
	if !p.take(":") {
		return nil, errUnreadable
	}
	no, err := p.choice()
	return choice{condition, yes, no}, err
}

func (p *parser) or() (node, error) {
	left, err := p.and()
	for err == nil && p.take("||", "OR") {
		var right node
		right, err = p.and()
		left = either{left, right}
	}
	return left, err
}

func (p *parser) and() (node, error) {
	left, err := p.comparison()
	for err == nil && p.take("&&", "AND") {
		var right node
		right, err = p.comparison()
		left = both{left, right}
	}
	return left, err
}

func (p *parser) comparison() (node, error) {
	left, err := p.one()
	if err != nil {
		return nil, err
	}
	op := p.peek()
	if !p.take("==", "!=", "<", ">", "<=", ">=") {
		return left, nil
	}
	right, err := p.one()
	return compare{op, left, right}, err
}

func (p *parser) one() (node, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, errTooDeep
	}
	defer func() { p.depth-- }()
	token := p.peek()
	switch {
	case token == "":
		return nil, errUnreadable
	case p.take("!", "NOT"):
		inner, err := p.one()
		return not{inner}, err
	case p.take("("):
		inner, err := p.choice()
		if err == nil && !p.take(")") {
			err = errUnreadable
		}
		return inner, err
	case token[0] == '"':
		p.at++
		return literal{token[1:]}, nil
	case !isWord(token[0]):
		return nil, errUnreadable
	}
	p.at++
	return p.word(token)
}

// word reads what a word begins: a constant, an attribute or a call.
func (p *parser) word(word string) (node, error) {
	if p.peek() == "(" {
		return p.call(word)
	}
	switch name, ofUser := strings.CutPrefix(word, "user."); {
	case word == "true" || word == "false":
		return literal{word == "true"}, nil
	case word == "null":
		return literal{nil}, nil
	case ofUser && name != "" && !strings.Contains(name, "."):
		if !slices.Contains(p.attributes, name) {
			p.attributes = append(p.attributes, name)
		}
		if name == "status" || name == "id" { // no attributes of the profile
			return beyond{word}, nil
		}
		return attribute{name}, nil
	}
	if f, err := strconv.ParseFloat(word, 64); err == nil {
		return literal{f}, nil
	}
	return beyond{word}, nil
}

// call reads the arguments of a function. Those of one that is not known here are stepped over.
func (p *parser) call(name string) (node, error) {
	if want, ok := functions[name]; ok {
		p.at++ // the bracket
		var args []node
		for !p.take(")") {
			if len(args) > 0 && !p.take(",") {
				return nil, errUnreadable
			}
			arg, err := p.choice()
			if err != nil {
				return nil, err
			}
			args = append(args, arg)
		}
		if len(args) != want {
			return beyond{name}, nil
		}
		return function{name, args}, nil
	}
	for open := 0; p.at < len(p.tokens); {
		token := p.tokens[p.at]
		p.at++
		switch token {
		case "(", "{", "[":
			open++
		case ")", "}", "]":
			open--
		default:
			p.note(token)
		}
		if open == 0 {
			return beyond{name}, nil
		}
	}
	return nil, errUnreadable
}

// note remembers an attribute that stands inside a call that is not understood.
func (p *parser) note(token string) {
	name, ok := strings.CutPrefix(token, "user.")
	if ok && name != "" && !strings.Contains(name, ".") && p.peek() != "(" && !slices.Contains(p.attributes, name) {
		p.attributes = append(p.attributes, name)
	}
}
