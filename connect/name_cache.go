package connect

import (
	"sync"
	"time"
)

// maxNames bounds the cache; when it is full it starts afresh, which costs some reads and no bookkeeping.
const maxNames = 2000

// nameCache keeps the names of picked objects. The zero value is ready. Safe for concurrent use.
type nameCache struct {
	mu   sync.Mutex
	kept map[string]keptName
}

type keptName struct {
	choice Choice
	until  time.Time
}

func (n *nameCache) get(key string, now time.Time) (Choice, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	k, ok := n.kept[key]
	return k.choice, ok && now.Before(k.until)
}

func (n *nameCache) put(key string, c Choice, until time.Time) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.kept == nil || len(n.kept) >= maxNames {
		n.kept = map[string]keptName{}
	}
	n.kept[key] = keptName{c, until}
}
