// Package notify tells people of notices where they are: by mail, and by a signed webhook.
//
// What is to be sent is stored in the transaction that stores the notice, and sent after it. A process that dies between
// sending and noting that leaves it to be sent again, under the same id: at least once, and told apart by its id.
package notify

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"caracal/auth"
	"caracal/db"
	"caracal/fault"
	"caracal/okta"
	"caracal/org"
	"caracal/secret"
)

// Service says where notices go, and sends them. Its fields are set once, by internal/app. Safe for concurrent use.
type Service struct {
	DB        *db.DB
	Keys      *secret.Keyring
	Outbound  *okta.Outbound
	Mailer    *Mailer // nil without a mail server
	PublicURL string  // of this Caracal, for links
	Clock     func() time.Time
	Log       *slog.Logger
}

// The fields that say where an application's notices go.
const (
	FieldEmails = "emails"
	FieldURL    = "url"
)

// Mails reports whether there is a mail server.
func (s *Service) Mails() bool { return !s.Mailer.IsZero() }

// Set stores where the notices of an application go: addresses as they were typed, and the URL of a webhook; either may
// be empty. A webhook that has no secret yet gets one, which is returned to be shown once. What is wrong is one fault for
// each field, and nothing is stored.
func (s *Service) Set(ctx context.Context, applicationID, emails, address string, seen db.Seen, by auth.User) (made string, wrong []*fault.Error, err error) {
	n := org.Notify{ApplicationID: applicationID}
	reject := func(field string, err error) {
		if f := fault.As(err); f != nil {
			f.Field = field
			wrong = append(wrong, f)
		}
	}
	if n.Emails, err = ParseAddresses(emails); err != nil {
		reject(FieldEmails, err)
	} else if len(n.Emails) > 0 && !s.Mails() {
		reject(FieldEmails, fault.New(fault.Invalid, "Caracal has no mail server; whoever runs it sets CARACAL_SMTP_HOST."))
	}
	if strings.TrimSpace(address) != "" {
		if n.URL, err = s.Outbound.CheckURL(address); err != nil {
			reject(FieldURL, err)
		}
	}
	if len(wrong) > 0 {
		return "", wrong, nil
	}
	made, sealed, err := db.NewSecret(s.Keys, secretPlace(applicationID), s.Clock())
	if err != nil {
		return "", nil, err
	}
	if used, err := s.DB.SetNotify(ctx, n, sealed, seen, by); err != nil || !used {
		return "", nil, err
	}
	return made, nil, nil
}

// MakeSecret makes a new secret for the webhook of an application, and returns it to be shown once. The one before it
// signs beside it for overlap more. Where there is no webhook it is db.ErrNotFound.
func (s *Service) MakeSecret(ctx context.Context, applicationID string, overlap time.Duration, seen db.Seen, by auth.User) (string, error) {
	n, err := s.DB.Notify(ctx, applicationID)
	if err != nil {
		return "", err
	}
	text, made, err := db.NewSecret(s.Keys, secretPlace(applicationID), s.Clock())
	if err != nil {
		return "", err
	}
	return text, s.DB.SetNotifySecret(ctx, applicationID, made, made.OldUntil(n.SecretAt, overlap), seen, by)
}

// Test sends a notice that says it is a test to one of the places that an application's notices go to, and returns what
// kept it from arriving: a fault with one sentence.
func (s *Service) Test(ctx context.Context, app org.Application, to org.Place, by auth.User) error {
	n, err := s.DB.Notify(ctx, app.ID)
	if err != nil {
		return err
	}
	if !n.Goes(to) {
		return fault.New(fault.Conflict, "Notices do not go there; save the address first.")
	}
	now := s.Clock()
	l := letter{ID: db.NewID("delivery", now), App: app, Link: s.link(app.ID), Test: true, Notice: org.Notice{ApplicationID: app.ID, At: now, Verdict: org.Pass,
		Title: "A test notice of " + app.Name, Detail: by.Name + " tries whether notices arrive here. Nothing happened."}}
	sent := s.send(ctx, to, l)
	return errors.Join(sent, s.DB.Record(ctx, by, "application.notify_tested", app.ID, map[string]any{"to": to.Label(), "sent": sent == nil}))
}

// send sends a letter once.
func (s *Service) send(ctx context.Context, to org.Place, l letter) error {
	if to.Kind == org.ByWebhook {
		return s.call(ctx, to.At, l)
	}
	if !s.Mails() {
		return trouble("Caracal has no mail server; whoever runs it sets CARACAL_SMTP_HOST.")
	}
	message, err := l.mail(s.Mailer.From, to.At, s.host())
	if err != nil {
		return err
	}
	return s.Mailer.send(ctx, to.At, message)
}

// link is the page that shows the notices of an application.
func (s *Service) link(applicationID string) string {
	return s.PublicURL + "/applications/" + applicationID + "/health#notices"
}

// host names this Caracal in the ids of mails.
func (s *Service) host() string {
	if u, err := url.Parse(s.PublicURL); err == nil && u.Hostname() != "" {
		return u.Hostname()
	}
	return "caracal.invalid"
}
