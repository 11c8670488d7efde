package notify

import (
	"encoding/json"
	"io"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"slices"
	"strings"
	"testing"
	"time"

	"caracal/org"
)

var testAt = time.Date(2026, 5, 3, 12, 0, 0, 0, time.UTC)

func testLetter(title, detail, name string) letter {
	return letter{ID: "delivery_1", App: org.Application{ID: "app_1", Name: name, Domain: "acme.okta.com"}, Link: "https://caracal.acme.example/applications/app_1/health#notices",
		Notice: org.Notice{ID: "notice_1", At: testAt, Verdict: org.Fail, Title: title, Detail: detail}}
}

// read takes a message apart as a mail program does.
func read(t testing.TB, b []byte) (header mail.Header, subject, body string) {
	t.Helper()
	m, err := mail.ReadMessage(strings.NewReader(string(b)))
	if err != nil {
		t.Fatal(err)
	}
	if subject, err = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject")); err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(quotedprintable.NewReader(m.Body))
	if err != nil {
		t.Fatal(err)
	}
	return m.Header, subject, string(text)
}

func TestMail(t *testing.T) {
	t.Parallel()
	b, err := testLetter("Zürich is worse than before", "okta.users.read fails, and passed before. "+strings.Repeat("Long. ", 40)+"\nSecond line.", "Zürich").
		mail(mail.Address{Name: "Caracal für alle", Address: "caracal@acme.example"}, "ada@acme.example", "caracal.acme.example")
	if err != nil {
		t.Fatal(err)
	}
	header, subject, body := read(t, b)
	if subject != "[Caracal] Zürich is worse than before" || header.Get("Message-Id") != "<delivery_1@caracal.acme.example>" || header.Get("To") != "<ada@acme.example>" ||
		header.Get("Auto-Submitted") != "auto-generated" || header.Get("Content-Type") != "text/plain; charset=utf-8" {
		t.Errorf("%q %+v", subject, header)
	}
	if at, err := header.Date(); err != nil || !at.Equal(testAt) {
		t.Errorf("of %s, %v", at, err)
	}
	for _, want := range []string{"Second line.\r\n", "Zürich (acme.okta.com)", "3 May 2026, 12:00 UTC", "https://caracal.acme.example/applications/app_1/health#notices"} {
		if !strings.Contains(body, want) {
			t.Errorf("the body lacks %q:\n%s", want, body)
		}
	}
	long, err := testLetter(strings.Repeat("ü", 300), "", "Acme").mail(mail.Address{Address: "caracal@acme.example"}, "ada@acme.example", "caracal.acme.example")
	if err != nil {
		t.Fatal(err)
	}
	if _, subject, _ := read(t, long); subject != "[Caracal] "+strings.Repeat("ü", 190)+"…" {
		t.Errorf("a long title became %q", subject)
	}
	for line := range strings.SplitSeq(string(b)+string(long), "\r\n") {
		if len(line) > 200 || strings.ContainsFunc(line, func(r rune) bool { return r > '~' || r < ' ' }) {
			t.Errorf("a line that no server has to take (RFC 5322, section 2.1.1): %q", line)
		}
	}
}

// FuzzMail: whatever names and titles hold, the headers are those that were meant and no more, and the body ends where
// it should.
func FuzzMail(f *testing.F) {
	f.Add("Acme\r\nBcc: eve@evil.example", "a\r\n.\r\nMAIL FROM:<eve@evil.example>", "Acme\n\nhello")
	f.Add("=?utf-8?q?a?=", "\x00\u2028\u0085", strings.Repeat("ü", 300))
	f.Add("", "", "\xff")
	f.Fuzz(func(t *testing.T, title, detail, name string) {
		b, err := testLetter(title, detail, name).mail(mail.Address{Address: "caracal@acme.example"}, "ada@acme.example", "caracal.acme.example")
		if err != nil {
			t.Fatal(err)
		}
		header, _, body := read(t, b)
		var names []string
		for name, values := range header {
			names = append(names, name)
			if len(values) != 1 {
				t.Errorf("%s: %q", name, values)
			}
		}
		slices.Sort(names)
		if got := strings.Join(names, " "); got != "Auto-Submitted Content-Transfer-Encoding Content-Type Date From Message-Id Mime-Version Subject To" {
			t.Errorf("headers %q", got)
		}
		if !strings.HasSuffix(body, "Settings › Notices.\r\n") || strings.Contains(strings.ReplaceAll(string(b), "\r\n", ""), "\n") {
			t.Errorf("%q", b)
		}
	})
}

func TestBody(t *testing.T) {
	t.Parallel()
	l := testLetter("Acme is worse", "One.\nTwo.", "Acme")
	for test, event := range map[bool]string{false: "health.notice", true: "health.test"} {
		l.Test = test
		b, err := l.body()
		var got map[string]any
		if err != nil || json.Unmarshal(b, &got) != nil {
			t.Fatal(err)
		}
		if got["event"] != event || got["id"] != "delivery_1" || got["url"] != l.Link || len(got["notice"].(map[string]any)["detail"].([]any)) != 2 {
			t.Errorf("%s", b)
		}
	}
}

func TestParseAddresses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                               "",
		" \n,;\r\n":                      "",
		"ada@acme.example":               "ada@acme.example",
		"ada@acme.example, bo@a.example": "ada@acme.example bo@a.example",
		"ada@acme.example\r\nADA@acme.example\n\nbo+x@a.example;": "ada@acme.example bo+x@a.example",
		"o'neil@acme.example": "o'neil@acme.example",
	} {
		if got, err := ParseAddresses(text); err != nil || strings.Join(got, " ") != want {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
	for _, text := range []string{"ada", "ada@", "@acme.example", "ada@acme", "Ada <ada@acme.example>", "<ada@acme.example>", `"a b"@acme.example`, "ada@acme.example bo@acme.example",
		"ada@acme.example\x00", "ada\x0b@acme.example", "ädä@acme.example", "ada@äcme.example", "ada@[10.0.0.1]", "ada@acme.example.", "a@b@acme.example", "ada@acme..example",
		strings.Repeat("a", 65) + "@acme.example", "ada@" + strings.Repeat("a.", 130) + "example", "a@b.c\u2028RCPT TO:<eve@evil.example>",
		"1@a.b 2@a.b", strings.Repeat("x", 3) + "@a.b,1@a.b,2@a.b,3@a.b,4@a.b,5@a.b,6@a.b,7@a.b,8@a.b,9@a.b,10@a.b"} {
		if got, err := ParseAddresses(text); err == nil {
			t.Errorf("%q is taken: %q", text, got)
		}
	}
}

// FuzzParseAddresses: what is taken can be put into a command to a mail server as it is.
func FuzzParseAddresses(f *testing.F) {
	f.Add("ada@acme.example\r\nbo@acme.example")
	f.Add("a@b.c>\r\nDATA")
	f.Fuzz(func(t *testing.T, text string) {
		list, err := ParseAddresses(text)
		if err != nil {
			return
		}
		for _, a := range list {
			if strings.ContainsFunc(a, func(r rune) bool { return r <= ' ' || r > '~' || r == '<' || r == '>' }) || len(a) > maxAddress || strings.Count(a, "@") != 1 {
				t.Errorf("%q holds %q", text, a)
			}
		}
	})
}
