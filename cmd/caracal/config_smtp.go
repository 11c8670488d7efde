package main

import (
	"cmp"
	"errors"
	"fmt"
	"net/mail"
	"net/netip"
	"net/url"
	"strings"

	"caracal/notify"
	"caracal/secret"
)

// SMTP is the mail server that sends notices; without a host there is none.
type SMTP struct {
	Host     string
	Port     int // 0 is the usual one
	TLS      string
	User     string
	Password secret.Text
	From     mail.Address
}

func setSMTPHost(c *Config, v string) error {
	if strings.ContainsAny(v, "/@[] \t") || strings.Contains(v, ":") && !isIP(v) {
		return fmt.Errorf("must be the name or the address of a host alone, such as smtp.example.com, not %q", v)
	}
	c.SMTP.Host = v
	return nil
}

func isIP(text string) bool {
	_, err := netip.ParseAddr(text)
	return err == nil
}

func setSMTPFrom(c *Config, v string) error {
	a, err := mail.ParseAddress(v)
	if err != nil {
		return fmt.Errorf("must be an e-mail address, with or without a name before it, not %q", v)
	}
	if list, err := notify.ParseAddresses(a.Address); err != nil || len(list) != 1 {
		return fmt.Errorf("must be an e-mail address of plain letters, not %q", v)
	}
	c.SMTP.From = *a
	return nil
}

// together finds what is wrong between settings of the mail server that are each right.
func (s SMTP) together() (mistakes []error) {
	wrong := func(text string) { mistakes = append(mistakes, errors.New(text)) }
	if s.Host == "" {
		if s.From.Address != "" || s.User != "" || !s.Password.IsZero() {
			wrong("CARACAL_SMTP_HOST: name the mail server that the other CARACAL_SMTP settings are about")
		}
		return mistakes
	}
	if s.From.Address == "" {
		wrong("CARACAL_SMTP_FROM: give the address that notices come from")
	}
	if (s.User == "") != s.Password.IsZero() {
		wrong("CARACAL_SMTP_USER and CARACAL_SMTP_PASSWORD: give both or neither")
	}
	if s.TLS == notify.TLSNone && !s.isHere() {
		wrong("CARACAL_SMTP_TLS: none is for a mail server on this machine alone (localhost or a loopback address); choose starttls or tls")
	}
	return mistakes
}

func (s SMTP) isHere() bool {
	ip, err := netip.ParseAddr(s.Host)
	return s.Host == "localhost" || err == nil && ip.IsLoopback()
}

// mailer returns what sends mails, or nil without a mail server. It greets by the host of the public address.
func (s SMTP) mailer(publicURL string) *notify.Mailer {
	if s.Host == "" {
		return nil
	}
	hello := "localhost"
	if u, err := url.Parse(publicURL); err == nil && u.Hostname() != "" {
		hello = u.Hostname()
	}
	usual := 587
	if s.TLS == notify.TLSAtOnce {
		usual = 465
	}
	return &notify.Mailer{Host: s.Host, Port: cmp.Or(s.Port, usual), TLS: s.TLS, User: s.User, Password: s.Password, From: s.From, Hello: hello}
}
