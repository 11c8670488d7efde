package crashtest

import (
	"syscall"
	"unsafe"
)

// noLimit is RLIM_INFINITY.
const noLimit = ^uint64(0)

// limitFiles says how large the files of a running process may become (prlimit(2), RLIMIT_FSIZE): every write beyond it
// fails, in files that are that large already too.
func limitFiles(pid int, bytes uint64) error {
	limit := struct{ soft, hard uint64 }{bytes, noLimit}
	const fileSize = 1 // RLIMIT_FSIZE
	_, _, failed := syscall.RawSyscall6(syscall.SYS_PRLIMIT64, uintptr(pid), fileSize, uintptr(unsafe.Pointer(&limit)), 0, 0, 0)
	if failed != 0 {
		return failed
	}
	return nil
}
