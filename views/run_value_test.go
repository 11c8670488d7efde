package views

import (
	"fmt"
	"strings"
	"testing"

	"caracal/form"
	"caracal/workflow"
)

// TestShapedValues: what a step gave is shown as words, a list, a table or a tree, by what it is.
func TestShapedValues(t *testing.T) {
	t.Parallel()
	p := RunLiveProps{Names: map[string]string{"00u1": "Ada"}}
	people := workflow.OutputField{Name: "users", Label: "Users", List: true, Fields: []workflow.OutputField{{Name: "user", Label: "Who", Kind: form.User}, {Name: "mfa", Label: "MFA", Kind: form.YesNo}}}
	var many []any
	for i := range 120 {
		many = append(many, fmt.Sprintf("entry %d", i))
	}
	for name, tt := range map[string]struct {
		field workflow.OutputField
		value any
		want  []string
		not   string
	}{
		"text":             {workflow.OutputField{Name: "x", Label: "X"}, "<b>", []string{"&lt;b&gt;"}, "<ul"},
		"an id":            {workflow.OutputField{Name: "x", Kind: form.User}, "00u1", []string{"Ada", "00u1"}, "<ul"},
		"nothing in it":    {people, []any{}, []string{"none"}, "<ul"},
		"a few texts":      {people, []any{"00u1", true, 3.0, nil}, []string{">Ada</span>", ">Yes</span>", ">3</span>", ">–</span>"}, "<ul"},
		"many texts":       {people, many, []string{"<li>entry 9</li>", "40 more", "<li>entry 49</li>", "The first 50 of 120."}, "entry 50"},
		"objects":          {people, []any{map[string]any{"mfa": true, "other": "o", "user": "00u1"}, map[string]any{"user": "00u2", "mfa": false}}, []string{"<th scope=\"col\">Who</th><th scope=\"col\">MFA</th><th scope=\"col\">other</th>", ">Ada</td>", ">Yes</td>", ">00u2</td>", ">No</td>", "As JSON"}, "op-tree"},
		"objects and more": {people, []any{map[string]any{"a": 1.0}, "b"}, []string{"op-tree", "2 entries"}, "<table"},
		"an object":        {people, map[string]any{"a": map[string]any{"b": "<i>"}}, []string{"op-tree", ">a</span>", "&lt;i&gt;"}, "<i>"},
		"lists in a list":  {people, []any{[]any{1.0}, []any{2.0}}, []string{"op-tree"}, "<table"},
	} {
		l, says := p.output(tt.field, tt.value)
		if !says {
			t.Errorf("%s: nothing is said", name)
			continue
		}
		var page strings.Builder
		if err := lines([]line{l}).Render(t.Context(), &page); err != nil {
			t.Fatal(err)
		}
		for _, want := range tt.want {
			if !strings.Contains(page.String(), want) {
				t.Errorf("%s lacks %s:\n%s", name, want, page.String())
			}
		}
		if tt.not != "" && strings.Contains(page.String(), tt.not) {
			t.Errorf("%s holds %s:\n%s", name, tt.not, page.String())
		}
	}
	for _, v := range []any{nil, "", map[string]any{}} {
		if l, says := p.output(people, v); says {
			t.Errorf("%v is shown as %+v", v, l)
		}
	}
}
