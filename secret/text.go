// Package secret seals, opens and hides secret text.
package secret

import "log/slog"

const hidden = "[hidden]"

// Text is a secret that cannot be printed by accident: every formatting path says "[hidden]", and only
// Reveal tells. The zero value is the empty secret.
type Text struct{ value string }

// NewText wraps a secret.
func NewText(value string) Text { return Text{value} }

// Reveal returns the secret itself.
func (t Text) Reveal() string { return t.value }

// IsZero reports whether there is no secret.
func (t Text) IsZero() bool { return t.value == "" }

// String hides the secret.
func (Text) String() string { return hidden }

// GoString hides the secret from %#v.
func (Text) GoString() string { return hidden }

// LogValue hides the secret from slog.
func (Text) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalJSON hides the secret from encoding/json.
func (Text) MarshalJSON() ([]byte, error) { return []byte(`"` + hidden + `"`), nil }

// MarshalText hides the secret from every text encoder.
func (Text) MarshalText() ([]byte, error) { return []byte(hidden), nil }
