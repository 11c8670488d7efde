package oktasim

import (
	"net/http"
	"time"
)

// Fault breaks one request. The zero value breaks nothing.
type Fault struct {
	delay      time.Duration
	err        *apiError
	body       string // with status, an answer that is not Okta's
	status     int
	dropBefore bool
	dropAfter  bool
	hang       bool
	after      bool // with hang and err: the change is made first
	reset      time.Duration
}

// StatusFault answers with a status and a body that is not Okta's, as a proxy in between would.
func StatusFault(status int, body string) *Fault { return &Fault{status: status, body: body} }

// ErrorFault answers with an Okta error object.
func ErrorFault(status int, code, summary string) *Fault {
	return &Fault{err: newError(status, code, summary)}
}

// ErrorAfter makes the change, then answers with an Okta error object.
func ErrorAfter(status int, code, summary string) *Fault {
	return &Fault{err: newError(status, code, summary), after: true}
}

// RateLimited answers 429 E0000047 with a reset that lies wait ahead.
func RateLimited(wait time.Duration) *Fault { return &Fault{err: errRateLimit(), reset: wait} }

// DropBefore closes the connection without making the change.
func DropBefore() *Fault { return &Fault{dropBefore: true} }

// DropAfter makes the change, then closes the connection without an answer.
func DropAfter() *Fault { return &Fault{dropAfter: true} }

// Timeout never answers and makes no change; it ends when the client gives up.
func Timeout() *Fault { return &Fault{hang: true} }

// TimeoutAfter makes the change, then never answers.
func TimeoutAfter() *Fault { return &Fault{hang: true, after: true} }

// Delay answers late.
func Delay(d time.Duration) *Fault { return &Fault{delay: d} }

// SetFault installs a function that is asked before each request; nil removes it.
func (o *Org) SetFault(f func(*http.Request) *Fault) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.fault = f
}

// wait pauses for d or until the client has gone.
func wait(r *http.Request, d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-r.Context().Done():
	}
}

// discard is a ResponseWriter for an answer that nobody will see.
type discard struct{ h http.Header }

func (d *discard) Header() http.Header         { return d.h }
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }
func (d *discard) WriteHeader(int)             {}
