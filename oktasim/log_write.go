package oktasim

import (
	"encoding/json"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// logKept is how many events the org keeps; Okta keeps 90 days.
const logKept = 200_000

// Event is one entry of the System Log ("LogEvent" in Okta's API reference).
type Event struct {
	UUID            string         `json:"uuid"`
	Published       string         `json:"published"`
	EventType       string         `json:"eventType"`
	Version         string         `json:"version"`
	Severity        string         `json:"severity"`
	LegacyEventType *string        `json:"legacyEventType"`
	DisplayMessage  string         `json:"displayMessage"`
	Actor           EventActor     `json:"actor"`
	Client          map[string]any `json:"client"`
	Device          any            `json:"device"`
	Outcome         EventOutcome   `json:"outcome"`
	Target          []EventActor   `json:"target"`
	Transaction     map[string]any `json:"transaction"`
	DebugContext    map[string]any `json:"debugContext"`
	AuthContext     map[string]any `json:"authenticationContext"`
	SecurityContext map[string]any `json:"securityContext"`
	Request         map[string]any `json:"request"`

	seq    int64     // order of persistence
	at     time.Time // published
	stored time.Time // persisted

	// What the large objects above are made of, when someone reads the event.
	requestID, ip, agent, path string
}

// full returns the event with all its objects. Kept events have none: an org
// under load writes many more than anyone reads.
func (e *Event) full() Event {
	f := *e
	f.Client = map[string]any{
		"userAgent":           map[string]any{"rawUserAgent": e.agent, "os": "Unknown", "browser": "UNKNOWN"},
		"zone":                "null",
		"device":              "Unknown",
		"id":                  nil,
		"ipAddress":           e.ip,
		"geographicalContext": nil,
	}
	f.Transaction = map[string]any{"type": "WEB", "id": e.requestID, "detail": map[string]any{}}
	f.DebugContext = map[string]any{"debugData": map[string]any{"requestId": e.requestID, "requestUri": e.path, "url": e.path}}
	f.AuthContext = map[string]any{"authenticationProvider": nil, "credentialProvider": nil, "credentialType": nil,
		"issuer": nil, "interface": nil, "authenticationStep": 0, "externalSessionId": nil, "rootSessionId": nil}
	f.SecurityContext = map[string]any{"asNumber": nil, "asOrg": nil, "isp": nil, "domain": nil, "isProxy": nil}
	f.Request = map[string]any{"ipChain": []any{map[string]any{"ip": e.ip, "geographicalContext": nil,
		"version": ipVersion(e.ip), "source": nil}}}
	return f
}

// MarshalJSON writes the whole LogEvent.
func (e *Event) MarshalJSON() ([]byte, error) {
	type plain Event // without this method
	f := e.full()
	return json.Marshal((*plain)(&f))
}

// EventActor is who did something or what it was done to.
type EventActor struct {
	ID            string         `json:"id"`
	Type          string         `json:"type"`
	AlternateID   string         `json:"alternateId"`
	DisplayName   string         `json:"displayName"`
	DetailEntry   map[string]any `json:"detailEntry"`
	ChangeDetails any            `json:"changeDetails,omitempty"`
}

// EventOutcome is how it ended: SUCCESS, FAILURE, DENY, ALLOW…
type EventOutcome struct {
	Result string  `json:"result"`
	Reason *string `json:"reason"`
}

// target is one thing an event is about, with Okta's type names: User,
// UserGroup, AppInstance, AppUser, ROLE…
type target = EventActor

type logStore struct {
	events []*Event // in the order of persistence
	late   []*Event // published, and not persisted yet
	mixed  bool     // some were persisted after others that were published later
	seq    int64
}

func (s *logStore) init() { s.events = nil }

// log writes the event that Okta would write for a change that succeeded.
func (o *Org) log(c *call, eventType, message string, targets ...target) *Event {
	return o.logOutcome(c, eventType, message, "SUCCESS", "", targets...)
}

// logOutcome is log with the outcome said.
func (o *Org) logOutcome(c *call, eventType, message, result, reason string, targets ...target) *Event {
	severity := "INFO"
	if result == "FAILURE" || result == "DENY" {
		severity = "WARN"
	}
	e := o.newEvent(c, eventType, message, severity, result, reason, targets)
	if c != nil {
		e.Actor = o.actorOf(c.principal)
	}
	return o.keep(e)
}

func (o *Org) newEvent(c *call, eventType, message, severity, result, reason string, targets []target) *Event {
	now := o.now()
	requestID := ""
	ip, agent, path := "127.0.0.1", "", ""
	if c != nil {
		requestID = c.requestID
		if c.r != nil {
			agent, path = c.r.UserAgent(), c.r.URL.Path
			if host, _, err := net.SplitHostPort(c.r.RemoteAddr); err == nil && host != "" {
				ip = host
			}
		}
	}
	if requestID == "" {
		requestID = newRequestID()
	}
	if targets == nil {
		targets = []target{}
	}
	var why *string
	if reason != "" {
		why = &reason
	}
	return &Event{
		UUID: uuid.NewString(), Published: stamp(now), EventType: eventType, Version: "0", Severity: severity,
		DisplayMessage: message, Actor: systemActor(), Outcome: EventOutcome{Result: result, Reason: why}, Target: targets,
		at: now, requestID: requestID, ip: ip, agent: agent, path: path,
	}
}

func (o *Org) keep(e *Event) *Event {
	delay := o.settings.LogLag
	if o.settings.LogDelay != nil {
		delay += o.settings.LogDelay(e.EventType)
	}
	e.stored = e.at.Add(delay)
	if delay > 0 {
		o.logs.late = append(o.logs.late, e)
	} else {
		o.persistLate()
		o.persist(e)
	}
	o.deliver(e)
	return e
}

// persist gives an event its place in the log.
func (o *Org) persist(e *Event) {
	o.logs.seq++
	e.seq = o.logs.seq
	if len(o.logs.events) >= logKept {
		o.logs.events = append(o.logs.events[:0:0], o.logs.events[logKept/4:]...)
	}
	if n := len(o.logs.events); n > 0 && e.at.Before(o.logs.events[n-1].at) {
		o.logs.mixed = true
	}
	o.logs.events = append(o.logs.events, e)
}

// persistLate persists what was delayed and whose time has come.
func (o *Org) persistLate() {
	if len(o.logs.late) == 0 {
		return
	}
	now := o.now()
	slices.SortStableFunc(o.logs.late, func(a, b *Event) int { return a.stored.Compare(b.stored) })
	for len(o.logs.late) > 0 && !o.logs.late[0].stored.After(now) {
		o.persist(o.logs.late[0])
		o.logs.late = o.logs.late[1:]
	}
}

func ipVersion(ip string) string {
	if strings.Contains(ip, ":") {
		return "V6"
	}
	return "V4"
}

func systemActor() EventActor {
	return EventActor{ID: "system@okta.com", Type: "SystemPrincipal", AlternateID: "system@okta.com", DisplayName: "Okta System"}
}

// actorOf names the caller as the log does: a user, or a public client app.
func (o *Org) actorOf(p *principal) EventActor {
	switch {
	case p == nil || p.kind == anonymousPrincipal:
		return systemActor()
	case p.client != nil:
		return p.client.actor()
	}
	return o.userActor(p.userID)
}

// logRateLimit writes the warning that a bucket is empty, once a window.
func (o *Org) logRateLimit(c *call) {
	w := o.limits[bucketOf(c.route)]
	if w == nil || w.warned {
		return
	}
	w.warned = true
	o.logOutcome(c, "system.org.rate_limit.violation", "Rate limit violation", "DENY", "limit "+strconv.Itoa(w.used)+" reached")
}

// Log returns the System Log, oldest first, and after it what the log has not
// got yet: what happened in the org, for tests that count effects and not calls.
func (o *Org) Log() []Event {
	o.mu.Lock()
	defer o.mu.Unlock()
	out := make([]Event, 0, len(o.logs.events)+len(o.logs.late))
	for _, e := range slices.Concat(o.logs.events, o.logs.late) {
		out = append(out, e.full())
	}
	return out
}

// Events returns the log's entries of one event type, oldest first.
func (o *Org) Events(eventType string) []Event {
	o.mu.Lock()
	defer o.mu.Unlock()
	var out []Event
	for _, e := range slices.Concat(o.logs.events, o.logs.late) {
		if e.EventType == eventType {
			out = append(out, e.full())
		}
	}
	return out
}
