package batch

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"caracal/fault"
)

// Dialect is how a file is to be read. The zero value guesses.
type Dialect struct {
	Delimiter string   `json:"delimiter,omitempty"` // one of Delimiters, or "" to guess
	Encoding  Encoding `json:"encoding,omitempty"`
	NoHeader  bool     `json:"no_header,omitempty"` // the first line is a row like the others
}

// Delimiters are what may stand between cells.
var Delimiters = []string{",", ";", "\t", "|"}

// Reader reads the rows of a CSV (RFC 4180) as spreadsheets write them: lines end with CR LF, LF or CR; quotes within a
// cell that does not begin with one are letters; lines without any text are passed over; rows may be shorter than the
// header.
type Reader struct {
	text      []byte
	at, line  int
	delimiter byte
	columns   []string
}

// NewReader reads the head of a file that Decode gave, and says how it reads the rest. The error is a fault about the
// fields "csv", "delimiter" or "encoding" of a form.
func NewReader(text []byte, d Dialect) (*Reader, Dialect, error) {
	r := &Reader{text: text, line: 1}
	if hint, rest, ok := hinted(text); ok { // as spreadsheets write it for themselves
		r.text, r.line = rest, 2
		if d.Delimiter == "" {
			d.Delimiter = hint
		}
	}
	if d.Delimiter == "" {
		d.Delimiter = guessDelimiter(r.text)
	}
	if !isDelimiter(d.Delimiter) {
		return nil, d, fault.In("delimiter", "Choose what stands between the cells from the list.")
	}
	r.delimiter = d.Delimiter[0]
	begin, line := r.at, r.line
	cells, _, err := r.record()
	switch {
	case err != nil:
		return nil, d, err
	case cells == nil:
		return nil, d, fault.In("csv", "There is nothing in it; choose a file with a line for each run.")
	case len(cells) > MaxColumns:
		return nil, d, fault.In("csv", "The first line has %d columns, and %d are the most; leave those out that are not used.", len(cells), MaxColumns)
	}
	if d.NoHeader {
		r.at, r.line = begin, line
		for i := range cells {
			r.columns = append(r.columns, fmt.Sprintf("Column %d", i+1))
		}
		return r, d, nil
	}
	for i, c := range cells {
		name := strings.TrimSpace(strings.ToValidUTF8(strings.ReplaceAll(c, "\x00", ""), "\uFFFD"))
		if name == "" {
			name = fmt.Sprintf("Column %d", i+1)
		}
		if utf8.RuneCountInString(name) > maxColumnName {
			name = string([]rune(name)[:maxColumnName-1]) + "…"
		}
		r.columns = append(r.columns, name)
	}
	return r, d, nil
}

// maxColumnName is how many characters of a column's name are kept.
const maxColumnName = 100

func isDelimiter(s string) bool { return slices.Contains(Delimiters, s) }

// hinted reads the line "sep=;" that some spreadsheets put before the header.
func hinted(text []byte) (delimiter string, rest []byte, ok bool) {
	if len(text) < 5 || !strings.EqualFold(string(text[:4]), "sep=") || !isDelimiter(string(text[4:5])) {
		return "", text, false
	}
	switch rest = text[5:]; {
	case len(rest) == 0:
		return string(text[4:5]), rest, true
	case bytes.HasPrefix(rest, []byte("\r\n")):
		return string(text[4:5]), rest[2:], true
	case rest[0] == '\n' || rest[0] == '\r':
		return string(text[4:5]), rest[1:], true
	}
	return "", text, false
}

// guessDelimiter takes what cuts the first lines into the most columns, each line into as many as the first.
func guessDelimiter(text []byte) string {
	const look = 10
	best, most := Delimiters[0], 1
	for _, d := range Delimiters {
		r := &Reader{text: text, line: 1, delimiter: d[0]}
		columns := 0
		for i := range look {
			cells, _, err := r.record()
			if err != nil || cells == nil {
				break
			}
			if i == 0 {
				columns = len(cells)
			}
			if len(cells) > columns { // a cell holds it, so it is not what stands between cells
				columns = 1
				break
			}
		}
		if columns > most {
			best, most = d, columns
		}
	}
	return best
}

// Columns returns the names of the columns: those of the header, or “Column 1”, “Column 2”, ….
func (r *Reader) Columns() []string { return r.columns }

// Next returns the cells of the next row and the line it begins on; no cells at the end. Missing cells at the end of a
// row are empty. bad says what is wrong with the row as a whole, or "". The error is a fault about the field "csv": the
// rest of the file can't be read.
func (r *Reader) Next() (cells []string, line int, bad string, err error) {
	cells, line, err = r.record()
	if err != nil || cells == nil {
		return nil, line, "", err
	}
	for len(cells) > len(r.columns) && strings.TrimSpace(cells[len(cells)-1]) == "" {
		cells = cells[:len(cells)-1]
	}
	if n := len(cells); n > len(r.columns) {
		bad = fmt.Sprintf("The row has %d cells, and there are %d columns; put quotes around a cell that holds a %s.", n, len(r.columns), DelimiterWord(string(r.delimiter)))
		cells = cells[:len(r.columns)]
	}
	for len(cells) < len(r.columns) {
		cells = append(cells, "")
	}
	for i, c := range cells {
		if problem := unfit(&c); problem != "" {
			cells[i] = c
			if bad == "" {
				bad = fmt.Sprintf("The cell in “%s” %s", r.columns[i], problem)
			}
		}
	}
	return cells, line, bad, nil
}

// unfit says why a cell can't be kept as it is, and makes it one that can.
func unfit(cell *string) string {
	if len(*cell) > MaxCell && utf8.RuneCountInString(*cell) > MaxCell {
		n := utf8.RuneCountInString(*cell)
		*cell = string([]rune(*cell)[:100]) + "…"
		return fmt.Sprintf("has %d characters, and %d are the most; a quote may be missing at its end.", n, MaxCell)
	}
	if strings.ContainsRune(*cell, 0) {
		*cell = strings.ReplaceAll(*cell, "\x00", "\uFFFD")
		return "holds a zero byte, which is no text; save the file again as “CSV UTF-8”."
	}
	return ""
}

// record reads one record that is not empty; nil at the end of the file.
func (r *Reader) record() (cells []string, line int, err error) {
	for r.at < len(r.text) {
		line = r.line
		if cells, err = r.cells(); err != nil {
			return nil, line, err
		}
		if !blank(cells) {
			return cells, line, nil
		}
	}
	return nil, r.line, nil
}

// blank reports whether a record holds nothing: spreadsheets write such lines for rows that were cleared.
func blank(cells []string) bool {
	return !slices.ContainsFunc(cells, func(c string) bool { return strings.TrimSpace(c) != "" })
}

// cells reads up to the end of a record.
func (r *Reader) cells() (cells []string, err error) {
	for {
		cell, last, err := r.cell()
		if err != nil {
			return nil, err
		}
		if cells = append(cells, cell); last {
			return cells, nil
		}
		if len(cells) > 4*MaxColumns { // far beyond what is of use: the rest of the line says no more
			r.toEndOfLine()
			return cells, nil
		}
	}
}

// cell reads one cell and what ends it; last says that the record ends too.
func (r *Reader) cell() (cell string, last bool, err error) {
	if r.at < len(r.text) && r.text[r.at] == '"' {
		return r.quoted()
	}
	begin := r.at
	for r.at < len(r.text) && r.text[r.at] != r.delimiter && r.text[r.at] != '\n' && r.text[r.at] != '\r' {
		r.at++
	}
	cell = string(r.text[begin:r.at])
	return cell, r.afterCell(), nil
}

// quoted reads a cell that begins with a quote; two quotes in it are one. What stands behind the closing one belongs to it.
func (r *Reader) quoted() (cell string, last bool, err error) {
	opened := r.line
	var b strings.Builder
	r.at++
	for {
		i := bytes.IndexByte(r.text[r.at:], '"')
		if i < 0 {
			return "", true, fault.In("csv", "The quote that opens a cell in line %d is never closed, so the rest can't be read; close it, or take it away.", opened)
		}
		r.keep(&b, r.text[r.at:r.at+i])
		if r.at += i + 1; r.at < len(r.text) && r.text[r.at] == '"' {
			b.WriteByte('"')
			r.at++
			continue
		}
		break
	}
	for r.at < len(r.text) && r.text[r.at] != r.delimiter && r.text[r.at] != '\n' && r.text[r.at] != '\r' {
		b.WriteByte(r.text[r.at])
		r.at++
	}
	return b.String(), r.afterCell(), nil
}

// keep adds a part of a quoted cell, with its lines ended by LF, and counts them.
func (r *Reader) keep(b *strings.Builder, part []byte) {
	for i, c := range part {
		if c == '\r' {
			if i+1 < len(part) && part[i+1] == '\n' {
				continue
			}
			c = '\n'
		}
		if c == '\n' {
			r.line++
		}
		b.WriteByte(c)
	}
}

// afterCell passes over what ends a cell, and reports whether it ended the record.
func (r *Reader) afterCell() (last bool) {
	if r.at >= len(r.text) {
		return true
	}
	c := r.text[r.at]
	r.at++
	if c == r.delimiter {
		return false
	}
	if r.line++; c == '\r' && r.at < len(r.text) && r.text[r.at] == '\n' {
		r.at++
	}
	return true
}

func (r *Reader) toEndOfLine() {
	for r.at < len(r.text) && r.text[r.at] != '\n' && r.text[r.at] != '\r' {
		r.at++
	}
	r.afterCell()
}

// DelimiterWord says what a delimiter is called.
func DelimiterWord(d string) string {
	return map[string]string{",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}[d]
}
