package db

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"time"
)

// stampLayout is fixed-width, so that times sort as text.
const stampLayout = "2006-01-02T15:04:05.000000Z"

// stamp writes a time as it is stored: "" for the zero time.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(stampLayout)
}

// parseStamp reads what stamp wrote.
func parseStamp(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(stampLayout, s)
	if err != nil {
		return time.Time{}, fmt.Errorf("read stored time %q: %w", s, err)
	}
	return t, nil
}

// stampInto returns a scan target that reads a stored time into t.
func stampInto(t *time.Time) *stampScan { return &stampScan{t} }

type stampScan struct{ to *time.Time }

// Scan reads a stored time.
func (s *stampScan) Scan(v any) (err error) {
	text, ok := v.(string)
	if !ok {
		return fmt.Errorf("read stored time: got %T", v)
	}
	*s.to, err = parseStamp(text)
	return err
}

// toJSON writes a value as it is stored in a JSON column.
func toJSON(v any) (string, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("write stored JSON: %w", err)
	}
	return string(b), nil
}

// jsonInto returns a scan target that reads a JSON column into v, a pointer. An empty column leaves v alone.
func jsonInto(v any) *jsonScan { return &jsonScan{v} }

type jsonScan struct{ to any }

// Scan reads a stored JSON column.
func (s *jsonScan) Scan(v any) error {
	text, ok := v.(string)
	if !ok {
		return fmt.Errorf("read stored JSON: got %T", v)
	}
	if text == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(text), s.to); err != nil {
		return fmt.Errorf("read stored JSON: %w", err)
	}
	return nil
}

// idEncoding keeps the order of the bytes in the text, unlike standard base32.
var idEncoding = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// NewID returns a fresh id such as run_06f3…: 48 bits of the time in milliseconds and 72 random bits. Ids of
// one prefix sort by the time they were made, which lists and cursors use.
func NewID(prefix string, now time.Time) string {
	b := idBytes(now)
	rand.Read(b[6:]) // never fails: crypto/rand.Read crashes the program instead (Go 1.24)
	return prefix + "_" + idEncoding.EncodeToString(b)
}

// idFloor returns a text that no id of the prefix made at t or later sorts before.
func idFloor(prefix string, t time.Time) string {
	return prefix + "_" + idEncoding.EncodeToString(idBytes(t))
}

func idBytes(t time.Time) []byte {
	ms := binary.BigEndian.AppendUint64(nil, uint64(t.UnixMilli()))
	return append(ms[2:], make([]byte, 9)...)
}
