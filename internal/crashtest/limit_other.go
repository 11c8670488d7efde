//go:build !linux

package crashtest

import "errors"

const noLimit = ^uint64(0)

// limitFiles is known on Linux alone.
func limitFiles(int, uint64) error {
	return errors.New("the size of another process's files can be limited on Linux alone")
}
