package batch

import (
	"bufio"
	"io"
	"strings"
)

// neutralised are what a cell may not begin with in a file for spreadsheets, which would calculate it
// (https://owasp.org/www-community/attacks/CSV_Injection).
const neutralised = "=+-@\t\r"

// Writer writes CSV for spreadsheets (RFC 4180): UTF-8 with a byte order mark, commas, lines ended by CR LF. A cell that a
// spreadsheet would calculate gets an apostrophe in front, which reading takes away again.
type Writer struct {
	out *bufio.Writer
	err error
}

// NewWriter begins a file.
func NewWriter(w io.Writer) *Writer {
	out := &Writer{out: bufio.NewWriterSize(w, 32<<10)}
	out.text("\xef\xbb\xbf")
	return out
}

// Row writes one row.
func (w *Writer) Row(cells ...string) {
	for i, c := range cells {
		if i > 0 {
			w.text(",")
		}
		if c != "" && strings.ContainsRune(neutralised, rune(c[0])) {
			c = "'" + c
		}
		if strings.ContainsAny(c, "\",\n\r;\t") || len(cells) == 1 && c == "" {
			c = `"` + strings.ReplaceAll(c, `"`, `""`) + `"`
		}
		w.text(c)
	}
	w.text("\r\n")
}

func (w *Writer) text(s string) {
	if w.err == nil {
		_, w.err = w.out.WriteString(s)
	}
}

// Close writes what is left and returns the first error.
func (w *Writer) Close() error {
	if w.err != nil {
		return w.err
	}
	return w.out.Flush()
}
