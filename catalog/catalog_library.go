package catalog

import (
	"sync"
	"time"
)

// Library takes catalogs into use while the program runs. Whoever holds the catalog that was in use keeps it.
type Library struct {
	Store Store
	Live  *Live

	mu sync.Mutex // one change at a time
}

// Propose stores a catalog to be looked at.
func (l *Library) Propose(data Data, by string, at time.Time) (string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Store.Propose(data, by, at)
}

// Look returns a catalog with what it is, and what it would change now.
func (l *Library) Look(name string) (Kept, Comparison, error) {
	data, kept, err := l.Store.Look(name)
	if err != nil {
		return kept, Comparison{}, err
	}
	return kept, l.Live.Now().Compare(data), nil
}

// Use takes a catalog into use, at once and at every later start.
func (l *Library) Use(name string) (Kept, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	data, kept, err := l.Store.Look(name)
	if err != nil {
		return kept, err
	}
	if err := l.Store.Use(name); err != nil {
		return kept, err
	}
	l.Live.Put(build(data))
	return kept, nil
}

// Drop forgets a catalog that is only proposed.
func (l *Library) Drop(name string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Store.Drop(name)
}
