package catalog

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestSketches: every box for JSON whose content the description knows shows what it looks like, as JSON.
func TestSketches(t *testing.T) {
	t.Parallel()
	c := load(t)
	drawn, blank := 0, 0
	for _, op := range c.Operations() {
		for _, v := range append([]Variant{{}}, c.Form(op, Choose{}).Variants...) {
			c.Form(op, Choose{Variant: v.Name}).All(func(in Input) {
				switch {
				case in.Sketch == "" && in.Kind == JSONInput:
					blank++
				case in.Sketch == "":
				case in.Kind != JSONInput || !json.Valid([]byte(in.Sketch)) || strings.Count(in.Sketch, "\n") > sketchLines:
					t.Errorf("%s %s: %s is drawn as %s", op.ID, v.Name, in.Key, in.Sketch)
				default:
					drawn++
				}
			})
		}
	}
	if drawn < 150 || blank > drawn/2 {
		t.Errorf("%d are drawn, %d are not", drawn, blank)
	}
	origin, _ := c.Operation("createTrustedOrigin")
	c.Form(origin, Choose{}).All(func(in Input) {
		if in.Name == "scopes" && !strings.Contains(in.Sketch, `"type": "CORS"`) {
			t.Errorf("scopes are drawn as %s", in.Sketch)
		}
	})
}

// TestEitherKind: an object within a body that is of one of several kinds has the fields of all, and says which go
// together.
func TestEitherKind(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ id, variant, key, says string }{
		{"createSecurityEventsProviderInstance", "", "body.settings", "Fill in well_known_url, or issuer and jwks_url."},
		{"enrollFactor", "token", "body.verify", "Fill in passCode, or nextPassCode and passCode."},
	} {
		op, _ := load(t).Operation(tt.id)
		found := false
		load(t).Form(op, Choose{Variant: tt.variant}).All(func(in Input) {
			if in.Key == tt.key {
				found = in.Kind == GroupInput && len(in.Inputs) > 0 && strings.HasSuffix(in.Text, tt.says)
			}
		})
		if !found {
			t.Errorf("%s: %s has no fields", tt.id, tt.key)
		}
	}
	call, problems := request(t, "createSecurityEventsProviderInstance", map[string]string{"body.name": "x", "body.type": "okta", "body.settings.issuer": "https://x", "body.settings.jwks_url": "https://x/keys"})
	if want := `{"name":"x","type":"okta","settings":{"issuer":"https://x","jwks_url":"https://x/keys"}}`; len(problems) > 0 || !sameJSON(string(call.Body), want) {
		t.Errorf("%s %v", call.Body, problems)
	}
	// A kind that a field tells has that field, with what it may hold.
	own := &Catalog{shapes: map[string]*Shape{"a": {Fields: []Value{{Name: "x", Required: true}, {Name: "y", Required: true}}}, "b": {Fields: []Value{{Name: "y", Required: true}}},
		"one": {By: "type", Variants: []Variant{{"A", "a"}, {"B", "b"}}}}}
	in := own.input(Value{Name: "o", Type: "object", Shape: "one"}, "body.o", 1, Choose{})
	if in.Kind != GroupInput || len(in.Inputs) != 3 || in.Inputs[0].Kind != ChoiceInput || strings.Join(in.Inputs[0].Options, " ") != "A B" || in.Inputs[1].Required || !in.Inputs[2].Required || in.Text != "Fill in x and y, or y." {
		t.Errorf("%+v", in)
	}
}

func sameJSON(a, b string) bool {
	var x, y any
	if json.Unmarshal([]byte(a), &x) != nil || json.Unmarshal([]byte(b), &y) != nil {
		return false
	}
	p, _ := json.Marshal(x)
	q, _ := json.Marshal(y)
	return string(p) == string(q)
}
