package connect

import (
	"context"
	"math"
	"slices"
	"strings"
	"time"

	"caracal/auth"
	"caracal/db"
	"caracal/org"
)

// Limits is how an application stands with the rate limits of its org.
type Limits struct {
	Share    int  // of each limit that Caracal may use, in percent
	Own      bool // it was set for this application
	Buckets  []org.Headroom
	Crowding org.Crowding // of this process
	Resting  []db.Resting // runs that wait
}

// heardFor is how long what was told of a limit is worth showing.
const heardFor = 5 * time.Minute

// Limits tells how an application stands with the rate limits of its org, as this process and, of those that share the
// database, the others were told in the last minutes.
func (s *Service) Limits(ctx context.Context, app org.Application) (Limits, error) {
	l := Limits{Share: app.RateShare, Own: app.RateShare > 0, Crowding: s.Clients.Crowding(app.Domain)}
	if !l.Own {
		l.Share = int(math.Round(100 * s.Clients.Share()))
	}
	buckets, err := s.headroom(ctx, app)
	if err != nil {
		return l, err
	}
	l.Buckets = buckets
	l.Resting, err = s.DB.RestingRuns(ctx, app.ID)
	return l, err
}

// Limit tells how one bucket stands; ok is false when nothing is known of it.
func (s *Service) Limit(ctx context.Context, app org.Application, bucket string) (h org.Headroom, ok bool, err error) {
	all, err := s.headroom(ctx, app)
	i := slices.IndexFunc(all, func(h org.Headroom) bool { return h.Bucket == bucket })
	if err != nil || i < 0 {
		return h, false, err
	}
	return all[i], true, nil
}

func (s *Service) headroom(ctx context.Context, app org.Application) ([]org.Headroom, error) {
	now := s.Clock()
	known := s.Clients.Headroom(app.Domain, app.Share())
	if s.DB.Shared() {
		others, err := s.DB.Headroom(ctx, app.Domain)
		if err != nil {
			return nil, err
		}
		for _, o := range others {
			o.Kept = s.Clients.Kept(o.Limit, app.Share())
			i := slices.IndexFunc(known, func(h org.Headroom) bool { return h.Bucket == o.Bucket })
			switch {
			case i < 0:
				known = append(known, o)
			case o.At.After(known[i].At):
				known[i] = o
			}
		}
		slices.SortFunc(known, func(a, b org.Headroom) int { return strings.Compare(a.Bucket, b.Bucket) })
	}
	known = slices.DeleteFunc(known, func(h org.Headroom) bool { return now.Sub(h.At) > heardFor })
	for i, h := range known {
		if !now.Before(h.Reset) {
			known[i].Remaining, known[i].Reset = h.Limit, time.Time{}
		}
	}
	return known, nil
}

// SetRateShare sets how much of each rate limit Caracal may use for an application, in percent from 1 to 100; 0 goes
// back to what the configuration says. Runs that wait for a limit notice by themselves.
func (s *Service) SetRateShare(ctx context.Context, id string, percent int, seen db.Seen, by auth.User) error {
	return s.changeAlone(ctx, id, by, "application.rate_share_changed", func(a *org.Application) (map[string]any, error) {
		was := *a
		a.RateShare = percent
		return map[string]any{"from": was.RateShare, "to": percent}, seen.Still(db.SeenShare(was), db.SeenShare(*a))
	})
}
