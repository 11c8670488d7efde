package trigger

import (
	"slices"
	"testing"
	"time"

	"caracal/fault"
)

func windows(t testing.TB, text string) []Blackout {
	t.Helper()
	out, err := ParseBlackouts(text)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestPlace(t *testing.T) {
	t.Parallel()
	now := at(t, "2026-11-23T12:00:00Z") // a Monday
	ago := func(minutes ...int) (out []time.Time) {
		for _, m := range minutes {
			out = append(out, now.Add(-time.Duration(m)*time.Minute))
		}
		return out
	}
	for _, tt := range []struct {
		name   string
		guards Guards
		begun  []time.Time
		wait   time.Duration
		code   string
	}{
		{"nothing set", Guards{}, ago(1), 0, ""},
		{"below the limit", Guards{PerHour: 3}, ago(50, 10), 0, ""},
		{"at the limit", Guards{PerHour: 2}, ago(50, 10), 10 * time.Minute, ""},
		{"at the limit, refused", Guards{PerHour: 2, Refuse: true}, ago(50, 10), 0, CodePerHour},
		{"behind those who wait", Guards{PerHour: 2}, ago(50, 10, -10, -50), 70 * time.Minute, ""},
		{"in the window", Guards{Blackouts: windows(t, "mon 11:00-13:30"), Zone: "UTC"}, nil, 90 * time.Minute, ""},
		{"in the window, left out", Guards{Blackouts: windows(t, "mon 11:00-13:30"), Zone: "UTC", Skip: true}, nil, 0, CodeBlackout},
		{"in the window of another zone", Guards{Blackouts: windows(t, "mon 13:00-14:00"), Zone: "Europe/Berlin"}, nil, time.Hour, ""},
		{"outside the window", Guards{Blackouts: windows(t, "tue 11:00-13:30\nmon 00:00-12:00"), Zone: "UTC"}, nil, 0, ""},
		{"over midnight", Guards{Blackouts: windows(t, "sun 22:00-12:30"), Zone: "UTC"}, nil, 30 * time.Minute, ""},
		{"window after window", Guards{Blackouts: windows(t, "mon 11:00-13:00\nmon-fri 13:00-14:00"), Zone: "UTC"}, nil, 2 * time.Hour, ""},
		{"its turn falls into a window", Guards{PerHour: 1, Blackouts: windows(t, "mon 12:30-15:00"), Zone: "UTC"}, ago(10), 3 * time.Hour, ""},
		{"a line of more than a week", Guards{PerHour: 1}, ago(10, -170*60), 0, CodePerHour},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, why, err := tt.guards.Place(now, tt.begun)
			if tt.code != "" {
				if f := fault.As(err); f == nil || f.Code != tt.code {
					t.Errorf("%v, want %s", err, tt.code)
				}
				return
			}
			if err != nil || got.Sub(now) != tt.wait || (tt.wait > 0) != (why != "") {
				t.Errorf("begins after %s (%q, %v), want %s", got.Sub(now), why, err, tt.wait)
			}
		})
	}
}

func TestGuardsThatAreRefused(t *testing.T) {
	t.Parallel()
	for field, g := range map[string]Guards{
		"per_hour": {PerHour: MaxPerHour + 1}, "max_changes": {MaxChanges: -1}, "guard_zone": {Blackouts: windows(t, "mon 00:00-01:00"), Zone: "Nowhere"},
		"blackouts": {Blackouts: windows(t, "daily 00:00-24:00"), Zone: "UTC"},
	} {
		if f := fault.As(g.Check()); f == nil || f.Field != field {
			t.Errorf("%s: %v", field, g.Check())
		}
	}
	for _, bad := range []string{"mon", "08:00-18:00", "mon 8", "mon 08:00", "mon 25:00-26:00", "someday 08:00-09:00", "mon 08:00-18:0", "mon 24:00-25:00", "mon--fri 01:00-02:00"} {
		if _, err := ParseBlackouts(bad); fault.As(err) == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

// TestRunsInAnyHour asks for runs at random times and holds what begins against the limit, in every window of an hour.
func TestRunsInAnyHour(t *testing.T) {
	t.Parallel()
	g := Guards{PerHour: 3, Blackouts: windows(t, "daily 13:00-14:00"), Zone: "Europe/Berlin"}
	now := at(t, "2026-11-23T08:00:00Z")
	var begun []time.Time
	for i := range 60 {
		now = now.Add(time.Duration((i*37)%11) * time.Minute)
		var recent []time.Time
		for _, b := range begun {
			if b.After(now.Add(-time.Hour)) {
				recent = append(recent, b)
			}
		}
		next, _, err := g.Place(now, recent)
		if err != nil {
			t.Fatal(err)
		}
		begun = append(begun, next)
		if h := next.UTC().Hour(); h == 12 {
			t.Errorf("one begins in the window: %s", next)
		}
		if n := len(begun); n > 3 && begun[n-1].Sub(begun[n-4]) < time.Hour {
			t.Errorf("four begin within %s", begun[n-1].Sub(begun[n-4]))
		}
	}
}

func FuzzBlackouts(f *testing.F) {
	f.Add("mon-fri 08:00-18:00\nsat, sun 00:00-24:00", int64(1_790_000_000))
	f.Add("daily 22:00-06:00", int64(0))
	f.Add("fri–mon 23:59 – 0:00", int64(5))
	f.Fuzz(func(t *testing.T, text string, unix int64) {
		list, err := ParseBlackouts(text)
		if err != nil {
			return
		}
		again, err := ParseBlackouts(WriteBlackouts(list))
		if err != nil || WriteBlackouts(again) != WriteBlackouts(list) {
			t.Errorf("%q is written as %q and read as %v, %v", text, WriteBlackouts(list), again, err)
		}
		now := time.Unix(unix%4_000_000_000, 0)
		if got, _, err := (Guards{Blackouts: list, Zone: "America/New_York"}).Place(now, nil); err == nil && got.Before(now) {
			t.Errorf("%q puts %s before %s", text, got, now)
		}
	})
}

// TestBlackoutsAreWrittenAsPeopleDo: what was typed is shown again with the week from Monday, and reads as the same.
func TestBlackoutsAreWrittenAsPeopleDo(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"sat, sun 00:00-24:00": "sat, sun 00:00-24:00", "sun,sat 08:00-09:00": "sat, sun 08:00-09:00", "mon-sun 08:00-09:00": "daily 08:00-09:00",
		"mon-fri 18:00-06:00": "mon-fri 18:00-06:00", "fri-mon 08:00-09:00": "mon, fri-sun 08:00-09:00", "mon tue thu 8:00-9:00": "mon, tue, thu 08:00-09:00",
		"tue wed thu sun 08:00-09:00": "tue-thu, sun 08:00-09:00",
	} {
		list, err := ParseBlackouts(typed)
		if err != nil {
			t.Fatal(err)
		}
		if got := WriteBlackouts(list); got != want {
			t.Errorf("%q is written as %q, want %q", typed, got, want)
		}
		if again, err := ParseBlackouts(want); err != nil || !slices.EqualFunc(list, again, func(a, b Blackout) bool { return a.From == b.From && a.To == b.To && slices.Equal(a.Days, b.Days) }) {
			t.Errorf("%q is read as %v, %v; want %v", want, again, err, list)
		}
	}
}
