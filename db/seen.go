package db

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"time"

	"caracal/fault"
	"caracal/org"
	"caracal/trigger"
)

// Seen is a mark of stored settings as a person was shown them. Each form that edits settings carries it in a hidden field,
// and each write of settings takes it and compares in its own transaction, so that of two people who save the same
// settings the second is told. It is made from what people set and nothing else: what Caracal notes beside it, such as when
// a log was read, is no reason to refuse anybody.
type Seen string

// ErrStale says that settings are not stored, because somebody else stored others since the person was shown them.
var ErrStale error = fault.New(fault.Conflict, "Somebody else saved these settings since you opened them, so nothing was changed; reload the page and look before you try again.")

// Still returns ErrStale unless what is stored is what the person was shown, or already what they want.
func (s Seen) Still(stored, wanted Seen) error {
	if s != "" && s == stored || stored == wanted {
		return nil
	}
	return ErrStale
}

func mark(settings ...any) Seen {
	text, err := toJSON(settings)
	if err != nil {
		return "" // plain data can always be written; a mark that is empty equals no other
	}
	sum := sha256.Sum256([]byte(text))
	return Seen(base64.RawURLEncoding.EncodeToString(sum[:16]))
}

// SeenName marks what an application is called.
func SeenName(a org.Application) Seen { return mark("name", a.Name) }

// SeenScopes marks what an application asks Okta for.
func SeenScopes(a org.Application) Seen { return mark("scopes", nonNil(a.Scopes)) }

// SeenShare marks how much of Okta's limits an application may use.
func SeenShare(a org.Application) Seen { return mark("share", a.RateShare) }

// SeenCredential marks which credential an application has, and whether a next key is made.
func SeenCredential(a org.Application) Seen {
	return mark("credential", stamp(a.CredentialSet), a.KeyThumbprint, a.NextKey)
}

// SeenWatch marks when the health of an application is checked.
func SeenWatch(w org.Watch) Seen {
	return mark("watch", w.Every, w.At, w.Zone, w.FirstAge, w.MaxAge)
}

// SeenNotify marks where the notices of an application go.
func SeenNotify(n org.Notify) Seen { return mark("notify", nonNil(n.Emails), n.URL) }

// SeenPolling marks whether and how the log of an application is read.
func SeenPolling(s trigger.Source) Seen { return mark("polling", s.Polls, s.Every, s.CatchUp) }

// SeenTrigger marks what people set about a trigger. Whether it is paused is not of its form.
func SeenTrigger(t trigger.Trigger) Seen {
	t.Event.From = nil // since when it listens is noted, not set
	t.Names = nil      // what picked objects were called follows from Inputs
	return mark("trigger", t.Name, t.Config)
}

// SeenSecret marks which secret senders have to know, and the one before it, by when they were made.
func SeenSecret(made, old time.Time) Seen { return mark("secret", stamp(made), stamp(old)) }

// LastChange returns who brought the newest of these actions about on a subject, and when, by the audit record; an empty
// id when nobody did in its last hundred lines about the subject.
func (d *DB) LastChange(ctx context.Context, subject string, actions ...string) (by string, at time.Time, err error) {
	list, _, err := d.AuditList(ctx, AuditFilter{Subject: subject, Limit: 100})
	for _, e := range list {
		for _, a := range actions {
			if e.Action == a {
				return e.By, e.At, err
			}
		}
	}
	return "", time.Time{}, err
}
