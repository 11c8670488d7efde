package views

import (
	"strings"
	"testing"

	"caracal/trigger"
)

// TestWebhookExampleFitsTheMapping: what a person copies to try a webhook with has the parts that its mapping takes, and stays within the quotes.
func TestWebhookExampleFitsTheMapping(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, want string
		hook       trigger.Receiver
	}{
		{"the mapping", `--data '{"user":{"email":"…"}}'`, trigger.Receiver{Map: map[string]string{"who": "{{ body.user.email }}"}}},
		{"nothing is taken", `--data '{}'`, trigger.Receiver{Map: map[string]string{"who": "ada"}}},
		{"the sample", `--data '{"a":"it'\''s <b>"}'`, trigger.Receiver{Sample: "{\n  \"a\": \"it's <b>\"\n}"}},
		{"a long sample", `--data '{"a":"…"}'`, trigger.Receiver{Sample: `"` + strings.Repeat("x", maxSampleLine) + `"`, Map: map[string]string{"who": "{{ body.a }}"}}},
	} {
		c.hook.Proof = trigger.Bearer
		p := TriggerProps{Trigger: trigger.Trigger{Config: trigger.Config{Webhook: c.hook}}}
		if got := p.curl(); !strings.Contains(got, c.want) {
			t.Errorf("%s: %s has no %s", c.name, got, c.want)
		}
	}
}
