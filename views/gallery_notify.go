package views

import (
	"strings"
	"time"

	"caracal/form"
	"caracal/org"
)

// galleryNotify is where notices go once that is set.
func galleryNotify() NotifyProps {
	p := NotifyProps{Now: galleryNow, Form: form.New([]form.Field{
		{Name: "emails", Label: "Mail them to", Kind: form.LongText, Help: "One on each line, at most 10."},
		{Name: "url", Label: "Call this webhook", Kind: form.Text, Placeholder: "https://hooks.example.com/caracal",
			Help: "An https address that anybody can reach. Each call is signed by a secret that Caracal makes."},
	}), To: org.Notify{ApplicationID: "app_1", Emails: []string{"it@acme.example", "grace.hopper@acme.example"}, URL: "https://hooks.acme.example/caracal/health", SecretAt: ago(72 * time.Hour)}}
	p.Form.Values["emails"], p.Form.Values["url"] = strings.Join(p.To.Emails, "\n"), p.To.URL
	return p
}

func notifyStates() []State {
	page := func(name string, change func(*NotifyProps)) State {
		app := galleryApp(org.Active)
		p := SettingsProps{Shell: galleryShell("applications"), App: app, Rename: form.New(nil), Scopes: form.New(nil), RateShare: galleryShare(app), Watch: galleryWatch(), Notify: galleryNotify(), Limits: galleryLimits(app), Now: galleryNow}
		p.Rename, p.Scopes = form.New([]form.Field{{Name: "name", Label: "Name", Kind: form.Text}}), form.New([]form.Field{{Name: "scopes", Label: "Scopes", Kind: form.LongText}})
		change(&p.Notify)
		return State{name, SettingsPage(p)}
	}
	return []State{
		page("notify/stale", func(p *NotifyProps) {
			p.Form.Values["emails"], p.Form.Values["url"] = "it@acme.example\nnight-shift@acme.example", ""
			p.Form.Stale, p.Form.Seen = true, "mark"
			p.Form.Theirs = form.Theirs{By: "Grace Hopper", At: ago(2 * time.Minute), Rows: []form.Apart{
				{Label: "Mail them to", Stored: strings.Join(p.To.Emails, "\n"), Typed: p.Form.Values["emails"]},
				{Label: "Call this webhook", Stored: p.To.URL, Typed: "nothing"}}}
		}),
		page("notify/nowhere", func(p *NotifyProps) {
			p.To = org.Notify{ApplicationID: "app_1"}
			p.Form.Values["emails"], p.Form.Values["url"] = "", ""
			p.Form.Fields[0].Help = "Caracal has no mail server yet; whoever runs it sets CARACAL_SMTP_HOST."
		}),
		page("notify/secret", func(p *NotifyProps) {
			p.Secret = "whsec_not-a-secret-only-a-picture-of-one"
			p.To.SecretAt, p.To.OldAt, p.To.OldUntil = galleryNow, ago(90*24*time.Hour), galleryNow.Add(24*time.Hour)
		}),
		page("notify/refused", func(p *NotifyProps) {
			p.Form.Values["emails"], p.Form.Values["url"] = "it@acme.example\nthe help desk", "https://10.0.0.7/hook"
			p.Form.Reject("emails", "%s", "“the help desk” is no e-mail address; write each on a line of its own, like it@example.com.")
			p.Form.Reject("url", "%s", "10.0.0.7 is not a public address, and Caracal calls no others.")
		}),
	}
}

// galleryDeliveries is what became of the notices of the gallery, by their place in the list.
func galleryDeliveries(notice int) []org.Delivery {
	to := galleryNotify().To.Places()
	sent := func(p org.Place) org.Delivery {
		return org.Delivery{ID: "delivery_1", Place: p, Attempts: 1, SentAt: ago(time.Hour)}
	}
	switch notice {
	case 0:
		return []org.Delivery{sent(to[0]), {ID: "delivery_2", Place: to[1]}, {ID: "delivery_3", Place: to[2], Attempts: 2, DueAt: galleryNow.Add(4 * time.Minute), Error: "hooks.acme.example answered 503 where it should answer 2xx."}}
	case 1:
		return []org.Delivery{sent(to[0]), {ID: "delivery_4", Place: to[1], Attempts: 1, FailedAt: ago(time.Hour),
			Error: "The mail server smtp.acme.example does not take mail for grace.hopper@acme.example; it said: 550 5.1.1 No such user here"}, sent(to[2])}
	}
	return nil
}
