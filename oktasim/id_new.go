package oktasim

import (
	crand "crypto/rand"
	"encoding/base64"
	"strings"
)

const (
	base36 = "0123456789abcdefghijklmnopqrstuvwxyz"
	base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	// cellSuffix ends every id of the org, as an Okta cell's ids share their last characters.
	cellSuffix = "1d7"
)

// newID makes an id of 20 characters in Okta's shape: the prefix that tells
// the kind ("00u" a user, "00g" a group, "0oa" an app), a part that grows with
// each id, so that ids sort in the order of creation, and a random part.
func (o *Org) newID(prefix string) string {
	o.sequence++
	var b strings.Builder
	b.WriteString(prefix)
	n := o.sequence
	var grow [6]byte
	for i := len(grow) - 1; i >= 0; i-- {
		grow[i] = base36[n%36]
		n /= 36
	}
	// A letter first keeps the id from looking like a number.
	b.WriteByte('u')
	b.Write(grow[1:])
	random := randomText(20-len(prefix)-len(grow)-1-len(cellSuffix), base62)
	b.WriteByte(base62[10+int(o.sequence%26)])
	b.WriteString(random)
	b.WriteString(cellSuffix)
	return b.String()
}

// randomText returns n characters of the alphabet from the system's random source.
func randomText(n int, alphabet string) string {
	buf := make([]byte, n)
	crand.Read(buf) // never fails: see crypto/rand
	for i, b := range buf {
		buf[i] = alphabet[int(b)%len(alphabet)]
	}
	return string(buf)
}

// randomToken returns a secret of n random bytes in URL-safe base64.
func randomToken(n int) string {
	buf := make([]byte, n)
	crand.Read(buf)
	return base64.RawURLEncoding.EncodeToString(buf)
}

// randomDigits makes a password that no login is a part of: the password
// policy refuses one that holds a part of the login, and letters could.
func randomDigits(n int) string {
	buf := make([]byte, n)
	crand.Read(buf)
	for i, b := range buf {
		buf[i] = '0' + b%10
	}
	return string(buf)
}
