package okta

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"strings"
	"time"

	"caracal/fault"
)

// networkFault says why there was no answer. Busy means that the same may work later.
func networkFault(err error, host string, now time.Time) *fault.Error {
	var dns *net.DNSError
	var unknown x509.UnknownAuthorityError
	var wrongName x509.HostnameError
	var invalid x509.CertificateInvalidError
	var verify *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var timeout net.Error
	f := fault.New(fault.Busy, "%s could not be reached; check the address and this machine's network, and try again.", host)
	switch {
	case errors.Is(err, errBlocked):
		f = fault.New(fault.Forbidden, "%s leads to an address that is not public, and Caracal connects only to Okta on the internet; check the address.", host)
	case errors.As(err, &dns) && dns.IsNotFound:
		f = fault.New(fault.Busy, "No host named %s was found; check the spelling of the address.", host)
	case errors.As(err, &dns):
		f = fault.New(fault.Busy, "The name %s could not be looked up; check this machine's DNS, and try again.", host)
	case errors.As(err, &wrongName):
		f = fault.New(fault.Upstream, "%s showed a certificate for another name; check the address.", host)
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		f = fault.New(fault.Upstream, "The certificate of %s is not valid at this time; check this machine's clock and whether something inspects its traffic.", host)
	case errors.As(err, &unknown), errors.As(err, &verify), errors.As(err, &invalid):
		f = fault.New(fault.Upstream, "The certificate of %s is not one this machine trusts; something between here and Okta may be inspecting the traffic.", host)
	case errors.As(err, &record):
		f = fault.New(fault.Upstream, "%s does not speak https; check the address.", host)
	case errors.Is(err, errTooLarge):
		f = fault.New(fault.Upstream, "%s sent an answer of more than %d MB, which Caracal does not read; narrow the search.", host, maxBody>>20)
	case errors.Is(err, errCutOff) && !errors.Is(err, context.DeadlineExceeded):
		f = fault.New(fault.Busy, "The answer of %s broke off before its end; try again in a minute.", host)
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		f = fault.New(fault.Busy, "%s did not answer in time; try again in a minute.", host)
	case strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		f = fault.New(fault.Upstream, "%s does not speak https; check the address.", host)
	}
	f.Field = "domain"
	if f.Kind == fault.Busy {
		f.RetryAt = now.Add(unreachableWait)
	}
	return f.Because(opaque(err)) // the chain may hold io.EOF, which the SDK would repeat on
}

// badAddress is for a host that does not make a URL, which ParseDomain rules out.
func badAddress(host string) error {
	return fault.In("domain", "%q does not read as an address; write it like acme.okta.com.", host)
}
