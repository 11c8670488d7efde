package batch

import (
	"bytes"
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"caracal/fault"
)

// Encoding is how a file writes letters.
type Encoding string

// The encodings. A byte order mark at the beginning of a file tells more than a person's choice.
const (
	AnyEncoding Encoding = ""             // UTF-8, or Windows-1252 where it is not that
	UTF8        Encoding = "utf-8"        //
	Windows1252 Encoding = "windows-1252" // what spreadsheets on Windows write in Western Europe and America
)

// Decode returns a file as UTF-8 without a byte order mark, and the encoding it was read as; UTF-16 with its mark is read
// too, and is named UTF-8. The error is a fault about the field "encoding".
func Decode(raw []byte, e Encoding) (text []byte, as Encoding, err error) {
	switch {
	case bytes.HasPrefix(raw, []byte("\xef\xbb\xbf")):
		if raw = raw[3:]; utf8.Valid(raw) {
			return raw, UTF8, nil
		}
		return nil, UTF8, fault.In("encoding", "The file says that it is UTF-8, and holds bytes that are not; save it again as “CSV UTF-8”.")
	case bytes.HasPrefix(raw, []byte("\xff\xfe")):
		text, err = fromUTF16(raw[2:], binary.LittleEndian)
		return text, UTF8, err
	case bytes.HasPrefix(raw, []byte("\xfe\xff")):
		text, err = fromUTF16(raw[2:], binary.BigEndian)
		return text, UTF8, err
	case e != Windows1252 && utf8.Valid(raw):
		return raw, UTF8, nil
	case e == UTF8:
		return nil, UTF8, fault.In("encoding", "The file holds bytes that are not UTF-8; choose Windows-1252, or save it again as “CSV UTF-8”.")
	}
	text, err = charmap.Windows1252.NewDecoder().Bytes(raw)
	if err != nil {
		return nil, Windows1252, fault.In("encoding", "The file can't be read as Windows-1252; save it again as “CSV UTF-8”.").Because(err)
	}
	return text, Windows1252, nil
}

// fromUTF16 is for what spreadsheets call Unicode text.
func fromUTF16(raw []byte, order binary.ByteOrder) ([]byte, error) {
	if len(raw)%2 != 0 {
		return nil, fault.In("encoding", "The file says that it is UTF-16, and ends in the middle of a letter; save it again as “CSV UTF-8”.")
	}
	units := make([]uint16, len(raw)/2)
	for i := range units {
		units[i] = order.Uint16(raw[2*i:])
	}
	return []byte(string(utf16.Decode(units))), nil
}
