package notify

import (
	"context"
	"errors"
	"net"
	"net/mail"
	"strings"
	"testing"
	"time"

	"caracal/fault"
	"caracal/internal/testsmtp"
	"caracal/secret"
)

func mailer(s *testsmtp.Server) *Mailer {
	return &Mailer{Host: s.Host, Port: s.Port, TLS: TLSStart, User: "caracal", Password: secret.NewText("pa55word"), From: mail.Address{Name: "Caracal", Address: "caracal@acme.example"},
		Hello: "caracal.acme.example", Roots: s.Roots}
}

const testMessage = "Subject: hello\r\n\r\n.a line that begins with a stop\r\n"

// TestMailIsHandedOver: over TLS of either kind, signed in by what the server takes.
func TestMailIsHandedOver(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		server testsmtp.Options
		change func(*Mailer)
	}{
		"starttls and plain":  {testsmtp.Options{Auth: "PLAIN LOGIN"}, nil},
		"starttls and login":  {testsmtp.Options{Auth: "XOAUTH2 LOGIN"}, nil},
		"tls at once":         {testsmtp.Options{AtOnce: true, Auth: "PLAIN"}, func(m *Mailer) { m.TLS = TLSAtOnce }},
		"nobody signs in":     {testsmtp.Options{}, func(m *Mailer) { m.User = "" }},
		"none, on this host":  {testsmtp.Options{Plain: true}, func(m *Mailer) { m.TLS, m.User = TLSNone, "" }},
		"none, and signed in": {testsmtp.Options{Plain: true, Auth: "PLAIN"}, func(m *Mailer) { m.TLS = TLSNone }},
	} {
		c.server.User, c.server.Pass = "caracal", "pa55word"
		s := testsmtp.New(t, c.server)
		m := mailer(s)
		if c.change != nil {
			c.change(m)
		}
		if err := m.send(t.Context(), "ada@acme.example", []byte(testMessage)); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got := s.Mails()
		if len(got) != 1 || got[0].From != "caracal@acme.example" || got[0].To != "ada@acme.example" || got[0].TLS == c.server.Plain || got[0].User != m.User ||
			!strings.HasPrefix(got[0].Body, ".a line") {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// TestMailThatIsNotHandedOver: each way to fail is one sentence without the password, and only a server's own no for
// good ends the attempts.
func TestMailThatIsNotHandedOver(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		server  testsmtp.Options
		change  func(*Mailer)
		says    string
		lasting bool
	}{
		"no TLS offered":        {testsmtp.Options{Plain: true}, nil, "no STARTTLS", false},
		"a stranger's TLS":      {testsmtp.Options{}, func(m *Mailer) { m.Roots = nil }, "certificate", false},
		"a stranger's TLS once": {testsmtp.Options{AtOnce: true}, func(m *Mailer) { m.TLS, m.Roots = TLSAtOnce, nil }, "certificate", false},
		"another password":      {testsmtp.Options{Auth: "PLAIN"}, func(m *Mailer) { m.Password = secret.NewText("secret-other") }, "CARACAL_SMTP_USER", false},
		"no way to sign in":     {testsmtp.Options{Auth: "CRAM-MD5"}, nil, "PLAIN and LOGIN", false},
		"sign-in is asked for":  {testsmtp.Options{Auth: "PLAIN"}, func(m *Mailer) { m.User = "" }, "caracal@acme.example", false},
		"nobody of that name":   {testsmtp.Options{Reply: map[string]string{"RCPT": "550 5.1.1 No such user"}}, noUser, "550 5.1.1 No such user", true},
		"full for now":          {testsmtp.Options{Reply: map[string]string{"RCPT": "452 4.2.2 Mailbox full"}}, noUser, "452", false},
		"refused for now":       {testsmtp.Options{Reply: map[string]string{"DATA": "451 4.3.0 Later"}}, noUser, "did not take the mail", false},
		"hangs up":              {testsmtp.Options{Reply: map[string]string{"MAIL": ""}}, noUser, "does not take mail from", false},
		"many lines of no":      {testsmtp.Options{Reply: map[string]string{"RCPT": "550-5.1.1 First\r\n550-5.1.1 second\r\n550 5.1.1 third"}}, noUser, "550 5.1.1 First", true},
		"many lines of later":   {testsmtp.Options{Reply: map[string]string{"MAIL": "421-4.7.0 Too\r\n421 4.7.0 many"}}, noUser, "421", false},
		"no after all is said":  {testsmtp.Options{Reply: map[string]string{testsmtp.End: "554 5.7.1 Spam"}}, noUser, "554 5.7.1 Spam", true},
		"later after all":       {testsmtp.Options{Reply: map[string]string{testsmtp.End: "451-4.3.0 Not\r\n451 4.3.0 now"}}, noUser, "451", false},
		"hangs up at the end":   {testsmtp.Options{Reply: map[string]string{testsmtp.End: ""}}, noUser, "", false},
		"no number at all":      {testsmtp.Options{Reply: map[string]string{"MAIL": "hello there"}}, noUser, "", false},
		"lines without an end":  {testsmtp.Options{Reply: map[string]string{"RCPT": strings.Repeat("550-x\r\n", 200_000) + "550 x"}}, noUser, "", false},
		"hostile words":         {testsmtp.Options{Reply: map[string]string{"RCPT": "450 \x1b[31m\u2028" + strings.Repeat("x", 5000)}}, noUser, "450 [31m", false},
	} {
		c.server.User, c.server.Pass = "caracal", "pa55word"
		s := testsmtp.New(t, c.server)
		m := mailer(s)
		if c.change != nil {
			c.change(m)
		}
		err := m.send(t.Context(), "ada@acme.example", []byte(testMessage))
		var f *failure
		if !errors.As(err, &f) || f.lasting != c.lasting || !strings.Contains(fault.Message(err), c.says) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if words := fault.Message(err); len(words) > 400 || strings.ContainsAny(words, "\x1b\n\u2028") || strings.Contains(err.Error(), m.Password.Reveal()) {
			t.Errorf("%s: %q", name, err)
		}
		if got := s.Mails(); len(got) != 0 {
			t.Errorf("%s: it was sent: %+v", name, got)
		}
	}
}

func noUser(m *Mailer) { m.User = "" }

// TestMailServersThatSayTooMuchOrNothing end an attempt all the same.
func TestMailServersThatSayTooMuchOrNothing(t *testing.T) {
	t.Parallel()
	endless, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer endless.Close() //nolint:errcheck // the test is over
	go func() {
		for {
			conn, err := endless.Accept()
			if err != nil {
				return
			}
			go func() {
				for err := error(nil); err == nil; {
					_, err = conn.Write([]byte("220-" + strings.Repeat("x", 900) + "\r\n"))
				}
				_ = conn.Close()
			}()
		}
	}()
	m := &Mailer{Host: "127.0.0.1", Port: endless.Addr().(*net.TCPAddr).Port, TLS: TLSStart, From: mail.Address{Address: "caracal@acme.example"}, Hello: "localhost"}
	if err := m.send(t.Context(), "ada@acme.example", []byte(testMessage)); !strings.Contains(fault.Message(err), "talked without end") {
		t.Errorf("a server that talks without end: %v", err)
	}
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close() //nolint:errcheck // the test is over
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		if conn, err := silent.Accept(); err == nil {
			cancel() // this process stops while the server says nothing
			_ = conn
		}
	}()
	m.Port = silent.Addr().(*net.TCPAddr).Port
	if err := m.send(ctx, "ada@acme.example", []byte(testMessage)); fault.As(err) == nil {
		t.Errorf("a server that says nothing: %v", err)
	}
	if err := new(Mailer).send(t.Context(), "ada@acme.example", nil); !strings.Contains(fault.Message(err), "CARACAL_SMTP_HOST") {
		t.Errorf("no server: %v", err)
	}
}

// TestAMailServerThatHangs ends an attempt wherever it stops to answer: the mail stays to be sent.
func TestAMailServerThatHangs(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"EHLO", "MAIL", "RCPT", "DATA", testsmtp.End} {
		t.Run(at, func(t *testing.T) {
			t.Parallel()
			s := testsmtp.New(t, testsmtp.Options{Reply: map[string]string{at: testsmtp.Hang}})
			m := mailer(s)
			m.User = ""
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			err := m.send(ctx, "ada@acme.example", []byte(testMessage))
			var f *failure
			if !errors.As(err, &f) || f.lasting || len(s.Mails()) != 0 {
				t.Errorf("%v, %+v", err, s.Mails())
			}
		})
	}
}

// TestNothingIsSmuggledIntoTheTalk: an address or a sender with a line of its own in it never reaches the server.
func TestNothingIsSmuggledIntoTheTalk(t *testing.T) {
	t.Parallel()
	for _, to := range []string{"ada@acme.example>\r\nRCPT TO:<eve@evil.example", "ada@acme.example\nDATA", "ada@acme.example\r\n"} {
		s := testsmtp.New(t, testsmtp.Options{})
		m := mailer(s)
		m.User = ""
		if err := m.send(t.Context(), to, []byte(testMessage)); err == nil || len(s.Mails()) != 0 {
			t.Errorf("%q: %v, %+v", to, err, s.Mails())
		}
	}
	s := testsmtp.New(t, testsmtp.Options{})
	m := mailer(s)
	m.User, m.From.Address = "", "caracal@acme.example>\r\nRCPT TO:<eve@evil.example"
	if err := m.send(t.Context(), "ada@acme.example", []byte(testMessage)); err == nil || len(s.Mails()) != 0 {
		t.Errorf("from: %v, %+v", err, s.Mails())
	}
	s = testsmtp.New(t, testsmtp.Options{})
	m = mailer(s)
	m.User = ""
	l := testLetter("Acme\r\nBcc: eve@evil.example\r\n\r\nhello", "a\r\n.\r\nMAIL FROM:<eve@evil.example>\r\n", "Acme")
	message, err := l.mail(m.From, "ada@acme.example", "caracal.acme.example")
	if err == nil {
		err = m.send(t.Context(), "ada@acme.example", message)
	}
	if got := s.Mails(); err != nil || len(got) != 1 || got[0].To != "ada@acme.example" || got[0].Header.Get("Bcc") != "" || !strings.Contains(got[0].Header.Get("Subject"), "hello") {
		t.Errorf("%v, %+v", err, got)
	}
}
