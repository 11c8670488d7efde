// Package audit is the hash-chained record of who did what. Each entry's hash covers the entry and the hash
// before it, so that a line changed, removed or put in between later shows.
//
// The chain proves order and integrity against everybody who cannot rewrite the whole table; keep the newest
// hash somewhere else to be safe from those who can.
package audit

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"iter"
	"time"
)

// System is who did what no person did.
const System = "system"

// Entry is one line of the record.
type Entry struct {
	Seq     int64          `json:"seq"` // 1, 2, 3, … without a gap
	At      time.Time      `json:"at"`
	By      string         `json:"by"`      // user id, or System
	Action  string         `json:"action"`  // object.verb in the past, e.g. run.started
	Subject string         `json:"subject"` // id of what it was done to
	Detail  map[string]any `json:"detail,omitempty"`
	Hash    string         `json:"hash"` // see Chain
}

// Chain returns the hash of an entry that follows an entry with the hash prev ("" for the first): SHA-256, in
// hex, over the JSON of prev and everything in the entry but its hash. encoding/json writes map keys sorted,
// which makes the text canonical.
func Chain(prev string, e Entry) (string, error) {
	e.Hash = ""
	e.At = e.At.UTC().Truncate(time.Microsecond) // as it is stored
	line, err := json.Marshal(struct {
		Prev  string `json:"prev"`
		Entry Entry  `json:"entry"`
	}{prev, e})
	if err != nil {
		return "", fmt.Errorf("write audit entry %q: %w", e.Action, err)
	}
	sum := sha256.Sum256(line)
	return hex.EncodeToString(sum[:]), nil
}

// BrokenError says where a record stops being whole.
type BrokenError struct {
	Seq int64
	Why string
}

// Error names the first entry that does not fit.
func (e *BrokenError) Error() string {
	return fmt.Sprintf("the audit record is broken at entry %d: %s", e.Seq, e.Why)
}

// Verify reads a whole record in order and returns how many entries it holds and the newest hash. The first
// entry that does not fit is a *BrokenError.
func Verify(entries iter.Seq2[Entry, error]) (count int64, head string, err error) {
	for e, err := range entries {
		if err != nil {
			return count, head, err
		}
		if e.Seq != count+1 {
			return count, head, &BrokenError{count + 1, fmt.Sprintf("entry %d comes next; entries are missing or out of order", e.Seq)}
		}
		want, err := Chain(head, e)
		if err != nil {
			return count, head, err
		}
		if e.Hash != want {
			return count, head, &BrokenError{e.Seq, "its hash does not match what it says"}
		}
		count, head = e.Seq, e.Hash
	}
	return count, head, nil
}
