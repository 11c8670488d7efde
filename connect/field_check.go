package connect

import (
	"strings"

	"caracal/fault"
	"caracal/form"
	"caracal/okta"
	"caracal/org"
)

// Checked is what can be said of one field of the connect form before anything is asked of Okta.
type Checked struct {
	Good    string // what it was read as, in one sentence; "" is nothing to say
	Problem string // what is wrong with it, in one sentence
	Console string // where the org's apps are in its admin console, once the field says which org it is; "" is not known
}

// appsPage is the list of apps in an org's admin console; consoleApps is the same in the simulated org's.
const (
	appsPage    = "/admin/apps/active"
	consoleApps = "/admin/apps"
)

// CheckField looks at one field of the connect form while the others are still being filled in. An empty field is no
// mistake yet. Nothing is stored or sent.
func (s *Service) CheckField(m org.Method, f *form.Form, field string) Checked {
	value := strings.TrimSpace(f.Values[field])
	if value == "" {
		return Checked{}
	}
	if problem := f.Errors[field]; problem != "" { // too long, or no text at all
		return Checked{Problem: problem}
	}
	switch field {
	case FieldDomain:
		d, err := org.ParseDomain(value, s.Hosts)
		if err != nil {
			return Checked{Problem: fault.Message(err)}
		}
		return Checked{Good: strings.Join(append([]string{"Your org is " + d.Host + "."}, d.Notes...), " "), Console: ConsoleOf(d)}
	case FieldClientID:
		if err := checkClientID(value); err != nil {
			return Checked{Problem: fault.Message(err)}
		}
	case FieldSecret:
		return s.checkSecret(m, f, value)
	}
	return Checked{}
}

// checkSecret reads a key as it will be read. Of a client secret only its shape is looked at.
func (s *Service) checkSecret(m org.Method, f *form.Form, value string) Checked {
	if problem := secretProblem(m, value); problem != nil {
		return Checked{Problem: fault.Message(problem)}
	}
	if m == org.Integration {
		return Checked{}
	}
	key, err := okta.ParseKey(value)
	if err != nil {
		return Checked{Problem: fault.Message(err)}
	}
	if id := f.Values[FieldKeyID]; id != "" {
		key = key.WithKeyID(id)
	}
	if key.KeyID() == "" {
		return Checked{Good: "This is a private key. It names no KID: enter the one that Okta lists beside it."}
	}
	return Checked{Good: "This is a private key, with the KID " + key.KeyID() + "."}
}

// secretProblem says what is wrong with a secret at first sight: a key in the place of a client secret, or the other
// way round.
func secretProblem(m org.Method, text string) *fault.Error {
	switch {
	case m == org.Integration && looksLikeKey(text):
		return fault.In(FieldSecret, "This is a key, not a client secret; use the Custom app tab for it.")
	case m == org.Integration && strings.ContainsAny(text, " \t\r\n"):
		return fault.In(FieldSecret, "A client secret has no spaces or line breaks; copy it again from Okta.")
	case m == org.CustomApp && !looksLikeKey(text):
		return fault.In(FieldSecret, "Okta refuses a client secret for a custom app; paste the private key JSON from General › Client Credentials › Public key / Private key.")
	}
	return nil
}

// ConsoleOf returns where the apps of an org are in its admin console, or "".
func ConsoleOf(d org.Domain) string {
	path := appsPage
	if d.Cell == org.CellSimulated {
		path = consoleApps
	}
	return org.Application{Domain: d.Host, Cell: d.Cell}.ConsoleURL(path)
}
