package handlers

import (
	"io"
	"sync"
)

// pageBuffer holds a page until all of it is drawn, so that an error on the way can still be answered as one. It grows by
// chunks that are used again: the builder of a long workflow takes megabytes, which are so neither copied as the page grows
// nor cleared anew for each. The zero value is empty; it is not safe for concurrent use.
type pageBuffer struct {
	chunks []*chunk // all full but the last
	last   int      // bytes in the last
}

type chunk [64 << 10]byte

var chunks = sync.Pool{New: func() any { return new(chunk) }}

// Write appends to the page; it never fails.
func (b *pageBuffer) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		if len(b.chunks) == 0 || b.last == len(chunk{}) {
			b.chunks, b.last = append(b.chunks, chunks.Get().(*chunk)), 0
		}
		taken := copy(b.chunks[len(b.chunks)-1][b.last:], p)
		b.last += taken
		p = p[taken:]
	}
	return n, nil
}

// WriteTo sends the page.
func (b *pageBuffer) WriteTo(w io.Writer) (sent int64, err error) {
	for i, c := range b.chunks {
		size := len(c)
		if i == len(b.chunks)-1 {
			size = b.last
		}
		n, err := w.Write(c[:size])
		if sent += int64(n); err != nil {
			return sent, err
		}
	}
	return sent, nil
}

// free gives the chunks back; the buffer is empty after it.
func (b *pageBuffer) free() {
	for _, c := range b.chunks {
		chunks.Put(c)
	}
	*b = pageBuffer{}
}
