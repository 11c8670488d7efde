package connect

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"caracal/auth"
	"caracal/catalog"
	"caracal/fault"
	"caracal/secret"
)

// Confirmation is a change that was shown to somebody and waits for a yes.
type Confirmation struct {
	ID          string       `json:"id"`
	Application string       `json:"application"`
	Call        catalog.Call `json:"call"`
	Until       time.Time    `json:"until"`
}

// confirmFor is how long a shown change can be confirmed.
const confirmFor = 15 * time.Minute

func confirmPlace(by auth.User) secret.Place {
	return secret.Place{Table: "confirmation", Row: by.ID, Column: "call"}
}

// Ask seals a change for the person it is shown to, so that exactly what was shown is sent, by that person, once,
// and a password in it is not on the page.
func (s *Service) Ask(applicationID string, call catalog.Call, by auth.User) (string, error) {
	c := Confirmation{ID: rand.Text(), Application: applicationID, Call: call, Until: s.Clock().Add(confirmFor)}
	text, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("write the change that is asked about: %w", err)
	}
	sealed, err := s.Keys.Seal(secret.NewText(string(text)), confirmPlace(by))
	if err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(sealed), nil
}

// Confirmed opens what Ask sealed, once.
func (s *Service) Confirmed(sealed string, by auth.User) (Confirmation, error) {
	again := fault.New(fault.Conflict, "What you confirmed cannot be read any more, so nothing was sent; go back to the operation and look at the change again.")
	var c Confirmation
	raw, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil {
		return c, again.Because(err)
	}
	text, err := s.Keys.Open(secret.Sealed(raw), confirmPlace(by))
	if err != nil {
		return c, again.Because(err)
	}
	if err := json.Unmarshal([]byte(text.Reveal()), &c); err != nil {
		return c, again.Because(err)
	}
	now := s.Clock()
	if now.After(c.Until) {
		return c, fault.New(fault.Conflict, "This was shown more than %d minutes ago, so nothing was sent; look at the change again.", int(confirmFor.Minutes()))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, until := range s.confirmed {
		if now.After(until) {
			delete(s.confirmed, id)
		}
	}
	if _, done := s.confirmed[c.ID]; done {
		return c, fault.New(fault.Conflict, "This change was sent already and is not sent twice; the audit record shows what Okta answered.")
	}
	if s.confirmed == nil {
		s.confirmed = map[string]time.Time{}
	}
	s.confirmed[c.ID] = c.Until
	return c, nil
}
