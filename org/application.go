// Package org says what a connected Okta org is: connection, scopes, status, check results.
package org

import (
	"time"

	"caracal/secret"
)

// Method is how an application is connected.
type Method string

// The two methods, named as the setup guides name them.
const (
	Integration Method = "integration" // Okta Integration Network: client ID and client secret
	CustomApp   Method = "custom"      // Custom app: client ID and private key
)

// Title returns the method's name on pages.
func (m Method) Title() string {
	if m == CustomApp {
		return "Custom app"
	}
	return "Okta Integration Network"
}

// Status is what Caracal may do with an application.
type Status string

// The states of an application.
const (
	Active       Status = "active"
	Paused       Status = "paused"       // runs wait, checks are refused
	Disconnected Status = "disconnected" // secrets wiped, history kept
)

// Application is one connected Okta org: a row on the Applications page.
type Application struct {
	ID       string
	Name     string
	Domain   string // host name, with a port only for the demo's loopback org
	Method   Method
	ClientID string
	Scopes   []Scope // as configured by the person
	Granted  []Scope // as Okta's last token answer named them
	Status   Status

	OrgID string // id of /.well-known/okta-organization
	Cell  string // production, preview, …, from the domain

	Credential    secret.Sealed // of the active credential; see CredentialPlace
	KeySet        string        // id of the set of keys that Caracal made for it, "" when they came from elsewhere
	KeyID         string        // kid of the private key
	KeyThumbprint string        // RFC 7638, of the private key
	CredentialSet time.Time
	NextKey       string // during a rotation: id of the key pair made but not yet in use

	RateShare int // of each rate limit that Caracal may use for it, in percent; 0 is what the configuration says

	TokenAt    time.Time // last token Okta gave
	TokenDPoP  bool      // whether it was bound by DPoP
	TokenError string    // sentence, of the last refusal, or ""
	UsedAt     time.Time
	CreatedAt  time.Time
	CreatedBy  string // user id
	Revision   int64  // compare-and-set counter
}

// CredentialPlace is where the sealed credential of an application is stored.
func CredentialPlace(id string) secret.Place {
	return secret.Place{Table: "application", Row: id, Column: "credential_sealed"}
}

// Share returns RateShare as a fraction.
func (a Application) Share() float64 { return float64(a.RateShare) / 100 }

// Has reports whether the scope, or the manage scope that includes it, was granted.
func (a Application) Has(s Scope) bool { return Holds(a.Granted, s) }

// KeyPair is a private key that Caracal made, sealed, with the public half to hand to Okta.
type KeyPair struct {
	ID         string
	Set        string // keys of one application; its JWKS URL serves all of them
	Private    secret.Sealed
	PublicJWK  string // RFC 7517, with kid
	Thumbprint string // RFC 7638
	CreatedAt  time.Time
	CreatedBy  string
}

// KeyPairPlace is where the sealed private half of a key pair is stored.
func KeyPairPlace(id string) secret.Place {
	return secret.Place{Table: "key_pair", Row: id, Column: "private_sealed"}
}
