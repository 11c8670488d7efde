package okta

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"caracal/fault"
	"caracal/org"
)

// OutboundTimeout ends one call of an Outbound, from looking the name up to the end of the answer.
const OutboundTimeout = 15 * time.Second

// maxOutboundAnswer is how much of an answer is read, so that its connection can be used again; nothing in it counts.
const maxOutboundAnswer = 64 << 10

// Outbound calls addresses that people of Caracal name, such as webhooks. It reaches the https port of public addresses
// alone, checked when they are dialled, and follows no redirect, so that nobody looks into this machine's own network by
// it. Safe for concurrent use.
type Outbound struct {
	rule   org.HostRule
	agent  string
	client *http.Client
}

// NewOutbound returns an Outbound that names itself agent. The exact loopback entries of the rule are called over http.
func NewOutbound(rule org.HostRule, agent string) *Outbound {
	return &Outbound{rule: rule, agent: agent, client: &http.Client{
		Transport: newTransport(rule), Timeout: OutboundTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// CheckURL returns the address as it will be called, or an Invalid fault with one sentence; the caller names the field.
// A name that leads to a private address is refused when it is called, for it may lead elsewhere by then.
func (o *Outbound) CheckURL(text string) (string, error) {
	u, err := url.Parse(strings.TrimSpace(text))
	switch {
	case err != nil || u.Host == "" || u.Opaque != "":
		return "", refuseURL("Write the whole address, like https://hooks.example.com/caracal.")
	case u.User != nil:
		return "", refuseURL("Leave user and password out of the address; the signature says who sends.")
	case u.Fragment != "":
		return "", refuseURL("Leave out what follows the # of the address; it is never sent.")
	case o.rule.IsLoopback(u.Host) && u.Scheme == "http":
		return u.String(), nil
	case u.Scheme != "https":
		return "", refuseURL("The address must begin with https://.")
	case u.Port() != "" && u.Port() != "443":
		return "", refuseURL("Only port 443 is called; leave the port out.")
	}
	host := strings.TrimRight(strings.ToLower(u.Hostname()), ".")
	if ip, err := netip.ParseAddr(host); err == nil {
		if guard("", netip.AddrPortFrom(ip, 443).String(), nil) != nil {
			return "", refuseURL("%s is not a public address, and Caracal calls no others.", ip)
		}
		return u.String(), nil
	}
	if strings.ContainsFunc(host, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", refuseURL("Write the host's name in ASCII, as a certificate does (xn--…).")
	}
	if !strings.Contains(host, ".") || strings.HasPrefix(host, ".") || strings.Contains(host, "..") {
		return "", refuseURL("%q is no name that the internet knows; write it like hooks.example.com.", host)
	}
	u.Host = host
	return u.String(), nil
}

func refuseURL(format string, args ...any) error { return fault.New(fault.Invalid, format, args...) }

// Post sends a body to an address that CheckURL returned, and returns the status of the answer, with its header Retry-After
// as it came. What goes wrong before there is one is a fault with one sentence.
func (o *Outbound) Post(ctx context.Context, address string, header http.Header, body []byte) (status int, retryAfter string, err error) {
	address, err = o.CheckURL(address) // it was stored, and the rule may be another by now
	if err != nil {
		return 0, "", err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return 0, "", refuseURL("The address can't be called; write it like https://hooks.example.com/caracal.")
	}
	for name, values := range header {
		r.Header[name] = values
	}
	r.Header.Set("User-Agent", o.agent)
	response, err := o.client.Do(r)
	if err != nil {
		return 0, "", outboundFault(err, r.URL.Host)
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, maxOutboundAnswer)) // the status says it all
	_ = response.Body.Close()
	return response.StatusCode, response.Header.Get("Retry-After"), nil
}

// outboundFault says why there was no answer.
func outboundFault(err error, host string) error {
	if errors.Is(err, errBlocked) {
		return fault.New(fault.Forbidden, "%s leads to an address that is not public, and Caracal calls no others; check the address.", host).Because(opaque(err))
	}
	f := networkFault(err, host, time.Time{})
	f.Message = strings.Replace(f.Message, "something between here and Okta may be inspecting the traffic", "check it and what lies between", 1)
	f.Field, f.RetryAt = "", time.Time{}
	return f
}
