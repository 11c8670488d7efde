// Package crashtest kills the real program and holds the org's System Log against what it promised. It is all
// test; engine has a faster one of the engine alone.
package crashtest
