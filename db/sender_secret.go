package db

import (
	"fmt"
	"time"

	"caracal/secret"
	"caracal/trigger"
)

// Secret is one secret of a sender: sealed, or only its SHA-256 where it is sent itself.
type Secret struct {
	Sealed secret.Sealed
	Hash   []byte
	At     time.Time // when it was made
	Until  time.Time // of one that was replaced: when it ends
}

// Secrets are those that a sender may prove to know: the one in use and, for a while, the one that it replaced.
type Secrets struct{ Now, Old Secret }

// Good returns those that are good at a time, the newest first.
func (s Secrets) Good(now time.Time) []Secret {
	if now.Before(s.Old.Until) {
		return []Secret{s.Now, s.Old}
	}
	return []Secret{s.Now}
}

// NewSecret makes a secret to sign by, and returns it to be shown once, with what is stored of it: sealed for a place.
func NewSecret(keys *secret.Keyring, at secret.Place, now time.Time) (text string, made Secret, err error) {
	text, made.At = trigger.NewSecret(), now.UTC().Truncate(time.Microsecond)
	if made.Sealed, err = keys.Seal(secret.NewText(text), at); err != nil {
		return "", Secret{}, fmt.Errorf("seal a new secret: %w", err)
	}
	return text, made, nil
}

// OldUntil returns until when the secret is good as well that this one replaces, which was made at before: for overlap
// more, or no longer where there was none.
func (s Secret) OldUntil(before time.Time, overlap time.Duration) time.Time {
	if overlap <= 0 || before.IsZero() {
		return time.Time{}
	}
	return s.At.Add(overlap)
}
