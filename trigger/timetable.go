package trigger

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // the image holds no zone files

	cron "github.com/netresearch/go-cron"

	"caracal/fault"
)

// Timetable is what a person sets about a schedule.
type Timetable struct {
	Cron    string  `json:"cron"` // five fields: minute hour day-of-month month day-of-week
	Zone    string  `json:"zone"` // IANA name, such as Europe/Berlin
	CatchUp CatchUp `json:"catch_up"`
	Most    int     `json:"most,omitempty"` // of CatchAll: how many at most
}

// CatchUp says what becomes of times that passed while Caracal was not running.
type CatchUp string

// The policies.
const (
	CatchNone CatchUp = "skip" // nothing: the next run is at the next time
	CatchOnce CatchUp = "once" // one run for all of them
	CatchAll  CatchUp = "all"  // one run for each, the newest Most of them
)

// MostCaughtUp bounds Timetable.Most.
const MostCaughtUp = 100

// Grace is how late a time may be taken up and still count as kept: the ticks and a restart lie within it.
const Grace = 2 * time.Minute

// maxCron is longer than any list of minutes.
const maxCron = 200

// Times is a parsed timetable: it knows every time it is due.
type Times struct {
	minute, hour, dom, month, dow uint64
	anyHour, anyDom, anyDow       bool
	zone                          *time.Location
}

// The parser takes the five fields of crontab(5) and nothing else: no seconds, no @every, no zone inside the text.
var parser = cron.MustNewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow | cron.DowOrDom)

// Parse reads the timetable. The error is a fault about the field "cron" or "zone".
func (t Timetable) Parse() (Times, error) {
	zone, err := LoadZone(t.Zone)
	if err != nil {
		return Times{}, fault.In("zone", "%s", fault.Message(err))
	}
	text := strings.Join(strings.Fields(t.Cron), " ")
	if text == "" {
		return Times{}, fault.In("cron", "Enter five fields: minute, hour, day of the month, month, day of the week, such as 0 9 * * 1-5.")
	}
	if n := strings.Count(text, " ") + 1; len(text) > maxCron || n != 5 {
		return Times{}, fault.In("cron", "This has %d fields; write five: minute, hour, day of the month, month, day of the week, such as 0 9 * * 1-5.", n)
	}
	if strings.ContainsFunc(text, func(r rune) bool {
		return !strings.ContainsRune("0123456789*/,-? ", r) && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}) {
		return Times{}, fault.In("cron", "This holds a character that no field has; use digits, names of days and months, and * / , -.")
	}
	parsed, err := parser.Parse(text)
	if err != nil {
		return Times{}, fault.In("cron", "This can't be read: %s. Write minute, hour, day of the month, month and day of the week, such as 0 9 * * 1-5.", strings.TrimSuffix(err.Error(), ".")).Because(err)
	}
	spec, ok := parsed.(*cron.SpecSchedule)
	if !ok || len(spec.DomConstraints)+len(spec.DowConstraints) > 0 {
		return Times{}, fault.In("cron", "This is no plain timetable; write five fields, such as 0 9 * * 1-5.")
	}
	fields := strings.Fields(text)
	star := func(i int) bool { return strings.HasPrefix(fields[i], "*") || fields[i] == "?" }
	out := Times{minute: spec.Minute, hour: spec.Hour, dom: spec.Dom, month: spec.Month, dow: spec.Dow,
		anyHour: star(1), anyDom: star(2), anyDow: star(4), zone: zone}
	if out.Next(time.Date(2028, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() { // a leap year, so that 29 February counts
		return Times{}, fault.In("cron", "There is no such day in any year; look at the day and the month.")
	}
	return out, nil
}

// LoadZone returns the zone of an IANA name.
func LoadZone(name string) (*time.Location, error) {
	if name == "" || name == "Local" || len(name) > 64 {
		return nil, fault.New(fault.Invalid, "Enter a time zone, such as Europe/Berlin or UTC.")
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, fault.New(fault.Invalid, "%q is no time zone; write it like Europe/Berlin, America/New_York or UTC.", name).Because(err)
	}
	return zone, nil
}

// searchDays is how far ahead a next time is looked for: 29 February on a Monday comes within 40 years.
const searchDays = 41 * 366

// Next returns the first time after t, or the zero time when there is none.
func (s Times) Next(t time.Time) time.Time {
	for day := range s.days(t, searchDays) {
		for _, at := range s.on(day) {
			if at.After(t) {
				return at
			}
		}
	}
	return time.Time{}
}

// NextN returns the next n times after t.
func (s Times) NextN(t time.Time, n int) (out []time.Time) {
	for len(out) < n {
		if t = s.Next(t); t.IsZero() {
			break
		}
		out = append(out, t)
	}
	return out
}

// Between returns the times after one and up to another, at most the newest `most`, and how many there were.
func (s Times) Between(after, upTo time.Time, most int) (newest []time.Time, count int) {
	for day := range s.days(after, int(upTo.Sub(after)/(24*time.Hour))+3) {
		for _, at := range s.on(day) {
			if !at.After(after) || at.After(upTo) {
				continue
			}
			count++
			if newest = append(newest, at); len(newest) > most {
				newest = newest[1:]
			}
		}
	}
	return newest, count
}

// days yields the calendar days from the one before t on, as midnights in UTC: only their dates are used.
func (s Times) days(t time.Time, n int) func(yield func(time.Time) bool) {
	y, m, d := t.In(s.zone).Date()
	return func(yield func(time.Time) bool) {
		for i := range n {
			if !yield(time.Date(y, m, d-1+i, 0, 0, 0, 0, time.UTC)) {
				return
			}
		}
	}
}

// on returns the times of one calendar day, in order.
func (s Times) on(day time.Time) (out []time.Time) {
	if !s.fits(day) {
		return nil
	}
	for h := range 24 {
		if s.hour&(1<<h) == 0 {
			continue
		}
		for m := range 60 {
			if s.minute&(1<<m) != 0 {
				out = s.at(out, day, h, m)
			}
		}
	}
	slices.SortFunc(out, time.Time.Compare)
	return slices.CompactFunc(out, time.Time.Equal)
}

// fits tells whether the day is one of the schedule's. As in crontab(5), where both the day of the month and the
// day of the week are restricted, either is enough.
func (s Times) fits(day time.Time) bool {
	if s.month&(1<<day.Month()) == 0 {
		return false
	}
	dom, dow := s.dom&(1<<day.Day()) != 0, s.dow&(1<<day.Weekday()) != 0
	if s.anyDom || s.anyDow {
		return dom && dow
	}
	return dom || dow
}

// at adds the moments at which the clocks of the zone show a time of a day. When clocks go forward over it, a time
// at a set hour is kept at the moment of the change, and one of every hour is left out; when they go back over
// it, a time at a set hour comes once, at the first, and one of every hour twice.
func (s Times) at(out []time.Time, day time.Time, h, m int) []time.Time {
	first, second, gap := wall(day, h, m, s.zone)
	switch {
	case !gap && s.anyHour && !second.IsZero():
		return append(out, first, second)
	case gap && s.anyHour:
		return out
	}
	return append(out, first)
}

// wall returns the moments at which clocks show h:m on a day: two where they are put back over it. Where they
// are put forward over it, gap is true and first is the moment of the change.
func wall(day time.Time, h, m int, zone *time.Location) (first, second time.Time, gap bool) {
	t := time.Date(day.Year(), day.Month(), day.Day(), h, m, 0, 0, zone)
	begin, end := t.ZoneBounds()
	if t.Hour() != h%24 || t.Minute() != m {
		want := time.Date(day.Year(), day.Month(), day.Day(), h, m, 0, 0, time.UTC)
		shown := time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), 0, 0, time.UTC)
		if shown.After(want) {
			return begin.In(zone), time.Time{}, true
		}
		return end.In(zone), time.Time{}, true
	}
	_, offset := t.Zone()
	if !end.IsZero() {
		_, next := end.Zone()
		if again := t.Add(time.Duration(offset-next) * time.Second); next < offset && !again.Before(end) {
			return t, again, false
		}
	}
	if !begin.IsZero() {
		_, last := begin.Add(-time.Second).Zone()
		if before := t.Add(-time.Duration(last-offset) * time.Second); last > offset && before.Before(begin) {
			return before, t, false
		}
	}
	return t, time.Time{}, false
}

// Due says what to start at a moment, when the schedule was to be looked at by `due` and nothing of it was taken up
// since: the times to start a run for, oldest first, how many are passed over, and the next time.
func (t Timetable) Due(s Times, due, now time.Time) (start []time.Time, skipped int, next time.Time) {
	next = s.Next(now)
	if due.After(now) {
		return nil, 0, due
	}
	most := 1
	if t.CatchUp == CatchAll {
		most = max(1, min(t.Most, MostCaughtUp))
	}
	newest, count := s.Between(due.Add(-time.Second), now, most)
	if count == 0 { // the timetable was edited, and this is no time of it any more
		return nil, 0, next
	}
	if t.CatchUp != CatchOnce && t.CatchUp != CatchAll && newest[len(newest)-1].Before(now.Add(-Grace)) {
		newest = nil
	}
	return newest, count - len(newest), next
}

// Plain is a timetable as a person fills it in.
type Plain struct {
	Mode    string // daily, weekdays, weekly, monthly, hourly or cron
	At      string // 09:00
	Weekday string // 0 to 6, Sunday first
	Day     string // 1 to 28, of the month
	Minute  string // of the hour
	Cron    string
}

// Cron returns the five fields for a plain timetable. The error is a fault about one of the form's fields.
func (p Plain) Text() (string, error) {
	if p.Mode == "cron" {
		return strings.Join(strings.Fields(p.Cron), " "), nil
	}
	if p.Mode == "hourly" {
		m, err := strconv.Atoi(p.Minute)
		if err != nil || m < 0 || m > 59 {
			return "", fault.In("minute", "Enter a minute of the hour from 0 to 59.")
		}
		return fmt.Sprintf("%d * * * *", m), nil
	}
	at, err := time.Parse("15:04", p.At)
	if err != nil {
		return "", fault.In("at", "Enter a time like 09:00.")
	}
	clock := fmt.Sprintf("%d %d", at.Minute(), at.Hour())
	switch p.Mode {
	case "daily":
		return clock + " * * *", nil
	case "weekdays":
		return clock + " * * 1-5", nil
	case "weekly":
		if d, err := strconv.Atoi(p.Weekday); err != nil || d < 0 || d > 6 {
			return "", fault.In("weekday", "Choose a day of the week.")
		}
		return clock + " * * " + p.Weekday, nil
	case "monthly":
		d, err := strconv.Atoi(p.Day)
		if err != nil || d < 1 || d > 31 {
			return "", fault.In("day", "Enter a day of the month from 1 to 31; months without it are left out.")
		}
		return fmt.Sprintf("%s %d * *", clock, d), nil
	}
	return "", fault.In("mode", "Choose how often it runs.")
}

// PlainOf returns a cron text as a person would fill it in, in the mode cron where there is no plainer way.
func PlainOf(text string) Plain {
	p := Plain{Mode: "cron", At: "09:00", Weekday: "1", Day: "1", Minute: "0", Cron: text}
	f := strings.Fields(text)
	if len(f) != 5 || f[3] != "*" {
		return p
	}
	m, errM := strconv.Atoi(f[0])
	h, errH := strconv.Atoi(f[1])
	_, errDay := strconv.Atoi(f[2])
	_, errDow := strconv.Atoi(f[4])
	switch {
	case errM != nil:
		return p
	case f[1] == "*" && f[2] == "*" && f[4] == "*":
		p.Mode, p.Minute = "hourly", f[0]
		return p
	case errH != nil:
		return p
	}
	mode := ""
	switch {
	case f[2] == "*" && f[4] == "*":
		mode = "daily"
	case f[2] == "*" && f[4] == "1-5":
		mode = "weekdays"
	case f[2] == "*" && errDow == nil:
		mode, p.Weekday = "weekly", f[4]
	case errDay == nil && f[4] == "*":
		mode, p.Day = "monthly", f[2]
	default:
		return p
	}
	p.Mode, p.At = mode, fmt.Sprintf("%02d:%02d", h, m)
	return p
}

var weekdays = []string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"}

// Words says when the timetable is due, in one line.
func (t Timetable) Words() string {
	p := PlainOf(t.Cron)
	zone := " (" + t.Zone + ")"
	switch p.Mode {
	case "daily":
		return "Every day at " + p.At + zone
	case "weekdays":
		return "Monday to Friday at " + p.At + zone
	case "weekly":
		if d, err := strconv.Atoi(p.Weekday); err == nil && d >= 0 && d <= 7 {
			return "Every " + weekdays[d%7] + " at " + p.At + zone
		}
	case "monthly":
		return "On day " + p.Day + " of every month at " + p.At + zone
	case "hourly":
		return "Every hour at minute " + p.Minute + zone
	}
	return "By " + t.Cron + zone
}

// Zones are suggested while a zone is typed; any name of the IANA database is taken.
var Zones = []string{"UTC", "Africa/Cairo", "Africa/Johannesburg", "Africa/Lagos", "Africa/Nairobi", "America/Argentina/Buenos_Aires",
	"America/Bogota", "America/Chicago", "America/Denver", "America/Halifax", "America/Los_Angeles", "America/Mexico_City", "America/New_York",
	"America/Phoenix", "America/Santiago", "America/Sao_Paulo", "America/Toronto", "America/Vancouver", "Asia/Dubai", "Asia/Ho_Chi_Minh",
	"Asia/Hong_Kong", "Asia/Jakarta", "Asia/Jerusalem", "Asia/Karachi", "Asia/Kolkata", "Asia/Kuala_Lumpur", "Asia/Manila", "Asia/Riyadh",
	"Asia/Seoul", "Asia/Shanghai", "Asia/Singapore", "Asia/Taipei", "Asia/Tokyo", "Atlantic/Reykjavik", "Australia/Adelaide",
	"Australia/Brisbane", "Australia/Melbourne", "Australia/Perth", "Australia/Sydney", "Europe/Amsterdam", "Europe/Athens",
	"Europe/Berlin", "Europe/Brussels", "Europe/Bucharest", "Europe/Copenhagen", "Europe/Dublin", "Europe/Helsinki", "Europe/Istanbul",
	"Europe/Kyiv", "Europe/Lisbon", "Europe/London", "Europe/Madrid", "Europe/Oslo", "Europe/Paris", "Europe/Prague", "Europe/Rome",
	"Europe/Stockholm", "Europe/Vienna", "Europe/Warsaw", "Europe/Zurich", "Pacific/Auckland", "Pacific/Honolulu"}
