package oktasim

import "context"

type requestIDKey struct{}

// newRequestID makes the id that X-Okta-Request-Id carries and that the log
// has as its transaction.
func newRequestID() string { return randomText(27, base62) }

func withRequestID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestIDKey{}, id)
}

func requestIDFrom(ctx context.Context) string {
	if id, ok := ctx.Value(requestIDKey{}).(string); ok {
		return id
	}
	return newRequestID()
}
