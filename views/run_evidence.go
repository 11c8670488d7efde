package views

import (
	"net/http"
	"strconv"

	"caracal/views/ui"
	"caracal/workflow"
)

// evidenceSought says what was looked for.
func evidenceSought(e *workflow.Evidence) string {
	if e.Sought == "" {
		return "Whether this step was done."
	}
	return e.Sought
}

// evidenceValue is a value as the table of evidence shows it.
func evidenceValue(v any) string {
	if text := workflow.FactText(v); text != "" {
		return text
	}
	return "nothing"
}

// lookWords say how a read was answered.
func lookWords(l workflow.Look) string {
	switch {
	case l.Status == 0:
		return "no answer"
	case l.Status == http.StatusNotFound:
		return "404, not there"
	case l.Status == http.StatusForbidden:
		return "403, not allowed"
	}
	return strconv.Itoa(l.Status)
}

func lookTone(l workflow.Look) ui.Tone {
	switch {
	case l.Status == 0 || l.Status >= http.StatusInternalServerError:
		return ui.Bad
	case l.Status == http.StatusForbidden:
		return ui.Warn
	case l.Status < http.StatusBadRequest:
		return ui.Good
	}
	return ui.Neutral
}

// noEvents says that the log has nothing that can be the step's.
func noEvents(l *workflow.LogSearch) string {
	if l.Others > 0 {
		return "It has " + ui.Count(l.Others, "event") + " of that kind, all of them of other steps."
	}
	return "It has no such event. That proves nothing: Okta logs some changes late, and some never."
}
