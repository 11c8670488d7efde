package db

import (
	"sync"
	"testing"

	"caracal/org"
)

// TestLeaseCalls: however many nodes ask at once, no more calls are handed out than the limit less what is kept.
func TestLeaseCalls(t *testing.T) {
	t.Parallel()
	d := open(t, Options{})
	var mu sync.Mutex
	var wg sync.WaitGroup
	given := 0
	for range 8 {
		wg.Go(func() {
			for {
				n, err := d.LeaseCalls(t.Context(), org.CallLease{Host: "acme.okta.com", Bucket: "/api/v1/users", Now: 610, Window: 660, Limit: 100, Used: 1, Kept: 40, Want: 7})
				if err != nil {
					t.Error(err)
				}
				if n == 0 || err != nil {
					return
				}
				mu.Lock()
				given += n
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if given < 59 || given > 60 {
		t.Errorf("%d calls were given, 60 may be made", given)
	}
	room, err := d.Headroom(t.Context(), "acme.okta.com")
	if err != nil || len(room) != 1 || room[0].Limit != 100 || room[0].Remaining != 100-given || room[0].Reset.Unix() != 660 {
		t.Errorf("headroom: %+v, %v", room, err)
	}
	if n, err := d.LeaseCalls(t.Context(), org.CallLease{Host: "acme.okta.com", Bucket: "/api/v1/users", Now: 661, Window: 660, Over: true, Limit: 100, Kept: 40, Want: 7}); err != nil || n != 7 {
		t.Errorf("in the next window: %d, %v", n, err)
	}
	if n, err := d.LeaseCalls(t.Context(), org.CallLease{Host: "other.okta.com", Bucket: "/api/v1/users", Now: 610, Window: 660, Limit: 100, Want: 7}); err != nil || n != 7 {
		t.Errorf("of another org: %d, %v", n, err)
	}
}
