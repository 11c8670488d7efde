package notify

import (
	"net/mail"
	"strings"

	"caracal/fault"
)

// maxAddresses is how many people one application's notices are mailed to; more of them belong on a list.
const maxAddresses = 10

// maxAddress is how long an address may be (RFC 5321, section 4.5.3.1.3, without the angle brackets).
const maxAddress = 254

// ParseAddresses reads e-mail addresses, separated by lines, commas or semicolons, each once. The error is a fault.
func ParseAddresses(text string) (out []string, err error) {
	seen := map[string]bool{}
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' || r == ',' || r == ';' }) {
		part = strings.TrimSpace(part)
		if part == "" || seen[strings.ToLower(part)] {
			continue
		}
		if !isAddress(part) {
			return nil, fault.New(fault.Invalid, "%q is no e-mail address; write each on a line of its own, like it@example.com.", shorten(part, 60))
		}
		seen[strings.ToLower(part)] = true
		if out = append(out, part); len(out) > maxAddresses {
			return nil, fault.New(fault.Invalid, "These are more than %d addresses; make a mailing list of them.", maxAddresses)
		}
	}
	return out, nil
}

// isAddress reports whether a text is an address that every mail server takes: ASCII, without a name, without quotes.
func isAddress(text string) bool {
	if len(text) > maxAddress || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`"<>()[]\,;:`, r) }) {
		return false
	}
	a, err := mail.ParseAddress(text)
	if err != nil || a.Address != text {
		return false
	}
	local, domain, _ := strings.Cut(text, "@")
	return len(local) <= 64 && strings.Contains(domain, ".") && !strings.HasSuffix(domain, ".")
}

// shorten cuts a text to so many characters, and leaves nothing in it that moves a cursor or breaks a line.
func shorten(text string, most int) string {
	text = oneLine(text)
	if r := []rune(text); len(r) > most {
		return string(r[:most]) + "…"
	}
	return text
}

// oneLine makes one line of a text.
func oneLine(text string) string {
	clean := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "�"))
	return strings.Join(strings.Fields(clean), " ")
}
