package trigger

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"caracal/fault"
	"caracal/form"
)

const suspended = `{"uuid":"u-1","eventType":"user.lifecycle.suspend","published":"2026-05-04T09:00:00.123Z","severity":"INFO",
	"actor":{"id":"00u1","type":"User","alternateId":"Ada@Example.com"},"outcome":{"result":"SUCCESS","reason":null},
	"target":[{"id":"00u2","type":"User","alternateId":"grace@example.com","displayName":"Grace"},{"id":"00g1","type":"UserGroup","displayName":"EMEA Sales"},{"id":"00u3","type":"User"}],
	"transaction":{"id":"req-1"},"debugContext":{"debugData":{"requestId":"req-2","risk":{"level":3}}}}`

func TestReadOrgEvent(t *testing.T) {
	t.Parallel()
	e, err := ReadOrgEvent([]byte(suspended))
	if err != nil {
		t.Fatal(err)
	}
	if e.UUID != "u-1" || e.Type != "user.lifecycle.suspend" || e.ActorID != "00u1" || e.ActorType != "User" || !slices.Equal(e.Requests, []string{"req-1", "req-2"}) ||
		!e.Published.Equal(time.Date(2026, 5, 4, 9, 0, 0, 123e6, time.UTC)) || strings.ContainsAny(e.Raw, "\n\t") {
		t.Errorf("read as %+v", e)
	}
	for path, want := range map[string]string{"user.id": "00u2", "group.displayName": "EMEA Sales", "target.id": "00u2 00g1 00u3", "outcome.reason": "", "debugContext.debugData.risk.level": "3",
		"app.id": "none", "nothing": "none", "actor": "none"} {
		got := "none"
		if found := valuesAt(e.Value, strings.Split(path, ".")); len(found) > 0 {
			got = strings.Join(found, " ")
		}
		if got != want {
			t.Errorf("%s is %q, want %q", path, got, want)
		}
	}
	for name, bad := range map[string]string{
		"no object": `[1]`, "no JSON": `{`, "two values": `{} {}`, "no uuid": `{"eventType":"a.b","published":"2026-05-04T09:00:00Z"}`,
		"odd uuid": `{"uuid":"u\u0000","eventType":"a.b","published":"2026-05-04T09:00:00Z"}`,
		"no type":  `{"uuid":"u","published":"2026-05-04T09:00:00Z"}`, "odd type": `{"uuid":"u","eventType":"a b","published":"2026-05-04T09:00:00Z"}`,
		"no time": `{"uuid":"u","eventType":"a.b"}`, "too large": `{"uuid":"u","eventType":"a.b","published":"2026-05-04T09:00:00Z","x":"` + strings.Repeat("x", MaxOrgEvent) + `"}`,
	} {
		if _, err := ReadOrgEvent([]byte(bad)); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

func TestReadDelivery(t *testing.T) {
	t.Parallel()
	events, bad, err := ReadDelivery([]byte(`{"eventType":"com.okta.event_hook","eventId":"x","data":{"events":[` + suspended + `,{"uuid":1},` + suspended + `]}}`))
	if err != nil || len(events) != 2 || bad != 1 {
		t.Errorf("%d events, %d bad, %v", len(events), bad, err)
	}
	for _, wrong := range []string{"", "{}", "[]", `{"eventType":"com.okta.oauth2.tokens.transform","data":{}}`, `{"eventType":"com.okta.event_hook"}`, `{"eventType":"com.okta.event_hook","data":{"events":{}}}`} {
		if _, _, err := ReadDelivery([]byte(wrong)); err == nil || fault.As(err).Code != CodeBody {
			t.Errorf("%q: %v", wrong, err)
		}
	}
}

func TestConditions(t *testing.T) {
	t.Parallel()
	e, err := ReadOrgEvent([]byte(suspended))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		field string
		op    Op
		value string
		want  bool
	}{
		{"outcome.result", Is, "success", true}, {"outcome.result", IsNot, "SUCCESS", false}, {"outcome.reason", Is, "", true}, {"outcome.reason", IsNot, "", false},
		{"target.type", Is, "UserGroup", true}, {"target.type", IsNot, "UserGroup", false}, {"target.type", Is, "AppInstance", false}, {"target.type", IsNot, "AppInstance", true},
		{"actor.alternateId", Contains, "@example", true}, {"actor.alternateId", ContainsNot, "@example", false}, {"actor.alternateId", Begins, "ada@", true}, {"actor.alternateId", Begins, "example", false},
		{"group.displayName", Begins, "emea", true}, {"app.id", Is, "x", false}, {"app.id", IsNot, "x", true}, {"app.id", Is, "", true}, {"debugContext.debugData.risk.level", Is, "3", true},
		{"severity", Op("matches"), "INFO", false},
	} {
		c := Condition{tt.field, tt.op, tt.value}
		if got := c.holds(e.Value); got != tt.want {
			t.Errorf("%s: %t", c.Words(), got)
		}
	}
	l := Listener{Where: []Condition{{"outcome.result", Is, "SUCCESS"}, {"group.displayName", Is, "APAC"}}}
	if fits, why := l.Fits(e); fits || !strings.Contains(why, "group.displayName is “APAC”") {
		t.Errorf("%t, %q", fits, why)
	}
}

func TestParseCondition(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Condition{
		"outcome.result is SUCCESS": {"outcome.result", Is, "SUCCESS"}, "a.b is not “x y”": {"a.b", IsNot, "x y"}, " a  does not contain  z ": {"a", ContainsNot, "z"},
		"a begins with is": {"a", Begins, "is"}, "a is empty": {"a", Is, ""}, "a contains 'q'": {"a", Contains, "q"}, "a is is not": {"a", Is, "is not"},
	} {
		if got, err := ParseCondition(text); err != nil || got != want {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
		if again, err := ParseCondition(want.Words()); err != nil || again != want {
			t.Errorf("%q is written %q and read %+v, %v", text, want.Words(), again, err)
		}
	}
	for _, bad := range []string{"", "a", "a equals b", "a contains", ".x is y"} {
		if got, err := ParseCondition(bad); err == nil {
			t.Errorf("%q is read as %+v", bad, got)
		}
	}
}

func TestListenerCheck(t *testing.T) {
	t.Parallel()
	many := make([]string, MaxTypes+1)
	for i := range many {
		many[i] = fmt.Sprintf("a.b%d", i)
	}
	for field, l := range map[string]Listener{
		"types":        {},
		"where2_field": {Types: []string{"a.b"}, Where: []Condition{{"a", Is, "x"}, {"", Is, "x"}}},
		"where1_field": {Types: []string{"a.b"}, Where: []Condition{{"a..b", Is, "x"}}},
		"where1_op":    {Types: []string{"a.b"}, Where: []Condition{{"a", "", "x"}}},
		"where1_value": {Types: []string{"a.b"}, Where: []Condition{{"a", Contains, ""}}},
		"sample":       {Types: []string{"a.b"}, Sample: "{}"},
		"map_x":        {Types: []string{"a.b"}, Map: map[string]string{"x": "{{ body.a }}"}},
	} {
		if f := fault.As(l.Check()); f == nil || f.Field != field {
			t.Errorf("%+v: %v, want a fault about %s", l, f, field)
		}
	}
	for _, types := range [][]string{many, {"Nonsense"}, {"user"}, {"user..x"}, {"user.x y"}} {
		if f := fault.As((Listener{Types: types}).Check()); f == nil || f.Field != "types" {
			t.Errorf("%q: %v", types, f)
		}
	}
	if err := (Listener{Types: []string{"user.lifecycle.create"}, Where: []Condition{{"outcome.reason", IsNot, ""}}, Sample: suspended, Map: map[string]string{"x": "{{ event.user.id }}"}}).Check(); err != nil {
		t.Error(err)
	}
	for _, known := range EventTypes {
		if !IsEventType(known.ID) || known.Words == "" {
			t.Errorf("%q is listed and no type", known.ID)
		}
	}
}

// TestListensFromWhenItWasSaid: a type that is added counts from then on, and what was listened to before goes on.
func TestListensFromWhenItWasSaid(t *testing.T) {
	t.Parallel()
	begun := time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC)
	l := Listener{Types: []string{"a.b", "c.d"}}.Listen(Listener{}, begun)
	l = Listener{Types: []string{"a.b", "e.f"}}.Listen(l, begun.Add(time.Hour))
	l = Listener{Types: []string{"a.b", "e.f", "c.d"}}.Listen(l, begun.Add(2*time.Hour))
	for id, from := range map[string]time.Duration{"a.b": 0, "e.f": time.Hour, "c.d": 2 * time.Hour} {
		for _, off := range []time.Duration{-time.Second, 0} {
			if got, want := l.Hears(OrgEvent{Type: id, Published: begun.Add(from + off)}), off == 0; got != want {
				t.Errorf("%s at %s: %t", id, from+off, got)
			}
		}
	}
	if l.Hears(OrgEvent{Type: "g.h", Published: begun.AddDate(1, 0, 0)}) {
		t.Error("it hears what it does not listen to")
	}
	w := WantedBy([]Trigger{{Config: Config{Event: l}}, {Paused: true, Config: Config{Event: Listener{Types: []string{"x.y"}}}}})
	if !slices.Equal(w.Types, []string{"a.b", "c.d", "e.f"}) || !w.Since.Equal(begun) || !w.Some {
		t.Errorf("wanted is %+v", w)
	}
}

// TestPlan: where a look at the log begins.
func TestPlan(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC)
	w := Wanted{Types: []string{"c.d", "a.b"}, Since: now.Add(-time.Hour)}
	filter := `eventType eq "a.b" or eventType eq "c.d"`
	base := Source{CatchUp: 24, Cursor: "/next", Filter: filter, ReadTo: now.Add(-time.Minute)}
	with := func(change func(*Source)) Source {
		s := base
		change(&s)
		return s
	}
	for name, tt := range map[string]struct {
		s      Source
		cursor string
		since  time.Time
		left   bool
	}{
		"goes on":            {base, "/next", time.Time{}, false},
		"the first":          {Source{CatchUp: 24}, "", w.Since.Add(-Overlap), false},
		"another filter":     {with(func(s *Source) { s.Filter = "" }), "", base.ReadTo.Add(-Overlap), false},
		"no cursor":          {with(func(s *Source) { s.Cursor = "" }), "", base.ReadTo.Add(-Overlap), false},
		"a pause":            {with(func(s *Source) { s.ReadTo = now.Add(-23 * time.Hour) }), "/next", time.Time{}, false},
		"too long a pause":   {with(func(s *Source) { s.ReadTo = now.Add(-25 * time.Hour) }), "", now.Add(-24 * time.Hour), true},
		"a short memory":     {with(func(s *Source) { s.CatchUp, s.ReadTo = 1, now.Add(-2*time.Hour) }), "", now.Add(-time.Hour), true},
		"an old first":       {Source{CatchUp: 1}, "", now.Add(-time.Hour), false},
		"everything is kept": {with(func(s *Source) { s.CatchUp, s.ReadTo = 90*24, now.AddDate(0, 0, -60) }), "/next", time.Time{}, false},
	} {
		l := tt.s.Plan(w, now)
		if l.Cursor != tt.cursor || l.Cursor == "" && !l.Since.Equal(tt.since) || l.Filter != filter || l.LeftOut[0].IsZero() == tt.left {
			t.Errorf("%s: %+v", name, l)
		}
	}
	var many []string
	for i := range maxFiltered + 1 {
		many = append(many, fmt.Sprintf("a.b%d", i))
	}
	if LogFilter(many) != "" || LogFilter(nil) != "" || !strings.Contains(LogFilter(many[:maxFiltered]), " or ") {
		t.Error("the filter of many types")
	}
}

func TestFindTypes(t *testing.T) {
	t.Parallel()
	if got := FindTypes("locked PERSON"); len(got) != 2 || got[0].ID != "user.account.lock" {
		t.Errorf("found %v", got)
	}
	if got := Hookable([]string{"user.lifecycle.suspend", "user.account.expire_password", "my.own.type", "user.lifecycle.suspend"}); !slices.Equal(got, []string{"my.own.type", "user.lifecycle.suspend"}) {
		t.Errorf("hookable are %v", got)
	}
}

// FuzzDelivery reads whatever an address on the internet gets.
func FuzzDelivery(f *testing.F) {
	f.Add([]byte(`{"eventType":"com.okta.event_hook","data":{"events":[`+suspended+`]}}`), "user.id", "is", "00u2")
	f.Add([]byte(`{"eventType":"com.okta.event_hook","data":{"events":[{"uuid":"u","eventType":"a.b","published":"2026-05-04T09:00:00Z","target":[1,null,{"type":"User"}],"user":7}]}}`), "target.type", "begins", "U")
	f.Add([]byte(`{"eventType":"com.okta.event_hook","data":{"events":[null]}}`), "a", "contains_not", "")
	f.Fuzz(func(t *testing.T, body []byte, field, op, value string) {
		events, _, err := ReadDelivery(body)
		if err != nil {
			if f := fault.As(err); f == nil || f.Code != CodeBody {
				t.Errorf("the error is no fault of the body: %v", err)
			}
			return
		}
		c := Condition{field, Op(op), value}
		l := Listener{Types: []string{"a.b"}, Where: []Condition{c}, Map: map[string]string{"x": "{{ event.user.id }}", "y": "{{ event.target }}"}}
		checked := l.Check()
		for _, e := range events {
			if e.UUID == "" || !IsEventType(e.Type) || e.Published.IsZero() || len(e.Raw) > 2*MaxOrgEvent || !json.Valid([]byte(e.Raw)) {
				t.Errorf("taken is %+v", e)
			}
			for _, id := range append([]string{e.UUID, e.ActorID}, e.Requests...) {
				if strings.ContainsRune(id, 0) {
					t.Errorf("%q goes into a database", id)
				}
			}
			again, err := ReadOrgEvent([]byte(e.Raw))
			if err == nil && (again.UUID != e.UUID || again.Type != e.Type || !again.Published.Equal(e.Published)) {
				t.Errorf("%+v is stored and read as %+v", e, again)
			}
			if checked == nil {
				yes := c.holds(e.Value)
				opposite := map[Op]Op{Is: IsNot, IsNot: Is, Contains: ContainsNot, ContainsNot: Contains}[c.Op]
				if opposite != "" && (Condition{field, opposite, value}).holds(e.Value) == yes {
					t.Errorf("%q holds, and so does its opposite", c.Words())
				}
			}
			l.Mapped([]form.Field{{Name: "x", Kind: form.Users}, {Name: "y", Kind: form.Text}}, e.Value, time.Unix(0, 0))
		}
	})
}

// TestHookTypes: the list of what hooks deliver is in order, holds each type once, and says the same as the likely types.
func TestHookTypes(t *testing.T) {
	t.Parallel()
	ids := strings.Fields(hookTypes)
	if len(ids) < 200 || !slices.IsSorted(ids) || len(slices.Compact(slices.Clone(ids))) != len(ids) {
		t.Errorf("%d types, in order: %v", len(ids), slices.IsSorted(ids))
	}
	for _, known := range likelyTypes {
		if listed := slices.Contains(ids, known.ID); listed != (known.Reach == ReachHook) {
			t.Errorf("%s: listed %v, and said to be %v", known.ID, listed, known.Reach)
		}
	}
	seen := map[string]bool{}
	for _, known := range EventTypes {
		if seen[known.ID] {
			t.Errorf("%s is offered twice", known.ID)
		}
		seen[known.ID] = true
	}
	if got := TypeOf("device.lifecycle.suspend"); got.Reach != ReachHook || got.Words != "Device lifecycle suspend" {
		t.Errorf("%+v", got)
	}
}

// TestWhatDidNotFitIsSaid: who wonders why nothing started is told what the event has instead.
func TestWhatDidNotFitIsSaid(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ä", 100)
	for raw, want := range map[string]string{
		`{"outcome": {"result": "FAILURE"}}`: "The event has “FAILURE” there.",
		`{}`:                                 "The event has nothing there.",
		`{"outcome": {"result": ""}}`:        "The event has nothing there.",
		`{"outcome": [{"result": "a"}, {"result": "b"}]}`:    "The event has “a” and “b” there.",
		`{"outcome": {"result": ["a", "b", "c", "d", "e"]}}`: "The event has “a”, “b”, “c” and more there.",
		`{"outcome": {"result": "` + long + `"}}`:            "The event has “" + strings.Repeat("ä", 60) + "…” there.",
	} {
		var value map[string]any
		if err := json.Unmarshal([]byte(raw), &value); err != nil {
			t.Fatal(err)
		}
		l := Listener{Where: []Condition{{Field: "outcome.result", Op: Is, Value: "SUCCESS"}}}
		if fits, why := l.Fits(OrgEvent{Value: value}); fits || why != "It does not fit, for this does not hold: outcome.result is “SUCCESS”. "+want {
			t.Errorf("%s: %v, %s", raw, fits, why)
		}
	}
}
