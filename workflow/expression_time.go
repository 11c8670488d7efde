package workflow

import (
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // zones are told the same everywhere, whatever the machine has
)

// timeFunctions work on days such as 2026-03-31 and moments such as 2026-03-31T09:30:00Z.
func timeFunctions() []Function {
	const group = "Dates and times"
	return []Function{
		{Name: "today", Takes: "[zone]", Group: group, Example: `today("Europe/Paris")`, Help: "The day of the run, in UTC or a zone.", least: 0, most: 1, gives: givesDate, call: todayIn},
		{Name: "now", Takes: "", Group: group, Example: "now()", Help: "The moment of the run, in UTC.", least: 0, most: 0, gives: givesText, call: func(e *evaluation, _ []any) (any, error) { return e.Now.UTC().Format(time.RFC3339), nil }},
		{Name: "add_days", Takes: "day, days", Group: group, Example: "add_days(inputs.last_day, 30)", Help: "The day so many days later, or earlier with a minus.", least: 2, most: 2, gives: givesDate, call: pure(addDays)},
		{Name: "add_months", Takes: "day, months", Group: group, Example: "add_months(inputs.last_day, -1)", Help: "The same day so many months later; the last one of a month that is shorter.", least: 2, most: 2, gives: givesDate, call: pure(addMonths)},
		{Name: "add_hours", Takes: "moment, hours", Group: group, Example: "add_hours(steps.find.output.created, 8)", Help: "The moment so many hours later.", least: 2, most: 2, gives: givesText, call: pure(addHours)},
		{Name: "days_between", Takes: "day, later day", Group: group, Example: "days_between(steps.find.output.created, inputs.last_day)", Help: "How many days lie between two days; less than 0 when the second is earlier.", least: 2, most: 2, gives: givesNumber, call: pure(daysBetween)},
		{Name: "before", Takes: "day or moment, other", Group: group, Example: `before(steps.find.output.created, inputs.last_day)`, Help: "Whether the first is earlier than the second.", least: 2, most: 2, call: pure(isBefore)},
		{Name: "format_date", Takes: "day or moment, pattern, [zone]", Group: group, Example: `format_date(steps.find.output.created, "ddd D MMMM YYYY, HH:mm", "America/New_York")`, Help: "In words. The pattern is made of YYYY, MMMM, MMM, MM, M, DD, D, dddd, ddd, HH, H, hh, h, mm, ss, A and Z; other words stand in [brackets].", least: 2, most: 3, gives: givesText, call: pure(formatDate)},
		{Name: "in_zone", Takes: "moment, zone", Group: group, Example: `in_zone(steps.find.output.created, "Europe/Paris")`, Help: "The same moment as clocks show it in a zone.", least: 2, most: 2, gives: givesText, call: pure(inZone)},
		{Name: "start_of_day", Takes: "day or moment, [zone]", Group: group, Example: `start_of_day(inputs.last_day, "Europe/Paris")`, Help: "The moment at which a day begins, in UTC or a zone.", least: 1, most: 2, gives: givesText, call: pure(startOfDay)},
	}
}

// moment reads a day or a moment and keeps the zone it was written in.
func moment(v any) (time.Time, error) {
	s := strings.TrimSpace(text(v))
	for _, layout := range momentLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("“%s” is not a day such as 2026-03-31 or a moment such as 2026-03-31T09:30:00Z", shorten(s, 60))
}

// day reads the day of a value, as it is written.
func day(v any) (time.Time, error) {
	s, _, _ := strings.Cut(strings.TrimSpace(text(v)), "T")
	s, _, _ = strings.Cut(s, " ")
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return time.Time{}, fmt.Errorf("“%s” is not a date like 2026-03-31", shorten(text(v), 60))
	}
	return t, nil
}

// zone reads the last of the values as a time zone, when it is there.
func zone(args []any, at int) (*time.Location, error) {
	if len(args) <= at {
		return time.UTC, nil
	}
	name := text(args[at])
	location, err := time.LoadLocation(name)
	if err != nil || name == "Local" || name == "" {
		return nil, fmt.Errorf("“%s” is not a time zone; write one such as Europe/Paris or America/New_York", shorten(name, 60))
	}
	return location, nil
}

// written is a day as it is stored; nobody plans for years that a date field can't hold.
func written(t time.Time, layout string) (any, error) {
	if y := t.Year(); y < 1 || y > 9999 {
		return nil, fmt.Errorf("the year %d is too far away", y)
	}
	return t.Format(layout), nil
}

func todayIn(e *evaluation, args []any) (any, error) {
	location, err := zone(args, 0)
	if err != nil {
		return nil, err
	}
	return e.Now.In(location).Format(time.DateOnly), nil
}

func addDays(args []any) (any, error) {
	t, err := day(args[0])
	if err != nil {
		return nil, err
	}
	n, err := whole(args[1], -36_500, 36_500, "days")
	if err != nil {
		return nil, err
	}
	return written(t.AddDate(0, 0, n), time.DateOnly)
}

func addMonths(args []any) (any, error) {
	t, err := day(args[0])
	if err != nil {
		return nil, err
	}
	n, err := whole(args[1], -1_200, 1_200, "months")
	if err != nil {
		return nil, err
	}
	begin := time.Date(t.Year(), t.Month()+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	end := begin.AddDate(0, 1, -1)
	return written(begin.AddDate(0, 0, min(t.Day(), end.Day())-1), time.DateOnly)
}

func addHours(args []any) (any, error) {
	t, err := moment(args[0])
	if err != nil {
		return nil, err
	}
	n, err := whole(args[1], -876_000, 876_000, "hours")
	if err != nil {
		return nil, err
	}
	return written(t.Add(time.Duration(n)*time.Hour), time.RFC3339)
}

func daysBetween(args []any) (any, error) {
	a, err := day(args[0])
	if err != nil {
		return nil, err
	}
	b, err := day(args[1])
	if err != nil {
		return nil, err
	}
	return int((b.Unix() - a.Unix()) / (24 * 3600)), nil
}

func isBefore(args []any) (any, error) {
	a, err := moment(args[0])
	if err != nil {
		return nil, err
	}
	b, err := moment(args[1])
	if err != nil {
		return nil, err
	}
	return a.Before(b), nil
}

func inZone(args []any) (any, error) {
	t, err := moment(args[0])
	if err != nil {
		return nil, err
	}
	location, err := zone(args, 1)
	if err != nil {
		return nil, err
	}
	return written(t.In(location), time.RFC3339)
}

func startOfDay(args []any) (any, error) {
	location, err := zone(args, 1)
	if err != nil {
		return nil, err
	}
	t, err := day(args[0])
	if strings.ContainsAny(strings.TrimSpace(text(args[0])), "T ") { // a moment: which day it is depends on the zone
		if t, err = moment(args[0]); err == nil {
			t = t.In(location)
		}
	}
	if err != nil {
		return nil, err
	}
	return written(time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, location).UTC(), time.RFC3339)
}

// datePatterns are the parts of a pattern, the longer before those that begin alike.
var datePatterns = []struct{ part, layout string }{
	{"YYYY", "2006"}, {"YY", "06"}, {"MMMM", "January"}, {"MMM", "Jan"}, {"MM", "01"}, {"M", "1"}, {"DD", "02"}, {"D", "2"},
	{"dddd", "Monday"}, {"ddd", "Mon"}, {"HH", "15"}, {"H", "15"}, {"hh", "03"}, {"h", "3"}, {"mm", "04"}, {"ss", "05"}, {"A", "PM"}, {"Z", "MST"},
}

func formatDate(args []any) (any, error) {
	t, err := moment(args[0])
	if err != nil {
		return nil, err
	}
	if len(args) > 2 {
		location, err := zone(args, 2)
		if err != nil {
			return nil, err
		}
		t = t.In(location)
	}
	return patterned(t, text(args[1]))
}

// patterned writes a moment by a pattern, part by part, so that nothing else in it can be taken for one.
func patterned(t time.Time, pattern string) (string, error) {
	if len(pattern) > 200 {
		return "", fmt.Errorf("the pattern of a date has at most 200 characters")
	}
	var b strings.Builder
next:
	for rest := pattern; rest != ""; {
		if words, ok := strings.CutPrefix(rest, "["); ok {
			if inside, after, ok := strings.Cut(words, "]"); ok {
				b.WriteString(inside)
				rest = after
				continue
			}
		}
		for _, p := range datePatterns {
			if after, ok := strings.CutPrefix(rest, p.part); ok {
				out := t.Format(p.layout)
				if p.part == "H" {
					out = strings.TrimPrefix(out, "0")
					if out == "" {
						out = "0"
					}
				}
				b.WriteString(out)
				rest = after
				continue next
			}
		}
		if c := rest[0]; c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' {
			return "", fmt.Errorf("“%s” is no part of a date; use YYYY, MMMM, MMM, MM, DD, D, dddd, HH, mm and so on, and put words in [brackets]", shorten(rest, 20))
		}
		b.WriteByte(rest[0])
		rest = rest[1:]
	}
	return b.String(), nil
}
