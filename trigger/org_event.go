package trigger

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"

	"caracal/fault"
)

// OrgEvent is one entry of an org's System Log, as an event hook delivers it and as the log lists it: "LogEvent" in
// Okta's API reference, in both. All of it is text that others wrote, some of it by whoever the event is about. It
// starts a run, whose inputs are looked up in the org like any others, and decides nothing else.
type OrgEvent struct {
	UUID      string // the same event delivered again has the same
	Type      string // user.lifecycle.create
	Published time.Time
	ActorID   string
	ActorType string   // User, PublicClientApp, SystemPrincipal…
	Requests  []string // ids of the request that brought it about: transaction.id and debugData.requestId
	Raw       string   // its JSON
	Value     any      // the same, read: what mappings and conditions see as event
}

// What is kept of events, and for how long.
const (
	MaxOrgEvent = 128 << 10 // bytes of one event
	MaxDelivery = 8 << 20   // bytes of one delivery, which may hold many
	// Retention is how far back Okta's log goes (Okta docs, "System Log query", Data retention).
	Retention = 90 * 24 * time.Hour
)

// HookEventType is the eventType of a whole delivery (Okta docs, "Event hooks", sample payload).
const HookEventType = "com.okta.event_hook"

// ReadDelivery reads what an event hook delivers: one or more events. bad counts those that can't be read; the others
// are taken all the same, for Okta sends a delivery that was refused no second time. The error is a fault with the
// code CodeBody.
func ReadDelivery(body []byte) (events []OrgEvent, bad int, err error) {
	var d struct {
		EventType string `json:"eventType"`
		Data      *struct {
			Events []json.RawMessage `json:"events"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &d); err != nil {
		return nil, 0, bodyFault("The body is no JSON as an event hook sends it.").Because(err)
	}
	if d.EventType != HookEventType || d.Data == nil {
		return nil, 0, bodyFault("The body is not that of an event hook: its eventType is not %s, or it holds no data.", HookEventType)
	}
	events, bad = ReadOrgEvents(d.Data.Events)
	return events, bad, nil
}

// ReadOrgEvents reads the entries of a delivery, or of a page of the log, each by itself.
func ReadOrgEvents(list []json.RawMessage) (events []OrgEvent, bad int) {
	for _, raw := range list {
		if e, err := ReadOrgEvent(raw); err == nil {
			events = append(events, e)
		} else {
			bad++
		}
	}
	return events, bad
}

// targetNames are the names by which the first target of a type is found in the event's value. Okta's own event has no
// such fields.
var targetNames = map[string]string{"User": "user", "UserGroup": "group", "AppInstance": "app"}

// ReadOrgEvent reads one event.
func ReadOrgEvent(raw []byte) (OrgEvent, error) {
	var e OrgEvent
	if len(raw) > MaxOrgEvent {
		return e, bodyFault("The event is larger than %d KB.", MaxOrgEvent>>10)
	}
	v, err := readJSON(raw)
	if err != nil {
		return e, err
	}
	fields, ok := v.(map[string]any)
	if !ok {
		return e, bodyFault("The event is no JSON object.")
	}
	e.Value = fields
	e.UUID, e.Type = idAt(fields, "uuid"), textAt(fields, "eventType")
	e.ActorID, e.ActorType = idAt(fields, "actor", "id"), textAt(fields, "actor", "type")
	if e.UUID == "" || !eventTypeShape.MatchString(e.Type) {
		return e, bodyFault("The event has no uuid, or no eventType.")
	}
	if e.Published, err = time.Parse(time.RFC3339, textAt(fields, "published")); err != nil {
		return e, bodyFault("The event's time of publication can't be read.").Because(err)
	}
	e.Published = e.Published.UTC()
	for _, id := range []string{idAt(fields, "transaction", "id"), idAt(fields, "debugContext", "debugData", "requestId")} {
		if id != "" && (len(e.Requests) == 0 || e.Requests[0] != id) {
			e.Requests = append(e.Requests, id)
		}
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, raw); err != nil {
		return e, bodyFault("The event is no JSON.").Because(err)
	}
	e.Raw = strings.ToValidUTF8(compact.String(), "\uFFFD")
	targets, _ := fields["target"].([]any)
	for _, t := range targets {
		object, _ := t.(map[string]any)
		name := targetNames[textAt(object, "type")]
		if _, taken := fields[name]; name != "" && !taken {
			fields[name] = object
		}
	}
	return e, nil
}

// textAt returns the text at a path of an object, "" when there is none.
func textAt(object map[string]any, path ...string) string {
	for _, name := range path[:len(path)-1] {
		object, _ = object[name].(map[string]any)
	}
	s, _ := object[path[len(path)-1]].(string)
	return s
}

// idAt returns the id at a path of an object, "" where there is none: a text that no database minds, and not long.
func idAt(object map[string]any, path ...string) string {
	s := textAt(object, path...)
	if len(s) > 200 || strings.ContainsFunc(s, func(r rune) bool { return r < 0x21 || r > 0x7e }) {
		return ""
	}
	return s
}

// sampleFault is a fault about a sample in a form.
func sampleFault(err error) error { return fault.In("sample", "%s", fault.Message(err)) }
