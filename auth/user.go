// Package auth says who a user is, which roles exist and what each may do.
package auth

import (
	"slices"
	"strings"
	"time"
)

// User is a person known by the sign-in provider's (iss, sub); an e-mail address never identifies anybody.
type User struct {
	ID        string
	Issuer    string
	Subject   string
	Name      string
	Email     string
	Roles     []Role   // as mapped from the groups claim at the last sign-in, less what a look in the org took away since
	Groups    []string // as the claim gave them at the last sign-in
	CreatedAt time.Time
	SeenAt    time.Time // when they last signed in
	CheckedAt time.Time // when the org last said that they are who they were; zero is never

	Through Through // the API token by which they act now; zero on the pages
}

// Through is an API token as the record of what was done by it names it. It is stored as JSON.
type Through struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	MadeBy string `json:"made_by"` // id of the person who made it, and may hold it
}

// May reports whether one of the user's roles holds the permission.
func (u User) May(p Permission) bool {
	return slices.ContainsFunc(u.Roles, func(r Role) bool { return r.May(p) })
}

// Label returns what to call the user on a page.
func (u User) Label() string {
	for _, s := range []string{u.Name, u.Email, u.Subject} {
		if strings.TrimSpace(s) != "" {
			return s
		}
	}
	return u.ID
}

// Session is one signed-in browser. The cookie holds a random token; the store keeps only its hash.
type Session struct {
	ID         string // public id, to list and end a session; not the token
	UserID     string
	CreatedAt  time.Time
	LastSeenAt time.Time
	IdleEnds   time.Time
	Ends       time.Time
	IP         string
	UserAgent  string
}
