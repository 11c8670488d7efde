package health

import (
	"context"
	"fmt"
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

// Changed says what a run of checks found other than the one before it, which is the zero run when there was none:
// then everything is taken to have been well. ok is false when nothing is other. What is neutral in either says
// nothing.
func Changed(name string, before, after org.CheckRun) (n org.Notice, ok bool) {
	n = org.Notice{ApplicationID: after.ApplicationID, Key: "check:" + after.ID, At: after.EndedAt, Verdict: after.Verdict()}
	if !telling(after) {
		return n, false
	}
	if after.Error != "" {
		n.Title, n.Detail = name+" can't be checked any more", after.Error
		return n, before.Error == ""
	}
	var lines []string
	worse := false
	if before.Error != "" {
		lines = append(lines, "Okta gives tokens again.")
	}
	was := map[org.Scope]org.Verdict{}
	for _, c := range before.Checks {
		was[c.Scope] = c.Verdict
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
		lines = append(lines, fmt.Sprintf("%s: %s, before %s. %s", c.Scope, c.Verdict, old, c.Summary))
	}
	n.Title, n.Detail = name+" is better than before", strings.Join(lines, "\n")
	if worse {
		n.Title = name + " is worse than before"
	} else if n.Verdict == org.Pass {
		n.Title = name + " is healthy again"
	}
	return n, len(lines) > 0
}

func neutral(v org.Verdict) bool { return v == org.Unprovable || v == org.Skipped }

// Old says that the credential of an application is older than it should be: once when it becomes so, and again each
// time that its age has grown by as much.
func Old(app org.Application, maxAge int, now time.Time) (n org.Notice, ok bool) {
	if maxAge <= 0 {
		maxAge = org.DefaultMaxAge
	}
	if app.CredentialSet.IsZero() || app.Status != org.Active {
		return n, false
	}
	days := int(now.Sub(app.CredentialSet) / (24 * time.Hour))
	what := "client secret"
	if app.Method == org.CustomApp {
		what = "private key"
	}
	return org.Notice{ApplicationID: app.ID, Key: fmt.Sprintf("age:%d:%d:%d", app.CredentialSet.Unix(), maxAge, days/maxAge), At: now, Verdict: org.Warn,
		Title:  fmt.Sprintf("The %s of %s is %d days old", what, app.Name, days),
		Detail: fmt.Sprintf("It should be no older than %d days. Rotate it under Settings; the one in use stays until the new one has worked.", maxAge)}, days >= maxAge
}

// notices are what a run of checks that ended gives to tell.
func (s *Service) notices(ctx context.Context, app org.Application, run org.CheckRun) (out []org.Notice) {
	if s.Past == nil || !telling(run) {
		return nil
	}
	past, err := s.Past(ctx, app.ID, 20)
	if err != nil {
		s.Log.Error("could not read the health checks before this one", "org", app.ID, "err", err)
		return nil
	}
	var before org.CheckRun
	for _, p := range past {
		if p.ID != run.ID && telling(p) {
			before = p
			break
		}
	}
	if n, ok := Changed(app.Name, before, run); ok {
		out = append(out, n)
	}
	maxAge := 0
	if s.Watch != nil {
		if w, err := s.Watch(ctx, app.ID); err == nil {
			maxAge = w.MaxAge
		}
	}
	if n, ok := Old(app, maxAge, s.Clock()); ok {
		out = append(out, n)
	}
	return out
}

// Tick begins the checks whose time has come. Of several nodes that look, one takes each time up.
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
