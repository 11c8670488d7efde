package batch

import "caracal/fault"

// Survey is what a file holds, before anybody says what its columns are for.
type Survey struct {
	Dialect Dialect // as it was read, with what was guessed
	Columns []string
	Rows    int
	Sample  [][]string // the first rows
}

// sampleRows is how many rows a survey shows.
const sampleRows = 5

// Look reads a whole file. The error is a fault about one of the fields "csv", "delimiter" and "encoding".
func Look(raw []byte, d Dialect) (s Survey, err error) {
	s.Dialect = d
	if len(raw) > MaxBytes {
		return s, fault.In("csv", "The file has more than %d MB; split it.", MaxBytes>>20)
	}
	text, as, err := Decode(raw, d.Encoding)
	if err != nil {
		return s, err
	}
	r, read, err := NewReader(text, d)
	if err != nil {
		return s, err
	}
	s.Dialect, s.Columns = read, r.Columns()
	s.Dialect.Encoding = as
	for {
		cells, _, _, err := r.Next()
		switch {
		case err != nil:
			return s, err
		case cells == nil && s.Rows == 0:
			return s, fault.In("csv", "There is no row below the line with the names of the columns; choose a file with a line for each run.")
		case cells == nil:
			return s, nil
		case s.Rows == MaxRows:
			return s, fault.In("csv", "The file has more than 50,000 rows, which are the most; split it.")
		case s.Rows < sampleRows:
			s.Sample = append(s.Sample, cells)
		}
		s.Rows++
	}
}
