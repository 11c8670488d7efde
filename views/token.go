package views

import (
	"strings"
	"time"

	"caracal/form"
	"caracal/trigger"
	"caracal/views/ui"
)

// TokensProps lists API tokens, beside the form for a new one.
type TokensProps struct {
	Shell     Shell
	Now       time.Time
	Form      *form.Form
	Rows      []TokenRow
	Secret    string // just made, shown this once
	PublicURL string
}

// TokenRow is one token.
type TokenRow struct {
	Token     trigger.Token
	Person    string
	By        string
	Workflows []string // names; empty is all
	Usable    bool     // neither ended nor revoked
	Roles     []string // titles: what it may do now
	Standing  int      // triggers that it made or changed last
	Problem   string   // sentence: why one that is usable is refused all the same
}

func (r TokenRow) look() ui.Look {
	switch {
	case !r.Token.RevokedAt.IsZero():
		return ui.Look{Tone: ui.Neutral, Icon: "ban", Word: "Revoked"}
	case !r.Usable:
		return ui.Look{Tone: ui.Neutral, Icon: "timer", Word: "Ended"}
	}
	if r.Problem != "" {
		return ui.Look{Tone: ui.Warn, Icon: "circle-alert", Word: "Refused"}
	}
	return ui.Look{Tone: ui.Good, Icon: "circle-check", Word: "In use"}
}

// rights says what it may do besides starting runs and looking, "" for nothing.
func (r TokenRow) rights() string {
	words := ""
	if r.Token.Changes {
		words = "may change workflows and triggers"
	}
	if r.Standing > 0 {
		if words != "" {
			words += "; "
		}
		words += ui.Count(r.Standing, "trigger") + " made or changed by it"
	}
	return words
}

// who says in whose name a token works, and as what.
func (r TokenRow) who() string {
	if len(r.Roles) == 0 {
		return "in the name of " + r.Person
	}
	return "in the name of " + r.Person + ", as " + strings.ToLower(strings.Join(r.Roles, ", "))
}
