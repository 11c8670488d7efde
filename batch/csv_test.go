package batch

import (
	"bytes"
	"encoding/csv"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"caracal/fault"
)

// readAll reads a whole file; rows that are bad as a whole stand as "! why".
func readAll(raw string, d Dialect) (columns []string, rows [][]string, as Dialect, err error) {
	text, enc, err := Decode([]byte(raw), d.Encoding)
	if err != nil {
		return nil, nil, d, err
	}
	d.Encoding = enc
	r, d, err := NewReader(text, d)
	if err != nil {
		return nil, nil, d, err
	}
	for {
		cells, _, bad, err := r.Next()
		if err != nil || cells == nil {
			return r.Columns(), rows, d, err
		}
		if bad != "" {
			cells = []string{"! " + bad}
		}
		rows = append(rows, cells)
	}
}

func TestRead(t *testing.T) {
	t.Parallel()
	type table [][]string
	for _, tt := range []struct {
		name    string
		in      string
		d       Dialect
		columns string
		rows    table
		problem string
	}{
		{"commas", "a,b\n1,2\n3,4\n", Dialect{}, "a|b", table{{"1", "2"}, {"3", "4"}}, ""},
		{"no end of line at the end", "a,b\n1,2", Dialect{}, "a|b", table{{"1", "2"}}, ""},
		{"CR LF, CR, empty lines", "a,b\r\n1,2\r3,4\r\n\r\n,\n  \n5,6\r\n", Dialect{}, "a|b", table{{"1", "2"}, {"3", "4"}, {"5", "6"}}, ""},
		{"semicolons guessed, commas inside", "name;note\nAda;a,b,c\nBob;x\n", Dialect{}, "name|note", table{{"Ada", "a,b,c"}, {"Bob", "x"}}, ""},
		{"tabs guessed", "a\tb\n1\t2\n", Dialect{}, "a|b", table{{"1", "2"}}, ""},
		{"bars chosen", "a|b,c\n1|2\n", Dialect{Delimiter: "|"}, "a|b,c", table{{"1", "2"}}, ""},
		{"one column", "login\nada@x.y\n", Dialect{}, "login", table{{"ada@x.y"}}, ""},
		{"hint of a spreadsheet", "sep=;\r\na;b\r\n1;2", Dialect{}, "a|b", table{{"1", "2"}}, ""},
		{"quotes", "a,b\n\"1, \"\"one\"\"\",\"two\nlines\r\nthree\"\n", Dialect{}, "a|b", table{{`1, "one"`, "two\nlines\nthree"}}, ""},
		{"letters behind a quote", "a,b\n\"Ada\" L,5\" pipe\n", Dialect{}, "a|b", table{{"Ada L", `5" pipe`}}, ""},
		{"quote never closed", "a,b\n1,2\n\"3,4\n", Dialect{}, "a|b", table{{"1", "2"}}, "opens a cell in line 3 is never closed"},
		{"short and long rows", "a,b,c\n1\n1,2,3,,\n1,2,3,4\n", Dialect{}, "a|b|c", table{{"1", "", ""}, {"1", "2", "3"}, {"! The row has 4 cells, and there are 3 columns; put quotes around a cell that holds a comma."}}, ""},
		{"UTF-8 with mark", "\xef\xbb\xbfname\nZoë\n", Dialect{}, "name", table{{"Zoë"}}, ""},
		{"Windows-1252 guessed", "name;pay\nZo\xeb;5\x80\n", Dialect{}, "name|pay", table{{"Zoë", "5€"}}, ""},
		{"UTF-8 chosen and wrong", "name\nZo\xeb\n", Dialect{Encoding: UTF8}, "", nil, "not UTF-8"},
		{"Windows-1252 chosen", "name\nZo\xc3\xab\n", Dialect{Encoding: Windows1252}, "name", table{{"ZoÃ«"}}, ""},
		{"UTF-16", "\xff\xfea\x00;\x00b\x00\n\x001\x00;\x00\xeb\x00", Dialect{}, "a|b", table{{"1", "ë"}}, ""},
		{"UTF-16 cut off", "\xff\xfea\x00;", Dialect{}, "", nil, "middle of a letter"},
		{"zero byte", "a\nx\x00y\nz\n", Dialect{}, "a", table{{"! The cell in “a” holds a zero byte, which is no text; save the file again as “CSV UTF-8”."}, {"z"}}, ""},
		{"huge cell", "a\n" + strings.Repeat("x", MaxCell+1) + "\n", Dialect{}, "a", table{{"! The cell in “a” has 32768 characters, and 32767 are the most; a quote may be missing at its end."}}, ""},
		{"no header", "1,2\n3,4\n", Dialect{NoHeader: true}, "Column 1|Column 2", table{{"1", "2"}, {"3", "4"}}, ""},
		{"columns without a name", "a,,a\n1,2,3\n", Dialect{}, "a|Column 2|a", table{{"1", "2", "3"}}, ""},
		{"nothing", "", Dialect{}, "", nil, "There is nothing in it"},
		{"only blanks", "\r\n  \n", Dialect{}, "", nil, "There is nothing in it"},
		{"header alone", "a,b\n", Dialect{}, "a|b", nil, ""},
		{"too many columns", strings.Repeat("c,", MaxColumns) + "c\n", Dialect{}, "", nil, "201 columns"},
		{"unknown delimiter", "a\n", Dialect{Delimiter: "x"}, "", nil, "from the list"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			columns, rows, _, err := readAll(tt.in, tt.d)
			if (err == nil) != (tt.problem == "") || err != nil && !strings.Contains(fault.Message(err), tt.problem) {
				t.Fatalf("error %v, want %q", err, tt.problem)
			}
			if got := strings.Join(columns, "|"); got != tt.columns {
				t.Errorf("columns %q, want %q", got, tt.columns)
			}
			if !reflect.DeepEqual(table(rows), tt.rows) {
				t.Errorf("rows %q, want %q", rows, tt.rows)
			}
		})
	}
}

// TestLines counts lines as an editor does, so that a person finds the row.
func TestLines(t *testing.T) {
	t.Parallel()
	r, _, err := NewReader([]byte("sep=,\r\na,b\r\n\r\n1,\"x\r\ny\"\r\n2,z\r3,w\n"), Dialect{})
	if err != nil {
		t.Fatal(err)
	}
	var lines []int
	for {
		cells, line, _, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if cells == nil {
			break
		}
		lines = append(lines, line)
	}
	if want := []int{4, 6, 7}; !reflect.DeepEqual(lines, want) {
		t.Errorf("lines %v, want %v", lines, want)
	}
}

func TestWrite(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	w := NewWriter(&out)
	w.Row("name", "note")
	w.Row(`=HYPERLINK("x")`, "+1")
	w.Row("-2", "@me")
	w.Row("\tx", "a,\"b\"\nc")
	w.Row("Zoë", "'=kept")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	want := "\xef\xbb\xbfname,note\r\n\"'=HYPERLINK(\"\"x\"\")\",'+1\r\n'-2,'@me\r\n\"'\tx\",\"a,\"\"b\"\"\nc\"\r\nZoë,'=kept\r\n"
	if out.String() != want {
		t.Errorf("got %q\nwant %q", out.String(), want)
	}
	broken := NewWriter(brokenPipe{})
	for range 10_000 {
		broken.Row("some text that fills the buffer")
	}
	if err := broken.Close(); err == nil {
		t.Error("a file that could not be written was taken for whole")
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errors.New("gone") }

// FuzzRead holds the reader against three things: it ends and stays within its bounds, whatever comes; what encoding/csv
// takes without complaint it reads the same; and what it read, written and read again, is the same.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{"a,b\n1,2\n", "a;b\r\n\"x\"\"y\";2\r", "\xef\xbb\xbfa\n\"\n", "sep=|\na|b\n", "\xff\xfea\x00", "a\n\"b\nc\",d\"e\n", "a,b\n,\n\"\",\n", "x\x00,\xff\n"} {
		f.Add([]byte(seed), uint8(0))
	}
	f.Fuzz(func(t *testing.T, raw []byte, choice uint8) {
		d := Dialect{NoHeader: choice&1 != 0}
		if choice&2 != 0 {
			d.Delimiter = Delimiters[int(choice>>2)%len(Delimiters)]
		}
		text, _, err := Decode(raw, d.Encoding)
		if err != nil {
			return
		}
		r, d, err := NewReader(text, d)
		if err != nil {
			if fault.As(err) == nil {
				t.Fatalf("%v says nothing to a person", err)
			}
			return
		}
		var rows [][]string
		lines := 0
		for {
			cells, line, _, err := r.Next()
			if err != nil {
				return
			}
			if cells == nil {
				break
			}
			if line < lines || len(cells) != len(r.Columns()) {
				t.Fatalf("row on line %d after %d with %d cells", line, lines, len(cells))
			}
			for _, c := range cells {
				if !utf8.ValidString(c) || strings.ContainsRune(c, 0) || utf8.RuneCountInString(c) > MaxCell {
					t.Fatalf("a cell holds %q", c)
				}
			}
			lines, rows = line, append(rows, cells)
			if len(rows) > len(raw)+1 {
				t.Fatal("more rows than bytes")
			}
		}
		if d.NoHeader {
			sameAsStandard(t, text, d.Delimiter, rows)
		}
		again(t, rows, len(r.Columns()))
	})
}

// sameAsStandard compares with encoding/csv where that takes a file as it is and each row has the same length.
func sameAsStandard(t *testing.T, text []byte, delimiter string, rows [][]string) {
	t.Helper()
	if bytes.ContainsAny(text, "\r\x00") || !utf8.Valid(text) {
		return // it keeps a CR that stands alone
	}
	std := csv.NewReader(bytes.NewReader(text))
	std.Comma = rune(delimiter[0])
	want, err := std.ReadAll()
	if err != nil || len(want) == 0 {
		return
	}
	want = slices.DeleteFunc(want, blank)
	if len(want) == 0 {
		return
	}
	if hinted, _, ok := hinted(text); ok && hinted != "" {
		return
	}
	for _, row := range want {
		for _, c := range row {
			if utf8.RuneCountInString(c) > MaxCell {
				return
			}
		}
	}
	if !reflect.DeepEqual(rows, want) {
		t.Fatalf("read %q, encoding/csv %q", rows, want)
	}
}

// again writes rows and reads them back.
func again(t *testing.T, rows [][]string, columns int) {
	t.Helper()
	rows = slices.DeleteFunc(rows, blank) // what is left of a row that was too long
	var out bytes.Buffer
	w := NewWriter(&out)
	head := make([]string, columns)
	for i := range head {
		head[i] = "c"
	}
	w.Row(head...)
	for _, row := range rows {
		w.Row(row...)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	_, got, _, err := readAll(out.String(), Dialect{Delimiter: ","})
	if err != nil {
		t.Fatalf("what was written can't be read: %v", err)
	}
	kept := 0
	for _, row := range rows {
		if kept >= len(got) {
			t.Fatalf("%d rows came back of %d", len(got), len(rows))
		}
		for i, c := range row {
			back := got[kept][i]
			if strings.HasPrefix(got[kept][0], "! ") || back == "'"+c {
				continue
			}
			if back != strings.ReplaceAll(strings.ReplaceAll(c, "\r\n", "\n"), "\r", "\n") {
				t.Fatalf("%q came back as %q", c, back)
			}
		}
		kept++
	}
}
