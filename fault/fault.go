// Package fault names the kinds of failure and carries a message fit for a person.
//
// An error that a person will read says what happened and what to do next, in one sentence. The cause is
// wrapped for the log and never shown.
package fault

import (
	"errors"
	"fmt"
	"time"
)

// Kind sorts failures by what the reader can do about them.
type Kind int

// The kinds, and the HTTP status that web gives each.
const (
	Internal  Kind = iota // 500: somebody must look
	Invalid               // 422: the input is wrong
	NotFound              // 404
	Forbidden             // 403: the person or the connection may not
	Conflict              // 409: somebody else was first, or the state does not allow it
	Upstream              // 502: Okta or the sign-in provider failed
	Busy                  // 503: try again later
	Uncertain             // 502: a change was sent and nothing is known of its effect
)

var kindNames = [...]string{"internal", "invalid", "not found", "forbidden", "conflict", "upstream", "busy", "uncertain"}

// String returns the kind in lower case words.
func (k Kind) String() string { return kindNames[k] }

// Error is a failure with a sentence for a person.
type Error struct {
	Kind    Kind
	Message string // one sentence: what happened and what to do next
	Field   string // the form field it is about, if any
	Code    string // Okta's errorCode or the OAuth error, if any
	Scope   string // the OAuth scope that was missing, if that is the reason
	Status  int    // the HTTP status Okta answered with, if any
	Request string // Okta's X-Okta-Request-Id, if any
	RetryAt time.Time
	Bucket  string // the rate limit that is used up, as okta names it, if that is why to wait
	Err     error  // the cause, for the log
}

// Error returns the message and the cause, for the log.
func (e *Error) Error() string {
	if e.Err == nil {
		return e.Message
	}
	return e.Message + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// New makes a failure of a kind with a sentence for a person.
func New(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...)}
}

// In makes an Invalid failure about one form field.
func In(field, format string, args ...any) *Error {
	e := New(Invalid, format, args...)
	e.Field = field
	return e
}

// Because sets the cause and returns the same failure.
func (e *Error) Because(err error) *Error {
	e.Err = err
	return e
}

// KindOf returns the kind of the first Error in the chain, or Internal.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

// Is reports whether err is a failure of this kind.
func Is(err error, kind Kind) bool { return err != nil && KindOf(err) == kind }

// Message returns the sentence for a person; an error without one gives a general sentence, so that no
// internal text leaks.
func Message(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Message
	}
	return "Something went wrong on our side; try again, and give your administrator the request id if it stays."
}

// As returns the first Error in the chain, or nil.
func As(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}
