package auth

import "context"

type contextKey struct{}

// WithUser returns a context that carries the signed-in user and session.
func WithUser(ctx context.Context, u User, s Session) context.Context {
	return context.WithValue(ctx, contextKey{}, signedIn{u, s})
}

// From returns the signed-in user and session; ok is false when nobody is signed in.
func From(ctx context.Context) (u User, s Session, ok bool) {
	in, ok := ctx.Value(contextKey{}).(signedIn)
	return in.user, in.session, ok
}

type signedIn struct {
	user    User
	session Session
}
