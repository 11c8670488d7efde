package okta

import "testing"

func TestOutcomeOf(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]string{200: "answered", 304: "answered", 400: "refused", 404: "refused", 429: "limited", 500: "failing", 503: "failing"} {
		if got := outcomeOf(&Response{Status: status}).String(); got != want {
			t.Errorf("%d is %s, want %s", status, got, want)
		}
	}
	if got := outcomeOf(nil).String(); got != "broken" {
		t.Errorf("no answer is %s", got)
	}
}
