package health

import (
	"slices"
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
		title         string // "" is nothing to tell, else what stands in the title or the first line
	}{
		"said in words":           {checked("a", "", one(org.Pass)), checked("b", "", one(org.Fail)), "okta.users.read fails, and passed before. So it is."},
		"not known before":        {org.CheckRun{}, checked("b", "", one(org.Warn)), "okta.users.read gives a warning. So it is."},
		"first and well":          {org.CheckRun{}, checked("b", "", one(org.Pass)), ""},
		"first and bad":           {org.CheckRun{}, checked("b", "", one(org.Fail)), "worse"},
		"the same":                {checked("a", "", one(org.Fail)), checked("b", "", one(org.Fail)), ""},
		"worse":                   {checked("a", "", one(org.Warn)), checked("b", "", one(org.Fail)), "worse"},
		"better":                  {checked("a", "", one(org.Fail)), checked("b", "", one(org.Warn)), "better than before"},
		"healthy again":           {checked("a", "", one(org.Fail)), checked("b", "", one(org.Pass)), "healthy again"},
		"neutral says nothing":    {checked("a", "", one(org.Unprovable)), checked("b", "", one(org.Pass)), ""},
		"not reached any more":    {checked("a", "", one(org.Pass)), checked("b", "acme.okta.com did not answer."), "can't be checked"},
		"still not reached":       {checked("a", "acme.okta.com did not answer."), checked("b", "acme.okta.com did not answer."), ""},
		"reached again":           {checked("a", "acme.okta.com did not answer."), checked("b", "", one(org.Pass)), "healthy again"},
		"stopped in the middle":   {checked("a", "", one(org.Pass)), checked("b", interruptedEnd), ""},
		"not ended in its time":   {checked("a", "", one(org.Pass)), checked("b", stoppedEarly, one(org.Fail)), ""},
		"a scope that was added":  {checked("a", ""), checked("b", "", one(org.Fail)), "worse"},
		"a scope that went again": {checked("a", "", one(org.Fail)), checked("b", ""), ""},
	} {
		var past []org.CheckRun
		if c.before.ID != "" {
			past = []org.CheckRun{c.before}
		}
		n, ok := Changed("Acme", past, c.after)
		if ok != (c.title != "") || ok && (!strings.Contains(n.Title+"\n"+n.Detail, c.title) || n.Detail == "" || n.Key != "check:b" || n.Verdict != c.after.Verdict()) {
			t.Errorf("%s: %+v, %v", name, n, ok)
		}
	}
}

// TestTokenRefused: that Okta refuses tokens is told once, with since when, whatever comes between, and once that it gives
// them again; what was wrong with a scope before is not told anew then.
func TestTokenRefused(t *testing.T) {
	t.Parallel()
	bad := org.Check{Scope: "okta.users.read", Verdict: org.Fail, Summary: "Not granted."}
	var past []org.CheckRun
	for i, c := range []struct {
		run   string // what Okta does: well, refuses, away
		title string // "" is nothing to tell
	}{
		{"well", "worse than before"}, {"well", ""}, {"refuses", "Okta refuses tokens to Acme since 3 May 2026, 14:00 UTC"}, {"refuses", ""}, {"away", ""}, {"away", ""}, {"refuses", ""},
		{"well", "better than before"}, {"well", ""}, {"away", "can't be checked"}, {"refuses", "Okta refuses tokens to Acme since 3 May 2026, 22:00 UTC"}, {"away", ""}, {"well", "better than before"},
	} {
		run := checked(string(rune('a'+i)), "", bad)
		switch c.run {
		case "refuses":
			run = checked(run.ID, "Okta refused the secret.")
			run.Refused, run.Mend = true, "Rotate it."
		case "away":
			run = checked(run.ID, "acme.okta.com did not answer.")
		}
		run.StartedAt = run.EndedAt.Add(time.Duration(i) * time.Hour)
		n, ok := Changed("Acme", past, run)
		if ok != (c.title != "") || ok && !strings.Contains(n.Title+"\n"+n.Detail, c.title) {
			t.Errorf("%d, %s: %+v, %v", i, c.run, n, ok)
		}
		if c.run == "refuses" && ok && n.Detail != "Okta refused the secret.\nRotate it." || i == 7 && n.Detail != "Okta gives tokens again; it refused them since 3 May 2026, 14:00 UTC." {
			t.Errorf("%d, %s: %q", i, c.run, n.Detail)
		}
		past = append([]org.CheckRun{run}, past...)
	}
}

func TestOld(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 3, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		watch org.Watch
		told  []int // the days on which something new is told
	}{
		"both":           {org.Watch{FirstAge: 60, MaxAge: 90}, []int{60, 90, 180}},
		"the last alone": {org.Watch{MaxAge: 90}, []int{90, 180}},
		"the usual":      {org.Watch{}, []int{90, 180}},
		"other ages":     {org.Watch{FirstAge: 30, MaxAge: 100}, []int{30, 100}},
	} {
		keys, told := map[string]bool{}, []int(nil)
		for days := range 200 {
			app := org.Application{ID: "app_1", Name: "Acme", Status: org.Active, Method: org.CustomApp, CredentialSet: now}
			n, ok := Old(app, app.AgedCredential(), c.watch, now.AddDate(0, 0, days))
			if ok && !keys[n.Key] {
				keys[n.Key], told = true, append(told, days)
				if !strings.Contains(n.Title, "private key") || !strings.Contains(n.Detail, "Rotate it") || n.Verdict != org.Warn {
					t.Errorf("%s: %+v", name, n)
				}
			}
		}
		if !slices.Equal(told, c.told) {
			t.Errorf("%s: told on the days %v, want %v", name, told, c.told)
		}
	}
	app := org.Application{Name: "Acme", Status: org.Active, CredentialSet: now}
	if n, ok := Old(app, app.AgedCredential(), org.Watch{FirstAge: 60, MaxAge: 90}, now.AddDate(0, 0, 61)); !ok || !strings.Contains(n.Detail, "On 1 August 2026") || !strings.Contains(n.Title, "client secret of Acme is 61 days old") {
		t.Errorf("%+v", n)
	}
	hook := org.Aged{ID: "hook:", What: "secret of the event hook", Since: now, Mend: "Replace it."}
	a, _ := Old(app, app.AgedCredential(), org.Watch{}, now.AddDate(0, 0, 91))
	if b, ok := Old(app, hook, org.Watch{}, now.AddDate(0, 0, 91)); !ok || b.Key == a.Key || !strings.HasSuffix(b.Detail, "Replace it.") {
		t.Errorf("%+v, %+v", a, b)
	}
	app.Status = org.Disconnected
	if _, ok := Old(app, app.AgedCredential(), org.Watch{}, now.AddDate(2, 0, 0)); ok {
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
