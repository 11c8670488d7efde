package engine

import (
	"fmt"
	"runtime/debug"
)

// survive does one thing of many, and makes an error of a panic in it: one event or one org's log must not end the
// process, which would come upon the same one after its next start. The queue does the same for bursts.
func survive(do func() error) (err error) {
	defer func() {
		if caught := recover(); caught != nil {
			err = fmt.Errorf("panic: %v\n%s", caught, debug.Stack())
		}
	}()
	return do()
}
