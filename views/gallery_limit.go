package views

import (
	"strconv"
	"time"

	"caracal/form"
	"caracal/org"
	"caracal/workflow"
)

func galleryShare(a org.Application) *form.Form {
	f := form.New([]form.Field{{Name: "rate_share", Label: "Caracal may use, in percent", Kind: form.Number, Max: 3}})
	if a.RateShare > 0 {
		f.Values["rate_share"] = strconv.Itoa(a.RateShare)
	}
	return f
}

// galleryLimits is a busy minute.
func galleryLimits(a org.Application) LimitsProps {
	p := LimitsProps{Share: 50, Own: a.RateShare > 0, Now: galleryNow, Crowding: org.Crowding{Most: 4, Usual: 16, Refused: 9, At: ago(time.Minute)}}
	reset := galleryNow.Add(41 * time.Second)
	for _, h := range []org.Headroom{
		{Bucket: "/api/v1/groups/{id}/users", Limit: 1200, Remaining: 1010, Kept: 600, Reset: reset},
		{Bucket: "/api/v1/logs", Limit: 120, Remaining: 0, Kept: 60, Reset: reset},
		{Bucket: "/api/v1/users", Limit: 600, Remaining: 300, Kept: 300, Reset: reset},
		{Bucket: "/api/v1/users/{id} (read)", Limit: 2000, Remaining: 2000, Kept: 1000},
	} {
		h.At = ago(20 * time.Second)
		p.Buckets = append(p.Buckets, h)
	}
	p.Waiting = []LimitWaiting{{Bucket: "/api/v1/users", People: 1, Unattended: 12, Bulk: 9400}, {Bucket: "/api/v1/logs", Unattended: 1}}
	return p
}

func limitStates() []State {
	app := galleryApp(org.Active)
	app.RateShare = 50
	bad := SettingsProps{Shell: galleryShell("applications"), App: app, Rename: form.New(nil), Scopes: form.New(nil), RateShare: galleryShare(app), Watch: galleryWatch(), Notify: galleryNotify(), Limits: galleryLimits(app), Now: galleryNow}
	bad.Rename, bad.Scopes = form.New([]form.Field{{Name: "name", Label: "Name", Kind: form.Text}}), form.New([]form.Field{{Name: "scopes", Label: "Scopes", Kind: form.LongText}})
	bad.RateShare.Values["rate_share"] = "150"
	bad.RateShare.Reject("rate_share", "Enter a whole number from 1 to 100, or nothing for what the configuration says.")
	run := func(l RunLimit, state workflow.RunState) RunProps {
		return RunProps{Shell: galleryShell("runs"), Live: RunLiveProps{Run: galleryRunIn(state), Now: galleryNow, Registry: galleryRegistry(),
			Definition: galleryDefinition(), By: "Ada Lovelace", Application: "Acme", MayManage: true, Limit: &l}}
	}
	until := galleryNow.Add(41 * time.Second)
	words := "Okta's limit for /api/v1/users is used up for this minute: of its 600 calls Caracal makes at most 300 and leaves the others to sign-ins. It goes on by itself."
	return []State{
		{"limits/busy", ApplicationPage(OverviewProps{Shell: galleryShell("applications"), App: app, MayManage: true, Limits: galleryLimits(app), Now: galleryNow})},
		{"limits/refused", SettingsPage(bad)},
		{"limits/run", RunPage(run(RunLimit{Bucket: "/api/v1/users", Until: until, Words: words, Limit: 600, May: 300}, workflow.RunWaiting))},
		{"limits/run-behind-others", RunPage(run(RunLimit{Bucket: "/api/v1/users", Until: until, Words: words, Ahead: 4711, Limit: 600, May: 300}, workflow.RunWaiting))},
		{"limits/run-items", RunPage(run(RunLimit{Bucket: "/api/v1/users", Until: until, Within: 10, Limit: 600, May: 300}, workflow.RunWaiting))},
	}
}

func galleryWatch() *form.Form {
	return form.New([]form.Field{
		{Name: "every", Label: "Check", Kind: form.Choice, Required: true, Default: org.Daily,
			Options: []form.Option{{Value: "off", Label: "only when somebody asks"}, {Value: org.Daily, Label: "every day"}}},
		{Name: "at", Label: "At", Kind: form.Text, Default: "08:00", Help: "Of a daily check: the time of day, such as 08:30."},
	})
}

func noticeStates() []State {
	p := HealthProps{Shell: galleryShell("applications"), App: galleryApp(org.Active), MayCheck: true, MayManage: true, Now: galleryNow,
		Watch: org.Watch{Every: org.Daily, At: "08:00", Zone: "Europe/Amsterdam", DueAt: galleryNow.Add(5 * time.Hour)}}
	for _, n := range []org.Notice{
		{At: ago(time.Hour), Verdict: org.Fail, Title: "Acme is worse than before", Detail: "okta.users.manage fails, and passed before. Okta gave a token without okta.users.manage.\nokta.logs.read gives a warning, and passed before. The role sees nothing."},
		{At: ago(30 * time.Hour), Verdict: org.Warn, Title: "The private key of Acme is 91 days old", Detail: "It should be no older than 90 days. Rotate it under Settings; the one in use stays until the new one has worked.", SeenAt: ago(time.Hour)},
		{At: ago(50 * time.Hour), Verdict: org.Pass, Title: "Acme is healthy again", Detail: "okta.users.manage passes, and failed before. Granted, and it answers.", SeenAt: ago(49 * time.Hour)},
	} {
		row := NoticeRow{Notice: n}
		if !n.SeenAt.IsZero() {
			row.SeenBy = "Grace Hopper"
		}
		row.Deliveries = galleryDeliveries(len(p.Notices))
		p.Notices = append(p.Notices, row)
	}
	p.To = galleryNotify().To
	return append(notifyStates(), State{"health/told", HealthPage(p)})
}
