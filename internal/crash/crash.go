// Package crash kills the process at a named point, for the crash test. CARACAL_CRASH_AT=name:3 kills it at
// the third time it comes to the point called name; unset, as it always is outside the test, nothing happens.
package crash

import (
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// Variable names the environment variable that arms a point.
const Variable = "CARACAL_CRASH_AT"

type armed struct {
	name string
	left atomic.Int64
}

var point = sync.OnceValue(func() *armed {
	name, count, _ := strings.Cut(os.Getenv(Variable), ":")
	a := &armed{name: name}
	n, err := strconv.ParseInt(count, 10, 64)
	if err != nil {
		n = 1
	}
	a.left.Store(n)
	return a
})

// At dies here, as by kill -9, if this point is armed and its turn has come.
func At(name string) {
	a := point()
	if a.name != name || a.left.Add(-1) != 0 {
		return
	}
	if self, err := os.FindProcess(os.Getpid()); err == nil && self.Kill() == nil {
		select {} // the signal is on its way
	}
	os.Exit(137)
}
