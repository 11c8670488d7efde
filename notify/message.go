package notify

import (
	"bytes"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"time"

	"caracal/org"
)

// letter is one notice for one place.
type letter struct {
	ID     string // of the delivery
	App    org.Application
	Notice org.Notice
	Link   string // of the page that shows it
	Test   bool   // nothing happened: somebody tries whether it arrives
}

// mail writes the letter as a message of plain text (RFC 5322, RFC 2045). No value can begin a header of its own: each is
// made one line and, where it is more than ASCII, an encoded word (RFC 2047).
func (l letter) mail(from mail.Address, to, host string) ([]byte, error) {
	var b bytes.Buffer
	for _, h := range [][2]string{
		{"Date", l.Notice.At.UTC().Format(time.RFC1123Z)},
		{"From", from.String()},
		{"To", (&mail.Address{Address: to}).String()},
		{"Message-ID", "<" + l.ID + "@" + host + ">"},
		{"Subject", folded(mime.QEncoding.Encode("utf-8", shorten("[Caracal] "+l.Notice.Title, 200)))},
		{"Auto-Submitted", "auto-generated"}, // RFC 3834: nobody's holiday answers it
		{"MIME-Version", "1.0"},
		{"Content-Type", "text/plain; charset=utf-8"},
		{"Content-Transfer-Encoding", "quoted-printable"},
	} {
		fmt.Fprintf(&b, "%s: %s\r\n", h[0], h[1])
	}
	b.WriteString("\r\n")
	body := quotedprintable.NewWriter(&b)
	if _, err := body.Write([]byte(strings.ReplaceAll(l.text(), "\n", "\r\n"))); err != nil {
		return nil, fmt.Errorf("write a mail: %w", err)
	}
	if err := body.Close(); err != nil {
		return nil, fmt.Errorf("write a mail: %w", err)
	}
	return b.Bytes(), nil
}

// folded puts each encoded word on a line of its own (RFC 2047, section 2: lines of at most 76 characters).
func folded(words string) string { return strings.ReplaceAll(words, "?= =?", "?=\r\n =?") }

// text is the letter in words.
func (l letter) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", oneLine(l.Notice.Title))
	for line := range strings.SplitSeq(l.Notice.Detail, "\n") {
		fmt.Fprintf(&b, "%s\n", oneLine(line))
	}
	name := oneLine(l.App.Name)
	fmt.Fprintf(&b, "\nOkta org: %s (%s)\nWhen: %s UTC\nSee it in Caracal: %s\n", name, l.App.Domain, l.Notice.At.UTC().Format("2 January 2006, 15:04"), l.Link)
	fmt.Fprintf(&b, "\n-- \nAn admin of Caracal set this address under Applications › %s › Settings › Notices.\n", name)
	return b.String()
}
