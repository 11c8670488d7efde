package views

import (
	"strings"
	"time"

	"caracal/org"
	"caracal/views/ui"
	"caracal/workflow"
)

// RunLog is what is known of a run in the org's System Log.
type RunLog struct {
	App     org.Application          // whose console the links lead to
	Steps   map[int]workflow.StepLog // by index
	Problem string                   // why the log could not be read the last time
	Scope   string                   // that was missing for it
}

// awaited reports whether events are still to come.
func (l RunLog) awaited() bool {
	for _, s := range l.Steps {
		if s.Awaited > 0 {
			return true
		}
	}
	return false
}

// eventsShown is how many events of a step stand open on the page; the others are folded.
const eventsShown = 3

// event is the address of an event in the console's search, or "".
func (l RunLog) event(e workflow.LogEvent) string {
	return l.App.LogURL(`uuid eq "`+e.UUID+`"`, e.Published)
}

// request is the address of what the console's log has for a request, or "".
func (l RunLog) request(id string, at time.Time) string {
	if strings.ContainsAny(id, `"\`) {
		return ""
	}
	return l.App.LogURL(`debugContext.debugData.requestId eq "`+id+`"`, at)
}

// eventTargets names what an event is about.
func eventTargets(e workflow.LogEvent) string {
	var names []string
	for _, t := range e.Targets {
		if name := strings.TrimSpace(t.Name); name != "" {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// eventTone is the colour of how an event ended.
func eventTone(e workflow.LogEvent) ui.Tone {
	switch e.Outcome {
	case "SUCCESS", "ALLOW":
		return ui.Good
	case "FAILURE", "DENY":
		return ui.Bad
	}
	return ui.Neutral
}

// silentWords says that the log shows nothing of some requests.
func silentWords(n int) string {
	if n == 1 {
		return "Okta's System Log shows no event for this request. Okta writes none where a change changed nothing."
	}
	return "Okta's System Log shows no event for " + ui.Count(n, "request") + " of this step. Okta writes none where a change changed nothing."
}
