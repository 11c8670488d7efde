package engine

import "sync"

// keyedLock is a mutex for each key. The zero value is ready.
type keyedLock struct {
	mu   sync.Mutex
	held map[string]*keyHold
}

type keyHold struct {
	mu    sync.Mutex
	users int
}

// lock waits for the key and returns how to give it back.
func (l *keyedLock) lock(key string) (unlock func()) {
	l.mu.Lock()
	if l.held == nil {
		l.held = map[string]*keyHold{}
	}
	h := l.held[key]
	if h == nil {
		h = &keyHold{}
		l.held[key] = h
	}
	h.users++
	l.mu.Unlock()
	h.mu.Lock()
	return func() {
		h.mu.Unlock()
		l.mu.Lock()
		defer l.mu.Unlock()
		if h.users--; h.users == 0 {
			delete(l.held, key)
		}
	}
}

// wakeCounts counts how often each application was woken. A burst that was told to wait for an application
// compares the count from before its call with the count in its last transaction: if they differ, the wake
// came too early to find the run waiting, and it must not wait.
type wakeCounts struct {
	mu    sync.Mutex
	count map[string]int
}

func (w *wakeCounts) of(applicationID string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.count[applicationID]
}

func (w *wakeCounts) add(applicationID string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.count == nil {
		w.count = map[string]int{}
	}
	w.count[applicationID]++
}
