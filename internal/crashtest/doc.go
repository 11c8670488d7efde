// Package crashtest kills the real program, breaks what it depends on, and holds the System Log of simulated orgs
// against what it promised: no accepted run is lost, no change is made twice unseen, and what is in doubt is found out
// or asked about. Its tests are the short form; `go run ./bench faults` is the long one.
package crashtest
