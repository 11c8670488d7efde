package okta

import (
	"context"
	"sync"
	"time"

	"caracal/fault"
)

// maxChanges bounds how many requests of one step are kept: replacing the members of a group may take thousands.
const maxChanges = 200

// Change is one request that changed something, or may have.
type Change struct {
	Request string    // X-Okta-Request-Id; the System Log has it as debugContext.debugData.requestId
	At      time.Time // when the answer was there, by our clock
}

// maxReads bounds how many reads of one step are kept.
const maxReads = 20

// Read is one request that read something, and how it was answered.
type Read struct {
	Path    string // with its query
	Status  int    // 0: there was no answer
	Request string // X-Okta-Request-Id
	At      time.Time
}

// Record keeps what the calls made with its context gave: the last answer, for the run page and for typed calls,
// whose own errors lose it, and every request that changed something.
type Record struct {
	mu      sync.Mutex
	request string
	resp    *Response
	err     error
	changes []Change
	reads   []Read
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

// Changes returns the first 200 requests that changed something, or that Okta broke off without saying so.
func (r *Record) Changes() []Change {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Change(nil), r.changes...)
}

// Reads returns the first 20 requests that read something.
func (r *Record) Reads() []Read {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Read(nil), r.reads...)
}

func (r *Record) last() (*Response, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.resp, r.err
}

// note writes a call's end, and the requests that changed something, into the record of its context.
func note(ctx context.Context, resp *Response, err error, changes ...Change) {
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
	r.changes = append(r.changes, changes[:min(len(changes), maxChanges-len(r.changes))]...)
}

// changesOf returns the request as a change, unless it only read or Okta refused it.
func (c *Client) changesOf(out outgoing, resp *Response, err error) []Change {
	id := requestOf(resp, err)
	if out.reads() || id == "" || err != nil && !fault.Is(err, fault.Uncertain) {
		return nil
	}
	return []Change{{Request: id, At: c.Now()}}
}

// noteReads writes requests that read something into the record of their context.
func noteReads(ctx context.Context, reads ...Read) {
	r, ok := ctx.Value(recordKey{}).(*Record)
	if !ok {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reads = append(r.reads, reads[:min(len(reads), maxReads-len(r.reads))]...)
}

// readOf is a request as a read, with how it was answered.
func (c *Client) readOf(out outgoing, resp *Response, err error) Read {
	read := Read{Path: out.url.RequestURI(), Request: requestOf(resp, err), At: c.Now()}
	if resp != nil {
		read.Status = resp.Status
	} else if f := fault.As(err); f != nil {
		read.Status = f.Status
	}
	return read
}
