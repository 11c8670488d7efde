package org

import (
	"math/rand/v2"
	"testing"
)

func TestGrant(t *testing.T) {
	t.Parallel()
	known := RateWindow{Ends: 600, Leased: 90}
	for name, c := range map[string]struct {
		row   RateWindow
		ask   CallLease
		calls int
		after RateWindow
	}{
		"the first there is":         {RateWindow{}, CallLease{Now: 550, Window: 600, Limit: 100, Used: 1, Made: 1, Kept: 50, Want: 5}, 5, RateWindow{Ends: 600, Leased: 6}},
		"as many as are left":        {known, CallLease{Now: 550, Window: 600, Limit: 100, Used: 80, Want: 5}, 5, RateWindow{Ends: 600, Leased: 95}},
		"the last in small parts":    {RateWindow{Ends: 600, Leased: 96}, CallLease{Now: 550, Window: 600, Limit: 100, Want: 5}, 2, RateWindow{Ends: 600, Leased: 98}},
		"none are left":              {known, CallLease{Now: 550, Window: 600, Limit: 100, Kept: 10, Want: 5}, 0, known},
		"what others use comes off":  {RateWindow{Ends: 600, Leased: 10}, CallLease{Now: 550, Window: 600, Limit: 100, Used: 99, Want: 5}, 1, RateWindow{Ends: 600, Leased: 11}},
		"a new window":               {known, CallLease{Now: 601, Window: 660, Limit: 100, Used: 2, Want: 5}, 5, RateWindow{Ends: 660, Leased: 5}},
		"over, and nothing is told":  {known, CallLease{Now: 601, Window: 600, Over: true, Limit: 100, Used: 99, Want: 5}, 5, RateWindow{Ends: 600, Guessed: true, Until: 661, Leased: 5}},
		"over, and another was told": {RateWindow{Ends: 660, Leased: 90}, CallLease{Now: 601, Window: 600, Over: true, Limit: 100, Want: 50}, 5, RateWindow{Ends: 660, Leased: 95}},
		"guessed together":           {RateWindow{Ends: 600, Guessed: true, Until: 661, Leased: 90}, CallLease{Now: 602, Window: 600, Over: true, Limit: 100, Want: 50}, 5, RateWindow{Ends: 600, Guessed: true, Until: 661, Leased: 95}},
		"guessed after a later one":  {RateWindow{Ends: 540, Guessed: true, Until: 661, Leased: 90}, CallLease{Now: 602, Window: 600, Over: true, Limit: 100, Want: 50}, 5, RateWindow{Ends: 600, Guessed: true, Until: 661, Leased: 95}},
		"the guess was right":        {RateWindow{Ends: 600, Guessed: true, Until: 661, Leased: 90}, CallLease{Now: 602, Window: 660, Limit: 100, Used: 40, Want: 50}, 5, RateWindow{Ends: 660, Until: 661, Leased: 95}},
		"the guess is over as well":  {RateWindow{Ends: 600, Guessed: true, Until: 661, Leased: 90}, CallLease{Now: 661, Window: 600, Over: true, Limit: 100, Want: 5}, 5, RateWindow{Ends: 600, Guessed: true, Until: 721, Leased: 5}},
		"long after the guess":       {RateWindow{Ends: 600, Guessed: true, Until: 661, Leased: 90}, CallLease{Now: 961, Window: 1020, Limit: 100, Want: 5}, 5, RateWindow{Ends: 1020, Leased: 5}},
		"behind the others":          {RateWindow{Ends: 600, Guessed: true, Until: 661}, CallLease{Now: 600, Window: 600, Limit: 100, Want: 5}, 0, RateWindow{Ends: 600, Guessed: true, Until: 661}},
		"far behind the others":      {known, CallLease{Now: 550, Window: 540, Limit: 100, Want: 5}, 0, known},
	} {
		if calls, after := c.row.Grant(c.ask); calls != c.calls || after != c.after {
			t.Errorf("%s: %d calls and %+v, want %d and %+v", name, calls, after, c.calls, c.after)
		}
	}
}

// TestGrantNeverTooMany: whatever nodes ask in whatever order, within one window no more is handed out than the limit
// less what the asker keeps.
func TestGrantNeverTooMany(t *testing.T) {
	t.Parallel()
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 0))
		limit := 1 + r.IntN(500)
		var w RateWindow
		given := 0
		for range 400 {
			kept := r.IntN(limit)
			ask := CallLease{Now: 600 + r.Int64N(60), Window: 660, Limit: limit, Used: r.IntN(limit), Kept: kept, Want: 1 + r.IntN(limit)}
			if r.IntN(3) == 0 {
				ask.Window, ask.Over = 600-60*r.Int64N(3), true
			}
			if w.Guessed && ask.Now >= w.Until { // then it is the next window
				continue
			}
			var calls int
			calls, w = w.Grant(ask)
			given += calls
			if calls > 0 && given > limit-kept {
				t.Fatalf("seed %d: %d calls of %d given, %d were to stay free", seed, given, limit, kept)
			}
		}
	}
}

func TestUrgency(t *testing.T) {
	t.Parallel()
	if !Urgency(0).Pressed() || !Pressing.Pressed() || Unattended.Pressed() || Unattended.IsBulk() || !Bulk.IsBulk() {
		t.Error("only people press, and only many are bulk")
	}
}
