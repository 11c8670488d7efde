package catalog

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// Hidden stands in the place of a secret that must not show.
const Hidden = "[hidden]"

// Curl writes the call as a command for a terminal. The token is a variable of the shell, and what is secret in
// the body is hidden. base is the org's address, such as https://acme.okta.com.
func (c Call) Curl(base string) string {
	var b strings.Builder
	b.WriteString("curl --globoff")
	if c.Method != "GET" || c.Body != nil {
		b.WriteString(" --request " + c.Method)
	}
	address := base + c.Path
	if len(c.Query) > 0 {
		address += "?" + c.Query.Encode()
	}
	b.WriteString(" \\\n  " + shell(address) + " \\\n  --header \"Authorization: Bearer $OKTA_TOKEN\" \\\n  --header 'Accept: application/json'")
	for _, name := range slices.Sorted(maps.Keys(c.Header)) {
		for _, value := range c.Header[name] {
			b.WriteString(" \\\n  --header " + shell(name+": "+value))
		}
	}
	if c.Body != nil {
		if c.Header.Get("Content-Type") == "" {
			b.WriteString(" \\\n  --header 'Content-Type: application/json'")
		}
		if strings.HasPrefix(c.Header.Get("Content-Type"), "multipart/") {
			b.WriteString(" \\\n  --data-binary @body")
		} else {
			b.WriteString(" \\\n  --data " + shell(c.ShownBody()))
		}
	}
	return b.String()
}

// ShownBody returns the body as it may be shown: laid out, with what is secret hidden.
func (c Call) ShownBody() string {
	if kind := c.Header.Get("Content-Type"); strings.HasPrefix(kind, "multipart/") {
		return "(the file)"
	} else if kind != "" && kind != JSON {
		return string(c.Body)
	}
	return string(Pretty(Mask(c.Body)))
}

// shell quotes a word for a POSIX shell.
func shell(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// Pretty lays JSON out on lines; what is none stays as it is.
func Pretty(text []byte) []byte {
	var b bytes.Buffer
	if json.Indent(&b, bytes.TrimSpace(text), "", "  ") != nil {
		return text
	}
	return b.Bytes()
}

// secretKeys are the properties whose texts are hidden, wherever they stand, in lower case.
var secretKeys = map[string]bool{"password": true, "client_secret": true, "clientsecret": true, "secret": true, "sharedsecret": true,
	"privatekey": true, "private_key": true, "passcode": true, "apikey": true, "authtoken": true, "access_token": true, "refresh_token": true,
	"temppassword": true, "activationtoken": true, "recoverytoken": true, "answer": true, "newpassword": true, "oldpassword": true,
	"activationurl": true, "resetpasswordurl": true,
	"d": true, "p": true, "q": true, "dp": true, "dq": true, "qi": true, "k": true} // the private half of a JWK (RFC 7518, section 6)

// Mask hides the texts under keys that hold secrets, and keeps all else as it is, in its order. What is no
// JSON comes back as it is.
func Mask(text []byte) []byte {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	m := masker{d: d}
	if !m.value(false, 0) {
		if json.Valid(text) { // deeper than anybody looks into, so nobody knows what is in it
			return []byte(quote(Hidden))
		}
		return text
	}
	return m.out.Bytes()
}

type masker struct {
	d   *json.Decoder
	out bytes.Buffer
}

// maxDepth is how deep JSON may be for what looks into it.
const maxDepth = 200

// value copies the next value; it reports false when there is none.
func (m *masker) value(hide bool, depth int) bool {
	t, err := m.d.Token()
	if err != nil || depth > maxDepth {
		return false
	}
	switch v := t.(type) {
	case json.Delim:
		m.out.WriteString(v.String())
		for first := true; m.d.More(); first = false {
			if !first {
				m.out.WriteByte(',')
			}
			under := hide
			if v == '{' {
				key, err := m.d.Token()
				if err != nil {
					return false
				}
				name, _ := key.(string)
				m.out.WriteString(quote(name) + ":")
				under = hide || secretKeys[strings.ToLower(name)]
			}
			if !m.value(under, depth+1) {
				return false
			}
		}
		end, err := m.d.Token()
		if err != nil {
			return false
		}
		m.out.WriteString(end.(json.Delim).String())
	case string:
		if hide && v != "" {
			v = Hidden
		}
		m.out.WriteString(quote(v))
	case json.Number:
		m.out.WriteString(v.String())
	case bool:
		m.out.WriteString(map[bool]string{true: "true", false: "false"}[v])
	default:
		m.out.WriteString("null")
	}
	return true
}
