package app

import (
	"context"
	"time"

	"caracal/org"
)

// anyNumber is more calls than there are runs.
const anyNumber = 1 << 20

// room says how many calls a rate limit takes now, and when it opens if it takes none. Runs of an application that is
// not in use are let go: they wait for something else then.
func (a *App) room(ctx context.Context, applicationID, bucket string, u org.Urgency) (calls int, opens time.Time) {
	app, err := a.DB.Application(ctx, applicationID)
	if err != nil || app.Status != org.Active {
		return anyNumber, time.Time{}
	}
	return a.Clients.Room(app.Domain, bucket, app.Share(), u)
}
