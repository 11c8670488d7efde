package handlers

import (
	"bytes"
	"errors"
	"testing"
)

// TestPageBuffer: what is written in any pieces comes out as it was, also in a buffer whose chunks held something else.
func TestPageBuffer(t *testing.T) {
	t.Parallel()
	var b pageBuffer
	for _, size := range []int{0, 1, len(chunk{}) - 1, len(chunk{}), len(chunk{}) + 1, 5*len(chunk{}) + 7} {
		page := make([]byte, size)
		for i := range page {
			page[i] = byte(i % 251)
		}
		for rest := page; len(rest) > 0; {
			n := min(len(rest), 4093)
			if got, err := b.Write(rest[:n]); got != n || err != nil {
				t.Fatal(got, err)
			}
			rest = rest[n:]
		}
		var out bytes.Buffer
		if n, err := b.WriteTo(&out); n != int64(size) || err != nil || !bytes.Equal(out.Bytes(), page) {
			t.Errorf("%d bytes came out as %d (%v), equal: %v", size, n, err, bytes.Equal(out.Bytes(), page))
		}
		b.free()
	}
}

type gone struct{ left int }

func (g *gone) Write(p []byte) (int, error) {
	if g.left--; g.left < 0 {
		return 0, errors.New("the browser went away")
	}
	return len(p), nil
}

// TestPageBufferTellsWhoWentAway stops at the first error, and says how much was sent.
func TestPageBufferTellsWhoWentAway(t *testing.T) {
	t.Parallel()
	var b pageBuffer
	if _, err := b.Write(make([]byte, 3*len(chunk{}))); err != nil {
		t.Fatal(err)
	}
	if n, err := b.WriteTo(&gone{left: 2}); n != int64(2*len(chunk{})) || err == nil {
		t.Error(n, err)
	}
}
