package catalog

import (
	"sync"
	"sync/atomic"
)

// Live is the catalog in use, which an import replaces while the program runs. Whoever takes it with Now keeps
// one whole catalog, whatever is put in its place meanwhile.
type Live struct {
	now atomic.Pointer[Catalog]
}

// NewLive begins with a catalog.
func NewLive(c *Catalog) *Live {
	l := &Live{}
	l.now.Store(c)
	return l
}

// Now returns the catalog in use.
func (l *Live) Now() *Catalog { return l.now.Load() }

// Put takes another catalog into use.
func (l *Live) Put(c *Catalog) { l.now.Store(c) }

// Shared is Load, once: everybody who asks gets the same catalog.
var Shared = sync.OnceValues(Load)
