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
	bad := SettingsProps{Shell: galleryShell("applications"), App: app, Rename: form.New(nil), Scopes: form.New(nil), RateShare: galleryShare(app), Limits: galleryLimits(app), Now: galleryNow}
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
