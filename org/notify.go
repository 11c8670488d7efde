package org

import (
	"net/url"
	"time"
)

// Notify says where the notices of an application go besides the pages.
type Notify struct {
	ApplicationID string
	Emails        []string
	URL           string    // of a webhook; "" for none
	SecretAt      time.Time // when the secret was made that signs what goes to the webhook
	OldAt         time.Time // when the one before it was made
	OldUntil      time.Time // until then that one signs too
}

// Goes reports whether notices go to a place.
func (n Notify) Goes(p Place) bool {
	for _, one := range n.Places() {
		if one == p {
			return true
		}
	}
	return false
}

// Places lists everywhere that notices go.
func (n Notify) Places() (out []Place) {
	for _, address := range n.Emails {
		out = append(out, Place{ByEmail, address})
	}
	if n.URL != "" {
		out = append(out, Place{ByWebhook, n.URL})
	}
	return out
}

// Way is how a notice reaches somebody.
type Way string

// The ways.
const (
	ByEmail   Way = "email"
	ByWebhook Way = "webhook"
)

// Place is where one message of a notice goes.
type Place struct {
	Kind Way
	At   string // an e-mail address or a URL
}

// Label names the place for everybody: of a URL only the host, for its path may be known to admins alone.
func (p Place) Label() string {
	if p.Kind == ByEmail {
		return p.At
	}
	if u, err := url.Parse(p.At); err == nil && u.Host != "" {
		return "webhook at " + u.Host
	}
	return "webhook"
}

// Delivery is one notice on its way to one place.
type Delivery struct {
	ID       string // stays the same, however often it is sent
	NoticeID string
	Place
	Since    time.Time // what is not sent within a day of it is given up
	DueAt    time.Time // the next attempt; zero is never
	Attempts int
	SentAt   time.Time
	FailedAt time.Time // when it was given up
	Error    string    // sentence, of the last attempt that failed
}

// Waiting reports whether it is still to be sent.
func (d Delivery) Waiting() bool { return d.SentAt.IsZero() && d.FailedAt.IsZero() }
