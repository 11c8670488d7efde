package workflow

import (
	"crypto/rand"
	"fmt"
	"io"
	"math/big"
	"strings"
)

// randomFunctions give something else each time. A step that is repeated after a crash keeps what it had, except
// for a password, which is never stored and so made anew.
func randomFunctions() []Function {
	const group = "Random"
	return []Function{
		{Name: passwordName, Takes: "[length]", Group: group, Example: "random_password(24)", Varies: true, least: 0, most: 1, gives: givesText, call: randomPassword,
			Help: "A password that nobody sees: it is in no record of the run, and each use makes another. It has 32 characters, or as many as you say, with small letters, capitals, digits and signs, so that every password policy of Okta takes it."},
		{Name: "random_code", Takes: "[length]", Group: group, Example: "random_code(6)", Varies: true, Help: "Six digits and capitals, or as many as you say, without those that look alike. The run shows it.", least: 0, most: 1, gives: givesText, call: randomCode},
		{Name: "uuid", Takes: "", Group: group, Example: "uuid()", Varies: true, Help: "An identifier that nothing else has (RFC 9562, version 4). The run shows it.", least: 0, most: 0, gives: givesText, call: randomUUID},
	}
}

// passwordName is the function whose value is a secret.
const passwordName = "random_password"

// The characters of a password and of a code, without those that are taken for one another. A policy of Okta
// asks for at most one of each kind and for at most 30 characters; a password has at most 72
// (https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Policy/, PasswordPolicyPasswordSettingsComplexity).
const (
	smallLetters  = "abcdefghijkmnopqrstuvwxyz"
	capitals      = "ABCDEFGHJKLMNPQRSTUVWXYZ"
	digits        = "23456789"
	signs         = "!#$%*+-.:=?@_~"
	minPassword   = 12
	usualPassword = 32
	maxPassword   = 72
)

func randomPassword(e *evaluation, args []any) (any, error) {
	n := usualPassword
	if len(args) > 0 {
		var err error
		if n, err = whole(args[0], minPassword, maxPassword, "characters"); err != nil {
			return nil, err
		}
	}
	for {
		p, err := randomText(e.chance(), smallLetters+capitals+digits+signs, n)
		if err != nil {
			return nil, err
		}
		if strings.ContainsAny(p, smallLetters) && strings.ContainsAny(p, capitals) && strings.ContainsAny(p, digits) && strings.ContainsAny(p, signs) {
			return p, nil
		}
	}
}

func randomCode(e *evaluation, args []any) (any, error) {
	n := 6
	if len(args) > 0 {
		var err error
		if n, err = whole(args[0], 1, 100, "characters"); err != nil {
			return nil, err
		}
	}
	return randomText(e.chance(), capitals+digits, n)
}

func randomUUID(e *evaluation, _ []any) (any, error) {
	var b [16]byte
	if _, err := io.ReadFull(e.chance(), b[:]); err != nil {
		return nil, err
	}
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:]), nil
}

func (e *evaluation) chance() io.Reader {
	if e.Chance != nil {
		return e.Chance
	}
	return rand.Reader
}

// randomText picks each character with the same chance, and none twice in a row, which some policies forbid.
func randomText(chance io.Reader, from string, n int) (string, error) {
	b := make([]byte, 0, n)
	for len(b) < n {
		i, err := rand.Int(chance, big.NewInt(int64(len(from))))
		if err != nil {
			return "", err
		}
		if c := from[i.Int64()]; len(b) == 0 || b[len(b)-1] != c {
			b = append(b, c)
		}
	}
	return string(b), nil
}
