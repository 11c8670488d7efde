package connect

import (
	"context"
	"time"

	"caracal/fault"
	"caracal/okta"
	"caracal/org"
)

// noteLimit ends the recording of a token answer; what asked for the token is long on its way.
const noteLimit = 30 * time.Second

// TokenAnswered records what Okta's token endpoint said to an application in use, whoever asked: a run, a
// picker, a check. So its page knows the last token and the last refusal. An org that could not be reached
// said nothing.
func (s *Service) TokenAnswered(ctx context.Context, id string, t okta.Token, refused error) {
	if f := fault.As(refused); refused != nil && (f == nil || f.Code == "") {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, noteLimit)
	defer cancel()
	app, err := s.DB.Application(ctx, id)
	if err == nil && app.Status != org.Disconnected {
		app.UsedAt = s.Clock()
		if refused != nil {
			app.TokenError = fault.Message(refused)
		} else {
			app.Granted, app.TokenAt, app.TokenDPoP, app.TokenError = t.Scopes, t.At, t.DPoP, ""
		}
		err = s.DB.NoteToken(ctx, app)
	}
	if err != nil {
		s.Log.Warn("could not record a token answer", "org", id, "err", err)
	}
}
