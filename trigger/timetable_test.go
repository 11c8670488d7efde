package trigger

import (
	"slices"
	"testing"
	"time"

	"caracal/fault"
)

func at(t testing.TB, text string) time.Time {
	t.Helper()
	out, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func parse(t testing.TB, text, zone string) Times {
	t.Helper()
	s, err := Timetable{Cron: text, Zone: zone}.Parse()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestNext holds next times against crontab(5), and against the clocks of zones where they are put forward and back.
func TestNext(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, cron, zone, after string
		want                    []string
	}{
		{"daily", "0 9 * * *", "UTC", "2026-03-01T09:00:00Z", []string{"2026-03-02T09:00:00Z", "2026-03-03T09:00:00Z"}},
		{"weekdays", "30 8 * * 1-5", "UTC", "2026-11-27T09:00:00Z", []string{"2026-11-30T08:30:00Z", "2026-12-01T08:30:00Z"}},
		{"either day", "0 0 13 * 5", "UTC", "2026-11-12T12:00:00Z", []string{"2026-11-13T00:00:00Z", "2026-11-20T00:00:00Z"}},
		{"31st", "0 0 31 * *", "UTC", "2026-03-31T00:00:00Z", []string{"2026-05-31T00:00:00Z", "2026-07-31T00:00:00Z"}},
		{"29 February", "0 0 29 2 *", "UTC", "2026-01-01T00:00:00Z", []string{"2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"}},
		{"names", "0 0 * jan sun", "UTC", "2026-12-31T00:00:00Z", []string{"2027-01-03T00:00:00Z"}},
		{"Berlin in summer and winter", "0 9 * * *", "Europe/Berlin", "2026-10-24T00:00:00Z", []string{"2026-10-24T07:00:00Z", "2026-10-25T08:00:00Z"}},
		{"Berlin, an hour that is left out: at the change", "30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", []string{"2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"}},
		{"Berlin, an hour that comes twice: the first", "30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", []string{"2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"}},
		{"Berlin, every hour when clocks go forward", "30 * * * *", "Europe/Berlin", "2026-03-29T00:00:00Z", []string{"2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z", "2026-03-29T02:30:00Z"}},
		{"Berlin, every hour when clocks go back", "30 * * * *", "Europe/Berlin", "2026-10-25T00:00:00Z", []string{"2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-25T02:30:00Z"}},
		{"New York", "30 2 * * *", "America/New_York", "2026-03-07T12:00:00Z", []string{"2026-03-08T07:00:00Z", "2026-03-09T06:30:00Z"}},
		{"no midnight", "0 0 * * *", "Africa/Cairo", "2026-04-23T12:00:00Z", []string{"2026-04-23T22:00:00Z", "2026-04-24T21:00:00Z"}},
		{"half an hour", "15 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00:00Z", []string{"2026-10-03T15:30:00Z", "2026-10-04T15:15:00Z"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, next := range parse(t, tt.cron, tt.zone).NextN(at(t, tt.after), len(tt.want)) {
				got = append(got, next.UTC().Format(time.RFC3339))
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("%s in %s after %s: %v, want %v", tt.cron, tt.zone, tt.after, got, tt.want)
			}
		})
	}
}

func TestTimetablesThatAreRefused(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ cron, zone, field string }{
		{"", "UTC", "cron"}, {"* * * *", "UTC", "cron"}, {"* * * * * *", "UTC", "cron"}, {"60 * * * *", "UTC", "cron"}, {"@daily", "UTC", "cron"},
		{"@every 1s", "UTC", "cron"}, {"0 0 30 2 *", "UTC", "cron"}, {"TZ=UTC 0 0 * *", "UTC", "cron"}, {"0 0 L * *", "UTC", "cron"}, {"0 0 * * FRI#2", "UTC", "cron"},
		{"H H * * *", "UTC", "cron"}, {"0 9 * * *", "", "zone"}, {"0 9 * * *", "Mars/Base", "zone"}, {"0 9 * * *", "Local", "zone"}, {"0 9 * * *", "../../etc/passwd", "zone"},
	} {
		_, err := Timetable{Cron: tt.cron, Zone: tt.zone}.Parse()
		if f := fault.As(err); f == nil || f.Field != tt.field {
			t.Errorf("%q in %q: %v, want a fault of %s", tt.cron, tt.zone, err, tt.field)
		}
	}
}

func TestDue(t *testing.T) {
	t.Parallel()
	now := at(t, "2026-11-23T12:30:00Z")
	for _, tt := range []struct {
		name    string
		catchUp CatchUp
		most    int
		due     string
		start   []string
		skipped int
	}{
		{"not yet", CatchOnce, 0, "2026-11-23T13:00:00Z", nil, 0},
		{"missed, left out", CatchNone, 0, "2026-11-23T10:00:00Z", nil, 3},
		{"missed, once", CatchOnce, 0, "2026-11-23T10:00:00Z", []string{"12:00"}, 2},
		{"missed, all", CatchAll, 10, "2026-11-23T10:00:00Z", []string{"10:00", "11:00", "12:00"}, 0},
		{"missed, the newest", CatchAll, 2, "2026-11-23T10:00:00Z", []string{"11:00", "12:00"}, 1},
		{"a year", CatchAll, 2, "2025-11-23T10:00:00Z", []string{"11:00", "12:00"}, 8761},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			table := Timetable{Cron: "0 * * * *", Zone: "UTC", CatchUp: tt.catchUp, Most: tt.most}
			start, skipped, next := table.Due(parse(t, table.Cron, "UTC"), at(t, tt.due), now)
			var got []string
			for _, s := range start {
				got = append(got, s.Format("15:04"))
			}
			if !slices.Equal(got, tt.start) || skipped != tt.skipped || !next.Equal(at(t, "2026-11-23T13:00:00Z")) {
				t.Errorf("%v, %d skipped, next %s", got, skipped, next)
			}
		})
	}
	table := Timetable{Cron: "30 12 * * *", Zone: "UTC", CatchUp: CatchNone}
	if start, skipped, _ := table.Due(parse(t, table.Cron, "UTC"), now, now.Add(90*time.Second)); len(start) != 1 || skipped != 0 {
		t.Errorf("a tick that comes 90 seconds late misses it: %v, %d", start, skipped)
	}
}

func TestPlainThereAndBack(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"0 9 * * *", "30 8 * * 1-5", "0 0 * * 0", "15 23 28 * *", "5 * * * *", "*/5 * * * *", "0 9 1,15 * *", "0 9 * 1 *"} {
		got, err := PlainOf(text).Text()
		if err != nil || got != text {
			t.Errorf("%q becomes %q, %v", text, got, err)
		}
	}
}

func FuzzTimetable(f *testing.F) {
	for _, text := range []string{"0 9 * * 1-5", "*/7 1,2 ? * mon", "59 23 31 12 7", "0 0 29 2 *", "TZ= 0 0 0 0", "0-59/61 * * * *"} {
		f.Add(text, "Europe/Berlin", int64(1_790_000_000))
	}
	f.Fuzz(func(t *testing.T, text, zone string, unix int64) {
		s, err := Timetable{Cron: text, Zone: zone}.Parse()
		if err != nil {
			if f := fault.As(err); f == nil || f.Field == "" {
				t.Errorf("%q: %v is no fault of a field", text, err)
			}
			return
		}
		from := time.Unix(unix%4_000_000_000, 0)
		last := from
		for _, next := range s.NextN(from, 3) {
			if !next.After(last) {
				t.Errorf("%q in %s after %s: %s", text, zone, last, next)
			}
			last = next
		}
	})
}
