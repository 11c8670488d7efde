package views

import (
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
	Usable    bool
}

func (r TokenRow) look() ui.Look {
	switch {
	case !r.Token.RevokedAt.IsZero():
		return ui.Look{Tone: ui.Neutral, Icon: "ban", Word: "Revoked"}
	case !r.Usable:
		return ui.Look{Tone: ui.Neutral, Icon: "timer", Word: "Ended"}
	}
	return ui.Look{Tone: ui.Good, Icon: "circle-check", Word: "In use"}
}
