package notify

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"caracal/trigger"
)

// TestAttempts: what fails is tried again, ever more rarely, each time signed anew and under the same id, for a day; then
// a person may say to send it again.
func TestAttempts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	key := w.set("", w.hook)
	w.answer(http.StatusServiceUnavailable)
	w.tell("a")
	began := w.clock()
	var at []time.Duration
	for w.state()[0].Waiting() {
		w.look()
		w.look() // a second look finds nothing due
		at = append(at, w.clock().Sub(began))
		if v := w.state()[0]; v.Waiting() {
			if !strings.Contains(v.Error, "answered 503") || !v.DueAt.After(w.clock()) {
				t.Fatalf("%+v", v)
			}
			w.pass(v.DueAt.Sub(w.clock()))
		}
		if len(at) > 50 {
			t.Fatal("it is tried without end")
		}
	}
	v := w.state()[0]
	if len(at) != len(w.called()) || len(at) < 6 || at[len(at)-1] > TryFor || v.Attempts != len(at) || v.FailedAt.IsZero() || v.Error == "" {
		t.Errorf("tried after %s: %+v", at, v)
	}
	for i, c := range w.called() {
		s, err := trigger.ParseSignature(c.header.Get(trigger.SignatureHeader))
		if err == nil {
			err = s.Verify(key, c.body, began.Add(at[i]), 1)
		}
		if err != nil || c.header.Get(trigger.KeyHeader) != v.ID {
			t.Errorf("attempt %d: %v, id %q", i, err, c.header.Get(trigger.KeyHeader))
		}
	}
	w.answer(http.StatusOK)
	w.pass(48 * time.Hour)
	w.look()
	if len(w.called()) != len(at) {
		t.Error("what was given up was sent by itself")
	}
	if err := w.DB.SendAgain(t.Context(), "app_1", v.ID, ada); err != nil {
		t.Fatal(err)
	}
	w.look()
	if v := w.state()[0]; v.SentAt.IsZero() || v.Error != "" || v.Attempts != 1 {
		t.Errorf("sent again: %+v", v)
	}
}

// TestANoForGood ends the attempts at once.
func TestANoForGood(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set("nobody@acme.example", w.hook)
	w.answer(http.StatusGone)
	w.mail.Answer("RCPT", "550 5.1.1 No such user")
	w.tell("a")
	w.look()
	for _, v := range w.state() {
		if v.FailedAt.IsZero() || v.Attempts != 1 || v.Error == "" {
			t.Errorf("%+v", v)
		}
	}
}

// TestRetryAfter: a receiver that asks to be left alone is, within bounds; one that says nothing sensible is tried as usual.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int
		after  string
		want   time.Duration
	}{
		"seconds":               {http.StatusServiceUnavailable, "600", 10 * time.Minute},
		"a time":                {http.StatusTooManyRequests, testAt.Add(20 * time.Minute).Format(http.TimeFormat), 20 * time.Minute},
		"sooner than usual":     {http.StatusServiceUnavailable, "1", time.Minute},
		"for ever":              {http.StatusServiceUnavailable, "999999999", 6 * time.Hour},
		"a time that is over":   {http.StatusServiceUnavailable, testAt.Add(-time.Hour).Format(http.TimeFormat), time.Minute},
		"no number":             {http.StatusServiceUnavailable, "soon", time.Minute},
		"below nothing":         {http.StatusServiceUnavailable, "-5", time.Minute},
		"more than a number is": {http.StatusServiceUnavailable, strings.Repeat("9", 40), time.Minute},
		"another trouble":       {http.StatusInternalServerError, "600", time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.set("", w.hook)
			w.status, w.after = c.status, c.after
			w.tell("a")
			w.look()
			if v := w.state()[0]; v.DueAt.Sub(w.clock()) != c.want {
				t.Errorf("it is tried again after %s, want %s", v.DueAt.Sub(w.clock()), c.want)
			}
			w.pass(c.want)
			w.answer(http.StatusOK)
			w.look()
			if v := w.state()[0]; v.SentAt.IsZero() {
				t.Errorf("%+v", v)
			}
		})
	}
}

// FuzzWaitAsked: what a receiver writes never makes a wait that is below nothing.
func FuzzWaitAsked(f *testing.F) {
	for _, text := range []string{"120", "-1", " 5 ", "Fri, 31 Dec 1999 23:59:59 GMT", "2147483648", "1e9", ""} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if wait := waitAsked(text, testAt); wait < 0 {
			t.Errorf("%q asks for %s", text, wait)
		}
	})
}
