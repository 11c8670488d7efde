// Package testsmtp is a mail server for tests: it takes mails as strictly as a real one (RFC 5321) and keeps them.
package testsmtp

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"io"
	"net"
	"net/http/httptest"
	"net/mail"
	"net/textproto"
	"strings"
	"sync"
	"testing"
)

// Mail is one mail that was taken.
type Mail struct {
	From, To string // of the envelope
	TLS      bool
	User     string // who signed in
	Header   mail.Header
	Body     string // as it was sent: still encoded
}

// Options say what the server is like.
type Options struct {
	AtOnce bool   // TLS from the first byte
	Plain  bool   // no TLS at all
	Auth   string // the ways to sign in, such as "PLAIN"; "" is none
	User   string // who may sign in
	Pass   string
	Took   func()            // called after each mail that was taken
	Reply  map[string]string // to a command, such as "RCPT": "550 5.1.1 No such user"; "" hangs up
}

// End is what Options.Reply calls the end of a mail that was sent whole.
const End = "."

// Hang is a reply that never comes.
const Hang = "\x00"

// Server is a mail server on a free port of this machine.
type Server struct {
	Host  string
	Port  int
	Roots *x509.CertPool // that trust its certificate

	listener net.Listener
	tls      *tls.Config
	wait     sync.WaitGroup

	mu    sync.Mutex
	o     Options
	mails []Mail
	calls int
}

// New starts a server, and stops it when the test ends.
func New(t testing.TB, o Options) *Server {
	t.Helper()
	borrowed := httptest.NewTLSServer(nil) // for its certificate, which is good for 127.0.0.1
	s := &Server{Host: "127.0.0.1", Roots: x509.NewCertPool(), tls: &tls.Config{Certificates: borrowed.TLS.Certificates, MinVersion: tls.VersionTLS12}, o: o}
	s.Roots.AddCert(borrowed.Certificate())
	borrowed.Close()
	var err error
	if s.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	s.Port = s.listener.Addr().(*net.TCPAddr).Port
	s.wait.Go(s.serve)
	t.Cleanup(func() {
		if err := s.listener.Close(); err != nil {
			t.Error(err)
		}
		s.wait.Wait()
	})
	return s
}

// Answer changes what the server says to a command from now on; "" hangs up.
func (s *Server) Answer(command, reply string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.o.Reply == nil {
		s.o.Reply = map[string]string{}
	}
	s.o.Reply[command] = reply
}

// Mails returns what was taken so far.
func (s *Server) Mails() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Mail(nil), s.mails...)
}

// Calls counts the connections so far.
func (s *Server) Calls() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls
}

func (s *Server) serve() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return // the test is over
		}
		s.mu.Lock()
		s.calls++
		s.mu.Unlock()
		s.wait.Go(func() {
			t := &talk{Server: s, conn: conn, private: s.o.AtOnce}
			if s.o.AtOnce {
				t.conn = tls.Server(conn, s.tls)
			}
			t.run()
			_ = t.conn.Close()
		})
	}
}

// talk is one conversation.
type talk struct {
	*Server
	conn    net.Conn
	read    *textproto.Reader
	private bool
	user    string
	from    string
	to      string
}

// say sends a line and reports whether the talk goes on.
func (t *talk) say(line string) bool {
	if line == Hang {
		_, _ = io.Copy(io.Discard, t.conn) // until the other side has enough
		return false
	}
	_, err := io.WriteString(t.conn, line+"\r\n")
	return err == nil
}

func (t *talk) listen() { t.read = textproto.NewReader(bufio.NewReader(t.conn)) }

func (t *talk) run() {
	t.listen()
	if !t.say("220 mail.test ESMTP") {
		return
	}
	for {
		line, err := t.read.ReadLine()
		if err != nil {
			return
		}
		verb, rest, _ := strings.Cut(line, " ")
		verb = strings.ToUpper(verb)
		t.mu.Lock()
		reply, set := t.o.Reply[verb]
		t.mu.Unlock()
		if set {
			if reply == "" || !t.say(reply) {
				return
			}
			continue
		}
		if !t.answer(verb, rest) {
			return
		}
	}
}

func (t *talk) answer(verb, rest string) bool {
	switch verb {
	case "EHLO":
		return t.greet()
	case "STARTTLS":
		return t.startTLS()
	case "AUTH":
		return t.signIn(rest)
	case "MAIL":
		if t.o.Auth != "" && t.user == "" {
			return t.say("530 5.7.0 Authentication required")
		}
		t.from = between(rest)
		return t.say("250 2.1.0 Ok")
	case "RCPT":
		t.to = between(rest)
		return t.say("250 2.1.5 Ok")
	case "DATA":
		return t.take()
	case "QUIT":
		t.say("221 2.0.0 Bye")
		return false
	}
	return t.say("502 5.5.2 Error: command not recognized")
}

func (t *talk) greet() bool {
	lines := []string{"mail.test", "PIPELINING", "8BITMIME"}
	if !t.private && !t.o.Plain {
		lines = append(lines, "STARTTLS")
	}
	if t.o.Auth != "" && (t.private || t.o.Plain) {
		lines = append(lines, "AUTH "+t.o.Auth)
	}
	for i, line := range lines {
		mark := "-"
		if i == len(lines)-1 {
			mark = " "
		}
		if !t.say("250" + mark + line) {
			return false
		}
	}
	return true
}

func (t *talk) startTLS() bool {
	if t.private || t.o.Plain {
		return t.say("502 5.5.1 Not here")
	}
	if !t.say("220 2.0.0 Ready to start TLS") {
		return false
	}
	t.conn, t.private = tls.Server(t.conn, t.tls), true
	t.listen()
	return true
}

// signIn takes AUTH PLAIN (RFC 4616) and AUTH LOGIN.
func (t *talk) signIn(rest string) bool {
	way, first, _ := strings.Cut(rest, " ")
	var given []string
	switch strings.ToUpper(way) {
	case "PLAIN":
		b, err := base64.StdEncoding.DecodeString(first)
		if err != nil {
			return t.say("501 5.5.2 Cannot decode")
		}
		given = strings.Split(string(b), "\x00")[1:]
	case "LOGIN":
		for _, ask := range []string{"Username:", "Password:"} {
			if !t.say("334 " + base64.StdEncoding.EncodeToString([]byte(ask))) {
				return false
			}
			line, err := t.read.ReadLine()
			if err != nil {
				return false
			}
			b, err := base64.StdEncoding.DecodeString(line)
			if err != nil {
				return t.say("501 5.5.2 Cannot decode")
			}
			given = append(given, string(b))
		}
	}
	if len(given) != 2 || !strings.Contains(t.o.Auth, strings.ToUpper(way)) || given[0] != t.o.User || given[1] != t.o.Pass {
		return t.say("535 5.7.8 Authentication credentials invalid")
	}
	t.user = given[0]
	return t.say("235 2.7.0 Authentication successful")
}

func (t *talk) take() bool {
	if t.from == "" || t.to == "" {
		return t.say("503 5.5.1 Say who first")
	}
	if !t.say("354 End data with <CR><LF>.<CR><LF>") {
		return false
	}
	b, err := t.read.ReadDotBytes()
	if err != nil {
		return false
	}
	m, err := mail.ReadMessage(strings.NewReader(string(b)))
	if err != nil {
		return t.say("554 5.6.0 Not a message")
	}
	body, err := io.ReadAll(m.Body)
	if err != nil {
		return false
	}
	t.mu.Lock()
	reply, set := t.o.Reply[End]
	t.mu.Unlock()
	if set {
		return reply != "" && t.say(reply)
	}
	t.mu.Lock()
	t.mails = append(t.mails, Mail{From: t.from, To: t.to, TLS: t.private, User: t.user, Header: m.Header, Body: string(body)})
	took := t.o.Took
	t.mu.Unlock()
	if took != nil {
		took()
	}
	t.from, t.to = "", ""
	return t.say("250 2.0.0 Ok: queued")
}

// between returns what stands in angle brackets.
func between(text string) string {
	_, text, _ = strings.Cut(text, "<")
	text, _, _ = strings.Cut(text, ">")
	return text
}
