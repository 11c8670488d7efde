package oktasim

import (
	"maps"
	"slices"
	"sync/atomic"
)

func bucketNames() []string { return slices.Sorted(maps.Keys(rateLimits)) }

// newCounter returns a function that counts its calls, from any goroutine.
func newCounter() func() int {
	var n atomic.Int64
	return func() int { return int(n.Add(1)) }
}
