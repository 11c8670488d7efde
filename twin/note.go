package twin

import (
	"fmt"
	"net/http"
	"slices"

	"caracal/fault"
	"caracal/workflow"
)

// note is a sentence about what could not be rehearsed; one and many say the same of so many times it came up, and
// are empty where that does not matter.
type note struct {
	words     string
	one, many string
	times     int
}

// say keeps a sentence, once.
func (t *Twin) say(format string, args ...any) {
	words := fault.New(fault.Invalid, format, args...).Message
	if !slices.ContainsFunc(t.notes, func(n note) bool { return n.words == words }) {
		t.notes = append(t.notes, note{words: words})
	}
}

// count keeps a sentence that says how often something came up; many has a %s.
func (t *Twin) count(one, many string) {
	if i := slices.IndexFunc(t.notes, func(n note) bool { return n.one == one }); i >= 0 {
		t.notes[i].times++
		return
	}
	t.notes = append(t.notes, note{one: one, many: many, times: 1})
}

func (t *Twin) sentences() (out []string) {
	for _, n := range t.notes {
		switch {
		case n.times == 0:
			out = append(out, n.words)
		case n.times == 1:
			out = append(out, n.one)
		default:
			out = append(out, fmt.Sprintf(n.many, workflow.Thousands(n.times)))
		}
	}
	return out
}

// beyond notes what Okta would do besides for a change. Activating and resetting send an e-mail unless the call says
// otherwise, and then give a one-time link; a person who is made active without a password gets one to set it
// (createUser, activateUser, reactivateUser, resetPassword in Okta's API reference).
func (t *Twin) beyond(req *http.Request, pattern string) {
	if req.Method != http.MethodPost {
		return
	}
	q := req.URL.Query()
	activates := pattern == users+"/{userId}/lifecycle/activate" || pattern == users+"/{userId}/lifecycle/reactivate"
	resets := pattern == users+"/{userId}/lifecycle/reset_password"
	switch {
	case (activates || resets) && q.Get("sendEmail") == "false":
		t.count("Okta will give one one-time link; a rehearsal makes one up, which leads nowhere.",
			"Okta will give %s one-time links; a rehearsal makes them up, and they lead nowhere.")
	case activates, pattern == users && q.Get("activate") != "false" && t.body.Credentials.Password == nil:
		t.count("Okta will send one e-mail with which an account is activated; a rehearsal sends none.",
			"Okta will send %s e-mails with which accounts are activated; a rehearsal sends none.")
	case resets:
		t.count("Okta will send one e-mail with which a password is reset; a rehearsal sends none.",
			"Okta will send %s e-mails with which passwords are reset; a rehearsal sends none.")
	}
}
