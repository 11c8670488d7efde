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
