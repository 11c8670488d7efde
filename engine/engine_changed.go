package engine

import "sync"

// broadcast tells everybody who waits that something changed. The zero value is ready.
type broadcast struct {
	mu   sync.Mutex
	next chan struct{}
}

func (b *broadcast) wait() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.next == nil {
		b.next = make(chan struct{})
	}
	return b.next
}

func (b *broadcast) tell() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.next != nil {
		close(b.next)
		b.next = nil
	}
}

// Changed returns a channel that is closed at the next change of any run. A page that watches one run asks
// db.RunRevision then whether it was that one.
func (e *Engine) Changed() <-chan struct{} { return e.changed.wait() }
