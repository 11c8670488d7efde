package okta

import (
	"context"
	"sync"
)

// Record keeps what the last call made with its context gave: for the run page, and for typed calls, whose
// own errors lose it.
type Record struct {
	mu      sync.Mutex
	request string
	resp    *Response
	err     error
}

type recordKey struct{}

// WithRecord returns a context whose calls are noted in the record.
func WithRecord(ctx context.Context) (context.Context, *Record) {
	r := &Record{}
	return context.WithValue(ctx, recordKey{}, r), r
}

// Request returns the X-Okta-Request-Id of the last answer.
func (r *Record) Request() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.request
}

func (r *Record) last() (*Response, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.resp, r.err
}

// note writes a call's end into the record of its context, and into those around it.
func note(ctx context.Context, resp *Response, err error) {
	r, ok := ctx.Value(recordKey{}).(*Record)
	if !ok {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.resp, r.err = resp, err
	if id := requestOf(resp, err); id != "" {
		r.request = id
	}
}
