package health

import (
	"strings"
	"testing"
	"time"

	"caracal/fault"
	"caracal/org"
)

func checked(id string, failed string, checks ...org.Check) org.CheckRun {
	return org.CheckRun{ID: id, ApplicationID: "app_1", EndedAt: time.Date(2026, 5, 3, 12, 0, 0, 0, time.UTC), Error: failed, Checks: checks}
}

func TestChanged(t *testing.T) {
	t.Parallel()
	one := func(v org.Verdict) org.Check {
		return org.Check{Scope: "okta.users.read", Verdict: v, Summary: "So it is."}
	}
	for name, c := range map[string]struct {
		before, after org.CheckRun
		title         string // "" is nothing to tell
	}{
		"first and well":          {org.CheckRun{}, checked("b", "", one(org.Pass)), ""},
		"first and bad":           {org.CheckRun{}, checked("b", "", one(org.Fail)), "worse"},
		"the same":                {checked("a", "", one(org.Fail)), checked("b", "", one(org.Fail)), ""},
		"worse":                   {checked("a", "", one(org.Warn)), checked("b", "", one(org.Fail)), "worse"},
		"better":                  {checked("a", "", one(org.Fail)), checked("b", "", one(org.Warn)), "better than before"},
		"healthy again":           {checked("a", "", one(org.Fail)), checked("b", "", one(org.Pass)), "healthy again"},
		"neutral says nothing":    {checked("a", "", one(org.Unprovable)), checked("b", "", one(org.Pass)), ""},
		"no token any more":       {checked("a", "", one(org.Pass)), checked("b", "Okta refused the secret."), "can't be checked"},
		"still no token":          {checked("a", "Okta refused the secret."), checked("b", "Okta refused the secret."), ""},
		"a token again":           {checked("a", "Okta refused the secret."), checked("b", "", one(org.Pass)), "healthy again"},
		"stopped in the middle":   {checked("a", "", one(org.Pass)), checked("b", interruptedEnd), ""},
		"not ended in its time":   {checked("a", "", one(org.Pass)), checked("b", stoppedEarly, one(org.Fail)), ""},
		"a scope that was added":  {checked("a", ""), checked("b", "", one(org.Fail)), "worse"},
		"a scope that went again": {checked("a", "", one(org.Fail)), checked("b", ""), ""},
	} {
		n, ok := Changed("Acme", c.before, c.after)
		if ok != (c.title != "") || ok && (!strings.Contains(n.Title, c.title) || n.Detail == "" || n.Key != "check:b" || n.Verdict != c.after.Verdict()) {
			t.Errorf("%s: %+v, %v", name, n, ok)
		}
	}
}

func TestOld(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 3, 12, 0, 0, 0, time.UTC)
	keys := map[string]bool{}
	for days := range 200 {
		app := org.Application{ID: "app_1", Name: "Acme", Status: org.Active, Method: org.CustomApp, CredentialSet: now}
		n, ok := Old(app, 90, now.AddDate(0, 0, days))
		if ok != (days >= 90) || ok && !strings.Contains(n.Title, "private key") {
			t.Errorf("after %d days: %+v, %v", days, n, ok)
		}
		if ok {
			keys[n.Key] = true
		}
	}
	if len(keys) != 2 {
		t.Errorf("told %d times in 200 days, want after 90 and after 180", len(keys))
	}
	if _, ok := Old(org.Application{Status: org.Disconnected, CredentialSet: now}, 0, now.AddDate(2, 0, 0)); ok {
		t.Error("a wiped credential grows no older")
	}
}

func TestNextCheck(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 3, 12, 30, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		watch org.Watch
		next  time.Time
		field string
	}{
		"never":       {org.Watch{}, time.Time{}, ""},
		"hourly":      {org.Watch{Every: org.Hourly}, now.Add(time.Hour), ""},
		"daily":       {org.Watch{Every: org.Daily, At: "08:30", Zone: "Europe/Amsterdam"}, time.Date(2026, 5, 4, 6, 30, 0, 0, time.UTC), ""},
		"later today": {org.Watch{Every: org.Daily, At: "23:00", Zone: "UTC"}, time.Date(2026, 5, 3, 23, 0, 0, 0, time.UTC), ""},
		"no time":     {org.Watch{Every: org.Daily, At: "half past", Zone: "UTC"}, time.Time{}, "at"},
		"no zone":     {org.Watch{Every: org.Daily, At: "08:30", Zone: "Mars"}, time.Time{}, "zone"},
		"no such":     {org.Watch{Every: "yearly"}, time.Time{}, "every"},
	} {
		next, err := NextCheck(c.watch, now)
		if !next.Equal(c.next) || c.field != "" && (fault.As(err) == nil || fault.As(err).Field != c.field) || c.field == "" && err != nil {
			t.Errorf("%s: %s, %v", name, next, err)
		}
	}
}
