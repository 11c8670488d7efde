package workflow

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func TestMapping(t *testing.T) {
	t.Parallel()
	var body any
	if err := json.Unmarshal([]byte(`{"user": {"email": "Ada@Example.com", "age": 7, "ok": true, "none": null}, "members": [{"id": "a"}, {"id": "b"}], "tags": ["x", "y"]}`), &body); err != nil {
		t.Fatal(err)
	}
	for source, want := range map[string]string{
		"plain": "plain", "": "", "{{ body.user.email }}": "Ada@Example.com", "{{ lower(body.user.email) }}!": "ada@example.com!",
		"{{ body.members[1].id }}": "b", "{{ body.tags }}": "x;y", "{{ body.user.age }}": "7", "{{ body.user.ok }}": "true", "{{ body.user.none }}": "",
		"{{ body.nobody.email }}": "", "{{ body.nobody }}": "", `{{ body["user"].email }}`: "Ada@Example.com", `{{ if(body.user.ok, "yes", "no") }}`: "yes",
		`{{ default(body.gone, "x") }}`: "x", "{{ first(body.tags) }} {{ body.user.age }}": "x 7",
	} {
		if err := CheckMapping(BodyRoot, source); err != nil {
			t.Errorf("%s: %v", source, err)
		}
		if got, err := EvaluateMapping(BodyRoot, source, body, Joint{Separator: ";"}, time.Time{}); err != nil || got != want {
			t.Errorf("%s gives %q, %v; want %q", source, got, err, want)
		}
	}
	for _, bad := range []string{"{{ }}", "{{ body.", "{{ body. }}", "{{ inputs.name }}", "{{ steps.a.output.b }}", "{{ item }}", "{{ filter(body.tags, # == 'x') }}", "{{ body.a matches 'x' }}",
		"{{ let x = 1; x }}", "{{ $env }}", "{{ " + strings.Repeat("x", 2000) + " }}", "{{ \x00evaluation }}"} {
		if err := CheckMapping(BodyRoot, bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
		if _, err := EvaluateMapping(BodyRoot, bad, body, Joint{Separator: ","}, time.Time{}); err == nil {
			t.Errorf("%q is carried out", bad)
		}
	}
}

// TestMappingOfEvents: an event is called event, and one value of it never becomes two entries of a list.
func TestMappingOfEvents(t *testing.T) {
	t.Parallel()
	event := map[string]any{"user": map[string]any{"id": "00u1", "displayName": "a, b"}, "names": []any{"c", "d"}}
	for source, want := range map[string]string{"{{ event.user.id }}": "00u1", "{{ event.names }}": "c,d", "x, {{ event.user.id }}": "x, 00u1", "{{ event.gone.id }}": ""} {
		if got, err := EvaluateMapping(EventRoot, source, event, Joint{",", true}, time.Time{}); err != nil || got != want {
			t.Errorf("%s gives %q, %v; want %q", source, got, err, want)
		}
	}
	if got, err := EvaluateMapping(EventRoot, "{{ event.user.displayName }}", event, Joint{",", false}, time.Time{}); err != nil || got != "a, b" {
		t.Errorf("in a text it gives %q, %v", got, err)
	}
	if got, err := EvaluateMapping(EventRoot, "{{ event.user.displayName }}", event, Joint{",", true}, time.Time{}); err == nil {
		t.Errorf("one name became the list %q", got)
	}
	if err := CheckMapping(EventRoot, "{{ body.user }}"); err == nil {
		t.Error("an event is taken for a body")
	}
	if err := CheckMapping(BodyRoot, "{{ event.user }}"); err == nil {
		t.Error("a body is taken for an event")
	}
}

// TestMappingOfWhatIsNotThere: a part that the body does not have is empty, whatever stands in its place.
func TestMappingOfWhatIsNotThere(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ body, source, want string }{
		{`{"user": "zoe"}`, "{{ body.user.email }}", ""}, {`{"members": []}`, "{{ body.members[0].id }}", ""}, {`{"members": ["a"]}`, "{{ body.members[1] }}", ""},
		{`{"members": {"id": "a"}}`, "{{ body.members[0] }}", ""}, {`{"members": "abc"}`, "{{ body.members[0] }}", ""}, {`{"members": [{"id": "a"}]}`, "{{ body.members.id }}", ""},
		{`[]`, "{{ body.user }}", ""}, {`"text"`, "{{ body.user.email }}", ""}, {`null`, "{{ body.user.email }}", ""}, {`{"a": ""}`, "{{ body[body.a] }}", ""},
		{`{"members": ["a", "b"]}`, "{{ body.members[-1] }}", "b"}, {`{"members": ["a"]}`, "{{ body.members[-2] }}", ""},
		{`{"members": ["a", "b"], "at": 1}`, "{{ body.members[body.at] }}", "b"}, {`{"members": ["a", "b"], "at": 0.5}`, "{{ body.members[body.at] }}", ""},
		{`["a"]`, "{{ body[0] }}", "a"}, {`{"members": []}`, `{{ default(body.members[0].id, "nobody") }}`, "nobody"},
	} {
		var body any
		if err := json.Unmarshal([]byte(c.body), &body); err != nil {
			t.Fatal(err)
		}
		if got, err := EvaluateMapping(BodyRoot, c.source, body, Joint{Separator: ","}, time.Time{}); err != nil || got != c.want {
			t.Errorf("%s of %s gives %q, %v; want %q", c.source, c.body, got, err, c.want)
		}
	}
}

// TestMappingExample: the example holds each part that the mappings take, and each mapping finds it there.
func TestMappingExample(t *testing.T) {
	t.Parallel()
	sources := []string{"{{ body.user.email }} / {{ body.members[1].id }}", "{{ lower(body.user.name) }}", "{{ body.user }}", `{{ body["a b"] }}`, "{{ body.members[body.at] }}", "{{ body.", "{{ body.many[2000000] }}"}
	got, err := json.Marshal(MappingExample(BodyRoot, sources...))
	if want := `{"a b":"…","at":"…","many":"…","members":["…",{"id":"…"}],"user":{"email":"…","name":"…"}}`; err != nil || string(got) != want {
		t.Errorf("%s, %v; want %s", got, err, want)
	}
	if got := MappingExample(BodyRoot, "text", "{{ now() }}"); got != nil {
		t.Errorf("nothing is taken, and the example is %v", got)
	}
}

func FuzzMapping(f *testing.F) {
	f.Add("{{ body.user.email }}", `{"user": {"email": "a"}}`)
	f.Add("{{ body[0] }} {{ upper(body.x) }}", `[1]`)
	f.Add("{{ if(body, 1, 2) }}", `true`)
	f.Fuzz(func(t *testing.T, source, raw string) {
		var body any
		if json.Unmarshal([]byte(raw), &body) != nil {
			return
		}
		checked := CheckMapping(BodyRoot, source)
		out, err := EvaluateMapping(BodyRoot, source, body, Joint{Separator: ","}, time.Unix(0, 0))
		if checked != nil && err == nil {
			t.Errorf("%q is refused (%v) and carried out", source, checked)
		}
		if len(out) > MaxRendered {
			t.Errorf("%q makes %d bytes", source, len(out))
		}
	})
}
