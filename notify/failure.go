package notify

import (
	"errors"
	"net/textproto"
	"time"

	"caracal/fault"
)

// failure is an attempt that failed, in a sentence; a lasting one is not tried again by itself.
type failure struct {
	says    *fault.Error
	lasting bool
	after   time.Duration // the other side asks to be left alone for so long; 0 where it says nothing
}

// Error returns the sentence and the cause, for the log.
func (f *failure) Error() string { return f.says.Error() }

// Unwrap returns the fault.
func (f *failure) Unwrap() error { return f.says }

func trouble(format string, args ...any) *failure {
	return &failure{says: fault.New(fault.Upstream, format, args...)}
}

func because(err error, format string, args ...any) *failure {
	f := trouble(format, args...)
	f.says.Err = err
	return f
}

// lasting marks a failure as one for good when the mail server said so (RFC 5321, section 4.2.1: 5yz is permanent).
func lasting(err error, f *failure) *failure {
	var said *textproto.Error
	f.lasting = errors.As(err, &said) && said.Code >= 500
	return f
}
