package org

import "time"

// Watch says when the health of an application is checked by itself.
type Watch struct {
	ApplicationID string
	Every         string    // "" (never), Hourly or Daily
	At            string    // of Daily: the time of day, such as 08:30
	Zone          string    // of Daily: IANA name, such as Europe/Berlin
	FirstAge      int       // days after which a credential is warned of for the first time; 0 is not at all
	MaxAge        int       // days after which a credential counts as old
	DueAt         time.Time // the next check; zero is never
}

// How often a watch checks.
const (
	Hourly = "hourly"
	Daily  = "daily"
)

// How many days old a credential is warned of, and counts as old, where nobody set other numbers.
const (
	DefaultFirstAge = 60
	DefaultMaxAge   = 90
)

// Notice is something about an application that people are told once.
type Notice struct {
	ID            string
	ApplicationID string
	Key           string // the same key is told once
	At            time.Time
	Verdict       Verdict
	Title         string // one line
	Detail        string // sentences, one on each line; never a secret
	SeenAt        time.Time
	SeenBy        string // user id
}

// Aged is a key or a secret of an application that grows old.
type Aged struct {
	ID    string // tells it apart from the application's others; "" is its credential
	What  string // such as "private key"
	Since time.Time
	Mend  string // sentence: how it is replaced
}

// AgedCredential is what proves to Okta who an application is, as something that grows old.
func (a Application) AgedCredential() Aged {
	what := "client secret"
	if a.Method == CustomApp {
		what = "private key"
	}
	return Aged{What: what, Since: a.CredentialSet, Mend: "Rotate it under Settings; the one in use stays until the new one has worked."}
}
