package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"caracal/db"
	"caracal/fault"
	"caracal/secret"
	"caracal/trigger"
)

// secretPlace is where the secret of an application's webhook is sealed for. One that was replaced stays sealed as it was.
func secretPlace(applicationID string) secret.Place {
	return secret.Place{Table: "notice_target", Row: applicationID, Column: "secret_sealed"}
}

// What a call of a webhook is about.
const (
	eventNotice = "health.notice"
	eventTest   = "health.test"
)

// call is the body of a call, as docs/notices.md describes it.
type call struct {
	ID          string          `json:"id"`
	Event       string          `json:"event"`
	Application callApplication `json:"application"`
	Notice      callNotice      `json:"notice"`
	URL         string          `json:"url"`
}

type callApplication struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Domain string `json:"domain"`
}

type callNotice struct {
	ID      string    `json:"id,omitempty"`
	At      time.Time `json:"at"`
	Verdict string    `json:"verdict"`
	Title   string    `json:"title"`
	Detail  []string  `json:"detail"`
}

// body is the letter as a webhook gets it.
func (l letter) body() ([]byte, error) {
	c := call{ID: l.ID, Event: eventNotice, Application: callApplication{l.App.ID, l.App.Name, l.App.Domain}, URL: l.Link,
		Notice: callNotice{l.Notice.ID, l.Notice.At.UTC(), string(l.Notice.Verdict), l.Notice.Title, strings.Split(l.Notice.Detail, "\n")}}
	if l.Test {
		c.Event = eventTest
	}
	b, err := json.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("write the body of a webhook's call: %w", err)
	}
	return b, nil
}

// call sends a letter to a webhook, signed now, by each secret that is good.
func (s *Service) call(ctx context.Context, address string, l letter) error {
	held, err := s.DB.NotifySecrets(ctx, l.App.ID)
	if errors.Is(err, db.ErrNotFound) {
		return trouble("The webhook has no secret to sign by; make one under Settings.")
	} else if err != nil {
		return err
	}
	body, err := l.body()
	if err != nil {
		return err
	}
	now := s.Clock()
	var signatures []string
	for _, one := range held.Good(now) {
		text, err := s.Keys.Open(one.Sealed, secretPlace(l.App.ID))
		if err != nil {
			return fmt.Errorf("open the secret of a webhook: %w", err)
		}
		signatures = append(signatures, trigger.Sign(text.Reveal(), now, body))
	}
	header := http.Header{}
	header.Set("Content-Type", "application/json")
	header.Set(trigger.KeyHeader, l.ID)
	header.Set(trigger.SignatureHeader, joinSignatures(signatures))
	status, retryAfter, err := s.Outbound.Post(ctx, address, header, body)
	if err != nil {
		if f := fault.As(err); f != nil {
			return &failure{says: f}
		}
		return err
	}
	err = answered(address, status)
	if f := new(failure); errors.As(err, &f) && (status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable) {
		f.after = waitAsked(retryAfter, s.Clock())
	}
	return err
}

// waitAsked is how long a receiver asks to wait, by its header Retry-After: seconds, or a time (RFC 9110, section 10.2.3).
// What can't be read, or is over, asks for nothing.
func waitAsked(text string, now time.Time) time.Duration {
	text = strings.TrimSpace(text)
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	return max(0, at.Sub(now))
}

// joinSignatures makes one header of signatures of the same time.
func joinSignatures(list []string) string {
	out := list[0]
	for _, more := range list[1:] {
		_, sum, _ := strings.Cut(more, ",")
		out += "," + sum
	}
	return out
}

// answered says what a status means: taken over, or why not.
func answered(address string, status int) error {
	host := "The webhook"
	if u, err := url.Parse(address); err == nil {
		host = u.Host
	}
	switch {
	case status >= 200 && status < 300:
		return nil
	case status >= 300 && status < 400:
		return trouble("%s answered with a redirect (%d), which is not followed; enter the address that it leads to.", host, status)
	case status == http.StatusGone:
		f := trouble("%s says that this webhook is gone for good (410).", host)
		f.lasting = true
		return f
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return trouble("%s refused the call (%d); check that it knows the newest secret.", host, status)
	}
	return trouble("%s answered %d where it should answer 2xx.", host, status)
}
