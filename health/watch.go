package health

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"caracal/fault"
	"caracal/org"
	"caracal/trigger"
)

// interrupted are the errors of runs that say nothing of the connection.
const (
	interruptedEnd = "Caracal was stopped during this check; run it again."
	stoppedEarly   = "The check was stopped before it ended; run it again."
)

// telling reports whether a run says something of the connection.
func telling(run org.CheckRun) bool {
	return !run.EndedAt.IsZero() && run.Error != interruptedEnd && run.Error != stoppedEarly
}

// NextCheck returns when a watch checks after a time, zero when never. The error is a fault about the field "at" or
// "zone".
func NextCheck(w org.Watch, after time.Time) (time.Time, error) {
	switch w.Every {
	case "":
		return time.Time{}, nil
	case org.Hourly:
		return after.Add(time.Hour), nil
	case org.Daily:
		at, err := time.Parse("15:04", w.At)
		if err != nil {
			return time.Time{}, fault.In("at", "Write the time of day like 08:30.")
		}
		times, err := trigger.Timetable{Cron: strconv.Itoa(at.Minute()) + " " + strconv.Itoa(at.Hour()) + " * * *", Zone: w.Zone}.Parse()
		if err != nil {
			return time.Time{}, err
		}
		return times.Next(after), nil
	}
	return time.Time{}, fault.In("every", "Choose how often to check.")
}

// Changed says what a run of checks found other than those before it, which are newest first and each say something;
// without any, everything is taken to have been well. ok is false when nothing is other. What is neutral says nothing.
func Changed(name string, past []org.CheckRun, after org.CheckRun) (n org.Notice, ok bool) {
	n = org.Notice{ApplicationID: after.ApplicationID, Key: "check:" + after.ID, At: after.EndedAt, Verdict: after.Verdict()}
	since, refused := refusedSince(past)
	failed := len(past) > 0 && past[0].Error != ""
	switch {
	case !telling(after):
		return n, false
	case after.Refused:
		n.Title, n.Detail = fmt.Sprintf("Okta refuses tokens to %s since %s", name, moment(after.StartedAt)), strings.TrimSpace(after.Error+"\n"+after.Mend)
		return n, !refused
	case after.Error != "":
		n.Title, n.Detail = name+" can't be checked any more", after.Error
		return n, !failed
	}
	var lines []string
	if refused {
		lines = append(lines, fmt.Sprintf("Okta gives tokens again; it refused them since %s.", moment(since)))
	} else if failed {
		lines = append(lines, "It can be checked again.")
	}
	scopes, worse := changedScopes(past, after)
	lines = append(lines, scopes...)
	n.Title, n.Detail = name+" is better than before", strings.Join(lines, "\n")
	if worse {
		n.Title = name + " is worse than before"
	} else if n.Verdict == org.Pass {
		n.Title = name + " is healthy again"
	}
	return n, len(lines) > 0
}

// changedScopes says which scopes are other than in the newest check that came so far.
func changedScopes(past []org.CheckRun, after org.CheckRun) (lines []string, worse bool) {
	was := map[org.Scope]org.Verdict{}
	for _, run := range past {
		if run.Error != "" {
			continue
		}
		for _, c := range run.Checks {
			was[c.Scope] = c.Verdict
		}
		break
	}
	for _, c := range after.Checks {
		old, known := was[c.Scope]
		if !known {
			old = org.Pass
		}
		if old == c.Verdict || neutral(old) || neutral(c.Verdict) {
			continue
		}
		worse = worse || old == org.Pass || c.Verdict == org.Fail
		line := string(c.Scope) + " " + inWords[c.Verdict].now
		if known {
			line += ", and " + inWords[old].before + " before"
		}
		lines = append(lines, line+". "+c.Summary)
	}
	return lines, worse
}

// inWords says of a scope what its verdict is, and was.
var inWords = map[org.Verdict]struct{ now, before string }{
	org.Pass: {"passes", "passed"}, org.Warn: {"gives a warning", "gave a warning"}, org.Fail: {"fails", "failed"},
}

// refusedSince returns when Okta began to refuse tokens, if that is what it last did. An org that could not be reached
// said nothing of it.
func refusedSince(past []org.CheckRun) (since time.Time, refused bool) {
	for _, run := range past {
		switch {
		case run.Refused:
			since, refused = run.StartedAt, true
		case run.Error == "":
			return since, refused
		}
	}
	return since, refused
}

func moment(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04 UTC") }

func neutral(v org.Verdict) bool { return v == org.Unprovable || v == org.Skipped }

// Old says that a key or a secret of an application grows old: once when it comes near, once when it is older than it
// should be, and again each time that its age has grown by as much.
func Old(app org.Application, aged org.Aged, w org.Watch, now time.Time) (n org.Notice, ok bool) {
	if aged.Since.IsZero() || app.Status != org.Active {
		return n, false
	}
	days := int(now.Sub(aged.Since) / (24 * time.Hour))
	n = org.Notice{ApplicationID: app.ID, At: now, Verdict: org.Warn, Title: fmt.Sprintf("The %s of %s is %d days old", aged.What, app.Name, days)}
	switch maxAge := cmp.Or(max(w.MaxAge, 0), org.DefaultMaxAge); {
	case days >= maxAge:
		n.Key = fmt.Sprintf("age:%s%d:%d:%d", aged.ID, aged.Since.Unix(), maxAge, days/maxAge)
		n.Detail = fmt.Sprintf("It should be no older than %d days. %s", maxAge, aged.Mend)
	case w.FirstAge > 0 && days >= w.FirstAge:
		n.Key = fmt.Sprintf("age:%s%d:%d:first", aged.ID, aged.Since.Unix(), w.FirstAge)
		n.Detail = fmt.Sprintf("On %s it will be older than it should be, %d days. %s", aged.Since.AddDate(0, 0, maxAge).UTC().Format("2 January 2006"), maxAge, aged.Mend)
	default:
		return n, false
	}
	return n, true
}

// notices are what a run of checks that ended gives to tell.
func (s *Service) notices(ctx context.Context, app org.Application, run org.CheckRun) (out []org.Notice) {
	if s.Past == nil || !telling(run) {
		return nil
	}
	past, err := s.Past(ctx, app.ID, 50)
	if err != nil {
		s.Log.Error("could not read the health checks before this one", "org", app.ID, "err", err)
		return nil
	}
	past = slices.DeleteFunc(past, func(p org.CheckRun) bool { return p.ID == run.ID || !telling(p) })
	if n, ok := Changed(app.Name, past, run); ok {
		out = append(out, n)
	}
	watch := org.Watch{FirstAge: org.DefaultFirstAge, MaxAge: org.DefaultMaxAge}
	if s.Watch != nil {
		if w, err := s.Watch(ctx, app.ID); err == nil {
			watch = w
		}
	}
	aged := []org.Aged{app.AgedCredential()}
	if s.Aged != nil {
		more, err := s.Aged(ctx, app.ID)
		if err != nil {
			s.Log.Error("could not read how old the secrets are", "org", app.ID, "err", err)
		}
		aged = append(aged, more...)
	}
	for _, a := range aged {
		if n, ok := Old(app, a, watch, s.Clock()); ok {
			out = append(out, n)
		}
	}
	return out
}

// Tick begins the checks whose time has come. Of several nodes that look, one takes each up.
func (s *Service) Tick(ctx context.Context) error {
	now := s.Clock()
	due, err := s.Due(ctx, now)
	if err != nil {
		return err
	}
	for _, w := range due {
		next, err := NextCheck(w, now)
		if err != nil {
			s.Log.Error("a health check's time can't be told", "org", w.ApplicationID, "err", err)
		}
		taken, err := s.Take(ctx, w, next)
		if err != nil {
			return err
		}
		if !taken {
			continue
		}
		if _, err := s.Begin(ctx, w.ApplicationID, "", false); err != nil { // paused, or ended: the next time it is tried again
			s.Log.Info("a health check on its schedule was left out", "org", w.ApplicationID, "why", fault.Message(err))
		}
	}
	return nil
}
