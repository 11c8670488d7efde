package handlers

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"caracal/fault"
)

// TestBriefly: a page waits for an org once and for a bounded time; while its answer is on its way, and a while after it
// failed, no page waits at all; what it says in the end counts. The clock is the bubble's of synctest: to sleep in it sets it
// on, and takes no time.
func TestBriefly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := &Handlers{Clock: time.Now}
		var asked atomic.Int32
		ask := func(took time.Duration, fails error) (got string, waited time.Duration, err error) {
			began := time.Now()
			got, err = briefly(WithPageTime(t.Context(), PageTime), h, "app", func(ctx context.Context) (string, error) {
				asked.Add(1)
				select {
				case <-ctx.Done():
					return "", ctx.Err()
				case <-time.After(took):
					return "Ada", fails
				}
			})
			return got, time.Since(began), err
		}
		if got, took, err := ask(time.Second, nil); got != "Ada" || err != nil || took != time.Second {
			t.Errorf("an org that answers in a second: %q, %v after %v", got, err, took)
		}
		if _, took, err := ask(5*time.Second, nil); !errors.Is(err, errLate) || took != PageTime {
			t.Errorf("an org that answers in five: %v after %v", err, took)
		}
		if _, took, err := ask(0, nil); !errors.Is(err, errLate) || took != 0 || asked.Load() != 2 {
			t.Errorf("while that is on its way: %v after %v, asked %d times", err, took, asked.Load())
		}
		time.Sleep(5 * time.Second)
		if got, _, err := ask(0, nil); got != "Ada" || err != nil {
			t.Errorf("once it has come: %q, %v", got, err)
		}
		if _, took, err := ask(time.Hour, nil); !errors.Is(err, errLate) || took != PageTime {
			t.Errorf("an org that never answers: %v after %v", err, took)
		}
		time.Sleep(lateTime)
		before := asked.Load()
		if _, took, err := ask(0, nil); !errors.Is(err, context.DeadlineExceeded) || took != 0 || asked.Load() != before {
			t.Errorf("after it never did: %v after %v, asked %d times more", err, took, asked.Load()-before)
		}
		time.Sleep(quietTime)
		down := fault.New(fault.Busy, "down")
		if _, _, err := ask(0, down); !errors.Is(err, down) {
			t.Errorf("an org that is down: %v", err)
		}
		if _, _, err := ask(0, nil); !errors.Is(err, down) {
			t.Errorf("right after: %v", err)
		}
		time.Sleep(quietTime)
		refused := fault.New(fault.Forbidden, "no")
		if _, _, err := ask(0, refused); !errors.Is(err, refused) {
			t.Errorf("a refusal: %v", err)
		}
		if got, _, err := ask(0, nil); got != "Ada" || err != nil {
			t.Errorf("after a refusal, which is an answer: %q, %v", got, err)
		}
	})
}

// TestPageTime: many questions of one page wait no longer together than one.
func TestPageTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := &Handlers{Clock: time.Now}
		ctx, began := WithPageTime(t.Context(), PageTime), time.Now()
		for _, app := range []string{"a", "b", "c", "d"} {
			_, err := briefly(ctx, h, app, func(context.Context) (string, error) {
				time.Sleep(time.Second)
				return app, nil
			})
			if late := errors.Is(err, errLate); late != (app != "a") {
				t.Errorf("%s: %v", app, err)
			}
		}
		if took := time.Since(began); took != PageTime {
			t.Errorf("four orgs that take a second each: %v", took)
		}
		synctest.Wait()
		time.Sleep(time.Second)
	})
}
