package trigger

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"caracal/fault"
)

// Guards are the guard rails of a trigger. Zero fields hold nothing back.
type Guards struct {
	PerHour    int        `json:"per_hour,omitempty"`    // runs that may begin in any hour
	Refuse     bool       `json:"refuse,omitempty"`      // what is more is refused, and does not wait for its turn
	Blackouts  []Blackout `json:"blackouts,omitempty"`   // when no run begins
	Zone       string     `json:"zone,omitempty"`        // of the blackouts
	Skip       bool       `json:"skip,omitempty"`        // what falls into a blackout is refused, and does not wait for its end
	MaxChanges int        `json:"max_changes,omitempty"` // objects that one run may change
}

// Paces reports whether the guards say when each row of a CSV may begin.
func (g Guards) Paces() bool { return g.PerHour > 0 || len(g.Blackouts) > 0 }

// Pace says how many rows of a CSV may begin now. begun are those of the last hour, and first is when the first of these
// began. Where none may, until is when some may again, and why says so in a sentence.
func (g Guards) Pace(now time.Time, begun int, first time.Time) (most int, until time.Time, why string) {
	if at, ok := g.after(now); at.After(now) {
		if !ok {
			return 0, at, "The blackout windows of its trigger never end; a builder has to change them."
		}
		return 0, at, "No row begins in the blackout window of its trigger, which ends on " + g.say(at) + "."
	}
	if g.PerHour == 0 {
		return maxRowsNow, now, ""
	}
	if left := g.PerHour - begun; left > 0 {
		return left, now, ""
	}
	if until = first.Add(time.Hour); first.IsZero() || !until.After(now) {
		until = now.Add(time.Minute) // all of them are about to begin
	}
	return 0, until, fmt.Sprintf("Its trigger lets %s begin in an hour, and they have; the next begin on %s.", rowsWord(g.PerHour), g.say(until))
}

// maxRowsNow is more than any file has.
const maxRowsNow = 1 << 30

func rowsWord(n int) string {
	if n == 1 {
		return "1 row"
	}
	return strconv.Itoa(n) + " rows"
}

// The bounds of what may be set.
const (
	MaxPerHour   = 10_000
	MaxObjects   = 1_000_000
	maxBlackouts = 20
	// LongestWait is how far ahead a run may be put off; what would have to wait longer is refused.
	LongestWait = 7 * 24 * time.Hour
)

// Blackout is a span of hours on days of the week, in which no run begins. It belongs to the day it begins on and may
// reach into the next.
type Blackout struct {
	Days []time.Weekday `json:"days"`
	From int            `json:"from"` // minutes after midnight
	To   int            `json:"to"`   // the same; up to From it is on the next day
}

var dayNames = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// ParseBlackouts reads one window from each line: days, then hours, such as "mon-fri 08:00-18:00" or
// "sat, sun 00:00-24:00". The error is a fault about the field "blackouts".
func ParseBlackouts(text string) (out []Blackout, err error) {
	n := 0
	for line := range strings.SplitSeq(text, "\n") {
		n++
		line = strings.ToLower(strings.TrimSpace(line))
		if line == "" {
			continue
		}
		b, problem := parseBlackout(line)
		if problem != "" {
			return nil, fault.In("blackouts", "Line %d: %s Write a window like mon-fri 08:00-18:00.", n, problem)
		}
		if out = append(out, b); len(out) > maxBlackouts {
			return nil, fault.In("blackouts", "There are more than %d windows; put some together.", maxBlackouts)
		}
	}
	return out, nil
}

func parseBlackout(line string) (b Blackout, problem string) {
	i := strings.IndexAny(line, "0123456789")
	if i <= 0 {
		return b, "it names no days or no hours."
	}
	days, hours := strings.TrimSpace(line[:i]), strings.ReplaceAll(strings.ReplaceAll(line[i:], "–", "-"), " ", "")
	from, to, ok := strings.Cut(hours, "-")
	if !ok {
		return b, "the hours have no end."
	}
	if b.From, ok = minutes(from); !ok || b.From == 24*60 {
		return b, fmt.Sprintf("%q is no time of the day.", from)
	}
	if b.To, ok = minutes(to); !ok {
		return b, fmt.Sprintf("%q is no time of the day.", to)
	}
	if b.Days, problem = parseDays(days); problem != "" {
		return b, problem
	}
	return b, ""
}

func parseDays(text string) (days []time.Weekday, problem string) {
	if text == "daily" || text == "every day" {
		text = "mon-sun"
	}
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == ' ' }) {
		first, last, span := strings.Cut(strings.ReplaceAll(part, "–", "-"), "-")
		from := slices.Index(dayNames, first)
		to := from
		if span {
			to = slices.Index(dayNames, last)
		}
		if from < 0 || to < 0 {
			return nil, fmt.Sprintf("%q is no day; days are %s.", part, strings.Join(dayNames, ", "))
		}
		for d := from; ; d = (d + 1) % 7 {
			if !slices.Contains(days, time.Weekday(d)) {
				days = append(days, time.Weekday(d))
			}
			if d == to {
				break
			}
		}
	}
	if len(days) == 0 {
		return nil, "it names no days."
	}
	slices.Sort(days)
	return days, ""
}

func minutes(s string) (int, bool) {
	h, m, ok := strings.Cut(s, ":")
	if !ok || len(h) > 2 || len(m) != 2 {
		return 0, false
	}
	hh, err := strconv.ParseUint(h, 10, 8)
	mm, err2 := strconv.ParseUint(m, 10, 8)
	if err != nil || err2 != nil || mm > 59 || hh > 24 || hh == 24 && mm > 0 {
		return 0, false
	}
	return int(hh)*60 + int(mm), true
}

// String returns the window as ParseBlackouts reads it.
func (b Blackout) String() string {
	week := make([]time.Weekday, 0, 7) // from Monday, as people write it
	for d := range time.Weekday(7) {
		if day := (d + time.Monday) % 7; slices.Contains(b.Days, day) {
			week = append(week, day)
		}
	}
	var parts []string
	for len(week) > 0 {
		n := 1
		for n < len(week) && week[n] == (week[0]+time.Weekday(n))%7 {
			n++
		}
		if n < 3 {
			n = 1
		}
		part := dayNames[week[0]]
		if n > 1 {
			part += "-" + dayNames[week[n-1]]
		}
		parts, week = append(parts, part), week[n:]
	}
	list := strings.Join(parts, ", ")
	if list == "mon-sun" {
		list = "daily"
	}
	return fmt.Sprintf("%s %02d:%02d-%02d:%02d", list, b.From/60, b.From%60, b.To/60, b.To%60)
}

// WriteBlackouts returns windows as ParseBlackouts reads them.
func WriteBlackouts(list []Blackout) string {
	var lines []string
	for _, b := range list {
		lines = append(lines, b.String())
	}
	return strings.Join(lines, "\n")
}

// end returns when the window that holds t ends, or false when it does not hold t.
func (b Blackout) end(t time.Time, zone *time.Location) (time.Time, bool) {
	y, m, d := t.In(zone).Date()
	for back := range 2 { // a window of yesterday may reach into today
		day := time.Date(y, m, d-back, 0, 0, 0, 0, time.UTC)
		if !slices.Contains(b.Days, day.Weekday()) {
			continue
		}
		last := day
		if b.To <= b.From {
			last = day.AddDate(0, 0, 1)
		}
		to := b.To
		if to == 24*60 {
			last, to = last.AddDate(0, 0, 1), 0
		}
		begin, _, _ := wall(day, b.From/60, b.From%60, zone)
		end, again, _ := wall(last, to/60, to%60, zone)
		if !again.IsZero() { // clocks are put back over the end: the window lasts until they show it again
			end = again
		}
		if !t.Before(begin) && t.Before(end) {
			return end, true
		}
	}
	return time.Time{}, false
}

// Check says what is wrong with the guards, as a fault about one of the form's fields, or nil.
func (g Guards) Check() error {
	switch {
	case g.PerHour < 0 || g.PerHour > MaxPerHour:
		return fault.In("per_hour", "Enter how many runs an hour, from 1 to %d, or leave it empty for no limit.", MaxPerHour)
	case g.MaxChanges < 0 || g.MaxChanges > MaxObjects:
		return fault.In("max_changes", "Enter how many objects, from 1 to %d, or leave it empty for no limit.", MaxObjects)
	case len(g.Blackouts) > 0:
		if _, err := LoadZone(g.Zone); err != nil {
			return fault.In("guard_zone", "%s", fault.Message(err))
		}
		if _, ok := g.after(time.Date(2028, 1, 2, 0, 0, 0, 0, time.UTC)); !ok {
			return fault.In("blackouts", "These windows leave no time in the week at which a run could begin.")
		}
	}
	return nil
}

// after returns t, or the end of the windows that hold it; false when they never end.
func (g Guards) after(t time.Time) (time.Time, bool) {
	if len(g.Blackouts) == 0 {
		return t, true
	}
	zone, err := LoadZone(g.Zone)
	if err != nil {
		return t, true // Check refuses it before it is stored
	}
	until := t.Add(LongestWait + 24*time.Hour)
	for moved := true; moved; {
		moved = false
		for _, b := range g.Blackouts {
			if end, within := b.end(t, zone); within {
				t, moved = end, true
			}
		}
		if t.After(until) {
			return t, false
		}
	}
	return t, true
}

// The codes of what guard rails refuse.
const (
	CodePaused   = "paused"
	CodePerHour  = "runs_per_hour"
	CodeBlackout = "blackout"
)

// Place says when a run that is asked for now may begin, and why not at once. begun are the times at which the runs of
// the trigger began, or will, from an hour ago on, in order. The error is a fault with one of the codes above: the run
// is refused.
func (g Guards) Place(now time.Time, begun []time.Time) (at time.Time, why string, err error) {
	at, ok := g.after(now)
	if at.After(now) {
		if g.Skip {
			return at, "", refusal(CodeBlackout, at, "No run of this trigger begins in its blackout window, which ends on %s.", g.say(at))
		}
		why = "It begins once the trigger's blackout window ends."
	}
	if g.PerHour > 0 && len(begun) > 0 {
		turn := at
		if last := begun[len(begun)-1]; last.After(turn) {
			turn = last // those who wait are not overtaken
		}
		if n := len(begun) - g.PerHour; n >= 0 && begun[n].Add(time.Hour).After(turn) {
			turn = begun[n].Add(time.Hour)
		}
		if turn.After(at) {
			if g.Refuse {
				return turn, "", refusal(CodePerHour, turn, "This trigger may start %s an hour, and has; the next one may begin on %s.", runs(g.PerHour), g.say(turn))
			}
			at, ok = g.after(turn)
			why = fmt.Sprintf("Its trigger may start %s an hour, and has; it waits for its turn.", runs(g.PerHour))
		}
	}
	if !ok || at.Sub(now) > LongestWait {
		return at, "", refusal(CodePerHour, at, "So many runs of this trigger wait already that this one would begin after more than a week.")
	}
	return at, why, nil
}

func runs(n int) string {
	if n == 1 {
		return "1 run"
	}
	return strconv.Itoa(n) + " runs"
}

func (g Guards) say(t time.Time) string {
	if zone, err := LoadZone(g.Zone); err == nil {
		return t.In(zone).Format("2 January 2006, 15:04 MST")
	}
	return t.UTC().Format("2 January 2006, 15:04 MST")
}

func refusal(code string, retry time.Time, format string, args ...any) error {
	e := fault.New(fault.Busy, format, args...)
	e.Code, e.RetryAt = code, retry
	return e
}

// Words says what the guards hold back, each in a few words.
func (g Guards) Words() (out []string) {
	if g.PerHour > 0 {
		what := "the rest waits"
		if g.Refuse {
			what = "the rest is refused"
		}
		out = append(out, "at most "+runs(g.PerHour)+" an hour, "+what)
	}
	if len(g.Blackouts) > 0 {
		out = append(out, "none in "+strings.ReplaceAll(WriteBlackouts(g.Blackouts), "\n", "; ")+" ("+g.Zone+")")
	}
	if g.MaxChanges > 0 {
		noun := "objects"
		if g.MaxChanges == 1 {
			noun = "object"
		}
		out = append(out, fmt.Sprintf("at most %d %s changed by a run", g.MaxChanges, noun))
	}
	return out
}
