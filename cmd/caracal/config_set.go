package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"caracal/auth"
	"caracal/db"
	"caracal/secret"
)

// What follows sets one setting each from its text.

func text(to func(*Config) *string) func(*Config, string) error {
	return func(c *Config, v string) error { *to(c) = v; return nil }
}

func oneOfWords(to func(*Config) *string, words ...string) func(*Config, string) error {
	return func(c *Config, v string) error {
		if !slices.Contains(words, v) {
			return fmt.Errorf("must be one of %s, not %q", strings.Join(words, ", "), v)
		}
		*to(c) = v
		return nil
	}
}

func number(lowest, highest int, to func(*Config) *int) func(*Config, string) error {
	return func(c *Config, v string) error {
		n, err := strconv.Atoi(v)
		if err != nil || n < lowest || n > highest {
			return fmt.Errorf("must be a number from %d to %d, not %q", lowest, highest, v)
		}
		*to(c) = n
		return nil
	}
}

func setPublicURL(c *Config, v string) error {
	u, err := url.Parse(v)
	if err != nil || u.Scheme != "https" || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return fmt.Errorf("must be an https address without a path, such as https://caracal.example.com, not %q", v)
	}
	c.PublicURL = "https://" + u.Host
	return nil
}

func setDatabaseURL(c *Config, v string) error {
	if !db.IsURL(v) {
		return errors.New("must begin with postgres://") // the value may hold a password
	}
	c.DatabaseURL = secret.NewText(v)
	return nil
}

func setAddr(c *Config, v string) error {
	if _, port, err := net.SplitHostPort(v); err != nil || port == "" {
		return fmt.Errorf("must be HOST:PORT or :PORT, not %q", v)
	}
	c.Addr = v
	return nil
}

func setProxies(c *Config, v string) error {
	for _, part := range list(v) {
		prefix, err := netip.ParsePrefix(part)
		if err != nil {
			addr, addrErr := netip.ParseAddr(part)
			if addrErr != nil {
				return fmt.Errorf("%q is neither an IP address nor a network such as 10.0.0.0/8", part)
			}
			prefix = netip.PrefixFrom(addr.Unmap(), addr.Unmap().BitLen())
		}
		c.TrustedProxies = append(c.TrustedProxies, prefix.Masked())
	}
	return nil
}

func setIssuer(c *Config, v string) error {
	u, err := url.Parse(v)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return fmt.Errorf("must be the https address that the provider calls its issuer, not %q", v)
	}
	c.OIDCIssuer = v
	return nil
}

func setRoles(c *Config, v string) error {
	c.Roles = map[string]auth.Role{}
	for _, part := range list(v) {
		at := strings.LastIndex(part, "=")
		if at <= 0 {
			return fmt.Errorf("%q must be written GROUP=ROLE", part)
		}
		group, role := strings.TrimSpace(part[:at]), auth.Role(strings.TrimSpace(part[at+1:]))
		if !slices.Contains(auth.Roles, role) {
			return fmt.Errorf("there is no role %q; the roles are %s", role, roleNames())
		}
		if _, twice := c.Roles[group]; twice {
			return fmt.Errorf("the group %q is given twice", group)
		}
		c.Roles[group] = role
	}
	return nil
}

func setOktaDomains(c *Config, v string) error {
	for _, host := range list(v) {
		if strings.ContainsAny(host, "/:*@") || !strings.Contains(host, ".") {
			return fmt.Errorf("%q must be a host name such as login.example.com", host)
		}
		c.OktaDomains = append(c.OktaDomains, strings.ToLower(host))
	}
	return nil
}

// shortestToken keeps a token from being guessed.
const shortestToken = 16

func setMetricsToken(c *Config, v string) error {
	if len(v) < shortestToken || strings.ContainsFunc(v, func(r rune) bool { return r < 0x21 || r > 0x7e }) {
		return fmt.Errorf("a token has %d letters, digits and signs or more, without spaces; make one with: openssl rand -hex 24", shortestToken)
	}
	c.MetricsToken = secret.NewText(v)
	return nil
}

func setListingURL(c *Config, v string) error {
	u, err := url.Parse(v)
	if err != nil || u.Scheme != "https" || u.Host == "" {
		return fmt.Errorf("must be an https address, not %q", v)
	}
	c.ListingURL = v
	return nil
}

// hosts is what may be connected. Loopback is never among it: only the demo and tests make such a rule.
