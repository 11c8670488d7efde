package notify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/mail"
	"net/smtp"
	"net/textproto"
	"strconv"
	"strings"
	"time"

	"caracal/secret"
)

// How the way to a mail server is kept private.
const (
	TLSStart  = "starttls" // asked for by STARTTLS (RFC 3207), and nothing is sent without it
	TLSAtOnce = "tls"      // from the first byte (RFC 8314)
	TLSNone   = "none"     // not at all: a server on this machine alone
)

// mailTimeout ends one attempt to hand over a mail.
const mailTimeout = 30 * time.Second

// maxReplies is how much a mail server may answer in one attempt.
const maxReplies = 256 << 10

// Mailer hands mails to a mail server. The zero value has none. Safe for concurrent use.
type Mailer struct {
	Host     string
	Port     int
	TLS      string // one of the constants
	User     string // "" does not sign in
	Password secret.Text
	From     mail.Address
	Hello    string         // the name by which Caracal introduces itself
	Roots    *x509.CertPool // the system's when nil
}

// IsZero reports whether there is no mail server.
func (m *Mailer) IsZero() bool { return m == nil || m.Host == "" }

// send hands a message over for one address. What fails is a failure with one sentence.
func (m *Mailer) send(ctx context.Context, to string, message []byte) error {
	if m.IsZero() {
		return trouble("Caracal has no mail server; whoever runs it sets CARACAL_SMTP_HOST.")
	}
	ctx, cancel := context.WithTimeout(ctx, mailTimeout)
	defer cancel()
	c, err := m.dial(ctx)
	if err != nil {
		return m.explain(err, "could not be reached")
	}
	defer func() { _ = c.Close() }() // the mail was taken over, or the attempt failed already
	if err := m.greet(c); err != nil {
		return err
	}
	if err := c.Mail(m.From.Address); err != nil {
		return m.explain(err, "does not take mail from "+m.From.Address)
	}
	if err := c.Rcpt(to); err != nil {
		return lasting(err, m.explain(err, "does not take mail for "+to))
	}
	w, err := c.Data()
	if err == nil {
		if _, err = w.Write(message); err == nil {
			err = w.Close()
		}
	}
	if err != nil {
		return lasting(err, m.explain(err, "did not take the mail"))
	}
	_ = c.Quit() // it answered for the mail; what it says to our goodbye changes nothing
	return nil
}

// dial connects, and gives the whole conversation until the context's deadline.
func (m *Mailer) dial(ctx context.Context) (*smtp.Client, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", net.JoinHostPort(m.Host, strconv.Itoa(m.Port)))
	if err != nil {
		return nil, err
	}
	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(deadline); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() }) // a process that stops waits for no mail server
	var wire net.Conn = &measured{Conn: conn, left: maxReplies, stop: stop}
	if ip, ok := conn.RemoteAddr().(*net.TCPAddr); m.TLS == TLSNone && (!ok || !ip.IP.IsLoopback()) {
		return nil, errors.Join(errNotHere, wire.Close())
	}
	if m.TLS == TLSAtOnce {
		wire = tls.Client(wire, m.tls())
	}
	c, err := smtp.NewClient(wire, m.Host)
	if err != nil {
		return nil, errors.Join(err, wire.Close())
	}
	return c, nil
}

var errNotHere = errors.New("the mail server is not on this machine")

func (m *Mailer) tls() *tls.Config {
	return &tls.Config{ServerName: m.Host, MinVersion: tls.VersionTLS12, RootCAs: m.Roots}
}

// greet introduces Caracal, makes the way private, and signs in.
func (m *Mailer) greet(c *smtp.Client) error {
	if err := c.Hello(m.Hello); err != nil {
		return m.explain(err, "did not greet back")
	}
	if m.TLS != TLSAtOnce && m.TLS != TLSNone {
		if ok, _ := c.Extension("STARTTLS"); !ok {
			return trouble("The mail server %s offers no STARTTLS, and nothing is sent to it unprotected; set CARACAL_SMTP_TLS=tls if it speaks TLS at once.", m.Host)
		}
		if err := c.StartTLS(m.tls()); err != nil {
			return m.explain(err, "offers TLS that can't be trusted")
		}
	}
	if m.User == "" {
		return nil
	}
	_, ways := c.Extension("AUTH")
	var auth smtp.Auth
	switch ways = " " + strings.ToUpper(ways) + " "; {
	case strings.Contains(ways, " PLAIN "):
		auth = smtp.PlainAuth("", m.User, m.Password.Reveal(), m.Host)
	case strings.Contains(ways, " LOGIN "):
		auth = &loginAuth{user: m.User, password: m.Password}
	default:
		return trouble("The mail server %s takes neither of the ways that Caracal signs in by, PLAIN and LOGIN.", m.Host)
	}
	if err := c.Auth(auth); err != nil {
		return m.explain(err, "does not let CARACAL_SMTP_USER sign in")
	}
	return nil
}

// loginAuth is AUTH LOGIN (draft-murchison-sasl-login-00), the only one that some servers offer beside OAuth. It is used
// as PLAIN is: over TLS or to this machine.
type loginAuth struct {
	user     string
	password secret.Text
}

// Start begins the exchange.
func (a *loginAuth) Start(*smtp.ServerInfo) (string, []byte, error) { return "LOGIN", nil, nil }

// Next answers what the server asks for.
func (a *loginAuth) Next(asked []byte, more bool) ([]byte, error) {
	if !more {
		return nil, nil
	}
	switch strings.ToLower(strings.TrimSpace(string(asked))) {
	case "username:", "user name":
		return []byte(a.user), nil
	case "password:":
		return []byte(a.password.Reveal()), nil
	}
	return nil, errors.New("the server asked for something other than name and password")
}

// explain says in a sentence what went wrong, with what the server said.
func (m *Mailer) explain(err error, what string) *failure {
	var said *textproto.Error
	var timeout net.Error
	switch {
	case errors.As(err, &said):
		return because(err, "The mail server %s %s; it said: %d %s", m.Host, what, said.Code, shorten(said.Msg, 200))
	case errors.Is(err, errNotHere):
		return because(err, "The mail server %s is not on this machine, so CARACAL_SMTP_TLS must not be none.", m.Host)
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return because(err, "The mail server %s did not answer in time.", m.Host)
	case isCertificate(err):
		return because(err, "The certificate of the mail server %s is not one this machine trusts for that name.", m.Host)
	case errors.Is(err, errTooMuch):
		return because(err, "The mail server %s talked without end.", m.Host)
	}
	return because(err, "The mail server %s %s; check CARACAL_SMTP_HOST, CARACAL_SMTP_PORT and this machine's network.", m.Host, what)
}

func isCertificate(err error) bool {
	var verify *tls.CertificateVerificationError
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	return errors.As(err, &verify) || errors.As(err, &unknown) || errors.As(err, &name)
}

// measured ends a conversation in which the other side says too much.
type measured struct {
	net.Conn
	left int
	stop func() bool
}

var errTooMuch = errors.New("too much was answered")

// Read reads from the connection.
func (m *measured) Read(b []byte) (int, error) {
	if m.left <= 0 {
		return 0, errTooMuch
	}
	n, err := m.Conn.Read(b[:min(len(b), m.left)])
	m.left -= n
	return n, err
}

// Close closes the connection.
func (m *measured) Close() error {
	m.stop()
	return m.Conn.Close()
}
